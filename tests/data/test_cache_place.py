"""One folder for what can be made again."""

from pathlib import Path

import platformdirs

from foretaste.data.cache_place import cache_root


def test_it_is_the_platforms_or_the_one_that_is_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("FORETASTE_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.delenv("FORETASTE_CACHE")
    assert cache_root() == Path(platformdirs.user_cache_dir("foretaste", appauthor=False))
