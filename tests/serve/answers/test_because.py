"""Explanations of whole lists: those of `explain`, item by item, in one go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.arrays import as_csr
from foretaste.errors import InputError
from foretaste.explanation import explain
from foretaste.influence import drop_one
from foretaste.models import AutoRec, BiasedMf, Ease, Ials, ItemAutoRec, Mean, RankBlend, TwoHeads
from foretaste.serve.answers import because as module
from foretaste.serve.answers.because import because, effects_on
from tests.explaining import Tally, linear, row_of
from tests.laws.test_explanation_law import SPLIT, bundle, every_bundle, somebody

ITEMS = SPLIT.train.shape[1]


@every_bundle
def test_it_is_what_explain_says_of_each_item(name, like):
    loaded, mine = bundle(name, like), somebody()
    row, _ = loaded.row(mine)
    cols = loaded.rank_rows(row, 5)[0].cols[0]
    found = because(loaded, row, cols, most=len(mine))
    ids = loaded.catalog.item_ids
    for col, reasons in zip(cols.tolist(), found, strict=True):
        told = explain(loaded, mine, ids[col], push=False)
        wanted = {e.item_id: e.on_list if told.arranges else e.effect for e in told.effects}
        got = {ids[reason.col]: reason.effect for reason in reasons}
        assert got == pytest.approx({item: value for item, value in wanted.items() if item in got}, rel=1e-4, abs=2e-5)
        assert all(abs(value) < 2e-5 for item, value in wanted.items() if item not in got)
        assert {reason.col: reason.rating for reason in reasons}.items() <= dict(
            zip(row.indices.tolist(), row.data.tolist(), strict=True)
        ).items()
        strength = [abs(reason.effect) for reason in reasons]
        assert strength == sorted(strength, reverse=True)


def test_the_three_strongest_are_named_with_their_signs():
    weights = np.zeros((6, 6), np.float32)
    weights[:4, 5] = 0.5, -2, 1, -0.25
    weights[:4, 4] = 0, 0, 0, 3
    loaded = bundle("ease")
    row = row_of({0: 5, 1: 1, 2: 3, 3: 4})
    mine = type(loaded)(linear(weights), loaded.catalog.only(loaded.catalog.item_ids[:6]), None, (1.0, 5.0))
    first, second = because(mine, as_csr(row[:, :6]), np.array([5, 4]))
    assert [(reason.col, reason.rating, reason.effect) for reason in first] == [(1, 1, -2), (2, 3, 1), (0, 5, 0.5)]
    assert [(reason.col, reason.effect) for reason in second] == [(3, 3)]  # what does nothing is not named


@given(st.lists(st.integers(5, 50), min_size=1, max_size=5))
def test_ratings_are_told_as_they_were_given(tenths):
    loaded, ratings = bundle("ease"), [n / 10 for n in tenths]
    weights = np.ones((6, 6), np.float32)
    mine = type(loaded)(linear(weights), loaded.catalog.only(loaded.catalog.item_ids[:6]), None, (0.5, 5.0))
    (reasons,) = because(mine, row_of(dict(enumerate(ratings))), np.array([5]), most=5)
    assert {reason.col: reason.rating for reason in reasons} == dict(enumerate(ratings))


def test_whoever_has_rated_nothing_is_told_nothing():
    for name in ("autorec", "ease", "two_heads", "popularity"):
        loaded = bundle(name)
        assert because(loaded, loaded.row({})[0], np.array([3, 1])) == [[], []]
        assert because(loaded, loaded.row(somebody())[0], np.array([], dtype=np.int32)) == []


def test_the_work_is_done_in_blocks_of_bounded_size(monkeypatch):
    loaded = bundle("autorec")
    row, _ = loaded.row(somebody())
    whole = effects_on(loaded.model, row, np.array([2, 3]))
    monkeypatch.setattr(module, "rows_at_once", lambda _: 3)
    parts = effects_on(loaded.model, row, np.array([2, 3]))
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_allclose(whole[1], parts[1], atol=1e-5)


def test_a_prediction_beyond_the_scale_does_not_hide_effects():
    model, row = Tally.of(np.ones((6, 6))), row_of({0: 5, 3: 5, 4: 5})
    assert model.predict(row, [0], [1]) == 5
    found = effects_on(model, row, np.array([1, 2]))[1]
    np.testing.assert_allclose(found, 2, atol=1e-5)  # of a sum of 9.1
    np.testing.assert_allclose(found[:, 0], drop_one(model, row, 1).effects, atol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        AutoRec(widths=[16], epochs=40, learning_rate=0.01),
        BiasedMf(latent=3),
        Ials(latent=4, l2=0.003, fall=0.1),
        TwoHeads(ranker="ease", rater="bias", stars=0.3),
        RankBlend(members=["ease", "popularity"], weights=[0.7, 0.3]),
        TwoHeads(ranker="elsa", rater="mean", settings=["ranker.latent=4"]),
        Mean(),
    ],
    ids=lambda model: model.name,
)
def test_of_many_ratings_those_are_left_out_that_promise_to_matter(model, monkeypatch):
    model.fit(SPLIT.train)
    row = SPLIT.train[[int(np.diff(SPLIT.train.indptr).argmax())]]
    cols = np.setdiff1d(np.arange(ITEMS), row.indices)[:3]
    every, wanted = effects_on(model, row, cols)
    assert len(every) == row.nnz > 15
    monkeypatch.setattr(module, "MOST", 8)
    entries, effects = effects_on(model, row, cols)
    assert (np.diff(entries) > 0).all()
    assert len(entries) == 8
    np.testing.assert_allclose(effects, wanted[entries], atol=1e-5)
    if wanted.any():
        kept, total = np.abs(effects).sum(), np.abs(wanted).sum()
        assert kept / total > 8 / row.nnz  # more than as many at random would have


def test_of_a_very_long_row_fewer_are_left_out_so_that_the_work_is_bounded(monkeypatch):
    model = AutoRec(widths=[16], epochs=1).fit(SPLIT.train)
    row = SPLIT.train[[int(np.diff(SPLIT.train.indptr).argmax())]]
    every, wanted = effects_on(model, row, np.array([0, 1]))
    for work, rows in ((5 * row.nnz, 5), (6 * row.nnz - 1, 5), (1, module.SHOWN), (10**9, row.nnz)):
        monkeypatch.setattr(module, "WORK", work)
        entries, effects = effects_on(model, row, np.array([0, 1]))
        assert len(entries) == rows <= len(every)
        np.testing.assert_allclose(effects, wanted[entries], atol=1e-5)


def test_additive_models_are_asked_for_all_of_many(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    loaded = bundle("edlae")
    row, _ = loaded.row(somebody())
    entries, effects = effects_on(loaded.model, row, np.array([1, 2]))
    assert len(entries) == len(effects) == row.nnz > 2


def test_models_that_know_their_own_rows_only_are_refused_with_words():
    model = ItemAutoRec(widths=[4], epochs=1).fit(SPLIT.train)
    with pytest.raises(InputError, match="cannot say what it would predict without one"):
        effects_on(model, SPLIT.train[[0]], np.array([0]))


def test_effects_of_a_linear_model_are_its_weights():
    model = Ease(l2=3).fit(SPLIT.train)
    row = SPLIT.train[[2]]
    np.testing.assert_allclose(effects_on(model, row, np.array([0, 9]))[1], model.weights_[row.indices][:, [0, 9]])
