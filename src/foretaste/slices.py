"""Slices: how good models are for whom and for what, on the same hidden ratings, each number with its interval over users.

One number for everybody hides that a model may be good for those who have rated hundreds of items and worse than the item's
mean for anybody else. A slice divides the very errors that the table pools: put together again by their numbers of ratings,
the squared errors of its groups are those of the table. The bootstrap draws people, the same for all models, so what is said
about the difference of two models in a group is paired.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.answers import FOUND_AT, Answers, answers_of
from foretaste.arrays import AnyArray, seeded_keys
from foretaste.bins import MOST_GENRES, Bins, count_bins, genre_bins, level_bins
from foretaste.evaluation import Evaluation
from foretaste.figures import figures
from foretaste.metrics.registry import LIST_METRIC
from foretaste.split.holdout import Split

FOUND_METRIC = f"recall_all@{FOUND_AT}"
"""What lists are judged by where hidden likes are told apart."""
MOST_UNITS = 4000
"""Units that the bootstrap draws: of more people, so many heaps of equal size are drawn, which spread as people do."""
PREDICTED_BINS = 24
"""Steps of predicted ratings in a scatter."""
GIVEN = {True: ("given", "ratings the person has shown"), False: ("activity", "the person's ratings in training")}
KNOWN, NOBODY = "training ratings of the item", "items nobody rated"
LEVEL = (
    "the hidden rating itself: errors are larger at both ends for every honest model (regression to the mean), so compare "
    "models, not groups"
)
GENRE = "genre of the item, which counts in each of its genres"
LISTED = "; the list of the people in it"
FOUND = f"; the share of hidden likes of such items that stand in the first {FOUND_AT}, of all such likes"


def slices_of(
    split: Split,
    results: Mapping[str, Evaluation],
    counts: AnyArray,
    *,
    genres: Sequence[tuple[str, ...]] | None = None,
    found: Mapping[str, AnyArray] | None = None,
    against: tuple[str | None, str | None] = (None, None),
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Return the errors and the lists of a comparison on one split, by slice; see `slice_answers`.

    Args:
        split: Whose test part the models were asked about.
        results: By model, what came of it.
        counts: Ratings of each item in what the models learnt from, (items,).
        genres: Of each item.
        found: From `found_in_lists`, by model.
        against: The model whose difference to each other one is told, of errors and of lists; see `answers.baselines`.
        seed: Of the bootstrap.
    """
    answers = answers_of(split.test, results, counts, scale=split.scale, found=found)
    return slice_answers(answers, new_people=split.new_people, genres=genres, against=against, seed=seed)


