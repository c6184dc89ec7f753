"""Intervals of predicted ratings: how a fitted model gets its calibration, and how often the intervals hold on other people.

Everybody in validation shows most of what they have rated, while a newcomer shows two or three ratings. So validation people
are asked once more with all but a few of their shown ratings taken away; what these answers are off by decides how wide the
intervals are where little is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, FloatArray, IntArray, pick, seeded_sample
from foretaste.bins import Bins, count_bins
from foretaste.calibration import Calibration, Residuals, fit_calibration
from foretaste.cells import Cells, cells_of
from foretaste.evaluation import predict_hidden
from foretaste.figures import FEWEST_PEOPLE, figures
from foretaste.models.base import Recommender
from foretaste.slices import GIVEN as GIVEN_TITLES
from foretaste.slices import KNOWN, NOBODY
from foretaste.split.holdout import Hide, Holdout, hide

SHOWN = (0, 1, 2, 5, 10, 20)
"""How many ratings people show when they are asked once more."""
ASKED = 20_000
"""Hidden ratings that are asked for at each of these, about; of more people a seeded sample is taken."""
LEVELS, SLICED = (0.5, 0.8, 0.9, 0.95), 0.8
"""Levels whose coverage is measured, and the one that is told apart by slice."""
STEPS = 10
"""Groups by predicted value, at most."""
Ends = Mapping[float, tuple[FloatArray, FloatArray]]
"""Lower and upper ends of intervals by level, float32 (n,) each."""


def calibrate(
    model: Recommender[Any], holdout: Holdout, counts: AnyArray, *, scale: tuple[float, float], seed: int = 0
) -> Calibration:
    """Calibrate a model on people whose hidden ratings it was not fitted on.

    Args:
        model: Fitted; predicts ratings.
        holdout: People with seen and hidden ratings.
        counts: Ratings of each item in what the model was fitted on, (items,).
        scale: Lowest and highest rating of the data.
        seed: Of what people show when they are asked once more; nobody is where the model knows its people by their rows.

    Raises:
        ShapeError: Nothing is hidden.
    """
    asked = _residuals(model, holdout, counts, scale)
    parts = () if model.known_rows else _less_shown(holdout, seed)
    less = [_residuals(model, part, counts, scale, rows) for rows, part in parts]
    names = [field.name for field in fields(Residuals)]
    scarce = Residuals(*(np.concatenate([getattr(part, name) for part in less]) for name in names)) if less else None
    return fit_calibration(asked, scarce, scale=scale)


def _residuals(
    model: Recommender[Any],
    holdout: Holdout,
    counts: AnyArray,
    scale: tuple[float, float],
    rows: AnyArray | None = None,
) -> Residuals:
    """Return what the model was off by; `rows` are the numbers of the people where they are not their places."""
    cells, predicted = cells_of(holdout, counts), predict_hidden(model, holdout)
    middle = np.float32(sum(scale) / 2)  # as an evaluation counts what has no finite prediction
    person = cells.person if rows is None else rows[cells.person]
    return Residuals(
        cells.actual, np.where(np.isfinite(predicted), predicted, middle), cells.given, cells.known, person
    )


def _less_shown(holdout: Holdout, seed: int) -> Iterator[tuple[IntArray, Holdout]]:
    """Yield the people who have shown more than so many ratings, with so many of them, and their rows."""
    shown, hidden = np.diff(holdout.seen.indptr), np.diff(holdout.hidden.indptr)
    asked = np.flatnonzero(hidden)
    most = int(np.ceil(ASKED * len(asked) / max(holdout.hidden.nnz, 1)))
    asked = asked[seeded_sample(seed, len(asked), most)]
    for amount in SHOWN:
        rows = asked[shown[asked] > amount]
        if len(rows):
            X = holdout.seen[rows]
            seen = hide(X, Hide("given", amount), seed=seed + amount)[0] if amount else pick(X, np.zeros(X.nnz, bool))
            yield rows, Holdout(seen, holdout.hidden[rows], holdout.user_ids[rows])


def ends_of(calibration: Calibration, cells: Cells, predicted: FloatArray) -> Ends:
    """Return the intervals of hidden ratings at each of `LEVELS` for which there were enough ratings to calibrate on.

    Args:
        calibration: Of the model that predicted.
        cells: Facts of hidden ratings, which are none that it was fitted on.
        predicted: Predictions of them, float32 (n,).
    """
    predicted = np.where(np.isfinite(predicted), predicted, np.float32(calibration.scale.mean()))
    able = [level for level in LEVELS if level <= calibration.highest]
    return {level: calibration.interval(predicted, cells.given, cells.known, level) for level in able}


def join_ends(parts: Sequence[Ends]) -> Ends:
    """Return the intervals of several splits one after the other, at the levels that all have; beside `join_cells`."""
    levels = [level for level in parts[0] if all(level in part for part in parts)]
    return {
        level: (np.concatenate([part[level][0] for part in parts]), np.concatenate([part[level][1] for part in parts]))
        for level in levels
    }


def coverage_of(
    ends: Ends, cells: Cells, predicted: FloatArray, *, label: str, scale: tuple[float, float], new_people: bool = True,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Return how many hidden ratings lie in their intervals, and how wide these are.

    Args:
        ends: From `ends_of`.
        cells: Facts of the ratings, n > 0.
        predicted: Predictions of them, float32 (n,).
        label: What the model is called.
        scale: Lowest and highest rating of the data.
        new_people: Whether training holds nothing of these people; decides what their ratings are called.
        seed: Of the bootstrap over people.

    Returns:
        Plain values: model; n, ratings; levels, each with level, n, coverage, its ends low and high at 95 %, the mean width in
        rating units, and the coverage of each person averaged over people; level, that of the slices, which is 0.8; slices by
        ratings given, training ratings of the item, and predicted value, with bins of label, n, coverage, low, high and width.
        There are no ends where there are fewer than ten people.
    """
    whole = Bins(("all",), np.zeros(len(cells), np.int32))
    asked = np.bincount(cells.person)
    out: dict[str, Any] = {"model": label, "n": len(cells), "levels": [], "level": SLICED, "slices": []}
    for level, (low, high) in ends.items():
        inside, width = _inside(cells, low, high)
        (told,) = _told(whole, cells.person, inside, width, seed)
        del told["label"]
        share = np.bincount(cells.person, inside)[asked > 0] / asked[asked > 0]
        out["levels"].append({"level": level, **told, "people": float(share.mean())})
        for by, title, bins in _cuts(cells, predicted, scale, new_people) if level == SLICED else ():
            if len(bins.labels) > 1:
                out["slices"].append({"by": by, "title": title, "bins": _told(bins, cells.person, inside, width, seed)})
    return out


