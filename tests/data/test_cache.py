import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from foretaste.data import cache
from foretaste.data.filters import drop_duplicates, min_rating
from foretaste.data.ratings import Ratings

Put = Callable[[str, str | bytes], Path]


@pytest.fixture(autouse=True)
def _every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CACHED_FROM_BYTES", 0)


@pytest.fixture
def entry(put: Put, cache_folder: Path) -> cache.Entry:
    found = cache.entry_for(put("r.csv", "user,item\n1,2\n"), "options")
    assert found is not None
    assert found.folder.parent == cache_folder / "ratings"
    return found


def some(*, text: bool = False, time: bool = True) -> Ratings:
    users: list[int | str] = ["b", "é", "b", "a\x1f"] if text else [5, -7, 5, 2**40]
    made = Ratings.from_arrays(users, [1, 2, 1, 1], [1, 0.1, -3, 4], [9, 8, 7, -6] if time else None)
    return min_rating(drop_duplicates(made), -3)


def same(one: Ratings, other: Ratings | None) -> bool:
    if other is None:
        return False
    times = [None if ratings.time is None else ratings.time.tolist() for ratings in (one, other)]
    return one.fingerprint() == other.fingerprint() and times[0] == times[1] and one.log == other.log


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("time", [True, False])
def test_what_is_stored_is_loaded(entry: cache.Entry, *, text: bool, time: bool) -> None:
    ratings = some(text=text, time=time)
    assert cache.load(entry) is None
    cache.store(entry, ratings)
    loaded = cache.load(entry)
    assert same(ratings, loaded)
    assert loaded is not None
    assert loaded.user_ids.dtype == ratings.user_ids.dtype
    assert [path.name for path in entry.folder.parent.iterdir()] == [entry.folder.name]


def test_the_key_follows_path_options_size_and_time(put: Put, cache_folder: Path) -> None:
    path = put("r.csv", "user,item\n1,2\n")
    first = cache.entry_for(path, "a")
    assert first == cache.entry_for(path, "a")
    assert first is not None
    other = cache.entry_for(path, "b")
    assert other is not None
    assert other.prefix != first.prefix
    os.utime(path, ns=(1, 1))
    later = cache.entry_for(path, "a")
    assert later is not None
    assert later.folder != first.folder
    assert later.prefix == first.prefix


def test_small_files_have_no_entry(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CACHED_FROM_BYTES", 100)
    assert cache.entry_for(put("r.csv", "user,item\n1,2\n"), "a") is None


def test_a_changed_file_replaces_its_entry_and_no_other(put: Put, cache_folder: Path) -> None:
    path = put("r.csv", "user,item\n1,2\n")
    old, other = cache.entry_for(path, "a"), cache.entry_for(path, "b")
    assert old is not None
    assert other is not None
    cache.store(old, some())
    cache.store(other, some())
    put("r.csv", "user,item\n1,2\n3,4\n")
    new = cache.entry_for(path, "a")
    assert new is not None
    cache.store(new, some(text=True))
    assert cache.load(old) is None
    assert same(some(), cache.load(other))
    assert same(some(text=True), cache.load(new))


def test_a_damaged_entry_is_never_believed(entry: cache.Entry) -> None:
    cache.store(entry, some())
    for path in sorted(entry.folder.iterdir()):
        whole = path.read_bytes()
        for place in range(0, len(whole), max(len(whole) // 40, 1)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            assert cache.load(entry) is None, f"byte {place} of {path.name}"
        path.write_bytes(whole[: len(whole) // 2])
        assert cache.load(entry) is None
        path.unlink()
        assert cache.load(entry) is None
        path.write_bytes(whole)
    assert same(some(), cache.load(entry))


def test_a_damaged_entry_is_rebuilt(entry: cache.Entry) -> None:
    cache.store(entry, some())
    (entry.folder / "rows.parquet").write_bytes(b"")
    assert cache.load(entry) is None
    cache.store(entry, some())
    assert same(some(), cache.load(entry))


def test_a_manifest_is_json_under_its_seal(entry: cache.Entry) -> None:
    cache.store(entry, some())
    seal, _, text = (entry.folder / "manifest.json").read_text().partition("\n")
    assert len(seal) == 64
    assert set(json.loads(text)) == {"log", "sha256"}


def test_a_place_that_cannot_be_written_is_no_error(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETASTE_CACHE", str(put("a_file", "in the way")))
    entry = cache.entry_for(put("r.csv", "user,item\n1,2\n"), "a")
    assert entry is not None
    cache.store(entry, some())
    assert cache.load(entry) is None


def test_a_move_that_fails_leaves_nothing_behind(entry: cache.Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    cache.store(entry, some())
    assert list(entry.folder.parent.iterdir()) == []
