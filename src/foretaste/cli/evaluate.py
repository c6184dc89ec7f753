"""foretaste evaluate: a bundle on hidden ratings, of its own test people or of other data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import typer

from foretaste.bundle import Bundle
from foretaste.cells import cells_of
from foretaste.cli import options as o
from foretaste.cli.asked import Asked, asked_of
from foretaste.cli.list_tables import print_quality
from foretaste.cli.remarks import remarks
from foretaste.cli.results import Outputs, write_report
from foretaste.cli.tables import console, print_json, print_line
from foretaste.digits import fixed
from foretaste.errors import InputError
from foretaste.evaluation import Evaluation, evaluate
from foretaste.intervals import coverage_of, ends_of
from foretaste.metrics.registry import CLICK_METRIC, METRICS


def evaluate_command(
    bundle: o.BundlePath,
    data: o.Data,
    hidden: o.Hidden = None,
    seed: o.Seed = 0,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    report: o.Report = None,
    as_json: o.Json = False,
) -> None:
    """Measure a bundle: on its own test people if DATA is what it was trained from, else on everybody in DATA."""
    Outputs(report=report).check()
    loaded = Bundle.load(bundle)
    words = {"separator": separator, "bad_rows": bad_rows, "duplicates": duplicates}
    asked = asked_of(loaded, data, hidden=hidden, seed=seed, columns=columns, words=words)
    label = str(loaded.about.get("label", loaded.model.name))
    result = _measured(loaded, asked)
    row = {"model": label, **result.summary(), "evaluated_on": asked.about, "n_outside": asked.outside}
    held = _held(loaded, asked, result, label)
    if report is not None:
        page = page_of(loaded, asked, row, Path(data).name) | held
        typer.echo(f"report: {write_report(page, report)}", err=True)
    if as_json:
        print_json(row | held)
        return
    screen = console()
    print_quality(screen, {"models": [row]}, f"On {asked.about}")
    for line in remarks(held):
        print_line(screen, line)
    asked.warn()


def page_of(bundle: Bundle, asked: Asked, row: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the report of one bundle, as `report.render_report` draws it.

    Args:
        bundle: The bundle.
        asked: Who was asked.
        row: What was measured.
        source: Name of the data.
    """
    seen, hidden = asked.holdout.seen, asked.holdout.hidden
    metric = CLICK_METRIC if row.get("rmse") is None else "rmse"
    value = "no value" if row.get(metric) is None else fixed(row[metric])
    data = {"source": source, "users": hidden.shape[0], "items": hidden.shape[1], "ratings": seen.nnz + hidden.nnz}
    split = {"test_hidden": hidden.nnz, "test_users": int((np.diff(hidden.indptr) > 0).sum())}
    out = {
        "title": f"{row['model']} on {asked.about}",
        "data": data | {"scale": list(bundle.scale if bundle.like is None else (1.0, 1.0))},
        "split": split | {"test_hidden_cold": row.get("n_hidden_cold"), "seed": asked.seed},
        "models": [row],
        "verdict": f"{row['model']} has {METRICS[metric].label} {value}; nothing is compared with it here.",
    }
    return out | ({"recipe": bundle.about["recipe"]} if bundle.about.get("recipe") else {})


def _held(bundle: Bundle, asked: Asked, result: Evaluation, label: str) -> dict[str, Any]:
    """Return how many hidden ratings lie in the bundle's intervals, under ``calibration``; nothing where it has none."""
    if bundle.calibration is None or bundle.order is None or result.predicted is None:
        return {}
    cells = cells_of(asked.holdout, bundle.order.count)
    ends = ends_of(bundle.calibration, cells, result.predicted)
    return {"calibration": coverage_of(ends, cells, result.predicted, label=label, scale=bundle.scale, seed=asked.seed)}


def _measured(bundle: Bundle, asked: Asked) -> Evaluation:
    try:
        scale = bundle.scale if bundle.like is None else (1.0, 1.0)
        return evaluate(bundle.model, asked.holdout, scale=scale, order=bundle.order, seed=asked.seed)
    except InputError as error:
        if asked.holdout.hidden.nnz:
            raise
        hint = "hide more of each person, such as --hide 50%"
        raise InputError(error.message, hint=hint) from error  # the usual hint names an option of train
