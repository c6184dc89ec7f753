"""What people see: cells, notes, lists."""

import io
import json

import pytest
from rich.console import Console

from foretaste.cli.tables import (
    accuracy_notes,
    accuracy_table,
    beside_columns,
    console,
    ends_of,
    fold_table,
    interval_note,
    list_table,
    print_accuracy,
    print_json,
    print_line,
    print_note,
    span,
    split_line,
)
from foretaste.recommended import Recommended

ROW = {"model": "bias", "rmse": 0.9, "rmse_low": 0.8, "rmse_high": 1.0, "mae": 0.7, "mape": 0.25, "ndcg@20": 0.1,
       "reconstruction_rmse": 0.85, "fit_s": 1.25, "peak_bytes": 150_000_000}  # fmt: skip


def shown(thing, capsys):
    console().print(thing)
    return capsys.readouterr().out


def test_the_table_fits_80_columns_and_shows_interval_time_and_memory(capsys):
    out = shown(accuracy_table([ROW, ROW | {"model": "popularity", "rmse": None, "mae": None, "mape": None}]), capsys)
    for words in ("0.9000", "0.800 to 1.000", "25.0 %", "1.2 s", "150 MB"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 88


def test_an_interval_that_nobody_could_tell_is_left_empty(capsys):
    alone = ROW | {
        "rmse_low": None,
        "rmse_high": None,
        "difference": 0.5,
        "difference_low": None,
        "difference_high": None,
    }
    assert "0.9000" in shown(accuracy_table([alone]), capsys)
    assert beside_columns([alone])["95 %"] == [""]
    assert ends_of({"x_low": 1.0, "x_high": 2.0}, "x", str) == "1.0 to 2.0"
    assert ends_of({}, "x", str) == ""


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        (120, ""),
        (80, "too narrow for memory"),
        (70, "too narrow for MAPE, memory"),
        (60, "95 %, MAPE, memory"),
        (12, "NDCG@20"),
    ],
)
def test_a_narrow_table_keeps_names_whole_and_says_what_it_lacks(width, left_out):
    names = ("mean", "biased_mf", "popularity", "autorec")
    screen = Console(file=io.StringIO(), width=width)
    screen.print(accuracy_table([ROW | {"model": name} for name in names], width=width))
    out = screen.file.getvalue()
    assert max(map(len, out.splitlines())) <= width
    assert left_out in " ".join(out.split())
    if width > 12:
        assert all(name in out for name in (*names, "0.9000"))
        assert "…" not in out


def test_titles_and_names_are_printed_as_they_are(capsys):
    items = [
        Recommended("[/x]", title, 4.25, 3.0, 12, ("[b]Drama[/b]",))
        for title in ("[/b] Closing (2001)", "[rec] (2007)", ":smile:")
    ]
    out = shown(list_table(items, "For [bold]you[/bold] :smile:"), capsys)
    for words in ("[/b] Closing (2001)", "[rec] (2007)", ":smile:", "[/x]", "[b]Drama[/b]", "For [bold]you[/bold]"):
        assert words in out
    assert "[/m]" in shown(accuracy_table([ROW | {"model": "[/m]"}], "On [/x]"), capsys)


def test_ratings_without_a_prediction_are_counted_below_the_table():
    rows = [ROW | {"n_unpredicted": 0, "n_hidden": 2000}, ROW | {"n_unpredicted": 3, "n_hidden": 2000}]
    notes = accuracy_notes({"models": rows})
    told = [line for line in notes if "no finite prediction" in line]
    assert told == [
        "bias has no finite prediction for 3 of 2,000 hidden ratings; the middle of the scale is counted there."
    ]


def test_the_table_of_an_evaluation_has_no_time(capsys):
    row = {k: v for k, v in ROW.items() if k not in {"fit_s", "peak_bytes"}}
    assert "memory" not in shown(accuracy_table([row]), capsys)


FAMILY = ("mean", "bias", "autorec", "item_autorec", "sparse_fc", "item_sparse_fc", "item_knn", "biased_mf", "ridge",
          "item_ridge", "two_sided_ridge")  # fmt: skip
