"""The caller's own train and test files, such as the official folds of a data set.

Most such files hide ratings of people whom training knows. Others ask about people whom training never saw, who come with a
file of what they show; models are then chosen on such people too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from foretaste.arrays import AnyArray, Csr, ones, pick, row_of, seeded_keys
from foretaste.data.catalog import Catalog, id_array
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError, ParamsError
from foretaste.split.holdout import Hide, Holdout, Split, check_share, mostly_new, strangers
from foretaste.split.new_users import held_out

RULE = Hide("fraction", 0.2)
"""What is hidden of people who are drawn from the train file to choose on."""


def split_given(
    train: Ratings,
    test: Ratings,
    catalog: Catalog,
    *,
    seen: Ratings | None = None,
    valid: float | Ratings = 0.1,
    valid_seen: Ratings | None = None,
    seed: int = 0,
) -> Split:
    """Use the caller's division; what models are chosen on is drawn here, from the train file, unless it is a file too.

    Args:
        train: The train file. What it holds of a test user is of that user's seen half.
        test: The test file: exactly these ratings are hidden.
        catalog: Columns; covers all files (see `joint_catalog`).
        seen: What people of the test file show beside what the train file has of them; it never trains. Who stands in it and
            not in the test file is asked nothing. A pair of both the train file and this one counts once, with the value here.
        valid: The share of the train file to choose on: of its people, each with 20 % hidden, where most whom the test file
            asks about come by `seen` alone; of its ratings elsewhere. Or the caller's validation file: all of it is hidden.
        valid_seen: What people of the validation file show, as `seen`.
        seed: Draws what to choose on.

    Returns:
        Training rows are the users of the train file, but for those drawn to choose on; test rows are the users of the test
        file and of `seen`. `Split.full` holds all of the train file and all that models are chosen on. The kind is ``given``,
        or ``given-new-users`` where rows are shown, or people chosen on, that training does not have; `Split.new_people` says
        whether most whom the test file asks about are none of training's.

    Raises:
        DataError: A rating is both known and hidden, the kinds of user ids differ, or there is too little to divide.
        ParamsError: `valid` is not between 0 and 1, or `valid_seen` comes without a validation file.
    """
    _check(train, (test, seen, valid, valid_seen))
    known = full = _Rows.of(train, catalog, "train")
    if isinstance(valid, Ratings):
        chosen = _asked(known, _Rows.of(valid, catalog, "validation"), _shown(valid_seen, catalog), catalog)
        full = known.joined(_Rows(chosen.whole(), chosen.user_ids, "validation"))
    held = _asked(full, _Rows.of(test, catalog, "test"), _shown(seen, catalog), catalog)
    part, new = known.X, ~np.isin(held.user_ids, full.ids)
    settings: dict[str, Any] = {"seed": seed, "valid": "file" if isinstance(valid, Ratings) else valid}
    if isinstance(valid, Ratings):
        settings |= strangers("valid", chosen)
    elif mostly_new(held, new):
        part, chosen = _draw_people(train, known.X, valid, seed)
        settings["valid_hide"] = str(RULE)
    else:
        part, chosen = _draw_ratings(known, valid, seed)
    new_rows = seen is not None or valid_seen is not None or part.shape[0] < full.X.shape[0]
    scales = [table.scale for table in (train, test, seen, valid, valid_seen) if isinstance(table, Ratings)]
    return Split(
        train=part, valid=chosen, test=held, full=full.X, kind="given-new-users" if new_rows else "given",
        scale=(min(low for low, _ in scales), max(high for _, high in scales)),
        settings=settings | strangers("test", held),
        n_ratings=full.X.nnz + len(test) + (held.seen.nnz if new_rows else 0), new=new,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows x items, the ids of the rows, sorted, and the name of the file that they are of."""

    X: Csr
    ids: AnyArray
    file: str

    @classmethod
    def of(cls, table: Ratings, catalog: Catalog, file: str) -> Self:
        return cls(user_item_matrix(table, catalog), table.user_ids, file)

    def at(self, ids: AnyArray) -> Csr:
        """Return the rows of some ids, sorted; those that are not here are empty."""
        have = np.isin(ids, self.ids)
        part = self.X[np.searchsorted(self.ids, ids[have])]
        counts = np.zeros(len(ids), dtype=part.indptr.dtype)
        counts[have] = np.diff(part.indptr)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(part.indptr.dtype)
        return Csr((part.data, part.indices, start), shape=(len(ids), part.shape[1]))

    def joined(self, other: Self) -> Self:
        """Return the rows of both; a cell of both counts once, with the other's value."""
        ids = np.union1d(self.ids, other.ids)
        X, Y = self.at(ids), other.at(ids)
        keys = np.concatenate([row_of(part).astype(np.int64) * X.shape[1] + part.indices for part in (X, Y)])
        order = np.argsort(keys, kind="stable")  # merges two sorted runs; of two equal cells the other's comes last
        order = order[np.diff(keys[order], append=-1) != 0]
        rows = keys[order] // max(X.shape[1], 1)
        start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(ids)))]).astype(X.indptr.dtype)
        data, cols = (np.concatenate([getattr(part, name) for part in (X, Y)])[order] for name in ("data", "indices"))
        return type(self)(Csr((data, cols, start), shape=X.shape), ids, f"{self.file} or {other.file}")


