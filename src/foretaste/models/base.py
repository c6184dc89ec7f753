"""The contract of a model and the checks that all models share: `fit(X)` learns from rows, `score(X)` scores rows."""

import copy
import inspect
import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

import numpy as np

from foretaste.arrays import BLOCK_CELLS, AnyArray, Csr, FloatArray, IntArray, as_csr, count_by_column, stored_bytes
from foretaste.errors import BundleError, NotFittedError, ParamsError, ShapeError
from foretaste.memory import Forecast, check_fits
from foretaste.models.contributions import Contributions
from foretaste.models.params import build_params
from foretaste.models.silence import fill_silent
from foretaste.models.space import Space
from foretaste.training.watch import Watch, WatchLike, as_watch

P = TypeVar("P")
ROWS = 4096
"""Rows that `predict` encodes at once."""
COUNT = "count_"
CELL_BYTES = 64
"""What a pass over ratings computes from each, in blocks."""


class Recommender(Generic[P]):
    """Base of every model. A user is a row: no ids, no user numbers, no stored training rows.

    Args:
        params: The model's frozen settings; or give its fields as keywords instead.

    Attributes:
        name: Key in `MODELS`.
        task: ``"rating"`` scores in rating units inside the scale; ``"ranking"`` scores in its own units.
        personal: False when every row gets the same order of items.
        autoencoder: Whether it is one; a comparison's verdict is about the autoencoder.
        clips: Whether its `_score` gives float32 inside the scale already, to save a walk over the scores.
        resumes: Whether a fit can go on from a checkpoint.
        at_once: Whether it is solved in one go: there is never half of a fit, and nobody need keep the one before.
        arranges: Whether it sorts its lists itself, by `appeal`; others go by scores, and by the evidence behind ratings.
        additive: Whether a score is a sum over what a row holds, so that what an entry contributes is what dropping it takes.
        known_rows: Whether it scores only rows that it was fitted on, recognised by what they hold, and empty ones.
        smaller: What to do where it does not fit into memory.
        space: Which settings `foretaste tune` searches, and from where to where; empty where there is nothing to choose.
        n_items_: Columns seen in `fit`.
        n_rows_: Rows seen in `fit`; kept only where `known_rows`.
        scale_: Lowest and highest rating seen in `fit`, float32 (2,).
        count_: Rows seen in `fit` that hold each item, float32 (items,); None for a rating model, and in older bundles.
        stopped_: How the last fit ended: ``"finished"``, ``"early"`` or ``"interrupted"`` (by Ctrl-C); not saved.
    """

    Params: ClassVar[type[Any]]
    name: ClassVar[str]
    task: ClassVar[Literal["rating", "ranking"]] = "rating"
    personal: ClassVar[bool] = True
    clips: ClassVar[bool] = False
    resumes: ClassVar[bool] = False
    at_once: ClassVar[bool] = False
    arranges: ClassVar[bool] = False
    additive: ClassVar[bool] = False
    smaller: ClassVar[str] = "keep fewer users or items"
    space: ClassVar[Space] = {}

    autoencoder: bool = False  # these two are a class's own, but a blend's are its members'
    known_rows: bool = False
    n_items_: int
    n_rows_: int
    scale_: FloatArray
    count_: FloatArray | None = None
    stopped_: str = "finished"

    def __init__(self, params: P | None = None, **settings: object) -> None:
        if params is not None and settings:
            raise ParamsError("params and keywords are both given", hint="give one of them")
        if params is not None and not isinstance(params, self.Params):
            raise ParamsError(f"params is {type(params).__name__}, expected {self.Params.__name__}")
        self.params: P = build_params(self.Params, settings) if params is None else params

    def __init_subclass__(cls) -> None:
        if "Params" in cls.__dict__:  # help() and editors show the settings, not **settings
            fields = inspect.signature(cls.Params).parameters.values()
            first = inspect.Parameter("params", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
            named = [f.replace(kind=inspect.Parameter.KEYWORD_ONLY) for f in fields]
            cls.__signature__ = inspect.Signature([first, *named])  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self.params).items())})"

    def fit(self, X: object, *, watch: WatchLike = None) -> Self:
        """Learn from rows.

        Args:
            X: Users x items, scipy sparse; a stored entry is an observation.
            watch: Called after each epoch, returns what to minimise; models without epochs never call it.

        Raises:
            ShapeError: `X` is not sparse, holds no ratings, or stores a cell twice.
            ParamsError: A checkpoint is asked of a model that keeps none.
            ResourceError: It would not fit into memory (`forecast`); nothing has been made then.
        """
        watch, csr = as_watch(watch), as_csr(X)
        if watch.checkpoint is not None and not self.resumes:
            raise ParamsError(f"{self.name} keeps no checkpoint: it is fitted anew", hint="leave checkpoint out")
        if csr.nnz == 0:
            raise ShapeError(f"nothing to learn from: the matrix of {csr.shape[0]} x {csr.shape[1]} has no ratings")
        need = self._whole_forecast(csr, watch.measure is not None, watch.checkpoint is not None)
        self.check_fits(need, csr.shape)
        self.n_rows_, self.n_items_ = csr.shape
        self.scale_ = np.array([csr.data.min(), csr.data.max()], dtype=np.float32)
        self.count_ = count_by_column(csr).astype(np.float32) if self.task == "ranking" else None
        self.stopped_ = "finished"
        try:
            self._fit(csr, watch)
        except BaseException:
            del self.scale_  # half of a model is no model
            raise
        return self

    def forecast(self, X: object, *, measured: bool = True, checkpoint: bool = False) -> Forecast:
        """Return what `fit` would hold at its peak, without making any of it.

        Args:
            X: Users x items, as for `fit`.
            measured: Whether something is measured after each epoch; then the best parameters so far are kept too.
            checkpoint: Whether the state is written after each epoch; then parameters and optimiser state are copied once.

        Raises:
            ShapeError: `X` is no such matrix.
        """
        return self._whole_forecast(as_csr(X), measured, checkpoint)

    def check_fits(self, need: Forecast, shape: tuple[int, int]) -> None:
        """Refuse a fit that would not fit into this machine's memory.

        Args:
            need: From `forecast`.
            shape: Of the matrix, for the message.

        Raises:
            ResourceError: It would not, with the forecast by part.
        """
        check_fits(need, f"{type(self).__name__} of {shape[0]:,} users x {shape[1]:,} items", hint=self.smaller)

    def score(self, X: object) -> FloatArray:
        """Score every item for every row; seen items are not masked.

        Args:
            X: Rows x items; the rows need not have been in training, but where `known_rows`.

        Returns:
            float32 (rows, items), finite, higher is better.

        Raises:
            NotFittedError: Before `fit`.
            ShapeError: The width is not that of `fit`.
            InputError: A row is unknown to a model that scores `known_rows` only.
        """
        scores = self._score(self._rows(X))
        return scores if self.clips else self._finish(scores)

    def appeal(self, X: object) -> FloatArray:
        """Return what lists are sorted by, float32 (rows, items), higher is better; arguments and errors as for `score`.

        These are the scores, but where a model `arranges`; and where a ranking model scores all items of a row alike, having
        nothing to go by, it is how many rows of training hold each.
        """
        scores = self.score(X)
        return scores if self.count_ is None else fill_silent(scores, self.count_)

    def predict(self, X: object, rows: IntArray, cols: IntArray, *, clip: bool = True) -> FloatArray:
        """Score chosen cells, at a cost that follows the cells; equal to `score` there.

        Args:
            X: Rows x items.
            rows: Row of each cell, int (n,).
            cols: Column of each cell, int (n,).
            clip: Whether predicted ratings are kept inside the scale; without it they are as the model writes them.

        Returns:
            float32 (n,), in the order asked for.

        Raises:
            NotFittedError: Before `fit`.
            ShapeError: The width is not that of `fit`, or a cell lies outside.
            InputError: As `score`.
        """
        csr = self._rows(X)
        rows, cols = np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64)
        if rows.shape != cols.shape or rows.ndim != 1:
            raise ShapeError(f"rows {rows.shape} and cols {cols.shape} must be flat and equally long")
        if len(rows) and (rows.min() < 0 or cols.min() < 0 or rows.max() >= csr.shape[0] or cols.max() >= csr.shape[1]):
            raise ShapeError(f"a cell lies outside the {csr.shape[0]} x {csr.shape[1]} matrix")
        if csr.shape[0] <= ROWS:
            return self._finish(self._predict(csr, rows, cols), clip=clip)
        out = np.empty(len(rows), dtype=np.float32)
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(0, csr.shape[0] + ROWS, ROWS))
        for block, (start, stop) in enumerate(itertools.pairwise(starts)):
            if start < stop:  # codes of a block of rows at a time: memory does not grow with the rows
                cells, first = order[start:stop], block * ROWS
                out[cells] = self._predict(csr[first : first + ROWS], rows[cells] - first, cols[cells])
        return self._finish(out, clip=clip)

    def contributions(self, X: object, cols: AnyArray) -> Contributions | None:
        """Say what each entry of one row adds to some scores, where they are such a sum; None where they are not.

        A base and the parts of the entries add up to ``predict(..., clip=False)``. Where the model is `additive`, base is the
        score of an empty row, and dropping an entry takes its part away and nothing else. Elsewhere base is what is expected of
        somebody with these entries and no surprise in their values, parts are what each value adds, and dropping an entry
        changes the weights of the others too. The model's `_contributions` says what it takes apart.

        Args:
            X: One row, (1, items).
            cols: Columns asked for, int (m,).

        Raises:
            NotFittedError: Before `fit`.
            ShapeError: The width is not that of `fit`, it is not one row, or a column lies outside.
        """
        csr, cols = self._rows(X), np.asarray(cols, dtype=np.int64)
        if csr.shape[0] != 1:
            raise ShapeError(
                f"the matrix has {csr.shape[0]} rows, expected 1: scores are taken apart one row at a time"
            )
        if len(cols) and (cols.min() < 0 or cols.max() >= csr.shape[1]):
            raise ShapeError(f"a column lies outside the {csr.shape[1]} of the matrix")
        return self._contributions(csr, cols)

    def arrays(self) -> dict[str, AnyArray]:
        """Return everything learnt, by name: all that saving needs.

        Raises:
            NotFittedError: Before `fit`.
        """
        self._check_fitted()
        count = {} if self.count_ is None else {COUNT: self.count_}
        return {"n_items_": np.array([self.n_items_]), "scale_": self.scale_} | count | self._arrays()

    @classmethod
    def from_arrays(cls, params: P, arrays: Mapping[str, AnyArray]) -> Self:
        """Rebuild a fitted model from `arrays()`.

        Raises:
            BundleError: An array is missing or does not fit the others.
        """
        model = cls(params)
        try:
            model._adopt_sizes(arrays)
            known = cls.task == "ranking" and COUNT in arrays  # bundles made before it was kept have none
            count = {COUNT: (model.n_items_,)} if known else {}
            for name, shape in ({"scale_": (2,)} | count | model._shapes()).items():
                if arrays[name].shape != shape:
                    raise ValueError(f"{name} has shape {arrays[name].shape}, expected {shape}")  # noqa: TRY301
            model.scale_ = np.asarray(arrays["scale_"], dtype=np.float32)
            model.count_ = np.asarray(arrays[COUNT], dtype=np.float32) if known else None
            model._adopt(arrays)
        except (KeyError, ValueError, IndexError) as error:
            raise BundleError(f"the arrays of {cls.name} are incomplete: {error}") from error
        return model

    def refit_params(self) -> P:
        """Return settings for a fit on more data that stops where this fit was best; the same where there is no such point."""
        return self.params

    def item_vectors(self) -> FloatArray | None:
        """Return item vectors, float32 (items, d), of which the cosine says "liked by the same people"; None without any."""
        return None

    def item_views(self) -> tuple[FloatArray, ...]:
        """Return all tables of item vectors whose cosines, taken together, say so; one by itself is `item_vectors`."""
        return tuple(table for table in [self.item_vectors()] if table is not None)

    def item_relations(self, col: int) -> FloatArray | None:  # noqa: ARG002
        """Return how closely each item goes with one, float32 (items,), where weights say so; None without such weights."""
        return None

    def _rows(self, X: object) -> Csr:
        self._check_fitted()
        csr = as_csr(X)
        if csr.shape[1] != self.n_items_:
            raise ShapeError(f"the matrix has {csr.shape[1]} columns, expected {self.n_items_} as in fit")
        return csr

    def _check_fitted(self) -> None:
        if not hasattr(self, "scale_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted", hint="call fit(X) first")

    def _finish(self, scores: AnyArray, *, clip: bool = True) -> FloatArray:
        out = scores.astype(np.float32, copy=False)
        return np.clip(out, *self.scale_, out=out) if self.task == "rating" and clip else out

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions | None:  # noqa: ARG002 (most scores are no sums)
        return None

    def recognise(self, X: object) -> None:
        """Take the rows of `X` for the rows of `fit`, one by one, though they hold more ratings or fewer; learn nothing.

        It is nothing but a check for a model that scores any row; one with `known_rows` scores these rows too from now on.

        Raises:
            NotFittedError: Before `fit`.
            ShapeError: The width is not that of `fit`; or the number of rows, where `known_rows`.
        """
        self._rows(X)

    def n_parameters(self, n_items: int, n_rows: int) -> int:
        """Return how many numbers are learnt from a matrix of so many columns and rows; rows count where `known_rows`."""
        model = copy.copy(self)
        model.n_items_, model.n_rows_ = n_items, n_rows
        count: dict[str, tuple[int, ...]] = {COUNT: (n_items,)} if self.task == "ranking" else {}
        return sum(math.prod(shape) for shape in (count | model._shapes()).values())  # noqa: SLF001 (its own)

    def batches(self, n_rows: int, n_items: int) -> int | None:  # noqa: ARG002 (for item rows it is items that count)
        """Return how many steps a pass over a matrix of that shape takes; None where there are none, or the model decides."""
        size = getattr(self.params, "batch_size", None)
        return math.ceil(n_rows / size) if size else None

    def _whole_forecast(self, X: Csr, measured: bool, checkpoint: bool) -> Forecast:
        need = self._forecast(X, measured)
        return replace(need, kept=need.kept + need.parameters + need.optimiser) if checkpoint and self.resumes else need

    def _forecast(self, X: Csr, measured: bool) -> Forecast:  # noqa: ARG002 (only some keep a copy of the best)
        cells = min(X.nnz, BLOCK_CELLS) * CELL_BYTES
        learnt = 4 * self.n_parameters(X.shape[1], X.shape[0])
        return Forecast(ratings=stored_bytes(X), parameters=learnt, batch=cells)

    def _fit(self, X: Csr, watch: Watch) -> None:
        raise NotImplementedError

    def _score(self, X: Csr) -> AnyArray:
        raise NotImplementedError

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        raise NotImplementedError

    def _arrays(self) -> dict[str, AnyArray]:
        raise NotImplementedError

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        raise NotImplementedError

    def _adopt_sizes(self, arrays: Mapping[str, AnyArray]) -> None:
        self.n_items_ = int(arrays["n_items_"][0])

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        raise NotImplementedError
