"""The shallow loss against the formula that writes every prediction, its gradient against differences, and the step."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, ones, pick
from foretaste.kernels import shallow
from foretaste.kernels.shallow import BETAS, cosine_loss, move, sum_table


def clicks(rows: int = 30, items: int = 12, share: float = 0.35) -> csr_array:
    """Return ones; row 2 is empty, row 3 has one click."""
    stored = np.random.default_rng(0).random((rows, items)) < share
    stored[2:4], stored[3, 5] = False, True
    return ones(as_csr(csr_array(stored)))


def factors(items: int = 12, latent: int = 4, dtype: type = np.float64) -> np.ndarray:
    A = np.random.default_rng(1).normal(size=(items, latent))
    return (A / np.linalg.norm(A, axis=1, keepdims=True)).astype(dtype)


def direct(s: np.ndarray, x: np.ndarray, A: np.ndarray, length: float) -> tuple[np.ndarray, float]:
    """Return the loss of each row and their weighted mean, from predictions that are all written."""
    s, x = s.astype(np.float64), x.astype(np.float64)
    p, n = s @ A @ A.T - s, x.sum(1)
    asked = (s.sum(1) > 0) & (n > 1)
    losses = np.zeros(len(x))
    for row in np.flatnonzero(asked):
        losses[row] = np.square(p[row] / np.linalg.norm(p[row]) - x[row] / np.linalg.norm(x[row])).sum()
    return losses, float(np.average(losses, weights=asked * np.maximum(n, 1) ** length))


X = clicks()
SHOW = np.random.default_rng(2).random(X.nnz) < 0.6
PARTS = {"hiding": (pick(X, SHOW), pick(X, ~SHOW)), "all shown": (X, pick(X, np.zeros(X.nnz, bool)))}

both = pytest.mark.parametrize("parts", PARTS)


@both
@pytest.mark.parametrize("length", [0.0, 0.5, -1.0])
def test_the_loss_is_that_of_predictions_that_are_never_written(parts: str, length: float) -> None:
    shown, hidden = PARTS[parts]
    found = cosine_loss(shown, hidden, factors(), length)
    wanted, _ = direct(shown.toarray(), X.toarray(), factors(), length)
    np.testing.assert_allclose(found.rows, wanted, rtol=1e-12, atol=1e-12)
    assert found.asked.tolist() == (wanted > 0).tolist()
    assert not found.asked[2:4].any()  # nothing to ask of nobody, nor of one click, which says nothing of itself


@both
@pytest.mark.parametrize("length", [0.0, 0.5])
def test_the_gradient_is_that_of_finite_differences(parts: str, length: float) -> None:
    shown, hidden = PARTS[parts]
    A, wanted, step = factors(), np.zeros((12, 4)), 1e-6
    for place in np.ndindex(*A.shape):
        up, down = A.copy(), A.copy()
        up[place] += step
        down[place] -= step
        ends = [direct(shown.toarray(), X.toarray(), end, length)[1] for end in (up, down)]
        wanted[place] = (ends[0] - ends[1]) / (2 * step)

    def across(gradient: np.ndarray) -> np.ndarray:
        """Return what counts: the sum of squares of a row of A is written as 1, which changes the gradient along it."""
        return gradient - np.sum(gradient * A, axis=1, keepdims=True) * A

    found = cosine_loss(shown, hidden, A, length).gradient
    np.testing.assert_allclose(across(found), across(wanted), atol=1e-9)


def test_single_precision_is_near_double_also_where_threads_share_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    M = clicks(2000, 300, 0.1)
    show = np.random.default_rng(0).random(M.nnz) < 0.5
    shown, hidden = pick(M, show), pick(M, ~show)
    wide = cosine_loss(shown, hidden, factors(300, 24), 0.5)
    for least in (shallow.LARGE, 0):
        monkeypatch.setattr(shallow, "LARGE", least)
        narrow = cosine_loss(shown, hidden, factors(300, 24, np.float32), 0.5)
        assert narrow.gradient.dtype == np.float32
        np.testing.assert_allclose(narrow.rows, wide.rows, atol=2e-5)
        np.testing.assert_allclose(narrow.gradient, wide.gradient, atol=1e-5 * np.abs(wide.gradient).max())


def test_rows_that_ask_nothing_have_no_gradient() -> None:
    shown, hidden = (part[2:4] for part in PARTS["all shown"])
    found = cosine_loss(shown, hidden, factors(), 0.5)
    assert (found.gradient == 0).all()
    assert (found.rows == 0).all()


def test_items_that_are_all_across_predict_nothing_and_stay_finite() -> None:
    shown, hidden = PARTS["all shown"]
    for dtype in (np.float32, np.float64):
        found = cosine_loss(shown, hidden, np.eye(12, dtype=dtype), 0.5)
        assert np.isfinite(found.gradient).all()
        np.testing.assert_allclose(found.rows[found.asked], 2, atol=1e-2)


def test_sums_are_the_product() -> None:
    table = factors(dtype=np.float32)
    np.testing.assert_allclose(sum_table(X, table), X.toarray() @ table, rtol=1e-6)


def test_a_step_is_adam_with_one_size_a_row_and_rows_keep_their_length() -> None:
    items, latent = 1100, 5  # more than two threads take at a time
    rng = np.random.default_rng(3)
    A = factors(items, latent, np.float32)
    slow, size, own = np.zeros_like(A), np.zeros(items, np.float32), A.astype(np.float64)
    m, v = np.zeros((items, latent)), np.zeros(items)
    for step in range(1, 4):
        gradient = rng.normal(size=A.shape).astype(np.float32)
        gradient[7] = 0
        move(A, gradient, (slow, size), 0.1, step)
        g = gradient - np.sum(gradient * own, axis=1, keepdims=True) * own
        m = BETAS[0] * m + (1 - BETAS[0]) * g
        v = BETAS[1] * v + (1 - BETAS[1]) * np.square(g).mean(1)
        root = np.sqrt(v / (1 - BETAS[1] ** step))[:, None]
        own -= 0.1 * m / (1 - BETAS[0] ** step) / np.where(root > 0, root, 1)
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        np.testing.assert_allclose(A, own, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(A, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(A[7], factors(items, latent)[7], atol=1e-6)
