"""The learning curve over the number of ratings that a newcomer has given."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from foretaste import newcomers as module
from foretaste.arrays import as_csr, pick, row_of
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.evaluation import evaluate
from foretaste.metrics.ranking import ndcg
from foretaste.models import Bias, Ease, ItemKnn, ItemRidge, Mean, Popularity, TwoHeads
from foretaste.newcomers import POINTS, join_steps, newcomer_curves, newcomer_sentence, newcomers_of, steps_of, turns
from foretaste.order import Order, likes
from foretaste.ranking import rank
from foretaste.split import Hide, Holdout, hide

SCALE = (0.5, 5.0)
WORLD = make_world(260, 80, 11_000, seed=1)
X = user_item_matrix(WORLD.ratings, WORLD.catalog)
TRAIN = X[:200]
TEST = Holdout(*hide(X[200:], Hide("fraction", 0.3), seed=0), np.arange(60))


def line(model, label=None, order=None):
    return SimpleNamespace(label=label or model.name, model=model.fit(TRAIN), order=order)


def curves(*lines, holdout=TEST, scale=SCALE, seed=0):
    return newcomers_of(lines, holdout, scale=scale, seed=seed)


BIAS, POPULARITY, MEAN = line(Bias()), line(Popularity()), line(Mean())
KNN = line(ItemKnn(), "neighbours", Order.of(TRAIN, 0.1))
TOLD = curves(MEAN, BIAS, POPULARITY, KNN)


def test_what_is_shown_grows_by_one_random_rating_at_a_time():
    turn, seen = turns(TEST.seen, 3), TEST.seen
    for row in range(60):
        part = slice(*seen.indptr[row : row + 2])
        assert sorted(turn[part]) == list(range(seen.indptr[row + 1] - seen.indptr[row]))
    np.testing.assert_array_equal(turn, turns(seen, 3))
    assert (turn != turns(seen, 4)).any()
    first = np.concatenate([turns(seen, seed)[seen.indptr[:-1]] / np.diff(seen.indptr) for seed in range(20)])
    assert abs(first.mean() - 0.5) < 0.05  # where a rating stands in the row says nothing about when it is shown


def test_a_curve_goes_as_far_as_half_of_the_people_do_and_asks_the_same_ones_everywhere():
    shown = np.diff(TEST.seen.indptr)
    assert TOLD["newcomers"]["given"] == [0, 1, 2, 5, 10, 20]
    assert (shown >= 20).sum() >= 30 > (shown >= 50).sum()
    assert TOLD["newcomers"]["people"] == (shown >= 20).sum()
    assert {len(points) for points in TOLD["newcomers"]["models"].values()} == {6}


def test_to_whoever_has_shown_nothing_a_ranker_lists_what_is_popular():
    """Sorted as they are, equal scores would list the first columns of the catalogue."""
    lists = curves(POPULARITY, line(Ease(l2=50)))["newcomer_lists"]["models"]
    assert lists["ease"][0]["value"] == lists["popularity"][0]["value"] > 0
    assert lists["ease"][-1]["value"] != lists["popularity"][-1]["value"]


def test_the_bias_models_curve_is_that_of_its_formula():
    far = np.flatnonzero(np.diff(TEST.seen.indptr) >= 20)
    seen, hidden, turn, bias = TEST.seen, TEST.hidden, turns(TEST.seen, 0), BIAS.model
    for n, told in zip(TOLD["newcomers"]["given"], TOLD["newcomers"]["models"]["bias"], strict=True):
        squared = 0.0
        for row in far:
            cells = slice(*seen.indptr[row : row + 2])
            shown = np.flatnonzero(turn[cells] < n) + cells.start
            left = seen.data[shown] - bias.mean_[0] - bias.item_effect_[seen.indices[shown]]
            asked = slice(*hidden.indptr[row : row + 2])
            predicted = bias.mean_[0] + bias.item_effect_[hidden.indices[asked]] + left.sum() / (n + 5)
            squared += np.square(np.clip(predicted, *bias.scale_) - hidden.data[asked]).sum()
        assert told["value"] == pytest.approx(np.sqrt(squared / hidden[far].nnz), rel=1e-5)


class Learner(Mean):
    """Knows what people would say, and is wrong by 1 / (1 + what they have shown); lists what they like once they show 5."""

    name = "learner"

    def predict(self, shown, rows, cols):
        return ASKED[rows, cols] + 1 / (1 + np.diff(shown.indptr)[rows])

    def score(self, shown):
        known = (np.diff(shown.indptr) >= 5)[:, None]
        return np.where(known, ASKED, -np.arange(80)).astype(np.float32)


FAR = np.flatnonzero((np.diff(TEST.seen.indptr) >= 20) & (np.diff(likes(TEST.hidden, SCALE).indptr) > 0))
ASKED = TEST.hidden[FAR].toarray()


def test_a_model_that_learns_as_we_know_it_does_has_the_curve_that_we_know():
    people = Holdout(TEST.seen[FAR], TEST.hidden[FAR], FAR)
    told = curves(line(Learner()), POPULARITY, BIAS, holdout=people)
    errors = told["newcomers"]["models"]["learner"]
    for n, one in zip(told["newcomers"]["given"], errors, strict=True):
        assert (one["value"], one["low"], one["high"]) == pytest.approx([1 / (1 + n)] * 3, rel=1e-5)
    assert [one["value"] for one in told["newcomer_lists"]["models"]["learner"][3:]] == [1, 1, 1]
    assert told["newcomer_lists"]["sentences"]["learner"].startswith(
        "learner is better than popularity from 5 ratings on"
    )
    assert told["newcomers"]["sentences"]["learner"].startswith("learner is better than bias from 1 rating on")


def test_a_model_that_reads_no_ratings_has_a_level_curve():
    assert len({one["value"] for one in TOLD["newcomers"]["models"]["mean"]}) == 1
    assert len({one["value"] for one in TOLD["newcomer_lists"]["models"]["popularity"]}) == 1


def test_lists_leave_out_all_that_somebody_has_shown_at_every_point():
    liked = likes(TEST.hidden, SCALE)
    rows = np.flatnonzero((np.diff(TEST.seen.indptr) >= 20) & (np.diff(liked.indptr) > 0))
    told = TOLD["newcomer_lists"]
    assert told["people"] == len(rows)
    expected = ndcg(rank(POPULARITY.model.score(TEST.seen[rows]), TEST.seen[rows], 20), liked[rows]).mean()
    assert told["models"]["popularity"][0]["value"] == pytest.approx(expected)
    steps = steps_of([KNN], TEST, scale=SCALE)
    for place, n in enumerate(POINTS):
        shown = pick(TEST.seen, turns(TEST.seen, 0) < n)
        lists = ndcg(rank(KNN.model.score(shown), TEST.seen, 20, shrink=KNN.order.shrink), liked)
        lists[np.diff(TEST.seen.indptr) < n] = np.nan
        np.testing.assert_array_equal(steps.lists["neighbours"][:, place], lists)


def test_with_all_that_they_have_shown_people_are_those_of_the_evaluation():
    have = np.flatnonzero(np.diff(TEST.seen.indptr) >= 20)
    twenty = pick(TEST.seen, turns(TEST.seen, 0) < 20)
    whole = evaluate(KNN.model, Holdout(twenty[have], TEST.hidden[have], have), scale=SCALE)
    assert TOLD["newcomers"]["models"]["neighbours"][-1]["value"] == pytest.approx(whole.points()["rmse"])


def test_people_of_several_folds_make_one_curve():
    halves = [Holdout(TEST.seen[a : a + 30], TEST.hidden[a : a + 30], np.arange(30)) for a in (0, 30)]
    parts = [steps_of([MEAN, POPULARITY], half, scale=SCALE) for half in halves]
    assert all(newcomer_curves(part).get("newcomers", {}).get("given", [0])[-1] < 20 for part in parts)
    both = newcomer_curves(join_steps(parts))
    for key, label in (("newcomers", "mean"), ("newcomer_lists", "popularity")):  # which read nothing of what is shown
        assert (both[key]["people"], both[key]["given"]) == (TOLD[key]["people"], TOLD[key]["given"])
        ours, theirs = both[key]["models"][label], TOLD[key]["models"][label]
        assert [one["value"] for one in ours] == pytest.approx([one["value"] for one in theirs])


def test_in_a_world_with_taste_the_error_falls_and_the_neighbours_win_in_the_end():
    values = {label: [one["value"] for one in points] for label, points in TOLD["newcomers"]["models"].items()}
    assert values["mean"][0] > values["bias"][0] > values["bias"][3] > values["bias"][-1]
    assert values["neighbours"][0] > values["bias"][-1] > values["neighbours"][-1]
    found = [one["value"] for one in TOLD["newcomer_lists"]["models"]["neighbours"]]
    assert found[-1] > found[3] > found[0]
    assert "neighbours is better than bias from 20 ratings on" in TOLD["newcomers"]["sentences"]["neighbours"]


def test_differences_are_paired_with_the_simple_model_of_each_question():
    errors, lists = TOLD["newcomers"], TOLD["newcomer_lists"]
    assert (errors["against"], lists["against"]) == ("bias", "popularity")
    for curve in (errors, lists):
        for label, points in curve["models"].items():
            for one, other in zip(points, curve["models"][curve["against"]], strict=True):
                if label != curve["against"]:
                    assert one["difference"] == pytest.approx(one["value"] - other["value"])
                    assert one["difference_low"] <= one["difference"] <= one["difference_high"]
        assert set(curve["sentences"]) == set(curve["models"]) - {curve["against"]}
    assert set(errors["models"]) == {"mean", "bias", "neighbours"}
    assert set(lists["models"]) == {"mean", "bias", "popularity", "neighbours"}
    assert curves(KNN)["newcomers"]["against"] is None


def test_a_pair_is_asked_for_its_own_order():
    pair = line(TwoHeads(ranker="popularity", rater="bias", stars=0.0))
    told = curves(pair, POPULARITY)["newcomer_lists"]["models"]
    assert told["two_heads"][-1]["value"] == pytest.approx(told["two_heads"][1]["value"], abs=0.2)
    assert told["two_heads"][-1]["value"] != pytest.approx(
        curves(BIAS)["newcomer_lists"]["models"]["bias"][-1]["value"]
    )


def test_who_scores_only_known_people_is_left_out_and_named():
    known = line(ItemRidge(latent=2, epochs=1))
    told = curves(known, BIAS)
    assert told["newcomers"]["left_out"] == ["item_ridge"]
    assert set(told["newcomers"]["models"]) == {"bias"}
    assert curves(known) == {}


def test_few_people_make_no_curve_and_of_many_some_are_asked(monkeypatch):
    few = Holdout(TEST.seen[:29], TEST.hidden[:29], np.arange(29))
    assert curves(BIAS, holdout=few) == {}
    nothing = as_csr(sparse.csr_array(TEST.seen.shape))
    assert curves(BIAS, holdout=Holdout(nothing, TEST.hidden, np.arange(60))) == {}
    monkeypatch.setattr(module, "MOST", 33)
    some = curves(BIAS)["newcomers"]
    assert some["people"] == 33
    assert some != curves(BIAS, seed=1)["newcomers"]


def test_of_clicks_there_are_lists_alone():
    clicks = Holdout(*(part.astype(bool).astype(np.float32) for part in (TEST.seen, TEST.hidden)), np.arange(60))
    told = curves(POPULARITY, holdout=clicks, scale=(1.0, 1.0))
    assert set(told) == {"newcomer_lists"}
    assert told["newcomer_lists"]["people"] == (np.diff(TEST.seen.indptr) >= 20).sum()


def test_a_prediction_that_is_none_counts_as_the_middle_of_the_scale():
    class Blank(Mean):
        def predict(self, _seen, rows, _cols):
            return np.full(len(rows), np.nan, np.float32)

    told = curves(line(Blank()))["newcomers"]["models"]["mean"]
    rows = np.flatnonzero(np.diff(TEST.seen.indptr) >= 20)
    assert told[0]["value"] == pytest.approx(np.sqrt(np.mean((TEST.hidden[rows].data - 2.75) ** 2)))


def curve(*spans, metric="rmse", given=(0, 1, 2, 5)):
    points = [
        {
            "value": 0.9 + (low + high) / 2,
            "difference": (low + high) / 2,
            "difference_low": low,
            "difference_high": high,
        }
        for low, high in spans
    ]
    models = {"new": points, "bias": [{"value": 0.9}] * len(spans)}
    return {"metric": metric, "given": list(given), "people": 50, "against": "bias", "models": models}


def test_the_sentence_says_from_how_many_ratings_on():
    said = newcomer_sentence(curve((-0.1, 0.1), (-0.2, -0.1), (-0.1, 0.1), (-0.2, -0.1)), "new")
    assert said == (
        "new is better than bias from 5 ratings on: RMSE 0.7500 against 0.9000 with 5 ratings, "
        "difference -0.1500, 95 % -0.2000 to -0.1000."
    )
    said = newcomer_sentence(curve((0.1, 0.2), (-0.2, -0.1), (-0.2, -0.1), (-0.2, -0.1)), "new")
    assert said.startswith("new is better than bias from 1 rating on")
    assert said.endswith("; worse with 0.")
    said = newcomer_sentence(curve(*[(0.1, 0.2)] * 3, (-0.2, -0.1)), "new")
    assert said.endswith("; worse with 0, 1 and 2.")


def test_the_sentence_where_a_model_is_better_at_once_or_never_or_worse():
    assert "better than bias from the start: RMSE" in newcomer_sentence(curve(*[(-0.2, -0.1)] * 4), "new")
    said = newcomer_sentence(curve(*[(-0.2, -0.1)] * 3, (-0.1, 0.0)), "new")
    assert said.startswith("new is not better than bias, beyond noise, within 5 ratings: RMSE 0.8500 against 0.9000")
    said = newcomer_sentence(curve((-0.1, 0.1), *[(-0.2, -0.1)] * 3, metric="ndcg@20"), "new")
    assert said.startswith("new is worse than bias: NDCG@20 0.7500 against 0.9000 with 5 ratings")
    assert said.endswith("; worse with 1 and 2.")
    assert "better than bias from the start" in newcomer_sentence(curve(*[(0.1, 0.2)] * 4, metric="ndcg@20"), "new")


def test_the_sentence_without_a_simple_model():
    alone = curve((-0.2, -0.1), (-0.3, -0.2), given=(0, 1)) | {"against": None}
    assert newcomer_sentence(alone, "new") == (
        "new has RMSE 0.7500 for people who have shown nothing, 0.6500 with 1 rating."
    )


def test_people_are_asked_by_the_rows_of_the_holdout():
    """Everybody's rows in another order: the same people are asked, whose random first ratings are others."""
    order = np.random.default_rng(0).permutation(60)
    turned = Holdout(TEST.seen[order], TEST.hidden[order], order)
    told = curves(BIAS, MEAN, holdout=turned)["newcomers"]
    assert told["people"] == TOLD["newcomers"]["people"]
    for label in ("mean", "bias"):
        first = (told["models"][label][0]["value"], TOLD["newcomers"]["models"][label][0]["value"])
        assert first[0] == pytest.approx(first[1])
    assert len(row_of(turned.hidden)) == TEST.hidden.nnz
