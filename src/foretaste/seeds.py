"""How far a model moves with its seed alone: the same split, fitted again from other random numbers.

Two things make a number uncertain, and they must not be mixed. Other people would have been asked (the interval over users, the
same for every seed), and other random numbers would have been drawn when the model began (the spread over seeds, the same
people). A difference that is smaller than the spread over seeds is one between two draws of luck, however many people agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from foretaste.comparison import Comparison, judge_lines
from foretaste.entries import Entry
from foretaste.fitting import Reporter, fit_all
from foretaste.metrics.registry import CLICK_METRIC
from foretaste.models import model_class
from foretaste.split.holdout import Split
from foretaste.training.interrupt import stop_on_interrupt

NORMAL = 1.96
"""Standard errors of a normal from the middle of a 95 % interval to its end."""


def compare_seeds(
    split: Split,
    entries: Sequence[Entry],
    first: Comparison,
    *,
    seeds: int,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
) -> dict[str, Any]:
    """Fit again with other seeds whatever has one, judge it on the same people, and tell how far it moves.

    Args:
        split: The parts, the same for every seed.
        entries: Models with settings; a seed among the settings is counted on from there.
        first: The comparison with the first seed; those of its models that have no seed are fitted once.
        seeds: How many in all, at least 2.
        seed: The first.
        refit: See `fit_entry`.
        report: Progress; the label says which seed it is.

    Returns:
        ``seeds`` as far as they got before a Ctrl-C, ``metric``, and by model its ``values``, their ``mean``, their standard
        deviation ``sd_seeds`` (of a sample; 0 of a model without a seed, which has one value), and ``se_users``, the standard
        error over users: half the 95 % interval of the first seed over 1.96.
    """
    metric = first.significance["metric"] if first.significance else _metric(first.rows)
    rows = {row["model"]: row for row in first.rows if row[metric] is not None}
    values = {label: [float(row[metric])] for label, row in rows.items()}
    again = [entry for entry in entries if _label(entry) in rows and has_seed(entry)]
    done = [seed]
    with stop_on_interrupt() as request:
        for more in range(1, seeds if again else 1):
            tell = None if report is None else _with_seed(report, seed + more)
            fitted = fit_all(split, [_moved(e, seed, more) for e in again], seed=seed, refit=refit, report=tell)
            if request.asked:  # beside whole seeds stands no half of one
                break
            told = [result.points()[metric] for result in judge_lines(split, fitted, seed)]
            for line, value in zip(fitted, told, strict=True):
                values[line.label].append(float(value))
            done.append(seed + more)
            del fitted, line  # before the next are made
    models = {label: _spread(values[label], row, metric) for label, row in rows.items()}
    return {"seeds": done, "metric": metric, "models": models}


def has_seed(entry: Entry) -> bool:
    """Return whether a model depends on random numbers at all."""
    return "seed" in model_class(entry.model).Params.__dataclass_fields__


def _label(entry: Entry) -> str:
    return entry.label or model_class(entry.model).name


def _moved(entry: Entry, seed: int, more: int) -> Entry:
    """Return an entry whose seed is so much further; the seed of people and of the bootstrap stays as it is."""
    return replace(entry, settings=entry.settings | {"seed": int(entry.settings.get("seed", seed)) + more})


def _with_seed(report: Reporter, seed: int) -> Reporter:
    return lambda label, progress: report(f"{label}, seed {seed}", progress)


def _metric(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what a single model is judged by."""
    return "rmse" if any(row["rmse"] is not None for row in rows) else CLICK_METRIC


def _spread(values: Sequence[float], row: Mapping[str, Any], metric: str) -> dict[str, Any]:
    low, high = row.get(f"{metric}_low"), row.get(f"{metric}_high")
    return {
        "values": list(values),
        "mean": float(np.mean(values)),
        "sd_seeds": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
        "se_users": None if low is None or high is None else (high - low) / (2 * NORMAL),
    }
