"""evaluate(model, holdout): what a model's predictions of hidden ratings are worth, with intervals over users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, row_of
from foretaste.errors import InputError
from foretaste.evaluation_lists import judge_lists
from foretaste.metrics.beyond import Popularity, Shown, coverage, gini
from foretaste.metrics.ratings import RatingErrors, per_user_mean, pooled, rating_errors, squared_by_user
from foretaste.metrics.registry import CLICK_METRIC, EXPOSURE, LIST_METRIC, METRICS
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.two_heads import HEADS
from foretaste.order import Order, likes, list_quality_by_user, sampled_people
from foretaste.significance import Standing, pair
from foretaste.split.holdout import Holdout
from foretaste.statistics import POSITIVE, Ratio, ratio_intervals

POPULARITY, COVERAGE, GINI = EXPOSURE


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One model on one holdout.

    Args:
        errors: Sums of errors per user; None for a ranking model, which predicts no ratings.
        lists: Quality of the lists by metric (`registry.LISTS`), of hidden likes, each (users,): nan for users without any, and
            for those beyond `LIST_PEOPLE`.
        raw_lists: NDCG@20 with a rating model's predictions sorted as they are, not by evidence, (users,).
        reconstruction_rmse: Error on the same ratings when they are shown to the model. Not accuracy; None for a model that
            knows its people by their rows, to which the longer row would be a stranger's.
        n_hidden: Hidden ratings.
        n_unpredicted: Hidden ratings without a finite prediction.
        seed: Of the bootstrap.
        warm: Squared errors and ratings per user of what is hidden of items that somebody in training rated, two arrays
            (users,); None where it is not known which they are.
        member: Squared errors per user of a blend's best member on the same ratings, (users,); None elsewhere.
        ranker: NDCG@100 of the lists of a pair's ranker by itself, (users,); None elsewhere.
        rater: The same of its rating model, sorted by evidence.
        predicted: The predictions that the errors are of, float32 (hidden ratings,), in the storage order of what is hidden,
            the middle of the scale where there was no finite one; None for a ranking model, and over several folds.
        popularity: Mean popularity of each user's list less that of what they have shown, and the latter, two arrays (users,);
            None where it is not known who knows what.
        shown: What was listed for whom, for coverage and Gini; one for each fold.
    """

    errors: RatingErrors | None
    lists: Mapping[str, AnyArray]
    raw_lists: AnyArray
    reconstruction_rmse: float | None
    n_hidden: int
    n_unpredicted: int
    seed: int
    warm: tuple[AnyArray, AnyArray] | None = None
    member: AnyArray | None = None
    ranker: AnyArray | None = None
    rater: AnyArray | None = None
    predicted: FloatArray | None = None
    popularity: tuple[AnyArray, AnyArray] | None = None
    shown: tuple[Shown, ...] = ()

    def points(self) -> dict[str, Any]:
        """Return plain numbers: each metric of the registry, None where there is none, and of some the mean over users."""
        out: dict[str, Any] = {"n_hidden": self.n_hidden, "n_unpredicted": self.n_unpredicted}
        ratios = self._ratios()
        for metric in (*METRICS, f"{LIST_METRIC}_raw"):
            top, bottom = ratios.get(metric, (_NONE, _NONE))
            out[metric] = _plain(pooled(metric, top.sum(), bottom.sum()))
            if metric in METRICS and METRICS[metric].per_user:
                out[f"{metric}_per_user"] = _plain(per_user_mean(metric, top, bottom))
        out |= {metric: _plain(values[0]) for metric, values in self._exposure().items()}
        if self.errors is not None:
            out["n_mape"] = int(self.errors.n_relative.sum())
        out |= {"rmse_warm": None, "n_hidden_cold": None}
        if self.warm is not None:
            squared, known = (part.sum() for part in self.warm)
            out |= {"rmse_warm": _plain(pooled("rmse", squared, known)), "n_hidden_cold": self.n_hidden - int(known)}
        out["reconstruction_rmse"] = None if self.reconstruction_rmse is None else _plain(self.reconstruction_rmse)
        for head in HEADS:
            if (alone := getattr(self, head)) is not None:
                out[f"{head}_{CLICK_METRIC}"] = _plain(np.nanmean(alone)) if np.isfinite(alone).any() else None
        return out | {"n_list_users": int(np.isfinite(self.raw_lists).sum())}

    def summary(self) -> dict[str, Any]:
        """Return `points` with a 95 % interval over users for every metric, and for what a blend gains over its best member."""
        out = self.points()
        for metric in (*METRICS, f"{LIST_METRIC}_raw"):
            out |= {f"{metric}_low": None, f"{metric}_high": None}
        out |= self._intervals()
        for metric, (_, low, high) in self._exposure().items():
            out |= {f"{metric}_low": _plain(low), f"{metric}_high": _plain(high)}
        if self.member is not None and self.errors is not None:
            change = rmse_change(self.errors.squared, self.member, self.errors.n, seed=self.seed)
            out |= _ends("member_difference", change)
        for head in HEADS:
            if (alone := getattr(self, head)) is not None:
                out |= _ends(f"{head}_difference", mean_change(self.lists[CLICK_METRIC], alone, seed=self.seed))
        return out

    def _ratios(self) -> dict[str, tuple[AnyArray, AnyArray]]:
        """Return numerators and denominators per user of everything that adds up over users."""
        out = {} if self.errors is None else self.errors.sums()
        for name, values in (*self.lists.items(), (f"{LIST_METRIC}_raw", self.raw_lists)):
            have = np.isfinite(values)
            out[name] = np.where(have, values, 0), have.astype(np.float64)
        return out if self.popularity is None else out | {POPULARITY: self.popularity}

    def _intervals(self) -> dict[str, float | None]:
        """Return the ends of the interval of everything that is a ratio of sums over users."""
        told: dict[str, Ratio] = {}
        for name, (top, bottom) in self._ratios().items():
            metric = METRICS[name.removesuffix("_raw")]
            told[name] = Ratio(top, bottom, metric.bounds)
            if metric.per_user:
                used = bottom > 0
                own = np.where(used, pooled(name, top, np.where(used, bottom, 1)), 0)
                told[f"{name}_per_user"] = Ratio(own, used.astype(np.float64), metric.bounds)
        if self.warm is not None:
            told["rmse_warm"] = Ratio(*self.warm, POSITIVE)
        out: dict[str, float | None] = {}
        for name, ends in zip(told, ratio_intervals(list(told.values()), seed=self.seed), strict=True):
            low, high = np.sqrt(ends) if name in {"rmse", "rmse_warm"} else ends
            out |= {f"{name}_low": _plain(low), f"{name}_high": _plain(high)}
        return out

    def _exposure(self) -> dict[str, tuple[float, float, float]]:
        """Return what does not add up over users, each with its interval."""
        return {COVERAGE: coverage(self.shown), GINI: gini(self.shown)} if self.shown else {}


