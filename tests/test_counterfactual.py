"""What pushes an item off a list: against all subsets and all values by brute force, and weights set by hand."""

from itertools import chain, combinations

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from foretaste import counterfactual
from foretaste.counterfactual import Question, Removal, Shift, fewest_removed, rating_steps, smallest_shift
from foretaste.errors import InputError
from foretaste.models import BiasedMf, CosineKnn, Ease, Ials, ItemKnn, ItemRidge, Popularity, TwoHeads
from foretaste.order import Order
from tests.explaining import Tally, linear, listed, only, row_of, some_row

ITEMS = 14
X = csr_array(vstack([some_row(seed, ITEMS, 7) for seed in range(40)], format="csr"))
X.data[:] = np.where((X.indices + np.repeat(np.arange(40), 7)) % 2, 2, 4) + X.data % 2  # two tastes, and chance
STEPS = np.array([1, 2, 3, 4, 5], np.float32)
MODELS = {
    "ease": Ease(l2=2).fit(X),
    "cosine_knn": CosineKnn(neighbours=4).fit(X),
    "ials": Ials(latent=3, epochs=8, l2=0.003, fall=0.1).fit(X),
    "biased_mf": BiasedMf(latent=2, l2=1, unexplained=0, epochs=5).fit(X),
    "item_knn": ItemKnn(neighbours=3).fit(X),
    "pair": TwoHeads(ranker="ease", rater="bias", stars=0.4).fit(X),
}
every_model = pytest.mark.parametrize("name", MODELS)


def questions(name, k=2):
    """Return questions about the items of some people's lists, sorted by evidence where the model predicts ratings."""
    model = MODELS[name]
    order = Order.of(X, 0.1) if model.task == "rating" and not model.arranges else None
    for person in (0, 1, 2, 3):
        row = X[[person]]
        for col in range(ITEMS):
            if listed(model, row, row, col, k, order):
                yield Question(model, row, row, col, k, order)


def fewest_by_force(question):
    """Return all of the smallest sets of entries that push the item off, by scoring one row after the other."""
    n = question.row.nnz
    for size in range(1, n + 1):
        sets = [
            left_out
            for left_out in combinations(range(n), size)
            if not listed(
                question.model, only(question.row, [j for j in range(n) if j not in left_out]), question.seen,
                question.col, question.k, question.order,
            )
        ]  # fmt: skip
        if sets:
            return sets
    return []


@every_model
def test_it_is_the_smallest_of_all_subsets(name):
    sizes = set()
    for question in questions(name):
        wanted, found = fewest_by_force(question), fewest_removed(question)
        assert found.proven
        assert (found.entries in wanted) if wanted else (found.entries is None)
        sizes.add(None if found.entries is None else len(found.entries))
        if found.entries is not None:
            rest = only(question.row, set(range(question.row.nnz)) - set(found.entries))
            assert found.place == question.place(rest) > question.k
    assert len(sizes) > 1  # not all of them are alike


@every_model
@pytest.mark.parametrize("effort", [0, 30, 60])
def test_with_little_effort_it_is_still_true_and_says_what_it_does_not_know(name, effort):
    for question in questions(name):
        wanted, found = fewest_by_force(question), fewest_removed(question, effort)
        fewest = len(wanted[0]) if wanted else None
        if found.entries is None:
            assert fewest is None or fewest > found.tried
            assert not found.proven or fewest is None
            continue
        rest = set(range(question.row.nnz)) - set(found.entries)
        assert not listed(
            question.model, only(question.row, rest), question.seen, question.col, question.k, question.order
        )
        assert len(found.entries) >= fewest > found.tried
        assert found.proven == (len(found.entries) == found.tried + 1)


def test_two_by_hand():
    """Item 4 leads item 5 by 3 of items 0 and 1 each and by 1 of item 2: without 0 and 1 it does not, with either it does."""
    weights = np.zeros((6, 6))
    weights[[0, 1, 2], 4], weights[3, 5] = (3, 3, 1), 2
    row = row_of({0: 5, 1: 4, 2: 3, 3: 1})
    question = Question(linear(weights), row, row, 4, 1)
    assert question.margins(row).tolist() == [5]
    assert question.without(np.array([[1, 1, 0, 0]], bool)).tolist() == [-1]
    assert fewest_removed(question) == Removal((0, 1), 2, 1, proven=True)
    assert fewest_removed(question, 0) == Removal((0, 1), 2, 1, proven=True)
    weights[2, 4] = 3
    assert fewest_removed(Question(linear(weights), row, row, 4, 1)) == Removal((0, 1, 2), 2, 2, proven=True)
    assert fewest_removed(Question(linear(weights), row, row, 4, 1), 0) == Removal((0, 1, 2), 2, 1, proven=False)


def test_what_lost_its_rating_stays_off_the_list():
    """Without item 0, which item 1 speaks for most, it would come first: it is no reason for item 4 to go."""
    weights = np.zeros((6, 6))
    weights[0, 4], weights[1, 0], weights[1, 4] = 0.1, 9, 1
    row = row_of({0: 5, 1: 4})
    assert fewest_removed(Question(linear(weights), row, row, 4, 1)).entries == (0, 1)


