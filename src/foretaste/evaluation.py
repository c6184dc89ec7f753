"""evaluate(model, holdout): what a model's predictions of hidden ratings are worth, with intervals over users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, row_of, seeded_sample
from foretaste.errors import InputError
from foretaste.metrics.ranking import LISTS
from foretaste.metrics.ratings import RatingErrors, per_user_mean, pooled, rating_errors
from foretaste.models.base import Recommender
from foretaste.models.two_heads import HEADS, RankerAlone, TwoHeads
from foretaste.order import Order, likes, list_quality_by_user, sampled_people
from foretaste.split.holdout import Holdout
from foretaste.statistics import bootstrap_sums, interval

RATING_METRICS = ("rmse", "mae", "mape")
LIST_METRIC, CLICK_METRIC = "ndcg@20", "ndcg@100"
"""What lists are judged by where ratings are predicted, and where there is nothing but clicks."""
LIST_PEOPLE = 10_000
"""People whose lists are judged, at most: a list costs a score of the whole catalogue. Of more, a seeded sample is taken."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One model on one holdout.

    Args:
        errors: Sums of errors per user; None for a ranking model, which predicts no ratings.
        lists: Quality of the lists by metric (`LISTS`), of hidden likes, each (users,): nan for users without any, and for
            those beyond `LIST_PEOPLE`.
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

    def points(self) -> dict[str, Any]:
        """Return plain numbers: each metric pooled, and its mean over users."""
        out: dict[str, Any] = {"n_hidden": self.n_hidden, "n_unpredicted": self.n_unpredicted}
        for metric, (top, bottom) in self._ratios().items():
            out[metric] = _plain(pooled(metric, top.sum(), bottom.sum()))
            if metric in RATING_METRICS:
                out[f"{metric}_per_user"] = _plain(per_user_mean(metric, top, bottom))
        if self.errors is None:
            out |= {f"{metric}{end}": None for metric in RATING_METRICS for end in ("", "_per_user")}
        else:
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
        out, ratios = self.points(), self._ratios()
        draws = bootstrap_sums(np.column_stack([part for pair in ratios.values() for part in pair]), seed=self.seed)
        for place, metric in enumerate(ratios):
            low, high = interval(pooled(metric, draws[:, 2 * place], draws[:, 2 * place + 1]))
            out |= {f"{metric}_low": _plain(low), f"{metric}_high": _plain(high)}
        if self.member is not None and self.errors is not None:
            change = rmse_change(self.errors.squared, self.member, self.errors.n, seed=self.seed)
            for end, value in zip(("", "_low", "_high"), change, strict=True):
                out[f"member_difference{end}"] = _plain(value)
        for head in HEADS:
            if (alone := getattr(self, head)) is not None:
                change = mean_change(self.lists[CLICK_METRIC], alone, seed=self.seed)
                out |= {
                    f"{head}_difference{end}": _plain(value)
                    for end, value in zip(("", "_low", "_high"), change, strict=True)
                }
        return {f"{metric}{end}": None for metric in RATING_METRICS for end in ("_low", "_high")} | out

    def _ratios(self) -> dict[str, tuple[AnyArray, AnyArray]]:
        """Return numerators and denominators per user of everything that has an interval."""
        out = {} if self.errors is None else self.errors.sums()
        for name, values in (*self.lists.items(), (f"{LIST_METRIC}_raw", self.raw_lists)):
            have = np.isfinite(values)
            out[name] = np.where(have, values, 0), have.astype(np.float64)
        return out


