"""A small split and models that are wrong by a known amount, for the tests of comparisons and verdicts."""

import numpy as np
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.entries import Entry
from foretaste.fitting import Fitted
from foretaste.models import BiasedMf, Mean
from foretaste.split import Hide, Holdout, Split, hide

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (60, 20)) * (RNG.random((60, 20)) < 0.5)))
TEST, VALID = (Holdout(*hide(X[a : a + 10], Hide("fraction", 0.3), seed=a), np.arange(10)) for a in (0, 10))
SPLIT = Split(train=X[20:], valid=VALID, test=TEST, full=X[10:], kind="new-users", scale=(1.0, 5.0))
TRUTH = TEST.whole().toarray()
NEEDED = {"model", "rmse", "rmse_low", "rmse_high", "mae", "mape", "n_hidden", "n_unpredicted", "fit_s", "peak_bytes"}
TRIO = {"members": ["mean", "bias", "biased_mf"], "settings": ["biased_mf.latent=2", "biased_mf.implicit=false"]}
FACTORS = Entry("biased_mf", {"latent": 2, "implicit": False})
PAIRED = Entry("two_heads", {"ranker": "ease", "rater": "bias", "settings": ("ranker.l2=5",)})


class Oracle(Mean):
    """Knows every rating of the test part, and is wrong by a known amount for each person."""

    name = "oracle"
    wrong = np.zeros(10, np.float32)

    def predict(self, asked, rows, cols):
        return TRUTH[: asked.shape[0]][rows, cols] + self.wrong[rows]


class Encoder(Oracle):
    """Counts as an autoencoder."""

    name = "encoder"
    autoencoder = True


def line(label, wrong, kind=Oracle, valid_rmse=None):
    model = kind().fit(X)
    model.wrong = np.broadcast_to(np.asarray(wrong, np.float32), 10)
    return Fitted(label, model, None, 0.12345, 1000, valid_rmse=valid_rmse)


class Spy(Mean):
    """Keeps what it was fitted with; `stops` says how each fit ends. Has a seed among its settings."""

    Params = BiasedMf.Params
    name = "spy"
    resumes = True

    def fit(self, X_, *, watch=None):
        super().fit(X_)
        self.stopped_ = self.stops[len(self.fits)]
        self.fits.append((X_, watch))
        return self


def dense_rmse(value, hidden):
    return np.sqrt(np.mean((hidden.data.astype(float) - value) ** 2))
