"""The end of a run: the table or JSON, and the files."""

import json
import sys

from foretaste.cli.results import show_comparison, write_report

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
    show_comparison(REPORT, as_json=False)
    out = capsys.readouterr().out
    assert "ratings.csv: 3 users, 4 items, 5 ratings; 6 repeated pairs, 7 bad rows." in out
    assert "the talk: MAPE 0.3100; ours, mape of deep: nothing. Why." in out
    assert "mean [alone]" in out


def test_programs_see_json_alone(capsys):
    show_comparison(REPORT, as_json=True)
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
    show_comparison(report, as_json=False)
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
