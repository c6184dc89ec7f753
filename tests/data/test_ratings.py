"""The noun Ratings."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError

TABLE = Ratings.from_arrays(["bob", "ann", "bob"], [7, 7, 3], [4.5, 0.0, -2], [86_400, 0, 172_800])


def test_rows_keep_their_order_and_ids_are_sorted():
    assert TABLE.user.tolist() == ["bob", "ann", "bob"]
    assert TABLE.item.tolist() == [7, 7, 3]
    assert TABLE.user_ids.tolist() == ["ann", "bob"]
    assert TABLE.item_ids.dtype == np.int64
    assert TABLE.rating.dtype == np.float32
    assert (TABLE.n_users, TABLE.n_items, len(TABLE)) == (2, 2, 3)


def test_it_describes_itself():
    text = "Ratings(2 users x 2 items, 3 ratings, density 75 %, scale -2 to 4.5, 1970-01-01 to 1970-01-03)"
    assert repr(TABLE) == text
    assert counted(1, "user") == "1 user"
    assert "0 ratings)" in repr(TABLE.select(np.zeros(3, bool)))


def test_without_ratings_rows_are_events():
    events = Ratings.from_arrays([1, 2], [1, 1])
    assert events.rating.tolist() == [1, 1]
    assert events.log.implicit


def test_it_is_immutable():
    with pytest.raises(ValueError, match="read-only"):
        TABLE.rating[0] = 1
    with pytest.raises(FrozenInstanceError):
        TABLE.rating = None


def test_the_callers_arrays_stay_writeable():
    mine = np.array([1.0, 2.0], dtype=np.float32)
    Ratings.from_arrays([1, 2], [1, 1], mine)
    mine[0] = 5


def test_selected_rows_drop_users_and_items_without_any_and_are_logged():
    some = TABLE.select(np.array([True, False, True]), step="without ann")
    assert some.user_ids.tolist() == ["bob"]
    assert some.item.tolist() == [7, 3]
    assert some.time is not None
    assert some.time.tolist() == [86_400, 172_800]
    assert some.log.steps == ("without ann",)
    assert len(TABLE) == 3


def test_equal_tables_have_equal_fingerprints():
    again = Ratings.from_arrays(["bob", "ann", "bob"], [7, 7, 3], [4.5, 0.0, -2], [0, 0, 0])
    assert again.fingerprint() == TABLE.fingerprint()
    assert TABLE.select(np.array([0, 1])).fingerprint() != TABLE.fingerprint()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([1, 2], [1], [1.0, 2.0]), "the columns have different lengths"),
        (([1], [1], [np.nan]), "row 0: rating is nan, expected a finite number"),
        (([1], [1], ["x"]), "ratings are <U1, expected numbers"),
        (([2**70], [1], [1.0]), "row 0: user id is 1180591620717411303424, beyond 64 bits"),
        (([1], [[1]], [1.0]), r"item ids have the shape \(1, 1\), expected one dimension"),
        (([1], [1], [1.0], [np.nan]), "row 0: time is nan, expected Unix seconds or a datetime"),
        (([1.5], [1], [1.0]), "user ids are float64, expected integers or strings"),
        ((["a", None], [1, 2], [1.0, 2.0]), "row 1: user id is None"),
        ((["a"], np.array(["", 1], dtype=object)[:1], [1.0]), "row 0: item id is ''"),
    ],
)
def test_what_is_no_table_of_ratings_is_refused(columns, words):
    with pytest.raises(DataError, match=words):
        Ratings.from_arrays(*columns)


def test_integers_in_an_object_array_are_integers():
    assert Ratings.from_arrays(np.array([2, 1], dtype=object), [1, 1]).user_ids.dtype == np.int64


def test_nothing_has_no_scale():
    with pytest.raises(DataError, match="there are no ratings, so there is no scale"):
        _ = TABLE.select(np.zeros(3, bool)).scale


def test_times_in_any_form_become_seconds():
    for time in ([1_500_000_000_000], np.array(["2017-07-14T02:40:00"], "datetime64[ns]"), [1_500_000_000.5]):
        table = Ratings.from_arrays([1], [1], [1.0], time)
        assert table.time.tolist() == [1_500_000_000]
        assert "2017-07-14" in repr(table)
