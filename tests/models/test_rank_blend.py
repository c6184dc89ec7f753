"""RankBlend: weights from the right lists, sums written out, what its members are worth alone, second fits, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste import arrays
from foretaste.arrays import as_csr, ones
from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.fitting import fit_entry
from foretaste.metrics.ranking import ndcg
from foretaste.models import MODELS, CosineKnn, Ease, Popularity, RankBlend, rank_blend
from foretaste.models.blend import Part, best_part
from foretaste.models.list_weights import search_weights, standardise
from foretaste.models.stacking import set_aside
from foretaste.ranking import rank
from foretaste.split import Holdout, Split
from foretaste.training.watch import Progress, Watch


def clicks(rows=90, items=40, seed=0):
    """Return clicks by taste: four groups of items, some people who like one, some who like two; one row empty."""
    rng = np.random.default_rng(seed)
    group = np.arange(items) % 4
    taste = rng.integers(0, 4, rows)
    liked = (group == taste[:, None]) | ((group == (taste[:, None] + 1) % 4) & (rng.random((rows, 1)) < 0.3))
    stored = rng.random((rows, items)) < np.where(liked, 0.6, 0.04) * (0.4 + 0.6 * rng.random(items))
    stored[5] = False
    return as_csr(sparse.csr_array(stored.astype(np.float32)))


X = clicks()
SEEN, HIDDEN = set_aside(X, 0.25, 9)
NEW = clicks(rows=7, seed=4)
NAMES = ("popularity", "cosine_knn", "ease")
TRIO = {"members": NAMES, "settings": ("cosine_knn.neighbours=3", "cosine_knn.exponent=0.5", "ease.l2=20")}
CHOOSE = Watch(holdout=(SEEN, HIDDEN))


def alone(matrix=SEEN):
    """Return the members of TRIO fitted by hand."""
    return [model.fit(matrix) for model in (Popularity(), CosineKnn(neighbours=3, exponent=0.5), Ease(l2=20))]


def standard(models, seen):
    return np.stack([standardise(model.score(seen), seen) for model in models])


def asked(hidden=HIDDEN):
    return np.flatnonzero(np.diff(hidden.indptr))


def found_by_hand(models, seen=SEEN, hidden=HIDDEN):
    rows = asked(hidden)
    return search_weights([(standard(models, seen[rows]), seen[rows], hidden[rows])], len(models))


def worth(model, rows=None):
    rows = asked() if rows is None else rows
    return ndcg(rank(model.score(SEEN[rows]), SEEN[rows], 100), HIDDEN[rows]).mean()


# Weights and scores


def test_scores_are_the_weighted_sum_in_deviations_and_weights_make_the_best_lists_of_the_holdout():
    blend, members = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE), alone()
    weights = found_by_hand(members)
    np.testing.assert_allclose(blend.weights_, weights, atol=1e-6)
    assert blend.weights_.sum() == pytest.approx(1)
    wanted = np.tensordot(weights, standard(members, NEW), axes=1)
    np.testing.assert_allclose(blend.score(NEW), wanted, atol=1e-4)


def test_it_is_no_worse_on_the_holdout_than_any_member_or_equal_weights():
    blend, members = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE), alone()
    equal = RankBlend(**TRIO, weights=(1 / 3,) * 3).fit(SEEN)
    assert worth(blend) >= max(map(worth, (*members, equal))) - 1e-9


def test_ratings_of_the_holdout_are_clicks_whatever_their_values():
    other = as_csr(HIDDEN * np.float32(3))
    first, second = (RankBlend(**TRIO).fit(SEEN, watch=Watch(holdout=(SEEN, h))) for h in (HIDDEN, other))
    np.testing.assert_array_equal(first.weights_, second.weights_)


def test_given_weights_are_taken_and_members_are_measured_where_there_is_a_holdout():
    weights = (0.25, 0.25, 0.5)
    plain = RankBlend(**TRIO, weights=weights).fit(X)
    wanted = np.tensordot(np.array(weights), standard(alone(X), NEW), axes=1)
    np.testing.assert_allclose(plain.score(NEW), wanted, atol=1e-4)
    assert [part.ndcg for part in plain.parts] == [None] * 3
    watched = RankBlend(**TRIO, weights=weights).fit(SEEN, watch=CHOOSE)
    assert watched.weights_.tolist() == list(weights)
    assert [part.ndcg for part in watched.parts] == pytest.approx([worth(model) for model in alone()])


def test_without_a_holdout_a_share_is_set_aside_and_members_are_fitted_on_all_in_the_end():
    blend = RankBlend(**TRIO, share=0.25, seed=9).fit(X)
    np.testing.assert_allclose(blend.weights_, found_by_hand(alone()), atol=1e-6)
    for label, model in zip(NAMES, alone(X), strict=True):
        if label in blend.members_ and blend.weights_[NAMES.index(label)]:
            np.testing.assert_array_equal(blend.members_[label].score(NEW), model.score(NEW))
    assert (blend.n_items_, blend.stopped_) == (X.shape[1], "finished")


def test_a_plain_fit_watches_its_members_by_the_clicks_set_aside(monkeypatch):
    """What a member may stop by, or choose a penalty by: minus the NDCG@100 of what was taken from the rows."""
    wanted, values, fit = worth(alone()[2]), [], Ease.fit

    def spy(self, X_, *, watch=None):
        fit(self, X_, watch=watch)
        values.append(None if watch.measure is None else watch.measure(self))
        return self

    monkeypatch.setattr(Ease, "fit", spy)
    RankBlend(**TRIO, share=0.25, seed=9).fit(X)
    assert values[0] == pytest.approx(-wanted)
    assert values[1:] in ([None], [])  # the second fit chooses nothing


def test_where_nobody_has_two_clicks_weights_are_equal():
    single = as_csr(sparse.csr_array(([1.0, 1, 1], ([0, 1, 2], [0, 1, 1]))))
    blend = RankBlend(members=["popularity", "ease"], settings=["ease.l2=1"]).fit(single)
    assert blend.weights_.tolist() == [0.5, 0.5]
    assert [part.ndcg for part in blend.parts] == [None, None]


def test_where_nobody_hides_anything_weights_are_equal():
    nothing = as_csr(sparse.csr_array(SEEN.shape, dtype=np.float32))
    blend = RankBlend(**TRIO).fit(SEEN, watch=Watch(holdout=(SEEN, nothing)))
    assert blend.weights_ == pytest.approx([1 / 3] * 3)
    assert best_part(blend.parts) is None


def test_of_many_people_a_seeded_sample_is_asked(monkeypatch):
    monkeypatch.setattr(rank_blend, "CELLS", 40 * 3 * 10)
    blend = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE)
    rows = blend._asked(HIDDEN)
    assert len(rows) == 10
    assert set(rows) < set(asked())
    assert [part.ndcg for part in blend.parts] == pytest.approx([worth(model, rows) for model in alone()])


def test_blocks_of_people_make_no_difference(monkeypatch):
    whole = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 40 * 4 * 7)
    parts = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE)
    np.testing.assert_array_equal(parts.weights_, whole.weights_)
    assert [part.ndcg for part in parts.parts] == pytest.approx([part.ndcg for part in whole.parts])


def test_chosen_cells_are_scored_as_all_are_block_by_block_in_any_order(monkeypatch):
    blend = RankBlend(**TRIO, weights=(0.2, 0.3, 0.5)).fit(X)
    rng = np.random.default_rng(0)
    rows, cols = rng.integers(0, X.shape[0], 300), rng.integers(0, X.shape[1], 300)
    wanted = blend.score(X)[rows, cols]
    np.testing.assert_allclose(blend.predict(X, rows, cols), wanted, atol=1e-6)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 40 * 4 * 7)
    np.testing.assert_allclose(blend.predict(X, rows, cols), wanted, atol=1e-6)
    assert blend.predict(X, [], []).shape == (0,)


def test_the_unit_of_a_member_makes_no_difference(monkeypatch):
    before = RankBlend(**TRIO, weights=(0.2, 0.3, 0.5)).fit(X).score(NEW)
    score = Popularity._score
    monkeypatch.setattr(Popularity, "_score", lambda self, rows: 5 + 1000 * score(self, rows))
    np.testing.assert_allclose(RankBlend(**TRIO, weights=(0.2, 0.3, 0.5)).fit(X).score(NEW), before, atol=1e-4)


def test_a_member_of_no_weight_is_not_asked(monkeypatch):
    blend = RankBlend(**TRIO, weights=(0, 0.5, 0.5)).fit(X)
    monkeypatch.setattr(Popularity, "_score", lambda *_: pytest.fail("asked"))
    assert np.isfinite(blend.score(NEW)).all()


# What it says of itself


def test_parts_say_how_good_each_member_was_at_lists():
    blend = RankBlend(**TRIO).fit(SEEN, watch=CHOOSE)
    assert [part.label for part in blend.parts] == list(NAMES)
    np.testing.assert_allclose([part.weight for part in blend.parts], blend.weights_)
    assert [part.ndcg for part in blend.parts] == pytest.approx([worth(model) for model in alone()])
    assert [part.rmse for part in blend.parts] == [None] * 3
    assert best_part(blend.parts) == max(blend.parts, key=lambda part: part.ndcg).label
    loaded = RankBlend.from_arrays(blend.params, blend.arrays())
    assert [(part.weight, part.ndcg) for part in loaded.parts] == [(part.weight, None) for part in blend.parts]


def test_of_lists_the_higher_part_is_best_and_of_errors_the_lower():
    assert best_part([Part("a", 0.5, ndcg=0.2), Part("b", 0.5, ndcg=0.3)]) == "b"
    assert best_part([Part("a", 0.5, rmse=0.2), Part("b", 0.5, rmse=0.3)]) == "a"
    assert best_part([Part("a", 0.5), Part("b", 0.5)]) is None


def test_it_ranks_and_is_an_autoencoder_if_a_member_is():
    assert RankBlend.task == "ranking"
    assert not RankBlend.space
    assert [RankBlend(members=names).autoencoder for names in (["ials", "popularity"], ["ials", "ease"])] == [
        False,
        True,
    ]
    assert RankBlend(**TRIO, weights=(0.5, 0.5, 0)).fit(X).autoencoder is False


def test_progress_says_which_member_it_is():
    told: list[Progress] = []
    settings = ["ials.epochs=2", "ials.latent=2", "ials#2.epochs=1", "ials#2.latent=2"]
    RankBlend(members=["ials", "ease", "ials"], settings=settings).fit(SEEN, watch=replace(CHOOSE, report=told.append))
    assert list(dict.fromkeys(step.part for step in told if step.part.startswith("ials"))) == ["ials", "ials#2"]


# A fit on more data


def test_a_second_fit_keeps_weights_and_what_members_chose():
    settings = TRIO["settings"][:2]  # the penalty of ease is chosen on validation
    watch = replace(CHOOSE, measure=lambda model: -float(worth(model)))
    blend = RankBlend(members=NAMES, settings=settings).fit(SEEN, watch=watch)
    again = blend.refit_params()
    weights = dict(zip(NAMES, blend.weights_, strict=True))
    assert set(again.members) == {label for label, weight in weights.items() if weight} | {best_part(blend.parts)}
    second = RankBlend(again).fit(X)
    np.testing.assert_allclose(second.weights_, [weights[label] for label in again.members], rtol=1e-6)
    l2 = blend.members_["ease"].refit_params().l2
    assert l2 > 0
    assert second.members_["ease"].params.l2 == l2
    assert second.refit_params() == again


def test_a_comparison_chooses_on_validation_people_and_fits_on_all():
    train, valid, test = (
        X[a:b] if b - a > 30 else Holdout(*set_aside(X[a:b], 0.4, 1), np.arange(b - a))
        for a, b in ((0, 50), (50, 70), (70, 90))
    )
    split = Split(train, valid, test, X[:70], "new-users", (1.0, 1.0))
    line = fit_entry(Entry("rank_blend", TRIO), split)
    weights = found_by_hand(alone(train), valid.seen, valid.hidden)
    assert [part.weight for part in line.parts] == pytest.approx(weights.tolist())
    wanted = np.tensordot(weights, standard(alone(X[:70]), NEW), axes=1)
    np.testing.assert_allclose(line.model.score(NEW), wanted, atol=1e-4)
    assert (line.valid_rmse, line.order) == (None, None)
    rows = asked(valid.hidden)
    z = np.tensordot(weights, standard(alone(train), valid.seen[rows]), axes=1)
    lists = ndcg(rank(z.astype(np.float32), valid.seen[rows], 100), valid.hidden[rows])
    assert line.valid_ndcg == pytest.approx(lists.mean(), abs=1e-6)
    assert line.best_member is line.model.members_[best_part(line.parts)]


def test_what_the_watch_knows_is_not_fitted_again(monkeypatch):
    ease = Ease(l2=20).fit(SEEN)
    monkeypatch.setattr(Ease, "fit", lambda *_, **__: pytest.fail("fitted again"))
    blend = RankBlend(**TRIO).fit(SEEN, watch=replace(CHOOSE, known=lambda model: {"ease": ease}.get(model.name)))
    assert blend.members_["ease"] is ease


def test_the_forecast_has_room_for_all_members():
    parts = [model.forecast(X) for model in (Popularity(), CosineKnn(neighbours=3, exponent=0.5), Ease(l2=20))]
    need = RankBlend(**TRIO, weights=(0.2, 0.3, 0.5)).forecast(X)
    assert need.parameters == sum(part.parameters for part in parts) + 4 * (3 + X.shape[1])  # weights, and counts
    assert need.new >= max(part.new for part in parts)
    assert RankBlend(**TRIO).forecast(X).new > need.new


# What is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"members": ()}, "members names no model\nhint: for example members="),
        ({"members": ["ease", "bias"]}, "bias predicts ratings and cannot be a member\nhint: members can be: cosine_knn, "),
        ({"members": ["ease", "rank_blend"]}, "rank_blend is made of other models and cannot be a member\nhint: "),
        ({"members": ["ease", "two_heads"]}, "two_heads is made of other models and cannot be a member\nhint: "),
        ({"members": ["ease"], "weights": [0.5, 0.5]}, "weights are 2, expected 1: one for each member"),
        ({"members": ["ease", "ials"], "weights": [0.9, 0.9]}, "weights add up to 1.8, expected 1"),
        ({"members": ["ease"], "settings": ["ials.latent=3"]}, '"ials.latent=3" is about the member "ials", and there is none'),
        ({"members": ["ease"], "penalty": 1.0}, 'RankBlend has no setting "penalty"'),
        ({"share": 0.0}, "share is 0, expected a share between 0 and 1"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_when_it_is_built(settings, words):
    with pytest.raises(ParamsError) as caught:
        RankBlend(**settings)
    assert str(caught.value).startswith(words)


def test_no_composed_model_and_none_that_rates_is_offered_as_a_member():
    with pytest.raises(ParamsError) as caught:
        RankBlend(members=["mean"])
    offered = set(str(caught.value.hint).removeprefix("members can be: ").split(", "))
    assert offered == {name for name, kind in MODELS.items() if kind.task == "ranking"} - {"rank_blend"}


def test_clicks_of_a_row_do_not_depend_on_their_values():
    blend = RankBlend(**TRIO, weights=(0.2, 0.3, 0.5)).fit(X)
    rated = as_csr(NEW * np.float32(4))
    np.testing.assert_array_equal(blend.score(rated), blend.score(ones(rated)))


def test_members_that_try_penalties_can_be_watched_by_the_caller_alone():
    """What is on trial has scores and nothing else; a blend once asked it whether it knows its rows."""
    rng = np.random.default_rng(0)
    X = as_csr(sparse.csr_array((rng.random((250, 40)) < 0.2).astype(np.float32)))
    model = RankBlend(members=["ease", "popularity"]).fit(X, watch=lambda _: 0.0)
    assert np.isfinite(model.score(X)).all()
