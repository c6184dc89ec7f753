"""TwoHeads: what each head sees, the order by hand, the stars of the rater, second fits, Ctrl-C, and what is refused."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, ones, pick
from foretaste.errors import BundleError, InputError, NotFittedError, ParamsError, ShapeError
from foretaste.metrics.ranking import ndcg
from foretaste.models import MODELS, Bias, BiasedMf, Ease, Popularity, TwoHeads, two_heads
from foretaste.models.list_weights import share_worth, standardise
from foretaste.models.stacking import set_aside
from foretaste.models.two_heads import SHARES, RankerAlone
from foretaste.order import choose_order
from foretaste.ranking import rank
from foretaste.training.watch import Progress, Watch


def world(rows=70, items=30, seed=0):
    """Return ratings 1 to 5 by taste, the last three items never liked, one row empty."""
    rng = np.random.default_rng(seed)
    taste = rng.integers(0, 3, rows)[:, None] == np.arange(items) % 3
    stored = rng.random((rows, items)) < np.where(taste, 0.6, 0.2)
    stored[5] = False
    rating = np.where(taste, rng.integers(3, 6, (rows, items)), rng.integers(1, 5, (rows, items)))
    rating[:, -3:] = np.minimum(rating[:, -3:], 3)
    return as_csr(sparse.csr_array((rating * stored).astype(np.float32)))


X = world()
SEEN, HIDDEN = set_aside(X, 0.3, 9)
NEW = world(rows=8, seed=4)
PAIR = {"ranker": "ease", "rater": "bias", "settings": ("ranker.l2=10", "rater.damping_user=2")}
CHOOSE = Watch(holdout=(SEEN, HIDDEN))


def liked(matrix, like=4.0):
    return ones(pick(matrix, matrix.data >= like))


def columns(matrix):
    return np.flatnonzero(liked(matrix).toarray().any(0))


def alone(matrix=X):
    """Return the heads of PAIR fitted by hand, and the ranker's scores of NEW."""
    ranker = Ease(l2=10).fit(liked(matrix)[:, columns(matrix)])
    known = ranker.appeal(liked(NEW)[:, columns(matrix)])
    whole = np.repeat(known.min(1, keepdims=True), NEW.shape[1], axis=1)
    whole[:, columns(matrix)] = known
    return Bias(damping_user=2).fit(matrix), whole


# What each sees, and what comes of it


def test_the_ranker_learns_from_likes_alone_and_the_rater_from_all_ratings():
    """Item 0 is rated by all and liked by nobody, item 1 liked by all, item 2 by one."""
    few = as_csr(sparse.csr_array([[1.0, 5, 4, 0], [2, 5, 0, 3], [1, 4, 3, 0]]))
    pair = TwoHeads(ranker="popularity", rater="mean").fit(few)
    assert pair.cols_.tolist() == [1, 2]
    assert pair.ranker_.count_.tolist() == [3, 1]
    assert pair.ranker_.scale_.tolist() == [1, 1]
    assert pair.rater_.mean_[0] == pytest.approx(few.data.mean())
    assert pair.likes(few).toarray().tolist() == [[0, 1, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0]]
    assert pair.ranked(pair.likes(few)).tolist() == [[1, 3, 1, 1]] * 3  # what nobody likes stands with the last
    nobody = sparse.csr_array((1, 4))
    assert (
        rank(pair.appeal(nobody), nobody, 4).cols[0, 0] == 0
    )  # the list of who likes nothing is the rater's: by evidence


def test_ratings_below_a_like_change_the_stars_and_not_the_order():
    lower = NEW.copy()
    lower.data[lower.data < 4] = 1
    pair = TwoHeads(**PAIR, stars=0).fit(X)
    np.testing.assert_array_equal(pair.ranked(pair.likes(lower)), pair.ranked(pair.likes(NEW)))
    np.testing.assert_array_equal(pair.appeal(lower), pair.appeal(NEW))
    assert not np.allclose(pair.score(lower), pair.score(NEW))