def test_equal_scores_go_by_column():
    """Without item 0 all scores are 0 and the first column that is left leads."""
    weights = np.zeros((6, 6))
    weights[0] = [0, 0, 0, 0, 0, 1]
    row = row_of({0: 5})
    assert fewest_removed(Question(linear(weights), row, row, 5, 4)) == Removal((0,), 5, 0, proven=True)
    first = np.zeros((6, 6))
    first[0, 1] = 1
    assert fewest_removed(Question(linear(first), row, row, 1, 4)) == Removal(None, None, 1, proven=True)


def test_where_nothing_can_push_it_off_that_is_known():
    row = X[[0]]
    popular = Popularity().fit(X)
    best = int(np.setdiff1d(np.argsort(-popular.count_, kind="stable"), row.indices, assume_unique=True)[0])
    assert fewest_removed(Question(popular, row, row, best, 1)) == Removal(None, None, 7, proven=True)
    everything = Question(MODELS["ease"], row, row, best, ITEMS - 7)
    assert everything.hopeless
    assert fewest_removed(everything) == Removal(None, None, 7, proven=True)
    assert smallest_shift(everything, STEPS, np.arange(7)) == Shift(None, None, None, proven=True)
    nobody = only(row, [])
    top = popular.count_.argmax()
    assert fewest_removed(Question(popular, nobody, nobody, top, 1)) == Removal(None, None, 0, proven=True)


def test_what_is_not_in_the_list_needs_nothing():
    weights = np.zeros((6, 6))
    weights[0, 1:] = [1, 2, 3, 4, 5]
    row = row_of({0: 5})
    assert fewest_removed(Question(linear(weights), row, row, 1, 2)) == Removal((), 5, 0, proven=True)


def test_long_rows_are_searched_in_blocks_and_found_all_the_same(monkeypatch):
    rng, weights = np.random.default_rng(3), np.zeros((40, 40))
    weights[:30, 35:] = rng.random((30, 5))
    row = csr_array((np.ones(30, np.float32), np.arange(30), [0, 30]), shape=(1, 40))
    col = int(np.argmax(weights.sum(0)))
    question = Question(linear(weights), row, row, col, 2)
    usual = fewest_removed(question, 500)
    assert usual.entries is not None
    assert (usual.tried, usual.proven) == (2, len(usual.entries) == 3)
    monkeypatch.setattr("foretaste.influence.ROWS", 7)
    assert fewest_removed(question, 500) == usual
    rest = only(row, set(range(30)) - set(usual.entries))
    assert not listed(question.model, rest, row, col, 2)
    for entry in usual.entries:  # and none of them could stay
        assert listed(question.model, only(row, [*rest.indices.tolist(), entry]), row, col, 2)


def test_the_search_is_not_fooled_where_the_order_of_single_effects_is():
    """What matters alone matters little beside others: a longer set in that order is thinned to what is needed."""
    weights = np.zeros((8, 8))
    weights[[0, 1, 2, 3, 4], 6], weights[[0, 1], 7], weights[5, 7] = [1.2, 1.2, 1, 1, 1], [1, 1], 2
    row = csr_array((np.ones(6, np.float32), np.arange(6), [0, 6]), shape=(1, 8))
    question = Question(linear(weights), row, row, 6, 1)
    assert fewest_removed(question, 0).entries == fewest_removed(question).entries == (2, 3)


def rivals(n, gaps, losses):
    """Return a question about an item that leads its rivals by `gaps` and loses `losses` to each, by entry, of n in a row."""
    weights = np.zeros((n + 1 + len(gaps),) * 2)
    weights[:n, n] = 1
    rest = [entry for entry in range(n) if entry not in losses]
    for rival, gap in enumerate(gaps, n + 1):
        for entry, loss in losses.items():
            weights[entry, rival] = 1 - loss[rival - n - 1]
        weights[rest, rival] = (n - gap - weights[:n, rival].sum()) / len(rest)
    row = csr_array((np.ones(n, np.float32), np.arange(n), [0, n]), shape=(1, len(weights)))
    return Question(linear(weights), row, row, n, 1)


def test_what_is_not_needed_after_all_is_put_back():
    """Entry 0 costs most alone, and 1 and 2 together suffice without it: they lose to a rival that is further behind."""
    question = rivals(12, (3, 4.1), {0: (1, 0), 1: (0.9, 2.06), 2: (0.9, 2.06)})
    alone = question.without(np.eye(12, dtype=bool))
    np.testing.assert_allclose(alone[:3], [2, 2.04, 2.04], atol=1e-5)
    assert fewest_removed(question, 0).entries == (0, 1, 2)
    assert fewest_removed(question, 40) == Removal((1, 2), 2, 1, proven=True)


