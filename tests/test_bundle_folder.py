"""The folder on disk: what cannot be written is said before, what cannot be read is said as it is."""

import json
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foretaste import bundle_folder as module
from foretaste.bundle_folder import (
    _read,
    check_arrays,
    check_like,
    check_place,
    check_scale,
    check_target,
    is_bundle,
    read_file,
    read_manifest,
    reason,
    write_folder,
)
from foretaste.errors import BundleError, InputError, NotFoundError

OURS = {"arrays.safetensors": b"a", "catalog.json": b"c", "manifest.json": b'{"format": "foretaste-bundle"}'}


def test_reasons_are_words() -> None:
    assert reason(PermissionError(13, "Permission denied")) == "permission denied"
    assert reason(OSError("odd")) == "odd"


def test_a_place_that_is_fine_is_left_as_it_was(tmp_path: Path) -> None:
    check_place(tmp_path)
    check_place(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def file_on_the_way(tmp_path: Path) -> Path:
    (tmp_path / "ok.csv").write_text("x", encoding="utf-8")
    return tmp_path / "ok.csv" / "x"


def dead_link(tmp_path: Path) -> Path:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    return tmp_path / "link"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (file_on_the_way, r"ok\.csv is not a folder"),
        (dead_link, "link is a link to nothing"),
        (lambda _: Path("/proc/x"), "/proc refuses it"),
        (lambda tmp_path: tmp_path / ("n" * 300), "file name too long"),
        (lambda tmp_path: tmp_path / "new" / ("n" * 300), "file name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_with_words(
    tmp_path: Path, place: Callable[[Path], Path], words: str
) -> None:
    path = place(tmp_path)
    for check in (check_place, check_target):
        with pytest.raises(InputError, match=words) as caught:
            check(path)
        assert str(caught.value).startswith(f"cannot write to {path}: ")
        assert caught.value.hint == "name another folder"


def test_a_folder_without_the_right_to_write_is_refused_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.tempfile, "mkdtemp", denied)
    with pytest.raises(InputError, match=r"refuses it \(permission denied\)"):
        check_target(tmp_path / "b")


def test_a_target_that_cannot_be_looked_at_is_refused_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", denied)
    with pytest.raises(InputError, match=r"cannot write to .*: permission denied"):
        check_target(tmp_path / "b")


def test_at_no_moment_is_half_of_a_new_bundle_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest comes last: until then the old one stands, and refuses the new files."""
    write_folder(tmp_path / "b", OURS)
    moved: list[str] = []
    replace = os.replace

    def watched(source: Path, target: Path) -> None:
        moved.append(target.name)
        replace(source, target)

    monkeypatch.setattr(module.os, "replace", watched)
    write_folder(tmp_path / "b", dict(sorted(OURS.items(), reverse=True)))
    assert moved[-1] == "manifest.json"
    assert sorted(moved) == sorted(OURS)
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == sorted(OURS)


def test_a_new_bundle_has_the_usual_rights(tmp_path: Path) -> None:
    write_folder(tmp_path / "b", OURS)
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_is_a_bundle(tmp_path: Path) -> None:
    write_folder(tmp_path / "b", OURS)
    assert is_bundle(tmp_path / "b")
    for data in (b"[]", b"{", b"[" * 100_000, b'{"format": "webapp"}'):
        (tmp_path / "b" / "manifest.json").write_bytes(data)
        assert not is_bundle(tmp_path / "b")
    assert not is_bundle(tmp_path / "gone")


def test_files_that_cannot_be_read_are_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(BundleError, match=r"manifest\.json cannot be read: permission denied"):
        read_manifest(tmp_path)
    with pytest.raises(BundleError, match=r"arrays\.safetensors cannot be read: permission denied"):
        read_file(tmp_path, "arrays.safetensors", "0")


def test_what_is_not_there_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"catalog\.json is missing"):
        read_file(tmp_path, "catalog.json", "0")
    with pytest.raises(BundleError, match=r"it has no manifest\.json"):
        read_manifest(tmp_path)
    for name in ("gone", "n" * 300):
        with pytest.raises(NotFoundError, match="there is no bundle at"):
            read_manifest(tmp_path / name)


def test_arrays_are_finite_floats() -> None:
    check_arrays({"n_items_": np.array([3]), "decoder": np.ones(3, np.float32), "order.count": np.zeros(3, np.float32)})
    check_arrays({"near_": np.zeros((3, 2), np.int32), "member.near_": np.zeros((3, 2), np.int32)})
    for name, values, words in (
        ("decoder", np.array([1]), "decoder holds int64"),
        ("n_items_", np.array([1.0]), "n_items_ holds float64"),
        ("decoder", np.array([np.nan]), "decoder holds numbers that are not finite"),
        ("count_", np.array([-1.0]), "count_ holds counts below zero"),
        ("order.rule", np.array([-1.0, -1.0]), r"order\.rule is below zero"),
        ("scale_", np.array([5.0, 1.0]), "scale_ ends before it begins"),
    ):
        with pytest.raises(ValueError, match=words):
            check_arrays({name: values})


def test_a_scale_is_two_numbers_in_order() -> None:
    assert check_scale([0.5, 5]) == (0.5, 5.0)
    assert check_scale([1, 1]) == (1.0, 1.0)
    for value in ([5, 1], "15", [1], None, [1, "5"], [False, 5], json.loads("[1, NaN]")):
        with pytest.raises(ValueError, match="expected the lowest and the highest rating"):
            check_scale(value)


@pytest.mark.parametrize("value", [float("nan"), 99, 0.4, "4", True, [4]])
def test_a_like_that_is_no_rating_of_the_scale_is_refused(value):
    assert check_like(None, (0.5, 5.0)) is None
    assert check_like(4, (0.5, 5.0)) == 4.0
    with pytest.raises(ValueError, match=r"like is .*, expected a rating of the scale"):
        check_like(value, (0.5, 5.0))


class Slowly(FileIO):
    """A file that gives a few bytes at a time, as a disk over a network may, and that ends earlier than it said."""

    def readinto(self, room: Any) -> int:
        return super().readinto(memoryview(room)[:3]) if self.tell() < 9 else 0


def test_a_file_comes_in_pieces_and_may_be_cut_meanwhile(tmp_path: Path) -> None:
    content = bytes(range(8))
    for size in (0, 1, 8, 20):
        (tmp_path / "file").write_bytes((content * 3)[:size])
        with Slowly(tmp_path / "file") as file:
            assert _read(file).tobytes() == (content * 3)[: min(size, 9)]
