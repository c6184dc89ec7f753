"""Where results are to go is looked at before the work."""

from pathlib import Path

import pytest

from foretaste.cli.places import check_checkpoint, check_file, check_reports
from foretaste.errors import InputError


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
