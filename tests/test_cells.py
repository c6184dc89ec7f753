"""Facts of hidden ratings, told one by one."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, row_of
from foretaste.cells import cells_of, join_cells
from foretaste.errors import ShapeError
from foretaste.split import Hide, Holdout, hide

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (30, 20)) * (RNG.random((30, 20)) < 0.4)))
HOLDOUT = Holdout(*hide(X, Hide("fraction", 0.3), seed=0), np.arange(100, 130))
COUNTS = RNG.integers(0, 50, 20)


def test_every_hidden_rating_has_its_facts():
    cells = cells_of(HOLDOUT, COUNTS)
    hidden, seen = HOLDOUT.hidden.toarray(), HOLDOUT.seen.toarray()
    expected = [
        (person, col, hidden[person, col], np.count_nonzero(seen[person]), COUNTS[col])
        for person in range(30)
        for col in range(20)
        if hidden[person, col]
    ]
    assert len(cells) == len(expected) == HOLDOUT.hidden.nnz
    assert list(zip(cells.person, cells.col, cells.actual, cells.given, cells.known, strict=True)) == expected
    assert cells.actual.dtype == np.float32
    assert {part.dtype for part in (cells.person, cells.col, cells.given, cells.known)} == {np.dtype(np.int32)}


def test_it_takes_twenty_bytes_a_rating_and_copies_what_it_must():
    cells = cells_of(HOLDOUT, COUNTS.astype(np.float32))
    assert sum(part.nbytes for part in vars(cells).values()) == 20 * len(cells)
    assert np.shares_memory(cells.actual, HOLDOUT.hidden.data)


def test_counts_are_one_for_each_item():
    with pytest.raises(ShapeError, match="19 counts for 20 items; expected one each"):
        cells_of(HOLDOUT, COUNTS[1:])


def test_cells_of_folds_know_who_is_the_same_person():
    """The second fold asks people 110 to 119 again, in rows of its own."""
    again = Holdout(HOLDOUT.hidden[10:20], HOLDOUT.seen[10:20], HOLDOUT.user_ids[10:20])
    first, second = cells_of(HOLDOUT, COUNTS), cells_of(again, COUNTS + 1)
    both = join_cells([(second, again.user_ids), (first, HOLDOUT.user_ids)])
    assert len(both) == len(first) + len(second)
    np.testing.assert_array_equal(both.person[: len(second)], row_of(again.hidden) + 10)
    np.testing.assert_array_equal(both.person[len(second) :], first.person)
    for name in ("col", "actual", "given", "known"):
        np.testing.assert_array_equal(getattr(both, name)[: len(second)], getattr(second, name))
        np.testing.assert_array_equal(getattr(both, name)[len(second) :], getattr(first, name))
