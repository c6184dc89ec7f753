"""What tune says at the end: a line for each model, what was chosen, and how much of the gain is luck."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from foretaste.cli.tables import console, print_line
from foretaste.data.ratings import counted

SOMETIMES = {"on few": "few_trials", "given up": "pruned", "failed": "failed"}
"""Columns that are shown where they are not all zero."""
WARNING = (
    "All of this is on the ratings that the settings were chosen on, which flatters the best of many. The test part has not "
    "been looked at; judge on it with {next}"
)


def show_search(found: Mapping[str, Any], *, following: str | None) -> None:
    """Print the outcome of a search on stdout, for people.

    Args:
        found: From `Tuned.to_json`.
        following: The command to judge it with; None where there is nothing to judge.
    """
    screen, data = console(), found["data"]
    counts = ", ".join(counted(data[f"{noun}s"], noun) for noun in ("user", "item", "rating"))
    print_line(screen, f"{data['source']}: {counts}.")
    screen.print(search_table(found))
    for line in found["models"]:
        for words in (gain_words(line, found["metric"]), settings_words(line)):
            print_line(screen, words)
    if following is not None:
        screen.print(WARNING.format(next=following), soft_wrap=True)


def search_table(found: Mapping[str, Any]) -> Table:
    """Return the table of a search: each model's RMSE, or NDCG@100, before and after, and the effort."""
    lines, metric = found["models"], found["metric"]
    columns = {
        "defaults": [_number(line[f"default_{metric}"]) for line in lines],
        "best": [_number(line[f"best_{metric}"]) for line in lines],
        "difference": ["" if line["difference"] is None else f"{line['difference']:+.4f}" for line in lines],
        "trials": [f"{line['trials']:,}" for line in lines],
    }
    for name, key in SOMETIMES.items():
        if any(line[key] for line in lines):
            columns[name] = [f"{line[key]:,}" for line in lines]
    columns["seconds"] = [f"{line['seconds']:.1f}" for line in lines]
    better = "" if metric == "rmse" else ", higher is better"
    table = Table(title=f"{metric.upper()} on validation{better}", title_justify="left", header_style="bold")
    table.add_column("model", overflow="fold")
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for line, cells in zip(lines, zip(*columns.values(), strict=True), strict=True):
        table.add_row(line["model"], *cells)
    return table


def gain_words(line: Mapping[str, Any], metric: str = "rmse") -> str:
    """Say what a model has gained, and whether that is more than noise."""
    name, best = line["model"], line[f"best_{metric}"]
    if best is None:
        why = next((trial["why"] for trial in line["tried"] if trial.get("why")), "there was no time for one")
        return f"{name}: no trial came to its end: {why}."
    if line["difference"] is None:
        return f"{name}: the defaults have no value, the best of what was tried has {best:.4f}."
    if line["difference"] == 0:
        return f"{name}: nothing that was tried is better than the defaults."
    words = f"{name}: {line['difference']:+.4f}"
    if line["people"] < 10:
        return f"{words}, of {line['people']} people: too few to say whether that is noise."
    words += (
        f", 95 % {line['difference_low']:+.4f} to {line['difference_high']:+.4f}, paired over {line['people']:,} people"
    )
    return f"{words}: more than noise." if line["beyond_noise"] else f"{words}: within the noise."


def settings_words(line: Mapping[str, Any]) -> str:
    """Say what was chosen."""
    chosen = ", ".join(f"{name}={_plain(value)}" for name, value in line["settings"].items())
    return f"{line['model']}: {chosen or 'it has no settings'}"


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(list(value)) if isinstance(value, tuple) else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
