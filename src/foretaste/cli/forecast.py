"""What ``foretaste train --dry-run`` says: what would be trained, what it would take, and what this machine has."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from foretaste.cli.tables import console, print_json
from foretaste.data.ratings import counted
from foretaste.plan import LIBRARIES, Plan

COLUMNS = {"ratings": "ratings", "parameters": "weights", "optimiser": "optimiser", "kept": "kept", "batch": "batch"}
"""Parts of a forecast and what their columns are called, so that a table of them fits 80 columns."""


def show_plan(data: Mapping[str, Any], plan: Plan, *, as_json: bool) -> None:
    """Print a plan on stdout, as JSON or for people.

    Args:
        data: Source, users, items and ratings of the file.
        plan: What would be fitted.
        as_json: Whether to print one JSON document.
    """
    if as_json:
        print_json({"data": dict(data)} | plan.to_json())
        return
    screen, split, last = console(), plan.split, plan.lines[-1]
    lines = [
        "Dry run: nothing is trained, nothing is written.",
        f"data:    {data['source']}, {_sizes(data['users'], data['items'], data['ratings'])}",
        f"train:   {_sizes(split['train_users'], split['items'], split['train_ratings'])}",
        f"model:   {last.label}, {last.parameters:,} parameters{_pace(last.batches, last.model.params)}",
    ]
    for line in lines:
        screen.print(line, soft_wrap=True)
    screen.print(forecast_table(plan))
    for line in (
        f"process: {_gb(plan.held_bytes)} GB now, with the data read and divided; torch and numba {_gb(LIBRARIES)} GB",
        f"peak:    {_gb(plan.peak_bytes)} GB",
        f"machine: {_gb(plan.total_bytes)} GB, of which {_gb(plan.free_bytes)} GB are free",
    ):
        screen.print(line, soft_wrap=True)


def _sizes(users: int, items: int, ratings: int) -> str:
    return f"{counted(users, 'user')} x {counted(items, 'item')}, {counted(ratings, 'rating')}"


def forecast_table(plan: Plan) -> Table:
    """Return the forecast of every model by part."""
    table = Table(title="Memory a fit will hold, GB", title_justify="left", header_style="bold")
    table.add_column("model", overflow="fold")
    for name in (*COLUMNS.values(), "scoring", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in plan.lines:
        parts = [getattr(line.forecast, part) for part in (*COLUMNS, "scoring", "total")]
        table.add_row(line.label, *(_gb(part) for part in parts))
    return table


def _pace(batches: int | None, params: object) -> str:
    if batches is None:
        return ""
    return f", {batches:,} batches an epoch, {getattr(params, 'epochs', 1):,} epochs at most"


def _gb(size: float) -> str:
    return f"{size / 1e9:.3f}" if size < 9.9995e9 else f"{size / 1e9:,.1f}"
