"""Names and paths become folders; a set that is not here is fetched, or the message says where to put it."""

import pytest

from foretaste.cli import locate as module
from foretaste.cli.locate import check_there, fetch_with_bar, locate
from foretaste.errors import DownloadError, InputError, NotFoundError


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


def test_an_empty_name_is_not_this_folder():
    with pytest.raises(InputError, match="the name of the data is empty\nhint: name a file, a folder or a public set"):
        locate("")


def test_a_file_of_the_users_own_is_no_public_set(tmp_path):
    (tmp_path / "pairs.csv").write_text("1,2")
    check_there("--pairs", str(tmp_path / "pairs.csv"))
    with pytest.raises(
        NotFoundError, match=r'--pairs: there is no file ".*pair.csv"\nhint: did you mean ".*/pairs.csv"'
    ):
        check_there("--pairs", str(tmp_path / "pair.csv"))
    for path in (tmp_path / "zzz", tmp_path / "none" / "pairs.csv", ""):
        with pytest.raises(NotFoundError, match="hint: name a file that is there: --test FILE"):
            check_there("--test", str(path))


def test_commands_offer_no_public_set_for_a_file_of_the_users_own(say, bundle, world, tmp_path):
    for words in (
        ("predict", bundle, "--data", world, "--pairs", tmp_path / "no.csv", "--out", tmp_path / "o.csv"),
        ("compare", "--split", "given", "--train", world / "ratings.csv", "--test", tmp_path / "no.csv"),
    ):
        said = say(*words)
        assert said.code == 2
        assert "there is no file" in said.err
        assert "ml-1" not in said.err
    assert "the name of the data is empty" in say("compare", "").err
