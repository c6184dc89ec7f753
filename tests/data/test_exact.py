import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from foretaste.data.coding import Table
from foretaste.data.exact import first_bad, read_exact
from foretaste.data.layout import look
from foretaste.errors import DataError

Put = Callable[[str, str | bytes], Path]
HEADER = "userId,movieId,rating,timestamp\n"


def exact(path: Path, *, skip_bad: bool = False) -> Table:
    return read_exact(look(path), skip_bad=skip_bad)


def refused(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        exact(path)
    return caught.value


def test_rows_become_columns(put: Put) -> None:
    table = exact(put("r.csv", HEADER + '5, b ,"3.5",100\n\n,,,\n4,"a, x",-1,99.9\n5,b,0,-1.5\n'))
    assert table.user[0].tolist() == [4, 5]
    assert table.user[1].tolist() == [1, 0, 1]
    assert table.item[0].tolist() == ["a, x", "b"]
    assert table.rating is not None
    assert table.rating.tolist() == [3.5, -1.0, 0.0]
    assert table.time is not None
    assert table.time.tolist() == [100, 99, -2]


def test_files_without_ratings_or_times(put: Put) -> None:
    table = exact(put("r.csv", "user,item\n1,2\n3,4\n"))
    assert table.rating is None
    assert table.time is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,2,abc,5", 'r.csv line 3: rating is "abc", expected a number'),
        ("1,2,,5", "r.csv line 3: rating is blank, expected a number"),
        ("1,2,nan,5", 'r.csv line 3: rating is "nan", expected a finite number'),
        ("1,2,-inf,5", 'r.csv line 3: rating is "-inf", expected a finite number'),
        ("1,2,1e39,5", 'r.csv line 3: rating is "1e39", expected a finite number'),
        ("1,2,1_0,5", 'r.csv line 3: rating is "1_0", expected a number'),
        (" ,2,3,5", 'r.csv line 3: user (column "userId") is blank, expected an id'),
        ('1,"",3,5', 'r.csv line 3: item (column "movieId") is blank, expected an id'),
        (
            "1,2,3,soon",
            'r.csv line 3: time (column "timestamp") is "soon", expected Unix seconds, as in the rows above it',
        ),
        (
            "1,2,3,1e30",
            'r.csv line 3: time (column "timestamp") is "1e30", expected Unix seconds, as in the rows above it',
        ),
        ("1,2,3", "r.csv line 3 has 3 fields, expected 4"),
        ("1", "r.csv line 3 has 1 field, expected 4"),
        ("1,2,3,4,5", "r.csv line 3 has 5 fields, expected 4"),
    ],
)
def test_the_first_bad_row_is_named(put: Put, row: str, words: str) -> None:
    error = refused(put("r.csv", f"{HEADER}1,2,3,4\n{row}\n1,2,worse,4\n"))
    assert error.message == words
    assert error.hint is not None
    assert error.hint.endswith("leave bad rows out with --bad-rows skip")


def test_the_hint_names_the_option(put: Put) -> None:
    rating = refused(put("r.csv", HEADER + "1,2,abc,5\n"))
    assert (
        rating.hint == "name the rating column with --columns rating=stars, or leave bad rows out with --bad-rows skip"
    )
    user = refused(put("r.csv", HEADER + ",2,3,5\n"))
    assert user.hint is not None
    assert user.hint.startswith("name the user column with --columns user=NAME, or")
    fields = refused(put("r.csv", HEADER + "1,2,3,5,6\n"))
    assert fields.hint == (
        "put a field that holds the separator in double quotes, or leave bad rows out with --bad-rows skip"
    )


def test_lines_are_counted_as_an_editor_counts_them(put: Put) -> None:
    error = refused(put("r.csv", '\n"user","item",rating\n\n1,"a\nb\nc",3\n\n1,2,abc\n'))
    assert error.message == 'r.csv line 8: rating is "abc", expected a number'
    headerless = refused(put("u.data", "1\t2\t3\n1\t2\tx\n"))
    assert headerless.message == 'u.data line 2: rating (column "3") is "x", expected a number'


def test_skipping_leaves_bad_rows_out_and_counts_them(put: Put) -> None:
    rows = "1,2,3,4\n1,2,x,4\nghost,9,nan,4\n1,2\n1,2,3,4,5\n7,8,1,9\n,,,\n"
    table = exact(put("r.csv", HEADER + rows), skip_bad=True)
    assert table.rows_bad == 4
    assert table.user[0].tolist() == [1, 7]  # the ghost of a bad row does not make the column text
    assert table.item[0].tolist() == [2, 8]


