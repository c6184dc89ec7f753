"""Shapes and checks: stored zeros are observations and never vanish."""

import numpy as np
import pytest
from scipy import sparse

from foretaste import arrays
from foretaste.arrays import (
    as_csr,
    cell_blocks,
    count_by_column,
    ones,
    pick,
    row_of,
    seeded_keys,
    stored_bytes,
    with_values,
)
from foretaste.errors import ShapeError

X = as_csr(sparse.csr_array(([1.0, 0.0, 2.0], ([0, 0, 2], [1, 2, 0])), shape=(3, 3)))


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_every_form_becomes_float32_with_int32_indices(form, index):
    cells = (np.array([0, 2], dtype=index), np.array([1, 0], dtype=index))
    csr = as_csr(sparse.coo_array((np.array([3.0, 4.0]), cells), shape=(3, 2)).asformat(form))
    assert (csr.data.dtype, csr.indices.dtype) == (np.float32, np.int32)
    assert csr.toarray().tolist() == [[0, 3], [0, 0], [4, 0]]


def test_stored_zeros_stay():
    assert X.nnz == 3
    assert as_csr(X.tocoo()).nnz == 3
    assert as_csr(X.tocsc()).nnz == 3


def test_a_diagonal_matrix_with_a_zero_is_not_a_cell_twice():
    assert as_csr(sparse.dia_array(([[1.0, 0.0, 2.0]], [0]), shape=(3, 3))).diagonal().tolist() == [1, 0, 2]


def test_rows_are_sorted_and_the_callers_matrix_is_left_alone():
    given = sparse.csr_array((np.array([1.0, 2.0]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    before = given.indices.copy()
    assert as_csr(given).indices.tolist() == [0, 2]
    assert given.indices.tolist() == before.tolist()


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.eye(2), "expected a scipy sparse matrix of users x items, got ndarray"),
        (sparse.csr_array(([np.inf], ([0], [0])), shape=(1, 1)), "not a finite number"),
        (sparse.coo_array(([1.0, 1.0], ([0, 0], [0, 0])), shape=(1, 1)), "stores a cell twice"),
    ],
)
def test_what_is_no_matrix_of_ratings_is_refused(matrix, words):
    with pytest.raises(ShapeError, match=words):
        as_csr(matrix)


def test_rows_of_entries():
    assert row_of(X).tolist() == [0, 0, 2]


def test_other_values_in_the_same_cells():
    assert with_values(X, np.array([5, 6, 7])).tocoo().data.tolist() == [5, 6, 7]


def test_a_one_stands_wherever_something_is_stored_a_zero_too():
    X = sparse.csr_array(([0.0, 3.0], ([0, 1], [1, 0])), shape=(2, 2))
    assert ones(X).toarray().tolist() == [[0, 1], [1, 0]]
    assert X.data.tolist() == [0, 3]


def test_picked_entries_keep_shape_and_order():
    kept = pick(X, np.array([False, True, True]))
    assert (kept.shape, kept.nnz, kept.indices.tolist(), kept.data.tolist()) == ((3, 3), 2, [2, 0], [0, 2])


def test_keys_are_the_raw_stream_that_numpy_guarantees():
    assert seeded_keys(3, 2).tolist() == [1579948266424812280, 4368382809143759861]


def test_dot_products_of_cells_are_those_of_the_matrices(monkeypatch):
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    rows, cols = rng.integers(0, 5, 50), rng.integers(0, 4, 50)
    monkeypatch.setattr(arrays, "CELLS", 7)
    np.testing.assert_allclose(arrays.cell_dots(left, right, rows, cols), (left @ right.T)[rows, cols], rtol=1e-5)


@pytest.mark.parametrize("width", [1, 7, 64, 512])
def test_what_a_row_is_multiplied_to_does_not_depend_on_its_company(width):
    rng = np.random.default_rng(width)
    codes = rng.normal(size=(arrays.FEW, width)).astype(np.float32)
    table = rng.normal(size=(301, width)).astype(np.float32)
    layer = np.ascontiguousarray(table.T)
    alone = np.concatenate([arrays.codes_by_table(code[None], table) for code in codes])
    after = np.concatenate([arrays.codes_by_layer(code[None], layer) for code in codes])
    for n in range(1, arrays.FEW + 1):
        np.testing.assert_array_equal(arrays.codes_by_table(codes[:n], table), alone[:n])
        np.testing.assert_array_equal(arrays.codes_by_layer(codes[:n], layer), after[:n])
    exact = codes.astype(np.float64) @ table.T.astype(np.float64)
    for found in (alone, after):
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-5 * width**0.5)


def test_products_of_few_and_of_many_rows_agree():
    rng = np.random.default_rng(0)
    codes, table = (rng.normal(size=(n, 9)).astype(np.float32) for n in (arrays.FEW + 1, 30))
    for found in (arrays.codes_by_table(codes, table), arrays.codes_by_layer(codes, table.T)):
        np.testing.assert_allclose(found, codes @ table.T, rtol=1e-6)
        np.testing.assert_allclose(found[:3], arrays.codes_by_table(codes[:3], table), rtol=1e-4, atol=1e-5)


