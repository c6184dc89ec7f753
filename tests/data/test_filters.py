from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.filters import as_clicks, drop_duplicates, min_counts, min_rating, top_items, top_users
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, InputError

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


def rows(ratings: Ratings) -> list[tuple[int, int]]:
    return list(zip(ratings.user.tolist(), ratings.item.tolist(), strict=True))


def made(pairs: list[tuple[int, int]], rating: list[float] | None = None, time: list[int] | None = None) -> Ratings:
    users, items = zip(*pairs, strict=True)
    return Ratings.from_arrays(users, items, np.arange(len(pairs)) if rating is None else rating, time)


def test_top_users_by_count_then_lower_id() -> None:
    ratings = made([(3, 1), (2, 1), (3, 2), (1, 1), (2, 2), (4, 1)])
    top = top_users(ratings, 3)
    assert rows(top) == [(3, 1), (2, 1), (3, 2), (1, 1), (2, 2)]
    assert top.log.steps == ("top 3 users",)
    assert rows(top_users(ratings, 1)) == [(2, 1), (2, 2)]
    assert top_users(ratings, 1).log.steps == ("top 1 user",)
    assert rows(top_users(ratings, 99)) == rows(ratings)


def test_ties_go_by_id_also_where_ids_are_text() -> None:
    ratings = Ratings.from_arrays(["b", "a", "10", "9"], [1, 1, 1, 1])
    assert top_users(ratings, 2).user_ids.tolist() == ["10", "9"]


def test_top_items() -> None:
    top = top_items(made([(1, 9), (2, 9), (1, 8), (2, 7)]), 2)
    assert rows(top) == [(1, 9), (2, 9), (2, 7)]
    assert top.item_ids.tolist() == [7, 9]
    assert top.log.steps == ("top 2 items",)


@pytest.mark.parametrize("n", [0, -1])
def test_counts_start_at_one(n: int) -> None:
    ratings = made([(1, 1)])
    with pytest.raises(InputError, match=rf"the number of users is {n}, expected 1 or more"):
        top_users(ratings, n)
    with pytest.raises(InputError, match=rf"the number of items is {n}, expected 1 or more"):
        top_items(ratings, n)
    with pytest.raises(InputError, match=rf"the number of ratings per user is {n}, expected 1 or more"):
        min_counts(ratings, per_user=n)
    with pytest.raises(InputError, match=rf"the number of ratings per item is {n}, expected 1 or more"):
        min_counts(ratings, per_item=n)


def peeled(pairs: list[tuple[int, int]], per_user: int, per_item: int) -> list[tuple[int, int]]:
    while True:
        users, items = Counter(u for u, _ in pairs), Counter(i for _, i in pairs)
        left = [(u, i) for u, i in pairs if users[u] >= per_user and items[i] >= per_item]
        if left == pairs:
            return left
        pairs = left


@given(PAIRS, st.integers(1, 4), st.integers(1, 4))
def test_the_core_is_what_peeling_leaves(pairs: list[tuple[int, int]], per_user: int, per_item: int) -> None:
    expected = peeled(pairs, per_user, per_item)
    if expected:
        assert rows(min_counts(made(pairs), per_user=per_user, per_item=per_item)) == expected
    else:
        with pytest.raises(
            DataError, match=rf"no ratings are left with at least {per_user} per user and {per_item} per item"
        ):
            min_counts(made(pairs), per_user=per_user, per_item=per_item)


def test_one_pass_takes_items_first() -> None:
    pairs = [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 1), (3, 4)]
    once = min_counts(made([*pairs, (4, 5)]), per_user=2, per_item=2, repeat=False)
    assert rows(once) == pairs[:-1]
    assert once.log.steps == ("at least 2 per user and 2 per item, one pass",)
    chain = [(1, 1), (1, 2), (2, 2)]
    assert rows(min_counts(made(chain), per_user=2, per_item=1, repeat=False)) == [(1, 1), (1, 2)]
    with pytest.raises(DataError) as caught:
        min_counts(made(chain), per_user=2, per_item=2)
    assert caught.value.hint == "lower the counts"
    with pytest.raises(DataError) as caught:
        min_counts(made(chain), per_user=9, repeat=False)
    assert caught.value.hint == "lower the counts"


def test_likes_become_clicks_of_value_one() -> None:
    ratings = Ratings.from_arrays([1, 1, 2, 3], [7, 8, 7, 9], [4.0, 3.5, 5.0, 1.0], [10, 20, 30, 40])
    liked = as_clicks(ratings, 4)
    assert (liked.user.tolist(), liked.item.tolist(), liked.rating.tolist()) == ([1, 2], [7, 7], [1, 1])
    assert liked.time is not None
    assert liked.time.tolist() == [10, 30]
    assert (liked.n_items, liked.log.implicit) == (1, True)
    assert liked.log.steps[-1] == "ratings of at least 4 count as likes"
    every = as_clicks(ratings)
    assert (len(every), every.scale, every.log.steps[-1]) == (4, (1, 1), "every rating counts as a click")
    assert ratings.rating.tolist() == [4, 3.5, 5, 1]


