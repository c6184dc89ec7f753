"""The noun Golden: made-up people and what a bundle answered them when it was saved, so that whoever loads it can ask again.

Checksums prove that files are what somebody wrote. They do not prove that a model still answers as it did: there may be another
version of a library, a machine that computes wrongly, or an array that was changed together with its checksum. The people are
nobody's data: one has rated nothing, others a few well-known items or such as are drawn at random, all over the scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray, as_csr, seeded_keys
from foretaste.errors import BundleError
from foretaste.models.base import Recommender
from foretaste.ranking import Ranking

K = 10
"""Length of the lists that are kept."""
TOLERANCE = 1e-4
"""How far a score may be from what it was, as a share of the largest in its list.

Another processor adds up float32 in another order: ten models asked with four sets of instructions differed by at most 1e-6. A
hundred times that is half a thousandth of a star; a change of the weights that anybody would notice moves some score by more.
"""
STEPS = (1.0, 0.25, 0.75, 0.0, 0.5)
"""Ratings of the made-up people, as shares of the way up the scale, in turn."""
_NAMES = ("golden.given.cols_", "golden.ratings", "golden.cols_", "golden.scores", "golden.predicted")
"""Of the arrays in a bundle's file, in the order of the fields; `cols_` tells its reader that they are whole numbers."""


class Answering(Protocol):
    """What is asked of a bundle here."""

    @property
    def model(self) -> Recommender[Any]:
        """Fitted."""

    @property
    def scale(self) -> tuple[float, float]:
        """Lowest and highest rating."""

    @property
    def golden(self) -> "Golden | None":
        """What it answered when it was saved."""

    def rank_rows(self, X: Csr, k: int) -> tuple[Ranking, AnyArray]:
        """Return each row's list and the predicted ratings of what is listed."""


@dataclass(frozen=True, eq=False)
class Golden:
    """Made-up people and their lists; empty places hold -1 as a column and 0 as a number.

    Args:
        given: Columns that each has rated, int32 (rows, m).
        ratings: Of those, float32 (rows, m).
        cols: Each one's list, best first, int32 (rows, k).
        scores: What it is sorted by, float32 (rows, k).
        predicted: Predicted ratings of what is listed, float32 (rows, k).
    """

    given: IntArray
    ratings: FloatArray
    cols: IntArray
    scores: FloatArray
    predicted: FloatArray

    def rows(self, n_items: int) -> Csr:
        """Return what the people have rated, (rows, items)."""
        row, place = np.nonzero(self.given >= 0)
        cells = row.astype(np.int32), self.given[row, place]
        return as_csr(Csr((self.ratings[row, place], cells), shape=(len(self.given), n_items)))

    def arrays(self) -> dict[str, AnyArray]:
        """Return what saving needs."""
        return {name: getattr(self, part.name) for name, part in zip(_NAMES, fields(self), strict=True)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray], n_items: int) -> "Golden | None":
        """Rebuild what `arrays` wrote; None where there is nothing of it, as in older bundles.

        Raises:
            BundleError: An array is missing, or is none that was written here.
        """
        if not any(name in arrays for name in _NAMES):
            return None
        try:
            own: list[Any] = [
                arrays[name].astype(np.int32 if name.endswith("cols_") else np.float32) for name in _NAMES
            ]
        except KeyError as error:
            raise BundleError(f"the golden rows of the bundle are incomplete: {error}") from error
        made = cls(*own)
        given, listed = made.given, made.cols
        if (
            given.ndim != 2
            or listed.ndim != 2
            or len(given) != len(listed)
            or made.ratings.shape != given.shape
            or {made.scores.shape, made.predicted.shape} != {listed.shape}
            or any(((cols < -1) | (cols >= n_items)).any() for cols in (given, listed))
        ):
            raise BundleError("the golden rows of the bundle are damaged: no bundle has such people or lists")
        return made

    def difference(self, ranking: Ranking, predicted: AnyArray) -> str | None:
        """Say where lists are not what they were; None where they are. Items may change places where their scores are level.

        Args:
            ranking: Lists of the same people now.
            predicted: What is predicted of what is listed.
        """
        for row in range(len(self.cols)):
            wrong = self._difference(row, ranking, predicted)
            if wrong is not None:
                return f"golden row {row + 1} of {len(self.cols)}, {wrong}"
        return None

    def _difference(self, row: int, ranking: Ranking, predicted: AnyArray) -> str | None:
        n, found = (int((cols[row] >= 0).sum()) for cols in (self.cols, ranking.cols))
        if n != found:
            return f"a list of {found} items, expected {n}"
        before, after, places = self.cols[row, :n], ranking.cols[row, :n], np.arange(n)
        _, was, now = np.intersect1d(before, after, return_indices=True)
        new = np.flatnonzero(~np.isin(after, before))
        same, moved = (places, places), (new, np.full(len(new), n - 1))  # whatever came in was level with the last
        for kind, old, values, pairs in (
            ("score", self.scores[row], ranking.scores[row], [(now, was), same, moved]),
            ("prediction", self.predicted[row], predicted[row], [(now, was)]),
        ):
            here, there = np.concatenate(pairs, axis=1)
            far = np.flatnonzero(~(np.abs(values[here] - old[there]) <= TOLERANCE * np.abs(old).max()))
            if len(far):
                place = here[far[0]]
                return f"place {place + 1}: a {kind} of {values[place]:g}, expected {old[there[far[0]]]:g}"
        return None


def make_golden(bundle: Answering) -> Golden | None:
    """Make up people, the same for equal bundles, and ask for their lists; None where strangers get none (`known_rows`)."""
    if bundle.model.known_rows:
        return None
    n_items, k = bundle.model.n_items_, min(K, bundle.model.n_items_)
    nobody = Csr((1, n_items), dtype=np.float32)
    known = bundle.rank_rows(nobody, min(20, n_items))[0].cols[0]
    drawn = np.argsort(seeded_keys(0, n_items), kind="stable")[:40]
    people = [drawn[:0], known[:1], known[:5], np.concatenate([known[5:], drawn[:10]]), drawn[10:]]
    people = [np.unique(cols) for cols in people]
    shape = len(people), max(map(len, people))
    given, ratings = np.full(shape, -1, dtype=np.int32), np.zeros(shape, dtype=np.float32)
    for row, cols in enumerate(people):
        up = np.resize(STEPS, len(cols))
        given[row, : len(cols)], ratings[row, : len(cols)] = cols, bundle.scale[0] * (1 - up) + bundle.scale[1] * up
    asked = Golden(given, ratings, given[:, :0], ratings[:, :0], ratings[:, :0])
    ranking, predicted = bundle.rank_rows(asked.rows(n_items), k)
    listed = ranking.cols >= 0
    scores, stars = (np.where(listed, one, 0).astype(np.float32) for one in (ranking.scores, predicted))
    return Golden(given, ratings, ranking.cols, scores, stars)


def self_test(bundle: Answering) -> int:
    """Ask a bundle again what it answered when it was saved.

    Returns:
        How many people were asked; 0 for older bundles, which kept nothing, and for models that answer no strangers.

    Raises:
        BundleError: It answers otherwise now.
    """
    golden = bundle.golden
    if golden is None:
        return 0
    answers = bundle.rank_rows(golden.rows(bundle.model.n_items_), golden.cols.shape[1])
    wrong = golden.difference(*answers)
    if wrong is not None:
        raise BundleError(
            f"the model does not answer as it did when it was saved: {wrong}",
            hint="copy the bundle anew from where it was made, or train it again",
        )
    return len(golden.cols)
