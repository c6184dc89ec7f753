"""A run on disk: whole or not at all, its own or refused."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from foretaste import __version__
from foretaste.errors import InputError
from foretaste.training import checkpoint as module
from foretaste.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

ARRAYS = {"state.w": np.arange(6, dtype=np.float32).reshape(2, 3), "state.n": np.array([3], dtype=np.int64)}
LOOP = {"epochs": [{"epoch": 1, "watched": None}], "best": float("inf"), "stopped": "finished"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "run.safetensors"
    save_checkpoint(file, Checkpoint("abc", LOOP, ARRAYS))
    return file


def test_what_was_saved_comes_back(path: Path) -> None:
    found = load_checkpoint(path, "abc")
    assert found is not None
    assert (found.run, found.loop) == ("abc", LOOP)
    assert set(found.arrays) == set(ARRAYS)
    for name, value in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], value)
        assert found.arrays[name].dtype == value.dtype


def test_where_there_is_no_file_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "none", "abc") is None


def test_a_missing_folder_is_made_and_no_part_is_left(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "a" / "b" / "run", Checkpoint("abc", LOOP, ARRAYS))
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["run"]


def test_views_that_are_not_contiguous_are_saved_as_they_look(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run", Checkpoint("abc", {}, {"t": ARRAYS["state.w"].T}))
    found = load_checkpoint(tmp_path / "run", "abc")
    assert found is not None
    np.testing.assert_array_equal(found.arrays["t"], ARRAYS["state.w"].T)


def test_a_kill_while_writing_leaves_the_old_one_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(arrays: object, target: Path, metadata: object) -> None:
        target.write_bytes(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(path, Checkpoint("abc", {}, {}))
    monkeypatch.undo()
    found = load_checkpoint(path, "abc")
    assert found is not None
    assert found.loop == LOOP
    save_checkpoint(path, Checkpoint("abc", {"next": 1}, ARRAYS))  # a half-written part is in nobody's way
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_another_runs_checkpoint_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match="belongs to a run with other data or settings") as caught:
        load_checkpoint(path, "xyz")
    assert str(path) in str(caught.value)
    assert caught.value.hint == "delete it to start afresh, or name another file"


def test_another_versions_checkpoint_is_refused_and_says_which(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda _: "9.9.9")
    with pytest.raises(
        InputError, match=f"is of foretaste {__version__}, this is 9.9.9: the two may train diff"
    ) as caught:
        load_checkpoint(path, "abc")
    assert str(path) in str(caught.value)
    assert caught.value.hint == "delete it to start afresh, or go on with the version that began"


def test_a_checkpoint_from_before_versions_were_noted_is_refused(path: Path) -> None:
    with safe_open(path, framework="numpy") as file:
        meta = {k: v for k, v in file.metadata().items() if k != "version"}
    save_file(ARRAYS, path, metadata=meta)
    with pytest.raises(InputError, match=r"the checkpoint is of foretaste before 0\.1\.0, this is"):
        load_checkpoint(path, "abc")


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_a_truncated_file_is_refused_with_words(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="not a whole checkpoint") as caught:
        load_checkpoint(path, "abc")
    assert caught.value.hint == "delete it to start afresh"


def test_text_a_folder_and_a_foreign_safetensors_file_are_refused_with_words(tmp_path: Path) -> None:
    text, folder, foreign = tmp_path / "text", tmp_path / "folder", tmp_path / "foreign"
    text.write_text("user,item,rating\n" * 100, encoding="utf-8")
    folder.mkdir()
    save_file(ARRAYS, foreign)
    for path in (text, folder, foreign):
        with pytest.raises(InputError, match="not a whole checkpoint"):
            load_checkpoint(path, "abc")


def test_a_file_whose_loop_is_not_json_is_refused_with_words(tmp_path: Path) -> None:
    save_file(ARRAYS, tmp_path / "run", metadata={"run": "abc", "loop": "{"})
    with pytest.raises(InputError, match="not a whole checkpoint"):
        load_checkpoint(tmp_path / "run", "abc")