def test_what_are_clicks_already_stays_as_it_is() -> None:
    clicks = Ratings.from_arrays([1, 2], [7, 8])
    assert as_clicks(clicks, 4) is clicks


def test_where_nobody_likes_anything_it_is_said() -> None:
    with pytest.raises(DataError, match="no rating is at least 6\nhint: the ratings go from 4 to 5"):
        as_clicks(Ratings.from_arrays([1, 2], [7, 8], [4, 5]), 6)
    with pytest.raises(InputError, match="the threshold is nan, expected a finite number"):
        as_clicks(Ratings.from_arrays([1, 2], [7, 8], [4, 5]), float("nan"))


def test_min_rating_keeps_the_threshold_itself() -> None:
    ratings = made([(1, 1), (1, 2), (2, 1)], [3.3, 3.29, -1])
    liked = min_rating(ratings, 3.3)
    assert rows(liked) == [(1, 1)]
    assert liked.log.steps == ("ratings of at least 3.3",)
    with pytest.raises(DataError, match=r"no rating is at least 4") as caught:
        min_rating(ratings, 4)
    assert caught.value.hint == "the ratings go from -1 to 3.3"
    with pytest.raises(InputError, match=r"the threshold is nan, expected a finite number"):
        min_rating(ratings, float("nan"))


TWICE = [(1, 1), (1, 2), (1, 1), (2, 1), (1, 1)]


@pytest.mark.parametrize(
    ("policy", "time", "expected", "values"),
    [
        ("last", None, [(1, 2), (2, 1), (1, 1)], [2, 4, 5]),
        ("first", None, [(1, 1), (1, 2), (2, 1)], [3, 2, 4]),
        ("last", [5, 1, 9, 1, 7], [(1, 2), (1, 1), (2, 1)], [2, 1, 4]),
        ("first", [5, 1, 9, 1, 5], [(1, 1), (1, 2), (2, 1)], [3, 2, 4]),
        ("last", [5, 1, 5, 1, 5], [(1, 2), (2, 1), (1, 1)], [2, 4, 5]),
        ("mean", None, [(1, 2), (2, 1), (1, 1)], [2, 4, 3]),
        ("sum", None, [(1, 2), (2, 1), (1, 1)], [2, 4, 9]),
        ("max", [5, 1, 9, 1, 7], [(1, 2), (1, 1), (2, 1)], [2, 5, 4]),
        ("min", None, [(1, 2), (2, 1), (1, 1)], [2, 4, 1]),
    ],
)
def test_policies(policy: str, time: list[int] | None, expected: list[tuple[int, int]], values: list[float]) -> None:
    ratings = made(TWICE, [3, 2, 1, 4, 5], time)
    dropped = drop_duplicates(ratings, policy)  # type: ignore[arg-type]
    assert rows(dropped) == expected
    assert dropped.rating.tolist() == values
    assert (dropped.log.duplicates, dropped.log.duplicate_policy) == (2, policy)
    assert dropped.log.steps == (f"{policy} of every repeated pair, 2 rows dropped",)
    assert ratings.rating.tolist() == [3, 2, 1, 4, 5]
    if time is not None and policy in ("last", "max"):
        assert dropped.time is not None
        assert dropped.time.max() == max(time)


def test_keep_counts_and_error_refuses() -> None:
    ratings = made(TWICE, [3, 2, 1, 4, 5])
    kept = drop_duplicates(ratings, "keep")
    assert rows(kept) == TWICE
    assert (kept.log.duplicates, kept.log.duplicate_policy, kept.log.steps) == (
        2,
        "keep",
        ("repeated pairs kept, 2 rows beyond the first of a pair",),
    )
    with pytest.raises(DataError) as caught:
        drop_duplicates(ratings, "error")
    assert str(caught.value) == (
        "memory: user 1 rated item 1 more than once (3, then 1); 2 rows too many in all, expected one rating per pair\n"
        "hint: choose which to keep with --duplicates last, first, mean, max, min or sum"
    )
    with pytest.raises(InputError, match=r'duplicates is "lats", which is no policy') as unknown:
        drop_duplicates(ratings, "lats")  # type: ignore[arg-type]
    assert unknown.value.hint == 'did you mean "last"?'


@given(PAIRS, st.booleans())
def test_without_repeated_pairs_nothing_changes(pairs: list[tuple[int, int]], ordered: bool) -> None:
    distinct = sorted(set(pairs)) if ordered else list(dict.fromkeys(pairs))
    for policy in ("last", "error"):
        assert rows(drop_duplicates(made(distinct), policy)) == distinct  # type: ignore[arg-type]


@given(PAIRS, st.randoms(use_true_random=False))
def test_last_is_what_a_dict_keeps(pairs: list[tuple[int, int]], random: object) -> None:
    numbers = list(range(len(pairs)))
    random.shuffle(numbers)  # type: ignore[attr-defined]
    best: dict[tuple[int, int], int] = {}
    for row in sorted(range(len(pairs)), key=lambda row: (numbers[row] // 3, row)):
        best[pairs[row]] = row
    kept = drop_duplicates(made(pairs, None, [number // 3 for number in numbers]))
    assert kept.rating.tolist() == sorted(best.values())
    assert kept.log.duplicates == len(pairs) - len(best)
