"""The learning curve of newcomers: how good a model is for somebody who has rated nothing, one item, two, five and so on.

It asks the same people the same hidden ratings at every point, and only what they show differs: a random part of what they
have shown, each part within the next. A random one, not their oldest: people type in what they remember within minutes, so
times within a person say little, and what is hidden of them was drawn at random too. Lists leave out everything that somebody
has shown, at every point, so a model that looks at nobody's ratings has a level curve, and what rises is knowledge alone.

People who have not shown enough for the last point are in no point. So the curve is of people who rate much, whose first
ratings are less about the best known items than those of a real newcomer: read it between models more than by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foretaste.answers import Line, baselines
from foretaste.arrays import AnyArray, Csr, pick, row_of, seeded_keys, seeded_sample, with_values
from foretaste.figures import figures
from foretaste.metrics.ranking import ndcg
from foretaste.metrics.ratings import rating_errors
from foretaste.metrics.registry import LIST_METRIC
from foretaste.order import likes, listed
from foretaste.split.holdout import Holdout

POINTS = (0, 1, 2, 5, 10, 20, 50, 100)
"""Ratings given, at most; as far as half of the people go."""
FEWEST, MOST = 30, 2000
"""People of a curve: with fewer there is none, of more a seeded sample is asked."""
LISTED = 20
"""How long the lists are, as the name of their metric says."""


def newcomers_of(
    lines: Sequence[Line], holdout: Holdout, *, scale: tuple[float, float], seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Return how errors and lists of several models get better with the number of ratings that somebody has given.

    Cost: one prediction of the hidden ratings, and one score of the catalogue, a model, a point and a person; 2,000 people
    and 8 points at most. With lists of 26,672 items that is 8 x 2,000 rows to score and sort for each model.

    Args:
        lines: Fitted, on none of these people.
        holdout: The people; what they have shown is cut, what is hidden of them is asked.
        scale: Lowest and highest rating of the data.
        seed: Of who is asked, of what they show first, and of the bootstrap.

    Returns:
        Plain values under ``newcomers`` (RMSE of the models that predict ratings) and ``newcomer_lists`` (NDCG@20 of hidden
        likes, of all models): metric, given, people, against (the bias or the popularity model, where it is there), models
        with a list of figures each (value, low, high, and difference, difference_low, difference_high to it), sentences by
        model, and left_out: those that score nobody whom they were not fitted on. A curve is not there where fewer than 30
        people would be in it, or where there is one point alone.
    """
    able = [line for line in lines if not line.model.known_rows]
    rows, points = _people(holdout, seed)
    if len(points) < 2 or not able:
        return {}
    seen, hidden = holdout.seen[rows], holdout.hidden[rows]
    turn = turns(seen, seed)
    rivals = baselines(able)
    out = {}
    rated = [line for line in able if line.model.task == "rating"]
    if rated and scale[0] < scale[1]:
        sums = {line.label: _errors(line, seen, turn, hidden, points, scale) for line in rated}
        counts = np.repeat(np.diff(hidden.indptr)[:, None], len(points), axis=1)
        out["newcomers"] = _curve("rmse", points, counts, sums, rivals[0], seed)
    liked = likes(hidden, scale)
    fond = np.flatnonzero(np.diff(liked.indptr))
    if len(fond) >= FEWEST:
        turned = with_values(seen, turn)[fond]
        quality = {line.label: _lists(line, seen[fond], turned.data, liked[fond], points) for line in able}
        out["newcomer_lists"] = _curve(LIST_METRIC, points, np.ones((len(fond), len(points))), quality, rivals[1], seed)
    left_out = [line.label for line in lines if line.model.known_rows]
    return {key: curve | {"left_out": left_out} for key, curve in out.items()}


def turns(seen: Csr, seed: int) -> AnyArray:
    """Return when each rating is shown: its place, from 0, in a random order of its person's, (ratings,)."""
    rows, order = row_of(seen), np.lexsort((seeded_keys(seed, seen.nnz), row_of(seen)))
    out = np.empty(seen.nnz, np.int64)
    out[order] = np.arange(seen.nnz) - seen.indptr[:-1][rows]
    return out


