"""What commands print for people: the accuracy table, a list of recommendations, and plain JSON."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from foretaste.data.ratings import counted
from foretaste.digits import change, fixed
from foretaste.metrics.registry import METRICS
from foretaste.recommended import Recommended
from foretaste.report.words import decided_by, difference_key, judged_of, size_of
from foretaste.split.holdout import hides_by_person
from foretaste.verdict import blend_sentence, pair_sentence

LEAST = ("memory", "MAPE", "95 %", "fit", "NDCG@20", "MAE")
"""Columns of the accuracy table that go where the terminal is narrow, first the one that is missed least."""
LONGEST = 26
"""Letters of a model's name in a line of a table that is too wide."""
NOTES = {
    "difference": "difference: {decides} of {judged} minus this model's, with its 95 % interval, paired over users.",
    "warm": "warm: RMSE without the {cold} ({share:.1f} %) of items that nobody in training rated.",
    "rebuilt": "rebuilt: RMSE on the same ratings when they are shown (reconstruction, not accuracy).",
    "raw": "raw: NDCG@20 of lists sorted by predicted stars as they are, not by evidence; higher is better.",
}
"""What the columns of the second table are."""
NOTE = "95 % by bootstrap over users. RMSE, MAE and MAPE: lower is better. NDCG@20 of hidden likes: higher is better."


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


def print_line(screen: Console, words: str, style: str | None = None) -> None:
    """Print a sentence: in a terminal broken between words, in a pipe in one line."""
    screen.print(words, style=style, soft_wrap=not screen.is_terminal)


def print_note(words: str) -> None:
    """Print a sentence as `print_line` does, beside what a command answers: on stderr."""
    print_line(console(stderr=True), words)


def print_accuracy(screen: Console, report: Mapping[str, Any], title: str = "Accuracy on hidden ratings") -> None:
    """Print everything that was measured: errors and lists, what stands beside them, the folds, and how to read it.

    Args:
        screen: Where to.
        report: With the rows of a comparison under `models`, and what each fold said under `folds` if there were some.
        title: Of the first table.
    """
    rows = report["models"]
    screen.print(accuracy_table(rows, title, width=screen.width))
    beside = beside_columns(rows, decided_by(report))
    if beside:
        screen.print(
            fitting_table(
                "Beside the errors", {"model": names(rows)} | beside, ("raw", "rebuilt", "warm"), screen.width
            )
        )
    if report.get("folds"):
        screen.print(fold_table(rows, report["folds"], width=screen.width))
    for line in accuracy_notes(report):
        print_line(screen, line)


def accuracy_table(
    rows: Sequence[Mapping[str, Any]], title: str = "Accuracy on hidden ratings", *, width: int = 120
) -> Table:
    """Return the table of a comparison: errors with 95 % intervals, lists, time and memory, as far as the width goes."""
    columns = {
        "model": names(rows),
        "RMSE": [number(row.get("rmse"), 4) for row in rows],
        "95 %": [ends_of(row, "rmse", lambda end: number(end, 3)) for row in rows],
        "MAE": [number(row.get("mae"), 4) for row in rows],
        "MAPE": ["" if row.get("mape") is None else f"{100 * row['mape']:.1f} %" for row in rows],
        "NDCG@20": [number(row.get("ndcg@20"), 3) for row in rows],
    }
    if any(row.get("fit_s") is not None for row in rows):
        columns["fit"] = [f"{row['fit_s']:.1f} s" for row in rows]
        columns["memory"] = [f"{row['peak_bytes'] / 1e6:.0f} MB" for row in rows]
    best = min((row["rmse"] for row in rows if row.get("rmse") is not None), default=None)
    bold = [best is not None and row.get("rmse") == best for row in rows]
    return fitting_table(title, columns, LEAST, width, bold)


def beside_columns(rows: Sequence[Mapping[str, Any]], decides: str = "rmse") -> dict[str, list[str]]:
    """Return what stands beside the errors, by column: paired differences, cold items left out, reconstruction, raw lists.

    Args:
        rows: Of a comparison.
        decides: The metric that the differences are of.
    """
    out: dict[str, list[str]] = {}
    key = difference_key(decides)
    if any(key in row for row in rows):
        out["difference"] = [signed(row.get(key), size_of(row, decides)) for row in rows]
        out["95 %"] = [ends_of(row, key, partial(change, size=size_of(row, decides))) for row in rows]
    if any(row.get("n_hidden_cold") for row in rows):
        out["warm"] = [number(row.get("rmse_warm"), 4) for row in rows]
    if any(row.get("reconstruction_rmse") is not None for row in rows):
        out["rebuilt"] = [number(row.get("reconstruction_rmse"), 3) for row in rows]
    if any(_shrunk(row) for row in rows):
        out["raw"] = [number(row["ndcg@20_raw"], 3) if _shrunk(row) else "" for row in rows]
    return out