def test_the_search_looks_again_after_each_entry():
    """25 entries cost most alone, each by a rival of its own; with entry 30, which costs less alone, one of them is enough."""
    losses = {entry: tuple(2.0 * (rival == entry) for rival in range(25)) for entry in range(25)}
    losses[30] = tuple(1.2 * (rival == 0) for rival in range(25))
    question = rivals(40, (3,) * 25, losses)
    assert fewest_removed(question, 100).entries == (0, 30)
    assert len(fewest_removed(question, 0).entries) == 26  # in the order of what each does alone


def test_of_sets_of_one_size_the_likeliest_is_named_and_the_effort_is_counted():
    question = rivals(6, (3.5,), {0: (2,), 1: (2,), 2: (3,), 3: (3,)})
    assert fewest_removed(question) == Removal((2, 3), 2, 1, proven=True)
    hard = rivals(6, (4,), dict.fromkeys(range(5), (1.1,)))  # it takes four; 15 are pairs, 20 are threes
    assert [fewest_removed(hard, effort).tried for effort in (14, 15, 34, 35)] == [1, 2, 2, 3]
    assert fewest_removed(hard, 35) == Removal((0, 1, 2, 3), 2, 3, proven=True)


@pytest.mark.parametrize("name", ["biased_mf", "item_knn", "pair"])
def test_the_smallest_change_of_one_rating_is_that_of_brute_force(name):
    some = False
    for question in questions(name):
        found, off = smallest_shift(question, STEPS, np.arange(7)), []
        for entry, value in ((e, v) for e in range(7) for v in STEPS if v != question.row.data[e]):
            other = question.row.copy()
            other.data[entry] = value
            if not listed(question.model, other, question.seen, question.col, question.k, question.order):
                off.append((abs(value - question.row.data[entry]), entry, value))
        assert found.proven
        if not off:
            assert found.entry is None
            continue
        some = True
        assert abs(found.value - question.row.data[found.entry]) == min(off)[0]
        assert (found.entry, found.value) in {(entry, value) for _, entry, value in off}
        assert found.place > question.k
    assert some


def test_of_equal_changes_the_one_that_costs_most_is_named_and_unseen_ones_make_it_unproven():
    weights = np.zeros((6, 6))
    weights[[0, 1, 2], 4], weights[3, 5] = (0.1, 0.2, 0.3), 0.25
    row = row_of({0: 4, 1: 4, 2: 4, 3: 4})
    question = Question(Tally.of(weights), row, row, 4, 1)
    assert question.margins(row)[0] == pytest.approx(0.35)
    assert smallest_shift(question, STEPS, np.arange(4)) == Shift(2, 2.0, 2, proven=True)
    assert smallest_shift(question, STEPS, np.array([0, 1, 2, 3]), 6) == Shift(None, None, None, proven=False)
    assert smallest_shift(question, STEPS, np.array([1, 0, 2, 3]), 6) == Shift(1, 2.0, 2, proven=False)


@pytest.mark.parametrize(
    ("scale", "given", "wanted"),
    [
        ((1, 5), [3, 4], [1, 2, 3, 4, 5]),
        ((1, 5), [3.5], np.arange(1, 5.1, 0.5)),
        ((0.5, 5), [3], np.arange(0.5, 5.1, 0.5)),
        ((0, 1), [], [0, 1]),
        ((0, 100), [55], np.arange(0, 101, 5)),
        ((-10, 10), [3.17], np.arange(-10, 11)),
        ((1, 3), [1.1], np.arange(1, 3.05, 0.1)),
        ((4, 4), [4], [4]),
    ],
)  # fmt: skip
def test_ratings_move_along_the_steps_of_their_scale(scale, given, wanted):
    np.testing.assert_allclose(rating_steps(scale, given), wanted, atol=1e-6)


def test_effort_follows_the_number_of_items():
    row = X[[0]]
    assert Question(MODELS["ease"], row, row, 1, 2).effort == counterfactual.EFFORT
    wide = csr_array((1, 100_000), dtype=np.float32)
    assert Question(MODELS["ease"], wide, wide, 1, 2).effort == 500


def test_models_that_know_rows_by_all_they_hold_are_refused_with_words():
    row = X[[0]]
    question = Question(ItemRidge(latent=2, epochs=1).fit(X), row, row, 1, 2)
    for call in (lambda: fewest_removed(question), lambda: smallest_shift(question, STEPS, np.arange(7))):
        with pytest.raises(InputError, match="item_ridge knows people by all of their ratings"):
            call()


def test_all_subsets_are_what_the_oracle_tries():
    weights = np.zeros((6, 6))
    weights[[0, 1, 2], 4], weights[3, 5] = (3, 3, 3), 2
    row = row_of({0: 5, 1: 4, 2: 3, 3: 1})
    question, sets = (
        Question(linear(weights), row, row, 4, 1),
        chain.from_iterable(combinations(range(4), r) for r in range(5)),
    )
    off = [s for s in sets if question.margins(only(row, set(range(4)) - set(s)))[0] < 0]
    assert fewest_by_force(question) == [min(off, key=len)] == [(0, 1, 2)]
