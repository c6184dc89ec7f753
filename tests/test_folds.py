"""Many folds, one table: pooled numbers against a brute force over single ratings, and what stays in memory."""

import gc
import json
import os
import signal
import weakref
from dataclasses import replace

import numpy as np
import pytest

from foretaste.comparison import compare, judge_lines
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.evaluation import bias_predictions, evaluate, mean_change, predict_hidden, rmse_change
from foretaste.fitting import fit_all, fit_entry
from foretaste.folds import compare_folds, pool_evaluations
from foretaste.metrics.ratings import pooled
from foretaste.metrics.registry import METRICS
from foretaste.models import MODELS, Mean
from foretaste.split import split_folds, split_new_users, split_official_folds, split_random, split_user_folds
from foretaste.statistics import Ratio, ratio_intervals
from foretaste.verdict import rmse_difference
from tests.judging import NEEDED

WORLD = make_world(40, 30, 500, seed=3)
ENTRIES = [Entry("mean"), Entry("bias"), Entry("popularity")]


def rating_folds(**options):
    return split_folds(WORLD.ratings, WORLD.catalog, **({"folds": 4, "seed": 2} | options))


def user_folds(**options):
    return split_user_folds(WORLD.ratings, WORLD.catalog, **({"folds": 4, "seed": 2} | options))


BOTH = pytest.mark.parametrize("folds", [rating_folds, user_folds], ids=["ratings", "people"])


def brute_force(folds, entry):
    """Predict every hidden rating of every fold: one row (person, error, whether the item is known) a rating; and lists."""
    cells, lists = [], {}
    for split in folds():
        line = fit_entry(entry, split)
        hidden = split.test.hidden.tocoo()
        error = predict_hidden(line.model, split.test).astype(float) - hidden.data
        known = np.asarray((split.full.toarray() != 0).sum(0))[hidden.col] > 0
        people = split.test.user_ids[hidden.row]
        cells += zip(people.tolist(), error.tolist(), known.tolist(), strict=True)
        quality = evaluate(line.model, split.test, scale=split.scale, order=line.order).lists["ndcg@20"]
        for person, value in zip(split.test.user_ids.tolist(), quality, strict=True):
            lists.setdefault(person, []).append(value)
    return cells, lists


@BOTH
def test_errors_are_pooled_over_every_hidden_rating(folds):
    comparison = compare_folds(folds(), ENTRIES)
    cells, lists = brute_force(folds, Entry("bias"))
    row = comparison.rows[1]
    error, known = (np.array([cell[i] for cell in cells]) for i in (1, 2))
    assert row["n_hidden"] == len(cells) == comparison.split["test_hidden"]
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert row["mae"] == pytest.approx(np.mean(np.abs(error)))
    assert row["n_hidden_cold"] == (~known).sum() == comparison.split["test_hidden_cold"] > 0
    assert row["rmse_warm"] == pytest.approx(np.sqrt(np.mean(error[known] ** 2)))
    people = {}
    for person, value, _ in cells:
        people.setdefault(person, []).append(value**2)
    assert row["rmse_per_user"] == pytest.approx(np.mean([np.sqrt(np.mean(values)) for values in people.values()]))
    assert comparison.split["test_users"] == len(people)
    means = [np.nanmean(values) for values in lists.values() if np.isfinite(values).any()]
    assert (row["ndcg@20"], row["n_list_users"]) == (pytest.approx(np.mean(means)), len(means))
    if folds is rating_folds:
        assert row["n_hidden"] == len(WORLD.ratings)