def fold_table(rows: Sequence[Mapping[str, Any]], folds: Sequence[Mapping[str, Any]], *, width: int = 120) -> Table:
    """Return the mean over folds and its standard deviation, and the RMSE of each fold as far as the width goes."""
    columns = {
        "model": names(rows),
        "mean": [number(row["rmse_fold_mean"], 4) for row in rows],
        "sd": [number(row["rmse_fold_sd"], 4) for row in rows],
    }
    every = [str(fold["fold"]) for fold in folds]
    for name, fold in zip(every, folds, strict=True):
        columns[name] = [number(row["rmse"], 3) for row in fold["models"]]
    columns["MAE"] = [number(row["mae_fold_mean"], 4) for row in rows]
    columns["MAE sd"] = [number(row["mae_fold_sd"], 4) for row in rows]
    return fitting_table("RMSE by fold", columns, ("MAE sd", "MAE", *reversed(every)), width)


def accuracy_notes(report: Mapping[str, Any]) -> list[str]:
    """Return the lines below the tables: what is missing, what the columns are, and how to read them."""
    rows, decides = report["models"], decided_by(report)
    lines = [
        f"{row['model']} has no finite prediction for {row['n_unpredicted']:,} of {counted(row['n_hidden'], 'hidden rating')}; "
        "the middle of the scale is counted there."
        for row in rows
        if row.get("n_unpredicted")
    ]
    lines += [blend_sentence(row) for row in rows if row.get("members")]
    lines += [pair for row in rows if (pair := pair_sentence(row))]
    cold, asked = max(((row.get("n_hidden_cold") or 0, row.get("n_hidden", 0)) for row in rows), default=(0, 0))
    told = {"decides": METRICS[decides].label, "judged": judged_of(report) or "the judged model"}
    words = told | {"cold": counted(cold, "hidden rating"), "share": 100 * cold / max(asked, 1)}
    lines += [NOTES[name].format(**words) for name in beside_columns(rows, decides) if name in NOTES]
    lines.append(NOTE)
    return lines


def fitting_table(
    title: str, columns: dict[str, list[str]], least: Sequence[str], width: int, bold: Sequence[bool] = ()
) -> Table:
    """Return a table without those columns for which there is no room; `least` says which may go, in which order.

    Before any goes, names of more than `LONGEST` letters are broken into lines.
    """
    had, whole = list(columns), _width(columns) <= width
    for name in least:
        if name in columns and _width(columns, None if whole else LONGEST) > width:
            del columns[name]
    left_out = [name for name in had if name not in columns]
    table = Table(title=title, title_justify="left", header_style="bold", caption_justify="left")
    if left_out:
        table.caption = f"too narrow for {', '.join(left_out)}"
    for name in columns:
        first = name == "model"
        table.add_column(
            name, justify="left" if first else "right", no_wrap=not first, overflow="fold",
            max_width=LONGEST if first and not whole else None,
        )  # fmt: skip
    for place, cells in enumerate(zip(*columns.values(), strict=True)):
        table.add_row(*cells, style="bold" if bold and bold[place] else None)
    return table


def names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the models are called."""
    return [str(row["model"]) for row in rows]


def _width(columns: Mapping[str, Sequence[str]], most: int | None = None) -> int:
    """Return how wide a table is, where names of models have so many letters in a line at most."""
    wide = {name: max(cell_len(text) for text in (name, *cells)) for name, cells in columns.items()}
    if most is not None and "model" in wide:
        wide["model"] = min(wide["model"], most)
    return 1 + sum(3 + one for one in wide.values())


def ends_of(row: Mapping[str, Any], name: str, words: Callable[[float], str]) -> str:
    """Return the two ends of an interval, or nothing, as where one person was asked."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return "" if low is None or high is None else f"{words(low)} to {words(high)}"


def signed(value: float | None, size: float | None = None) -> str:
    """Return a difference with its sign, or nothing; see `report.words.change`."""
    return "" if value is None else change(value, size)