def newcomer_sentence(curve: Mapping[str, Any], label: str) -> str:
    """Say from how many ratings on a model is better than the simple one beside it, or how far its own curve goes.

    It is better from the first point on at which, and at all later ones, the paired 95 % interval leaves out 0.

    Args:
        curve: From `newcomers_of`.
        label: Of the model.
    """
    told, given, other = curve["models"][label], curve["given"], curve["against"]
    metric, sign = curve["metric"].upper(), -1 if curve["metric"] == "rmse" else 1
    if other is None or "difference" not in told[0]:
        first, last = told[0]["value"], told[-1]["value"]
        return f"{label} has {metric} {first:.4f} for people who have shown nothing, {last:.4f} with {_ratings(given[-1])}."
    better = [sign * one["difference_low"] > 0 < sign * one["difference_high"] for one in told]
    worse = [sign * one["difference_low"] < 0 > sign * one["difference_high"] for one in told]
    start = next((place for place in range(len(given)) if all(better[place:])), None)
    place = len(given) - 1 if start is None else start
    if start is None:
        words = (
            f"worse than {other}"
            if worse[-1]
            else f"not better than {other}, beyond noise, within {_ratings(given[-1])}"
        )
    else:
        words = f"better than {other} " + (f"from {_ratings(given[place])} on" if given[place] else "from the start")
    one, against = told[place], curve["models"][other][place]
    span = f"{metric} {one['value']:.4f} against {against['value']:.4f} with {_ratings(given[place])}, difference "
    span += f"{one['difference']:+.4f}, 95 % {one['difference_low']:+.4f} to {one['difference_high']:+.4f}"
    before = [str(n) for n, bad in zip(given[:place], worse, strict=False) if bad]
    return f"{label} is {words}: {span}{f'; worse with {_listing(before)}' if before else ''}."


def _people(holdout: Holdout, seed: int) -> tuple[AnyArray, list[int]]:
    """Return who is asked, ascending rows, and how many ratings they show at each point."""
    shown, asked = np.diff(holdout.seen.indptr), np.diff(holdout.hidden.indptr) > 0
    needed = max(asked.sum() / 2, FEWEST)
    points = [n for n in POINTS if (asked & (shown >= n)).sum() >= needed]
    rows = np.flatnonzero(asked & (shown >= max(points, default=0)))
    return rows[seeded_sample(seed, len(rows), MOST)], points


def _errors(
    line: Line, seen: Csr, turn: AnyArray, hidden: Csr, points: Sequence[int], scale: tuple[float, float]
) -> AnyArray:
    """Return the squared errors of each person at each point, float64 (people, points)."""
    rows, out = row_of(hidden), np.empty((seen.shape[0], len(points)))
    for place, n in enumerate(points):
        predicted = line.model.predict(pick(seen, turn < n), rows, hidden.indices)
        predicted = np.where(np.isfinite(predicted), predicted, np.float32(sum(scale) / 2))  # as `evaluate` does
        out[:, place] = rating_errors(hidden.data, predicted, rows, seen.shape[0], scale=scale).squared
    return out


def _lists(line: Line, seen: Csr, turn: AnyArray, liked: Csr, points: Sequence[int]) -> AnyArray:
    """Return NDCG@20 of each person's list at each point, float64 (people, points)."""
    out = np.empty((seen.shape[0], len(points)))
    for place, n in enumerate(points):
        for rows, _, lists in listed(line.model, [line.order], pick(seen, turn < n), [LISTED], without=seen):
            out[rows, place] = ndcg(lists, liked[rows])
    return out


def _curve(
    metric: str, points: Sequence[int], counts: AnyArray, sums: Mapping[str, AnyArray], against: str | None, seed: int
) -> dict[str, Any]:
    against = against if against in sums else None
    told = figures(counts, sums, metric, against=against, seed=seed)
    curve = {"metric": metric, "given": list(points), "people": len(counts), "against": against, "models": told}
    return curve | {"sentences": {label: newcomer_sentence(curve, label) for label in told if label != against}}


def _ratings(n: int) -> str:
    return f"{n} rating{'s' * (n != 1)}"


def _listing(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1])] * (len(words) > 1) + [words[-1]])