def test_people_with_a_single_rating_are_counted_over_all_folds():
    parts = [(WORLD.ratings.user, np.arange(1000, 1100)), (WORLD.ratings.item, np.resize(WORLD.catalog.item_ids, 100)),
             (WORLD.ratings.rating, np.tile([2.0, 4.0], 50))]  # fmt: skip
    ratings = Ratings.from_arrays(*map(np.concatenate, parts))
    people = compare_folds(split_user_folds(ratings, WORLD.catalog, folds=5), ENTRIES[:1])
    each = [fold["split"] for fold in people.folds]
    assert [facts["test_users_unasked"] for facts in each] != [20] * 5
    n_single = (np.unique(ratings.user, return_counts=True)[1] == 1).sum()
    assert sum(facts["test_users_unasked"] for facts in each) == people.split["test_users_unasked"] == n_single >= 100
    assert people.split["test_users"] == ratings.n_users - n_single
    for name in ("test_seen", "test_hidden"):
        assert people.split[name] == sum(facts[name] for facts in each)
    assert people.split["test_seen"] + people.split["test_hidden"] == len(ratings)
    single = compare_folds(split_folds(ratings, WORLD.catalog, folds=5), ENTRIES[:1])
    assert single.folds[0]["split"]["test_users_unasked"] > 80
    assert (single.split["test_users_unasked"], single.split["test_users"]) == (0, ratings.n_users)


def test_people_who_are_in_a_test_file_alone_are_counted_once_and_their_ratings_all():
    ratings, pairs, alone = WORLD.ratings, [], []
    for fold, ids in enumerate(([1, 2, 3], [3, 4], [3, 5, 6, 7])):  # of whom the train file of the fold holds nothing
        hidden = np.isin(ratings.user, ratings.user_ids[ids]) | (np.arange(len(ratings)) % 3 == fold)
        pairs.append((f"u{fold}", *(ratings.select(np.flatnonzero(part)) for part in (~hidden, hidden))))
        alone.append(ratings.user[~np.isin(ratings.user, ratings.user[~hidden])].tolist())
    found = compare_folds(split_official_folds(pairs, WORLD.catalog), ENTRIES[:1])
    each = [fold["split"] for fold in found.folds]
    assert [facts["test_hidden_unseen"] for facts in each] == [len(lone) for lone in alone]
    assert found.split["test_hidden_unseen"] == sum(map(len, alone))
    assert found.split["test_users_unseen"] == len({*alone[0], *alone[1], *alone[2]}) >= 7
    assert sum(facts["test_users_unseen"] for facts in each) >= found.split["test_users_unseen"] + 2


@BOTH
def test_the_bootstrap_draws_people_and_pairs_the_models(folds):
    comparison = compare_folds(folds(), ENTRIES[:2], seed=5)
    sums = {person: np.zeros(3) for person in WORLD.ratings.user_ids.tolist()}
    for place, entry in enumerate(ENTRIES[:2]):
        for person, value, _ in brute_force(folds, entry)[0]:
            sums[person][[place, 2]] += value**2, place
    first, second, n = np.array([sums[person] for person in sorted(sums)]).T
    mean, bias = comparison.rows
    ends = np.sqrt(ratio_intervals([Ratio(first, n)], seed=5)[0])
    assert (mean["rmse_low"], mean["rmse_high"]) == pytest.approx(tuple(ends))
    told = tuple(mean[f"difference{end}"] for end in ("", "_low", "_high"))
    assert told == pytest.approx(rmse_change(second, first, n, seed=5))
    assert told[0] == pytest.approx(bias["rmse"] - mean["rmse"])
    (test,) = comparison.significance["tests"]
    assert (test["model"], test["difference"], test["low"], test["high"]) == ("mean", *told)
    assert mean["p"] == mean["p_holm"] == test["p"] < 0.05
    assert comparison.verdict.startswith("bias wins against mean, the best of the others: RMSE ")


@BOTH
def test_each_fold_is_what_a_comparison_on_it_says(folds):
    comparison = compare_folds(folds(), ENTRIES)
    assert [fold["fold"] for fold in comparison.folds] == [1, 2, 3, 4]
    for fold, split in zip(comparison.folds, folds(), strict=True):
        alone = compare(split, ENTRIES)
        assert fold["split"] == alone.split
        for row, same in zip(fold["models"], alone.rows, strict=True):
            for name in ("rmse", "mae", "rmse_warm", "ndcg@20", "n_hidden", "valid_rmse", "order_half"):
                assert row[name] == same[name]
            assert "rmse_low" not in row


