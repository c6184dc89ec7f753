"""SparseFC as it scores: the plain network of its weights times their kernels."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.errors import NotFittedError, ParamsError
from foretaste.models.autorec import AutoRec
from foretaste.models.baselines import Bias
from foretaste.models.sparse_fc import SparseFc
from foretaste.training.watch import Watch

QUICK: dict[str, object] = {"widths": (6, 5), "epochs": 3, "learning_rate": 0.02}


def low_rank(seed: int = 0, rows: int = 40, items: int = 18, density: float = 0.4) -> csr_array:
    """Return ratings 0 to 5 of rank 2; row 1 and item 3 are empty."""
    rng = np.random.default_rng(seed)
    truth = 2.7 + rng.normal(size=(rows, 2)) @ rng.normal(size=(2, items)) + 0.1 * rng.normal(size=(rows, items))
    stored = rng.random((rows, items)) < density
    stored[1], stored[:, 3] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(rows, items)))


def test_it_scores_as_autorec_with_its_effective_weights() -> None:
    X, new = low_rank(), low_rank(1, rows=9)
    model = SparseFc(**QUICK).fit(X)
    plain = AutoRec.from_arrays(model.params.network(), model.arrays())
    assert type(plain) is AutoRec
    for rows in (X, new):
        np.testing.assert_array_equal(model.score(rows), plain.score(rows))
    np.testing.assert_array_equal(model.score(X)[:, 3], Bias().fit(X).score(X)[:, 3])
    assert model.code_width == model.linear_output(X).codes.shape[1] == 5


def test_it_learns_what_effects_cannot() -> None:
    whole = low_rank(3, 300, 30, density=0.6)
    shown = np.random.default_rng(4).random(whole.nnz) < 0.8
    rows, cols = row_of(whole), whole.indices
    train = csr_array((whole.data[shown], (rows[shown], cols[shown])), shape=whole.shape)
    error = []
    for model in (SparseFc(widths=[64], epochs=20, learning_rate=0.01, dropout=0.2), Bias()):
        found = model.fit(train).predict(train, rows[~shown], cols[~shown])
        error.append(float(np.sqrt(np.square(found - whole.data[~shown]).mean())))
    assert error[0] < 0.6 * error[1], error


def test_a_penalty_on_kernels_cuts_weights() -> None:
    X = low_rank(3, 200, 30)
    cut = [(SparseFc(widths=[32], epochs=15, learning_rate=0.01, sparsity=s).fit(X).arrays()["decoder"] == 0).mean()
           for s in (0.0, 10.0)]  # fmt: skip
    assert cut[0] < 0.2
    assert cut[1] > 0.6


def test_a_refit_stops_where_the_first_fit_was_best() -> None:
    values = iter([3.0, 1.0, 2.0])
    model = SparseFc(**QUICK).fit(low_rank(), watch=Watch(measure=lambda _: next(values)))
    assert model.refit_params().stop_after == 2
    assert model.stopped_ == "finished"
    with pytest.raises(NotFittedError, match="SparseFc is not fitted"):
        SparseFc().refit_params()
    with pytest.raises(NotFittedError, match="SparseFc is not fitted"):
        SparseFc().linear_output(low_rank())


def test_a_pass_has_so_many_steps() -> None:
    assert (SparseFc().batches(8000, 5), SparseFc(batch_size=32).batches(8000, 5)) == (80, 250)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dims": 0}, "dims is 0, expected 1 to 1000"),
        ({"sparsity": -1.0}, "sparsity is -1, expected 0 to 1e+06"),
        ({"learning_rate": 0.0}, "learning_rate is 0, expected 1e-09 to 10"),
        ({"schedule": "linear"}, 'schedule is "linear", expected one of cosine, constant'),
        ({"activation": "step"}, 'activation is "step", expected one of'),
        ({"noise": 1.0}, "noise is 1, expected 0 to 0.99"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        SparseFc(**settings)
    assert str(caught.value).startswith(words)


def test_the_forecast_follows_columns_and_widths() -> None:
    X = low_rank()
    small, large = (SparseFc(widths=(w,)).forecast(X) for w in (8, 800))
    for part in ("parameters", "optimiser", "kept", "batch", "scoring"):
        assert 0 < getattr(small, part) < getattr(large, part), part
    assert SparseFc().forecast(X, measured=False).kept == 0
