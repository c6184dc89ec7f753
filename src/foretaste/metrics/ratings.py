"""Errors of predicted ratings, summed per user, so that pooled values, means over users and intervals come from one pass."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray

NEAR_ZERO = 0.05
"""MAPE leaves out ratings nearer to zero than this share of the scale's width."""


@dataclass(frozen=True, eq=False)
class RatingErrors:
    """Sums of errors over each user's hidden ratings; all float64 (users,).

    Args:
        n: Hidden ratings.
        squared: Sum of (predicted - actual)^2.
        absolute: Sum of |predicted - actual|.
        relative: Sum of |predicted - actual| / |actual| over ratings that MAPE counts.
        n_relative: How many those are.
    """

    n: AnyArray
    squared: AnyArray
    absolute: AnyArray
    relative: AnyArray
    n_relative: AnyArray

    def sums(self) -> dict[str, tuple[AnyArray, AnyArray]]:
        """Return each metric's numerators and denominators; a user without hidden ratings has zeros in both."""
        return {
            "rmse": (self.squared, self.n),
            "mae": (self.absolute, self.n),
            "mape": (self.relative, self.n_relative),
        }


def rating_errors(
    actual: AnyArray, predicted: AnyArray, rows: AnyArray, n_rows: int, *, scale: tuple[float, float]
) -> RatingErrors:
    """Sum the errors of predicted ratings per user.

    Args:
        actual: Hidden ratings, (n,).
        predicted: Predictions, (n,), finite.
        rows: User of each, 0 to n_rows - 1, (n,).
        n_rows: Users, with or without hidden ratings.
        scale: Lowest and highest possible rating; decides what is near zero for MAPE.

    Returns:
        Sums per user. Lower is better.
    """
    error = predicted.astype(np.float64) - actual
    size = np.abs(actual.astype(np.float64))
    counted = size >= NEAR_ZERO * (scale[1] - scale[0])
    counted &= size > 0
    relative = np.divide(np.abs(error), size, out=np.zeros_like(error), where=counted)

    def total(values: AnyArray | None = None) -> AnyArray:
        return np.bincount(rows, weights=values, minlength=n_rows).astype(np.float64)

    return RatingErrors(total(), total(error**2), total(np.abs(error)), total(relative), total(counted.astype(float)))


def pooled(metric: str, numerator: AnyArray, denominator: AnyArray) -> AnyArray:
    """Return a metric of pooled ratings from sums over the last axis already taken.

    ``rmse = sqrt(sum squared / n)``, ``mae = sum absolute / n``, ``mape = sum relative / n counted`` (a share, not per cent).
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
