"""The noun Bundle: a folder that holds a model, the names of its items and where it came from. It is all that serving needs.

    manifest.json       format and version, model and settings, data fingerprint, versions, test results, SHA-256 of the rest
    arrays.safetensors  everything learnt, and the evidence that orders lists
    catalog.json        item ids in column order, titles, genres

JSON and safetensors hold values only: nothing in a bundle can run code.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from foretaste.arrays import AnyArray, Csr, as_csr, ones, pick
from foretaste.bundle_folder import (
    ARRAYS,
    CATALOG,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    check_arrays,
    check_like,
    check_scale,
    check_target,
    checksum,
    read_file,
    read_manifest,
    write_folder,
)
from foretaste.data.catalog import Catalog, ItemId
from foretaste.data.ratings import Ratings
from foretaste.errors import BundleError, DataError, ForetasteError, InputError
from foretaste.models import MODELS
from foretaste.models.base import Recommender
from foretaste.models.params import build_params
from foretaste.order import Order
from foretaste.ranking import Ranking, rank

FINITE = float(np.finfo(np.float32).max)
ROWS, BLOCK_BYTES = 512, 64_000_000
"""Rows scored at once when many are asked for, and the size that their scores may have."""
_DAMAGE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
    SafetensorError,
    ForetasteError,
)


@dataclass(frozen=True)
class Recommended:
    """One line of a list.

    Args:
        item_id: As the data set calls it.
        title: In words.
        predicted: Predicted rating; None for a model that only ranks.
        score: What the list is sorted by.
        n_ratings: How many people's ratings stand behind the item; None for a model that only ranks.
        genres: Where the data set has them.
    """

    item_id: ItemId
    title: str
    predicted: float | None
    score: float
    n_ratings: int | None
    genres: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A list for somebody, best first, and the ids that the model does not know."""

    items: list[Recommended]
    ignored: list[ItemId]


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
    """

    model: Recommender[Any]
    catalog: Catalog
    order: Order | None
    scale: tuple[float, float]
    about: dict[str, Any] = field(default_factory=dict)
    like: float | None = None

    def recommend(self, ratings: Mapping[ItemId, float], k: int = 10) -> Answer:
        """Recommend items to anybody, from what they have rated.

        Args:
            ratings: Rating by item id; ids that the bundle does not know are returned under `ignored`.
            k: Length of the list.

        Raises:
            InputError: A rating is outside the scale, or an item is given twice.
        """
        row, ignored = self.row(ratings)
        ranking, predicted = self.rank_rows(row, k)
        return Answer(self.lines(ranking, predicted, 0), ignored)

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
        row, _ = self.row(ratings)
        known = {item: col for item in items if (col := self.catalog.column(item)) is not None}
        cols = np.array(list(known.values()), dtype=np.int32)
        values = self.model.predict(self.shown(row), np.zeros(len(cols), dtype=np.int32), cols)
        return dict(zip(known, map(float, values), strict=True))

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
                known[col] = self._checked(rating, f"the rating of {self.catalog.title(col)}")
        cols = sorted(known)
        data = np.array([known[c] for c in cols], dtype=np.float32)
        cells = (np.zeros(len(cols), dtype=np.int32), np.array(cols, dtype=np.int32))
        return as_csr(Csr((data, cells), shape=(1, len(self.catalog)))), ignored

    def _checked(self, rating: float, what: str) -> float:
        low, high = self.scale
        if low == high and self.model.task == "ranking":  # a click is a click, whatever stands beside it
            low, high = -FINITE, FINITE
        try:
            value = float(rating)
        except (TypeError, ValueError):
            value = float("nan")
        if not low <= value <= high:
            shown = f"{value:g}" if np.isfinite(value) else repr(rating)
            raise InputError(f"{what} is {shown}, expected {low:g} to {high:g}")
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
            self._checked(value, "a rating of the file")

    def shown(self, X: Csr) -> Csr:
        """Return what the model is given of rows: their clicks where it learnt from clicks made of ratings, else all."""
        return X if self.like is None else ones(pick(X, X.data >= np.float32(self.like)))

    def rank_rows(self, X: Csr, k: int) -> tuple[Ranking, AnyArray]:
        """Return each row's list and the scores (predicted ratings) of what is listed, float32 (rows, k)."""
        if self.model.arranges:
            ranking = rank(self.model.appeal(X), X, k)
            rows, cols = np.indices(ranking.cols.shape)[0].ravel(), np.maximum(ranking.cols, 0).ravel()
            return ranking, self.model.predict(X, rows, cols).reshape(ranking.cols.shape)
        scores = self.model.score(self.shown(X))
        ranking = rank(scores, X, k, shrink=None if self.order is None else self.order.shrink)
        return ranking, np.take_along_axis(scores, np.maximum(ranking.cols, 0), axis=1)

    def rank_many(self, X: Csr, k: int) -> Iterator[tuple[int, Ranking, AnyArray]]:
        """Yield (first row, lists, predicted ratings) in blocks of rows, in bounded memory."""
        rows = max(1, min(ROWS, BLOCK_BYTES // (4 * max(X.shape[1], 1))))
        for start in range(0, X.shape[0], rows):
            yield (start, *self.rank_rows(X[start : start + rows], k))

    def lines(self, ranking: Ranking, predicted: AnyArray, row: int) -> list[Recommended]:
        """Return one row of a ranking in words."""
        rating = self.model.task == "rating"
        out = []
        for col, score, value in zip(ranking.cols[row].tolist(), ranking.scores[row], predicted[row], strict=True):
            if col < 0:
                continue
            count = None if self.order is None else int(self.order.count[col])
            genres = () if self.catalog.genres is None else self.catalog.genres[col]
            item_id = self.catalog.item_ids[col : col + 1].tolist()[0]
            stars = float(value) if rating else None
            out.append(Recommended(item_id, self.catalog.title(col), stars, float(score), count, genres))
        return out

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the bundle beside its place and move it there, so that a folder is whole or refused; other files in it stay.

        Raises:
            BundleError: The folder exists and is not a bundle, or is one and `overwrite` is false.
            InputError: Nothing can be written there.
        """
        target = check_target(folder, overwrite=overwrite)
        arrays = self.model.arrays() | ({} if self.order is None else self.order.arrays())
        contents = {
            ARRAYS: save_arrays({k: np.ascontiguousarray(v) for k, v in sorted(arrays.items())}),
            CATALOG: json.dumps(self.catalog.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace"),
        }
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": self.model.name,
            "params": asdict(self.model.params),
            "scale": list(self.scale),
            "like": self.like,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
            "versions": _versions(),
        }
        manifest |= {k: v for k, v in self.about.items() if k not in manifest}
        manifest["checksum"] = checksum(manifest)
        words = json.dumps(manifest, indent=2, ensure_ascii=False)
        contents[MANIFEST] = words.encode("utf-8", "backslashreplace")  # file names need not be text; JSON has escapes
        write_folder(target, contents)
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
        path = Path(folder)
        manifest = read_manifest(path)
        if not isinstance(manifest.get("model"), str) or manifest["model"] not in MODELS:
            raise BundleError(f"{path}: this foretaste has no model {manifest.get('model')!r}")
        contents = {name: read_file(path, name, digest) for name, digest in manifest["files"].items()}
        try:
            kind = MODELS[manifest["model"]]
            arrays = load_arrays(contents[ARRAYS])
            check_arrays(arrays)
            catalog = Catalog.from_json(json.loads(contents[CATALOG]))
            model = kind.from_arrays(build_params(kind.Params, manifest["params"]), arrays)
            order = Order.from_arrays(arrays) if "order.rule" in arrays else None
            scale = check_scale(manifest["scale"])
            like = check_like(manifest.get("like"), scale)
        except BundleError as error:
            raise BundleError(f"{path}: {error.message}") from error
        except _DAMAGE as error:
            raise BundleError(f"{path}: the bundle is damaged ({type(error).__name__}: {error})") from error
        if order is not None and order.count.shape != (model.n_items_,):
            raise BundleError(f"{path}: the bundle is damaged: evidence of {order.count.shape} items")
        if len(catalog) != model.n_items_:
            raise BundleError(f"{path}: {len(catalog)} items in the catalogue for a model of {model.n_items_}")
        own = {"format", "format_version", "model", "params", "scale", "like", "files", "versions", "checksum"}
        return cls(model, catalog, order, scale, {k: v for k, v in manifest.items() if k not in own}, like)


def _versions() -> dict[str, str]:
    out = {"python": platform.python_version()}
    for name in ("foretaste", "numpy", "scipy", "torch"):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out
