"""What predictions of hidden ratings are worth."""

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import ttest_rel
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from foretaste import evaluation_lists
from foretaste.arrays import as_csr
from foretaste.errors import InputError
from foretaste.evaluation import bias_predictions, evaluate, hidden_ndcg, hidden_rmse, mean_change, predict_hidden
from foretaste.metrics.beyond import Popularity as Known
from foretaste.metrics.ranking import ndcg
from foretaste.metrics.registry import METRICS
from foretaste.models import Bias, Ease, Mean, Popularity, TwoHeads
from foretaste.order import Order
from foretaste.ranking import rank
from foretaste.split import Hide, Holdout, hide
from foretaste.statistics import Ratio, ratio_intervals

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (40, 30)) * (RNG.random((40, 30)) < 0.5)))
HOLDOUT = Holdout(*hide(X, Hide("fraction", 0.3), seed=0), np.arange(40))
SCALE = (1.0, 5.0)
BIAS = Bias().fit(X)


class Oracle(Mean):
    """Knows the answer and adds a known error; nan where told."""

    name = "oracle"
    wrong = 0.5
    blank = 0

    def predict(self, _seen, rows, cols):
        out = X[rows, cols].astype(np.float32) + np.float32(self.wrong)
        out[: self.blank] = np.nan
        return out


def test_pooled_values_are_those_of_another_library_with_an_interval_around():
    model = Mean().fit(X)
    summary = evaluate(model, HOLDOUT, scale=SCALE).summary()
    truth, guess = HOLDOUT.hidden.data, np.full(HOLDOUT.hidden.nnz, X.data.mean())
    assert summary["rmse"] == pytest.approx(root_mean_squared_error(truth, guess), abs=1e-6)
    assert summary["mae"] == pytest.approx(mean_absolute_error(truth, guess), abs=1e-6)
    for metric in ("rmse", "mae", "mape"):
        assert summary[f"{metric}_low"] < summary[metric] < summary[f"{metric}_high"]
    assert (summary["n_hidden"], summary["n_unpredicted"]) == (HOLDOUT.hidden.nnz, 0)
    assert hidden_rmse(model, HOLDOUT) == pytest.approx(summary["rmse"])
    assert len(predict_hidden(model, HOLDOUT)) == HOLDOUT.hidden.nnz


def test_predictions_that_are_missing_are_counted_and_not_dropped():
    model = Oracle().fit(X)
    assert evaluate(model, HOLDOUT, scale=SCALE).summary()["rmse"] == pytest.approx(0.5)
    model.blank = 7
    summary = evaluate(model, HOLDOUT, scale=SCALE).summary()
    assert summary["n_unpredicted"] == 7
    assert summary["n_hidden"] == HOLDOUT.hidden.nnz


def test_predictions_stay_as_they_were_judged():
    model = Oracle().fit(X)
    model.blank = 7
    predicted = evaluate(model, HOLDOUT, scale=SCALE).predicted
    assert (predicted.dtype, predicted.shape) == (np.float32, HOLDOUT.hidden.data.shape)
    assert predicted[:7].tolist() == [3.0] * 7  # the middle of the scale
    np.testing.assert_array_equal(predicted[7:], HOLDOUT.hidden.data[7:] + 0.5)
    assert evaluate(Popularity().fit(X), HOLDOUT, scale=SCALE).predicted is None


def test_reconstruction_stands_under_its_own_name():
    summary = evaluate(Oracle().fit(X), HOLDOUT, scale=SCALE).summary()
    assert summary["reconstruction_rmse"] == pytest.approx(0.5)


def test_a_ranking_model_has_lists_and_no_ratings():
    summary = evaluate(Popularity().fit(X), HOLDOUT, scale=SCALE).summary()
    assert summary["rmse"] is None
    assert summary["rmse_low"] is None
    assert summary["reconstruction_rmse"] is None
    assert 0 < summary["ndcg@20_low"] < summary["ndcg@20"] < summary["ndcg@20_high"] < 1
    liked = (HOLDOUT.hidden.toarray() >= 4).any(1)
    assert summary["n_list_users"] == liked.sum()


