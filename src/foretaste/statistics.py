"""Intervals that respect that ratings come in people: the bootstrap draws users, not ratings."""

from collections.abc import Iterator

import numpy as np

from foretaste.arrays import AnyArray

DRAWS = 1000
"""Bootstrap samples behind every interval."""


def resample(n_users: int, *, seed: int, draws: int = DRAWS) -> Iterator[AnyArray]:
    """Yield how often each user is in a bootstrap sample, in blocks, float64 (draws in block, users).

    Args:
        n_users: Users.
        seed: The same seed gives the same samples, which is what pairs two models.
        draws: Samples in all.
    """
    rng = np.random.default_rng(seed)
    block = max(1, min(draws, 8_000_000 // max(n_users, 1)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        picks = rng.integers(0, n_users, (size, n_users))
        picks += np.arange(size)[:, None] * n_users
        yield np.bincount(picks.ravel(), minlength=size * n_users).reshape(size, n_users).astype(np.float64)


def bootstrap_sums(columns: AnyArray, *, seed: int, draws: int = DRAWS) -> AnyArray:
    """Return sums of per-user columns in each bootstrap sample of users.

    Args:
        columns: (users, c), such as summed squared errors and counts.
        seed: Of the samples.
        draws: Samples.

    Returns:
        float64 (draws, c).
    """
    return np.concatenate([weights @ columns for weights in resample(len(columns), seed=seed, draws=draws)])


def sum_by_person(columns: AnyArray, people: AnyArray) -> AnyArray:
    """Add up the rows of one person, for a bootstrap over several splits in which somebody may be asked more than once.

    Args:
        columns: (rows, c).
        people: Id of each row, (rows,).

    Returns:
        float64 (distinct people, c), in ascending order of id.
    """
    _, place = np.unique(people, return_inverse=True)
    out = np.zeros((int(place.max()) + 1, columns.shape[1]))
    np.add.at(out, place, columns)
    return out


def interval(values: AnyArray, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrap values, (low, high)."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