WHOLE = ROW | {"n_hidden": 20_000, "n_hidden_cold": 500, "rmse_warm": 0.8765, "ndcg@20_raw": 0.0625, "fit_s": 1234.5,
               "rmse_fold_mean": 0.9123, "rmse_fold_sd": 0.0045, "mae_fold_mean": 0.7012, "mae_fold_sd": 0.0034,
               "difference": -0.1, "difference_low": -0.2, "difference_high": 0.05}  # fmt: skip


def family():
    rows = [WHOLE | {"model": name} for name in FAMILY]
    for name in ("difference", "difference_low", "difference_high"):
        del rows[-1][name]
    folds = [{"fold": place + 1, "models": [row | {"rmse": 0.9 + place / 100} for row in rows]} for place in range(5)]
    return {"models": rows, "folds": folds}


def test_the_whole_family_is_readable_at_80_columns():
    screen = Console(file=io.StringIO(), width=80)
    print_accuracy(screen, family())
    out = screen.file.getvalue()
    tables = [line for line in out.splitlines() if "│" in line]
    assert max(map(len, tables)) <= 80
    assert len(tables) == 3 * len(FAMILY)  # no name is broken into two lines
    assert "…" not in out
    for name in FAMILY:
        assert sum(f"│ {name} " in line for line in tables) == 3
    for words in (
        "0.9000",
        "0.800 to 1.000",
        "-0.2000 to +0.0500",
        "0.8765",
        "0.850",
        "0.062",
        "0.9123",
        "0.0045",
        "0.940",
    ):
        assert words in out


def test_what_stands_beside_the_errors_is_explained():
    assert beside_columns(family()["models"]) == {
        "difference": [*["-0.1000"] * 10, ""],
        "95 %": [*["-0.2000 to +0.0500"] * 10, ""],
        "warm": ["0.8765"] * 11,
        "rebuilt": ["0.850"] * 11,
        "raw": ["0.062"] * 11,
    }
    assert accuracy_notes(family())[:-1] == [
        "difference: RMSE of two_sided_ridge minus this model's, with its 95 % interval, paired over users.",
        "warm: RMSE without the 500 hidden ratings (2.5 %) of items that nobody in training rated.",
        "rebuilt: RMSE on the same ratings when they are shown (reconstruction, not accuracy).",
        "raw: NDCG@20 of lists sorted by predicted stars as they are, not by evidence; higher is better.",
    ]


def test_what_was_not_measured_has_no_column(capsys):
    ranking = {"model": "popularity", "rmse": None, "ndcg@20": 0.1, "ndcg@20_raw": 0.1, "n_hidden_cold": None}
    assert beside_columns([ranking]) == {}
    assert accuracy_notes({"models": [ranking]}) == [
        "95 % by bootstrap over users. RMSE, MAE and MAPE: lower is better. NDCG@20 of hidden likes: higher is better."
    ]
    print_accuracy(console(), {"models": [ranking]})
    assert "Beside the errors" not in capsys.readouterr().out
    assert "warm" not in beside_columns([WHOLE | {"n_hidden_cold": 0}])


@pytest.mark.parametrize(
    ("width", "left_out"), [(120, ""), (80, "MAE"), (60, "4, 5, MAE, MAE sd"), (20, "1, 2, 3, 4, 5")]
)
def test_folds_are_shown_as_far_as_the_width_goes(width, left_out):
    screen = Console(file=io.StringIO(), width=width)
    screen.print(fold_table(family()["models"], family()["folds"], width=width))
    out = " ".join(screen.file.getvalue().split())
    assert left_out in out
    assert ("too narrow for" in out) == bool(left_out)
    if width > 20:
        assert all(words in out for words in ("two_sided_ridge", "0.9123", "0.0045"))


def test_a_list_of_a_rating_model_shows_stars_and_evidence(capsys):
    items = [Recommended(7, "Heat (1995)", 4.25, 3.0, 1234, ("Crime", "Drama"))]
    out = shown(list_table(items, "For you"), capsys)
    for words in ("Heat (1995)", "4.25", "1,234", "Crime, Drama"):
        assert words in out


def test_a_list_of_a_ranking_model_shows_neither(capsys):
    out = shown(list_table([Recommended("a", "Heat", None, 3.0, None)], "For you"), capsys)
    assert "predicted" not in out
    assert "genres" not in out


