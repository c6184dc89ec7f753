"""The noun Cells: what is known about every hidden rating beside its prediction, for all that is told apart afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray, FloatArray, IntArray, row_of
from foretaste.errors import ShapeError
from foretaste.split.holdout import Holdout


@dataclass(frozen=True, eq=False)
class Cells:
    """Facts of hidden ratings, each (n,), in the storage order of `holdout.hidden`; 20 bytes a rating.

    Args:
        person: int32, row of the holdout; over several splits one number for one person.
        col: int32, column of the item.
        actual: float32, the hidden rating.
        given: int32, ratings that the person has shown.
        known: int32, training ratings of the item.
    """

    person: IntArray
    col: IntArray
    actual: FloatArray
    given: IntArray
    known: IntArray

    def __len__(self) -> int:
        return len(self.actual)


def cells_of(holdout: Holdout, counts: AnyArray) -> Cells:
    """Return the facts of every hidden rating.

    Args:
        holdout: People with seen and hidden ratings.
        counts: Training ratings of each item, (items,).

    Raises:
        ShapeError: There is not one count for each item.
    """
    hidden = holdout.hidden
    if len(counts) != hidden.shape[1]:
        raise ShapeError(f"{len(counts):,} counts for {hidden.shape[1]:,} items; expected one each")
    shown = np.diff(holdout.seen.indptr).astype(np.int32)
    return Cells(
        person=row_of(hidden),
        col=hidden.indices,
        actual=hidden.data,
        given=shown.repeat(np.diff(hidden.indptr)),
        known=np.asarray(counts).astype(np.int32)[hidden.indices],
    )


def join_cells(parts: Sequence[tuple[Cells, AnyArray]]) -> Cells:
    """Return the hidden ratings of several splits as one, such as those of folds.

    Args:
        parts: Of each split its cells and the ids of its people, (people,), which say who is the same person.

    Returns:
        The cells of one split after the other; `person` is the place among all ids, ascending.
    """
    everybody = np.unique(np.concatenate([ids for _, ids in parts]))
    people = [np.searchsorted(everybody, ids).astype(np.int32)[cells.person] for cells, ids in parts]
    rest = [
        np.concatenate([getattr(cells, name) for cells, _ in parts]) for name in ("col", "actual", "given", "known")
    ]
    return Cells(np.concatenate(people), *rest)
