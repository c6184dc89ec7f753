import functools
import http.server
import io
import os
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foretaste.data import movielens
from foretaste.data.movielens import CITATION, GROUPLENS, LICENCE, SETS, fetch, find_dataset, resolve_data
from foretaste.data.readers import read_data
from foretaste.errors import DataError, DownloadError, NotFoundError

Put = Callable[[str, str | bytes], Path]
NO_SERVER = "http://127.0.0.1:9"


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    """Address of a server that serves the folder tmp_path/www."""
    (tmp_path / "www").mkdir()
    handler = functools.partial(Silent, directory=str(tmp_path / "www"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def small_archive(path: Path) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml-latest-small/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n")
        archive.writestr("ml-latest-small/movies.csv", "movieId,title,genres\n1,Toy Story (1995),Comedy\n")
    path.write_bytes(buffer.getvalue())
    return path


def test_the_sets_are_known_in_full() -> None:
    assert list(SETS) == ["ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m"]
    assert all(known.md5 is None or re.fullmatch("[0-9a-f]{32}", known.md5) for known in SETS.values())
    assert [name for name, known in SETS.items() if known.md5 is None] == ["ml-latest-small"]
    assert SETS["ml-10m"].folder == "ml-10M100K"
    assert SETS["ml-1m"].url() == f"{GROUPLENS}/ml-1m.zip"
    assert "research" in LICENCE
    assert "Harper" in CITATION


def test_a_set_is_fetched_once_and_found_afterwards(base: str, tmp_path: Path, cache_folder: Path) -> None:
    archive = small_archive(tmp_path / "www" / "ml-latest-small.zip")
    assert find_dataset("ml-latest-small") is None
    told: list[tuple[int, int]] = []
    folder = fetch("ml-latest-small", base=base, progress=lambda done, total: told.append((done, total)))
    assert folder == cache_folder / "data" / "ml-latest-small"
    assert told[-1] == (archive.stat().st_size, archive.stat().st_size)
    assert sorted(path.name for path in folder.parent.rglob("*")) == ["ml-latest-small", "movies.csv", "ratings.csv"]
    assert read_data(folder)[1].titles == ("Toy Story (1995)",)
    assert find_dataset("ml-latest-small") == fetch("ml-latest-small", base=NO_SERVER) == folder
    assert resolve_data("ml-latest-small") == folder


def test_leftovers_of_an_old_attempt_make_room(base: str, tmp_path: Path, cache_folder: Path, put: Put) -> None:
    put("cache/data/ml-latest-small/half", "x")
    small_archive(tmp_path / "www" / "ml-latest-small.zip")
    folder = fetch("ml-latest-small", base=base)
    assert sorted(path.name for path in folder.iterdir()) == ["movies.csv", "ratings.csv"]


def test_a_wrong_archive_is_not_kept(base: str, tmp_path: Path, cache_folder: Path) -> None:
    small_archive(tmp_path / "www" / "ml-1m.zip")
    with pytest.raises(DownloadError, match=r"ml-1m.zip arrived with MD5 .*, expected c4d9eecf.*deleted") as caught:
        fetch("ml-1m", base=base)
    assert caught.value.hint == (
        f"try again; or put the unpacked files into {cache_folder / 'data' / 'ml-1m'} by hand, "
        "or set FORETASTE_DATA to the folder that holds ml-1m"
    )
    assert list((cache_folder / "data").iterdir()) == []


def test_no_network_says_where_from_and_where_to(cache_folder: Path) -> None:
    with pytest.raises(DownloadError, match=rf"{NO_SERVER}/ml-20m.zip cannot be fetched: Connection refused") as caught:
        fetch("ml-20m", base=NO_SERVER)
    target = cache_folder / "data" / "ml-20m"
    assert caught.value.hint == (
        f"check the network, then try again; or put the unpacked files into {target} by hand, "
        "or set FORETASTE_DATA to the folder that holds ml-20m"
    )


def test_a_cache_that_cannot_be_written_is_named(
    base: str, tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_archive(tmp_path / "www" / "ml-latest-small.zip")
    monkeypatch.setenv("FORETASTE_CACHE", str(put("file", "in the way")))
    with pytest.raises(DownloadError, match=r"folder .*data cannot be made: Not a directory") as caught:
        fetch("ml-latest-small", base=base)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("choose another place with FORETASTE_CACHE; or put the unpacked files into ")


@pytest.mark.parametrize("folder", ["ml-10m", "ml-10M100K"])
def test_the_user_s_own_folder_comes_first(
    tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    own = put(f"own/{folder}/ratings.dat", "1::1::5::1\n").parent
    put("cache/data/ml-10m/ratings.dat", "1::1::5::1\n")
    monkeypatch.setenv("FORETASTE_CACHE", str(tmp_path / "cache"))
    assert find_dataset("ml-10m") == tmp_path / "cache" / "data" / "ml-10m"
    monkeypatch.setenv("FORETASTE_DATA", str(own.parent))
    assert find_dataset("ml-10m") == own


def test_an_existing_path_wins(put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = put("ml-1m/anything", "x").parent
    monkeypatch.chdir(tmp_path)
    assert resolve_data("ml-1m") == Path("ml-1m")
    assert resolve_data(path) == path


def test_what_is_neither_path_nor_set(cache_folder: Path) -> None:
    with pytest.raises(NotFoundError, match=r'there is no file, folder or public data set "ml-2m"') as caught:
        resolve_data("ml-2m")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean ")
    with pytest.raises(NotFoundError, match=r'there is no public data set "movielens"'):
        find_dataset("movielens")
    with pytest.raises(
        NotFoundError, match=r"ml-1m is not on this machine, neither in \$FORETASTE_DATA nor in "
    ) as absent:
        resolve_data("ml-1m")
    assert absent.value.hint == "fetch it once: foretaste data fetch ml-1m"


def test_a_pipe_is_no_data_set(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"pipe is a pipe or a device, expected a file or a folder"):
        resolve_data(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"x\.\.\. cannot be looked at: File name too long"):
        resolve_data("x" * 300)


def test_a_named_set_that_is_missing_is_fetched_where_asked(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("FORETASTE_DATA", str(tmp_path))
    monkeypatch.setenv("FORETASTE_CACHE", str(tmp_path / "cache"))
    asked = []
    monkeypatch.setattr(movielens, "fetch", lambda name: asked.append(name) or tmp_path)
    assert resolve_data("ml-1m", fetch_missing=True) == tmp_path
    assert asked == ["ml-1m"]
    assert LICENCE in caplog.text
    assert resolve_data(tmp_path, fetch_missing=True) == tmp_path
    assert len(asked) == 1
