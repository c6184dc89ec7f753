"""Every test of this room has a cache folder of its own and no data sets of the user's."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in ("FORETASTE_CACHE", "FORETASTE_DATA")}
    os.environ["FORETASTE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("FORETASTE_CACHE")
    os.environ.update({name: value for name, value in before.items() if value is not None})


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that this test alone uses."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FORETASTE_CACHE", str(folder))
    return folder


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a file below tmp_path and return its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