def test_the_spread_over_folds_stands_beside():
    comparison = compare_folds(rating_folds(), ENTRIES)
    for metric in ("rmse", "mae", "ndcg@100"):
        values = [fold["models"][1][metric] for fold in comparison.folds]
        row = comparison.rows[1]
        assert row[f"{metric}_fold_mean"] == pytest.approx(sum(values) / 4)
        spread = sum((value - sum(values) / 4) ** 2 for value in values) / 3
        assert row[f"{metric}_fold_sd"] == pytest.approx(spread**0.5)
    assert comparison.rows[2]["rmse_fold_mean"] is comparison.rows[2]["rmse_fold_sd"] is None
    assert compare_folds([split_random(WORLD.ratings, WORLD.catalog)], ENTRIES).rows[1]["rmse_fold_sd"] is None


def test_what_was_chosen_and_what_it_took_are_put_together():
    comparison = compare_folds(rating_folds(), ENTRIES)
    per_fold = [(fold["models"][1], fold["split"]) for fold in comparison.folds]
    row = comparison.rows[1]
    assert row["fit_s"] == pytest.approx(sum(line["fit_s"] for line, _ in per_fold))
    assert row["peak_bytes"] == max(line["peak_bytes"] for line, _ in per_fold)
    assert row["order_half"] == pytest.approx(np.mean([line["order_half"] for line, _ in per_fold]))
    asked = np.array([facts["valid_hidden"] for _, facts in per_fold])
    squares = sum(n * line["valid_rmse"] ** 2 for n, (line, _) in zip(asked, per_fold, strict=True))
    assert row["valid_rmse"] == pytest.approx((squares / asked.sum()) ** 0.5)
    squares = sum(line["n_hidden"] * line["reconstruction_rmse"] ** 2 for line, _ in per_fold)
    assert row["reconstruction_rmse"] == pytest.approx((squares / len(WORLD.ratings)) ** 0.5)


@BOTH
def test_it_is_written_as_a_comparison_on_one_split_and_the_folds(folds):
    written = json.loads(json.dumps(compare_folds(folds(), ENTRIES).to_json(), allow_nan=False))
    one = compare(split_random(WORLD.ratings, WORLD.catalog), ENTRIES)
    assert set(written) == {*one.to_json(), "folds"}
    for row, same in zip(written["models"], one.rows, strict=True):
        assert set(row) - {f"{m}_fold_{end}" for m in ("rmse", "mae", "ndcg@100") for end in ("mean", "sd")} == set(
            same
        )
    assert all(set(row) >= NEEDED for row in written["models"])
    counts = [fold["split"] for fold in written["folds"]]
    assert written["split"]["folds"] == 4
    assert "fold" not in written["split"]
    assert written["split"]["train_ratings"] == round(sum(facts["train_ratings"] for facts in counts) / 4)


def test_a_fold_is_as_good_as_one_split():
    split = split_new_users(WORLD.ratings, WORLD.catalog, test=0.3)
    pooled, alone = compare_folds([split], ENTRIES, seed=3), compare(split, ENTRIES, seed=3)
    assert pooled.verdict == alone.verdict
    for row, same in zip(pooled.rows, alone.rows, strict=True):
        for name in set(same) - {"fit_s", "peak_bytes"}:
            assert row[name] == (pytest.approx(same[name]) if isinstance(same[name], float) else same[name]), name


def test_differences_are_those_of_the_pooled_evaluations():
    """Two folds of the same people: sums of both, not the mean of two differences."""
    splits = list(rating_folds(folds=2))
    fitted = [[fit_entry(entry, split) for entry in ENTRIES[:2]] for split in splits]
    results = [[evaluate(f.model, s.test, scale=s.scale, order=f.order) for f in line]
               for line, s in zip(fitted, splits, strict=True)]  # fmt: skip
    together = [replace(first, errors=replace(first.errors, n=first.errors.n + second.errors.n,
                                              squared=first.errors.squared + second.errors.squared))
                for first, second in zip(*results, strict=True)]  # fmt: skip
    expected = rmse_difference(together[1], together[0])
    row = compare_folds(splits, ENTRIES[:2]).rows[0]
    assert (row["difference"], row["difference_low"], row["difference_high"]) == pytest.approx(expected)


