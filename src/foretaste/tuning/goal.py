"""What a search makes as low as it can: the error of predicted ratings, or, of models that rank, minus the quality of lists."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from foretaste.arrays import AnyArray, row_of
from foretaste.evaluation import hidden_ndcg, hidden_rmse, predict_hidden
from foretaste.metrics.ratings import pooled
from foretaste.metrics.registry import CLICK_METRIC
from foretaste.order import likes, list_quality_by_user, sampled_people
from foretaste.split import Holdout


class Goal(Protocol):
    """How a fitted model is valued, lower is better: a mean over whatever people are asked, so that people can be drawn."""

    metric: ClassVar[str]
    """What is told, as keys of JSON call it."""

    def watch(self, model: Any, valid: Holdout) -> float:
        """Return the value on one holdout, of whatever has `score` and `task`: what a fit is watched by."""

    def losses(self, model: Any, valid: Holdout) -> AnyArray:
        """Return what each person adds to the sum, float64 (people,)."""

    def asked(self, valid: Holdout) -> AnyArray:
        """Return how much each person is asked, float64 (people,): what the sum is divided by."""

    def value(self, losses: AnyArray, asked: AnyArray) -> AnyArray:
        """Return the value of sums of `losses` and of `asked`, each of any shape."""

    def told(self, value: float) -> float:
        """Return a value, or the difference of two, as people know it."""


@dataclass(frozen=True)
class Errors:
    """RMSE of hidden ratings."""

    metric: ClassVar[str] = "rmse"

    def watch(self, model: Any, valid: Holdout) -> float:
        """Return the RMSE of hidden ratings."""
        return hidden_rmse(model, valid)

    def losses(self, model: Any, valid: Holdout) -> AnyArray:
        """Return sums of squared errors."""
        error = predict_hidden(model, valid).astype(np.float64) - valid.hidden.data
        return np.bincount(row_of(valid.hidden), weights=error**2, minlength=valid.hidden.shape[0])

    def asked(self, valid: Holdout) -> AnyArray:
        """Return numbers of hidden ratings."""
        return np.diff(valid.hidden.indptr).astype(np.float64)

    def value(self, losses: AnyArray, asked: AnyArray) -> AnyArray:
        """Return the root of the mean."""
        return pooled(self.metric, losses, asked)

    def told(self, value: float) -> float:
        """Return it as it is."""
        return value


@dataclass(frozen=True)
class Lists:
    """Minus the mean NDCG@100 of hidden likes; of clicks all are likes.

    Args:
        scale: Lowest and highest rating of the data; decides what is a like.
    """

    scale: tuple[float, float]
    metric: ClassVar[str] = CLICK_METRIC

    def watch(self, model: Any, valid: Holdout) -> float:
        """Return minus the mean NDCG@100; infinite where nobody likes anything hidden."""
        quality = hidden_ndcg(model, valid, scale=self.scale)
        return math.inf if math.isnan(quality) else -quality

    def losses(self, model: Any, valid: Holdout) -> AnyArray:
        """Return minus the NDCG@100 of each list, 0 for whoever is not asked."""
        liked = likes(valid.hidden, self.scale)
        rows, out = sampled_people(liked), np.zeros(liked.shape[0])
        out[rows] = -list_quality_by_user(model, [None], valid.seen[rows], liked[rows], (CLICK_METRIC,))[0, 0]
        return out

    def asked(self, valid: Holdout) -> AnyArray:
        """Return 1 for whoever likes something hidden, or is in the sample of many, and 0 for others."""
        out = np.zeros(valid.hidden.shape[0])
        out[sampled_people(likes(valid.hidden, self.scale))] = 1
        return out

    def value(self, losses: AnyArray, asked: AnyArray) -> AnyArray:
        """Return the mean."""
        return pooled(self.metric, losses, asked)

    def told(self, value: float) -> float:
        """Return it with the sign that makes higher better; no minus before a zero."""
        return 0.0 - value