def _inside(cells: Cells, low: FloatArray, high: FloatArray) -> tuple[AnyArray, AnyArray]:
    """Return which ratings lie in their intervals, ends included, and the widths, both float64 (n,)."""
    return ((cells.actual >= low) & (cells.actual <= high)).astype(np.float64), (high - low).astype(np.float64)


def _cuts(
    cells: Cells, predicted: FloatArray, scale: tuple[float, float], new_people: bool
) -> Iterator[tuple[str, str, Bins]]:
    predicted = np.where(np.isfinite(predicted), predicted, np.float32(sum(scale) / 2))
    yield *GIVEN_TITLES[new_people], count_bins(cells.given, cells.person, none="nothing")
    yield "popularity", KNOWN, count_bins(cells.known, cells.person, none=NOBODY)
    yield "predicted", "predicted rating", predicted_bins(predicted, cells.person, scale)


def _told(bins: Bins, person: IntArray, inside: AnyArray, width: AnyArray, seed: int) -> list[dict[str, Any]]:
    """Return coverage and mean width of each group, as plain values."""
    shape = int(person.max()) + 1, len(bins.labels)
    place = bins.of(person).astype(np.int64) * shape[1] + bins.bin
    counts, hits, widths = (
        np.bincount(place, None if of is None else bins.of(of), minlength=shape[0] * shape[1]).reshape(shape)
        for of in (None, inside, width)
    )
    told = figures(counts.astype(np.float64), {"coverage": hits}, "coverage", seed=seed)["coverage"]
    n = counts.sum(0)
    return [
        {
            "label": label, "n": int(n[g]), "coverage": told[g]["value"], "low": told[g]["low"], "high": told[g]["high"],
            "width": float(widths[:, g].sum() / n[g]),
        }
        for g, label in enumerate(bins.labels)
    ]  # fmt: skip


def predicted_bins(predicted: FloatArray, person: IntArray, scale: tuple[float, float]) -> Bins:
    """Group entries by predicted value, in round steps; what lies beyond the outermost step with ten people goes to it.

    Args:
        predicted: Of each entry, (n,), n > 0.
        person: Whose entry it is, (n,).
        scale: Lowest and highest rating.
    """
    span = max(float(scale[1] - scale[0]), 1e-6) / STEPS
    power = 10.0 ** np.floor(np.log10(span))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= span * (1 - 1e-9))
    place = np.floor(np.minimum(predicted, np.float32(scale[1] - step / 2)) / step + 1e-6).astype(np.int64)
    values, code = np.unique(place, return_inverse=True)
    people = [len(np.unique(person[code == i])) for i in range(len(values))]
    enough = [i for i, number in enumerate(people) if number >= FEWEST_PEOPLE] or [0]
    used, place = np.unique(np.clip(code, enough[0], enough[-1]), return_inverse=True)
    edges = [(values[i] * step, (values[i] + 1) * step) for i in used]
    labels = [f"{low:.6g} to {high:.6g}" for low, high in edges]
    if enough[0] > 0:
        labels[0] = f"under {edges[0][1]:.6g}"
    if enough[-1] < len(values) - 1:
        labels[-1] = f"{edges[-1][0]:.6g} or more"
    return Bins(tuple(labels), place.astype(np.int32))
