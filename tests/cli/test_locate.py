"""Names and paths become folders; a set that is not here is fetched, or the message says where to put it."""

import pytest

from foretaste.cli import locate as module
from foretaste.cli.locate import fetch_with_bar, locate
from foretaste.errors import DownloadError, NotFoundError


def test_a_path_is_itself(tmp_path):
    assert locate(str(tmp_path)) == tmp_path


def test_a_path_wins_over_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ml-1m").mkdir()
    assert str(locate("ml-1m")) == "ml-1m"


def test_neither_is_an_error(tmp_path):
    with pytest.raises(NotFoundError, match="there is no file, folder or public data set"):
        locate(str(tmp_path / "absent"))


def test_a_named_set_is_fetched_and_its_licence_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("FORETASTE_DATA", raising=False)

    def fetch(name, progress):
        progress(1, 2)
        return tmp_path / name

    monkeypatch.setattr(module, "fetch", fetch)
    assert locate("ml-1m") == tmp_path / "ml-1m"
    assert "GroupLens" in capsys.readouterr().err


def test_without_a_network_the_message_says_where_to_put_it(monkeypatch):
    monkeypatch.delenv("FORETASTE_DATA", raising=False)
    monkeypatch.setattr(module, "fetch", _offline)
    with pytest.raises(DownloadError, match="put the unpacked files"):
        fetch_with_bar("ml-1m")


def _offline(name, progress):
    raise DownloadError(f"{name} cannot be fetched", hint="put the unpacked files into x by hand")
