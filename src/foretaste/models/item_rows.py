"""ItemRows: row autoencoders turned round, so that an item is a row and a person is a column, under the one contract.

An item has many more ratings than a person, so the row of an item is the better input, and most published rating autoencoders
are of this kind. The price is that people are columns: only those of the training data can be asked about.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, Csr, FloatArray, as_csr, cell_blocks, stored_bytes
from foretaste.errors import InputError, ShapeError
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.linear_output import LinearModel, LinearOutput
from foretaste.training.watch import Watch

P = TypeVar("P")
SALTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
"""What tells the two words of a key apart."""
TURNED = {"damping_item": "damping_user", "damping_user": "damping_item"}
"""Settings of items and of people, which change places where the inner model's rows are items."""


class ItemRows(Recommender[P]):
    """A row autoencoder fitted on items as rows; it scores the people of its training data and nobody else.

    The inner model is fitted on X transposed. Its output is linear in a code, so all that is kept of it is

        y_ui = a_i + b_u + z_i . q_u

    with the code z_i of every item, which was computed from the item's whole row, and a vector q_u for every person. A person
    is recognised by a 128-bit hash of what their row holds, not by a number: rows come in any order, and those that hold the
    same ratings are scored the same: as the first person who holds them in the matrix that was recognised last, or in one
    before it where nobody does there; the matrix of the fit is the oldest. An empty row is somebody of whom nothing is known:
    a_i. Any other row is refused. An item that nobody rated is an empty row of the inner model, which has learnt what is usual
    of rows that show nothing.

    A subclass names `inner`, its own `Params` (the inner model's, with other defaults where they help) and a `name`; the inner
    model is a `LinearModel`. Settings keep their meaning: ``damping_item`` is about items though these are its rows.

    Symbols: a, b offsets; z codes of items; q decoder rows of people.
    Paper: S. Sedhain et al., "AutoRec: autoencoders meet collaborative filtering", WWW 2015, doi:10.1145/2740908.2742726
        (item-based AutoRec).
    Differs: See the subclass.
    Cost: The inner model's, for a matrix of items x people; then (items + people) x k numbers.

    Attributes:
        inner: Class of the inner model.
    """

    inner: ClassVar[type[Recommender[Any]]]
    autoencoder = True
    clips = True
    known_rows = True
    _looks: int = 1

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "inner" in cls.__dict__:
            cls.resumes, cls.smaller = cls.inner.resumes, cls.inner.smaller

    def _fit(self, X: Csr, watch: Watch) -> None:
        columns, inner = as_csr(X.T.tocsr()), self._inner()
        self._key(row_keys(X))
        measure = watch.measure

        def watched(model: Recommender[Any]) -> float:
            self._take(model, columns)
            return measure(self) if measure is not None else 0.0

        inner.fit(columns, watch=replace(watch, measure=None if measure is None else watched))
        self._take(inner, columns)
        self._again, self.stopped_ = turned(inner.refit_params()), inner.stopped_

    def _inner(self) -> Recommender[Any]:
        return self.inner(turned(self.params))

    def _take(self, inner: Recommender[Any], columns: Csr) -> None:
        """Keep what scoring needs of the inner model as it stands."""
        out = cast("LinearModel", inner).linear_output(columns)
        self.item_, self.item_offset_ = out.codes, out.row_offset
        self.person_, self.person_offset_ = out.decoder, out.col_offset

    def refit_params(self) -> P:
        """Return what the inner model would be fitted with on more data."""
        self._check_fitted()
        return cast("P", getattr(self, "_again", self.params))  # how a loaded model came about is not saved

    def recognise(self, X: object) -> None:
        """Take the rows of `X` for the people of `fit`, one by one, though they hold more ratings or fewer; learn nothing.

        Where one person's row is now what another's was before, it is the one's from here on: the newest rows count first.
        """
        csr = self._rows(X)
        if csr.shape[0] != self.n_rows_:
            raise ShapeError(
                f"the matrix has {csr.shape[0]} rows, expected {self.n_rows_}: the people of fit, in order"
            )
        keys = row_keys(csr)
        known = np.split(self.key_, self._looks)
        if not np.array_equal(known[0], keys):  # the same matrix again moves to the front and is not kept twice
            self._key(np.concatenate([keys, *(look for look in known if not np.array_equal(look, keys))]))

    def _key(self, keys: NDArray[np.uint64]) -> None:
        """Set the keys, newest first, of which number j is one of person j modulo the number of people."""
        self.key_, self._looks = keys, len(keys) // self.n_rows_
        self._order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: of equals the first comes first
        self._sorted = keys[self._order]

    def _places(self, X: Csr) -> NDArray[np.intp]:
        """Return the person that each row is, -1 for an empty one.

        Raises:
            InputError: A row is nobody's.
        """
        wanted, count = row_keys(X), np.diff(X.indptr)
        place = find_keys(self._sorted, wanted)
        strange = np.flatnonzero((place < 0) & (count > 0))
        if len(strange):
            row, n = int(strange[0]), int(count[strange[0]])
            raise InputError(
                f"row {row}, with {n} rating{'s' * (n != 1)}, is nobody that this {self.name} was fitted on, "
                "and it knows nobody else",
                hint="ask about people of the training data, each with all ratings they have there, or train a model that "
                "reads any row, such as autorec or biased_mf",
            )
        return np.where(count == 0, -1, self._order[place] % self.n_rows_)

    def _people(self, X: Csr) -> LinearOutput:
        place = self._places(X)
        vectors, offsets = self.person_[place], self.person_offset_[place]
        vectors[place < 0], offsets[place < 0] = 0, 0
        return LinearOutput(vectors, self.item_, offsets, self.item_offset_)

    def item_vectors(self) -> FloatArray:
        """Return the items' codes; not to be changed."""
        self._check_fitted()
        return self.item_

    def _score(self, X: Csr) -> AnyArray:
        return self._people(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self._people(X).cells(rows, cols)

    def batches(self, n_rows: int, n_items: int) -> int | None:
        """Return how many steps a pass over the items takes."""
        return self._inner().batches(n_items, n_rows)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        columns = as_csr(X.T.tocsr())
        need = self._inner().forecast(columns, measured=measured)
        own = 4 * (self.n_parameters(X.shape[1], X.shape[0]) + 2 * X.shape[0])  # a word of a key takes 8 bytes
        return replace(need, ratings=stored_bytes(X), parameters=own, batch=need.batch + need.parameters + need.ratings)

    def _arrays(self) -> dict[str, AnyArray]:
        return {name: getattr(self, name) for name in self._shapes()}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        items, people, width = self.n_items_, self.n_rows_, cast("LinearModel", self._inner()).code_width
        shapes: dict[str, tuple[int, ...]] = {"item_": (items, width), "item_offset_": (items,)}
        return shapes | {"person_": (people, width), "person_offset_": (people,), "key_": (people * self._looks, 2)}

    def _adopt_sizes(self, arrays: Mapping[str, AnyArray]) -> None:
        super()._adopt_sizes(arrays)
        self.n_rows_ = len(arrays["person_"])
        self._looks = max(len(arrays["key_"]) // max(self.n_rows_, 1), 1)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        for name in self._shapes():
            setattr(self, name, np.asarray(arrays[name]))
        self._key(self.key_.astype(np.uint64, copy=False))


def turned(params: P) -> P:
    """Return the settings of a model for the transposed matrix: what damps items there damps its rows, and the reverse."""
    if not all(hasattr(params, name) for name in TURNED):
        return params
    return replace(params, **{name: getattr(params, other) for name, other in TURNED.items()})  # type: ignore[type-var]


def row_keys(X: Csr) -> NDArray[np.uint64]:
    """Return two 64-bit words for each row, (rows, 2), that tell what it holds: columns and values, in no order; 0 where empty.

    Each stored cell becomes a word by an invertible mixing of column and value, and a row is the sum of its words modulo 2^64:
    rows that hold the same always agree, others in both words by chance in one of 2^128 pairs.
    """
    out = np.zeros((X.shape[0], 2), dtype=np.uint64)
    for rows, cells in cell_blocks(X):
        values = (X.data[cells].astype(np.float32) + np.float32(0)).view(np.uint32)  # no minus before a zero
        words = (X.indices[cells].astype(np.uint64) << np.uint64(32)) | values
        start = X.indptr[rows.start : rows.stop + 1].astype(np.int64) - cells.start
        for place, salt in enumerate(SALTS):
            total = np.zeros(len(words) + 1, dtype=np.uint64)
            np.cumsum(_mixed(words + np.uint64(salt)), out=total[1:])
            out[rows, place] = total[start[1:]] - total[start[:-1]]
    return out


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return each word with every bit spread over all others, (n,): the last steps of the generator SplitMix64."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def find_keys(known: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the first place of each key among known ones, which stand in ascending order; -1 where it is not there."""
    place = np.searchsorted(known[:, 0], wanted[:, 0])
    while True:
        inside = place < len(known)
        at = known[np.minimum(place, len(known) - 1)]
        behind = inside & (at[:, 0] == wanted[:, 0]) & (at[:, 1] < wanted[:, 1])
        if not behind.any():  # nearly always at once: two people hardly ever share a first word
            return np.where(inside & (at == wanted).all(1), place, -1)
        place = place + behind
