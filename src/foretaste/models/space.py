"""Where settings may be searched: each model says beside its own code which of its settings matter, and from where to where."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from foretaste.errors import ParamsError


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Args:
        low: Lowest value to try.
        high: Highest value to try.
        log: Whether factors count and not differences: from 1 to 100, half of what is tried is below 10.
        whole: Whether only whole numbers are tried.

    Example:
        >>> Range(1, 100, log=True, whole=True).contains(20)
        True
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ParamsError(f"a range goes from {self.low:g} to {self.high:g}, expected a lower and a higher number")
        if self.log and self.low <= 0:
            raise ParamsError(f"a range by factors begins at {self.low:g}, expected more than 0")
        if self.whole and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise ParamsError(f"a range of whole numbers goes from {self.low:g} to {self.high:g}")

    def contains(self, value: object) -> bool:
        """Return whether a value is one that may be tried."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return self.low <= value <= self.high and (not self.whole or float(value).is_integer())

    def draw(self, rng: np.random.Generator) -> float:
        """Return a random value; an int where only whole numbers are tried, each end as likely as its neighbours."""
        half = 0.5 if self.whole else 0.0
        low, high = self.low - half, self.high + half
        value = math.exp(rng.uniform(math.log(low), math.log(high))) if self.log else rng.uniform(low, high)
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else value


@dataclass(frozen=True)
class Choice:
    """One of a few values that have no order, or of which only these make sense.

    Args:
        options: At least two, all different; numbers, words, true or false, or tuples of these.

    Example:
        >>> Choice(("selu", "relu")).contains("tanh")
        False
    """

    options: tuple[object, ...]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or any(self.options.count(option) > 1 for option in self.options):
            raise ParamsError(f"a choice is between {self.options}, expected two or more different values")

    def contains(self, value: object) -> bool:
        """Return whether a value is one of the options."""
        return value in self.options

    def draw(self, rng: np.random.Generator) -> object:
        """Return a random option."""
        return self.options[int(rng.integers(len(self.options)))]


Space: TypeAlias = Mapping[str, Range | Choice]
"""What may be tried, by the name of the setting; settings that are not in it keep their value."""
