"""The end of a run: the table or JSON, and the files."""

import io
import json
import sys
from pathlib import Path

import pytest

from foretaste.cli.results import Outputs, show_comparison, write_report
from foretaste.errors import InputError

REPORT = {
    "title": "t",
    "data": {"source": "a/b/ratings.csv", "users": 3, "items": 4, "ratings": 5, "duplicates": 6, "bad_rows": 7,
             "scale": [1, 5]},
    "split": {"train_users": 1, "train_ratings": 2, "items": 3, "valid_hidden": 4, "valid_users": 5, "test_hidden": 6,
              "test_users": 7, "test_hidden_cold": 8},
    "models": [{"model": "mean", "rmse": 1.0, "rmse_low": 0.9, "rmse_high": 1.1, "rmse_per_user": 1.0, "mae": 0.8, "mape": 0.3,
                "ndcg@20": None, "ndcg@20_raw": None, "rmse_warm": None, "reconstruction_rmse": 1.0, "fit_s": 0.0,
                "peak_bytes": 1}],
    "verdict": "mean [alone]",
    "references": [{"label": "the talk", "metric": "MAPE", "value": 0.31, "ours": None, "ours_is": "mape of deep",
                    "note": "Why."}],
}  # fmt: skip


def test_people_see_counts_table_references_and_verdict(capsys):
    show_comparison(REPORT)
    out = capsys.readouterr().out
    assert "ratings.csv: 3 users, 4 items, 5 ratings; 6 repeated pairs, 7 bad rows." in out
    assert "the talk: MAPE 0.3100; ours, mape of deep: nothing. Why." in out
    assert "mean [alone]" in out


def test_clicks_are_called_clicks_and_one_is_no_several(capsys):
    one = {"users": 1, "items": 1, "ratings": 1, "duplicates": 1, "bad_rows": 1, "scale": [1, 1]}
    show_comparison(REPORT | {"data": REPORT["data"] | one})
    out = capsys.readouterr().out
    assert "ratings.csv: 1 user, 1 item, 1 click; 1 repeated pair, 1 bad row." in out
    assert "1 user train with 2 clicks of 3 items; 4 hidden clicks of 5 users" in out


def test_programs_see_json_alone(capsys):
    Outputs(as_json=True).tell(REPORT)
    assert json.loads(capsys.readouterr().out) == REPORT


def test_a_file_name_that_is_no_text_is_escaped_in_the_report(tmp_path):
    title = {"title": "r\udcff.csv", "references": []}
    split = REPORT["split"]
    page = write_report(REPORT | title | {"split": split}, tmp_path)
    assert "r\\udcff.csv" in page.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["title"] == "r\udcff.csv"


def test_words_of_data_and_recipes_are_printed_as_they_are(capsys):
    odd = {
        "label": "[/x] :smile:",
        "note": "[rec] [bold]b[/bold]",
        "ours_is": "x",
        "metric": "[m]",
        "value": 1.0,
        "ours": 1.0,
    }
    report = REPORT | {
        "references": [odd],
        "data": REPORT["data"] | {"source": "[bold].csv"},
        "verdict": "[/b] :smile: wins",
    }
    report["models"] = [REPORT["models"][0] | {"model": "[/m]:smile:"}]
    show_comparison(report)
    out = capsys.readouterr().out
    for words in (
        "[/x] :smile:: [m]",
        "[rec] [bold]b[/bold]",
        "[bold].csv: 3 users",
        "[/b] :smile: wins",
        "[/m]:smile:",
    ):
        assert words in out


def test_numbers_are_written_where_the_page_cannot_be_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert write_report(REPORT, tmp_path) == tmp_path / "report.json"
    assert "pip install 'foretaste[report]'" in capsys.readouterr().err
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "mean [alone]"


def test_a_page_and_nothing_else_where_the_name_ends_in_html(tmp_path):
    page = tmp_path / "deep" / "x.html"
    assert write_report(REPORT, page) == page
    assert [path.name for path in page.parent.iterdir()] == ["x.html"]
    assert write_report(REPORT, tmp_path / "folder") == tmp_path / "folder" / "report.html"
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["report.html", "report.json"]


def test_numbers_that_are_not_finite_are_null_in_the_file(tmp_path):
    odd = REPORT | {"models": [REPORT["models"][0] | {"rmse_low": float("-inf"), "rmse_high": float("nan")}]}
    write_report(odd, tmp_path)
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=pytest.fail)["models"][0]["rmse_low"] is None


def test_files_are_written_and_tables_are_printed(tmp_path, capsys):
    outputs = Outputs(False, tmp_path / "r.html", tmp_path / "new" / "x.csv", tmp_path / "x.md", all_metrics=True)
    outputs.check()
    outputs.tell(REPORT)
    said = capsys.readouterr()
    assert "Accuracy on hidden ratings" in said.out
    assert "Every metric" in said.out
    for name in ("report: ", "csv: ", "markdown: "):
        assert name in said.err
    assert (tmp_path / "new" / "x.csv").read_text(encoding="utf-8").startswith("model,class,rmse,rmse_low")
    assert (tmp_path / "x.md").read_text(encoding="utf-8").startswith("**mean \\[alone\\]**")


@pytest.mark.parametrize(("name", "begins"), [("csv", "model,class,"), ("markdown", "**mean")])
def test_a_dash_prints_it_in_place_of_the_tables(name, begins, capsys):
    outputs = Outputs(**{name: Path("-")})
    outputs.check()
    outputs.tell(REPORT)
    out = capsys.readouterr().out
    assert out.startswith(begins)
    assert "Accuracy" not in out


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (
            Outputs(csv=Path("-"), markdown=Path("-")),
            "--csv and --markdown both print on stdout\nhint: give one of them the name",
        ),
        (Outputs(as_json=True, csv=Path("-")), "--json and --csv both print on stdout"),
        (Outputs(csv=Path("x"), markdown=Path("./x")), "--csv and --markdown are the same file"),
        (Outputs(report=Path("x.html"), csv=Path("x.html")), "--report and --csv are the same file"),
        (Outputs(csv=Path()), "it is a folder"),
        (Outputs(markdown=Path("/dev/null/x")), "cannot write to"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(outputs, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words):
        outputs.check()
    assert list(tmp_path.iterdir()) == []


def test_letters_that_stdout_does_not_know_are_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    Outputs(csv=Path("-")).tell(REPORT | {"models": [REPORT["models"][0] | {"model": "Amélie"}]})
    stream.flush()
    assert b"Am\\xe9lie" in stream.buffer.getvalue()


@pytest.mark.parametrize("name", ["x.HTML", "x.htm"])
def test_a_page_by_its_other_endings(tmp_path, name):
    assert write_report(REPORT, tmp_path / name) == tmp_path / name
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("<!doctype html>")
