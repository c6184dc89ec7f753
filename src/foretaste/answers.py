"""The noun Answers: what several models answered about the same people, over one split or several folds together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray, row_of, seeded_sample
from foretaste.cells import Cells, cells_of, join_cells
from foretaste.evaluation import Evaluation
from foretaste.metrics.registry import LIST_METRIC
from foretaste.models.base import Recommender
from foretaste.order import PEOPLE, Order, are_likes, likes, listed
from foretaste.split.holdout import Holdout

RIVALS = ("bias", "popularity")
"""The simplest models that deserve the name: what errors and what lists are told against."""
FOUND_AT = 20
"""How long the lists are in which hidden likes are looked for."""


class Line(Protocol):
    """A fitted line of a comparison, as far as its answers are asked for."""

    @property
    def label(self) -> str:
        """What it is called."""

    @property
    def model(self) -> Recommender[Any]:
        """Fitted."""

    @property
    def order(self) -> Order | None:
        """How its scores are sorted into lists; None sorts them as they are."""


def baselines(lines: Iterable[Line]) -> tuple[str | None, str | None]:
    """Return the labels of the bias model and of the popularity model, of several the first; None where there is none."""
    labels: dict[str, str] = {}
    for line in lines:
        labels.setdefault(line.model.name, line.label)
    return labels.get(RIVALS[0]), labels.get(RIVALS[1])


@dataclass(frozen=True, eq=False)
class Answers:
    """What several models answered about the same people: all that slices are made of.

    Args:
        cells: The hidden ratings.
        predicted: By model that predicts ratings, predictions of them, float32 (hidden ratings,).
        given: Ratings that each row has shown, int32 (rows,).
        person: Whose row it is, int32 (rows,); `cells.person` is the same number.
        liked: Hidden likes of each row, int32 (rows,).
        lists: By model, NDCG@20 of the row's list, (rows,), nan where there is none.
        found: By model, 1 where a hidden rating is a like and in its person's list, 0 where it is not in it, -1 where it is no
            like or nobody was asked, int8 (hidden ratings,); empty where that was not made.
    """

    cells: Cells
    predicted: Mapping[str, FloatArray]
    given: IntArray
    person: IntArray
    liked: IntArray
    lists: Mapping[str, AnyArray]
    found: Mapping[str, AnyArray]

    @property
    def n_people(self) -> int:
        """How many people there are, those of whom nothing is hidden among them."""
        return int(self.person.max()) + 1


def answers_of(
    holdout: Holdout,
    results: Mapping[str, Evaluation],
    counts: AnyArray,
    *,
    scale: tuple[float, float],
    found: Mapping[str, AnyArray] | None = None,
) -> Answers:
    """Return what models answered about the people of one split.

    Args:
        holdout: Whom they were asked about.
        results: By model, what came of it.
        counts: Ratings of each item in what the models learnt from, (items,).
        scale: Lowest and highest rating of the data; decides what is a like.
        found: From `found_in_lists`, by model.
    """
    rows = holdout.hidden.shape[0]
    return Answers(
        cells=cells_of(holdout, counts),
        predicted={label: one.predicted for label, one in results.items() if one.predicted is not None},
        given=np.diff(holdout.seen.indptr).astype(np.int32),
        person=np.arange(rows, dtype=np.int32),
        liked=np.diff(likes(holdout.hidden, scale).indptr).astype(np.int32),
        lists={label: one.lists[LIST_METRIC] for label, one in results.items()},
        found=found or {},
    )


def join_answers(parts: Sequence[tuple[Answers, AnyArray]]) -> Answers:
    """Return the answers of several folds as one; somebody who is asked in five is one person.

    Args:
        parts: Of each fold what the same models answered, and the ids of its people, (rows,).
    """
    answers = [part for part, _ in parts]
    everybody = np.unique(np.concatenate([ids for _, ids in parts]))

    def together(name: str) -> dict[str, AnyArray]:
        every = [getattr(part, name) for part in answers]
        return {label: np.concatenate([one[label] for one in every]) for label in every[0]}

    return Answers(
        cells=join_cells([(part.cells, ids) for part, ids in parts]),
        predicted=together("predicted"),
        given=np.concatenate([part.given for part in answers]),
        person=np.searchsorted(everybody, np.concatenate([ids for _, ids in parts])).astype(np.int32),
        liked=np.concatenate([part.liked for part in answers]),
        lists=together("lists"),
        found=together("found"),
    )


def found_in_lists(line: Line, holdout: Holdout, *, scale: tuple[float, float], seed: int = 0) -> AnyArray:
    """Return which hidden likes stand in the first 20 of their person's list, of 2,000 people at most.

    Args:
        line: Fitted.
        holdout: Whom it is asked about.
        scale: Lowest and highest rating of the data; decides what is a like.
        seed: Of whom is asked; the same for models that are to be compared.

    Returns:
        int8 (hidden ratings,): 1 in the list, 0 not in it, -1 no like, or of somebody who was not asked.
    """
    hidden, width = holdout.hidden, np.int64(holdout.hidden.shape[1])
    liked = are_likes(hidden.data, scale)
    rows = np.unique(row_of(hidden)[liked])
    rows = rows[seeded_sample(seed, len(rows), PEOPLE)]
    out = np.full(hidden.nnz, -1, np.int8)
    for block, _, lists in listed(line.model, [line.order], holdout.seen[rows], [FOUND_AT]):
        asked = rows[block]
        keys = (asked.astype(np.int64)[:, None] * width + lists.cols)[lists.cols >= 0]
        cells = _cells_in(hidden, asked)
        cells = cells[liked[cells]]
        out[cells] = np.isin(row_of(hidden)[cells] * width + hidden.indices[cells], keys)
    return out


def _cells_in(X: Csr, rows: AnyArray) -> AnyArray:
    """Return the places of the stored entries of some rows, in storage order."""
    count = np.diff(X.indptr)[rows].astype(np.int64)
    return np.repeat(X.indptr[rows].astype(np.int64) - (np.cumsum(count) - count), count) + np.arange(count.sum())
