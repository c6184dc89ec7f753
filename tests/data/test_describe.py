import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.data.describe import describe, gini, step
from foretaste.data.filters import drop_duplicates, min_rating
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError


def small() -> tuple[Ratings, Catalog]:
    users = [1, 1, 1, 2, 2, 3, 3]
    items = [10, 20, 30, 10, 20, 10, 10]
    times = [86_400 * day for day in (3, 1, 2, 5, 4, 6, 7)]
    ratings = drop_duplicates(Ratings.from_arrays(users, items, [4, 3.5, 1, 5, 3.5, 2, 5], times))
    catalog = Catalog(np.array([10, 15, 20, 30]), ("Ten", "Fifteen", "Twenty", ""))
    return ratings, catalog


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 5], 1.0),
        ([0.5, 4, 3.5], 0.5),
        ([0, 10, 70], 10.0),
        ([4, 4], None),
        ([1.0, 1.1], 0.1),
        (range(150), None),
    ],
)
def test_the_step_is_the_least_distance_of_two_ratings(values: list[float], expected: float | None) -> None:
    ratings = Ratings.from_arrays([1] * len(values), list(range(len(values))), list(values))
    assert step(ratings) == expected


def test_a_small_set_by_hand() -> None:
    found = describe(*small())
    assert (found.users, found.items, found.ratings) == (3, 3, 6)
    assert found.density == pytest.approx(6 / 9)
    assert found.scale == (1.0, 5.0)
    assert found.mean == pytest.approx(22 / 6)
    assert found.values == {1.0: 1, 3.5: 2, 4.0: 1, 5.0: 2}
    assert found.per_user == (1.0, 1.5, 2.0, 2.5, 3.0)
    assert found.per_item == (1.0, 1.5, 2.0, 2.5, 3.0)
    assert found.dates == ("1970-01-02", "1970-01-08")
    assert found.gini == pytest.approx(2 / 9)
    assert found.top_share == pytest.approx(3 / 6)
    assert found.most_rated == (("Ten", 3), ("Twenty", 2), ("item 30", 1))
    assert found.titled == 2
    assert (found.duplicates, found.duplicate_policy, found.rows_bad, found.implicit) == (1, "last", 0, False)
    assert found.steps == ("last of every repeated pair, 1 row dropped",)


def test_it_goes_into_json_and_back() -> None:
    plain = describe(*small()).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["values"] == {"1": 1, "3.5": 2, "4": 1, "5": 2}
    assert plain["most_rated"][0] == ["Ten", 3]
    assert plain["dates"] == ["1970-01-02", "1970-01-08"]


def test_values_that_look_alike_in_six_digits_stay_apart() -> None:
    ratings = Ratings.from_arrays([1, 2, 3, 4], [1, 2, 3, 4], [1234567, 1234568, 0.1, 1e30])
    values = describe(ratings, Catalog(ratings.item_ids)).to_dict()["values"]
    assert values == {"0.1": 1, "1234567": 1, "1234568": 1, "1e+30": 1}
    assert [np.float32(text) for text in values] == sorted(ratings.rating)


def test_what_a_set_lacks_is_none() -> None:
    ratings = Ratings.from_arrays(["a", "b"] * 100, list(range(200)), np.arange(200) / 7)
    found = describe(ratings, Catalog(ratings.item_ids))
    assert (found.values, found.dates, found.titled) == (None, None, 0)
    assert found.to_dict()["values"] is None
    assert found.top_share == pytest.approx(2 / 200)
    assert found.most_rated[0] == ("item 0", 1)


def test_filters_show() -> None:
    ratings, catalog = small()
    assert describe(min_rating(ratings, 4), catalog).steps[-1] == "ratings of at least 4"


def test_nothing_cannot_be_described() -> None:
    ratings, catalog = small()
    with pytest.raises(DataError, match=r"there are no ratings to describe"):
        describe(ratings.select(np.zeros(len(ratings), bool)), catalog)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=30).filter(any))
def test_gini_is_the_mean_difference(counts: list[int]) -> None:
    n, total = len(counts), sum(counts)
    by_pairs = sum(abs(a - b) for a in counts for b in counts) / (2 * n * total)
    assert gini(np.array(counts)) == pytest.approx(by_pairs, abs=1e-9)


def test_gini_at_its_ends() -> None:
    assert gini(np.array([5, 5, 5])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
