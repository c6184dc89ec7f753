"""Whether some people use the scale the other way round: 1 for the best."""

from collections.abc import Iterator

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.ratings import Ratings
from foretaste.doctor.case import Case
from foretaste.doctor.finding import Finding, found, share

LONG = 20
"""Ratings that somebody must have for agreement with others to be seen."""
KNOWN = 5
"""Ratings of an item from which the mean of the others says something."""
AGAINST = -2.0
"""Standard deviations. Where people agree on nothing one in 44 is below; where they agree on a little it is one in 200 or
fewer, and of people who are turned round one in three."""
SOME, LEAST = 0.02, 5
"""So many people against the others, and their ratings mirrored as well, are no taste."""
APART = 0.1
"""Of the scale's width: the means of the two kinds must differ by so much, or their being mirrored says nothing."""
MIRRORED = 0.5
"""Turned round, their mean must be nearer to that of the others by half at least."""


def reversed_people(case: Case) -> Iterator[Finding]:
    """Tell of people who rate low what others rate high, and whose ratings lie as far below the middle as others' above it.

    Where half of the people are turned round, nobody can say which half, and nothing is told.
    """
    plain = case.plain
    if plain.log.implicit or len(plain) < LONG or case.swapped:
        return
    z, mean = agreement(plain)
    against, others = z < AGAINST, z >= AGAINST  # NaN is neither
    n, of = int(against.sum()), int(np.isfinite(z).sum())
    if n < max(LEAST, SOME * of) or not others.any() or np.median(z[others]) <= 0:
        return
    low, high = plain.scale
    theirs, usual = float(mean[against].mean()), float(mean[others].mean())
    turned, apart = low + high - theirs, abs(theirs - usual)
    if apart < APART * (high - low) or abs(turned - usual) > MIRRORED * apart:
        return
    yield found(
        "reversed-people",
        f"{share(n, of)} people with {LONG} ratings or more rate low what others rate high; their mean is {theirs:.2f}, of the "
        f"others {usual:.2f}, and turned round it would be {turned:.2f}. There may be more who cannot be told one by one.",
        f"Find out where they come from. If 1 is their best, write {low + high:g} minus the rating.",
        examples=tuple(
            f"user {plain.user_ids[user]}: {z[user]:.1f} standard deviations, mean {mean[user]:.2f}"
            for user in np.argsort(np.where(against, z, np.inf), kind="stable")[:3].tolist()
        ),
    )  # fmt: skip


def agreement(ratings: Ratings) -> tuple[AnyArray, AnyArray]:
    """Return how far each person agrees with the others, in standard deviations of no agreement, and each person's mean.

    Args:
        ratings: One of each pair.

    Returns:
        artanh(r) sqrt(n - 3) (Fisher 1915) of the correlation r of a person's n ratings with the means of the others, (users,),
        NaN for people with fewer than `LONG` ratings of items that `KNOWN` people rated, or no spread; and mean ratings of the
        same rows, (users,).
    """
    value, items = ratings.rating.astype(np.float64), ratings.item_code
    count, total = np.bincount(items), np.bincount(items, value)
    rows = count[items] >= KNOWN
    user, value, items = ratings.user_code[rows], value[rows], items[rows]
    others = (total[items] - value) / (count[items] - 1)
    n = np.bincount(user, minlength=ratings.n_users)

    def mean(weights: AnyArray) -> AnyArray:
        return np.bincount(user, weights, minlength=ratings.n_users) / np.maximum(n, 1)

    own, theirs = mean(value), mean(others)
    value, others = value - own[user], others - theirs[user]
    spread = np.sqrt(mean(value**2) * mean(others**2))
    told = (n >= LONG) & (spread > 1e-9 * max(float(np.abs(ratings.rating).max()), 1e-9) ** 2)
    r = np.where(told, mean(value * others) / np.where(told, spread, 1.0), 0.0)
    return np.where(told, np.arctanh(r.clip(-0.999, 0.999)) * np.sqrt(np.maximum(n - 3, 1)), np.nan), own
