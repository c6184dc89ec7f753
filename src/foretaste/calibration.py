"""The noun Calibration: how far a predicted rating may be off, as an interval that holds as often as it says.

A split-conformal interval is made of ratings that a model was asked about and not fitted on. Each gets a score: the distance
of the rating from its prediction, in units of what is usual there. An interval at 80 % reaches as far as the score that 80 %
of them do not exceed, so that of other ratings of the same kind 80 % lie inside, whatever model it was and however wrong. That
is exact where the units do not come from the same ratings, which would look less wrong in them than any others do. With fewer
than FEW all have the same units. With fewer than MANY the people are divided into folds, each is scored in units that the rest
taught, and takes the place there among the scores of the rest, as in cross-conformal prediction. With more it hardly matters.

    score      s = (r - p) / (spread x above(p))   where the rating r is above its prediction p
               s = (p - r) / (spread x below(p))   where it is below
    interval   p - q x spread x below(p)   to   p + q x spread x above(p),   clipped to the scale
    q          the k-th smallest of n scores, k = ceil((n + 1) x level)
    spread^2   a + sum of b_c / (given + c) over c in GIVEN + sum of d_e / (known + e) over e in KNOWN, all a, b, d >= 0

`given` is how many ratings the person has shown, `known` how many training ratings the item has. As no term can be negative,
an interval is never wider because more is known. The terms are fitted to mean squared errors over cells of a table of
(given, known), so that a million ratings cost hardly more than a thousand. `above` and `below` are root mean squares of the
errors on that side, in groups of equal size by predicted value, joined by straight lines: near the top of a scale there is
little room above. Because both sides are part of one score, what the end of the scale takes from one side is no coverage lost.

Ratings of one person are alike, so fewer are worth as much as so many of different people; that makes the coverage of one
calibration vary more from draw to draw and does not bend its mean. All ratings weigh the same: coverage is over ratings.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from foretaste.arrays import AnyArray, FloatArray
from foretaste.errors import BundleError, ParamsError, ShapeError

LOWEST, HIGHEST = 0.5, 0.99
LEVELS = np.linspace(LOWEST, HIGHEST, 99)
"""Levels whose quantiles are kept; between them a straight line is drawn."""
GIVEN, KNOWN = (1.0, 10.0, 100.0, 1000.0), (1.0, 10.0, 100.0)
"""Where the terms of the spread have come down to half."""
FEW, MANY = 50, 5000
"""Ratings below which nothing is learnt of where errors are large, and from which on it makes no difference who taught it."""
FOLDS = 10
"""Parts of the people, each of which is scored by what the others taught."""
GROUP, MOST_GROUPS = 250, 8
"""Ratings in a group by predicted value, at least, where there are more than one; and groups at most."""
PULL = 50
"""How many ratings' worth the sides of a group are drawn to those of all."""
FLOOR, ROUNDS, TINY = 0.05, 5, 1e-6
"""Least share of the mean squared error where much is known, and of its root on one side; rounds of weighting; least spread."""
SLACK = 1e-5
"""How far intervals reach beyond their ends, in scales: a rating that is an end is not to be lost by rounding."""
_PREFIX = "calibration."


@dataclass(frozen=True, eq=False)
class Residuals:
    """Ratings that a model was asked about, each (n,).

    Args:
        actual: In rating units.
        predicted: Finite, in rating units.
        given: Ratings that the person had shown.
        known: Training ratings of the item.
        person: Number of the person; None where each rating is somebody else's, whose number is its place.

    Raises:
        ShapeError: They are not equally long.
    """

    actual: AnyArray
    predicted: AnyArray
    given: AnyArray
    known: AnyArray
    person: AnyArray | None = None

    def __post_init__(self) -> None:
        lengths = [len(part) for part in (self.actual, self.predicted, self.given, self.known, self.people)]
        if len(set(lengths)) > 1:
            raise ShapeError(f"actual, predicted, given, known, person have the lengths {lengths}; expected one length")

    def __len__(self) -> int:
        return len(self.actual)

    @property
    def people(self) -> AnyArray:
        """Number of the person of each rating."""
        return np.arange(len(self)) if self.person is None else self.person

    def of(self, keep: AnyArray) -> "Residuals":
        """Return the ratings where `keep` is true."""
        return Residuals(*(part[keep] for part in (self.actual, self.predicted, self.given, self.known, self.people)))


