"""What commands print for people: the accuracy table, a list of recommendations, and plain JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from foretaste.bundle import Recommended

LEAST = ("memory", "95 %", "fit", "MAPE", "NDCG@20", "MAE")
"""Columns of the accuracy table that go where the terminal is narrow, first the one that is missed least."""


def print_json(value: object) -> None:
    """Print one JSON document on stdout, in escapes where its encoding is not UTF-8."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=plain, allow_nan=False, default=str) + "\n")


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints words as they are, brackets and colons too, and never wraps a table in a pipe."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = 120
    return made


def accuracy_table(
    rows: Sequence[Mapping[str, Any]], title: str = "Accuracy on hidden ratings", *, width: int = 120
) -> Table:
    """Return the table of a comparison: errors with 95 % intervals, lists, time and memory, as far as the width goes."""
    columns = _columns(rows)
    had = list(columns)
    for name in LEAST:
        if name in columns and _width(columns) > width:
            del columns[name]
    left_out = [name for name in had if name not in columns]
    table = Table(title=title, title_justify="left", header_style="bold", caption_justify="left")
    if left_out:
        table.caption = f"too narrow for {', '.join(left_out)}"
    for name in columns:
        first = name == "model"
        table.add_column(name, justify="left" if first else "right", no_wrap=not first, overflow="fold")
    best = min((row["rmse"] for row in rows if row.get("rmse") is not None), default=None)
    for row, cells in zip(rows, zip(*columns.values(), strict=True), strict=True):
        table.add_row(*cells, style="bold" if best is not None and row.get("rmse") == best else None)
    return table


def accuracy_notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines below the table: paired differences, reconstruction under its own name, and how to read it."""
    judged = next((row["model"] for row in rows if row.get("rmse") is not None and "difference" not in row), None)
    lines = [
        f"{judged} minus {row['model']}: RMSE {row['difference']:+.4f}, "
        f"95 % {row['difference_low']:+.4f} to {row['difference_high']:+.4f}, paired over users"
        for row in rows
        if "difference" in row
    ]
    lines += [
        f"{row['model']} has no finite prediction for {row['n_unpredicted']:,} of {row['n_hidden']:,} hidden ratings; "
        "the middle of the scale is counted there"
        for row in rows
        if row.get("n_unpredicted")
    ]
    rebuilt = [
        f"{row['model']} {row['reconstruction_rmse']:.3f}" for row in rows if row.get("reconstruction_rmse") is not None
    ]
    if rebuilt:
        lines.append(
            f"RMSE on the same ratings when they are shown (reconstruction, not accuracy): {', '.join(rebuilt)}"
        )
    raw = [f"{row['model']} {row['ndcg@20_raw']:.3f}" for row in rows if _shrunk(row)]
    if raw:
        lines.append(f"NDCG@20 of lists sorted by predicted stars as they are, not by evidence: {', '.join(raw)}")
    lines.append("95 % by bootstrap over users. NDCG@20 is of hidden likes: higher is better, all others lower.")
    return lines


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    columns = {
        "model": [str(row["model"]) for row in rows],
        "RMSE": [_number(row.get("rmse"), 4) for row in rows],
        "95 %": ["" if row.get("rmse") is None else f"{row['rmse_low']:.3f} to {row['rmse_high']:.3f}" for row in rows],
        "MAE": [_number(row.get("mae"), 4) for row in rows],
        "MAPE": ["" if row.get("mape") is None else f"{100 * row['mape']:.1f} %" for row in rows],
        "NDCG@20": [_number(row.get("ndcg@20"), 3) for row in rows],
    }
    if any(row.get("fit_s") is not None for row in rows):
        columns["fit"] = [f"{row['fit_s']:.1f} s" for row in rows]
        columns["memory"] = [f"{row['peak_bytes'] / 1e6:.0f} MB" for row in rows]
    return columns


def _width(columns: Mapping[str, Sequence[str]]) -> int:
    return 1 + sum(3 + max(cell_len(text) for text in (name, *cells)) for name, cells in columns.items())


def _shrunk(row: Mapping[str, Any]) -> bool:
    return row.get("rmse") is not None and row.get("ndcg@20_raw") is not None


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def split_line(split: Mapping[str, Any]) -> str:
    """Return the counts of a split in one sentence."""
    text = f"{split['train_users']:,} users train with {split['train_ratings']:,} ratings of {split['items']:,} items; "
    text += f"{split['valid_hidden']:,} hidden ratings of {split['valid_users']:,} users to choose on, "
    text += f"{split['test_hidden']:,} of {split['test_users']:,} to judge on"
    return f"{text} ({split['test_hidden_cold']:,} of items that nobody in training rated; none dropped)."


def list_table(items: Sequence[Recommended], title: str) -> Table:
    """Return a list of recommendations."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("", justify="right")
    table.add_column("item", overflow="fold")
    table.add_column("id", justify="right", overflow="fold")
    rated = any(item.predicted is not None for item in items)
    if rated:
        table.add_column("predicted", justify="right", overflow="fold")
        table.add_column("rated by", justify="right", overflow="fold")
    genres = any(item.genres for item in items)
    if genres:
        table.add_column("genres", overflow="fold")
    for place, item in enumerate(items, 1):
        cells = [str(place), item.title, str(item.item_id)]
        if rated:
            cells += [_number(item.predicted, 2), "" if item.n_ratings is None else f"{item.n_ratings:,}"]
        table.add_row(*cells, *([", ".join(item.genres)] if genres else []))
    return table
