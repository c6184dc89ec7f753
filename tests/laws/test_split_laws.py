"""Every split obeys these: parts are disjoint and complete, the seed decides, and nothing that trains is newer than a cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.split import (
    Hide,
    split_folds,
    split_given,
    split_leave_last_out,
    split_leave_one_out,
    split_new_users,
    split_new_users_time,
    split_official_folds,
    split_random,
    split_time,
    split_user_folds,
)


def given_files(ratings, strangers):
    """What the train file has, the test file hides and people show whom training never saw."""
    hidden = ratings.rating % 4 == 0
    new = strangers(ratings.user)
    return (ratings.select(rows) for rows in (~hidden & ~new, hidden, ~hidden & new))


def split_by_files(ratings, catalog, seed):
    train, test, _ = given_files(ratings, lambda user: user < 0)
    return [split_given(train, test, catalog, seed=seed)]


def split_by_three_files(ratings, catalog, seed):
    train, test, seen = given_files(ratings, lambda user: user % 4 != 0)
    return [split_given(train, test, catalog, seen=seen, seed=seed)]


def split_by_five_files(ratings, catalog, seed):
    train, test, seen = given_files(ratings, lambda user: user % 2 != 0)
    first = test.user < 17  # these are chosen on, some as strangers and some not
    shown = seen.user < 17
    return [
        split_given(
            train, test.select(~first), catalog, seen=seen.select(~shown), valid=test.select(first),
            valid_seen=seen.select(shown), seed=seed,
        )
    ]  # fmt: skip


def split_by_pairs(ratings, catalog, seed):
    """Three train and test files that come from elsewhere, and test everything once."""
    tested = [ratings.rating.astype(int) % 3 == place for place in range(3)]
    pairs = [(f"u{place}", ratings.select(~mask), ratings.select(mask)) for place, mask in enumerate(tested)]
    return list(split_official_folds(pairs, catalog, seed=seed))


SPLITS = {
    "random": lambda ratings, catalog, seed: [split_random(ratings, catalog, seed=seed)],
    "new-users": lambda ratings, catalog, seed: [split_new_users(ratings, catalog, seed=seed)],
    "k-fold": lambda ratings, catalog, seed: list(split_folds(ratings, catalog, folds=3, seed=seed)),
    "user folds": lambda ratings, catalog, seed: list(split_user_folds(ratings, catalog, folds=3, seed=seed)),
    "newest": lambda ratings, catalog, seed: list(
        split_user_folds(ratings, catalog, folds=3, rule=Hide.parse("newest:2"), seed=seed)
    ),
    "given:3": lambda ratings, catalog, seed: [
        split_new_users(ratings, catalog, rule=Hide.parse("given:3"), seed=seed)
    ],
    "first:3": lambda ratings, catalog, seed: [
        split_new_users(ratings, catalog, rule=Hide.parse("first:3"), seed=seed)
    ],
    "leave-last-out": lambda ratings, catalog, seed: [split_leave_last_out(ratings, catalog, seed=seed)],
    "leave-one-out": lambda ratings, catalog, seed: [split_leave_one_out(ratings, catalog, seed=seed)],
    "time": lambda ratings, catalog, seed: [split_time(ratings, catalog)],  # noqa: ARG005 (nothing is drawn)
    "new-users-time": lambda ratings, catalog, seed: [split_new_users_time(ratings, catalog, seed=seed)],
    "given": split_by_files,
    "given with seen": split_by_three_files,
    "given whole": split_by_five_files,
    "given pairs": split_by_pairs,
}
STRANGERS = ("new-users", "user folds", "newest", "given:3", "first:3", "new-users-time")
BY_TIME = ("time", "new-users-time")
DRAWN = [name for name in SPLITS if name not in BY_TIME and not name.startswith("given ") and name != "given"]


def table(seed, n_users=14, n_items=9, late=6):
    """Ratings whose value is their own number, so that each is known again wherever it went; many at one second."""
    rng = np.random.default_rng(seed)
    cells = np.argwhere(rng.random((n_users, n_items)) < 0.6)
    cells = np.concatenate([cells, np.column_stack([np.arange(n_users), np.full(n_users, n_items)])])
    came = rng.integers(-20, 20, n_users)[cells[:, 0]]  # before 1970 too
    time = came + rng.integers(0, late, len(cells))
    return Ratings.from_arrays(cells[:, 0] + 10, cells[:, 1], np.arange(1.0, len(cells) + 1), time)


def cells(X, user_ids):
    """Return the ratings of a matrix as a set of (user, item column, value)."""
    coo = X.tocoo()
    return set(zip(user_ids[coo.row].tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))


@pytest.mark.parametrize("name", SPLITS)
@settings(max_examples=15)
@given(st.integers(0, 99))
def test_parts_share_nothing_and_nothing_is_lost_without_a_count(name, seed):
    ratings = table(seed)
    catalog = Catalog(ratings.item_ids)
    whole = cells(user_item_matrix(ratings, catalog), ratings.user_ids)
    for split in SPLITS[name](ratings, catalog, seed):
        train, full = set(split.train.data), set(split.full.data)
        valid, test = cells(split.valid.hidden, split.valid.user_ids), cells(split.test.hidden, split.test.user_ids)
        assert split.train.nnz * split.test.hidden.nnz > 0
        assert (
            split.valid.hidden.nnz > 0 or np.diff(split.valid.seen.indptr).max() == 1
        )  # whoever rated once keeps that
        assert split.test.n_common() == split.valid.n_common() == 0
        assert valid | test <= whole
        asked = {value for _, _, value in test}
        chosen = {value for _, _, value in valid}
        assert not asked & full
        assert not asked & set(split.valid.seen.data)
        assert not chosen & train
        assert train | chosen | set(split.valid.seen.data) <= full
        unused = len(whole) - len(full | asked | set(split.test.seen.data))
        assert split.describe()["dropped"] == split.settings.get("later_unused", 0) == unused


@pytest.mark.parametrize("name", ["k-fold", "user folds", "newest", "given pairs"])
@settings(max_examples=15)
@given(st.integers(0, 99))
def test_over_the_folds_everything_is_judged_once(name, seed):
    ratings = table(seed)
    splits = SPLITS[name](ratings, Catalog(ratings.item_ids), seed)
    if name in {"k-fold", "given pairs"}:
        judged = np.concatenate([split.test.hidden.data for split in splits])
        assert sorted(judged) == sorted(ratings.rating)
    else:
        judged = np.concatenate([split.test.user_ids for split in splits])
        assert sorted(judged) == ratings.user_ids.tolist()
    sizes = [
        split.test.hidden.nnz if name in {"k-fold", "given pairs"} else len(split.test.user_ids) for split in splits
    ]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("name", [name for name in SPLITS if name in STRANGERS])
@settings(max_examples=15)
@given(st.integers(0, 99))
def test_nothing_trains_that_strangers_show(name, seed):
    """Strong generalisation: what people of the test part show is in no row of training, nor what people to choose on show."""
    ratings = table(seed)
    for split in SPLITS[name](ratings, Catalog(ratings.item_ids), seed):
        assert split.new_people
        assert not set(split.test.user_ids) & set(split.valid.user_ids)
        assert not set(split.test.whole().data) & set(split.full.data)
        assert not set(split.valid.whole().data) & set(split.train.data)


@pytest.mark.parametrize("name", BY_TIME)
@settings(max_examples=40)
@given(st.integers(0, 999), st.sampled_from([1, 6, 40]))
def test_nothing_that_trains_is_newer_than_the_cut(name, seed, late):
    ratings = table(seed, late=late)
    when = dict(zip(ratings.rating.tolist(), ratings.time.tolist(), strict=True))

    def times(*parts, extreme):
        none = -np.inf if extreme is max else np.inf  # somebody with a single rating has nothing hidden
        return extreme((when[value] for part in parts for value in part.data.tolist()), default=none)

    split = SPLITS[name](ratings, Catalog(ratings.item_ids), seed)[0]
    valid_from, test_from = (
        np.datetime64(split.settings[key].removesuffix("Z"), "s").astype(int) for key in ("valid_from", "test_from")
    )
    assert times(split.train, extreme=max) < valid_from <= times(split.valid.hidden, extreme=min)
    assert times(split.full, extreme=max) < test_from <= times(split.test.hidden, extreme=min)
    assert times(split.valid.seen, split.valid.hidden, extreme=max) < test_from
    if name == "new-users-time":
        assert times(split.valid.seen, extreme=min) >= valid_from
        assert times(split.test.seen, extreme=min) >= test_from


@pytest.mark.parametrize("name", SPLITS)
def test_the_same_seed_gives_the_same_parts_and_the_order_of_the_file_does_not_count(name):
    ratings = table(1)
    catalog = Catalog(ratings.item_ids)
    shuffled = ratings.select(np.random.default_rng(0).permutation(len(ratings)))
    for first, second in zip(SPLITS[name](ratings, catalog, 4), SPLITS[name](shuffled, catalog, 4), strict=True):
        for a, b in ((first.train, second.train), (first.test.hidden, second.test.hidden),
                     (first.valid.hidden, second.valid.hidden), (first.test.seen, second.test.seen)):  # fmt: skip
            np.testing.assert_array_equal(a.toarray(), b.toarray())
        assert first.settings == second.settings


@pytest.mark.parametrize("name", DRAWN)
def test_another_seed_gives_other_parts(name):
    ratings = table(1)
    first, second = (SPLITS[name](ratings, Catalog(ratings.item_ids), seed)[0] for seed in (0, 1))
    assert sorted(first.test.hidden.data) != sorted(second.test.hidden.data)