def evaluate(
    model: Recommender[Any],
    holdout: Holdout,
    *,
    scale: tuple[float, float],
    order: Order | None = None,
    seed: int = 0,
    member: Recommender[Any] | None = None,
) -> Evaluation:
    """Predict every hidden rating from what was seen, and compare.

    Args:
        model: Fitted.
        holdout: People with seen and hidden ratings.
        scale: Lowest and highest rating of the data; decides what MAPE leaves out and what is a like.
        order: How the model's predictions are sorted into lists; None sorts them raw. It knows too which items were rated in
            training, for the errors on those alone.
        seed: Of the bootstrap; the same for models that are to be compared.
        member: The best member of a blend, by itself; what it predicts is set beside what the blend does.

    Returns:
        Sums per user and what follows from them.

    Raises:
        InputError: Nothing is hidden.
    """
    hidden = holdout.hidden
    _check_hidden(holdout)
    liked = likes(hidden, scale)
    orders = [None] if order is None else [order, None]  # without a rule, the list and the raw list are one
    quality = np.full((len(LISTS), len(orders), hidden.shape[0]), np.nan)
    people = np.flatnonzero(np.diff(liked.indptr))
    people = people[seeded_sample(seed, len(people), LIST_PEOPLE)]
    quality[:, :, people] = list_quality_by_user(model, orders, holdout.seen[people], liked[people])
    lists = dict(zip(LISTS, quality[:, 0], strict=True))
    raw = quality[list(LISTS).index(LIST_METRIC), -1]
    if model.task != "rating":
        return Evaluation(None, lists, raw, None, hidden.nnz, 0, seed)
    predicted, rows = predict_hidden(model, holdout), row_of(hidden)
    found = np.isfinite(predicted)
    if not found.all():  # counted and shown, never dropped in silence: the nearest a model may get is the middle
        predicted = np.where(found, predicted, np.float32(sum(scale) / 2))
    errors = rating_errors(hidden.data, predicted, rows, hidden.shape[0], scale=scale)
    warm = None
    if order is not None:
        known = order.count[hidden.indices] > 0
        cells = hidden.data[known], predicted[known], rows[known]
        warm = rating_errors(*cells, hidden.shape[0], scale=scale).sums()["rmse"]
    rebuilt = None
    if not model.known_rows:
        shown = model.predict(holdout.whole(), rows, hidden.indices)
        rebuilt = float(np.sqrt(np.mean((shown.astype(np.float64) - hidden.data) ** 2)))
    alone = None
    if member is not None:
        cells = hidden.data, predict_hidden(member, holdout), rows
        alone = rating_errors(*cells, hidden.shape[0], scale=scale).squared
    if isinstance(model, TwoHeads):
        raw[people] = list_quality_by_user(model.rater_, [None], holdout.seen[people], liked[people], (LIST_METRIC,))[
            0, 0
        ]
    heads = _heads(model, holdout, people, liked, order) if isinstance(model, TwoHeads) else (None, None)
    return Evaluation(
        errors, lists, raw, rebuilt, hidden.nnz, int((~found).sum()), seed, warm, alone, heads[0], heads[1], predicted
    )


def _heads(
    model: TwoHeads, holdout: Holdout, people: AnyArray, liked: Csr, order: Order | None
) -> tuple[AnyArray, AnyArray]:
    """Return NDCG@100 of what each head would list by itself, each (users,), nan where that of the pair is."""
    out = np.full((2, holdout.hidden.shape[0]), np.nan)
    for place, (alone, rule) in enumerate(((RankerAlone(model), None), (model.rater_, order))):
        quality = list_quality_by_user(alone, [rule], holdout.seen[people], liked[people], (CLICK_METRIC,))
        out[place, people] = quality[0, 0]
    return out[0], out[1]


def mean_change(first: AnyArray, second: AnyArray, *, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of one metric minus that of another over the users who have both, with its paired 95 % interval.

    Args:
        first: Of each user, (users,), nan where there is none.
        second: The same of the other model.
        seed: Of the bootstrap.
    """
    change = (first - second)[np.isfinite(first) & np.isfinite(second)]
    if not len(change):
        return float("nan"), float("nan"), float("nan")
    low, high = interval(bootstrap_sums(change[:, None], seed=seed)[:, 0] / len(change))
    return float(change.mean()), low, high


def rmse_change(first: AnyArray, second: AnyArray, n: AnyArray, *, seed: int = 0) -> tuple[float, float, float]:
    """Return one RMSE minus another on the same ratings, with its paired 95 % interval over users.

    Args:
        first: Sum of squared errors of each user, (users,).
        second: The same of the other model.
        n: Ratings of each user.
        seed: Of the bootstrap.
    """
    columns = np.column_stack([first, second, n])
    draws = bootstrap_sums(columns, seed=seed)
    change = pooled("rmse", draws[:, 0], draws[:, 2]) - pooled("rmse", draws[:, 1], draws[:, 2])
    total = columns.sum(0)
    return (float(np.sqrt(total[0] / total[2]) - np.sqrt(total[1] / total[2])), *interval(change))


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
