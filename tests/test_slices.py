"""Errors and lists by slice."""

import numpy as np
import pytest
from scipy import sparse

from foretaste import slices as module
from foretaste.answers import Answers, answers_of, join_answers
from foretaste.arrays import as_csr, row_of
from foretaste.cells import Cells
from foretaste.evaluation import evaluate
from foretaste.models import Bias, Mean, Popularity
from foretaste.slices import scatter_of, slice_answers, slices_of
from foretaste.split import Hide, Holdout, Split, hide
from foretaste.statistics import Ratio, ratio_intervals

RNG = np.random.default_rng(0)
ACTIVE = RNG.uniform(0.05, 0.9, (200, 1))
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (200, 60)) * (RNG.random((200, 60)) < ACTIVE * np.linspace(0, 1, 60))))
TEST = Holdout(*hide(X[120:], Hide("fraction", 0.3), seed=0), np.arange(120, 200))
SPLIT = Split(train=X[:100], valid=TEST, test=TEST, full=X[:120], kind="new-users", scale=(1.0, 5.0))
COUNTS = np.bincount(X[:120].indices, minlength=60)
MODELS = {"mean": Mean(), "bias": Bias(), "popularity": Popularity()}
RESULTS = {label: evaluate(model.fit(X[:120]), TEST, scale=SPLIT.scale) for label, model in MODELS.items()}
GENRES = tuple(("Even",) if col % 2 == 0 else ("Odd", "Third") if col % 3 == 0 else ("Odd",) for col in range(60))
SLICES = slices_of(SPLIT, RESULTS, COUNTS, genres=GENRES, against=("bias", "popularity"))
BY = {(one["by"], one["metric"]): one for one in SLICES}


def test_what_is_told_apart():
    assert list(BY) == [
        ("given", "rmse"), ("popularity", "rmse"), ("genre", "rmse"), ("rating", "rmse"), ("given", "ndcg@20"),
    ]  # fmt: skip
    assert {one["against"] for one in SLICES if one["metric"] == "rmse"} == {"bias"}
    assert BY["given", "ndcg@20"]["against"] == "popularity"
    assert "regression to the mean" in BY["rating", "rmse"]["title"]
    assert set(BY["given", "rmse"]["bins"][0]["models"]) == {"mean", "bias"}
    assert set(BY["given", "ndcg@20"]["bins"][0]["models"]) == set(MODELS)


@pytest.mark.parametrize("by", ["given", "popularity", "rating"])
def test_slices_add_up_to_the_whole(by):
    bins = BY[by, "rmse"]["bins"]
    assert sum(one["n"] for one in bins) == TEST.hidden.nnz
    for label in ("mean", "bias"):
        total = sum(one["n"] * one["models"][label]["value"] ** 2 for one in bins)
        assert total == pytest.approx(RESULTS[label].errors.squared.sum())


def inside(label, values):
    """Return where values are in what a label says."""
    words = label.split()
    if label.startswith("items nobody"):
        return values == 0
    return (values >= float(words[0])) & (values <= (np.inf if "more" in words else float(words[-1])))


@pytest.mark.parametrize("by", ["given", "popularity", "rating", "genre"])
def test_every_group_holds_what_its_name_says(by):
    hidden, rows = TEST.hidden, row_of(TEST.hidden)
    facts = {
        "given": np.diff(TEST.seen.indptr)[rows],
        "popularity": COUNTS[hidden.indices],
        "rating": hidden.data,
    }
    error = np.square(RESULTS["bias"].predicted.astype(float) - hidden.data)
    for one in BY[by, "rmse"]["bins"]:
        if by == "genre":
            mask = np.array([one["label"] in GENRES[col] for col in hidden.indices])
        else:
            mask = inside(one["label"], facts[by])
        assert one["n"] == mask.sum() > 0
        assert one["people"] == len(np.unique(rows[mask]))
        assert one["models"]["bias"]["value"] == pytest.approx(np.sqrt(error[mask].mean()))
        if one["people"] >= 10:
            assert one["models"]["bias"]["low"] < one["models"]["bias"]["value"] < one["models"]["bias"]["high"]
            assert one["models"]["mean"]["difference_low"] <= one["models"]["mean"]["difference_high"]


def test_a_group_of_all_ratings_has_the_interval_of_the_table():
    result = RESULTS["bias"]
    (ends,) = ratio_intervals([Ratio(result.errors.squared, result.errors.n)], seed=0)
    genres = tuple(("All", "Odd") if col % 2 else ("All",) for col in range(60))
    told = slices_of(SPLIT, {"bias": result}, COUNTS, genres=genres)[2]["bins"][0]
    assert (told["label"], told["n"]) == ("All", TEST.hidden.nnz)
    found = [told["models"]["bias"][end] for end in ("low", "high")]
    assert found == pytest.approx(np.sqrt(ends).tolist(), rel=1e-5)