def test_the_first_bad_rows_are_told_with_their_lines(put: Put) -> None:
    layout = look(put("r.csv", "user,item,rating\na,x,4\na,y,no\n\nb,x,5,1\nb,y,\nb,z,5\n"))
    assert first_bad(layout, 5) == (
        'line 3: rating is "no", expected a number',
        "line 5 has 4 fields, expected 3",
        "line 6: rating is blank, expected a number",
    )
    assert len(first_bad(layout, 2)) == 2


def test_bytes_that_are_not_utf8_matter_where_they_are_read(put: Put) -> None:
    text = HEADER.encode() + b"1,2,3,4\ncaf\xe9,2,3,4\n"
    error = refused(put("r.csv", text))
    assert error.message == "r.csv line 3: user holds the byte 0xE9, expected UTF-8 text"
    assert error.hint == ("convert the file: iconv -f latin1 -t utf-8; or leave bad rows out with --bad-rows skip")
    assert exact(put("r.csv", text), skip_bad=True).rows_bad == 1
    elsewhere = exact(put("s.csv", b"user,item,note\n1,2,caf\xe9\n"))
    assert elsewhere.user[0].tolist() == [1]


def test_dates(put: Put) -> None:
    text = "user,item,date\n1,2,1970-01-02\n1,3,1970-01-01T00:00:10Z\n1,4,1970-01-01 02:00:00.9+02:00\n"
    table = exact(put("r.csv", text))
    assert table.time is not None
    assert table.time.tolist() == [86_400, 10, 0]
    error = refused(put("r.csv", text + "1,5,3 May 1970\n"))
    assert error.message == (
        'r.csv line 5: time (column "date") is "3 May 1970", '
        "expected an ISO date such as 2024-05-31 or 2024-05-31T20:15:00Z"
    )


def test_a_quote_that_swallows_lines_is_an_error_even_when_skipping(put: Put) -> None:
    path = put("r.csv", HEADER + '1,2,3,4\n1,"2,3,4\n5,6,1,9\n5,7,1,9\n')
    with pytest.raises(
        DataError, match=r"r.csv line 3: a quote opens there and does not close before line 5"
    ) as caught:
        exact(path, skip_bad=True)
    assert caught.value.hint == 'close it, or write a quote inside a field as ""'


TITLED = "userId,movieId,rating,title\n" + "".join(f"{n},{n},3,T{n}\n" for n in range(40))


@pytest.mark.parametrize(
    ("line", "other", "end"),
    [
        ('1,2,3,"Film', "9,9,3,Up", 41),  # open to the end of the file
        ('1,2,3,"Film', '9,9,3,"Film', 30),
        ('1,2,3,"Film', '9,9,3,"Film, The"', 30),
        ('1,2,3,"Film', '9,9,3,Film"', 30),
    ],
)
@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_quote_in_a_column_that_is_not_read(put: Put, line: str, other: str, end: int, *, skip_bad: bool) -> None:
    lines = TITLED.splitlines()
    lines[20], lines[29] = line, other
    with pytest.raises(
        DataError, match=f"r.csv line 21: a quote opens there and does not close before line {end}\n"
    ) as caught:
        exact(put("r.csv", "\n".join(lines) + "\n"), skip_bad=skip_bad)
    assert caught.value.hint == 'close it, or write a quote inside a field as ""'


def test_a_review_of_several_lines_is_legal(put: Put) -> None:
    table = exact(put("r.csv", TITLED + '50,60,4,"Well, it is, you know,\r\n""long""\n\n"\n51,61,5,x\n'))
    assert table.user[0].tolist()[-2:] == [50, 51]


def test_a_nul_byte_far_into_a_file_is_no_id(put: Put) -> None:
    error = refused(put("r.csv", "user,item\n" + "1,2\n" * 300_000 + "1,a\0b\n"))
    assert error.message == r'r.csv line 300002: item is "a\x00b", expected an id'


def test_damage_far_into_a_file_is_found(put: Put) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(f"{u},{i},3,{i}\n" for u, i in rng.integers(0, 10**9, (200_000, 2)).tolist())
    packed = gzip.compress((HEADER + rows).encode(), 1)
    layout = look(put("r.csv.gz", packed))
    put("r.csv.gz", packed[:-100])
    with pytest.raises(DataError, match=r"r.csv.gz is a damaged gzip file: compressed file ended"):
        read_exact(layout, skip_bad=True)
    with pytest.raises(DataError, match=r"s.csv line 3 is longer than 1 MiB, expected one rating per line"):
        exact(put("s.csv", HEADER + "1,2,3,4\n" + "1," * 600_000 + "\n"), skip_bad=True)


def test_a_byte_order_mark_is_no_part_of_an_id(put: Put) -> None:
    table = exact(put("r.csv", b"\xef\xbb\xbf1,2,3\r\n4,5,6\r\n"))
    assert table.user[0].tolist() == [1, 4]
