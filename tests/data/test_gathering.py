"""Batches become a table: the one that a file with the same rows would be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.gathering import Gathering
from foretaste.data.readers import read_ratings

ROWS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from([0.5, 1.0, 4.5]), st.integers(0, 2**31)),
    min_size=1, max_size=40, unique_by=lambda row: row[:2],
)  # fmt: skip


def gathered(rows, step=7):
    gathering = Gathering()
    for start in range(0, len(rows), step):
        users, items, ratings, times = zip(*rows[start : start + step], strict=True)
        gathering.add([str(u) for u in users], [str(i) for i in items], ratings, times)
    return gathering.table("store")


@given(rows=ROWS, names=st.booleans())
def test_it_is_what_a_file_would_be(rows, names, tmp_path_factory):
    rows = [(f"u{user}" if names else user, *rest) for user, *rest in rows]
    path = tmp_path_factory.mktemp("rows") / "r.csv"
    lines = [",".join(map(str, row)) for row in sorted(rows)]
    path.write_text("user,item,rating,time\n" + "\n".join(lines) + "\n")
    made, read = gathered(rows), read_ratings(path)
    assert made.fingerprint() == read.fingerprint()
    assert made.user_ids.dtype == read.user_ids.dtype
    assert np.array_equal(made.time, read.time)


def test_ids_are_integers_only_where_all_are():
    assert gathered([(1, "007", 1, 1), (2, "8", 2, 1)]).item_ids.tolist() == ["007", "8"]
    assert gathered([(10, "7", 1, 1), (2, "8", 2, 1)]).user_ids.tolist() == [2, 10]


def test_rows_are_sorted_by_user_and_item_whatever_order_they_came_in():
    made = gathered([(10, 1, 3, 5), (2, 9, 4, 6), (2, 1, 5, 7)], step=1)
    assert list(zip(made.user.tolist(), made.item.tolist(), made.rating.tolist(), made.time.tolist(), strict=True)) == [
        (2, 1, 5, 7), (2, 9, 4, 6), (10, 1, 3, 5),
    ]  # fmt: skip


def test_rows_that_are_all_one_are_clicks():
    assert gathered([(1, 1, 1, 1), (2, 2, 1, 1)]).log.implicit
    assert not gathered([(1, 1, 1, 1), (2, 2, 2, 1)]).log.implicit
    assert not gathered([(1, 1, 3, 1)]).log.implicit


def test_the_log_says_where_it_is_from():
    log = gathered([(1, 1, 3, 1), (1, 2, 3, 1)]).log
    assert (log.source, log.rows_read) == ("store", 2)
