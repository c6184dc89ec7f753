"""Where results are to go is looked at before the work."""

import sys
from pathlib import Path

import pytest

from foretaste.cli.places import check_apart, check_checkpoint, check_file, check_report, check_reports, is_page
from foretaste.errors import InputError, MissingExtraError


def test_places_that_are_fine_are_left_alone(tmp_path):
    check_file(tmp_path / "x.csv")
    check_reports(tmp_path / "new")
    check_checkpoint(tmp_path / "new" / "run", ["autorec"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="it is a folder\nhint: give the name of a file"):
        check_file(tmp_path)


def test_a_name_may_not_be_too_long(tmp_path):
    check_file(tmp_path / ("n" * 250))
    for name, beside in (("n" * 256, ""), ("n" * 250, ".part.part")):
        with pytest.raises(InputError, match="file name too long\nhint: give another name"):
            check_file(tmp_path / name, beside=beside)


def test_a_file_below_a_file_is_refused(tmp_path):
    (tmp_path / "ok.csv").write_text("x")
    for check in (check_file, check_reports):
        with pytest.raises(InputError, match=r"ok\.csv is not a folder"):
            check(tmp_path / "ok.csv" / "x")


def test_a_folder_where_a_report_is_to_go_is_refused(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(InputError, match=r"cannot write .*report\.html: it is a folder"):
        check_reports(tmp_path)


@pytest.mark.parametrize("name", ["", ".", "/", "..", "a/.."])
def test_a_checkpoint_is_a_file(name):
    with pytest.raises(InputError, match=r"--checkpoint is .*, expected the name of a file\nhint: such as"):
        check_checkpoint(Path(name), ["autorec"])


def test_a_checkpoint_that_could_not_be_kept_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is not a folder"):
        check_checkpoint(tmp_path / "file" / "ck", ["autorec"])
    with pytest.raises(InputError, match="file name too long"):
        check_checkpoint(tmp_path / ("n" * 230), ["mean", "autorec"])


def test_one_file_for_two_things_is_refused(tmp_path):
    one = tmp_path / "a.csv"
    check_apart({"--csv": one, "--markdown": tmp_path / "b.md", "--report": None})
    with pytest.raises(InputError, match=r"--csv and --markdown are the same file: .*\nhint: give each its own name"):
        check_apart({"--csv": one, "--markdown": tmp_path / "x" / ".." / "a.csv"})
    one.touch()
    (tmp_path / "link.csv").hardlink_to(one)
    with pytest.raises(InputError, match="are the same file"):
        check_apart({"--csv": one, "--markdown": tmp_path / "link.csv"})


def test_a_report_is_a_page_or_a_folder(tmp_path):
    check_report(tmp_path / "x.html")
    check_report(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        check_report(tmp_path / "folder.html")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        check_report(tmp_path / "file")


def test_a_page_that_nothing_can_draw_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    check_report(tmp_path / "folder")  # the numbers are worth something by themselves
    with pytest.raises(MissingExtraError, match=r"needs altair, which is not installed\nhint: pip install"):
        check_report(tmp_path / "x.html")


def test_a_report_is_not_printed_and_a_page_ends_as_pages_do():
    with pytest.raises(InputError, match='--report is "-", and no report is printed\nhint: name a page'):
        check_report(Path("-"))
    assert [is_page(Path(name)) for name in ("a.html", "a.HTML", "a.htm", "a", "html", "a.html.d")] == [True] * 3 + [
        False
    ] * 3
