import re

import pytest

from foretaste.data.lines import BLANKS, NUMBER, rows_of
from foretaste.errors import DataError


def rows(text: str, separator: str) -> list[tuple[int, int, list[str]]]:
    return list(rows_of(text.splitlines(keepends=True), separator, source="r.csv"))


def test_csv_rows_keep_their_lines() -> None:
    text = 'a,"b, c", d \n\n"x\ny",2,"say ""hi"""\n,,\nlast,1,\n'
    assert rows(text, ",") == [(1, 1, ["a", "b, c", "d"]), (3, 4, ["x\ny", "2", 'say "hi"']), (6, 6, ["last", "1", ""])]


def test_double_colons_and_blanks_know_no_quotes() -> None:
    assert rows('1::"A::5\n\n2::B:C::4\n', "::") == [(1, 1, ["1", '"A', "5"]), (3, 3, ["2", "B:C", "4"])]
    assert rows("1   2\t3\n  \n 4 5 6 \n", BLANKS) == [(1, 1, ["1", "2", "3"]), (3, 3, ["4", "5", "6"])]


def test_windows_line_ends_leave_no_trace() -> None:
    assert rows("1,2\r\n3,4\r\n", ",") == [(1, 1, ["1", "2"]), (2, 2, ["3", "4"])]
    assert rows("1::2\r\n", "::") == [(1, 1, ["1", "2"])]


def test_a_quote_that_never_closes_is_named() -> None:
    with pytest.raises(
        DataError, match=r"r.csv line 2: a quote opens there and does not close before line 32770"
    ) as caught:
        rows("1,2\n" + '3,"' + "4,5\n" * 50_000, ",")
    assert caught.value.hint == 'close it, or write a quote inside a field as ""'
    with pytest.raises(DataError, match=r"r.csv line 2: a quote opens there and does not close before line 4"):
        rows('1,2\n3,"4\n5,6\n7,8\n', ",")
    for end in ("", "\n"):
        with pytest.raises(DataError, match=r"r.csv line 2: a quote opens there and does not close in that line"):
            rows('1,2\n3,"4' + end, ",")


@pytest.mark.parametrize("last", ['5,"x', '5,"x, y"', '5,a "word" more'])
def test_a_quote_that_closes_before_more_text_is_open(last: str) -> None:
    with pytest.raises(DataError, match=r"r.csv line 1: a quote opens there and does not close before line 3"):
        rows(f'1,"a\n3,b\n{last}\n7,8\n', ",")


def test_other_lines_that_cannot_be_split() -> None:
    with pytest.raises(DataError, match=r"r.csv line 1 has a field longer than 128 KiB, expected ids and numbers"):
        rows("1," + "x" * 200_000, ",")
    with pytest.raises(
        DataError, match=r"r.csv line 2 has a carriage return inside, expected one at its end"
    ) as caught:
        list(rows_of(["1,2\n", "3\r4,5\n"], ",", source="r.csv"))
    assert caught.value.hint is not None
    assert "line feed" in caught.value.hint


@pytest.mark.parametrize("text", ["0", "-3", "+4.5", ".5", "5.", "1e3", "2.5E-1"])
def test_numbers(text: str) -> None:
    assert NUMBER.fullmatch(text)
    float(text)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_000", "1,5", "0x10", "e5", ".", "-", "1 2", "\u0663", "5*"])
def test_not_numbers(text: str) -> None:
    assert not NUMBER.fullmatch(text)
    assert isinstance(NUMBER, re.Pattern)
