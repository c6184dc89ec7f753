import hashlib
import http.server
import io
import stat
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.data.download import download, unpack
from foretaste.errors import DownloadError

BODY = bytes(range(256)) * 4000
MD5 = hashlib.md5(BODY).hexdigest()


class Shelf(http.server.ThreadingHTTPServer):
    """Serves `files`; stops after `cut` bytes of a body once; ignores ranges on demand."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cut: int | None = None
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404, "Not Found")
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if start and start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end, self.server.cut = self.server.cut, None
        self.wfile.write(body[start : len(body) if end is None else end])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_file_is_fetched_whole(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY
    told: list[tuple[int, int]] = []
    download(
        f"{shelf.url}/a.zip",
        tmp_path / "in" / "a.zip",
        md5=MD5,
        progress=lambda done, total: told.append((done, total)),
    )
    assert (tmp_path / "in" / "a.zip").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["a.zip"]
    assert told[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_broken_download_goes_on_where_it_stopped(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY
    shelf.cut = 300_000
    url, path = f"{shelf.url}/a.zip", tmp_path / "a.zip"
    with pytest.raises(DownloadError, match=r"/a.zip stopped after 300,000 of 1,024,000 bytes") as caught:
        download(url, path, md5=MD5)
    assert caught.value.hint == "try again: it goes on where it stopped"
    assert not path.exists()
    assert (tmp_path / "a.zip.part").stat().st_size == 300_000
    told: list[tuple[int, int]] = []
    download(url, path, md5=MD5, progress=lambda done, total: told.append((done, total)))
    assert shelf.asked == [("/a.zip", None), ("/a.zip", "bytes=300000-")]
    assert path.read_bytes() == BODY
    assert told[0][0] > 300_000
    assert told[-1] == (len(BODY), len(BODY))


def test_a_server_without_ranges_starts_again(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY
    shelf.ranges = False
    (tmp_path / "a.zip.part").write_bytes(b"half of something else")
    download(f"{shelf.url}/a.zip", tmp_path / "a.zip", md5=MD5)
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_part_that_is_complete_is_only_checked(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY
    (tmp_path / "a.zip.part").write_bytes(BODY)
    download(f"{shelf.url}/a.zip", tmp_path / "a.zip", md5=MD5)
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_wrong_checksum_deletes_what_arrived(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY[:-1] + b"!"
    actual = hashlib.md5(shelf.files["/a.zip"]).hexdigest()
    with pytest.raises(
        DownloadError, match=rf"/a.zip arrived with MD5 {actual}, expected {MD5}; what arrived is deleted"
    ):
        download(f"{shelf.url}/a.zip", tmp_path / "a.zip", md5=MD5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("published", [f"MD5 (a.zip) = {MD5}\n", f"{MD5.upper()}  a.zip\n"])
def test_a_published_checksum_is_used(shelf: Shelf, tmp_path: Path, published: str) -> None:
    shelf.files |= {"/a.zip": BODY, "/a.zip.md5": published.encode()}
    download(f"{shelf.url}/a.zip", tmp_path / "a.zip")
    shelf.files["/a.zip"] = b"other"
    with pytest.raises(DownloadError, match=rf"expected {MD5}"):
        download(f"{shelf.url}/a.zip", tmp_path / "b.zip")


def test_without_a_checksum_the_file_is_taken_as_it_is(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["/a.zip"] = BODY
    download(f"{shelf.url}/a.zip", tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_server_that_refuses(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"/none.zip cannot be fetched: the server says 404 Not Found"):
        download(f"{shelf.url}/none.zip", tmp_path / "a.zip", md5=MD5)


def test_no_network(tmp_path: Path) -> None:
    with pytest.raises(
        DownloadError, match=r"http://127.0.0.1:9/a.zip cannot be fetched: Connection refused"
    ) as caught:
        download("http://127.0.0.1:9/a.zip", tmp_path / "a.zip", md5=MD5)
    assert caught.value.hint == "check the network, then try again"
    with pytest.raises(DownloadError, match=r"file:///etc/passwd is no http or https address"):
        download("file:///etc/passwd", tmp_path / "a.zip", md5=MD5)


def zipped(path: Path, members: dict[str, bytes], mode: int | None = None) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if mode is not None:
                info.external_attr = mode << 16
            archive.writestr(info, content)
    path.write_bytes(buffer.getvalue())
    return path


def test_one_folder_is_unpacked(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"set/": b"", "set/u.data": b"1", "set/sub/x": b"2", "__MACOSX/y": b"3"})
    unpack(archive, "set", tmp_path / "data" / "mine")
    found = {
        str(path.relative_to(tmp_path)): path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    }
    assert found == {"data/mine/u.data": b"1", "data/mine/sub/x": b"2"}


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "set/../../evil", "set\\..\\evil", "C:/evil"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "a.zip", {"set/u.data": b"1", name: b"2"})
    with pytest.raises(DownloadError, match=r"a.zip holds the path .*, which leads out of its folder"):
        unpack(archive, "set", tmp_path / "out" / "set")
    assert list((tmp_path / "out").iterdir()) == []


def test_links_are_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"set/u.data": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    with pytest.raises(DownloadError, match=r'a.zip holds "set/u.data", which is not a regular file'):
        unpack(archive, "set", tmp_path / "out" / "set")


def test_damaged_and_foreign_archives(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(DownloadError, match=r"a.zip is not a whole zip file: ") as caught:
        unpack(tmp_path / "a.zip", "set", tmp_path / "out" / "set")
    assert caught.value.hint == "fetch it again"
    with pytest.raises(DownloadError, match=r"b.zip holds no folder set"):
        unpack(zipped(tmp_path / "b.zip", {"other/u.data": b"1"}), "set", tmp_path / "out" / "set")
    archive = zipped(tmp_path / "c.zip", {"set/u.data": b"12345678"})
    archive.write_bytes(archive.read_bytes().replace(b"12345678", b"12345679"))
    with pytest.raises(DownloadError, match=r"c.zip is not a whole zip file: Bad CRC-32"):
        unpack(archive, "set", tmp_path / "out" / "set")
    assert list((tmp_path / "out").iterdir()) == []
