"""The table of lists: what is shown, what goes where it is narrow, and how it is read."""

import pytest
from rich.console import Console

from foretaste.cli.list_tables import NOTE, list_fold_table, list_notes, list_quality_table, print_quality

ROW = {
    "model": "ease", "rmse": None, "ndcg@100": 0.4126, "ndcg@100_low": 0.4, "ndcg@100_high": 0.4249, "recall@20": 0.3456,
    "recall@50": 0.45, "ndcg@20": 0.3, "fit_s": 1.25, "peak_bytes": 5e8,
}  # fmt: skip
OTHER = ROW | {
    "model": "popularity", "ndcg@100": 0.2, "ndcg@100_difference": 0.2126, "ndcg@100_difference_low": 0.19,
    "ndcg@100_difference_high": -0.0,
}  # fmt: skip


def columns(table):
    return {str(column.header): list(column.cells) for column in table.columns}


def test_every_list_metric_stands_in_the_table_with_its_interval():
    found = columns(list_quality_table({"models": [ROW, OTHER]}, "lists"))
    assert found == {
        "model": ["ease", "popularity"], "NDCG@100": ["0.4126", "0.2000"], "95 %": ["0.400 to 0.425", "0.400 to 0.425"],
        "difference": ["", "+0.1900 to +0.0000"], "recall@20": ["0.3456", "0.3456"], "recall@50": ["0.4500", "0.4500"],
        "NDCG@20": ["0.3000", "0.3000"], "fit": ["1.2 s", "1.2 s"], "memory": ["500 MB", "500 MB"],
    }  # fmt: skip


def test_the_best_is_bold_and_who_was_not_measured_is_empty():
    nothing = {"model": "none", "rmse": None, "ndcg@100": None}
    table = list_quality_table({"models": [nothing, ROW]}, "lists")
    assert [row.style for row in table.rows] == [None, "bold"]
    assert columns(table)["95 %"][0] == ""
    assert "fit" not in columns(list_quality_table({"models": [nothing]}, "lists"))


def test_what_is_missed_least_goes_where_it_is_narrow():
    narrow = list_quality_table({"models": [ROW, OTHER]}, "lists", width=60)
    assert list(columns(narrow)) == ["model", "NDCG@100", "difference", "recall@20"]
    assert narrow.caption == "too narrow for 95 %, recall@50, NDCG@20, fit, memory"


def test_folds_are_shown_with_mean_and_spread():
    row = ROW | {"ndcg@100_fold_mean": 0.41, "ndcg@100_fold_sd": None}
    folds = [{"fold": 1, "models": [{"ndcg@100": 0.4}]}, {"fold": 2, "models": [{"ndcg@100": 0.42}]}]
    assert columns(list_fold_table([row], folds)) == {
        "model": ["ease"], "mean": ["0.4100"], "sd": [""], "1": ["0.400"], "2": ["0.420"],
    }  # fmt: skip


def test_the_notes_say_what_the_columns_are():
    assert list_notes({"models": [ROW]}) == [NOTE]
    assert list_notes({"models": [ROW, OTHER]}) == [
        "difference: NDCG@100 of ease minus this model's, 95 % interval, paired over users.", NOTE,
    ]  # fmt: skip


def test_metric_and_subject_are_those_of_the_tests():
    other = ROW | {"ndcg@20_difference": 0.2, "ndcg@20_difference_low": 0.1, "ndcg@20_difference_high": 0.3}
    tests = {"metric": "ndcg@20", "subject": "popularity", "tests": []}
    report = {"models": [other, ROW | {"model": "popularity"}], "significance": tests}
    assert columns(list_quality_table(report, "lists"))["difference"] == ["+0.1000 to +0.3000", ""]
    assert list_notes(report)[0].startswith("difference: NDCG@20 of popularity minus this model's")


@pytest.mark.parametrize("rated", [False, True])
def test_errors_are_printed_where_a_model_has_some_and_lists_where_none_has(rated, capsys):
    rows = (
        [ROW, {"model": "mean", "rmse": 1.0, "rmse_low": 0.9, "rmse_high": 1.1, "fit_s": 1.0, "peak_bytes": 1}]
        if rated
        else [ROW, OTHER]
    )
    screen = Console(width=120)
    print_quality(screen, {"models": rows} if rated else {"models": rows, "folds": []})
    out = capsys.readouterr().out
    assert ("RMSE" in out) == rated
    assert ("Lists of what people like" in out) != rated
