"""Names for the array shapes that every room shares, and the few checks that all of them need.

A stored entry of a sparse matrix *is* an observation: a stored 0 is a rating of zero, and a missing rating is a cell that
is not stored. Nothing here ever drops stored zeros.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from foretaste.errors import ShapeError

Csr: TypeAlias = sparse.csr_array
"""A scipy CSR array, float32 values and int32 indices, rows sorted by column, no cell stored twice."""
FloatArray: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int32]
AnyArray: TypeAlias = NDArray[Any]
CELLS = 8192
"""Cells that `cell_dots` works on at a time."""
FEW = 16
"""Rows up to which `codes_by_table` and `codes_by_layer` work row by row."""
BLOCK_CELLS = 1 << 18
"""Stored entries that a pass over a matrix works on at a time."""
BLOCK_BYTES = 1 << 26
"""What a block of scores may take at once; see `row_blocks`."""


SLICE = 1 << 18
"""Scores that are finished at a time: 1 MB."""


def as_csr(X: Any) -> Csr:
    """Bring a sparse matrix into the one form that models work on, without touching the caller's.

    Args:
        X: Users x items, any scipy sparse matrix or array. Stored zeros stay.

    Returns:
        The same cells as float32 CSR with int32 indices and sorted rows; shares memory where it already is one.

    Raises:
        ShapeError: It is not sparse, stores a cell twice or outside its width, or holds a value that is not finite.
    """
    if not sparse.issparse(X):
        raise ShapeError(
            f"expected a scipy sparse matrix of users x items, got {type(X).__name__}",
            hint="store only the ratings that exist: scipy.sparse.csr_array((rating, (user, item)), shape)",
        )
    if X.ndim != 2:
        raise ShapeError(f"the matrix has {X.ndim} dimension, expected 2: users x items")
    csr = sparse.csr_array(X, dtype=np.float32)
    if csr.nnz and (
        csr.indices.min() < 0 or csr.indices.max() >= csr.shape[1]
    ):  # scipy does not look, compiled loops trust it
        wrong = csr.indices.min() if csr.indices.min() < 0 else csr.indices.max()
        raise ShapeError(f"the matrix stores column {wrong}, expected 0 to {csr.shape[1] - 1}")
    if csr.indices.dtype != np.int32:
        narrow = csr.indices.astype(np.int32)
        start = (
            csr.indptr.astype(np.int32) if csr.nnz < 2**31 else csr.indptr
        )  # scipy widens both to the wider of the two
        csr = sparse.csr_array((csr.data, narrow, start), shape=csr.shape)
    if not csr.has_sorted_indices:
        csr = csr.sorted_indices()
    if X.format != "csr":  # a conversion may have added up what stood twice, or have called it canonical unseen
        csr.has_canonical_format = False
        rows, unsummed = row_of(csr), csr.nnz == X.tocoo().nnz
        twice = (np.diff(csr.indices) == 0) & (np.diff(rows) == 0)
        csr.has_canonical_format = unsummed and not twice.any()
    if not csr.has_canonical_format:
        raise ShapeError("the matrix stores a cell twice", hint="call sum_duplicates() or decide which rating counts")
    if not np.isfinite(csr.data).all():
        raise ShapeError("the matrix holds a value that is not a finite number")
    return csr


def row_of(X: Csr) -> IntArray:
    """Return the row of every stored entry, shape (entries,), in storage order."""
    return np.repeat(np.arange(X.shape[0], dtype=np.int32), np.diff(X.indptr))


def cell_blocks(X: Csr, size: int = BLOCK_CELLS) -> Iterator[tuple[slice, slice]]:
    """Yield slices of rows and of their stored entries, `size` entries at most or one row: memory does not grow with either."""
    start = 0
    while start < X.shape[0]:
        stop = int(np.searchsorted(X.indptr, X.indptr[start] + size, side="right")) - 1
        stop = max(stop, start + 1)
        yield slice(start, stop), slice(int(X.indptr[start]), int(X.indptr[stop]))
        start = stop


def count_by_column(X: Csr) -> NDArray[np.int64]:
    """Return the number of stored entries of each column, (columns,); numpy alone would widen all of them to count."""
    total = np.zeros(X.shape[1], dtype=np.int64)
    for start in range(0, X.nnz, BLOCK_CELLS):
        total += np.bincount(X.indices[start : start + BLOCK_CELLS], minlength=X.shape[1])
    return total


def stored_bytes(X: Csr) -> int:
    """Return what a matrix takes in memory."""
    return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes)


def with_values(X: Csr, values: AnyArray) -> Csr:
    """Return a matrix with the cells of `X` and other values, shape (entries,), in storage order."""
    return sparse.csr_array((values, X.indices, X.indptr), shape=X.shape)


def ones(X: Csr) -> Csr:
    """Return a matrix with 1 wherever `X` stores an entry, whatever its value: who had to do with what."""
    return with_values(X, np.ones(X.nnz, dtype=np.float32))


def pick(X: Csr, keep: NDArray[np.bool_]) -> Csr:
    """Return a matrix with only the entries where `keep` (entries,) is true; same shape, same order."""
    counts = np.bincount(row_of(X)[keep], minlength=X.shape[0])
    start = np.concatenate([[0], np.cumsum(counts)]).astype(X.indptr.dtype)  # scipy widens both to the wider of the two
    return sparse.csr_array((X.data[keep], X.indices[keep], start), shape=X.shape)


def cell_dots(left: FloatArray, right: FloatArray, rows: AnyArray, cols: AnyArray) -> FloatArray:
    """Return the dot product of ``left[row]`` and ``right[col]`` for chosen cells, at a memory that does not grow with them.

    Args:
        left: float32 (rows, width).
        right: float32 (columns, width).
        rows: Of the cells, (n,).
        cols: Of the cells, (n,).

    Returns:
        float32 (n,).
    """
    out = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CELLS):
        part = slice(start, start + CELLS)
        out[part] = np.einsum("nk,nk->n", left[rows[part]], right[cols[part]])
    return out


def codes_by_table(codes: FloatArray, table: FloatArray) -> FloatArray:
    """Return ``codes @ table.T``, float32 (rows, columns).

    For a few rows each cell is a dot product of its own. What a row gets is then the same to the last bit in whatever company,
    and the table is read once for all rows, where a matrix product would copy it first.

    Args:
        codes: float32 (rows, k).
        table: float32 (columns, k).
    """
    if len(codes) > FEW:
        return codes @ table.T
    out = np.empty((len(table), len(codes)), dtype=codes.dtype)  # in this order the loop over rows is the inner one
    np.vecdot(table[:, None], codes[None], out=out)
    return np.ascontiguousarray(out.T)


def codes_by_layer(codes: FloatArray, layer: FloatArray) -> FloatArray:
    """Return ``codes @ layer``, float32 (rows, units), with no regard to company as in `codes_by_table`.

    Args:
        codes: float32 (rows, k).
        layer: float32 (k, units).
    """
    return codes @ layer if len(codes) > FEW else np.vecmat(codes, layer)


def digest_of(*matrices: Csr) -> str:
    """Return a SHA-256 over shapes, cells and values: equal matrices, equal text."""
    digest = hashlib.sha256()
    for X in matrices:
        digest.update(str(X.shape).encode())
        for array in (X.indptr.astype(np.int64), X.indices, X.data):
            digest.update(as_bytes(array))
    return digest.hexdigest()


def as_bytes(array: AnyArray) -> memoryview:
    """Return the bytes of an array, for a digest; copies only what is not contiguous."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def row_blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Yield slices of rows whose float32 scores take about 64 MB: memory follows neither the rows nor rows x items."""
    size = max(BLOCK_BYTES // (4 * max(width, 1)), 1)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def seeded_sample(seed: int, size: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` of the numbers 0 to size - 1, ascending, the same on every machine."""
    if size <= most:
        return np.arange(size)
    keys = seeded_keys(seed, size)
    last = np.partition(keys, most - 1)[most - 1]
    below, equal = np.flatnonzero(keys < last), np.flatnonzero(keys == last)
    return np.sort(np.concatenate([below, equal[: most - len(below)]]))


def seeded_keys(seed: int, size: int) -> NDArray[np.uint64]:
    """Return `size` random 64-bit keys that are the same on every machine and under every numpy.

    numpy guarantees the raw stream of a bit generator, but not what its distributions make of it (NEP 19), so splits
    sort by these keys and draw nothing else.
    """
    return np.random.PCG64(seed).random_raw(size)


def shift_and_clip(scores: FloatArray, by_row: AnyArray, by_col: AnyArray, scale: AnyArray) -> FloatArray:
    """Add a number to each row and one to each column, keep all within a scale, in place, and return the scores.

    Args:
        scores: float32 (rows, cols).
        by_row: (rows,).
        by_col: (cols,).
        scale: Lowest and highest, (2,).
    """
    rows = max(SLICE // max(scores.shape[1], 1), 1)
    for start in range(0, len(scores), rows):  # a slice stays in the cache from the first step to the last
        part = scores[start : start + rows]
        part += by_col
        part += by_row[start : start + rows, None]
        np.clip(part, *scale, out=part)
    return scores