def test_the_same_seed_gives_the_same_interval():
    first, second, other = (evaluate(Mean().fit(X), HOLDOUT, scale=SCALE, seed=s).summary() for s in (0, 0, 1))
    assert first == second
    assert first["rmse_low"] != other["rmse_low"]


def test_where_nobody_likes_anything_lists_have_no_value():
    low = as_csr(sparse.csr_array([[1.0, 2.0]]))
    seen, hidden = hide(low, Hide("per-user", 1), seed=0)
    summary = evaluate(Mean().fit(low), Holdout(seen, hidden, np.arange(1)), scale=SCALE).summary()
    assert summary["ndcg@20"] is None


def test_nothing_hidden_is_nothing_to_evaluate():
    with pytest.raises(InputError, match="nothing is hidden, so there is nothing to evaluate\nhint: hide more"):
        evaluate(Mean().fit(X), Holdout(X, as_csr(sparse.csr_array(X.shape)), np.arange(40)), scale=SCALE)


def test_lists_of_many_people_are_judged_on_a_sample(monkeypatch):
    monkeypatch.setattr(evaluation_lists, "LIST_PEOPLE", 3)
    result = evaluate(Mean().fit(HOLDOUT.whole()), HOLDOUT, scale=(1, 5))
    assert result.summary()["n_list_users"] <= 3
    assert (
        np.isfinite(result.lists["recall@50"]).sum()
        == np.isfinite(result.raw_lists).sum()
        == result.summary()["n_list_users"]
    )


def test_items_that_nobody_in_training_rated_are_counted_and_left_out_beside():
    model = Mean().fit(X)
    count = np.ones(30, np.float32)
    count[:7] = 0
    summary = evaluate(model, HOLDOUT, scale=SCALE, order=Order(count, 1.0, 0.0)).summary()
    warm = HOLDOUT.hidden.indices >= 7
    truth = HOLDOUT.hidden.data[warm]
    assert summary["n_hidden_cold"] == (~warm).sum() > 0
    assert summary["rmse_warm"] == pytest.approx(np.sqrt(np.mean((truth - X.data.mean()) ** 2)), abs=1e-6)
    alone = evaluate(model, HOLDOUT, scale=SCALE).summary()
    assert (alone["n_hidden_cold"], alone["rmse_warm"], alone["rmse"]) == (None, None, summary["rmse"])
    nothing = evaluate(model, HOLDOUT, scale=SCALE, order=Order(0 * count, 1.0, 0.0)).summary()
    assert (nothing["n_hidden_cold"], nothing["rmse_warm"]) == (HOLDOUT.hidden.nnz, None)


def test_points_are_the_summary_without_intervals():
    for model in (Mean().fit(X), Popularity().fit(X)):
        result = evaluate(model, HOLDOUT, scale=SCALE)
        points, summary = result.points(), result.summary()
        assert points == {name: value for name, value in summary.items() if not name.endswith(("_low", "_high"))}
        assert {"rmse_low", "mape_high", "ndcg@20_low"} <= set(summary)


def test_another_model_can_be_set_beside_on_the_same_ratings():
    better, worse = Oracle().fit(X), Mean().fit(X)
    found = evaluate(better, HOLDOUT, scale=SCALE, member=worse, seed=3)
    alone = [evaluate(model, HOLDOUT, scale=SCALE, seed=3) for model in (better, worse)]
    np.testing.assert_array_equal(found.member, alone[1].errors.squared)
    row = found.summary()
    assert row["member_difference"] == pytest.approx(alone[0].summary()["rmse"] - alone[1].summary()["rmse"])
    assert row["member_difference_low"] < row["member_difference"] < row["member_difference_high"] < 0
    assert "member_difference" not in alone[0].summary()


# A pair, and lists on their own

PAIR = TwoHeads(ranker="ease", rater="mean", settings=("ranker.l2=10",), stars=0.3)
LIKED = as_csr(sparse.csr_array(HOLDOUT.hidden.toarray() >= 4, dtype=np.float32))