class Spy(Mean):
    """Is seen as long as it lives."""

    name = "spy"
    alive = None
    most = 0
    stop_at = 0
    fits = 0

    def fit(self, X, *, watch=None):
        Spy.alive.add(self)
        Spy.fits += 1
        gc.collect()
        Spy.most = max(Spy.most, len(Spy.alive))
        if Spy.fits == Spy.stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        return super().fit(X, watch=watch)


@pytest.fixture
def spy(monkeypatch):
    for name, value in (("alive", weakref.WeakSet()), ("most", 0), ("stop_at", 0), ("fits", 0)):
        monkeypatch.setattr(Spy, name, value)
    monkeypatch.setitem(MODELS, "spy", Spy)
    return Spy


def test_the_models_of_a_fold_are_gone_before_those_of_the_next_are_made(spy):
    compare_folds(rating_folds(folds=5), [Entry("spy"), Entry("spy", {}, "again")])
    assert (spy.fits, spy.most) == (20, 3)  # the first line, the second, and the second anew with validation


def test_the_test_part_is_opened_after_everything_is_fitted_once_a_fold(spy):
    opened = []

    class Door:
        def __init__(self, part):
            self.part = part

        def __getattr__(self, name):
            opened.append(spy.fits)
            return getattr(self.part, name)

    splits = (replace(split, test=Door(split.test)) for split in rating_folds())
    compare_folds(splits, [Entry("spy"), Entry("spy", {}, "again")])
    assert sorted(set(opened)) == [4, 8, 12, 16]


def test_ctrl_c_leaves_the_folds_that_are_whole(spy):
    spy.stop_at = 5  # in the third fold
    comparison = compare_folds(rating_folds(), [Entry("spy"), Entry("mean")])
    assert (len(comparison.folds), comparison.interrupted) == (2, True)
    assert comparison.split["folds"] == 2
    assert [row["model"] for row in comparison.rows] == ["spy", "mean"]
    assert comparison.rows[0]["n_hidden"] == len(WORLD.ratings) // 2


def test_ctrl_c_in_the_first_fold_judges_what_is_fitted(spy):
    spy.stop_at = 1
    comparison = compare_folds(rating_folds(), [Entry("spy"), Entry("mean")])
    assert [row["model"] for row in comparison.rows] == ["spy"]
    assert (len(comparison.folds), comparison.interrupted, spy.fits) == (1, True, 1)


def test_progress_says_which_fold_it_is():
    told = []
    compare_folds(rating_folds(folds=2), [Entry("mean", {}, "mine")], report=lambda *words: told.append(words))
    assert told == [("mine, fold 1 of 2", None), ("mine, fold 2 of 2", None)]
    compare_folds([split_random(WORLD.ratings, WORLD.catalog)], ENTRIES[:1], report=lambda *words: told.append(words))
    assert told[2:] == [("mean, fold 1", None)]


def test_the_verdict_may_be_about_one_line():
    comparison = compare_folds(user_folds(), ENTRIES, subject="mean")
    assert comparison.verdict.startswith("mean loses to bias: RMSE ")


def test_a_blend_that_leaves_out_its_autoencoder_is_judged_as_none():
    settings = {"members": ["mean", "ridge"], "settings": ["ridge.epochs=1", "ridge.latent=2"]}
    for weights, begins in (((1.0, 0.0), "bias wins against blend"), ((0.1, 0.9), "blend ")):
        entries = [Entry("blend", {**settings, "weights": weights}), Entry("bias")]
        split = split_random(WORLD.ratings, WORLD.catalog)
        assert compare(split, entries).verdict == compare_folds([split], entries).verdict
        assert compare_folds(rating_folds(folds=2), entries).verdict.startswith(begins)


