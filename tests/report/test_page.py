"""The page: self-contained, escaped, with every number."""

import re
import sys

import pytest

from foretaste.errors import MissingExtraError
from foretaste.report import render_report
from foretaste.report.page import number, percent

ROW = {"model": "<b>bias</b>", "rmse": 0.9, "rmse_low": 0.8, "rmse_high": 1.0, "rmse_per_user": 0.88, "mae": 0.7, "mape": 0.25,
       "ndcg@20": 0.1, "ndcg@20_raw": 0.0625, "reconstruction_rmse": 0.85, "fit_s": 1.25,
       "peak_bytes": 150_000_000}  # fmt: skip
REPORT = {
    "title": "A & B",
    "data": {"source": "x", "users": 3, "items": 4, "ratings": 5, "scale": [1, 5]},
    "split": {"test_hidden": 6, "test_users": 7},
    "models": [ROW, ROW | {"model": "mean", "difference": -0.1, "difference_low": -0.2, "difference_high": 0.05}],
    "references": [
        {"label": "the talk", "metric": "MAPE", "value": 0.31, "ours": 0.3, "ours_is": "mape of x", "note": "Why."}
    ],
    "verdict": "bias wins",
}


def test_numbers_and_words_are_on_the_page():
    page = render_report(REPORT)
    for words in (
        "0.9000",
        "0.800 to 1.000",
        "25.0 %",
        "-0.1000 (-0.2000 to +0.0500)",
        "bias wins",
        "the talk",
        "A &amp; B",
    ):
        assert words in page


def test_ratings_without_a_prediction_are_counted():
    assert "no finite prediction" not in render_report(REPORT | {"models": [ROW | {"n_unpredicted": 0, "n_hidden": 9}]})
    page = render_report(REPORT | {"models": [ROW | {"n_unpredicted": 3, "n_hidden": 2000}]})
    assert "</b> has no finite prediction for 3 of 2,000 hidden ratings" in page


def test_data_cannot_inject_markup():
    page = render_report(REPORT)
    assert "<b>bias</b>" not in page
    assert "&lt;b&gt;bias" in page


def test_nothing_is_loaded_from_anywhere():
    page = render_report(REPORT)
    assert not re.search(r"<script|<link|<img|@import|url\(|src=", page)
    assert set(re.findall(r"https?://[^\s\"'<>]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_a_report_without_rating_models_has_no_chart():
    none = dict.fromkeys(("rmse", "rmse_low", "rmse_high", "rmse_per_user", "mae", "mape", "reconstruction_rmse"))
    assert "<svg" not in render_report(REPORT | {"models": [ROW | none]})


def test_a_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"the HTML report needs .*\nhint: pip install 'foretaste\[report\]'"):
        render_report(REPORT)


def test_numbers_that_are_not_there_are_dashes():
    assert (number(None), number(0.12345), percent(None), percent(0.5)) == ("-", "0.1235", "-", "50.0 %")


def test_the_raw_order_stands_beside_the_order_by_evidence():
    assert "<td>0.062</td>" in render_report(REPORT)
    ranking = ROW | {
        "rmse": None,
        "rmse_low": None,
        "rmse_high": None,
        "rmse_per_user": None,
        "mae": None,
        "mape": None,
    }
    assert "<td>0.062</td>" not in render_report(REPORT | {"models": [ranking]})