def lists_of(scores):
    return ndcg(rank(scores.astype(np.float32), HOLDOUT.seen, 100), LIKED)


def test_a_pair_is_set_beside_each_of_its_heads():
    order, pair = Order.of(X, 0.2), PAIR.fit(X)
    result = evaluate(pair, HOLDOUT, scale=SCALE, order=order)
    likes = as_csr(sparse.csr_array(X.toarray() >= 4, dtype=np.float32))
    shown = as_csr(sparse.csr_array(HOLDOUT.seen.toarray() >= 4, dtype=np.float32))
    assert (np.bincount(likes.indices, minlength=30) > 0).all()
    ranker, rater = lists_of(Ease(l2=10).fit(likes).score(shown)), lists_of(order.apply(Mean().fit(X).score(X)))
    np.testing.assert_allclose(result.ranker, ranker)
    np.testing.assert_allclose(result.rater, rater)
    np.testing.assert_allclose(result.lists["ndcg@100"], lists_of(pair.appeal(HOLDOUT.seen)))
    raw = evaluate(pair.rater_, HOLDOUT, scale=SCALE).raw_lists
    np.testing.assert_array_equal(result.raw_lists, raw)  # sorted by stars as they are
    np.testing.assert_array_equal(result.errors.squared, evaluate(pair.rater_, HOLDOUT, scale=SCALE).errors.squared)
    points, row = result.points(), result.summary()
    for head, values in (("ranker", ranker), ("rater", rater)):
        assert points[f"{head}_ndcg@100"] == row[f"{head}_ndcg@100"] == pytest.approx(np.nanmean(values))
        wanted = mean_change(result.lists["ndcg@100"], values)
        found = [row[f"{head}_difference{end}"] for end in ("", "_low", "_high")]
        assert found == pytest.approx(wanted)
        assert found[0] == pytest.approx(row["ndcg@100"] - row[f"{head}_ndcg@100"])
        assert f"{head}_difference" not in points


def test_no_other_model_has_heads():
    for model in (Mean().fit(X), Popularity().fit(X)):
        result = evaluate(model, HOLDOUT, scale=SCALE)
        assert (result.ranker, result.rater) == (None, None)
        assert not [name for name in result.summary() if name.startswith(("ranker", "rater"))]


def test_where_nobody_likes_anything_heads_have_no_value_and_no_difference():
    low = as_csr(sparse.csr_array(np.minimum(HOLDOUT.hidden.toarray(), 3)))
    row = evaluate(PAIR.fit(X), Holdout(HOLDOUT.seen, low, np.arange(40)), scale=SCALE).summary()
    assert [row[f"ranker_{end}"] for end in ("ndcg@100", "difference", "difference_low")] == [None] * 3


def test_a_change_of_means_is_over_those_who_have_both_and_its_interval_is_paired():
    rng = np.random.default_rng(1)
    first, second = rng.random(14), rng.random(14)
    first[[0, 1]], second[[1, 2]] = np.nan, np.nan
    value, low, high = mean_change(first, second, seed=5)
    other = ttest_rel(first[3:], second[3:]).confidence_interval(0.95)
    assert value == pytest.approx((first - second)[3:].mean())
    assert (low, high) == pytest.approx((other.low, other.high), abs=0.1 * (other.high - other.low))
    assert (value, low, high) != mean_change(first, second, seed=6)
    assert np.isnan(mean_change(first[:2], second[:2])).all()
    assert np.isnan(mean_change(first[:4], second[:4])[1:]).all()  # one person says nothing of others