_NONE = np.empty(0)


def _ends(name: str, values: Sequence[float]) -> dict[str, float | None]:
    return {f"{name}{end}": _plain(value) for end, value in zip(("", "_low", "_high"), values, strict=True)}


def evaluate(
    model: Recommender[Any],
    holdout: Holdout,
    *,
    scale: tuple[float, float],
    order: Order | None = None,
    seed: int = 0,
    member: Recommender[Any] | None = None,
    bias: Recommender[Any] | FloatArray | None = None,
    popularity: Popularity | None = None,
) -> Evaluation:
    """Predict every hidden rating from what was seen, and compare.

    Args:
        model: Fitted.
        holdout: People with seen and hidden ratings.
        scale: Lowest and highest rating of the data; decides what MAPE leaves out, what a star is, and what is a like.
        order: How the model's predictions are sorted into lists; None sorts them raw. It knows too which items were rated in
            training, for the errors on those alone.
        seed: Of the bootstrap; the same for models that are to be compared.
        member: The best member of a blend, by itself; what it predicts is set beside what the blend does.
        bias: The bias model that R2 is told against, or its predictions of the hidden ratings, float32 (hidden ratings,); None
            leaves R2 out.
        popularity: Who knows which items in training, `Popularity.of` of what the model was fitted on; None leaves out novelty
            and popularity bias.

    Returns:
        Sums per user and what follows from them.

    Raises:
        InputError: Nothing is hidden.
    """
    hidden = holdout.hidden
    _check_hidden(holdout)
    lists = judge_lists(model, holdout, scale=scale, order=order, popularity=popularity, seed=seed)
    listed = Evaluation(
        None,
        lists.values,
        lists.raw,
        None,
        hidden.nnz,
        0,
        seed,
        ranker=lists.heads.get("ranker"),
        rater=lists.heads.get("rater"),
        popularity=lists.popularity,
        shown=lists.shown,
    )
    if model.task != "rating":
        return listed
    predicted, rows = predict_hidden(model, holdout), row_of(hidden)
    found = np.isfinite(predicted)
    if not found.all():  # counted and shown, never dropped in silence: the nearest a model may get is the middle
        predicted = np.where(found, predicted, np.float32(sum(scale) / 2))
    of_bias = predict_hidden(bias, holdout) if isinstance(bias, Recommender) else bias
    errors = rating_errors(hidden.data, predicted, rows, hidden.shape[0], scale=scale, bias=of_bias)
    return replace(
        listed,
        errors=errors,
        reconstruction_rmse=None if model.known_rows else _rebuilt(model, holdout),
        n_unpredicted=int((~found).sum()),
        warm=None if order is None else _warm(hidden, predicted, order.count),
        member=None if member is None else _squared(hidden, predict_hidden(member, holdout)),
        predicted=predicted,
    )


