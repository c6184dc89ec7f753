"""What people see: cells, notes, lists."""

import io
import json

import pytest
from rich.console import Console

from foretaste.bundle import Recommended
from foretaste.cli.tables import accuracy_notes, accuracy_table, console, list_table, print_json, split_line

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


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(120, ""), (80, "too narrow for memory"), (60, "too narrow for 95 %, memory"), (12, "MAPE")],
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
    notes = accuracy_notes([ROW | {"n_unpredicted": 0, "n_hidden": 2000}, ROW | {"n_unpredicted": 3, "n_hidden": 2000}])
    told = [line for line in notes if "no finite prediction" in line]
    assert told == [
        "bias has no finite prediction for 3 of 2,000 hidden ratings; the middle of the scale is counted there"
    ]


def test_the_table_of_an_evaluation_has_no_time(capsys):
    row = {k: v for k, v in ROW.items() if k not in {"fit_s", "peak_bytes"}}
    assert "memory" not in shown(accuracy_table([row]), capsys)


def test_notes_name_the_judged_model_and_the_reconstruction():
    rival = ROW | {"model": "mean", "difference": -0.1, "difference_low": -0.2, "difference_high": 0.05}
    notes = accuracy_notes([rival, ROW])
    assert notes[0] == "bias minus mean: RMSE -0.1000, 95 % -0.2000 to +0.0500, paired over users"
    assert "reconstruction, not accuracy): mean 0.850, bias 0.850" in notes[1]


def test_a_list_of_a_rating_model_shows_stars_and_evidence(capsys):
    items = [Recommended(7, "Heat (1995)", 4.25, 3.0, 1234, ("Crime", "Drama"))]
    out = shown(list_table(items, "For you"), capsys)
    for words in ("Heat (1995)", "4.25", "1,234", "Crime, Drama"):
        assert words in out


def test_a_list_of_a_ranking_model_shows_neither(capsys):
    out = shown(list_table([Recommended("a", "Heat", None, 3.0, None)], "For you"), capsys)
    assert "predicted" not in out
    assert "genres" not in out


def test_the_split_line_tells_of_cold_items():
    split = {"train_users": 1, "train_ratings": 2, "items": 3, "valid_hidden": 4, "valid_users": 5, "test_hidden": 6,
             "test_users": 7, "test_hidden_cold": 8}  # fmt: skip
    assert "(8 of items that nobody in training rated; none dropped)" in split_line(split)


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
    words = "NDCG@20 of lists sorted by predicted stars as they are, not by evidence: bias 0.062"
    assert words in accuracy_notes(rows)