def _shown(table: Ratings | None, catalog: Catalog) -> _Rows | None:
    return None if table is None else _Rows.of(table, catalog, "seen")


def _asked(known: _Rows, hidden: _Rows, seen: _Rows | None, catalog: Catalog) -> Holdout:
    """Return the people of a file that is hidden, and those who only show something."""
    ids = hidden.ids if seen is None else np.union1d(hidden.ids, seen.ids)
    for shown in (known, seen):
        if shown is not None:
            _refuse_shared(shown, hidden, catalog)
    shown = known if seen is None else _Rows(known.at(ids), ids, known.file).joined(seen)
    return Holdout(shown.at(ids), hidden.at(ids), ids)


def _refuse_shared(known: _Rows, hidden: _Rows, catalog: Catalog) -> None:
    both = ones(known.at(hidden.ids)) * ones(hidden.X)
    if both.nnz:
        user, item = hidden.ids[row_of(both.tocsr())[0]], catalog.item_ids[both.indices[0]]
        raise DataError(
            f"the {known.file} and the {hidden.file} file share {counted(both.nnz, 'rating')}, "
            f"the first of user {user} for item {item}",
            hint=f"a hidden rating must not be in the {known.file} file",
        )


def _draw_ratings(known: _Rows, share: float, seed: int) -> tuple[Csr, Holdout]:
    X = known.X
    order = np.argsort(seeded_keys(seed, X.nnz), kind="stable")
    chosen = np.zeros(X.nnz, dtype=bool)
    chosen[order[: min(max(round(share * X.nnz), 1), X.nnz - 1)]] = True
    part = pick(X, ~chosen)
    return part, Holdout(part, pick(X, chosen), known.ids)


def _draw_people(train: Ratings, X: Csr, share: float, seed: int) -> tuple[Csr, Holdout]:
    """Draw among those who have two ratings or more, of whom something can be hidden."""
    n, able = train.n_users, np.flatnonzero(np.diff(X.indptr) > 1)
    if n < 2 or not len(able):
        raise DataError(
            f"the train file has {counted(n, 'user')}, {len(able):,} of them with two ratings or more; expected at least "
            "2 and 1 to choose on people whom training does not know",
            hint="give a validation file",
        )
    order = np.argsort(seeded_keys(seed, len(able)), kind="stable")
    drawn = np.sort(able[order[: min(max(round(share * n), 1), n - 1)]])
    rest = np.setdiff1d(np.arange(n), drawn)
    return X[rest], held_out(X, drawn, train, RULE, seed + 1, None)


def _check(train: Ratings, others: Sequence[Ratings | float | None]) -> None:
    *_, valid, valid_seen = others
    if not isinstance(valid, Ratings):
        check_share("valid", float(valid or 0))
        if valid_seen is not None:
            raise ParamsError("valid_seen comes without a validation file", hint="give that file as valid")
    tables = [table for table in others if isinstance(table, Ratings)]
    if any(table.user_ids.dtype != train.user_ids.dtype for table in tables):
        raise DataError("user ids are numbers in one file and text in the other, expected one kind in both")
    if len(train) < 2:
        raise DataError(f"the train file has {len(train)} rating, expected at least 2")


def joint_catalog(train: Catalog, *others: Catalog) -> Catalog:
    """Return one catalogue for several files: the train file's titles and genres, and the items that only others have.

    Raises:
        DataError: Item ids are numbers in one file and text in another.
    """
    if any(other.item_ids.dtype != train.item_ids.dtype for other in others):
        raise DataError("item ids are numbers in one file and text in the other, expected one kind in both")
    ids = id_array(np.unique(np.concatenate([one.item_ids for one in (train, *others)])).tolist())
    if train.titles is None:
        return Catalog(ids)
    cols = train.columns(ids)
    genres = train.genres or ((),) * len(train)
    return Catalog(
        ids,
        tuple("" if c < 0 else train.titles[c] for c in cols),
        tuple(() if c < 0 else genres[c] for c in cols),
    )