def slice_answers(
    answers: Answers,
    *,
    new_people: bool,
    genres: Sequence[tuple[str, ...]] | None = None,
    against: tuple[str | None, str | None] = (None, None),
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Return errors by how much is known about the person, about the item, by genre and by rating; lists by the first two.

    Args:
        answers: Of all models.
        new_people: Whether training holds nothing of these people; decides what their ratings are called.
        genres: Of each item; None where the data have none.
        against: The model whose difference to each other one is told, of errors and of lists; see `answers.baselines`.
        seed: Of the bootstrap.

    Returns:
        Plain values, one a slice: by, title, metric, against, and bins of label, n (ratings, or likes), people and models,
        each with value, low, high, and difference, difference_low, difference_high where there is a model `against`. Of fewer
        than ten people there are no ends of intervals. A slice of one group alone is left out.
    """
    cuts = _cuts(answers, new_people, genres)
    return [
        _told(cut, answers.n_people, against[cut.metric != "rmse"], seed) for cut in cuts if len(cut.bins.labels) > 1
    ]


@dataclass(frozen=True, eq=False)
class _Cut:
    """Entries (hidden ratings, likes, or lists) in groups: whose each is, ratings behind it (None: one), values by model."""

    by: str
    title: str
    metric: str
    bins: Bins
    person: AnyArray
    size: AnyArray | None
    values: Mapping[str, AnyArray]


def _cuts(answers: Answers, new_people: bool, genres: Sequence[tuple[str, ...]] | None) -> Iterator[_Cut]:
    """Yield what is told apart, one after the other."""
    by, title = GIVEN[new_people]
    if len(answers.cells) and answers.predicted:
        yield from _rating_cuts(answers, (by, title), genres)
    rows = _finite(answers.lists)
    if len(rows):
        person, values = answers.person[rows], {label: one[rows] for label, one in answers.lists.items()}
        bins = count_bins(answers.given[rows], person, none="nothing")
        yield _Cut(by, title + LISTED, LIST_METRIC, bins, person, answers.liked[rows], values)
    if answers.found:
        asked = np.flatnonzero(np.all([one >= 0 for one in answers.found.values()], axis=0))
        person, values = answers.cells.person[asked], {label: one[asked] for label, one in answers.found.items()}
        if len(asked):
            bins = count_bins(answers.cells.known[asked], person, none=NOBODY)
            yield _Cut("popularity", KNOWN + FOUND, FOUND_METRIC, bins, person, None, values)


def _rating_cuts(answers: Answers, given: tuple[str, str], genres: Sequence[tuple[str, ...]] | None) -> Iterator[_Cut]:
    """Yield what is told apart of the errors."""
    cells = answers.cells
    errors = {label: np.square(one - cells.actual) for label, one in answers.predicted.items()}

    def cut(by: str, title: str, bins: Bins) -> _Cut:
        return _Cut(by, title, "rmse", bins, cells.person, None, errors)

    yield cut(*given, count_bins(cells.given, cells.person, none="nothing"))
    yield cut("popularity", KNOWN, count_bins(cells.known, cells.person, none=NOBODY))
    if genres is not None and (of := genre_bins(cells.col, genres)) is not None:
        yield cut("genre", GENRE + f" (the {MOST_GENRES} most frequent)" * (len(of.labels) == MOST_GENRES), of)
    yield cut("rating", LEVEL, level_bins(cells.actual)[0])


def _told(cut: _Cut, n_people: int, against: str | None, seed: int) -> dict[str, Any]:
    """Return a slice as it is told."""
    width = len(cut.bins.labels)
    person, unit = cut.bins.of(cut.person), _units(n_people, seed)
    people = np.bincount(person * np.int64(width) + cut.bins.bin, minlength=n_people * width) > 0
    people = people.reshape(n_people, width).sum(0)
    place, size = unit[person] * width + cut.bins.bin, (min(n_people, MOST_UNITS), width)

    def total(values: AnyArray | None = None) -> AnyArray:
        weights = None if values is None else cut.bins.of(values)
        return np.bincount(place, weights=weights, minlength=size[0] * width).reshape(size).astype(np.float64)

    sums = {label: total(one) for label, one in cut.values.items()}
    told = figures(total(), sums, cut.metric, people=people, against=against, seed=seed)
    n = np.bincount(cut.bins.bin, weights=None if cut.size is None else cut.bins.of(cut.size), minlength=width)
    bins = [
        {"label": label, "n": int(n[g]), "people": int(people[g]), "models": {name: one[g] for name, one in told.items()}}
        for g, label in enumerate(cut.bins.labels)
    ]  # fmt: skip
    rival = against if against in sums else None
    return {"by": cut.by, "title": cut.title, "metric": cut.metric, "against": rival, "bins": bins}


def _units(n_people: int, seed: int) -> AnyArray:
    """Return in which heap each person is drawn, (people,): by himself, or where there are too many with others, at random."""
    if n_people <= MOST_UNITS:
        return np.arange(n_people)
    return np.argsort(np.argsort(seeded_keys(seed, n_people), kind="stable")) % MOST_UNITS


def _finite(lists: Mapping[str, AnyArray]) -> AnyArray:
    """Return the rows of which every model has a list."""
    return np.flatnonzero(np.all([np.isfinite(one) for one in lists.values()], axis=0)) if lists else np.empty(0, int)


def scatter_of(label: str, actual: AnyArray, predicted: AnyArray, *, scale: tuple[float, float]) -> dict[str, Any]:
    """Return how a model's predictions are spread for each actual rating.

    Args:
        label: Of the model.
        actual: Hidden ratings, (n,), n > 0.
        predicted: Predictions of them, (n,).
        scale: Lowest and highest rating of the data.

    Returns:
        Plain values: model; actual, at most 12 ratings (where there are more, the middles of 10 equal steps); bins, the edges
        of 24 equal steps of predictions from the lowest to the highest rating; counts, how many predictions lie in each step,
        by actual rating, what lies outside in the outermost; mean, the mean prediction of each actual rating.
    """
    levels, middles = level_bins(actual)
    edges = np.linspace(*scale, PREDICTED_BINS + 1)
    step = np.clip(np.searchsorted(edges, predicted, side="right") - 1, 0, PREDICTED_BINS - 1)
    shape = len(middles), PREDICTED_BINS
    counts = np.bincount(levels.bin * PREDICTED_BINS + step, minlength=shape[0] * shape[1]).reshape(shape)
    mean = np.bincount(levels.bin, weights=predicted) / counts.sum(1)
    return {
        "model": label, "actual": middles.tolist(), "bins": edges.tolist(), "counts": counts.tolist(), "mean": mean.tolist()
    }  # fmt: skip
