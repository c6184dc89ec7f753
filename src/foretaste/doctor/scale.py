"""What the values of ratings say by themselves: the scale, marks far outside it, zeros that mean nothing was said.

Pure functions over distinct values and how often each stands there. No rule knows a scale by name: all go by gaps in units of
the usual step, by the span, and by shares.
"""

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray

Numbers = NDArray[np.float64]
OTHERS = 3
"""Different values beside the one in question that it takes to speak of a scale: thumbs up and down are none."""
MARKS = (-1, -9, -99, -999, -9999, 99, 999, 9999, 255, 65535)
"""Numbers that people write for "no answer"."""
MARK_STEPS = 1.5
"""A number of `MARKS` is one when it stands off by more than the usual step; half a step more, for scales that lack a value."""
STRAY = 0.2
"""Numbers that nobody is known to write for "no answer" are marks only where they are one rating in five or fewer."""
PILE = 3
"""Zeros are a pile when they are three times as many as either of the two next values. Scales whose ends are chosen most have
up to about twice (one star and five stars in shops)."""
RARE = 0.1
"""Zeros are odd too where they are a tenth as many as the next value: no end of a scale falls off like that."""
DISCRETE = 101
"""So many different values at most are a scale of steps, such as 0 to 100; more are a slider or counts."""
HEAVY = 4
"""A scale spans at most so many times its middle nine tenths; counts of plays or clicks span hundreds of times theirs."""
LEAST = 20
"""With fewer ratings there is no distribution to speak of."""


def spans_a_scale(values: Numbers, counts: AnyArray) -> bool:
    """Return whether values end where a scale ends, rather than in a long tail as counts do.

    Args:
        values: Distinct, ascending, (n,).
        counts: How often each stands there, (n,).
    """
    low, high = quantile(values, counts, 0.05), quantile(values, counts, 0.95)
    return bool(values[-1] - values[0] <= HEAVY * (high - low))


def quantile(values: Numbers, counts: AnyArray, q: float) -> float:
    """Return the value below or at which a share `q` of all ratings lie."""
    total = np.cumsum(counts)
    return float(values[min(np.searchsorted(total, q * total[-1]), len(values) - 1)])


def usual_step(values: Numbers) -> float:
    """Return the median distance between neighbours; 0 for one value."""
    return float(np.median(np.diff(values))) if len(values) > 1 else 0.0


def marks(values: Numbers, counts: AnyArray) -> tuple[float, ...]:
    """Return the values that stand so far outside the scale of the others that they must mean something else.

    Args:
        values: Distinct, ascending, (n,).
        counts: How often each stands there, (n,).

    Returns:
        The lowest and the highest values, one after the other, as long as each is a number of `MARKS` off by more than a step,
        or the only value below 0 where it is -1, or is off by the whole span of the others and all such together are no more
        than `STRAY`.
    """
    out: list[float] = []
    most = STRAY * counts.sum()
    while len(values) > OTHERS and counts.sum() >= LEAST:
        odd = next((end for end in (-1, 0) if _is_mark(values, counts, end, most)), None)
        if odd is None:
            break
        out.append(float(values[odd]))
        most -= 0 if out[-1] in MARKS else counts[odd]
        values, counts = np.delete(values, odd), np.delete(counts, odd)
    return tuple(out)


def _is_mark(values: Numbers, counts: AnyArray, end: int, most: float) -> bool:
    rest, others = np.delete(values, end), np.delete(counts, end)
    if not spans_a_scale(rest, others):
        return False
    gap = abs(float(values[end] - rest[end]))
    if gap >= rest[-1] - rest[0] and counts[end] <= most and not _grows(rest if end else rest[::-1]):
        return True
    written = float(values[end]) in MARKS and gap > MARK_STEPS * usual_step(rest)
    return written or bool(end == 0 and values[0] == -1 and rest[0] >= 0)


def _grows(values: Numbers) -> bool:
    """Whether every step towards the end is wider than the one before, as in 1, 2, 4, 8: the next one is wider still."""
    return bool((np.diff(np.abs(np.diff(values)))[-3:] > 0).all())


def odd_zeros(values: Numbers, counts: AnyArray) -> tuple[str, bool] | None:
    """Return why the rating 0 looks like no rating, in words, and whether there are few of them; or None.

    Args:
        values: Distinct, ascending, (n,), without marks.
        counts: How often each stands there, (n,).
    """
    if 0 not in values or len(values) <= OTHERS or counts.sum() < LEAST or not spans_a_scale(values, counts):
        return None
    place = int(np.searchsorted(values, 0))
    zeros = int(counts[place])
    if len(values) > DISCRETE:
        near = np.delete(counts, place)[max(place - 10, 0) : place + 10]
        spike = zeros >= LEAST and zeros >= 10 * np.median(near)
        return (
            (f"{zeros:,} zeros, where the values beside it stand {np.median(near):,.0f} times", False)
            if spike
            else None
        )
    if place:
        return None  # in the middle of a scale, 0 is what most people mean
    beside = counts[1:3].max()
    if values[1] > MARK_STEPS * usual_step(values[1:]):
        step = usual_step(values[1:])
        return f"{zeros:,} zeros; the next rating is {values[1]:g}, and the usual step is {step:g}", False
    words = f"{zeros:,} zeros, and {counts[1]:,} times {values[1]:g}"
    few = bool(zeros < RARE * counts[1])
    return (words, few) if few or zeros >= PILE * beside else None


def gap_in(values: Numbers, counts: AnyArray, tops: AnyArray) -> float | None:
    """Return the top of a smaller scale that some of the ratings are on, or None.

    Args:
        values: Distinct, ascending, (n,), without marks and odd zeros.
        counts: How often each stands there, (n,).
        tops: The highest rating of each person with enough of them, (people,).

    Returns:
        1, 5, 10, 20 or 100, at most half of the highest value, where a twentieth of people or more, and at least five, never
        go above it and three times fewer stop between it and the middle of what is left (people on one scale stop the less
        often at a value the further below the top it is); or, where nothing is below 0, a twentieth of the ratings are at or
        below it and hardly any (a twentieth of these) between it and its double, which is more than a step away.
    """
    if not spans_a_scale(values, counts):
        return None
    for top in (1.0, 5.0, 10.0, 20.0, 100.0):
        if 2 * top > values[-1] or (values <= top).sum() < OTHERS:
            continue
        below, between = int((tops <= top).sum()), int(((tops > top) & (tops <= (top + values[-1]) / 2)).sum())
        if below >= 5 and below >= 0.05 * len(tops) and below > 3 * between and below < len(tops):
            return top
        if values[0] < 0 or top <= MARK_STEPS * usual_step(values[values <= top]):
            continue  # its double is the next value
        low, middle = counts[values <= top].sum(), counts[(values > top) & (values <= 2 * top)].sum()
        if 0.05 <= low / counts.sum() <= 0.95 and 20 * middle < low:
            return top
    return None