@dataclass(frozen=True, eq=False)
class Calibration:
    """Turns predicted ratings into intervals.

    Args:
        scale: Lowest and highest rating, float64 (2,); intervals end there.
        terms: a, b_c, d_e and the least squared spread, float64 (9,).
        sides: Predicted values in ascending order, and `below` and `above` there, float64 (3, groups).
        quantiles: q at each of `LEVELS`, float64 (99,).
        n: Ratings that it was fitted on.
    """

    scale: AnyArray
    terms: AnyArray
    sides: AnyArray
    quantiles: AnyArray
    n: int

    @property
    def highest(self) -> float:
        """The highest level that so many ratings allow for."""
        return min(self.n / (self.n + 1), HIGHEST)

    def interval(
        self, predicted: AnyArray, given: AnyArray, known: AnyArray, level: float = 0.8
    ) -> tuple[FloatArray, FloatArray]:
        """Return where ratings lie with a probability of `level`, on average over ratings like those it was fitted on.

        Args:
            predicted: In rating units.
            given: Ratings that the person has shown; shapes are those that numpy can broadcast, such as (rows, 1).
            known: Training ratings of the item, such as (items,).
            level: From 0.5 to 0.99.

        Returns:
            Lower and upper ends, float32 of the common shape, both within the scale; they reach `SLACK` beyond the rating that
            they are to hold just so.

        Raises:
            ParamsError: The level is out of range, or there were too few ratings for it.
        """
        reach, low = self._reach(given, known, level), np.asarray(predicted, dtype=np.float32)
        ends = (low - reach * self._side(low, 1) - self._slack, low + reach * self._side(low, 2) + self._slack)
        bottom, top = np.clip(ends, *self.scale.astype(np.float32))
        return bottom, top

    def least(self, predicted: AnyArray, given: AnyArray, known: AnyArray, level: float = 0.8) -> FloatArray:
        """Return the lower ends as they are before the scale cuts them off: what to sort by, since it tells all apart.

        Arguments and errors as for `interval`; float32.
        """
        values = np.asarray(predicted, dtype=np.float32)
        return values - self._reach(given, known, level) * self._side(values, 1) - self._slack

    def spread(self, given: AnyArray, known: AnyArray) -> FloatArray:
        """Return how far off a prediction usually is, up to a factor that all share, float32 of the common shape."""
        by_given, by_known = _terms(given, GIVEN), _terms(known, KNOWN)
        row = (by_given * self.terms[1 : 1 + len(GIVEN)]).sum(-1) + self.terms[0]
        col = (by_known * self.terms[1 + len(GIVEN) : -1]).sum(-1)
        return np.sqrt(np.maximum(row.astype(np.float32) + col.astype(np.float32), np.float32(self.terms[-1])))

    def error(self, asked: Residuals) -> AnyArray:
        """Return how far ratings lie above their predictions, in units of the spread, float64 (n,)."""
        return (asked.actual.astype(np.float64) - asked.predicted) / self.spread(asked.given, asked.known)

    def quantile(self, level: float) -> float:
        """Return q.

        Raises:
            ParamsError: As `interval`.
        """
        check_level(level)
        if level > self.highest:
            raise ParamsError(
                f"an interval of {100 * level:g} % takes {_needed(level):,} ratings to calibrate on, there were {self.n:,}",
                hint=f"ask for {math.floor(100 * self.highest)} % or less"
                if self.highest >= LOWEST
                else "calibrate on more ratings",
            )
        return float(np.interp(level, LEVELS, self.quantiles))

    def arrays(self) -> dict[str, AnyArray]:
        """Return what saving needs."""
        own = {part.name: np.asarray(getattr(self, part.name), dtype=np.float64) for part in fields(self)}
        return {_PREFIX + name: values.reshape(1) if values.ndim == 0 else values for name, values in own.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> "Calibration | None":
        """Rebuild what `arrays` wrote; None where there is nothing of a calibration, as in older bundles.

        Raises:
            BundleError: An array is missing, or is none that a calibration writes.
        """
        if not any(name.startswith(_PREFIX) for name in arrays):
            return None
        try:
            own = {part.name: np.asarray(arrays[_PREFIX + part.name], dtype=np.float64) for part in fields(cls)}
            made = cls(own["scale"], own["terms"], own["sides"], own["quantiles"], int(own["n"].item()))
        except (KeyError, ValueError) as error:
            raise BundleError(f"the calibration of the bundle is incomplete: {error}") from error
        made._check()
        return made

    def _check(self) -> None:
        groups = self.sides.shape[-1] if self.sides.ndim else 0
        shapes = {"scale": (2,), "terms": (2 + len(GIVEN) + len(KNOWN),), "sides": (3, groups)}
        for name, shape in (shapes | {"quantiles": LEVELS.shape}).items():
            if getattr(self, name).shape != shape or not groups:
                raise BundleError(
                    f"the calibration of the bundle is damaged: {name} has shape {getattr(self, name).shape}"
                )
        falls = {
            "scale": self.scale[0] > self.scale[1],
            "terms": (self.terms < 0).any() or self.terms[-1] <= 0,
            "sides": (np.diff(self.sides[0]) <= 0).any() or (self.sides[1:] <= 0).any(),
            "quantiles": (np.diff(self.quantiles) < 0).any() or self.quantiles[0] < 0,
            "n": self.n < 1,
        }
        for name, wrong in falls.items():
            if wrong:
                raise BundleError(f"the calibration of the bundle is damaged: {name} holds what no calibration writes")

    @property
    def _slack(self) -> np.float32:
        return np.float32(SLACK * (self.scale[1] - self.scale[0]))

    def _reach(self, given: AnyArray, known: AnyArray, level: float) -> FloatArray:
        return np.float32(self.quantile(level)) * self.spread(given, known)

    def _side(self, predicted: FloatArray, side: int) -> FloatArray:
        return np.interp(predicted, self.sides[0], self.sides[side]).astype(np.float32)


def check_level(level: float) -> None:
    """Refuse a level for which no quantiles are kept.

    Raises:
        ParamsError: It is not from 0.5 to 0.99.
    """
    if not LOWEST <= level <= HIGHEST:
        raise ParamsError(f"level is {level:g}, expected {LOWEST:g} to {HIGHEST:g}", hint="for example 0.8 for 80 %")


def fit_calibration(asked: Residuals, scarce: Residuals | None = None, *, scale: tuple[float, float]) -> Calibration:
    """Fit a calibration.

    Args:
        asked: Ratings such as the intervals are for, not fitted on by the model.
        scarce: Such ratings asked once more with less of the person shown. They count as much as `asked` in what the spread
            is where little is given, and nowhere else. None where there are none.
        scale: Lowest and highest rating of the data.

    Raises:
        ShapeError: There is no rating.
    """
    if not len(asked):
        raise ShapeError("there is no rating to calibrate on, expected at least 1")
    less = asked.of(np.zeros(len(asked), bool)) if scarce is None else scarce
    people, size = np.unique(asked.people, return_counts=True)
    taught = len(asked) >= FEW and len(people) > 1
    made = _fit_shape(asked, less, scale, taught=taught)
    whole = np.sort(_scores(made, asked))
    scores = whole
    if taught and len(asked) < MANY:
        fold = np.empty(len(people), np.int64)
        fold[np.argsort(-size, kind="stable")] = np.arange(len(people)) % FOLDS  # about as many ratings in each
        parts = [people[fold == k] for k in range(min(FOLDS, len(people)))]
        scores = np.sort(np.concatenate([_unlearnt(asked, less, scale, part, whole) for part in parts]))
    place = np.ceil((len(scores) + 1) * LEVELS - TINY).astype(np.int64)  # 10 x 0.8 may come out above 8
    return replace(made, quantiles=scores[np.minimum(place, len(scores)) - 1])


def _unlearnt(
    asked: Residuals, less: Residuals, scale: tuple[float, float], part: AnyArray, whole: AnyArray
) -> AnyArray:
    """Return the scores of some people as the others see them: those of `whole`, ascending, that have the same place there.

    The places are compared, not the scores, as the units of the others are a little larger or smaller; equal scores, of which
    a scale in steps has many, so stay equal. What lies beyond all others lies as much beyond the last of `whole`.
    """
    own, theirs = np.isin(asked.people, part), np.isin(less.people, part)
    others = _fit_shape(asked.of(~own), less.of(~theirs), scale, taught=True)
    scores, among = _scores(others, asked.of(own)), np.sort(_scores(others, asked.of(~own)))
    left, right = np.searchsorted(among, scores * (1 - TINY)), np.searchsorted(among, scores * (1 + TINY), side="right")
    place = ((left + right) * len(whole) // (2 * len(among))).clip(max=len(whole) - 1)
    last = (left == len(among)) & (among[-1] > 0)
    return whole[place] * np.divide(scores, among[-1], out=np.ones(len(scores)), where=last)


def _fit_shape(asked: Residuals, less: Residuals, scale: tuple[float, float], *, taught: bool) -> Calibration:
    """Return a calibration without quantiles that knows where errors are large, or if not `taught` has one width."""
    terms = _fit_terms(asked, less, least=(TINY * max(scale[1] - scale[0], TINY)) ** 2, taught=taught)
    sides = np.array([[asked.predicted.mean(dtype=np.float64)], [1.0], [1.0]])
    made = Calibration(np.array(scale, np.float64), terms, sides, np.zeros(len(LEVELS)), len(asked))
    return replace(made, sides=_fit_sides(asked.predicted.astype(np.float64), made.error(asked))) if taught else made


def _scores(made: Calibration, asked: Residuals) -> AnyArray:
    error = made.error(asked)
    side = np.where(error > 0, *(np.interp(asked.predicted, made.sides[0], made.sides[i]) for i in (2, 1)))
    return np.abs(error) / side


def _fit_terms(asked: Residuals, less: Residuals, *, least: float, taught: bool) -> AnyArray:
    """Return the terms of the spread by non-negative least squares on a table, each cell weighted by what its mean is worth."""
    from scipy.optimize import nnls  # noqa: PLC0415 (who only asks for intervals need not wait for it)

    weight, cells, square = _table([asked, less] if len(less) else [asked])
    total = max(float(np.average(square, weights=weight)), least)
    floor = max(FLOOR * total, least)
    terms = np.zeros(cells.shape[1])
    terms[0] = total
    for _ in range(ROUNDS if taught else 0):
        root = np.sqrt(weight) / np.maximum(cells @ terms, floor)  # a mean square varies like its own square
        terms, _ = nnls(cells * root[:, None], square * root)
    return np.append(terms, floor)


def _table(parts: list[Residuals]) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return weight, terms and mean squared error of each cell of (given, known), in half steps of doubling."""
    given, known, square = (
        np.concatenate(each).astype(np.float64)
        for each in zip(
            *((p.given, p.known, (p.actual.astype(np.float64) - p.predicted) ** 2) for p in parts), strict=True
        )
    )
    worth = np.concatenate([np.full(len(part), len(parts[0]) / len(part)) for part in parts])
    steps = [np.floor(2 * np.log2(1 + count)).astype(np.int64) for count in (given, known)]
    _, cell = np.unique(steps[0] * 1000 + steps[1], return_inverse=True)
    weight = np.bincount(cell, worth)
    given, known, square = (np.bincount(cell, worth * values) / weight for values in (given, known, square))
    return weight, np.column_stack([np.ones(len(weight)), _terms(given, GIVEN), _terms(known, KNOWN)]), square


def _terms(count: AnyArray, halves: tuple[float, ...]) -> AnyArray:
    return 1 / (np.asarray(count, dtype=np.float64)[..., None] + np.array(halves))


def _fit_sides(predicted: AnyArray, error: AnyArray) -> AnyArray:
    """Return groups by predicted value: their mean, and root mean squares of the errors below and above, (3, groups)."""
    groups = int(np.clip(len(predicted) // GROUP, 1, MOST_GROUPS))
    edges = np.unique(np.quantile(predicted, np.arange(1, groups) / groups))
    _, group, size = np.unique(np.searchsorted(edges, predicted, side="right"), return_inverse=True, return_counts=True)
    out, least = [np.bincount(group, predicted) / size], max(FLOOR * float(np.sqrt(np.square(error).mean())), TINY)
    for side in (np.minimum(error, 0), np.maximum(error, 0)):
        square = side**2
        drawn = (np.bincount(group, square) + PULL * square.mean()) / (size + PULL)
        out.append(np.maximum(np.sqrt(drawn), least))
    return np.array(out)


def _needed(level: float) -> int:
    return math.ceil(1 / (1 - level) - 1 - TINY)
