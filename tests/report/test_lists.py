"""Lists: quality, what is beyond accuracy, and every number."""

from foretaste.report.lists import every_metric, lists_section

ROW = {
    "model": "ease",
    "rmse": None,
    "ndcg@20": 0.3,
    "ndcg@20_low": 0.25,
    "ndcg@20_high": 0.35,
    "recall_all@50": 0.4,
    "novelty@20": 8.5,
    "novelty@20_low": 8.0,
    "novelty@20_high": 9.0,
    "gini@20": 0.9,
    "gini@20_low": 0.8,
    "gini@20_high": 0.95,
}


def test_what_was_measured_is_drawn_and_what_was_not_is_left_out():
    section = lists_section({"models": [ROW]})
    quality, beyond = section.figures
    assert "NDCG@20 (share, 0 to 1)" in quality.wide
    assert "NDCG@100" not in quality.wide
    assert "novelty@20 (bits)" in beyond.wide
    assert "coverage" not in beyond.wide
    assert [table.head for table in section.tables[:2]] == [
        ("model", "NDCG@20", "Recall of all@50"),
        ("model", "novelty@20", "Gini@20"),
    ]
    assert section.tables[1].rows == [("ease", "8.5000", "0.9000")]
    assert [row[0] for row in section.tables[2].rows] == ["NDCG@20", "Recall of all@50", "novelty@20", "Gini@20"]


def test_without_lists_there_is_no_section():
    assert lists_section({"models": [{"model": "mean", "rmse": 1.0}]}) is None


def test_every_number_has_a_line():
    rows = every_metric({"models": [ROW | {"rmse": 0.9}]}).tables[0].rows
    assert rows[0] == ("ease", "RMSE", "0.9000", "-", "-")
    assert ("ease", "NDCG@20", "0.3000", "0.2500", "0.3500") in rows
    assert len(rows) == 5
