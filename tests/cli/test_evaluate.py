"""foretaste evaluate: a bundle's own test part, or other data."""

import json

import pytest


def test_on_its_own_data_it_repeats_what_training_measured(say, bundle, world):
    row = say("evaluate", bundle, world, "--json").json()
    trained = json.loads((bundle / "manifest.json").read_text())["test"]
    assert row["evaluated_on"].startswith("its own test part")
    assert row["rmse"] == pytest.approx(trained["rmse"], abs=1e-9)
    assert (row["rmse_low"], row["rmse_high"]) == pytest.approx((trained["rmse_low"], trained["rmse_high"]), abs=1e-9)


def test_on_other_data_everyone_is_asked_and_a_warning_is_given(say, bundle, tmp_path):
    lines = [f"{user},{item},{1 + (user + item) % 5}" for user in range(1, 9) for item in range(1, 11)]
    (tmp_path / "other.csv").write_text("user,item,rating\n" + "\n".join([*lines, "1,5000,3"]) + "\n")
    said = say("evaluate", bundle, tmp_path / "other.csv")
    assert said.code == 0, said.err
    assert "other data: 16 hidden ratings of 8 people" in " ".join(said.out.split())
    assert "1 ratings are of items that the bundle does not know" in said.err
    assert "these numbers flatter the model" in said.err


def test_newest_ratings_of_other_data(say, bundle, world, tmp_path):
    assert say("data", "convert", world, tmp_path / "copy.csv", "--top-users", 1).code == 2
    said = say("data", "synth", tmp_path / "w", "--users", 12, "--items", 30, "--ratings", 200, "--seed", 8)
    assert said.code == 0
    row = say("evaluate", bundle, tmp_path / "w", "--hide", "newest:2", "--json").json()
    assert row["n_hidden"] == 24
    assert row["n_unpredicted"] == 0
