"""The learning curve of newcomers: how good a model is for somebody who has rated nothing, one item, two, five and so on.

It asks the same people the same hidden ratings at every point, and only what they show differs: a random part of what they
have shown, each part within the next. A random one, not their oldest: people type in what they remember within minutes, so
times within a person say little, and what is hidden of them was drawn at random too. Lists leave out everything that somebody
has shown, at every point, so a model that looks at nobody's ratings has a level curve, and what rises is knowledge alone.

People who have not shown enough for the last point are in no point. So the curve is of people who rate much, whose first
ratings are less about the best known items than those of a real newcomer: read it between models more than by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.answers import Line, baselines
from foretaste.arrays import AnyArray, Csr, pick, row_of, seeded_keys, seeded_sample
from foretaste.figures import figures
from foretaste.metrics.ranking import ndcg
from foretaste.metrics.ratings import squared_by_user
from foretaste.metrics.registry import LIST_METRIC
from foretaste.order import likes, listed
from foretaste.split.holdout import Holdout

POINTS = (0, 1, 2, 5, 10, 20, 50, 100)
"""Ratings given, at most; as far as half of the people go."""
FEWEST, MOST = 30, 2000
"""People of a curve: with fewer there is none, of more a seeded sample is asked."""
LISTED = 20
"""How long the lists are, as the name of their metric says."""


@dataclass(frozen=True, eq=False)
class Steps:
    """What several models did for the same people at every one of `POINTS`; nan where somebody has not shown so much.

    Args:
        shown: Ratings that each person has shown in all, (people,).
        asked: Hidden ratings of each.
        errors: By model that predicts ratings, squared errors of each person, float64 (people, points).
        lists: By model, NDCG@20 of hidden likes of each person, likewise; nan too for who likes nothing hidden.
        against: The bias and the popularity model, each None where it is not there.
        left_out: Models that score nobody whom they were not fitted on.
    """

    shown: AnyArray
    asked: AnyArray
    errors: Mapping[str, AnyArray]
    lists: Mapping[str, AnyArray]
    against: tuple[str | None, str | None]
    left_out: list[str]


def newcomers_of(
    lines: Sequence[Line], holdout: Holdout, *, scale: tuple[float, float], seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Return how errors and lists of several models get better with the number of ratings that somebody has given.

    Args:
        lines: Fitted, on none of these people.
        holdout: The people; what they have shown is cut, what is hidden of them is asked.
        scale: Lowest and highest rating of the data.
        seed: Of who is asked, of what they show first, and of the bootstrap.

    Returns:
        As `newcomer_curves`.
    """
    return newcomer_curves(steps_of(lines, holdout, scale=scale, seed=seed), seed=seed)


def steps_of(lines: Sequence[Line], holdout: Holdout, *, scale: tuple[float, float], seed: int = 0) -> Steps:
    """Ask models about the people of a split, with more and more of their ratings shown.

    Cost: for each model, point and person a prediction of the hidden ratings and a score of the catalogue; 2,000 people and 8
    points at most, and nobody at a point beyond what he has shown. 26,672 items: 16,000 rows to score and sort for a model.

    Args:
        lines: Fitted, on none of these people.
        holdout: The people.
        scale: Lowest and highest rating of the data.
        seed: Of who is asked, and of what they show first.
    """
    asked = np.flatnonzero(np.diff(holdout.hidden.indptr))
    rows = asked[seeded_sample(seed, len(asked), MOST)]
    seen, hidden = holdout.seen[rows], holdout.hidden[rows]
    cuts, liked = _cuts(seen, turns(seen, seed)), likes(hidden, scale)
    able = [line for line in lines if not line.model.known_rows]
    rated = [line for line in able if line.model.task == "rating" and scale[0] < scale[1]]
    return Steps(
        shown=np.diff(seen.indptr),
        asked=np.diff(hidden.indptr),
        errors={line.label: _errors(line, cuts, hidden, scale) for line in rated},
        lists={line.label: _lists(line, cuts, seen, liked) for line in able},
        against=baselines(able),
        left_out=[line.label for line in lines if line.model.known_rows],
    )