@pytest.mark.parametrize("stars", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("evidence", [0.0, 0.5])
def test_lists_are_sorted_by_both_heads_in_deviations(stars, evidence):
    """The rater's head is what its order makes of its predictions: drawn to a prior where few ratings are behind an item."""
    pair = TwoHeads(**PAIR, stars=stars, evidence=evidence).fit(X)
    rater, order = alone()
    count, prior = (X.toarray() > 0).sum(0), X.data.mean() - 2 * X.data.std()
    believed = count / (count + evidence * (X.shape[0] - 1))  # one row is empty
    drawn = (prior + believed * (rater.score(NEW) - prior)).astype(np.float32)
    share = np.where(np.diff(liked(NEW).indptr) > 0, stars, 1.0)[:, None]  # one row likes nothing
    wanted = (1 - share) * standardise(order, NEW) + share * standardise(drawn, NEW)
    np.testing.assert_allclose(pair.appeal(NEW), wanted, atol=1e-5)
    assert pair.appeal(NEW).dtype == np.float32


def test_the_stars_are_the_raters():
    pair, (rater, _) = TwoHeads(**PAIR, stars=0.5).fit(X), alone()
    np.testing.assert_array_equal(pair.score(NEW), rater.score(NEW))
    rows, cols = [3, 0, 7], [1, 29, 4]
    np.testing.assert_array_equal(pair.predict(NEW, rows, cols), rater.predict(NEW, rows, cols))
    assert pair.task == "rating"


def test_the_ranker_by_itself_lists_as_the_pair_without_stars():
    pair = TwoHeads(**PAIR, stars=0.5).fit(X)
    np.testing.assert_array_equal(RankerAlone(pair).appeal(NEW), alone()[1])


@pytest.mark.parametrize(("scale", "like", "first"), [((1, 5), None, 4), ((0.5, 5), None, 3.875), ((-10, 10), None, 5),
                                                      ((1, 5), 3, 3), ((1, 5), 5, 5), ((2, 2), None, 2)])  # fmt: skip
def test_a_like_begins_three_quarters_up_the_scale_or_where_it_is_said(scale, like, first):
    values = np.linspace(*scale, 9, dtype=np.float32)
    row = as_csr(sparse.csr_array((values, (np.zeros(9, int), np.arange(9))), shape=(1, 9)))
    pair = TwoHeads(ranker="popularity", rater="mean", like=like).fit(row)
    assert pair.like_[0] == np.float32(first)
    assert pair.cols_.tolist() == np.flatnonzero(values >= first).tolist()


@pytest.mark.parametrize("unit", [0.06, 0.12])
def test_a_like_is_one_though_float32_rounds_it(unit):
    values = (np.arange(1, 6) * unit).astype(np.float32)
    row = as_csr(sparse.csr_array((values, (np.zeros(5, int), np.arange(5))), shape=(1, 5)))
    pair = TwoHeads(ranker="popularity", rater="mean").fit(row)
    assert values[3] < pair.like_[0]
    assert pair.cols_.tolist() == [3, 4]


def test_settings_go_to_the_head_they_name():
    words = ("ranker.latent=3", "rater.latent=5", "rater.l2=0.5", "ranker.seed=7")
    heads = TwoHeads(ranker="ials", rater="Biased-MF", settings=words, seed=2).unfitted()
    assert heads["ranker"].params == MODELS["ials"].Params(latent=3, seed=7)
    assert heads["rater"].params == BiasedMf.Params(latent=5, l2=0.5, seed=2)


def test_a_head_may_be_a_blend():
    settings = ("ranker.members=[\"popularity\",\"ease\"]", "ranker.settings=[\"ease.l2=10\"]", "ranker.weights=[0.5,0.5]",
                "rater.members=[\"mean\",\"bias\"]")  # fmt: skip
    pair = TwoHeads(ranker="rank_blend", rater="blend", settings=settings).fit(SEEN, watch=CHOOSE)
    assert list(pair.ranker_.members_) == ["popularity", "ease"]
    assert list(pair.rater_.members_) == ["mean", "bias"]
    again = TwoHeads(pair.refit_params()).fit(X)
    np.testing.assert_array_equal(again.ranker_.weights_, [0.5, 0.5])
    np.testing.assert_allclose(
        again.rater_.score(NEW), MODELS["blend"](pair.rater_.refit_params()).fit(X).score(NEW), atol=1e-5
    )
    loaded = TwoHeads.from_arrays(pair.params, pair.arrays())
    np.testing.assert_array_equal(loaded.appeal(NEW), pair.appeal(NEW))


# What is chosen


def standardised(pair):
    """Return both heads' block on the holdout, of people who like something hidden."""
    rows = np.flatnonzero(np.diff(liked(HIDDEN).indptr))
    seen = SEEN[rows]
    z, t = pair.ranked(liked(seen)), pair.order_.apply(pair.rater_.score(seen))
    return np.stack([standardise(z, seen), standardise(t, seen)]), seen, liked(HIDDEN)[rows]


def test_the_share_of_the_stars_is_that_of_the_holdout():
    pair = TwoHeads(**PAIR).fit(SEEN, watch=CHOOSE)
    assert pair.stars_[0] == np.float32(share_worth([standardised(pair)], SHARES))


def test_stars_that_know_better_count_and_stars_of_noise_do_not(monkeypatch):
    truth, rng = HIDDEN.toarray(), np.random.default_rng(0)
    noise = rng.random(truth.shape).astype(np.float32)
    for values, counts in ((np.where(truth > 0, truth, 1), True), (noise, False)):
        rows = {SEEN[row].toarray().tobytes(): values[row] for row in range(len(values))}
        by_row = lambda _, asked: np.stack([rows[asked[row].toarray().tobytes()] for row in range(asked.shape[0])])  # noqa: B023, E731
        monkeypatch.setattr(Bias, "_score", by_row)
        pair = TwoHeads(ranker="popularity", rater="bias").fit(SEEN, watch=CHOOSE)
        assert (pair.stars_[0] > 0) == counts


def test_the_raters_order_is_that_of_the_holdout_or_as_it_is_said():
    pair = TwoHeads(**PAIR).fit(SEEN, watch=CHOOSE)
    wanted = choose_order(Bias(damping_user=2).fit(SEEN), SEEN, SEEN, HIDDEN, scale=(1.0, 5.0))
    assert pair.order_.half == wanted.half
    users = (np.diff(SEEN.indptr) > 0).sum()
    assert pair.refit_params().evidence == pytest.approx(wanted.half / users)
    assert TwoHeads(**PAIR).fit(SEEN).order_.half == pytest.approx(0.1 * users)
    assert TwoHeads(**PAIR, evidence=0.25).fit(SEEN, watch=CHOOSE).order_.half == pytest.approx(0.25 * users)


def test_without_a_holdout_or_where_nobody_likes_what_is_hidden_stars_count_for_nothing():
    low = as_csr(HIDDEN.minimum(as_csr(sparse.csr_array(3 * (HIDDEN.toarray() > 0)))))
    for watch in (None, Watch(holdout=(SEEN, low))):
        assert TwoHeads(**PAIR).fit(SEEN, watch=watch).stars_[0] == 0
    assert TwoHeads(**PAIR, stars=0.25).fit(SEEN, watch=CHOOSE).stars_[0] == np.float32(0.25)


def test_of_many_people_a_seeded_sample_is_asked(monkeypatch):
    monkeypatch.setattr(two_heads, "PEOPLE", 10)
    pair = TwoHeads(**PAIR).fit(SEEN, watch=CHOOSE)
    likes, seen, wanted = pair._asked(SEEN, HIDDEN)
    assert likes.shape == seen.shape == wanted.shape == (10, 30)
    assert (np.diff(wanted.indptr) > 0).all()
    np.testing.assert_array_equal(likes.toarray(), liked(seen).toarray())


def watched(monkeypatch, kind):
    """Return a list that fits of a class put their watch and matrix into."""
    fits, fit = [], kind.fit

    def spy(self, X_, *, watch=None):
        fits.append((X_, watch))
        return fit(self, X_, watch=watch)

    monkeypatch.setattr(kind, "fit", spy)
    return fits


def test_the_ranker_is_watched_by_lists_of_likes_and_the_rater_by_what_the_caller_measures(monkeypatch):
    rankers, raters = watched(monkeypatch, Ease), watched(monkeypatch, Bias)
    TwoHeads(**PAIR).fit(SEEN, watch=replace(CHOOSE, measure=lambda _: 7.0))
    ((_, of_rater),) = raters
    assert (of_rater.measure(None), of_rater.holdout) == (7.0, CHOOSE.holdout)
    ((learnt, of_ranker),) = rankers
    assert of_ranker.known is None
    cols = columns(SEEN)
    people = np.flatnonzero(np.diff(liked(HIDDEN).indptr))
    for given, whole in zip(of_ranker.holdout, (SEEN, HIDDEN), strict=True):
        np.testing.assert_array_equal(given.toarray(), liked(whole)[people][:, cols].toarray())
    np.testing.assert_array_equal(learnt.toarray(), liked(SEEN).toarray()[:, cols])
    popular = Popularity().fit(learnt)
    wanted = as_csr(liked(HIDDEN)[:, cols])
    lists = ndcg(rank(popular.score(learnt), SEEN[:, cols], 100), wanted)  # what was rated low is no answer either
    assert of_ranker.measure(popular) == pytest.approx(-np.nanmean(lists))


def test_somebody_who_likes_only_what_no_list_can_hold_does_not_spoil_the_measure(monkeypatch):
    rankers = watched(monkeypatch, Ease)
    hidden = HIDDEN.tolil()
    row = int(np.flatnonzero((np.diff(SEEN.indptr) > 0) & (SEEN.toarray()[:, 29] == 0))[0])
    hidden[row] = 0
    hidden[row, 29] = 5.0  # nobody likes it in training
    assert 29 not in columns(SEEN)
    assert SEEN[row, 29] == 0
    TwoHeads(**PAIR).fit(SEEN, watch=Watch(holdout=(SEEN, as_csr(hidden.tocsr()))))
    assert -1 < rankers[0][1].measure(Popularity().fit(rankers[0][0])) < 0
    only = as_csr(sparse.csr_array(([5.0], ([row], [29])), shape=SEEN.shape))
    TwoHeads(**PAIR).fit(SEEN, watch=Watch(holdout=(SEEN, only)))
    assert rankers[1][1].measure is None  # nobody is left to choose by


def test_without_a_holdout_the_ranker_is_not_measured_and_the_rater_as_the_caller_says(monkeypatch):
    rankers, raters = watched(monkeypatch, Ease), watched(monkeypatch, Bias)
    TwoHeads(**PAIR).fit(X, watch=lambda _: 3.0)
    assert rankers[0][1].measure is None
    assert raters[0][1].measure(None) == 3


def test_a_rater_that_is_known_is_taken_and_the_ranker_is_asked_for_by_a_name_of_its_own(monkeypatch):
    asked, rater = [], Bias(damping_user=2).fit(SEEN)
    rankers, raters = watched(monkeypatch, Ease), watched(monkeypatch, Bias)
    pair = TwoHeads(**PAIR).fit(
        SEEN,
        watch=replace(CHOOSE, known=lambda head: asked.append(head.name) or (rater if head.name == "bias" else None)),
    )
    assert pair.rater_ is rater
    assert (asked, len(raters), len(rankers)) == (["bias", "likes:ease"], 0, 1)  # the ranker learns from another matrix


def test_progress_says_which_head_it_is():
    told: list[Progress] = []
    settings = ("ranker.latent=2", "ranker.epochs=2", "rater.latent=2", "rater.epochs=2")
    TwoHeads(ranker="ials", rater="biased_mf", settings=settings).fit(X, watch=Watch(report=told.append))
    assert list(dict.fromkeys(step.part for step in told)) == ["rater", "ranker"]


# A fit on more data


def test_a_second_fit_chooses_nothing_again():
    pair = TwoHeads(ranker="ease", rater="biased_mf", settings=("rater.latent=2", "rater.epochs=6"), stars=None)
    losses = iter(range(99))
    pair.fit(SEEN, watch=replace(CHOOSE, measure=lambda _: float(next(losses))))  # the first epoch is best
    again = pair.refit_params()
    assert (again.like, again.stars, again.evidence, again.seed) == (
        4.0, float(pair.stars_[0]), pair.order_.half / (np.diff(SEEN.indptr) > 0).sum(), 0
    )  # fmt: skip
    second = TwoHeads(again)
    heads = second.unfitted()
    assert heads["rater"].params == BiasedMf.Params(latent=2, epochs=1)
    assert heads["ranker"].params == pair.ranker_.refit_params()
    assert heads["ranker"].params.l2 > 0
    second.fit(X)
    np.testing.assert_array_equal(second.rater_.item_, BiasedMf(latent=2, epochs=1).fit(X).item_)
    assert second.refit_params() == replace(again, settings=second.refit_params().settings)
    assert TwoHeads(second.refit_params()).unfitted()["ranker"].params == heads["ranker"].params


def test_where_a_like_begins_does_not_move_when_more_ratings_widen_the_scale():
    narrow = as_csr(sparse.csr_array(np.where(X.toarray() > 1, X.toarray(), 0)))
    pair = TwoHeads(**PAIR).fit(narrow)
    assert pair.like_[0] == np.float32(4.25)
    assert TwoHeads(pair.refit_params()).fit(X).like_[0] == np.float32(4.25)


def test_a_loaded_pair_says_the_same_and_knows_nothing_of_how_it_came_about():
    pair = TwoHeads(**PAIR, stars=0.25).fit(X)
    loaded = TwoHeads.from_arrays(pair.params, pair.arrays())
    for use in (lambda m: m.appeal(NEW), lambda m: m.score(NEW), lambda m: m.predict(NEW, [3], [4])):
        np.testing.assert_array_equal(use(loaded), use(pair))
    assert loaded.refit_params() == pair.params
    assert (loaded.ranker_.n_items_, loaded.n_items_) == (len(columns(X)), X.shape[1])
    assert loaded.rater_.scale_.tolist() == [1, 5]
    assert loaded.ranker_.scale_.tolist() == [1, 1]


def test_it_knows_rows_if_the_rater_does_and_is_an_autoencoder_if_a_head_is():
    known = TwoHeads(ranker="popularity", rater="item_ridge", settings=("rater.latent=2", "rater.epochs=2"))
    assert (known.known_rows, known.autoencoder) == (True, True)
    assert not TwoHeads(**PAIR).known_rows
    assert [TwoHeads(ranker=a, rater="bias").autoencoder for a in ("popularity", "ease")] == [False, True]
    known.fit(SEEN)
    with pytest.raises(InputError, match="is nobody that this item_ridge was fitted on"):
        known.score(NEW)
    scores = known.score(SEEN)
    known.recognise(X)
    np.testing.assert_array_equal(known.score(X), scores)


# Ctrl-C


@pytest.mark.parametrize("kind", [Bias, Ease])
@pytest.mark.parametrize("half", [True, False])
def test_after_ctrl_c_both_heads_are_there_and_it_says_that_it_was_stopped(monkeypatch, kind, half):
    fit = kind.fit

    def stopping(self, X_, *, watch=None):
        out = fit(self, X_, watch=watch)
        os.kill(os.getpid(), signal.SIGINT)
        self.stopped_ = "interrupted" if half else "finished"
        return out

    monkeypatch.setattr(kind, "fit", stopping)
    before = signal.getsignal(signal.SIGINT)
    pair = TwoHeads(**PAIR).fit(SEEN, watch=CHOOSE)
    assert pair.stopped_ == "interrupted"
    assert np.isfinite(pair.appeal(NEW)).all()
    assert signal.getsignal(signal.SIGINT) is before


# Memory


def test_the_forecast_is_the_dearer_fit_beside_what_both_keep():
    few = liked(X)[:, columns(X)]
    ranker, rater = Ease(l2=10).forecast(few), Bias(damping_user=2).forecast(X)
    need = TwoHeads(**PAIR).forecast(X)
    assert need.parameters == ranker.parameters + rater.parameters + 4 * (6 + few.shape[1] + X.shape[1])
    assert need.new >= max(ranker.new, rater.new)
    assert TwoHeads(**PAIR).n_parameters(30, 70) >= 30 * 30 + 60 + 6
    assert TwoHeads(ranker="ease", rater="bias", like=9).forecast(X) == Bias().forecast(X)  # fit says what is wrong


# What is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"settings": ["dropout=0.5"]},
         '"dropout=0.5" is about neither head\nhint: write "ranker.NAME=VALUE" or "rater.NAME=VALUE"'),
        ({"settings": ["edlae.dropout=0.5"]}, '"edlae.dropout=0.5" is about neither head'),
        ({"settings": ["ranker.drop=0.5"]}, 'Edlae has no setting "drop"\nhint: did you mean "dropout"?'),
        ({"settings": ["rater.latent=0"]}, "latent is 0, expected 1 to "),
        ({"settings": ["ranker.dropout"]}, 'cannot read the setting "'),
        ({"ranker": "bias"}, "bias predicts ratings and cannot be a member\nhint: members can be: "),
        ({"rater": "edlae"}, "edlae predicts no ratings and cannot be a member\nhint: members can be: "),
        ({"ranker": "two_heads"}, "two_heads is made of other models and cannot be a member"),
        ({"ranker": "edlea"}, 'there is no model "edlea"\nhint: did you mean "edlae"?'),
        ({"stars": 1.5}, "stars is 1.5, expected 0 to 1"),
        ({"evidence": -1.0}, "evidence is -1, expected at least 0"),
        ({"like": float("inf")}, "like is inf, expected"),
        ({"seed": -1}, "seed is -1, expected"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_when_it_is_built(settings, words):
    with pytest.raises(ParamsError) as caught:
        TwoHeads(**settings)
    assert str(caught.value).startswith(words)


def test_a_like_that_nobody_reaches_is_refused_with_the_scale():
    pair = TwoHeads(**PAIR, like=5.5)
    with pytest.raises(ParamsError) as caught:
        pair.fit(X)
    assert str(caught.value) == "like is 5.5, and no rating is so high\nhint: the ratings go from 1 to 5"
    for use in (pair.appeal, pair.score, pair.likes):
        with pytest.raises(NotFittedError):
            use(NEW)
    with pytest.raises(NotFittedError):
        pair.refit_params()


def test_another_width_is_refused():
    pair = TwoHeads(**PAIR).fit(X)
    for use in (pair.appeal, pair.recognise):
        with pytest.raises(ShapeError, match="the matrix has 4 columns, expected 30 as in fit"):
            use(sparse.csr_array((2, 4)))


@pytest.mark.parametrize(
    "change", [lambda c: c[::-1], lambda c: c + 4, lambda c: c - 1, lambda c: np.r_[c[:1], c[:-1]]]
)
def test_saved_columns_that_are_not_ascending_ones_of_the_catalogue_are_refused(change):
    pair = TwoHeads(**PAIR).fit(X)
    with pytest.raises(
        BundleError, match="the arrays of two_heads are incomplete: cols_ are no ascending columns of 30"
    ):
        TwoHeads.from_arrays(pair.params, pair.arrays() | {"cols_": change(pair.cols_)})


@pytest.mark.parametrize("head", ["ranker", "rater"])
def test_a_saved_pair_that_lacks_a_head_is_refused(head):
    pair = TwoHeads(**PAIR).fit(X)
    arrays = {name: value for name, value in pair.arrays().items() if not name.startswith(f"{head}.")}
    with pytest.raises(BundleError, match=f"the arrays of two_heads are incomplete: there is nothing of the {head}"):
        TwoHeads.from_arrays(pair.params, arrays)


def test_the_list_of_somebody_who_likes_nothing_is_the_raters():
    """A ranker knows nothing of them: all its scores are equal, and the first columns would be their list."""
    pair = TwoHeads(ranker="ease", rater="bias", stars=0.0).fit(X)
    nobody = as_csr(sparse.csr_array(X.shape))[:1]
    low = as_csr(sparse.csr_array(([1.0, 1.0], ([0, 0], [2, 5])), shape=(1, X.shape[1])))
    rows = as_csr(sparse.vstack([nobody, X[:1], low]))
    scores = pair.appeal(rows)
    for place, row in ((0, nobody), (2, low)):
        alone = standardise(pair.order_.apply(pair.rater_.score(row)), row)
        np.testing.assert_allclose(scores[place], alone[0], atol=1e-5)
    np.testing.assert_allclose(scores[1], standardise(pair.ranked(pair.likes(X[:1])), X[:1])[0], atol=1e-5)