def bias_predictions(models: Sequence[Recommender[Any]], X: Csr, holdout: Holdout) -> FloatArray | None:
    """Return what the bias model says of hidden ratings, for R2: that among some models, or one that is fitted here.

    Args:
        models: Of a comparison.
        X: What they were fitted on.
        holdout: People with seen and hidden ratings.

    Returns:
        float32 (hidden ratings,); None where no model predicts ratings.
    """
    if all(model.task != "rating" for model in models):
        return None
    given = next((model for model in models if model.name == Bias.name), None)
    return predict_hidden(Bias().fit(X) if given is None else given, holdout)


def _warm(hidden: Csr, predicted: FloatArray, count: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return squared errors and ratings per user of hidden ratings of items that were rated in training."""
    known, rows = count[hidden.indices] > 0, row_of(hidden)
    squared = squared_by_user(hidden.data[known], predicted[known], rows[known], hidden.shape[0])
    return squared, np.bincount(rows[known], minlength=hidden.shape[0]).astype(np.float64)


def _squared(hidden: Csr, predicted: FloatArray) -> AnyArray:
    return squared_by_user(hidden.data, predicted, row_of(hidden), hidden.shape[0])


def _rebuilt(model: Recommender[Any], holdout: Holdout) -> float:
    """Return the RMSE on the hidden ratings when they are shown."""
    shown = model.predict(holdout.whole(), row_of(holdout.hidden), holdout.hidden.indices)
    return float(np.sqrt(np.mean((shown.astype(np.float64) - holdout.hidden.data) ** 2)))


def mean_change(first: AnyArray, second: AnyArray, *, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of one metric minus that of another over the users who have both, with its paired 95 % interval.

    Args:
        first: Of each user, (users,), nan where there is none.
        second: The same of the other model.
        seed: Of the bootstrap.
    """
    have = np.isfinite(first) & np.isfinite(second)
    found = pair(*(Standing.of(one[have], np.ones(int(have.sum()))) for one in (first, second)), seed=seed)
    return found.difference, found.low, found.high


def rmse_change(first: AnyArray, second: AnyArray, n: AnyArray, *, seed: int = 0) -> tuple[float, float, float]:
    """Return one RMSE minus another on the same ratings, with its paired 95 % interval over users.

    Args:
        first: Sum of squared errors of each user, (users,).
        second: The same of the other model.
        n: Ratings of each user.
        seed: Of the bootstrap.
    """
    found = pair(Standing.of(first, n, root=True), Standing.of(second, n, root=True), seed=seed)
    return found.difference, found.low, found.high


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


def hidden_ndcg(model: Any, holdout: Holdout, *, scale: tuple[float, float], order: Order | None = None) -> float:
    """Return the mean NDCG@100 of what people like among their hidden ratings, of 2,000 of them at most; nan where nobody does.

    Args:
        model: Whatever has `score` and `task`.
        holdout: People with seen and hidden ratings.
        scale: Lowest and highest rating of the data; decides what is a like.
        order: How a rating model's predictions are sorted into lists.
    """
    liked = likes(holdout.hidden, scale)
    rows = sampled_people(liked)
    if not len(rows):
        return float("nan")
    return float(list_quality_by_user(model, [order], holdout.seen[rows], liked[rows], (CLICK_METRIC,)).mean())


def _check_hidden(holdout: Holdout) -> None:
    if holdout.hidden.nnz == 0:
        raise InputError(
            "nothing is hidden, so there is nothing to evaluate",
            hint="hide more: --hide 20%, or hide single ratings: --split random",
        )


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