COUNTS = {"train_users": 1, "train_ratings": 2, "items": 3, "valid_hidden": 4, "valid_users": 5, "test_hidden": 6,
          "test_users": 7, "test_hidden_cold": 8}  # fmt: skip


def test_the_split_line_tells_of_cold_items():
    assert split_line(COUNTS).endswith("6 of 7 to judge on (8 of items that nobody in training rated; none dropped).")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "given"}, "1,200 of the test file's users are in no other file, with 3,400 of these ratings."),
        ({"kind": "official-folds", "folds": 5}, "1,200 users are in a test file and not in the train file beside it, with "
                                                 "3,400 of these ratings."),
        ({"kind": "new-users", "hide": "total:9"}, "Of 1,200 users all that they rated is hidden: 3,400 of these ratings."),
    ],
)  # fmt: skip
def test_the_split_line_tells_of_people_who_show_nothing(facts, words):
    strangers = {"test_users_unseen": 1200, "test_hidden_unseen": 3400}
    assert split_line(COUNTS | facts | strangers).endswith(f"none dropped). {words}")
    none = split_line(COUNTS | facts | dict.fromkeys(strangers, 0))
    assert none.endswith("none dropped).")


LITTLE, DRAWN = "have too little to hide any of it", "had nothing drawn"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "new-users", "hide": "20%"}, LITTLE), ({"kind": "new-users", "hide": "given:5", "folds": 5}, LITTLE),
        ({"kind": "new-users-time", "hide": "newest:20%"}, LITTLE), ({"kind": "leave-last-out"}, LITTLE),
        ({"kind": "leave-one-out"}, LITTLE), ({"kind": "new-users", "hide": "total:9"}, DRAWN), ({"kind": "random"}, DRAWN),
        ({"kind": "time", "test_from": "2017"}, "rated nothing at the cut or later"),
        ({"kind": "given-new-users"}, "are in the seen file and not in the test file"),
    ],
)  # fmt: skip
def test_the_split_line_says_why_people_are_asked_nothing(facts, words):
    line = split_line(COUNTS | facts | {"test_users_unasked": 9})
    assert line.endswith(f". 9 users {words}, and are asked nothing.")
    assert "asked nothing" not in split_line(COUNTS | facts | {"test_users_unasked": 0})


def test_over_folds_of_ratings_nobody_is_asked_nothing():
    assert split_line(COUNTS | {"kind": "k-fold", "folds": 5, "test_users_unasked": 9}).endswith("none dropped).")


def test_the_split_line_tells_of_folds_and_of_a_cut_in_time():
    folds = split_line(COUNTS | {"folds": 5})
    assert folds.startswith("In each of 5 folds about 1 user train with 2 ratings")
    assert "to choose on, and over all folds 6 of 7 to judge on (8 of" in folds
    cut = COUNTS | {"test_from": "2017-06-21T07:17:30Z"}
    new = split_line(cut | {"test_users_unseen": 47, "test_hidden_unseen": 8423})
    assert new.endswith(" The cut is at 2017-06-21T07:17:30Z; 47 users came after it, with 8,423 of these ratings.")
    assert split_line(cut | {"later_unused": 9}).endswith("30Z; 9 later ratings of earlier users are in no part.")