def _shrunk(row: Mapping[str, Any]) -> bool:
    """Return whether the lists of a model that predicts ratings are sorted by evidence, and not by a ranker."""
    return row.get("rmse") is not None and row.get("ndcg@20_raw") is not None and "ranker_ndcg@100" not in row


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits, or nothing."""
    return "" if value is None else fixed(value, digits)


def span(low: float | None, high: float | None) -> str:
    """Return the ends of an interval of ratings, or nothing."""
    return "" if low is None else f"{number(low, 2)} to {number(high, 2)}"


def interval_note(level: float, *, sure: bool = False) -> str:
    """Return what an interval of a predicted rating is, and whether a list is sorted by it."""
    text = f"{100 * level:g} %: of ratings that people give, about so many lie in their interval."
    return f"Sorted by the lower end of the interval. {text}" if sure else text


STRANGERS = {
    "": "{:,} of the test file's users are in no other file, with {:,} of these ratings.",
    "new-users": "Of {:,} users all that they rated is hidden: {:,} of these ratings.",
    "official-folds": "{:,} users are in a test file and not in the train file beside it, with {:,} of these ratings.",
}
"""Who is judged and shows nothing, by kind of split."""
UNASKED = {
    "": "had nothing drawn",
    "time": "rated nothing at the cut or later",
    "given-new-users": "are in the seen file and not in the test file",
}
"""Why people are asked nothing who may have rated much, by kind of split."""


def split_line(split: Mapping[str, Any]) -> str:
    """Return the counts of a split in one or two sentences."""
    folds = split.get("folds")
    text = f"In each of {folds} folds about " if folds else ""
    text += (
        f"{counted(split['train_users'], 'user')} train with {counted(split['train_ratings'], 'rating')} of "
        f"{counted(split['items'], 'item')}; "
    )
    text += (
        f"{counted(split['valid_hidden'], 'hidden rating')} of {counted(split['valid_users'], 'user')} to choose on, "
    )
    text += f"{'and over all folds ' if folds else ''}{split['test_hidden']:,} of {split['test_users']:,} to judge on"
    text += f" ({split['test_hidden_cold']:,} of items that nobody in training rated; none dropped)."
    if "test_from" in split:
        text += f" The cut is at {split['test_from']}"
        if "test_users_unseen" in split:
            new, theirs = split["test_users_unseen"], split["test_hidden_unseen"]
            text += f"; {new:,} users came after it, with {theirs:,} of these ratings"
        if "later_unused" in split:
            text += f"; {split['later_unused']:,} later ratings of earlier users are in no part"
        text += "."
    return text + _asides(split)


def _asides(split: Mapping[str, Any]) -> str:
    """Return what there is to say of people who show nothing, whose newest rating is not sure, or who are asked nothing."""
    text, kind = "", split.get("kind")
    if split.get("test_users_unseen") and "test_from" not in split:
        words = STRANGERS.get(str(kind), STRANGERS[""])
        text += " " + words.format(split["test_users_unseen"], split["test_hidden_unseen"])
    if split.get("test_users_tied"):
        text += (
            f" For {split['test_users_tied']:,} users several ratings are the newest; chance decided which is asked."
        )
    if split.get("test_users_unasked") and kind != "k-fold":  # where every rating is asked in one fold or another
        drawn = UNASKED.get(str(kind), UNASKED[""])
        why = "have too little to hide any of it" if hides_by_person(split) else drawn
        text += f" {split['test_users_unasked']:,} users {why}, and are asked nothing."
    return text


def list_table(items: Sequence[Recommended], title: str, *, level: float | None = None) -> Table:
    """Return a list of recommendations, with the intervals of `level` where it is given."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("", justify="right")
    table.add_column("item", overflow="fold")
    table.add_column("id", justify="right", overflow="fold")
    rated = any(item.predicted is not None for item in items)
    if rated:
        table.add_column("predicted", justify="right", overflow="fold")
        if level is not None:
            table.add_column(f"{100 * level:g} %", justify="right", no_wrap=True)
        table.add_column("rated by", justify="right", overflow="fold")
    genres = any(item.genres for item in items)
    if genres:
        table.add_column("genres", overflow="fold")
    for place, item in enumerate(items, 1):
        cells = [str(place), item.title, str(item.item_id)]
        if rated:
            between = [] if level is None else [span(item.low, item.high)]
            cells += [number(item.predicted, 2), *between, "" if item.n_ratings is None else f"{item.n_ratings:,}"]
        table.add_row(*cells, *([", ".join(item.genres)] if genres else []))
    return table
