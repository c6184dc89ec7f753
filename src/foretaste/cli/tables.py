"""What commands print for people: the accuracy table, a list of recommendations, and plain JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from foretaste.bundle import Recommended


def print_json(value: object) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def console(*, stderr: bool = False) -> Console:
    """Return a console that never wraps a table in a pipe."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=120)


def accuracy_table(rows: Sequence[Mapping[str, Any]], title: str = "Accuracy on hidden ratings") -> Table:
    """Return the table of a comparison: errors with 95 % intervals, lists, time and memory; fits 80 columns."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("model")
    timed = any(row.get("fit_s") is not None for row in rows)
    for name in ("RMSE", "95 %", "MAE", "MAPE", "NDCG@20", *(("fit", "memory") if timed else ())):
        table.add_column(name, justify="right", no_wrap=True)
    best = min((row["rmse"] for row in rows if row.get("rmse") is not None), default=None)
    for row in rows:
        style = "bold" if best is not None and row.get("rmse") == best else None
        table.add_row(*_cells(row, timed=timed), style=style)
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
    rebuilt = [
        f"{row['model']} {row['reconstruction_rmse']:.3f}" for row in rows if row.get("reconstruction_rmse") is not None
    ]
    if rebuilt:
        lines.append(
            f"RMSE on the same ratings when they are shown (reconstruction, not accuracy): {', '.join(rebuilt)}"
        )
    lines.append("95 % by bootstrap over users. NDCG@20 is of hidden likes: higher is better, all others lower.")
    return lines


def _cells(row: Mapping[str, Any], *, timed: bool) -> list[str]:
    span = "" if row.get("rmse") is None else f"{row['rmse_low']:.3f} to {row['rmse_high']:.3f}"
    mape = "" if row.get("mape") is None else f"{100 * row['mape']:.1f} %"
    cells = [row["model"], _number(row.get("rmse"), 4), span, _number(row.get("mae"), 4), mape]
    cells.append(_number(row.get("ndcg@20"), 3))
    return [*cells, f"{row['fit_s']:.1f} s", f"{row['peak_bytes'] / 1e6:.0f} MB"] if timed else cells


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
    table.add_column("item")
    table.add_column("id", justify="right")
    rated = any(item.predicted is not None for item in items)
    if rated:
        table.add_column("predicted", justify="right")
        table.add_column("rated by", justify="right")
    genres = any(item.genres for item in items)
    if genres:
        table.add_column("genres")
    for place, item in enumerate(items, 1):
        cells = [str(place), item.title, str(item.item_id)]
        if rated:
            cells += [_number(item.predicted, 2), "" if item.n_ratings is None else f"{item.n_ratings:,}"]
        table.add_row(*cells, *([", ".join(item.genres)] if genres else []))
    return table
