import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from foretaste.data.quotes import Census, holds_rows, take_census

Put = Callable[[str, str | bytes], Path]
USED = {"user": 0, "item": 1, "rating": 2}


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["1", "2", "3", "Film\n4,5,3,Up"], True),
        (["1", "2", "3", "Film\nso, so\n4,5,3,Up\n"], True),
        (["ann", "up", "3", "Film\nbob,7,3,Up\n"], True),
        (["1", "2", "3", "I liked it\nbut, well, not, much"], False),
        (["ann", "up", "3", "I liked it\nnot much, but still, 3, you know"], False),
        (["1", "2", "3", "one\ntwo"], False),
        (["1", "2", "3", "4,5,3,x"], False),
    ],
)
def test_a_field_that_holds_rows(cells: list[str], *, rows: bool) -> None:
    assert holds_rows(cells, USED, ",") is rows


def test_the_last_line_of_a_field_goes_on_behind_it() -> None:
    assert holds_rows(["1", "2", "Film,3\n4,5,Up", "3"], {"user": 0, "item": 1, "rating": 3}, ",")


def test_an_id_of_two_lines_holds_no_row() -> None:
    assert not holds_rows(["w\n0", "2", "3"], USED, ",")
    assert holds_rows(["w,2,3\n0", "2", "3"], USED, ",")


def test_a_header_that_holds_rows() -> None:
    assert holds_rows(["user", "item", "title\n1,2,up"], None, ",")
    assert holds_rows(["user", "item", "title\nann,it,up\n"], None, ",")
    assert not holds_rows(["user\nid", "item", "title"], None, ",")


@pytest.mark.parametrize("packed", [False, True])
def test_the_census(put: Put, *, packed: bool) -> None:
    def census(text: str) -> Census | None:
        path = put("r", gzip.compress(text.encode()) if packed else text)
        return take_census(path, ",", gzipped=packed)

    assert census("1,2\n" * 1000) is None
    assert census('1,"2"\n3,4\n') == Census(2, regular=True)
    assert census('1,"2"\n3,4') == Census(2, regular=True)
    for regular in ('"a, ""b""",1\r\n"",""\r\n', '1,"a\nb"\n', '"""a""","b"\n'):
        assert census(regular) == Census(2 if "\n" in regular[:-1] else 1, regular=True)
    for odd in ('1,"2', '1,5"disc\n', '"a"b,1\n', '""a,1\n', 'a"b"c,1\n', '1,a"\n2,"b\n', '1,"2" \n'):
        found = census(odd)
        assert found is not None
        assert not found.regular
    assert census("1,2\n" * 500_000 + '1,"x\n"\n') == Census(500_002, regular=True)


def test_a_carriage_return_inside_a_line_is_seen(put: Put) -> None:
    for text, lone in (("1,2\r\n" * 300_000, False), ("1,2\n" * 300_000 + "1\r2,3\n", True), ("1,\r\r\n", True)):
        for separator in (",", "::"):
            found = take_census(put("r", text), separator, gzipped=False)
            assert found == (Census(0, regular=False) if lone else None)
    edge = b"1" * (2**20 - 1) + b"\r"
    assert take_census(put("r", edge + b"\n"), ",", gzipped=False) is None
    assert take_census(put("r", edge + b"2"), ",", gzipped=False) == Census(0, regular=False)
    assert take_census(put("r", '1::"2\n'), "::", gzipped=False) is None