def test_what_is_an_autoencoder_in_one_fold_is_judged_as_one(spy, monkeypatch):
    monkeypatch.setattr(spy, "autoencoder", property(lambda _: spy.fits <= 4))  # two fits in each of three folds
    comparison = compare_folds(rating_folds(folds=3), [Entry("spy"), Entry("bias")])
    assert comparison.verdict.startswith("spy loses to bias")


def test_what_cannot_be_compared_is_refused_before_anything_is_fitted(spy):
    with pytest.raises(ParamsError, match="there is no fold to compare on"):
        compare_folds([], ENTRIES)
    with pytest.raises(ParamsError, match='there is no model "baias"'):
        compare_folds(rating_folds(), [Entry("spy"), Entry("baias")])
    with pytest.raises(ParamsError, match="scores nobody but the people it was fitted on, and the split new-users"):
        compare_folds(user_folds(), [Entry("spy"), Entry("item_autorec")])
    assert spy.fits == 0


@BOTH
def test_a_blend_is_set_beside_its_best_member_over_all_folds(folds):
    """Of every fold the member that was best there; errors of both pooled as all others are."""
    settings = {"members": ["mean", "bias", "biased_mf"], "settings": ["biased_mf.latent=2", "biased_mf.epochs=2"]}
    comparison = compare_folds(folds(), [Entry("blend", settings)])
    both = [], []
    for split in folds():
        line = fit_entry(Entry("blend", settings), split)
        for errors, model in zip(both, (line.model, line.best_member), strict=True):
            errors.append(predict_hidden(model, split.test).astype(float) - split.test.hidden.data)
    row, every = comparison.rows[0], [fold["models"][0] for fold in comparison.folds]
    blended, best = (np.sqrt(np.mean(np.concatenate(errors) ** 2)) for errors in both)
    assert row["member_difference"] == pytest.approx(blended - best, abs=1e-9)
    assert row["member_difference_low"] < row["member_difference"] < row["member_difference_high"]
    weights = [[part["weight"] for part in fold["members"]] for fold in every]
    np.testing.assert_allclose([part["weight"] for part in row["members"]], np.mean(weights, axis=0))
    assert set(row["best_member"].split(" or ")) == {fold["best_member"] for fold in every}
    json.dumps(comparison.to_json(), allow_nan=False)


# Pairs and blends of rankers

PAIRED = Entry("two_heads", {"ranker": "ease", "rater": "bias", "settings": ("ranker.l2=5",), "stars": 0.4})


@BOTH
def test_the_heads_of_a_pair_are_pooled_as_its_lists_are(folds):
    """Of each person the mean over the folds in which they like something, and of these the mean over people."""
    row = compare_folds(folds(), [PAIRED], seed=5).rows[0]
    values = {}
    for split in folds():
        line = fit_entry(PAIRED, split)
        result = evaluate(line.model, split.test, scale=split.scale, order=line.order)
        for person, *three in zip(
            split.test.user_ids.tolist(), result.lists["ndcg@100"], result.ranker, result.rater, strict=True
        ):
            values.setdefault(person, []).append(three)
    liking = [np.nanmean(each, axis=0) for each in map(values.get, sorted(values)) if np.isfinite(each).any()]
    both, ranker, rater = np.array(liking).T
    assert row["ndcg@100"] == pytest.approx(both.mean())
    for head, alone in (("ranker", ranker), ("rater", rater)):
        assert row[f"{head}_ndcg@100"] == pytest.approx(alone.mean())
        wanted = mean_change(both, alone, seed=5)
        assert [row[f"{head}_difference{end}"] for end in ("", "_low", "_high")] == pytest.approx(wanted)