def test_every_number_has_its_interval_means_over_users_too():
    model = Bias().fit(X)
    result = evaluate(model, HOLDOUT, scale=SCALE, order=Order.of(X, 0.1))
    out, sums = result.summary(), result.errors
    for name in (
        "rmse",
        "rmse_per_user",
        "mae",
        "mae_per_user",
        "mape_per_user",
        "rmse_warm",
        "ndcg@20",
        "ndcg@20_raw",
    ):
        assert out[f"{name}_low"] <= out[name] <= out[f"{name}_high"], name
    assert out["rmse_per_user_low"] < out["rmse_per_user_high"]
    wanted = ratio_intervals([Ratio(sums.squared, sums.n)], seed=0)[0]
    assert (out["rmse_low"], out["rmse_high"]) == pytest.approx(tuple(np.sqrt(wanted)))


def test_the_ndcg_of_hidden_likes_is_the_mean_over_those_who_like_something():
    order, mean, popular = Order.of(X, 0.2), Mean().fit(X), Popularity().fit(X)
    found = hidden_ndcg(mean, HOLDOUT, scale=SCALE, order=order)
    assert found == pytest.approx(np.nanmean(lists_of(order.apply(mean.score(HOLDOUT.seen)))))
    for other in (None, order):  # a ranking model is sorted as it is
        assert hidden_ndcg(popular, HOLDOUT, scale=SCALE, order=other) == pytest.approx(
            np.nanmean(lists_of(popular.score(HOLDOUT.seen)))
        )
    low = as_csr(sparse.csr_array(np.minimum(HOLDOUT.hidden.toarray(), 3)))
    assert np.isnan(hidden_ndcg(popular, Holdout(HOLDOUT.seen, low, np.arange(40)), scale=SCALE))


# Every metric of the registry


def test_all_metrics_have_a_value_and_an_interval_around_it():
    popularity = Known.of(X)
    row = evaluate(
        Mean().fit(X), HOLDOUT, scale=SCALE, order=Order.of(X, 0.2), bias=BIAS, popularity=popularity
    ).summary()
    for name in METRICS:
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"], name
        assert (f"{name}_per_user" in row) == METRICS[name].per_user
    ranked = evaluate(Popularity().fit(X), HOLDOUT, scale=SCALE, bias=BIAS, popularity=popularity).summary()
    for name, metric in METRICS.items():
        for end in ("", "_low", "_high"):
            assert (ranked[f"{name}{end}"] is None) == (metric.kind == "ratings"), name


def test_a_metric_that_cannot_be_measured_is_there_and_is_none():
    row = evaluate(Mean().fit(X), HOLDOUT, scale=SCALE).summary()
    for name in ("r2_bias", "novelty@20", "popularity@20"):
        assert [row[f"{name}{end}"] for end in ("", "_low", "_high")] == [None] * 3
    assert row["coverage@20"] is not None


def test_r2_is_against_a_bias_model_or_its_predictions():
    model, guess = Mean().fit(X), predict_hidden(BIAS, HOLDOUT)
    truth, mean = HOLDOUT.hidden.data, X.data.mean()
    wanted = 1 - np.sum((truth - mean) ** 2) / np.sum((truth - guess) ** 2)
    for bias in (BIAS, guess):
        assert evaluate(model, HOLDOUT, scale=SCALE, bias=bias).points()["r2_bias"] == pytest.approx(wanted, abs=1e-6)
    assert evaluate(BIAS, HOLDOUT, scale=SCALE, bias=BIAS).points()["r2_bias"] == 0


def test_the_bias_of_a_comparison_is_the_line_that_is_one_or_is_fitted():
    own = Bias(damping_item=50).fit(X)
    np.testing.assert_array_equal(bias_predictions([Mean().fit(X), own], X, HOLDOUT), predict_hidden(own, HOLDOUT))
    np.testing.assert_array_equal(bias_predictions([Mean().fit(X)], X, HOLDOUT), predict_hidden(BIAS, HOLDOUT))
    assert bias_predictions([Popularity().fit(X)], X, HOLDOUT) is None


def test_popularity_bias_is_a_ratio_of_means_over_people():
    result = evaluate(Popularity().fit(X), HOLDOUT, scale=SCALE, popularity=Known.of(X))
    top, bottom = result.popularity
    assert result.points()["popularity@20"] == pytest.approx(top.sum() / bottom.sum())
