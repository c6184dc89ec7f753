"""Whether what a search has gained is more than the luck of who was asked: a paired bootstrap over the people of validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretaste.arrays import FloatArray
from foretaste.significance import Standing, pair
from foretaste.statistics import sum_by_person
from foretaste.tuning.goal import Errors, Goal
from foretaste.tuning.parts import Part
from foretaste.verdict import FEWEST_PEOPLE


@dataclass(frozen=True)
class Gain:
    """Value of the best settings minus that of the defaults, on the same people of validation; below 0 is better.

    Args:
        difference: Of all of them.
        low: Lower end of its 95 % interval over people.
        high: Upper end.
        people: Who was asked; the ends say nothing of fewer than ten.
    """

    difference: float
    low: float
    high: float
    people: int

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval excludes 0."""
        return self.people >= FEWEST_PEOPLE and (self.high < 0 or self.low > 0)


def gain(
    parts: Sequence[Part], default: FloatArray, best: FloatArray, *, seed: int = 0, goal: Goal | None = None
) -> Gain:
    """Compare two trials.

    Args:
        parts: On which both were made.
        default: What each person adds to its value, part after part (`Score.losses`).
        best: The same of the other trial.
        seed: Of the bootstrap.
        goal: What makes a setting good; where it is not said, a low error of predicted ratings.
    """
    goal = goal or Errors()
    asked = np.concatenate([goal.asked(part.valid) for part in parts])
    people = np.concatenate([part.valid.user_ids for part in parts])
    sums = sum_by_person(np.column_stack([best, default, asked]).astype(np.float64)[asked > 0], people[asked > 0])
    root = goal.metric == Errors.metric
    found = pair(*(Standing.of(sums[:, place], sums[:, 2], root=root) for place in (0, 1)), seed=seed)
    if len(sums) < 2:  # one person is no sample of others
        return Gain(found.difference, found.difference, found.difference, len(sums))
    return Gain(found.difference, found.low, found.high, len(sums))
