"""foretaste evaluate: a bundle's own test part, or other data."""

import json
import shutil

import numpy as np
import pytest

from foretaste.bundle_folder import checksum


def test_on_its_own_data_it_repeats_what_training_measured(say, bundle, world):
    row = say("evaluate", bundle, world, "--json").json()
    trained = json.loads((bundle / "manifest.json").read_text())["test"]
    assert row["evaluated_on"].startswith("its own test part")
    assert row["rmse"] == pytest.approx(trained["rmse"], abs=1e-9)
    assert (row["rmse_low"], row["rmse_high"]) == pytest.approx((trained["rmse_low"], trained["rmse_high"]), abs=1e-9)


def test_people_of_short_rows_are_measured_as_themselves_where_rows_are_known(say, tmp_path):
    """What one shows here is often all that another has in the file, and the file's rows are those the bundle knows best."""
    rng = np.random.default_rng(0)
    rated = {u: rng.choice(12, rng.integers(1, 5), replace=False) for u in range(200)}
    lines = [f"{u},{i},{rng.integers(1, 6)}" for u, items in rated.items() for i in items]
    (tmp_path / "short.csv").write_text("user,item,rating\n" + "\n".join(lines) + "\n")
    words = ["--split", "random", "--model", "item_ridge", "--set", "latent=2", "--set", "epochs=2", "--quiet"]
    assert say("train", tmp_path / "short.csv", "--out", tmp_path / "b", *words).code == 0
    row = say("evaluate", tmp_path / "b", tmp_path / "short.csv", "--json").json()
    trained = json.loads((tmp_path / "b" / "manifest.json").read_text())["test"]
    assert row["evaluated_on"].startswith("its own test part")
    assert row["rmse"] == pytest.approx(trained["rmse"], abs=1e-9)


def test_on_other_data_everyone_is_asked_and_a_warning_is_given(say, bundle, tmp_path):
    lines = [f"{user},{item},{1 + (user + item) % 5}" for user in range(1, 9) for item in range(1, 11)]
    (tmp_path / "other.csv").write_text("user,item,rating\n" + "\n".join([*lines, "1,5000,3"]) + "\n")
    said = say("evaluate", bundle, tmp_path / "other.csv")
    assert said.code == 0, said.err
    assert "other data: 16 hidden ratings of 8 people" in " ".join(said.out.split())
    assert "1 rating is of an item that the bundle does not know; it was not asked" in said.err
    assert "these numbers flatter the model" in said.err


@pytest.fixture
def other(tmp_path):
    """Eight people with ten ratings each, one of an unknown item."""
    lines = [f"{user}~{item}~{1 + (user + item) % 5}" for user in range(1, 9) for item in range(1, 11)]
    (tmp_path / "other.csv").write_text("user~item~rating\n" + "\n".join(lines) + "\n")
    return tmp_path / "other.csv"


def resealed(bundle, folder, **about):
    """Return a copy of a bundle that says other things about itself."""
    shutil.copytree(bundle, folder)
    manifest = json.loads((folder / "manifest.json").read_text()) | about
    (folder / "manifest.json").write_text(json.dumps(manifest | {"checksum": checksum(manifest)}))
    return folder


def test_filters_of_the_bundle_do_not_keep_other_data_out(say, bundle, other, tmp_path):
    """Its own recipe asks for so many ratings a user, and for its own separator."""
    recipe = {"data": {"min_user_ratings": 50, "separator": "|"}, "seed": 0}
    odd = resealed(bundle, tmp_path / "b", recipe=recipe)
    row = say("evaluate", odd, other, "--separator", "~", "--json").json()
    assert row["evaluated_on"] == "other data: 16 hidden ratings of 8 people"


@pytest.mark.parametrize("about", [{"data": "x"}, {"data": None}, {"recipe": "data"}, {"recipe": {"data": 3}}])
def test_a_bundle_that_says_nonsense_about_itself_meets_other_data(say, bundle, world, tmp_path, about):
    said = say("evaluate", resealed(bundle, tmp_path / "b", **about), world, "--json")
    assert said.code == 0, said.err
    assert said.json()["evaluated_on"].startswith("other data")