def test_lists_are_told_apart_by_how_much_is_known_of_the_person():
    given, liked = np.diff(TEST.seen.indptr), (TEST.hidden.toarray() >= 4).sum(1)
    for one in BY["given", "ndcg@20"]["bins"]:
        rows = np.flatnonzero(inside(one["label"], given) & (liked > 0))
        assert (one["people"], one["n"]) == (len(rows), liked[rows].sum())
        lists = RESULTS["popularity"].lists["ndcg@20"]
        assert one["models"]["popularity"]["value"] == pytest.approx(lists[rows].mean())


def test_of_people_whom_training_knows_it_is_their_activity():
    known = Split(train=X, valid=TEST, test=TEST, full=X, kind="random", scale=(1.0, 5.0))
    assert {one["by"] for one in slices_of(known, RESULTS, COUNTS)} == {"activity", "popularity", "rating"}


def test_hidden_likes_found_by_popularity_of_the_item():
    """Lists of 20 that hold the same 20 items for everybody find all likes of those and none of others."""
    liked = TEST.hidden.data >= 4
    found = {"top": np.where(liked, TEST.hidden.indices >= 40, -1).astype(np.int8)}
    told = {one["metric"]: one for one in slices_of(SPLIT, RESULTS, COUNTS, found=found) if one["by"] == "popularity"}
    total = 0
    for one in told["recall_all@20"]["bins"]:
        mask = inside(one["label"], COUNTS[TEST.hidden.indices]) & liked
        assert one["n"] == mask.sum()
        assert one["models"]["top"]["value"] == pytest.approx((TEST.hidden.indices[mask] >= 40).mean())
        total += one["n"]
    assert total == liked.sum()


def test_folds_together_weigh_every_rating_once():
    answers = answers_of(TEST, RESULTS, COUNTS, scale=SPLIT.scale)
    twice = join_answers([(answers, TEST.user_ids), (answers, TEST.user_ids + 1000)])
    one, two = (slice_answers(part, new_people=True)[3]["bins"] for part in (answers, twice))
    assert [group["n"] * 2 for group in one] == [group["n"] for group in two]
    for a, b in zip(one, two, strict=True):
        assert a["models"]["bias"]["value"] == pytest.approx(b["models"]["bias"]["value"])
        assert b["models"]["bias"]["high"] < a["models"]["bias"]["high"]
    same = slice_answers(join_answers([(answers, TEST.user_ids)] * 2), new_people=True)[3]["bins"]
    for a, b in zip(one, same, strict=True):  # the same people again tell nothing new
        assert a["people"] == b["people"]
        assert a["models"]["bias"]["high"] == pytest.approx(b["models"]["bias"]["high"])


def test_of_many_people_heaps_are_drawn_which_say_the_same(monkeypatch):
    monkeypatch.setattr(module, "MOST_UNITS", 20)
    heaps = module._units(80, 0)
    assert np.bincount(heaps).tolist() == [4] * 20
    drawn = slices_of(SPLIT, RESULTS, COUNTS, genres=GENRES, against=("bias", "popularity"))
    for one, other in zip(SLICES, drawn, strict=True):
        for group, same in zip(one["bins"], other["bins"], strict=True):
            assert (group["label"], group["n"], group["people"]) == (same["label"], same["n"], same["people"])
            for label, told in group["models"].items():
                assert told["value"] == pytest.approx(same["models"][label]["value"], abs=1e-6)
    widths = [
        [np.log(group["models"]["bias"]["high"] / group["models"]["bias"]["low"]) for group in told[3]["bins"]]
        for told in (SLICES, drawn)
    ]
    assert np.mean(widths[1]) == pytest.approx(np.mean(widths[0]), rel=0.3)


def test_where_there_is_nothing_to_tell_apart_there_is_no_slice():
    cells = Cells(*(np.zeros(3, np.int32) for _ in range(2)), np.full(3, 4, np.float32), *(np.ones(3, np.int32),) * 2)
    lists = {"a": np.full(1, np.nan)}
    answers = Answers(
        cells, {"a": cells.actual}, np.ones(1, np.int32), np.zeros(1, np.int32), np.zeros(1, int), lists, {}
    )
    assert slice_answers(answers, new_people=True, genres=((),)) == []


def test_a_scatter_counts_every_prediction_once():
    actual, predicted = TEST.hidden.data, RESULTS["bias"].predicted
    told = scatter_of("bias", actual, predicted, scale=(1, 5))
    assert (told["model"], told["actual"], len(told["bins"])) == ("bias", [1, 2, 3, 4, 5], 25)
    for level, counts, mean in zip(told["actual"], told["counts"], told["mean"], strict=True):
        mine = predicted[actual == level].astype(float)
        np.testing.assert_array_equal(counts, np.histogram(mine, told["bins"])[0])
        assert mean == pytest.approx(mine.mean())
    assert np.sum(told["counts"]) == len(actual)


def test_a_scatter_of_a_scale_with_many_values_has_steps_and_keeps_what_lies_outside():
    actual = np.random.default_rng(0).uniform(-10, 10, 1000).astype(np.float32)
    told = scatter_of("m", actual, 3 * actual, scale=(-10, 10))
    assert len(told["actual"]) == 10
    assert np.sum(told["counts"]) == 1000
    assert told["counts"][0][0] == sum(told["counts"][0]) > 50
