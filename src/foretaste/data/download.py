"""Fetch a large file and unpack it: goes on where it stopped, checks what arrived, lets nothing out of its folder."""

import hashlib
import http.client
import logging
import re
import shutil
import stat
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from foretaste.errors import DownloadError

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all (0 where the server does not say)."""
_BLOCK = 1 << 18
_TIMEOUT_S = 30
_log = logging.getLogger(__name__)


def download(url: str, path: Path, *, md5: str | None = None, progress: Progress | None = None) -> None:
    """Fetch a file; a part that an earlier call left behind is continued.

    Args:
        url: http or https.
        path: Where it goes; appears there only when it is complete and right. The part is ``<path>.part``.
        md5: What its MD5 must be. None asks the server for ``<url>.md5``, and checks nothing where there is none.
        progress: Told about every block.

    Raises:
        DownloadError: The folder cannot be made, the server cannot be reached or refuses, the connection broke (the
            part stays), or the checksum is wrong (the part is deleted).
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "choose another place with FORETASTE_CACHE"
        raise DownloadError(f"folder {path.parent} cannot be made: {_reason(error)}", hint=hint) from error
    try:
        _receive(url, part, progress)
        expected = md5 or _published_md5(url)
        actual = _md5(part)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, DownloadError):
            raise
        raise DownloadError(
            f"{url} cannot be fetched: {_reason(error)}", hint="check the network, then try again"
        ) from error
    if expected is not None and actual != expected:
        part.unlink()
        raise DownloadError(
            f"{url} arrived with MD5 {actual}, expected {expected}; what arrived is deleted", hint="try again"
        )
    part.replace(path)


def unpack(archive: Path, member: str, target: Path) -> None:
    """Unpack one folder of a zip file, all of it or nothing.

    Args:
        archive: The zip file.
        member: Name of the folder inside; what lies outside it is not unpacked.
        target: What the folder becomes; must not exist.

    Raises:
        DownloadError: The archive is damaged, lacks the folder, or holds a path that leads out of it or a file that is
            not a regular one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                place = _safe_place(archive, info)
                if place.parts[:1] == (member,) and not info.is_dir():
                    goal = made / place
                    goal.parent.mkdir(parents=True, exist_ok=True)
                    with opened.open(info) as source, goal.open("wb") as sink:
                        shutil.copyfileobj(source, sink, _BLOCK)
        if not (made / member).is_dir():
            raise DownloadError(
                f"{archive.name} holds no folder {member}", hint="the archive has changed: unpack it by hand"
            )
        (made / member).replace(target)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise DownloadError(f"{archive.name} is not a whole zip file: {error}", hint="fetch it again") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _receive(url: str, part: Path, progress: Progress | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    try:
        with _open(url, have) as response:
            continued = response.status == http.HTTPStatus.PARTIAL_CONTENT and _starts_at(response, have)
            length = int(response.headers.get("Content-Length") or 0)
            if have and not continued:
                _log.info("%s cannot be continued; it is fetched from the start", url)
                have = 0
            total = have + length if length else 0
            with part.open("ab" if continued else "wb") as sink:
                done = _copy(response, sink, have, total, progress)
    except urllib.error.HTTPError as error:
        with error:
            if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not have:
                raise DownloadError(f"{url} cannot be fetched: the server says {error.code} {error.reason}") from error
        return  # nothing beyond what is there: the checksum decides
    if total and done < total:
        raise DownloadError(
            f"{url} stopped after {done:,} of {total:,} bytes", hint="try again: it goes on where it stopped"
        )


def _copy(response: http.client.HTTPResponse, sink: IO[bytes], done: int, total: int, progress: Progress | None) -> int:
    while True:
        try:
            block = response.read(_BLOCK)
        except http.client.IncompleteRead as error:
            block = error.partial
            sink.write(block)
            return done + len(block)
        if not block:
            return done
        sink.write(block)
        done += len(block)
        if progress is not None:
            progress(done, total)


def _open(url: str, start: int = 0) -> http.client.HTTPResponse:
    if not url.startswith(("https://", "http://")):
        raise DownloadError(f"{url} is no http or https address")
    headers = {"User-Agent": "foretaste"} | ({"Range": f"bytes={start}-"} if start else {})
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (checked above)
    response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
    return response


def _starts_at(response: http.client.HTTPResponse, start: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _published_md5(url: str) -> str | None:
    try:
        with _open(url + ".md5") as response:
            found = re.search(r"\b[0-9a-fA-F]{32}\b", response.read(4096).decode("latin-1"))
    except urllib.error.HTTPError as error:
        with error:
            _log.info("%s has no published checksum (%d)", url, error.code)
        return None
    return found.group().lower() if found else None


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _safe_place(archive: Path, info: zipfile.ZipInfo) -> PurePosixPath:
    place = PurePosixPath(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if place.is_absolute() or ".." in place.parts or "\\" in info.filename or ":" in info.filename:
        raise DownloadError(f'{archive.name} holds the path "{info.filename}", which leads out of its folder')
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DownloadError(f'{archive.name} holds "{info.filename}", which is not a regular file')
    return place


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
