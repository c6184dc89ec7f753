import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from foretaste.data.opening import (
    HEAD_BYTES,
    is_file,
    is_utf8,
    open_bytes,
    place_kind,
    read_head,
    source_kind,
    text_lines,
)
from foretaste.errors import DataError, NotFoundError

Put = Callable[[str, str | bytes], Path]


def test_kinds(put: Put) -> None:
    assert source_kind(put("a.csv", "1,2")) == "text"
    assert source_kind(put("u1.base", "1\t2")) == "text"
    assert source_kind(put("a.bin", b"PAR1....PAR1")) == "parquet"
    assert source_kind(put("a.parquet", "text")) == "parquet"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no file .*none\.csv") as caught:
        source_kind(tmp_path / "none.csv")
    assert caught.value.hint == "check the path, or give the name of a public set such as ml-1m"


@pytest.mark.parametrize("name", ["r.xlsx", "r.json", "r.ZIP", "r.json.gz", "r.pickle"])
def test_what_is_not_read_says_what_is(put: Put, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name} is a .* file, which is not read") as caught:
        source_kind(put(name, "x"))
    assert caught.value.hint is not None
    assert ".csv, .tsv, .dat" in caught.value.hint
    assert ".parquet" in caught.value.hint


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=r"folder cannot be read: Is a directory"):
        source_kind(tmp_path / "folder")


def test_the_head_is_whole_lines_without_a_mark(put: Put) -> None:
    assert read_head(put("a.csv", b"\xef\xbb\xbfu,i\n1,2")) == (False, "u,i\n1,2")
    packed = put("a.csv.gz", gzip.compress(b"u,i\n"))
    assert read_head(packed) == (True, "u,i\n")
    with open_bytes(packed, gzipped=True) as stream:
        assert stream.readline() == b"u,i\n"
    text = b"12345,6789\n" * (HEAD_BYTES // 10)
    gzipped, head = read_head(put("b.csv", text))
    assert not gzipped
    assert HEAD_BYTES - 11 < len(head) <= HEAD_BYTES
    assert head.endswith("\n")


def test_bytes_that_are_not_utf8_wait_for_the_column_they_stand_in(put: Put) -> None:
    _, head = read_head(put("a.csv", b"u,i,caf\xe9\n1,2,3\n"))
    assert head.encode("utf-8", "surrogateescape") == b"u,i,caf\xe9\n1,2,3\n"


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"", mtime=0)])
def test_empty_files(put: Put, content: bytes) -> None:
    with pytest.raises(DataError, match=r"a.csv is empty, expected ratings"):
        read_head(put("a.csv", content))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_called_by_its_name(put: Put, encoding: str) -> None:
    with pytest.raises(DataError, match=r"a.csv is UTF-16 text, expected UTF-8") as caught:
        read_head(put("a.csv", "user,item\n1,2\n".encode(encoding)))
    assert caught.value.hint == "convert it: iconv -f utf-16 -t utf-8 a.csv > utf8-a.csv"


def test_a_picture_is_no_text(put: Put) -> None:
    with pytest.raises(DataError, match=r"a.csv is not text: it starts with the bytes 89 50 4E 47"):
        read_head(put("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4))


def test_old_line_ends(put: Put) -> None:
    with pytest.raises(
        DataError, match=r"a.csv ends its lines with carriage returns alone, expected line feeds"
    ) as caught:
        read_head(put("a.csv", b"u,i\r1,2\r3,4\r"))
    assert caught.value.hint == r"convert it: tr '\r' '\n' < a.csv > new-a.csv"


def test_gzip_that_is_none_or_damaged(put: Put) -> None:
    with pytest.raises(DataError, match=r"a.csv.gz is not a gzip file, which its name says it is"):
        read_head(put("a.csv.gz", b"u,i\n1,2\n"))
    whole = gzip.compress(b"u,i\n" + b"1,2\n" * 100)
    for damaged in (whole[:-6], whole[:-8] + b"\0\0\0\0" + whole[-4:], whole[:12] + b"\xff\xff" + whole[14:]):
        with pytest.raises(DataError, match=r"b.csv.gz is a damaged gzip file: "):
            read_head(put("b.csv.gz", damaged))


def test_an_endless_line_is_refused_from_the_head(put: Put) -> None:
    with pytest.raises(DataError, match=r"a.csv line 1 is longer than 1 MiB, expected one rating per line"):
        read_head(put("a.csv", b"1," * 10_000_000))


def test_what_stands_at_a_path(put: Put, tmp_path: Path) -> None:
    path = put("a.csv", "1,2")
    assert [place_kind(p) for p in (path, tmp_path, tmp_path / "none", path / "below")] == [
        "file",
        "folder",
        "nothing",
        "nothing",
    ]
    assert is_file(path)
    assert not is_file(tmp_path / ("x" * 300))


def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/null")):
        with pytest.raises(DataError, match=r" is a pipe or a device, expected a file or a folder") as caught:
            source_kind(path)
        assert caught.value.hint == "save it to a file first, and give that"


def test_paths_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"^x{60}\.\.\. cannot be looked at: File name too long"):
        source_kind(tmp_path / ("x" * 300))
    with pytest.raises(DataError, match=r"is no path: .*null"):
        source_kind(tmp_path / "a\0b")

    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(DataError, match=r"r.csv cannot be looked at: Permission denied") as caught:
        source_kind(Path("closed") / "r.csv")
    assert caught.value.hint == "check the path and its rights"


def test_names_that_are_no_utf8() -> None:
    assert is_utf8(Path("é.csv"))
    assert not is_utf8(Path(os.fsdecode(b"\xffd.csv")))


def test_a_nul_byte_in_a_text_is_placed(put: Put) -> None:
    with pytest.raises(
        DataError, match=r"a.csv line 3 holds a NUL byte \(byte 10 of the file\), expected text"
    ) as caught:
        read_head(put("a.csv", b"u,i\n1,2\n3\0,4\n"))
    assert caught.value.hint == r"the file may be damaged; take such bytes out: tr -d '\000' < a.csv > new-a.csv"


def test_lines_come_with_their_ends_and_strange_bytes_and_not_the_mark(put: Put) -> None:
    content = b"\xef\xbb\xbf1 2\r\n\n3 \xe9"
    for path, gzipped in ((put("a.txt", content), False), (put("a.txt.gz", gzip.compress(content)), True)):
        assert list(text_lines(path, gzipped=gzipped)) == ["1 2\r\n", "\n", "3 \udce9"]
    endless = text_lines(put("b.txt", b"1\n" + b"2" * 1_100_000), gzipped=False, expected="a user and items")
    assert next(endless) == "1\n"
    with pytest.raises(DataError, match=r"b.txt line 2 is longer than 1 MiB, expected a user and items"):
        next(endless)