def test_a_blend_of_rankers_is_told_by_mean_weights_and_lists():
    settings = ("ease.l2=5",)
    blend = Entry("rank_blend", {"members": ("popularity", "ease"), "settings": settings})
    comparison = compare_folds(user_folds(), [Entry("popularity"), blend])
    row, per_fold = comparison.rows[1], [fold["models"][1] for fold in comparison.folds]
    for place, label in enumerate(("popularity", "ease")):
        part, parts = row["members"][place], [line["members"][place] for line in per_fold]
        assert (part["model"], part["valid_rmse"]) == (label, None)
        for name in ("weight", "valid_ndcg"):
            assert part[name] == pytest.approx(np.mean([each[name] for each in parts]))
    assert set(row["best_member"].split(" or ")) == {line["best_member"] for line in per_fold}
    assert row["valid_ndcg"] == pytest.approx(np.mean([line["valid_ndcg"] for line in per_fold]))
    assert row["rmse"] is None


# Everything else that adds up


@BOTH
def test_every_metric_is_pooled_from_its_sums_person_by_person(folds):
    comparison = compare_folds(folds(), ENTRIES)
    parts = [judge_lines(split, fit_all(split, ENTRIES)) for split in folds()]
    for place, row in enumerate(comparison.rows):
        results = [part[place] for part in parts]
        for metric in METRICS.values():
            if metric.kind == "ratings" and results[0].errors is not None:
                top, bottom = (
                    sum(result.errors.sums()[metric.name][half].sum() for result in results) for half in (0, 1)
                )
                assert row[metric.name] == pytest.approx(pooled(metric.name, top, bottom)), metric.name
            elif metric.name in ("coverage@20", "gini@20"):
                assert row[metric.name] == pytest.approx(np.mean([result.points()[metric.name] for result in results]))
            assert (row[metric.name] is None) == (metric.kind == "ratings" and results[0].errors is None)
            assert (row[f"{metric.name}_low"] is None) == (row[metric.name] is None)
        top, bottom = (sum(result.popularity[half].sum() for result in results) for half in (0, 1))
        assert row["popularity@20"] == pytest.approx(top / bottom)


def test_of_what_not_all_folds_have_nothing_stays():
    split = split_random(WORLD.ratings, WORLD.catalog)
    mean, people = Mean().fit(split.train), split.test.user_ids
    bias = bias_predictions([mean], split.train, split.test)
    told, less = (evaluate(mean, split.test, scale=split.scale, bias=one) for one in (bias, None))
    ranked = replace(told, errors=None)
    assert "r2_bias" in pool_evaluations([told, told], [people, people]).errors.more
    assert "r2_bias" not in pool_evaluations([told, less], [people, people]).errors.more
    assert pool_evaluations([told, ranked], [people, people]).errors is None
    known = replace(told, warm=(told.errors.squared, told.errors.n))
    assert pool_evaluations([told, known], [people, people]).warm is None
    assert pool_evaluations([known, known], [people, people]).warm[0].sum() == pytest.approx(
        2 * told.errors.squared.sum()
    )


def test_the_same_people_again_weigh_twice_and_are_no_more_people():
    split = split_random(WORLD.ratings, WORLD.catalog)
    result, people = evaluate(Mean().fit(split.train), split.test, scale=split.scale), split.test.user_ids
    twice = pool_evaluations([result, result], [people, people])
    assert twice.n_hidden == 2 * result.n_hidden
    order = np.argsort(people)
    np.testing.assert_allclose(twice.errors.squared, 2 * result.errors.squared[order])
    np.testing.assert_array_equal(twice.lists["map@20"], result.lists["map@20"][order])
    assert twice.points()["concordance"] == pytest.approx(result.points()["concordance"])


@pytest.mark.parametrize("fold", [1, 2])
def test_ctrl_c_while_settings_are_searched_judges_no_half_searched_fold(fold):
    seen = []

    def search(split, entries):
        seen.append(split)
        if len(seen) == fold:
            os.kill(os.getpid(), signal.SIGINT)
        return entries

    if fold == 1:
        with pytest.raises(KeyboardInterrupt):
            compare_folds(rating_folds(), [Entry("mean")], prepare=search)
        return
    comparison = compare_folds(rating_folds(), [Entry("mean")], prepare=search)
    assert comparison.interrupted
    assert len(comparison.folds) == 1