def test_reading_options_are_those_of_the_other_data(say, bundle, other):
    with other.open("a") as file:
        file.write("1~11~abc\n1~1~5\n")
    said = say("evaluate", bundle, other, "--separator", "~")
    assert said.code == 2
    assert 'other.csv line 82: rating is "abc"' in said.err
    options = ("--separator", "~", "--bad-rows", "skip", "--duplicates", "first", "--json")
    assert say("evaluate", bundle, other, *options).json()["n_hidden"] == 16


def test_its_own_data_are_known_with_options_that_change_nothing(say, bundle, world):
    row = say("evaluate", bundle, world, "--separator", ",", "--bad-rows", "skip", "--json").json()
    assert row["evaluated_on"].startswith("its own test part")


def test_nothing_hidden_names_an_option_that_there_is(say, bundle, tmp_path):
    (tmp_path / "few.csv").write_text("user,item,rating\n1,2,3\n2,3,4\n")
    said = say("evaluate", bundle, tmp_path / "few.csv", "--hide", "20%")
    assert said.code == 2
    assert "nothing is hidden, so there is nothing to evaluate\nhint: hide more of each person, such as" in said.err
    assert "--split" not in said.err


def test_events_are_told_to_be_no_ratings(say, bundle, tmp_path):
    lines = [f"{user},{item}" for user in range(1, 9) for item in range(1, 11)]
    (tmp_path / "events.csv").write_text("user,item\n" + "\n".join(lines) + "\n")
    said = say("evaluate", bundle, tmp_path / "events.csv")
    assert said.code == 0, said.err
    assert "events.csv has no rating column: every row counts as a rating of 1" in said.err


def test_newest_ratings_of_other_data(say, bundle, world, tmp_path):
    assert say("data", "convert", world, tmp_path / "copy.csv", "--top-users", 1).code == 2
    said = say("data", "synth", tmp_path / "w", "--users", 12, "--items", 30, "--ratings", 200, "--seed", 8)
    assert said.code == 0
    row = say("evaluate", bundle, tmp_path / "w", "--hide", "newest:2", "--json").json()
    assert row["n_hidden"] == 24
    assert row["n_unpredicted"] == 0


def test_the_report_is_the_page_of_one_model(say, bundle, world, tmp_path):
    said = say("evaluate", bundle, world, "--report", tmp_path / "x.html", "--json")
    assert said.code == 0, said.err
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert f"autorec has RMSE {said.json()['rmse']:.4f}" in page
    assert "There is nothing" not in page
    assert "<svg" in page
    assert "[[models]]" in page
    (tmp_path / "y.html").mkdir()
    assert "it is a folder" in say("evaluate", bundle, world, "--report", tmp_path / "y.html").err


def test_how_often_the_bundles_intervals_hold_is_told(say, bundle, world):
    row = say("evaluate", bundle, world, "--json").json()
    assert row["calibration"]["n"] == row["n_hidden"]
    level = row["calibration"]["levels"][0]
    assert 0 < level["coverage"] < 1
    assert (
        f"those of {100 * level['level']:.0f} % hold {100 * level['coverage']:.1f} %"
        in say("evaluate", bundle, world).out
    )


@pytest.mark.parametrize("command", ["evaluate", "newcomers"])
def test_of_strange_items_nothing_can_be_asked(say, bundle, tmp_path, command):
    (tmp_path / "far.csv").write_text(
        "user,item,rating\n" + "".join(f"{u},x{i},3\n" for u in range(3) for i in range(4))
    )
    said = say(command, bundle, tmp_path / "far.csv")
    assert said.code == 2
    assert "of 12 ratings none is of an item that the bundle knows" in said.err
    assert "hint: see how their ids differ: foretaste doctor DATA --bundle BUNDLE" in said.err


@pytest.mark.parametrize("command", ["evaluate", "newcomers"])
def test_what_its_own_test_part_hides_is_not_for_the_caller_to_say(say, bundle, world, command):
    said = say(command, bundle, world, "--hide", "50%")
    assert said.code == 2
    assert "--hide 50% is for other data: the bundle was trained from these" in said.err
    assert "hint: leave --hide out" in said.err
