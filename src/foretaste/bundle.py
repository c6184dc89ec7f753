"""The noun Bundle: a folder that holds a model, the names of its items and where it came from. It is all that serving needs.

    manifest.json       format and version, model and settings, data fingerprint, versions, test results, SHA-256 of the rest
    arrays.safetensors  everything learnt, the evidence that orders lists, how wide intervals are, and golden rows
    catalog.json        item ids in column order, titles, genres

JSON and safetensors hold values only: nothing in a bundle can run code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from foretaste.arrays import SLICE, AnyArray, Csr, FloatArray, as_csr, ones, pick
from foretaste.bundle_files import Parts, pack, unpack
from foretaste.bundle_folder import check_target, write_folder
from foretaste.calibration import Calibration
from foretaste.data.catalog import Catalog, ItemId
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, InputError
from foretaste.golden import Golden, make_golden
from foretaste.models.base import Recommender
from foretaste.order import Order
from foretaste.ranking import Ranking, rank
from foretaste.recommended import Answer, Predicted, Recommended

FINITE = float(np.finfo(np.float32).max)
ROWS, BLOCK_BYTES = 512, 64_000_000
"""Rows scored at once when many are asked for, and the size that their scores may have."""
LEVEL = 0.8
"""What an interval holds with, where nothing else is asked for."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model with everything that is needed to use it.

    Args:
        model: Fitted.
        catalog: Its columns.
        order: How a rating model's predictions are sorted; None for a ranking model.
        scale: Lowest and highest rating of the data.
        about: Recipe, seed, data fingerprint, test results: plain values, for people and for `manifest.json`.
        like: The rating from which one is a click to a model that learnt from clicks made of ratings; None for any other.
        calibration: How wide the intervals of predicted ratings are; None for a ranking model, and in older bundles.
        golden: What it answered made-up people when it was saved; None until then, and in older bundles. `save` makes it anew.
    """

    model: Recommender[Any]
    catalog: Catalog
    order: Order | None
    scale: tuple[float, float]
    about: dict[str, Any] = field(default_factory=dict)
    like: float | None = None
    calibration: Calibration | None = None
    golden: Golden | None = None

    def recommend(
        self, ratings: Mapping[ItemId, float], k: int = 10, *, level: float | None = None, sure: bool = False
    ) -> Answer:
        """Recommend items to anybody, from what they have rated.

        Args:
            ratings: Rating by item id; ids that the bundle does not know are returned under `ignored`.
            k: Length of the list.
            level: Share of ratings that intervals are to hold, 0.5 to 0.99; None gives no intervals, or at 0.8 if `sure`.
            sure: Sort by the lower ends of the intervals: what somebody will like at least.

        Raises:
            InputError: A rating is outside the scale, an item is given twice, or there are no such intervals.
        """
        row, ignored = self.row(ratings)
        level = LEVEL if sure and level is None else level
        ranking, predicted = self.rank_rows(row, k) if level is None or not sure else self.rank_sure(row, k, level)
        return Answer(self.lines(ranking, predicted, 0, self.ends(row, ranking, predicted, level)), ignored)

    def predict(self, ratings: Mapping[ItemId, float], items: Sequence[ItemId]) -> dict[ItemId, float]:
        """Predict somebody's ratings of some items.

        Args:
            ratings: Rating by item id.
            items: Ids; unknown ones are left out of the answer.

        Returns:
            Predicted rating by item id (a ranking model returns its scores).

        Raises:
            InputError: As `recommend`.
        """
        known, _, _, values = self._asked(ratings, items)
        return dict(zip(known, map(float, values), strict=True))

    def predict_intervals(
        self, ratings: Mapping[ItemId, float], items: Sequence[ItemId], level: float = LEVEL
    ) -> dict[ItemId, Predicted]:
        """Predict somebody's ratings of some items, each with the interval that holds the rating with a chance of `level`.

        Args:
            ratings: Rating by item id.
            items: Ids; unknown ones are left out of the answer.
            level: 0.5 to 0.99.

        Raises:
            InputError: As `recommend`.
        """
        known, row, cols, values = self._asked(ratings, items)
        ends = self.intervals(row, np.zeros(len(cols), dtype=np.int32), cols, values, level)
        lines = zip(known, values, *ends, strict=True)
        return {item: Predicted(float(value), float(low), float(high)) for item, value, low, high in lines}

    def _asked(
        self, ratings: Mapping[ItemId, float], items: Sequence[ItemId]
    ) -> tuple[list[ItemId], Csr, AnyArray, FloatArray]:
        """Return the items that are known, somebody's row, the columns and what is predicted there."""
        row, _ = self.row(ratings)
        known = {item: col for item in items if (col := self.catalog.column(item)) is not None}
        cols = np.array(list(known.values()), dtype=np.int32)
        return list(known), row, cols, self.model.predict(self.shown(row), np.zeros(len(cols), dtype=np.int32), cols)

    def row(self, ratings: Mapping[ItemId, float]) -> tuple[Csr, list[ItemId]]:
        """Return one row (1, items) for ratings by id, and the ids that are unknown."""
        known: dict[int, float] = {}
        ignored = []
        for item, rating in ratings.items():
            col = self.catalog.column(item)
            if col is None:
                ignored.append(item)
            elif col in known:
                raise InputError(f"item {item!r} is given twice", hint="give each item one rating")
            else:
                known[col] = self._checked(rating, col)
        cols = sorted(known)
        data = np.array([known[c] for c in cols], dtype=np.float32)
        ends = np.array([0, len(cols)], dtype=np.int32)
        return Csr((data, np.array(cols, dtype=np.int32), ends), shape=(1, len(self.catalog))), ignored

    def _checked(self, rating: float, col: int | None = None) -> float:
        low, high = self.scale
        if low == high and self.model.task == "ranking":  # a click is a click, whatever stands beside it
            low, high = -FINITE, FINITE
        try:
            value = float(rating)
        except (TypeError, ValueError):
            value = float("nan")
        if not low <= value <= high:
            what = "a rating of the file" if col is None else f"the rating of {self.catalog.title(col)}"
            shown = f"{value:g}" if np.isfinite(value) else repr(rating)
            hint = "give it on the scale of the data that the bundle was trained from"
            raise InputError(f"{what} is {shown}, expected {low:g} to {high:g}", hint=hint)
        return value

    def rows(self, ratings: Ratings) -> tuple[Csr, int]:
        """Return a row for each user of a table (users, items), and how many ratings were of unknown items.

        Raises:
            InputError: A rating is outside the scale.
            DataError: A (user, item) pair stands twice.
        """
        if len(ratings):
            self.check_scale(ratings.scale)
        cols = self.catalog.columns(ratings.item_ids)[ratings.item_code]
        known = cols >= 0
        cells = (ratings.user_code[known], cols[known])
        values = ratings.rating[known]
        if self.like is not None and ratings.log.implicit:  # who clicked, liked
            values = np.full_like(values, self.scale[1])
        X = Csr((values, cells), shape=(ratings.n_users, len(self.catalog)))
        if X.nnz < known.sum():
            raise DataError("a (user, item) pair stands more than once", hint="drop the repetitions first")
        return as_csr(X), int((~known).sum())

    def check_scale(self, scale: tuple[float, float]) -> None:
        """Refuse a table whose lowest or highest rating is outside the scale.

        Raises:
            InputError: One of them is.
        """
        for value in scale:
            self._checked(value)

    def shown(self, X: Csr) -> Csr:
        """Return what the model is given of rows: their clicks where it learnt from clicks made of ratings, else all."""
        return X if self.like is None else ones(pick(X, X.data >= np.float32(self.like)))

    def scored(self, X: Csr) -> tuple[FloatArray, FloatArray | None]:
        """Return what lists are sorted by before anything is left out, and what is predicted, float32 (rows, items) each.

        `rank` of the first is the list of `rank_rows`; the second is None where the model arranges its lists.
        """
        if self.model.arranges:
            return self.model.appeal(X), None
        scores = self.model.appeal(self.shown(X))
        return (scores if self.order is None else self.order.apply(scores)), scores

    def rank_rows(self, X: Csr, k: int) -> tuple[Ranking, AnyArray]:
        """Return each row's list and the scores (predicted ratings) of what is listed, float32 (rows, k)."""
        if self.model.arranges:
            ranking = rank(self.model.appeal(X), X, k)
            rows, cols = np.indices(ranking.cols.shape)[0].ravel(), np.maximum(ranking.cols, 0).ravel()
            return ranking, self.model.predict(X, rows, cols).reshape(ranking.cols.shape)
        scores = self.model.appeal(self.shown(X))
        ranking = rank(scores, X, k, shrink=None if self.order is None else self.order.shrink)
        return ranking, np.take_along_axis(scores, np.maximum(ranking.cols, 0), axis=1)

    def rank_sure(self, X: Csr, k: int, level: float = LEVEL) -> tuple[Ranking, AnyArray]:
        """Return lists sorted by the lower ends of the intervals, and the predicted ratings of what is listed, as `rank_rows`.

        Raises:
            InputError: As `intervals`.
        """
        scores = self.model.score(X)
        least, step = np.empty_like(scores), max(SLICE // scores.shape[1], 1)
        for start in range(0, len(scores), step):  # what is made on the way stays small
            part = slice(start, start + step)
            least[part] = self.least(scores[part], X[part], level)
        ranking = rank(least, X, k)
        return ranking, np.take_along_axis(scores, np.maximum(ranking.cols, 0), axis=1)

    def least(self, predicted: AnyArray, X: Csr, level: float) -> FloatArray:
        """Return the lower ends of the intervals of all predicted ratings of some rows, float32 (rows, items).

        Raises:
            InputError: As `intervals`.
        """
        calibration, counts = self._calibrated()
        return calibration.least(predicted, np.diff(X.indptr)[:, None], counts, level)

    def ends(
        self, X: Csr, ranking: Ranking, predicted: AnyArray, level: float | None
    ) -> tuple[FloatArray, FloatArray] | None:
        """Return the ends of the intervals of what is listed, float32 (rows, k) each; None where no level is asked for.

        Raises:
            InputError: As `intervals`.
        """
        if level is None:
            return None
        rows, cols = np.indices(ranking.cols.shape)[0], np.maximum(ranking.cols, 0)
        return self.intervals(X, rows, cols, predicted, level)

    def intervals(
        self, X: Csr, rows: AnyArray, cols: AnyArray, predicted: AnyArray, level: float = LEVEL
    ) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the intervals of predicted ratings, float32 each, of the shape of `predicted`.

        Args:
            X: Rows x items.
            rows: Row of each prediction.
            cols: Column of each.
            predicted: In rating units.
            level: 0.5 to 0.99.

        Raises:
            InputError: The bundle has no calibration.
            ParamsError: The level is out of range, or was out of reach when the bundle was made.
        """
        calibration, counts = self._calibrated()
        return calibration.interval(predicted, np.diff(X.indptr)[rows], counts[cols], level)

    def check_intervals(self, level: float = LEVEL) -> None:
        """Refuse a level at which there are no intervals; worth asking before a long file is read.

        Raises:
            InputError: As `intervals`.
        """
        self._calibrated()[0].quantile(level)

    def _calibrated(self) -> tuple[Calibration, FloatArray]:
        """Return the calibration, and training ratings of each item."""
        if self.model.task != "rating":
            what, hint = f"{self.model.name} predicts no ratings", "train a rating model, or a pair: --model two_heads"
        elif self.calibration is None or self.order is None:
            what, hint = "the bundle has no calibration", "train it again: foretaste train DATA --out FOLDER"
        else:
            return self.calibration, self.order.count
        raise InputError(f"{what}, so there are no intervals", hint=hint)

    def rank_many(
        self, X: Csr, k: int, *, level: float = LEVEL, sure: bool = False
    ) -> Iterator[tuple[int, Ranking, AnyArray]]:
        """Yield (first row, lists, predicted ratings) in blocks of rows, in bounded memory; see `rank_rows` and `rank_sure`."""
        rows = max(1, min(ROWS, BLOCK_BYTES // (4 * max(X.shape[1], 1))))
        for start in range(0, X.shape[0], rows):
            block = X[start : start + rows]
            yield (start, *(self.rank_sure(block, k, level) if sure else self.rank_rows(block, k)))

    def lines(
        self, ranking: Ranking, predicted: AnyArray, row: int, ends: tuple[AnyArray, AnyArray] | None = None
    ) -> list[Recommended]:
        """Return one row of a ranking in words, with the ends of intervals where there are some."""
        rating = self.model.task == "rating"
        out = []
        listed = zip(ranking.cols[row].tolist(), ranking.scores[row], predicted[row], strict=True)
        for place, (col, score, value) in enumerate(listed):
            if col < 0:
                continue
            count = None if self.order is None else int(self.order.count[col])
            genres = () if self.catalog.genres is None else self.catalog.genres[col]
            item_id = self.catalog.item_ids[col : col + 1].tolist()[0]
            stars = float(value) if rating else None
            between = () if ends is None else (float(ends[0][row, place]), float(ends[1][row, place]))
            line = (item_id, self.catalog.title(col), stars, float(score), count, genres)
            out.append(Recommended(*line, *between))
        return out

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the bundle beside its place and move it there, so that a folder is whole or refused; other files in it stay.

        Raises:
            BundleError: The folder exists and is not a bundle, or is one and `overwrite` is false.
            InputError: Nothing can be written there.
        """
        target = check_target(folder, overwrite=overwrite)
        write_folder(target, pack(Parts(**vars(self) | {"golden": make_golden(self)})))
        return target

    @staticmethod
    def check_target(folder: str | Path, *, overwrite: bool = False) -> None:
        """Refuse a folder that `save` would refuse; worth asking before hours of training.

        Raises:
            ForetasteError: As `save`.
        """
        check_target(folder, overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | Path) -> "Bundle":
        """Read a bundle, checking every file against the manifest.

        Raises:
            NotFoundError: There is no such folder.
            BundleError: It is not a bundle, newer than this version reads, truncated or damaged.
        """
        return cls(**vars(unpack(Path(folder))))
