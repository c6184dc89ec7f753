"""Hiding ratings: exact counts, nothing lost, nothing in both halves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from foretaste.arrays import as_csr, row_of
from foretaste.errors import ParamsError, ShapeError
from foretaste.split import Hide, Holdout, Split, hide
from foretaste.split.holdout import hides_by_person

RULES = [Hide("fraction", 0.2), Hide("fraction", 0.9), Hide("per-user", 3), Hide("total", 4), Hide("newest", 2),
         Hide("newest-fraction", 0.5), Hide("given", 3), Hide("first", 2)]  # fmt: skip


def people(counts, width=12):
    rows = np.repeat(np.arange(len(counts)), counts)
    cols = np.concatenate([np.arange(n) for n in counts]) if len(counts) else np.array([], int)
    return as_csr(sparse.csr_array((np.arange(len(rows)) % 6.0, (rows, cols)), shape=(len(counts), width)))


def dense(rows):
    return as_csr(sparse.csr_array(np.array(rows, float)))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.sampled_from(RULES), st.integers(0, 5))
def test_halves_are_disjoint_complete_and_seeded(counts, rule, seed):
    X = people(counts)
    if rule.how == "total" and X.nnz <= rule.amount:
        return
    time = np.arange(X.nnz)[::-1].astype(np.int64)
    seen, hidden = hide(X, rule, seed=seed, time=time)
    holdout = Holdout(seen, hidden, np.arange(len(counts)))
    assert seen.nnz + hidden.nnz == X.nnz
    whole = holdout.whole()
    assert (whole.indptr == X.indptr).all()
    assert (whole.indices == X.indices).all()
    assert (whole.data == X.data).all()  # zeros among them
    again = hide(X, rule, seed=seed, time=time)[1]
    assert (again.indices == hidden.indices).all()
    assert (again.indptr == hidden.indptr).all()
    if rule.how != "total":
        assert (np.diff(seen.indptr)[np.diff(X.indptr) > 0] >= 1).all()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Hide("fraction", 0.2), [0, 0, 1, 1, 2]),
        (Hide("fraction", 0.5), [0, 0, 1, 3, 5]),
        (Hide("per-user", 3), [0, 0, 1, 3, 3]),
        (Hide("newest", 4), [0, 0, 1, 4, 4]),
        (Hide("given", 1), [0, 0, 1, 4, 9]),
        (Hide("given", 5), [0, 0, 0, 0, 5]),
        (Hide("first", 4), [0, 0, 0, 1, 6]),
    ],
)
def test_how_many_are_hidden(rule, expected):
    X = people([0, 1, 2, 5, 10])
    _, hidden = hide(X, rule, seed=0, time=np.zeros(X.nnz, np.int64))
    assert np.diff(hidden.indptr).tolist() == expected


def test_a_total_is_exact_and_may_take_all_of_somebodys():
    X = people([1, 1, 1, 9])
    taken = [hide(X, Hide("total", 6), seed=s)[1] for s in range(20)]
    assert {h.nnz for h in taken} == {6}
    assert any((np.diff(h.indptr)[:3] == 1).any() for h in taken)


def test_the_newest_are_the_newest():
    X = people([6])
    seen, hidden = hide(X, Hide("newest", 2), seed=0, time=np.array([5, 9, 1, 9, 0, 3]))
    assert hidden.indices.tolist() == [1, 3]
    assert seen.indices.tolist() == [0, 2, 4, 5]


def test_the_first_are_shown_and_what_came_later_is_hidden():
    X = people([6, 2])
    seen, hidden = hide(X, Hide("first", 2), seed=0, time=np.array([5, 9, 1, 9, 0, 3, 7, 7]))
    assert (seen.indices.tolist(), seen.indptr.tolist()) == ([2, 4, 0, 1], [0, 2, 4])
    assert (hidden.indices.tolist(), hidden.indptr.tolist()) == ([0, 1, 3, 5], [0, 4, 4])


def test_given_shows_as_many_as_it_says_of_everybody_and_others_are_counted():
    """Five and nine ratings show four; of three and of four everything is shown, and nothing is asked."""
    X = people([3, 4, 5, 9])
    seen, hidden = hide(X, Hide.parse("given:4"), seed=2)
    assert np.diff(seen.indptr).tolist() == [3, 4, 4, 4]
    split = Split(X, Holdout(seen, hidden, np.arange(4)), Holdout(seen, hidden, np.arange(4)), X, "new-users", (0, 5))
    assert (split.describe()["test_users"], split.describe()["test_users_unasked"]) == (2, 2)


def test_all_but_some_is_another_word_for_the_number_that_is_hidden():
    assert Hide.parse("all-but:3") == Hide.parse("3") == Hide("per-user", 3)


def test_another_seed_hides_others():
    X = people([12] * 5)
    first, second = (hide(X, Hide(), seed=s)[1].indices.tolist() for s in (0, 1))
    assert first != second


def test_the_newest_need_times():
    with pytest.raises(ParamsError, match="cannot hide the newest ratings: they have no times"):
        hide(people([3]), Hide("newest", 1), seed=0)
    with pytest.raises(ParamsError, match="have no times\nhint: hide at random: --hide 20% or given:5"):
        hide(people([3]), Hide("first", 1), seed=0)


def test_more_than_there_is_cannot_be_hidden():
    with pytest.raises(ParamsError, match="cannot hide 5 of 5 ratings"):
        hide(people([5]), Hide("total", 5), seed=0)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("20%", Hide("fraction", 0.2)), ("12.5%", Hide("fraction", 0.125)), ("5", Hide("per-user", 5)),
        ("total:2000", Hide("total", 2000)), ("newest:20%", Hide("newest-fraction", 0.2)), ("newest:3", Hide("newest", 3)),
        ("given:10", Hide("given", 10)), ("first:2", Hide("first", 2)),
    ],
)  # fmt: skip
def test_words_become_a_rule_and_back(text, rule):
    assert Hide.parse(text) == rule
    assert str(rule) == text
    assert rule.by_time == (text[:3] in {"new", "fir"})


@pytest.mark.parametrize(
    "text", ["", "lots", "-1", "total:20%", "given:20%", "all-but:5%", "first:1%", "oldest:3", "5%%"]
)
def test_other_words_are_refused(text):
    with pytest.raises(ParamsError, match="cannot read --hide"):
        Hide.parse(text)


@pytest.mark.parametrize(
    ("how", "amount", "words"),
    [
        ("some", 1, 'hide is "some", expected fraction, per-user, given, total, newest, newest-fraction or first'),
        ("fraction", 1.0, "the fraction to hide is 1, expected a number between 0 and 1"),
        ("fraction", 0.0, "the fraction to hide is 0"),
        ("per-user", 0, "the number of ratings to hide is 0, expected a whole number from 1"),
        ("total", 2.5, r"the number of ratings to hide is 2\.5"),
        ("given", 0, "the number of ratings to show is 0, expected a whole number from 1"),
        ("first", 1.5, r"the number of ratings to show is 1\.5, expected a whole number from 1"),
    ],
)
def test_rules_out_of_range_are_refused(how, amount, words):
    with pytest.raises(ParamsError, match=words):
        Hide(how, amount)


def test_a_holdout_checks_its_halves():
    one, two = people([2]), people([2, 1])
    with pytest.raises(ShapeError, match="expected equal shapes"):
        Holdout(one, two, np.arange(1))
    with pytest.raises(ShapeError, match="2 user ids for 1 rows"):
        Holdout(one, as_csr(sparse.csr_array((1, 12))), np.arange(2))
    with pytest.raises(ShapeError, match="2 cells are both seen and hidden"):
        Holdout(one, one, np.arange(1))
    assert row_of(one).tolist() == [0, 0]


def test_a_number_beyond_all_data_is_refused_not_overflowed():
    with pytest.raises(ParamsError, match="the number of ratings to hide is inf, expected a whole number from 1"):
        Hide.parse("9" * 400)


def test_only_people_of_whom_something_is_hidden_count_as_asked():
    X = dense([[5, 4], [3, 0], [0, 2]])
    seen, hidden = dense([[5, 0], [3, 0], [0, 0]]), dense([[0, 4], [0, 0], [0, 2]])
    held = Holdout(seen, hidden, np.arange(3))
    split = Split(
        train=X, valid=Holdout(X, dense(np.zeros((3, 2))), np.arange(3)), test=held, full=X, kind="time", scale=(1, 5)
    )
    assert (split.describe()["test_users"], split.describe()["valid_users"]) == (2, 0)
    assert (split.describe()["test_users_unasked"], split.describe()["valid_users_unasked"]) == (1, 3)


@pytest.mark.parametrize(
    ("kind", "new"),
    [
        ("new-users", True),
        ("new-users-time", True),
        ("random", False),
        ("k-fold", False),
        ("time", False),
        ("given", False),
        ("given-new-users", True),
        ("leave-last-out", False),
        ("leave-one-out", False),
        ("official-folds", False),
    ],
)
def test_a_split_knows_whether_it_judges_new_people(kind, new):
    held = Holdout(dense([[5, 0]]), dense([[0, 4]]), np.arange(1))
    assert Split(held.seen, held, held, held.seen, kind, (1, 5)).new_people == new


@pytest.mark.parametrize(
    ("kind", "rule", "person"),
    [
        ("new-users", "20%", True), ("new-users", "total:5", False), ("new-users-time", "newest:20%", True),
        ("leave-last-out", None, True), ("leave-one-out", None, True), ("random", None, False), ("time", None, False),
        ("k-fold", None, False), ("given-new-users", None, False),
    ],
)  # fmt: skip
def test_a_rule_for_each_person_leaves_out_only_those_with_too_little(kind, rule, person):
    held = Holdout(*hide(people([4, 4]), Hide("fraction", 0.3), seed=0), np.arange(2))
    settings = {} if rule is None else {"hide": rule}
    assert hides_by_person(Split(held.seen, held, held, held.seen, kind, (1, 5), settings).describe()) == person


@pytest.mark.parametrize("text", ["0%", "120%", "given:0", "first:0", "newest:100%"])
def test_a_rule_out_of_range_is_said_as_it_was_written(text):
    with pytest.raises(ParamsError, match=f'--hide is "{text}": the .* expected a (whole )?number.*') as caught:
        Hide.parse(text)
    assert caught.value.hint.startswith("write 20%, 5 (or all-but:5)")
