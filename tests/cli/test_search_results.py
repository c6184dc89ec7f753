"""What tune says at the end, line by line."""

import pytest

from foretaste.cli.search_results import gain_words, search_table, settings_words, show_search

LINE = {
    "model": "m", "default_rmse": 0.9, "best_rmse": 0.875, "difference": -0.025, "difference_low": -0.05,
    "difference_high": -0.01, "beyond_noise": True, "people": 1200,
    "settings": {"l2": 0.123456, "widths": (8, 4), "mask": True},
    "trials": 12, "few_trials": 30, "pruned": 4, "failed": 1, "seconds": 12.34, "tried": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "m: -0.0250, 95 % -0.0500 to -0.0100, paired over 1,200 people: more than noise."),
        ({"beyond_noise": False}, "m: -0.0250, 95 % -0.0500 to -0.0100, paired over 1,200 people: within the noise."),
        ({"people": 9}, "m: -0.0250, of 9 people: too few to say whether that is noise."),
        ({"difference": 0.0}, "m: nothing that was tried is better than the defaults."),
        ({"difference": None}, "m: the defaults have no value, the best of what was tried has 0.8750."),
        ({"best_rmse": None}, "m: no trial came to its end: there was no time for one."),
        ({"best_rmse": None, "tried": [{"why": "it ran off"}]}, "m: no trial came to its end: it ran off."),
    ],
)
def test_the_gain_in_words(change, words):
    assert gain_words(LINE | change) == words


def test_the_settings_in_words():
    assert settings_words(LINE) == "m: l2=0.1235, widths=[8, 4], mask=True"
    assert settings_words(LINE | {"settings": {}}) == "m: it has no settings"


def test_the_table_has_before_and_after_and_the_effort():
    table = search_table(
        {"metric": "rmse", "models": [LINE, LINE | {"best_rmse": None, "default_rmse": None, "difference": None}]}
    )
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows[0] == ("m", "0.9000", "0.8750", "-0.0250", "12", "30", "4", "1", "12.3")
    assert rows[1][:4] == ("m", "", "", "")


def test_lists_are_told_by_their_ndcg_of_which_more_is_better(capsys):
    line = {name.replace("rmse", "ndcg@100"): value for name, value in LINE.items()}
    line |= {"default_ndcg@100": 0.3, "best_ndcg@100": 0.325, "difference": 0.025, "difference_low": 0.01}
    line |= {"difference_high": 0.05}
    data = {"source": "films", "users": 3, "items": 4, "ratings": 5000}
    show_search({"data": data, "metric": "ndcg@100", "models": [line]}, following=None)
    out = capsys.readouterr().out
    assert "NDCG@100 on validation, higher is better" in out
    assert "RMSE" not in out
    assert "m: +0.0250, 95 % +0.0100 to +0.0500, paired over 1,200 people: more than noise." in out
    table = search_table({"metric": "ndcg@100", "models": [line]})
    assert [next(iter(column.cells)) for column in table.columns][:4] == ["m", "0.3000", "0.3250", "+0.0250"]
    assert gain_words(line | {"difference": None}, "ndcg@100").endswith("the best of what was tried has 0.3250.")


def test_columns_of_zeros_are_left_out():
    table = search_table({"metric": "rmse", "models": [LINE | {"few_trials": 0, "failed": 0}]})
    assert [column.header for column in table.columns] == [
        "model", "defaults", "best", "difference", "trials", "given up", "seconds"
    ]  # fmt: skip


def test_where_there_is_nothing_to_judge_no_command_is_named(capsys):
    data = {"source": "films", "users": 3, "items": 4, "ratings": 5000}
    show_search({"data": data, "metric": "rmse", "models": [LINE | {"best_rmse": None}]}, following=None)
    assert "judge on it" not in capsys.readouterr().out


def test_the_end_says_that_the_test_part_was_not_looked_at(capsys):
    data = {"source": "films", "users": 3, "items": 4, "ratings": 5000}
    show_search({"data": data, "metric": "rmse", "models": [LINE]}, following="foretaste train films")
    out = capsys.readouterr().out
    assert "films: 3 users, 4 items, 5,000 ratings." in out
    assert "The test part has not been looked at; judge on it with foretaste train films" in out.replace("\n", " ")
