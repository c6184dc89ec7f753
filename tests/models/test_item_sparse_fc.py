"""SparseFC of item rows: the model of people's rows on the transposed matrix."""

import numpy as np
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models.item_rows import turned
from foretaste.models.item_sparse_fc import ItemSparseFc, ItemSparseFcParams
from foretaste.models.sparse_fc import SparseFc

QUICK: dict[str, object] = {"widths": (6,), "epochs": 3, "learning_rate": 0.02}


def test_it_is_sparse_fc_of_the_transposed_matrix() -> None:
    rng = np.random.default_rng(0)
    X = as_csr(sparse.csr_array(rng.integers(1, 6, (30, 14)) * (rng.random((30, 14)) < 0.6)))
    inside = SparseFc(turned(ItemSparseFcParams(**QUICK))).fit(as_csr(X.T))
    found = ItemSparseFc(**QUICK).fit(X).score(X)
    np.testing.assert_allclose(found, inside.score(as_csr(X.T)).T, atol=1e-5)


def test_a_pass_goes_over_items() -> None:
    assert ItemSparseFc().batches(1000, 8000) == 80
