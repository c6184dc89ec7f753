"""The page: self-contained, escaped, with every number."""

import base64
import hashlib
import re
import sys

import pytest

from foretaste.errors import MissingExtraError
from foretaste.report import render_report
from tests.report import sample

ROW = {"model": "<b>bias</b>", "rmse": 0.9, "rmse_low": 0.8, "rmse_high": 1.0, "rmse_per_user": 0.88, "mae": 0.7, "mape": 0.25,
       "ndcg@20": 0.1, "ndcg@20_raw": 0.0625, "rmse_warm": 0.8765, "reconstruction_rmse": 0.85, "fit_s": 1.25,
       "peak_bytes": 150_000_000}  # fmt: skip
REPORT = {
    "title": "A & B",
    "data": {"source": "x", "users": 3, "items": 4, "ratings": 5, "scale": [1, 5]},
    "split": {"test_hidden": 8, "test_users": 7, "test_hidden_cold": 1},
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
        "<td>-0.1000</td><td>-0.2000 to +0.0500</td><td>0.8765</td>",
        "without the 1 hidden rating (12.5 %) of items that nobody in training rated",
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
    assert not re.search(r"<link|<img|@import|url\(|src=|<iframe|<form", page)
    assert set(re.findall(r"https?://[^\s\"'<>]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_the_one_script_is_the_one_whose_hash_the_policy_names():
    page = render_report(REPORT)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert page.count("<script") == len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not re.search(r"\son\w+=", page)


def test_a_report_without_anything_measured_has_no_chart_of_it():
    none = dict.fromkeys(("rmse", "rmse_low", "rmse_high", "rmse_per_user", "mae", "mape", "reconstruction_rmse"))
    report = REPORT | {"models": [ROW | none | {"fit_s": None}]}
    assert "<svg" not in render_report(report)


ORDER = ["accuracy", "differences", "beside", "training", "scatter", "slices", "newcomers", "calibration", "lists", "costs",
         "references", "folds", "seeds", "metrics"]  # fmt: skip


def test_every_part_is_there_in_its_order():
    report = sample.whole()
    page = render_report(report)
    assert re.findall(r'<section id="(\w+)">', page) == [*ORDER, "origin"]
    assert re.findall(r'<a href="#(\w+)">', page) == [*ORDER, "origin"]
    for words in (
        "foretaste compare world.csv",
        report["made"]["fingerprint"],
        "numpy 2.4.1",
        "[[models]]",
        "Differences in RMSE under",
    ):
        assert words in page
    assert page.count("<svg") == 2 * page.count("<figure>") > 30


@pytest.mark.parametrize(
    ("models", "clicks", "folds", "left_out"),
    [
        (("mean",), False, 0, {"differences", "folds"}),
        (sample.RANKERS, True, 0, {"beside", "folds"}),
        (sample.RANKERS, True, 3, {"beside"}),
        (sample.MODELS, False, 3, set()),
    ],
)
def test_parts_that_are_absent_are_left_out(models, clicks, folds, left_out):
    report = sample.measured(models, clicks=clicks, folds=folds)
    for key in (
        "curves",
        "slices",
        "newcomers",
        "newcomer_lists",
        "scatter",
        "calibration",
        "significance",
        "seeds",
        "made",
    ):
        report.pop(key, None)
    page = render_report(report)
    names = set(re.findall(r'<section id="(\w+)">', page)) - {"origin"}
    assert names == {"accuracy", "differences", "beside", "lists", "costs", "folds", "metrics"} - left_out
    assert "To repeat this" in page
    assert ("RMSE" in page) != clicks


def test_a_report_of_many_models_escapes_what_they_are_called():
    page = render_report(sample.many())
    assert "<b>bold" not in page
    assert page.count("&lt;b&gt;bold") > 10


def test_a_run_that_was_stopped_says_so():
    assert "Stopped early" not in render_report(REPORT)
    assert "Stopped early" in render_report(REPORT | {"interrupted": True})


def test_a_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"the HTML report needs .*\nhint: pip install 'foretaste\[report\]'"):
        render_report(REPORT)


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


def test_folds_have_a_table_of_their_own():
    assert "RMSE by fold" not in render_report(REPORT)
    spread = {"rmse_fold_mean": 0.9123, "rmse_fold_sd": 0.0045, "mae_fold_mean": 0.7012, "mae_fold_sd": None}
    rows = [row | spread for row in REPORT["models"]]
    folds = [{"fold": n, "models": [{"rmse": 0.9 + n / 10}, {"rmse": 1.0 + n / 10}]} for n in (1, 2)]
    page = render_report(REPORT | {"models": rows, "folds": folds})
    ends = "<td>0.7012</td><td>-</td></tr>"
    assert f"<td>0.9123</td><td>0.0045</td><td>1.000</td><td>1.100</td>{ends}" in page
    assert f"<td>mean</td><td>0.9123</td><td>0.0045</td><td>1.100</td><td>1.200</td>{ends}" in page
    assert "over the 2 folds" in page


def test_no_table_has_more_columns_than_a_page_is_wide():
    """Twelve in one were cut off at 1000 pixels; nine fit."""
    heads = re.findall(r"<thead>(.*?)</thead>", render_report(REPORT))
    assert max(head.count("<th ") for head in heads) <= 9


def test_a_blend_has_a_note_of_its_own():
    members = [{"model": "<i>", "weight": 0.5, "valid_rmse": 0.9}, {"model": "mean", "weight": 0.5, "valid_rmse": 0.8}]
    assert "bias</b> is" not in render_report(REPORT)
    page = render_report(REPORT | {"models": [ROW | {"members": members}]})
    assert "&lt;b&gt;bias&lt;/b&gt; is 0.50 &lt;i&gt; + 0.50 mean." in page


LIST_ROW = ROW | {"model": "edlae", "rmse": None, "ndcg@100": 0.3604, "ndcg@100_low": 0.33, "ndcg@100_high": 0.39,
                  "recall@20": 0.31, "recall@20_low": 0.28, "recall@20_high": 0.34, "recall@50": 0.41, "recall@50_low": 0.38,
                  "recall@50_high": 0.4424}  # fmt: skip


def test_where_nobody_predicts_ratings_the_page_is_about_lists():
    other = LIST_ROW | {"model": "popularity", "ndcg@100_difference": 0.1, "ndcg@100_difference_low": 0.05,
                        "ndcg@100_difference_high": 0.1525}  # fmt: skip
    page = render_report({**REPORT, "title": "", "models": [LIST_ROW, other]})
    for words in ("How good are the lists?", "NDCG@100 of each model", "0.3604", "0.330 to 0.390", "+0.0500 to +0.1525",
                  "<td>Recall@50</td><td>0.4100</td><td>0.3800</td><td>0.4424</td>",
                  "5 ratings from 1 to 5;\n8 ratings of 7 people were hidden, to be found by lists."):  # fmt: skip
        assert words in page
    assert "RMSE" not in page
    folds = [{"fold": 1, "models": [LIST_ROW]}]
    row = LIST_ROW | {"ndcg@100_fold_mean": 0.35, "ndcg@100_fold_sd": None}
    page = render_report({**REPORT, "models": [row], "folds": folds})
    assert "NDCG@100 by fold" in page
    assert "<td>0.3500</td><td>-</td><td>0.360</td>" in page


def test_a_pair_is_told_beside_each_of_its_heads():
    pair = ROW | {"model": "two_heads", "ndcg@100": 0.36, "ranker_ndcg@100": 0.35, "ranker_difference": 0.01,
                  "ranker_difference_low": -0.01, "ranker_difference_high": 0.02}  # fmt: skip
    words = (
        "two_heads lists with NDCG@100 0.3600; its ranker's alone 0.3500 (difference +0.0100, 95 % -0.0100 to +0.0200)."
    )
    assert words.replace("'", "&#39;") in render_report({**REPORT, "models": [pair]})


def test_the_heading_says_ratings_or_clicks_by_what_the_data_are():
    """Lists of a file with ratings are lists of ratings, whoever made them; and a difference stands where its note is."""
    rated = sample.measured(("popularity", "ease"))
    assert rated["significance"]["metric"] == "ndcg@100"
    page = render_report(rated)
    assert re.search(
        r"[\d,]+ ratings from 0.5 to 5;\n[\d,]+ ratings of \d+ people were hidden, to be found by lists", page
    )
    (row,) = (row for row in rated["models"] if "ndcg@100_difference" in row)
    assert f"<td>{row['ndcg@100_difference_low']:+.4f} to {row['ndcg@100_difference_high']:+.4f}</td>" in page
    assert f"NDCG@100 of {rated['significance']['subject']} minus this one" in page
    clicks = render_report(sample.measured(sample.RANKERS, clicks=True))
    assert re.search(r"[\d,]+ clicks;\n[\d,]+ clicks of \d+ people were hidden, to be found by lists", clicks)