def join_steps(parts: Sequence[Steps]) -> Steps:
    """Return what the same models did for the people of several folds, in each of which there are others."""
    first = parts[0]
    shown, asked = (np.concatenate([getattr(part, name) for part in parts]) for name in ("shown", "asked"))
    errors = {label: np.concatenate([part.errors[label] for part in parts]) for label in first.errors}
    lists = {label: np.concatenate([part.lists[label] for part in parts]) for label in first.lists}
    return Steps(shown, asked, errors, lists, first.against, first.left_out)


def newcomer_curves(steps: Steps, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return the curves of people who all have shown enough for the last point.

    Args:
        steps: From `steps_of`, or from `join_steps`.
        seed: Of the bootstrap.

    Returns:
        Plain values under ``newcomers`` (RMSE of the models that predict ratings) and ``newcomer_lists`` (NDCG@20 of hidden
        likes, of all models): metric, given, people, against (the bias or the popularity model, where it is there), models
        with a list of figures each (value, low, high, and difference, difference_low, difference_high to it), sentences by
        model, and left_out: those that score nobody whom they were not fitted on. A curve is not there where fewer than 30
        people would be in it, or where there is one point alone.
    """
    needed = max(len(steps.shown) / 2, FEWEST)
    n_points = sum((steps.shown >= n).sum() >= needed for n in POINTS)
    if n_points < 2:
        return {}
    points, out = POINTS[:n_points], {}
    far = steps.shown >= points[-1]
    if steps.errors:
        sums = {label: values[far, :n_points] for label, values in steps.errors.items()}
        counts = np.repeat(steps.asked[far, None], n_points, axis=1)
        out["newcomers"] = _curve("rmse", points, counts, sums, steps.against[0], seed)
    fond = far & np.all([np.isfinite(values[:, 0]) for values in steps.lists.values()], axis=0)
    if steps.lists and fond.sum() >= FEWEST:
        quality = {label: values[fond, :n_points] for label, values in steps.lists.items()}
        counts = np.ones((int(fond.sum()), n_points))
        out["newcomer_lists"] = _curve(LIST_METRIC, points, counts, quality, steps.against[1], seed)
    return {key: curve | {"left_out": steps.left_out} for key, curve in out.items()}


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


Cut = tuple[AnyArray, Csr]
"""Who has shown so much, by row, and what of it is shown."""


def _cuts(seen: Csr, turn: AnyArray) -> list[Cut]:
    """Return who is asked at each point, and what the models see of them."""
    rows = [np.flatnonzero(np.diff(seen.indptr) >= n) for n in POINTS]
    return [(able, pick(seen, turn < n)[able]) for n, able in zip(POINTS, rows, strict=True)]


def _errors(line: Line, cuts: Sequence[Cut], hidden: Csr, scale: tuple[float, float]) -> AnyArray:
    """Return the squared errors of each person at each point, float64 (people, points)."""
    out = np.full((hidden.shape[0], len(cuts)), np.nan)
    for place, (able, shown) in enumerate(cuts):
        asked = hidden[able]
        rows = row_of(asked)
        predicted = line.model.predict(shown, rows, asked.indices)
        predicted = np.where(np.isfinite(predicted), predicted, np.float32(sum(scale) / 2))  # as `evaluate` does
        out[able, place] = squared_by_user(asked.data, predicted, rows, len(able))
    return out


def _lists(line: Line, cuts: Sequence[Cut], seen: Csr, liked: Csr) -> AnyArray:
    """Return NDCG@20 of each person's list at each point, float64 (people, points)."""
    out = np.full((seen.shape[0], len(cuts)), np.nan)
    for place, (able, shown) in enumerate(cuts):
        fond = np.diff(liked.indptr)[able] > 0
        able, shown = able[fond], shown[fond]  # noqa: PLW2901
        for rows, _, lists in listed(line.model, [line.order], shown, [LISTED], without=seen[able]):
            out[able[rows], place] = ndcg(lists, liked[able[rows]])
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
