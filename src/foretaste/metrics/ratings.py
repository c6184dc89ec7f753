"""Errors of predicted ratings, summed per user, so that pooled values, means over users and intervals come from one pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from foretaste.arrays import AnyArray

NEAR_ZERO = 0.05
"""MAPE leaves out ratings nearer to zero than this share of the scale's width."""
STARS = 5
"""Stars of the best rating; half of one is a tenth of the way there."""
ROUNDING = 1e-6
"""How much further than half a star, as a share of it, still counts: ratings and predictions are float32."""


@dataclass(frozen=True, eq=False)
class RatingErrors:
    """Sums of errors over each user's hidden ratings; all float64 (users,).

    Args:
        n: Hidden ratings.
        squared: Sum of (predicted - actual)^2.
        absolute: Sum of |predicted - actual|.
        relative: Sum of |predicted - actual| / |actual| over ratings that MAPE counts.
        n_relative: How many those are.
        more: Numerators and denominators of the other metrics of ratings, by name.
    """

    n: AnyArray
    squared: AnyArray
    absolute: AnyArray
    relative: AnyArray
    n_relative: AnyArray
    more: Mapping[str, tuple[AnyArray, AnyArray]] = field(default_factory=dict)

    def sums(self) -> dict[str, tuple[AnyArray, AnyArray]]:
        """Return each metric's numerators and denominators; a user without hidden ratings has zeros in both."""
        return {
            "rmse": (self.squared, self.n),
            "mae": (self.absolute, self.n),
            "mape": (self.relative, self.n_relative),
            **self.more,
        }


def rating_errors(
    actual: AnyArray,
    predicted: AnyArray,
    rows: AnyArray,
    n_rows: int,
    *,
    scale: tuple[float, float],
    bias: AnyArray | None = None,
) -> RatingErrors:
    """Sum the errors of predicted ratings per user.

    Args:
        actual: Hidden ratings, (n,).
        predicted: Predictions, (n,), finite.
        rows: User of each, 0 to n_rows - 1, (n,).
        n_rows: Users, with or without hidden ratings.
        scale: Lowest and highest possible rating; decides what is near zero for MAPE, and what a star is.
        bias: What Bias predicts of the same ratings, (n,), for R2; None leaves R2 out.

    Returns:
        Sums per user; the registry says which way is better.
    """
    actual, predicted = actual.astype(np.float64), predicted.astype(np.float64)
    error, size = np.abs(predicted - actual), np.abs(actual)
    counted = size >= NEAR_ZERO * (scale[1] - scale[0])
    counted &= size > 0
    relative = np.divide(error, size, out=np.zeros_like(error), where=counted)
    both = size + np.abs(predicted)
    symmetric = np.divide(2 * error, both, out=np.zeros_like(error), where=both > 0)
    near = error <= star(scale) / 2 * (1 + ROUNDING)

    def total(values: AnyArray | None = None) -> AnyArray:
        return np.bincount(rows, weights=values, minlength=n_rows).astype(np.float64)

    n, squared = total(), total(error**2)
    more = {"smape": (total(symmetric), n)}
    if bias is not None:
        of_bias = total((bias.astype(np.float64) - actual) ** 2)
        more["r2_bias"] = of_bias - squared, of_bias
    more["within_half_star"] = total(near.astype(np.float64)), n
    more |= _order(actual, predicted, rows, n_rows, scale)
    return RatingErrors(n, squared, total(error), total(relative), total(counted.astype(float)), more)


def _order(
    actual: AnyArray, predicted: AnyArray, rows: AnyArray, n_rows: int, scale: tuple[float, float]
) -> dict[str, tuple[AnyArray, AnyArray]]:
    """Return the sums of what is measured of the order of each user's hidden ratings."""
    from foretaste.kernels.hidden_order import order_sums  # noqa: PLC0415 (numba loads only where something is judged)

    if (np.diff(rows) < 0).any():
        together = np.argsort(rows, kind="stable")
        actual, predicted = actual[together], predicted[together]
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n_rows))])
    right, pairs, quality, ordered = order_sums(actual, predicted, start, np.exp2(stars(actual, scale)) - 1)
    return {"concordance": (right, pairs), "ndcg_rated": (quality, ordered)}


def squared_by_user(actual: AnyArray, predicted: AnyArray, rows: AnyArray, n_rows: int) -> AnyArray:
    """Return the sum of each user's squared errors, float64 (n_rows,), for models that are set beside another."""
    return np.bincount(rows, weights=(predicted.astype(np.float64) - actual) ** 2, minlength=n_rows)


def star(scale: tuple[float, float]) -> float:
    """Return how many units of a scale a star is: 1 on 1 to 5 and on 0.5 to 5, 20 on 0 to 100, 4 on -10 to 10."""
    return (scale[1] - min(scale[0], 0.0)) / STARS


def stars(ratings: AnyArray, scale: tuple[float, float]) -> AnyArray:
    """Return ratings in stars, float64, 0 to 5; 1 to 5 and 0.5 to 5 stay as they are, and where all are 0, so are the stars."""
    above = np.asarray(ratings, np.float64) - min(scale[0], 0.0)
    return np.clip(above / (star(scale) or 1.0), 0, STARS)


def pooled(metric: str, numerator: AnyArray, denominator: AnyArray) -> AnyArray:
    """Return a metric of pooled ratings from sums over the last axis already taken.

    A quotient of sums over all users, ``rmse`` its square root: ``rmse = sqrt(sum squared / n)``. Shares are no per cent.
    An empty set has the value nan. Source: the definitions of every rating paper since G. Adomavicius, A. Tuzhilin, 2005.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray(numerator) / np.asarray(denominator)
    return np.sqrt(mean) if metric == "rmse" else mean


def per_user_mean(metric: str, numerator: AnyArray, denominator: AnyArray) -> float:
    """Return the mean over users of each user's own value; users without counted ratings are left out."""
    used = denominator > 0
    if not used.any():
        return float("nan")
    return float(pooled(metric, numerator[used], denominator[used]).mean())
