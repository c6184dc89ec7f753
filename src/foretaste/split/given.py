"""The caller's own train and test files, such as the official folds of a data set."""

import numpy as np

from foretaste.arrays import AnyArray, Csr, pick, row_of, seeded_keys, with_values
from foretaste.data.catalog import Catalog, id_array
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError
from foretaste.split.holdout import Holdout, Split, check_share


def split_given(train: Ratings, test: Ratings, catalog: Catalog, *, valid: float = 0.1, seed: int = 0) -> Split:
    """Use the caller's division; only the validation ratings are drawn here, from the train file.

    Args:
        train: The train file. What it holds of a test user is that user's seen half.
        test: The test file: exactly these ratings are hidden.
        catalog: Columns; covers both files (see `joint_catalog`).
        valid: Share of the train file's ratings to choose on; they return to training (`Split.full`) afterwards.
        seed: Draws the validation ratings.

    Returns:
        Training rows are the users of the train file; test rows are the users of the test file.

    Raises:
        DataError: A rating stands in both files, or the two kinds of user ids differ.
        ParamsError: `valid` is not between 0 and 1.
    """
    check_share("valid", valid)
    if train.user_ids.dtype != test.user_ids.dtype:
        raise DataError("user ids are numbers in one file and text in the other, expected one kind in both")
    if len(train) < 2:
        raise DataError(f"the train file has {len(train)} rating, expected at least 2")
    full, hidden = user_item_matrix(train, catalog), user_item_matrix(test, catalog)
    order = np.argsort(seeded_keys(seed, full.nnz), kind="stable")
    chosen = np.zeros(full.nnz, dtype=bool)
    chosen[order[: min(max(round(valid * full.nnz), 1), full.nnz - 1)]] = True
    part = pick(full, ~chosen)
    known = np.isin(test.user_ids, train.user_ids)
    seen = _rows_or_empty(full, np.searchsorted(train.user_ids, test.user_ids[known]), known)
    _refuse_shared(seen, hidden, test, catalog)
    held = Holdout(seen, hidden, test.user_ids)
    low, high = zip(train.scale, test.scale, strict=True)
    return Split(
        train=part, valid=Holdout(part, pick(full, chosen), train.user_ids), test=held, full=full, kind="given",
        scale=(min(low), max(high)),
        settings={"seed": seed, "valid": valid, "test_users_unseen": int((~known).sum())},
        n_ratings=len(train) + len(test),
    )  # fmt: skip


def _refuse_shared(seen: Csr, hidden: Csr, test: Ratings, catalog: Catalog) -> None:
    both = with_values(seen, np.ones(seen.nnz, np.float32)) * with_values(hidden, np.ones(hidden.nnz, np.float32))
    if both.nnz:
        user, item = test.user_ids[row_of(both.tocsr())[0]], catalog.item_ids[both.indices[0]]
        raise DataError(
            f"the train and the test file share {counted(both.nnz, 'rating')}, the first of user {user} for item {item}",
            hint="a hidden rating must not be in the train file",
        )


def _rows_or_empty(X: Csr, rows: AnyArray, known: AnyArray) -> Csr:
    """Return some rows of `X` where `known` is true, and an empty row wherever it is false."""
    part = X[rows]
    counts = np.zeros(len(known), dtype=part.indptr.dtype)
    counts[known] = np.diff(part.indptr)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(part.indptr.dtype)
    return Csr((part.data, part.indices, start), shape=(len(known), X.shape[1]))


def joint_catalog(train: Catalog, test: Catalog) -> Catalog:
    """Return one catalogue for two files: the train file's titles and genres, and the items that only the test file has.

    Raises:
        DataError: Item ids are numbers in one file and text in the other.
    """
    if train.item_ids.dtype != test.item_ids.dtype:
        raise DataError("item ids are numbers in one file and text in the other, expected one kind in both")
    ids = id_array(np.unique(np.concatenate([train.item_ids, test.item_ids])).tolist())
    if train.titles is None:
        return Catalog(ids)
    cols = train.columns(ids)
    genres = train.genres or ((),) * len(train)
    return Catalog(
        ids,
        tuple("" if c < 0 else train.titles[c] for c in cols),
        tuple(() if c < 0 else genres[c] for c in cols),
    )
