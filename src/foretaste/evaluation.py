"""evaluate(model, holdout): what a model's predictions of hidden ratings are worth, with intervals over users."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, FloatArray, row_of
from foretaste.errors import InputError
from foretaste.metrics.ratings import RatingErrors, per_user_mean, pooled, rating_errors
from foretaste.models.base import Recommender
from foretaste.order import Order, likes, list_quality_by_user
from foretaste.split.holdout import Holdout
from foretaste.statistics import bootstrap_sums, interval

RATING_METRICS = ("rmse", "mae", "mape")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One model on one holdout.

    Args:
        errors: Sums of errors per user; None for a ranking model, which predicts no ratings.
        lists: NDCG@20 of hidden likes per user, nan for users without any.
        reconstruction_rmse: Error on the same ratings when they are shown to the model. Not accuracy.
        n_hidden: Hidden ratings.
        n_unpredicted: Hidden ratings without a finite prediction.
        seed: Of the bootstrap.
    """

    errors: RatingErrors | None
    lists: AnyArray
    reconstruction_rmse: float | None
    n_hidden: int
    n_unpredicted: int
    seed: int

    def summary(self) -> dict[str, Any]:
        """Return plain numbers: each metric pooled with its 95 % interval over users, and its mean over users."""
        out: dict[str, Any] = {"n_hidden": self.n_hidden, "n_unpredicted": self.n_unpredicted}
        for metric in RATING_METRICS:
            if self.errors is None:
                out |= dict.fromkeys((metric, f"{metric}_low", f"{metric}_high", f"{metric}_per_user"))
                continue
            top, bottom = self.errors.sums()[metric]
            draws = bootstrap_sums(np.column_stack([top, bottom]), seed=self.seed)
            low, high = interval(pooled(metric, draws[:, 0], draws[:, 1]))
            value = float(pooled(metric, top.sum(), bottom.sum()))
            numbers = (value, low, high, per_user_mean(metric, top, bottom))
            names = (metric, f"{metric}_low", f"{metric}_high", f"{metric}_per_user")
            out |= {name: _plain(number) for name, number in zip(names, numbers, strict=True)}
        if self.errors is not None:
            out["n_mape"] = int(self.errors.n_relative.sum())
        out["reconstruction_rmse"] = None if self.reconstruction_rmse is None else _plain(self.reconstruction_rmse)
        return out | self._list_summary()

    def _list_summary(self) -> dict[str, Any]:
        have = np.isfinite(self.lists)
        out: dict[str, Any] = {"n_list_users": int(have.sum())}
        if not have.any():
            return out | dict.fromkeys(("ndcg@20", "ndcg@20_low", "ndcg@20_high"))
        draws = bootstrap_sums(np.column_stack([np.where(have, self.lists, 0), have]), seed=self.seed)
        with np.errstate(invalid="ignore"):
            low, high = interval(draws[:, 0] / draws[:, 1])
        return out | {"ndcg@20": float(self.lists[have].mean()), "ndcg@20_low": low, "ndcg@20_high": high}


def evaluate(
    model: Recommender[Any],
    holdout: Holdout,
    *,
    scale: tuple[float, float],
    order: Order | None = None,
    seed: int = 0,
) -> Evaluation:
    """Predict every hidden rating from what was seen, and compare.

    Args:
        model: Fitted.
        holdout: People with seen and hidden ratings.
        scale: Lowest and highest rating of the data; decides what MAPE leaves out and what is a like.
        order: How the model's predictions are sorted into lists; None sorts them raw.
        seed: Of the bootstrap; the same for models that are to be compared.

    Returns:
        Sums per user and what follows from them.

    Raises:
        InputError: Nothing is hidden.
    """
    hidden = holdout.hidden
    _check_hidden(holdout)
    liked = likes(hidden, scale)
    lists = list_quality_by_user(model, [order], holdout.seen, liked)[0]
    if model.task != "rating":
        return Evaluation(None, lists, None, hidden.nnz, 0, seed)
    predicted, rows = predict_hidden(model, holdout), row_of(hidden)
    found = np.isfinite(predicted)
    if not found.all():  # counted and shown, never dropped in silence: the nearest a model may get is the middle
        predicted = np.where(found, predicted, np.float32(sum(scale) / 2))
    errors = rating_errors(hidden.data, predicted, rows, hidden.shape[0], scale=scale)
    shown = model.predict(holdout.whole(), rows, hidden.indices)
    rebuilt = float(np.sqrt(np.mean((shown.astype(np.float64) - hidden.data) ** 2)))
    return Evaluation(errors, lists, rebuilt, hidden.nnz, int((~found).sum()), seed)


def predict_hidden(model: Recommender[Any], holdout: Holdout) -> FloatArray:
    """Return predictions for the hidden cells from the seen ones, float32 (hidden,), in storage order."""
    return model.predict(holdout.seen, row_of(holdout.hidden), holdout.hidden.indices)


def hidden_rmse(model: Recommender[Any], holdout: Holdout) -> float:
    """Return the pooled RMSE on hidden ratings: what early stopping watches. Lower is better.

    Raises:
        InputError: Nothing is hidden.
    """
    _check_hidden(holdout)
    error = predict_hidden(model, holdout).astype(np.float64) - holdout.hidden.data
    return float(np.sqrt(np.mean(error**2)))


def _check_hidden(holdout: Holdout) -> None:
    if holdout.hidden.nnz == 0:
        raise InputError(
            "nothing is hidden, so there is nothing to evaluate",
            hint="hide more: --hide 20%, or hide single ratings: --split random",
        )


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
