"""What a file is before anyone reads it: text or Parquet, packed or not, and everything that is neither.

Whatever cannot hold ratings (a picture, UTF-16, one endless line, a broken gzip) is refused from its first mebibyte.
"""

import gzip
import io
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal

from foretaste.errors import DataError, NotFoundError

HEAD_BYTES = 1 << 20
"""How much of a file is looked at; also the longest line that is read."""
READABLE = ".csv, .tsv, .dat, .txt, u.data, the same with .gz, .parquet, and MovieLens folders"
_LONGEST_NAME = 60
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1f]")
_FOREIGN = (
    ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".npz",
    ".npy", ".pkl", ".pickle", ".h5", ".hdf5", ".feather", ".arrow", ".avro", ".orc", ".sqlite", ".db", ".mat", ".png",
    ".jpg", ".jpeg", ".gif", ".pdf", ".html", ".xml",
)  # fmt: skip


def place_kind(path: Path) -> Literal["file", "folder", "nothing"]:
    """Return what stands at a path.

    Raises:
        DataError: It cannot be looked at, or is a pipe or a device: these can be read only once, and a file of ratings
            is read several times.
    """
    shown = path.name if len(path.name) <= _LONGEST_NAME else f"{path.name[:_LONGEST_NAME]}..."
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except OSError as error:
        raise DataError(
            f"{shown} cannot be looked at: {error.strerror}", hint="check the path and its rights"
        ) from error
    except ValueError as error:
        raise DataError(f"{path!r} is no path: {error}", hint="check the path") from error
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        hint = "save it to a file first, and give that"
        raise DataError(f"{path} is a pipe or a device, expected a file or a folder", hint=hint)
    return "file"


def is_file(path: Path) -> bool:
    """Return whether a path is a regular file that can be looked at."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_utf8(path: Path) -> bool:
    """Return whether a path is UTF-8 text, as polars expects; on Linux a name may be any bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def source_kind(path: Path) -> Literal["parquet", "text"]:
    """Return how a file is read, by its name and its first bytes.

    Raises:
        NotFoundError: It is not there.
        DataError: It cannot be opened, is no regular file, or its name says that it is something that is not read.
    """
    if place_kind(path) == "nothing":
        raise NotFoundError(
            f"there is no file {path}", hint="check the path, or give the name of a public set such as ml-1m"
        )
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix in _FOREIGN:
        raise DataError(f"{path.name} is a {suffix} file, which is not read", hint=f"these are: {READABLE}")
    try:
        with path.open("rb") as raw:
            magic = raw.read(4)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}") from error
    return "parquet" if magic == b"PAR1" or suffix in (".parquet", ".pq") else "text"


def open_bytes(path: Path, *, gzipped: bool) -> IO[bytes]:
    """Open a file for reading bytes, unpacked."""
    return io.BufferedReader(gzip.GzipFile(path)) if gzipped else path.open("rb")


def text_lines(path: Path, *, gzipped: bool, expected: str = "one rating per line") -> Iterator[str]:
    """Yield the lines of a text file with their ends; bytes that are not UTF-8 are kept as surrogates.

    Args:
        path: An existing file.
        gzipped: Whether it is packed.
        expected: What lines hold, for the message.

    Raises:
        DataError: A line is longer than 1 MiB, or the gzip is damaged.
    """
    number = 0
    try:
        with open_bytes(path, gzipped=gzipped) as stream:
            while line := stream.readline(HEAD_BYTES + 1):
                number += 1
                if len(line) > HEAD_BYTES:
                    raise DataError(f"{path.name} line {number} is longer than 1 MiB, expected {expected}")
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                yield line.decode("utf-8", "surrogateescape")
    except (EOFError, zlib.error, OSError) as error:
        raise damaged_gzip(path, error) from error


def damaged_gzip(path: Path, error: Exception) -> DataError:
    """Return the error for a gzip file that is cut short or altered."""
    return DataError(f"{path.name} is a damaged gzip file: {str(error).lower()}", hint="fetch or pack it again")


def read_head(path: Path) -> tuple[bool, str]:
    """Read the beginning of a text file.

    Args:
        path: An existing file.

    Returns:
        Whether it is packed with gzip, and its whole lines in the first mebibyte. Bytes that are not UTF-8 are kept
        as surrogates: they matter only where they stand in a column that is used.

    Raises:
        DataError: It is empty, not UTF-8 text, not the gzip file it says it is, or its first line is endless.
    """
    name = path.name
    with path.open("rb") as raw:
        gzipped = raw.read(2) == b"\x1f\x8b"
    if path.suffix.lower() == ".gz" and not gzipped and path.stat().st_size:
        raise DataError(f"{name} is not a gzip file, which its name says it is", hint="rename it, or pack it with gzip")
    try:
        with open_bytes(path, gzipped=gzipped) as stream:
            head = stream.read(HEAD_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_gzip(path, error) from error
    _refuse_binary(name, head)
    if len(head) > HEAD_BYTES:
        end = head.rfind(b"\n") + 1
        if not end:
            raise DataError(f"{name} line 1 is longer than 1 MiB, expected one rating per line")
        head = head[:end]
    return gzipped, head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _refuse_binary(name: str, head: bytes) -> None:
    if not head.strip():
        raise DataError(f"{name} is empty, expected ratings")
    if is_utf16(head):
        raise utf16(name)
    place = head.find(b"\0")
    if place >= 0 and (place < 4 or _CONTROL.search(head[:place])):
        start = head[:4].hex(" ").upper()
        raise DataError(f"{name} is not text: it starts with the bytes {start}", hint=f"these are read: {READABLE}")
    if place >= 0:
        line = head.count(b"\n", 0, place) + 1
        hint = f"the file may be damaged; take such bytes out: tr -d '\\000' < {name} > new-{name}"
        raise DataError(
            f"{name} line {line} holds a NUL byte (byte {place + 1:,} of the file), expected text", hint=hint
        )
    if b"\n" not in head and b"\r" in head:
        hint = f"convert it: tr '\\r' '\\n' < {name} > new-{name}"
        raise DataError(f"{name} ends its lines with carriage returns alone, expected line feeds", hint=hint)


def utf16(name: str) -> DataError:
    """Return the error for a file that is UTF-16 text."""
    hint = f"convert it: iconv -f utf-16 -t utf-8 {name} > utf8-{name}"
    return DataError(f"{name} is UTF-16 text, expected UTF-8", hint=hint)


def is_utf16(head: bytes) -> bool:
    """Return whether bytes begin like UTF-16, with or without a byte order mark."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    even, odd = head[0:400:2], head[1:400:2]
    return len(odd) > 3 and (odd.count(0) > 0.8 * len(odd)) != (even.count(0) > 0.8 * len(even))
