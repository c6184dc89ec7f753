from collections.abc import Callable
from pathlib import Path

import pytest

from foretaste.data.columns import Columns
from foretaste.data.layout import look
from foretaste.data.lines import BLANKS
from foretaste.errors import DataError

Put = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize("given", ["tab", "\t", "\\t", "TAB"])
def test_the_separator_can_be_spelled(put: Put, given: str) -> None:
    layout = look(put("r.txt", "1\t2,5\t3\n4\t5,5\t2\n"), separator=given)
    assert (layout.separator, layout.columns) == ("\t", Columns(0, 1, 2))


def test_unusual_separators_can_be_given(put: Put) -> None:
    assert look(put("r.txt", "user~item\n1~2\n"), separator="~").columns == Columns(0, 1)
    assert look(put("r.txt", "1  2 3\n"), separator="space").separator == BLANKS


def test_header_rows_and_data_rows(put: Put) -> None:
    with_header = look(put("a.csv", "\nwhen,userId,movieId\n\n5,1,2\n"), columns={"time": "when"})
    assert with_header.names == ("when", "userId", "movieId")
    assert with_header.skip_lines == 3
    assert with_header.columns == Columns(1, 2, None, 0)
    without = look(put("b.csv", "\n\n1,2,3.5\n4,5,1\n"))
    assert (without.names, without.skip_lines) == (("1", "2", "3"), 2)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("ann,up,4\nbob,up,5\n", False),  # a number in the first row
        ("ann,up\nbob,up\n", False),  # a word that comes again below
        ("ann,up,2020-01-01\nbob,it,2020-01-02\n", False),  # a date in the first row
        ("user,film\nann,up\n", True),
        ("user,item,2019\n1,2,3\n", True),  # names of both ids decide
    ],
)
def test_what_counts_as_a_header(put: Put, text: str, *, header: bool) -> None:
    assert (look(put("r.csv", text)).names[0] == "user") is header


def test_words_that_never_come_again_are_taken_for_a_header(put: Put) -> None:
    with pytest.raises(DataError, match=r"r.csv has no user and no item column; it has: who, what"):
        look(put("r.csv", "who,what\nann,up\nbob,it\n"))


def test_a_quoted_header_may_span_lines(put: Put) -> None:
    layout = look(put("r.csv", '"user\nid",item,rating\n1,2,3\n'))
    assert layout.skip_lines == 2
    assert layout.columns == Columns(0, 1, 2)


def test_times_are_dates_when_most_are(put: Put) -> None:
    assert look(put("a.csv", "user,item,date\n1,2,2020-01-01\n1,3,2020-01-02T10:00:00Z\n1,4,x\n")).iso_time
    assert not look(put("b.csv", "user,item,date\n1,2,100\n1,3,2020-01-02\n1,4,200\n")).iso_time
    assert not look(put("c.csv", "user,item\n1,2\n")).iso_time


def test_a_header_alone_is_no_data(put: Put) -> None:
    with pytest.raises(DataError, match=r"r.csv has a header but no ratings") as caught:
        look(put("r.csv", "userId,movieId,rating\n\n"))
    assert caught.value.hint == "its columns are: userId, movieId, rating"


def test_a_header_before_an_endless_line(put: Put) -> None:
    with pytest.raises(DataError, match=r"r.csv line 2 is longer than 1 MiB, expected one rating per line"):
        look(put("r.csv", "userId,movieId\n" + "1," * 600_000 + "\n"))


def test_an_open_quote_in_the_head_is_left_to_the_readers(put: Put) -> None:
    layout = look(put("r.csv", 'user,item\n1,2\n3,"' + "4,5\n" * 60_000))
    assert layout.columns == Columns(0, 1)


def test_a_header_does_not_swallow_ratings(put: Put) -> None:
    for text in (
        'user,item,"title\n1,2,x\n',
        'user,item,"title\nann,it,x\nbob,up,y"\nbob,it,z\n',
        'user,item,"a b\n1,2,"\n',
    ):
        with pytest.raises(DataError, match=r"r.csv line 1: a quote opens there and does not close"):
            look(put("r.csv", text))


def test_an_open_quote_in_the_first_rating_is_named(put: Put) -> None:
    with pytest.raises(DataError, match=r"r.csv line 2: a quote opens there and does not close in that line"):
        look(put("r.csv", 'user,item,note\n1,2,"a\n'))


def test_the_first_line_that_excel_reads_gives_the_separator(put: Put) -> None:
    layout = look(put("r.csv", "sep=;\r\nuser;item;rating\r\n1;2;3,5\r\n"))
    assert (layout.separator, layout.columns, layout.skip_lines) == (";", Columns(0, 1, 2), 2)
    assert look(put("r.csv", "SEP=~\nuser~item\n1~2\n")).separator == "~"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("1,10,978300760\n1,11,978300761\n", Columns(0, 1, None, 2)),
        ("1\t10\t20240531\n1\t11\t20240601\n", Columns(0, 1, None, 2)),
        ("1 10 2024-05-31\n1 11 2024-06-01\n", Columns(0, 1, None, 2)),
        ("1,10,978300760,5\n1,11,978300761,4\n", Columns(0, 1, None, 2)),  # what stands fourth is not guessed
        ("1,10,5,978300760\n1,11,4,978300761\n", Columns(0, 1, 2, 3)),
        ("1,10,5\n1,11,978300761\n", Columns(0, 1, 2)),
        ("1,10,1\n1,11,1\n", Columns(0, 1, 2)),
        ("user,item,rating\n1,10,978300760\n", Columns(0, 1, 2)),  # a header has the word
        ("user_id:token\titem_id:token\ttimestamp:float\n1\t10\t978300760\n", Columns(0, 1, None, 2)),
        ("user_id:token\titem_id:token\n1\t10\n", Columns(0, 1)),
        ("uid,sid\n0,12\n", Columns(0, 1)),
        (",uid,sid\n0,0,12\n1,0,13\n", Columns(1, 2)),  # pandas with its row numbers
        ("0 12\n0 13\n1 12\n", Columns(0, 1)),
    ],
)
def test_clicks_are_read_without_a_wrong_guess(put: Put, text: str, columns: Columns) -> None:
    assert look(put("r.csv", text)).columns == columns


def test_a_third_column_that_is_named_is_what_it_is_named(put: Put) -> None:
    path = put("r.csv", "1,10,978300760\n1,11,978300761\n")
    assert look(path, columns={"rating": "3"}).columns == Columns(0, 1, 2)
    assert look(path, columns={"time": "3"}).columns == Columns(0, 1, None, 2)
    assert look(path, columns={"time": ""}).columns == Columns(0, 1, 2)