def test_json_is_escaped_where_the_encoding_has_no_accents(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    print_json({"title": "Amélie"})
    stream.flush()
    assert json.loads(stream.buffer.getvalue()) == {"title": "Amélie"}


def test_json_keeps_accents(capsys):
    print_json({"title": "Amélie"})
    assert '"Amélie"' in capsys.readouterr().out


def test_the_notes_show_what_the_raw_order_is_worth():
    rows = [ROW | {"ndcg@20_raw": 0.0625}, ROW | {"model": "popularity", "rmse": None, "ndcg@20_raw": 0.1}]
    assert beside_columns(rows)["raw"] == ["0.062", ""]


def test_a_blend_has_a_line_of_its_own_below_the_tables():
    members = [{"model": "bias", "weight": 1.0, "valid_rmse": 0.9}]
    lines = accuracy_notes({"models": [ROW, ROW | {"model": "mine", "members": members}]})
    assert [line for line in lines if line.startswith("mine is ")] == ["mine is 1.00 bias."]


def test_a_pair_has_a_line_of_its_own_below_the_tables():
    alone = {"ranker_ndcg@100": 0.4, "ranker_difference": 0.01, "ranker_difference_low": -0.01}
    pair = ROW | alone | {"model": "both", "ndcg@100": 0.41, "ranker_difference_high": 0.02}
    (line,) = [line for line in accuracy_notes({"models": [ROW, pair]}) if line.startswith("both lists")]
    assert "its ranker's alone 0.4000 (difference +0.0100, 95 % -0.0100 to +0.0200)" in line


def test_intervals_stand_beside_the_prediction():
    lines = [Recommended(1, "Heat", 4.126, 3.0, 5, (), 3.204, 4.9), Recommended(2, "Up", 4.0, 2.0, 5)]
    screen = console()
    with screen.capture() as shown:
        screen.print(list_table(lines, "List", level=0.8))
    text = shown.get()
    assert ("80 %" in text, "3.20 to 4.90" in text) == (True, True)
    assert span(None, None) == ""
    assert interval_note(0.9) == "90 %: of ratings that people give, about so many lie in their interval."
    assert interval_note(0.9, sure=True).startswith("Sorted by the lower end of the interval. 90 %: ")


def test_a_long_name_is_broken_before_numbers_go():
    long = "a_model_whose_name_goes_on_and_on_for_sixty_letters_or_even_more"
    screen = Console(file=io.StringIO(), width=80)
    screen.print(accuracy_table([ROW, ROW | {"model": long}], width=80))
    out = screen.file.getvalue()
    assert max(map(len, out.splitlines())) <= 80
    assert all(long[start : start + 26] in out for start in range(0, len(long), 26))
    assert "0.9000" in out
    assert "0.7000" in out
    assert (
        list(map(str, [c.header for c in accuracy_table([ROW, ROW | {"model": long}], width=200).columns]))[-1]
        == "memory"
    )


def test_where_lists_decide_beside_errors_the_difference_is_of_lists():
    """A ranker is judged beside models that predict ratings: what is compared and who is judged come with the tests."""
    change = {f"ndcg@20_difference{end}": value for end, value in (("", 0.1), ("_low", 0.05), ("_high", 0.2))}
    tests = {"metric": "ndcg@20", "subject": "ease", "floor": None, "tests": []}
    rows = [ROW | change, ROW | {"model": "ease", "rmse": None}]
    assert beside_columns(rows, "ndcg@20")["95 %"] == ["+0.0500 to +0.2000", ""]
    notes = accuracy_notes({"models": rows, "significance": tests})
    assert "difference: NDCG@20 of ease minus this model's, with its 95 % interval, paired over users." in notes


def test_one_is_no_several():
    cold = accuracy_notes(
        {"models": [ROW | {"n_hidden_cold": 1, "n_hidden": 1, "n_unpredicted": 1, "rmse_warm": None}]}
    )
    assert cold[0].startswith("bias has no finite prediction for 1 of 1 hidden rating;")
    assert "warm: RMSE without the 1 hidden rating (100.0 %) of items that nobody in training rated." in cold


def test_a_sentence_is_broken_between_words_in_a_terminal_and_in_a_pipe_not_at_all(capsys):
    words = "people of this file may have been in training: if so, these numbers flatter the model"
    for terminal in (False, True):
        screen = Console(file=io.StringIO(), width=30, force_terminal=terminal)
        print_line(screen, words)
        lines = [line.strip() for line in screen.file.getvalue().splitlines()]
        assert " ".join(lines) == words
        assert (len(lines) > 1) == terminal
        assert max(map(len, lines)) <= 30 or not terminal
    print_note(words)
    assert capsys.readouterr().err == f"{words}\n"


def test_errors_of_a_tiny_scale_are_no_noughts(capsys):
    row = ROW | {"rmse": 9.1e-7, "rmse_low": 8.1e-7, "rmse_high": 1.1e-6, "mae": 7e-7, "difference": -3e-8}
    row |= {"difference_low": -4e-8, "difference_high": 1e-8}
    out = shown(accuracy_table([row]), capsys)
    assert all(words in out for words in ("9.1e-07", "8.1e-07 to 1.1e-06", "7e-07"))
    assert beside_columns([row])["difference"] == ["-3e-08"]
    assert beside_columns([row])["95 %"] == ["-4e-08 to +1e-08"]
