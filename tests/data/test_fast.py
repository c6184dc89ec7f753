from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.data.coding import Table
from foretaste.data.exact import read_exact
from foretaste.data.fast import read_fast
from foretaste.data.layout import Layout, look
from foretaste.errors import DataError

Put = Callable[[str, str | bytes], Path]
HEADER = "userId,movieId,rating,timestamp\n"


def plain(table: Table | None) -> object:
    if table is None:
        return None
    ids = [(ids.tolist(), codes.tolist()) for ids, codes in (table.user, table.item)]
    rating = None if table.rating is None else table.rating.tolist()
    return ids, rating, None if table.time is None else table.time.tolist(), table.rows_bad


def both(layout: Layout, *, skip_bad: bool = False) -> tuple[object, object]:
    return plain(read_fast(layout, skip_bad=skip_bad)), plain(read_exact(layout, skip_bad=skip_bad))


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,2,3.5,100\n1,3,4,101\n",
        HEADER + '"1","x, y",3.5,100\r\n 2 , 3,-4,101.75\r\n\r\n',
        "\ufeff1,2,3\n007,2,4\n",
        "1::2::5::978300760\n1::b c::4::978300761\n",
        "user\titem\n1\t2\n\n\n1\t3\n",
        'user,item,note\n1,2,"say ""hi"""\n1,3,x\n',
        "item;date;user\n1;2020-01-01;a\n2;2020-01-02;b\n",
        "user,item,time\n1,2,2020-01-01T10:00:00Z\n1,3,2020-01-01T11:00:00Z\n",
        "user,item,date\n1,2,2020-01-01\n1,3,2020-01-02T10:00:00\n",
        "user,item,time\n1,2,1500000000000\n1,3,1.5e12\n",
        'user,item\n"a ""b""",1\nc,2\n',
    ],
)
def test_what_is_read_fast_is_what_is_read_exactly(put: Put, content: str) -> None:
    fast, exact = both(look(put("r.csv", content)))
    assert fast == exact


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,2,x,100\n",  # a bad row has to be named
        HEADER + "1,2,3\n",
        HEADER + "1,2,3,4\n1,2,3,4,5\n",
        HEADER + "1,2,nan,4\n",
        HEADER + "  ,2,3,4\n",
        HEADER + ",,,\n1,2,,4\n",
        "user,item,note\n1,2,a\n1,3\n",  # a short line ends in a column that is not read
        "user,item,note,more\n1,2,a,b\n\n1,3,c,d\n",
        'user,item\n1,5"disc\n1,2\n',
        'user,item\n"a"b,1\n',
        'user,item,note\n1,2,"a\n3,4,b"\n',  # perhaps an open quote
        'user,item,note\n1,2,a\n1,2,"a\n',
        'user,item\n1,a\n2,"caf\u00e9',  # polars panics here
        "note,user,item\nx,1,2\nx,1,2,3\n",  # polars forgets the last field
        "user,item,note\n1,2,x\n1,2,a\rb\n",
        "user,item\n\x1c,2\n",  # Python strips it, polars does not
        "user,item,time\n1,2,2020-01-01T10:00:60\n",
        "1::2::5\n1::2:::5\n",
        "1  2 3\n",
        b"user,item\ncaf\xe9,2\n",
        "user,item,date\n1,2,2020-01-01\n1,3,2020-01-02T10:00:00Z\n",
        "user,item,date\n1,2,2020-01-01\n1,3,31/12/2020\n",
    ],
)
def test_what_needs_a_closer_look_is_not_guessed_at(put: Put, content: str | bytes) -> None:
    assert read_fast(look(put("r.csv", content)), skip_bad=False) is None


def test_bad_cells_are_skipped_fast(put: Put) -> None:
    rows = "1,2,3,4\n1,2,abc,4\n,2,3,4\n9,2,inf,4\n1,7,3,\n1,8, 3 , 4 \n\n,,x,\n"
    layout = look(put("r.csv", HEADER + rows))
    fast, exact = both(layout, skip_bad=True)
    assert fast == exact == ([([1], [0, 0]), ([2, 8], [0, 1])], [3.0, 3.0], [4, 4], 5)


def test_a_line_of_blanks_is_no_bad_row(put: Put) -> None:
    for columns in ("time,user,item", "user,item,time"):
        layout = look(put("r.csv", columns + "\n1,2,3\n  \n4,5,x\n6,7,8\n"))
        fast, exact = both(layout, skip_bad=True)
        assert fast is None or fast == exact


def test_the_largest_float_is_read_alike(put: Put) -> None:
    fast, exact = both(look(put("r.csv", "user,item,rating\n1,2,3.4028235e38\n")))
    assert fast == exact


def test_lines_of_the_wrong_length_are_left_to_the_exact_reader(put: Put) -> None:
    assert read_fast(look(put("r.csv", HEADER + "1,2,3,4\n1,2,3,4,5\n")), skip_bad=True) is None


def test_odd_characters_in_the_path_are_no_pattern(put: Put) -> None:
    assert read_fast(look(put("a[1]*?.csv", "user,item\n1,2\n")), skip_bad=False) is not None


CELLS = st.sampled_from(
    [
        "1",
        "2",
        "007",
        "-3",
        "a",
        "b c",
        "",
        " ",
        '"q"',
        '"x,y"',
        '""',
        '"',
        '"a"b',
        'a"',
        '""a',
        "3.5",
        "+4",
        "nan",
        "1e2",
        "é",
        "1500000000",
        ".",
        "5.",
    ]
)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=5), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fast_way_agrees_or_abstains(tmp_path: Path, rows: list[list[str]], skip_bad: bool, end: str) -> None:
    path = tmp_path / "r.csv"
    lines = ["user,item,rating,time", "1,2,3,4", *(",".join(row) for row in rows), ""]
    path.write_text(end.join(lines), newline="")
    layout = look(path)
    fast = read_fast(layout, skip_bad=skip_bad)
    try:
        exact = read_exact(layout, skip_bad=skip_bad)
    except DataError:
        assert fast is None
    else:
        assert fast is None or plain(fast) == plain(exact)
