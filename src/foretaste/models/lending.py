"""What a comparison has fitted for one line, a blend below it has as a member: nothing is fitted twice."""

from collections.abc import Hashable, Sequence
from typing import Any

from foretaste.models.base import Recommender
from foretaste.models.blend import Blend
from foretaste.models.likes import LikesOf
from foretaste.models.two_heads import TwoHeads


class Lender:
    """Fits of one comparison, as far as blends in it will ask for them.

    A fit is the same where the model, its settings, the matrix and the watch are. A comparison has two matrices, each with its
    own watch: the one that everything is chosen on, and the one of the second fit; `phase` tells them apart.

    Args:
        models: Unfitted, in the order of fitting.

    Attributes:
        lent_s: Seconds that it took to fit what was lent until now; what was lent twice counts twice.
    """

    def __init__(self, models: Sequence[Recommender[Any]]) -> None:
        self._wanted = [key for key, again in zip(map(_key, models), wanted(models), strict=True) if again]
        self._pairs = sum(isinstance(model, TwoHeads) for model in models)
        self._fits: dict[Hashable, tuple[Recommender[Any], float]] = {}
        self.lent_s = 0.0

    def keep(self, phase: str, asked: Recommender[Any], fitted: Recommender[Any], seconds: float) -> None:
        """Keep a fit if a blend will ask for it.

        Args:
            phase: Which matrix and watch it was.
            asked: The line's model as it was first built.
            fitted: What was fitted in this phase, with settings of its own.
            seconds: That it took.
        """
        if _key(asked) in self._wanted:
            self._fits[phase, *_key(fitted)] = fitted, seconds
        if isinstance(fitted, TwoHeads) and self._pairs > 1:  # of several pairs the others may have the same ranker
            self._fits[phase, *_key(fitted.ranker_key)] = fitted.ranker_, fitted.ranker_s

    def find(self, phase: str, model: Recommender[Any] | LikesOf) -> Recommender[Any] | None:
        """Return a fitted model with the settings of an unfitted one, or None."""
        fitted, seconds = self._fits.get((phase, *_key(model)), (None, 0.0))
        self.lent_s += seconds
        return fitted


def wanted(models: Sequence[Recommender[Any]]) -> list[bool]:
    """Return of each model whether a blend that is fitted after it has it as a member."""
    later: set[Hashable] = set()
    out = []
    for model in reversed(models):
        out.append(_key(model) in later)
        later |= _members(model)
    return out[::-1]


def _members(model: Recommender[Any]) -> set[Hashable]:
    """Return the models that a composed one asks for: those of them that learn from the same matrix."""
    if isinstance(model, TwoHeads):
        rater = model.unfitted()["rater"]
        return {_key(rater)} | _members(rater)
    return set(map(_key, model.unfitted().values())) if isinstance(model, Blend) else set()


def _key(model: Recommender[Any] | LikesOf) -> tuple[str, Any]:
    return model.name, model.params
