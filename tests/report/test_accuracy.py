"""The tables of a comparison and its first chart."""

from foretaste.report.accuracy import accuracy_section, beside_section, metric_figure

ROWS = [
    {"model": "mean", "rmse": 1.05, "rmse_low": 1.0, "rmse_high": 1.1, "fit_s": 0.1, "peak_bytes": 1e8, "difference": -0.19,
     "difference_low": -0.2, "difference_high": -0.1, "rmse_warm": 1.04},
    {"model": "autorec", "rmse": 0.86, "rmse_low": 0.8, "rmse_high": 0.9, "reconstruction_rmse": 0.5, "ndcg@20_raw": 0.0625},
    {"model": "popularity", "rmse": None, "rmse_low": None, "rmse_high": None, "ndcg@20_raw": 0.25},
]  # fmt: skip
SPLIT = {"test_hidden": 8, "test_users": 7, "test_hidden_cold": 1}
LISTS = [ROWS[2] | {"model": name, "ndcg@100": value, "ndcg@100_low": 0.1, "ndcg@100_high": 0.5, "recall@20": 0.3}
         for name, value in (("popularity", 0.2), ("edlae", 0.4))]  # fmt: skip


def test_every_rating_model_is_drawn_with_its_number_best_on_top():
    svg = metric_figure(ROWS, "autorec").wide
    for words in (">1.0500<", ">0.8600<", "<title>mean: 1.0500, 95 % 1.0000 to 1.1000</title>"):
        assert words in svg
    assert "popularity" not in svg
    assert svg.index(">autorec<") < svg.index(">mean<")


def test_where_nobody_predicts_ratings_lists_are_drawn_and_more_is_better():
    drawn = metric_figure([*LISTS, ROWS[2] | {"model": "nobody", "ndcg@100": None}])
    assert "NDCG@100 (share, 0 to 1)" in drawn.wide
    assert drawn.wide.index(">edlae<") < drawn.wide.index(">popularity<")
    assert "nobody" not in drawn.wide
    assert "NDCG@100 of each model" in drawn.label


def test_without_anything_measured_there_is_no_chart():
    assert metric_figure(ROWS[2:]) is None
    section = accuracy_section({"models": ROWS[2:]})
    assert (section.figures, section.lead) == ((), "")


def test_the_table_holds_errors_or_lists():
    errors = accuracy_section({"models": ROWS})
    assert errors.title == "Accuracy on hidden ratings"
    assert errors.tables[0].rows[0] == ("mean", "1.0500", "1.000 to 1.100", "-", "-", "-", "-", "0.1 s", "100 MB")
    assert errors.tables[0].rows[2][1:] == ("-",) * 8
    lists = accuracy_section({"models": LISTS})
    assert lists.title == "Lists of what people like"
    assert lists.tables[0].rows[0][:5] == ("popularity", "0.2000", "0.100 to 0.500", "-", "0.3000")
    assert "RMSE" not in str(lists)


def test_what_stands_beside_the_errors():
    section = beside_section({"models": ROWS, "split": SPLIT})
    assert section.tables[0].rows == [
        ("mean", "-0.1900", "-0.2000 to -0.1000", "1.0400", "-", "-"), ("autorec", "-", "-", "-", "0.500", "0.062"),
        ("popularity", "-", "-", "-", "-", "-"),
    ]  # fmt: skip
    assert "without the 1 hidden rating (12.5 %) of items that nobody in training rated" in section.notes[0]
    assert beside_section({"models": LISTS, "split": SPLIT}) is None


def test_blends_pairs_and_what_was_not_predicted_are_told():
    members = [{"model": "mean", "weight": 1.0, "valid_rmse": 0.8}]
    odd = LISTS[0] | {"members": members, "n_unpredicted": 3, "n_hidden": 2000, "model": "<b>"}
    section = beside_section({"models": [odd], "split": SPLIT})
    assert section.title == "What they are made of"
    assert section.notes[0] == "<b> is 1.00 mean."
    assert section.notes[1].startswith("<b>&lt;b&gt;</b> has no finite prediction for 3 of 2,000 hidden ratings")


def test_what_the_differences_are_of_is_said():
    tests = {"metric": "ndcg@100", "subject": "edlae", "tests": []}
    rows = [LISTS[0] | {"ndcg@100_difference_low": 0.1, "ndcg@100_difference_high": 0.3}, LISTS[1]]
    section = accuracy_section({"models": rows, "significance": tests})
    assert section.tables[0].rows[0][3] == "+0.1000 to +0.3000"
    assert "NDCG@100 of edlae minus this one" in section.notes[0]
    ranked = {"metric": "ndcg@20", "subject": "popularity", "tests": []}
    mixed = [ROWS[1] | {"ndcg@20_difference": 0.25}, ROWS[2]]
    section = beside_section({"models": mixed, "split": SPLIT, "significance": ranked})
    assert section.tables[0].rows[0][1] == "+0.2500"
    assert "NDCG@20 of popularity minus this one" in section.notes[0]


def test_without_cold_items_nothing_is_said_of_warm_ones():
    section = beside_section({"models": ROWS, "split": SPLIT | {"test_hidden_cold": 0}})
    assert section.tables[0].head == ("model", "difference", "95 %", "rebuilt", "raw")
    assert section.tables[0].rows[0] == ("mean", "-0.1900", "-0.2000 to -0.1000", "-", "-")
    assert "warm" not in section.notes[0]


def test_errors_that_are_all_nothing_are_drawn_from_nothing():
    rows = [row | {"rmse": 0.0, "rmse_low": 0.0, "rmse_high": 0.0} for row in ROWS[:2]]
    svg = metric_figure(rows).wide
    assert "\u22121" not in svg
    assert ">1<" in svg


def test_errors_of_a_tiny_scale_are_no_noughts():
    row = ROWS[0] | {"rmse": 9.1e-7, "rmse_low": 8.1e-7, "rmse_high": 1.1e-6, "difference": -3e-8}
    row |= {"difference_low": -4e-8, "difference_high": 1e-8}
    assert accuracy_section({"models": [row, ROWS[1]]}).tables[0].rows[0][1:3] == ("9.1e-07", "8.1e-07 to 1.1e-06")
    section = beside_section({"models": [row, ROWS[1]], "split": SPLIT})
    assert section.tables[0].rows[0][1:3] == ("-3e-08", "-4e-08 to +1e-08")
