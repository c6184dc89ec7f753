"""Single ratings are hidden; everybody stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import split_random


def table(n, seed=0):
    rng = np.random.default_rng(seed)
    cells = rng.permutation(400)[:n]
    return Ratings.from_arrays(cells // 20, cells % 20, rng.integers(0, 6, n) * 1.0)


@settings(max_examples=40)
@given(st.integers(3, 300), st.integers(0, 9), st.sampled_from([0.1, 0.5]))
def test_parts_are_disjoint_complete_and_seeded(n, seed, share):
    ratings = table(n, seed)
    catalog = Catalog(ratings.item_ids)
    split = split_random(ratings, catalog, test=share, seed=seed)
    pieces = [split.train, split.valid.hidden, split.test.hidden]
    assert sum(p.nnz for p in pieces) == n
    assert min(p.nnz for p in pieces) >= 1
    assert split.full.nnz == split.train.nnz + split.valid.hidden.nnz
    assert split.test.n_common() == split.valid.n_common() == 0
    np.testing.assert_array_equal(split.test.whole().toarray(), user_item_matrix(ratings, catalog).toarray())
    assert split.test.whole().nnz == n
    np.testing.assert_array_equal(split.test.seen.toarray(), split.full.toarray())
    again = split_random(ratings, catalog, test=share, seed=seed)
    assert again.test.hidden.indices.tolist() == split.test.hidden.indices.tolist()


def test_shares_are_of_ratings():
    split = split_random(table(200), Catalog(np.arange(20)))
    assert (split.test.hidden.nnz, split.valid.hidden.nnz, split.train.nnz) == (20, 18, 162)
    assert split.kind == "random"


def test_too_few_ratings_are_refused():
    with pytest.raises(DataError, match="the data has 2 ratings, expected at least 3 to divide"):
        split_random(table(2), Catalog(np.arange(20)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_out_of_range_are_refused(share):
    with pytest.raises(ParamsError, match=r"test is .*, expected a share between 0 and 1"):
        split_random(table(9), Catalog(np.arange(20)), test=share)
    with pytest.raises(ParamsError, match="valid is"):
        split_random(table(9), Catalog(np.arange(20)), valid=share)
