"""How much each of several models counts in their weighted sum: exact least squares on ratings that none of them has seen."""

import numpy as np

from foretaste.arrays import AnyArray, Csr, pick, row_of, seeded_keys


def stack(predicted: AnyArray, truth: AnyArray, *, penalty: float = 0.0) -> AnyArray:
    """Return the weights of the blend with the least squared error, drawn a little towards equal ones.

    Minimises sum_n (y_n - sum_m w_m p_mn)^2 + c |w - 1 / M|^2 over w >= 0 with sum w = 1, where c is `penalty` times the
    variance of a prediction, so that it is a number of ratings in any unit.

    Args:
        predicted: (models, n), in rating units.
        truth: (n,).
        penalty: In ratings, from 0.

    Returns:
        float64 (models,); equal weights where there is nothing to choose by: no ratings, or no error at all.
    """
    if len(truth) == 0:
        return np.full(len(predicted), 1 / len(predicted))
    wrong = predicted.astype(np.float64) - truth
    return convex_weights(wrong @ wrong.T, penalty * float(np.mean(np.var(predicted, axis=1, dtype=np.float64))))


def convex_weights(gram: AnyArray, cost: float = 0.0) -> AnyArray:
    """Return argmin of w' (gram + cost I) w over w >= 0 with sum w = 1, float64 (models,); equal weights where all is 0.

    With sum w = 1 the squared error of a blend is w' gram w, and |w - 1 / M|^2 is w' w but for a constant. This is a problem of
    non-negative least squares: with F' F = gram + cost I, the minimiser v of |F v|^2 + (1 - sum v)^2 over v >= 0 is
    w / (1 + q) with q = |F w|^2, because for v = t w the best t gives q / (1 + q), which rises with q.

    Args:
        gram: Products of the models' errors, (models, models).
        cost: Of uneven weights, in the same unit.
    """
    from scipy.optimize import nnls  # noqa: PLC0415 (slow to load, and only a fit needs it)

    models = len(gram)
    size = float(np.trace(gram)) / models + cost
    if size <= 0:
        return np.full(models, 1 / models)
    values, vectors = np.linalg.eigh(gram / size + cost / size * np.eye(models))
    factor = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    found, _ = nnls(np.vstack([factor, np.ones(models)]), np.append(np.zeros(models), 1.0))
    return found / found.sum()


def set_aside(X: Csr, share: float, seed: int) -> tuple[Csr, Csr]:
    """Return the ratings to fit on and those to choose weights on: a seeded share, and no row loses all it has.

    Args:
        X: Rows x items.
        share: Between 0 and 1.
        seed: The same seed sets the same cells aside on every machine.

    Returns:
        Two csr of the shape of `X`; the second is empty where every row has one rating at most, and else is not.
    """
    keys, rows = seeded_keys(seed, X.nnz), row_of(X)
    starts = X.indptr[:-1][np.diff(X.indptr) > 0]
    stays = keys == np.repeat(np.maximum.reduceat(keys, starts), np.bincount(rows)[np.unique(rows)])
    aside = (keys < np.uint64(share * 2.0**64)) & ~stays
    if not aside.any() and not stays.all():
        aside[np.argmin(np.where(stays, np.uint64(2**64 - 1), keys))] = True
    return pick(X, ~aside), pick(X, aside)
