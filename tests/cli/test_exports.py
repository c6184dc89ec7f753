"""CSV and Markdown: read back by others, they hold what the report holds."""

import csv
import io

from foretaste.cli.exports import COLUMNS, as_csv, as_markdown
from foretaste.metrics.registry import METRICS

ROWS = [
    {
        "model": 'a, "b"',
        "class": "bias",
        "rmse": 0.9,
        "rmse_low": 0.8,
        "rmse_high": 1.0,
        "mae": 0.7,
        "ndcg@20": 0.1,
        "fit_s": 1.25,
        "difference": -0.1,
        "difference_low": -0.2,
        "difference_high": 0.05,
        "n_hidden": 12,
        "members": [1],
    },
    {
        "model": "ridge",
        "class": "ridge",
        "rmse": 0.8,
        "rmse_low": 0.7,
        "rmse_high": 0.9,
        "mae": 0.6,
        "ndcg@20": None,
        "fit_s": 2.0,
    },
]
LISTS = [
    {
        "model": "ease",
        "rmse": None,
        "ndcg@100": 0.4,
        "ndcg@100_low": 0.3,
        "ndcg@100_high": 0.5,
        "recall@20": 0.2,
        "ndcg@20": 0.3,
    },
    {
        "model": "popularity",
        "rmse": None,
        "ndcg@100": 0.2,
        "ndcg@100_difference": 0.2,
        "ndcg@100_difference_low": 0.1,
        "ndcg@100_difference_high": 0.3,
    },
]
REPORT = {
    "data": {"source": "ratings_1.csv", "users": 1234, "items": 4, "ratings": 5},
    "split": {"test_hidden": 8, "test_users": 7},
    "models": ROWS,
    "verdict": "ridge wins against a, <b>.",
}
TESTS = {
    "metric": "rmse",
    "subject": "ridge",
    "floor": 0.0038,
    "tests": [{"model": 'a, "b"', "p": 0.0004, "p_holm": 0.0008}],
}


def read(report):
    return list(csv.DictReader(io.StringIO(as_csv(report))))


def test_every_model_has_a_line_and_the_columns_are_always_the_same():
    first, second = read(REPORT | {"significance": TESTS})
    assert tuple(first) == COLUMNS == tuple(read(REPORT | {"models": LISTS})[0])
    assert (first["model"], first["rmse"], first["rmse_low"], first["n_hidden"]) == ('a, "b"', "0.9", "0.8", "12")
    assert (first["difference"], first["difference_high"], first["difference_metric"]) == ("-0.1", "0.05", "rmse")
    assert (first["p"], first["p_holm"]) == ("0.0004", "0.0008")
    assert (second["difference"], second["difference_metric"], second["p_holm"], second["ndcg@20"]) == ("", "", "", "")
    assert {f"{name}{end}" for name in METRICS for end in ("", "_low", "_high")} <= set(COLUMNS)


def test_of_lists_the_difference_is_of_lists():
    first, second = read(REPORT | {"models": LISTS})
    assert (first["ndcg@100"], first["difference_metric"]) == ("0.4", "")
    assert (second["difference"], second["difference_low"], second["difference_metric"]) == ("0.2", "0.1", "ndcg@100")


def test_markdown_has_the_verdict_above_a_table():
    lines = as_markdown(REPORT | {"significance": TESTS}).splitlines()
    assert lines[0] == r"**ridge wins against a, \<b\>.**"
    assert lines[2:6] == [
        "| model | RMSE | 95 % | difference | 95 % | p (Holm) | MAE | NDCG@20 | fit |",
        "| :-- | --: | --: | --: | --: | --: | --: | --: | --: |",
        '| a, "b" | 0.9000 | 0.8000 to 1.0000 | -0.1000 | -0.2000 to +0.0500 | < 0.001 | 0.7000 | 0.1000 | 1.2 s |',
        "| ridge | 0.8000 | 0.7000 to 0.9000 |  |  |  | 0.6000 |  | 2.0 s |",
    ]
    assert (
        lines[7]
        == r"ratings\_1.csv: 1,234 users, 4 items, 5 ratings; 8 of 7 people hidden. 95 % by bootstrap over users."
    )
    assert lines[9].startswith("Noise floor: differences in RMSE under 0.0038")


def test_markdown_of_lists_and_of_one_model():
    clicks = {"data": REPORT["data"] | {"scale": [1, 1]}}
    lines = as_markdown(REPORT | {"models": LISTS} | clicks).splitlines()
    assert lines[2] == "| model | NDCG@100 | 95 % | difference | 95 % | Recall@20 | NDCG@20 |"
    assert lines[5] == "| popularity | 0.2000 |  | +0.2000 | +0.1000 to +0.3000 |  |  |"
    assert "5 clicks" in lines[7]
    alone = as_markdown(REPORT | {"models": ROWS[1:]}).splitlines()
    assert alone[2] == "| model | RMSE | 95 % | MAE | NDCG@20 | fit |"


def test_words_of_the_data_do_not_become_markup():
    odd = [ROWS[1] | {"model": "a|b\n[x](y) *z* `c` # <img>"}]
    line = as_markdown(REPORT | {"models": odd}).splitlines()[4]
    assert line.startswith(r"| a\|b \[x\](y) \*z\* \`c\` \# \<img\> | 0.8000 |")


def test_lists_of_rated_items_are_lists_of_ratings_and_one_is_no_several():
    one = {"source": "r.csv", "users": 1, "items": 1, "ratings": 1, "scale": [0.5, 5]}
    text = as_markdown(REPORT | {"models": LISTS, "data": one, "split": {"test_hidden": 1, "test_users": 1}})
    assert "r.csv: 1 user, 1 item, 1 rating; 1 of 1 person hidden." in text


def test_where_a_ranker_is_judged_beside_errors_p_stands_beside_its_difference():
    change = {f"ndcg@20_difference{end}": value for end, value in (("", 0.1), ("_low", 0.05), ("_high", 0.2))}
    tests = {
        "metric": "ndcg@20",
        "subject": "ease",
        "floor": None,
        "tests": [{"model": "ridge", "p": 0.01, "p_holm": 0.01}],
    }
    report = REPORT | {"models": [ROWS[1] | change, LISTS[0]], "significance": tests}
    lines = as_markdown(report).splitlines()
    assert lines[2].startswith("| model | RMSE | 95 % | difference in NDCG@20 | 95 % | p (Holm) |")
    assert "| +0.1000 | +0.0500 to +0.2000 | 0.010 |" in lines[4]
    first, _ = read(report)
    assert (first["difference"], first["difference_metric"]) == ("0.1", "ndcg@20")


def test_errors_of_a_tiny_scale_are_no_noughts():
    tiny = {"rmse": 9.1e-7, "rmse_low": 8.1e-7, "rmse_high": 1.1e-6, "difference": -3e-8, "difference_low": -4e-8}
    line = as_markdown(REPORT | {"models": [ROWS[0] | tiny | {"difference_high": 1e-8}, ROWS[1]]}).splitlines()[4]
    assert "| 9.1e-07 | 8.1e-07 to 1.1e-06 | -3e-08 | -4e-08 to +1e-08 |" in line