def test_blocks_of_rows_follow_their_width():
    assert list(arrays.row_blocks(3, 10)) == [slice(0, 3)]
    blocks = list(arrays.row_blocks(100, 1_000_000))
    assert [b.stop - b.start for b in blocks[:-1]] == [16] * (len(blocks) - 1)
    assert blocks[-1].stop == 100
    assert len(list(arrays.row_blocks(2, 10**9))) == 2  # at least a row at a time


def test_a_sample_is_seeded_sorted_and_no_larger_than_what_there_is():
    assert arrays.seeded_sample(0, 5, 9).tolist() == [0, 1, 2, 3, 4]
    picked = arrays.seeded_sample(1, 1000, 10)
    assert (np.diff(picked) > 0).all()
    np.testing.assert_array_equal(picked, arrays.seeded_sample(1, 1000, 10))
    assert picked.tolist() != arrays.seeded_sample(2, 1000, 10).tolist()


def test_a_digest_tells_matrices_apart():
    X = as_csr(sparse.csr_array([[1.0, 0], [0, 2]]))
    Y = as_csr(sparse.csr_array([[1.0, 0], [0, 3]]))
    assert arrays.digest_of(X) == arrays.digest_of(X.copy())
    assert (
        len({arrays.digest_of(X), arrays.digest_of(Y), arrays.digest_of(X, Y), arrays.digest_of(X.T.tocsr()[:1])}) == 4
    )
    assert arrays.digest_of(as_csr(sparse.csr_array((0, 3)))) != arrays.digest_of(X)


def test_picking_keeps_narrow_indices():
    X = as_csr(sparse.csr_array([[1.0, 2], [0, 3]]))
    part = arrays.pick(X, X.data > 1)
    assert (part.indices.dtype, part.indptr.dtype) == (np.int32, np.int32)


def test_a_flat_sparse_array_is_refused():
    with pytest.raises(ShapeError, match="the matrix has 1 dimension, expected 2: users x items"):
        as_csr(sparse.coo_array(np.array([1.0, 0, 2])))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_blocks_of_cells_cover_every_row_and_cell_once_and_are_no_larger_than_asked(size):
    counts = np.array([0, 3, 0, 1, 7, 2, 0, 0])
    start = np.concatenate([[0], np.cumsum(counts)])
    Y = sparse.csr_array((np.ones(13), np.concatenate([np.arange(c) for c in counts]), start), shape=(8, 9))
    rows, cells = zip(*cell_blocks(Y, size), strict=True)
    assert [r for part in rows for r in range(part.start, part.stop)] == list(range(8))
    assert [c for part in cells for c in range(part.start, part.stop)] == list(range(13))
    assert all(c.stop - c.start <= size or r.stop - r.start == 1 for r, c in zip(rows, cells, strict=True))


def test_counting_in_blocks_is_counting(monkeypatch):
    Y = as_csr(sparse.random_array((50, 9), density=0.4, random_state=0))
    wanted = (Y.toarray() != 0).sum(0)
    for size in (1, 7, 1000):
        monkeypatch.setattr(arrays, "BLOCK_CELLS", size)
        np.testing.assert_array_equal(count_by_column(Y), wanted)


def test_the_bytes_of_a_matrix_are_those_of_its_three_arrays():
    assert stored_bytes(X) == 3 * 4 + 3 * 4 + 4 * 4


@pytest.mark.parametrize("piece", [1, 7, 1 << 18])
def test_scores_are_shifted_and_kept_within_the_scale(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "SLICE", piece)
    rng = np.random.default_rng(0)
    scores, by_row, by_col = rng.normal(3, 2, (9, 5)).astype(np.float32), rng.normal(size=9), rng.normal(size=5)
    wanted = np.clip(scores + by_col.astype(np.float32) + by_row[:, None].astype(np.float32), 1, 5)
    found = arrays.shift_and_clip(scores, by_row, by_col, np.array([1, 5], np.float32))
    assert found is scores
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_sample_is_the_lowest_keys_and_of_equal_ones_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = np.array([5, 1, 3, 3, 0, 3, 9], np.uint64)
    monkeypatch.setattr(arrays, "seeded_keys", lambda _seed, _size: keys)
    for most in range(1, 7):
        wanted = np.sort(np.argsort(keys, kind="stable")[:most])
        np.testing.assert_array_equal(arrays.seeded_sample(0, 7, most), wanted)


@pytest.mark.parametrize("wrong", [-3, 2, 900_000_000])
def test_a_column_that_is_not_there_is_refused(wrong: int) -> None:
    """scipy takes it where the arrays are handed over as they are, and compiled loops would follow it."""
    bad = sparse.csr_array((np.ones(2), np.array([0, wrong]), np.array([0, 1, 2])), shape=(2, 2))
    with pytest.raises(ShapeError, match=f"the matrix stores column {wrong}, expected 0 to 1"):
        as_csr(bad)
