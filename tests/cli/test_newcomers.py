"""foretaste newcomers: how good a bundle is for somebody who has shown nothing yet, one rating, two and so on."""

from dataclasses import replace

import pytest

import foretaste
from foretaste.cli.app import run
from foretaste.cli.newcomers import curve_table
from foretaste.cli.tables import console
from foretaste.entries import Entry
from foretaste.recipe import parse_recipe


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A folder of 600 people, of whom 60 are for test."""
    folder = tmp_path_factory.mktemp("people") / "many"
    assert run(["data", "synth", str(folder), "--users", "600", "--items", "60", "--ratings", "18000"]) == 0
    return folder


def trained(people, folder, model, *, split="new-users", task=None, **settings):
    """Save a bundle of one model, without the baselines and the report that train makes beside it."""
    parts = {"data": {"task": task, "like": 4.0} if task else {}, "split": {"kind": split}}
    recipe = replace(parse_recipe(parts), models=(Entry(model, settings),))
    foretaste.run(recipe, foretaste.load(people, recipe.data)).bundle().save(folder)
    return folder


@pytest.fixture(scope="module")
def neighbours(people, tmp_path_factory):
    return trained(people, tmp_path_factory.mktemp("neighbours") / "b", "item_knn")


def test_on_its_own_data_the_simplest_models_stand_beside_it(say, people, neighbours):
    said = say("newcomers", neighbours, people, "--json").json()
    assert said["evaluated_on"].startswith("its own test part")
    errors, lists = said["newcomers"], said["newcomer_lists"]
    assert set(errors["models"]) == {"item_knn", "bias"}
    assert set(lists["models"]) == {"item_knn", "bias", "popularity"}
    assert errors["given"][:3] == [0, 1, 2]
    assert errors["people"] >= 30
    assert errors["sentences"]["item_knn"].startswith("item_knn is ")
    at_start = [errors["models"][label][0]["value"] for label in ("item_knn", "bias")]
    assert at_start[0] == pytest.approx(at_start[1], abs=0.02)  # of a stranger both say the item's mean


def test_words_and_a_table_for_people(say, people, neighbours):
    said = say("newcomers", neighbours, people)
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "RMSE of hidden ratings" in words
    assert "NDCG@20 of hidden likes" in words
    assert "difference: item_knn minus the model beside it, paired." in words
    assert "item_knn is " in words
    assert "flatter" not in said.err


def test_the_table_fits_a_terminal_of_eighty_columns(say, people, neighbours):
    curves = say("newcomers", neighbours, people, "--json").json()
    for key in ("newcomers", "newcomer_lists"):
        table = curve_table(curves[key], "item_knn", "x", width=80)
        assert console().measure(table).maximum <= 80
        assert table.row_count == len(curves[key]["given"])
        assert [column.header for column in table.columns][::4] == ["shown", "difference"]
    narrow = curve_table(curves["newcomers"], "item_knn", "x", width=70)
    assert "too narrow for 95 %" in narrow.caption


def test_on_other_data_the_model_stands_alone(say, neighbours, tmp_path):
    assert run(["data", "synth", str(tmp_path / "w"), "--users", "50", "--items", "60", "--ratings", "2000"]) == 0
    said = say("newcomers", neighbours, tmp_path / "w", "--hide", "5", "--seed", "2")
    assert said.code == 0, said.err
    assert "item_knn has RMSE" in " ".join(said.out.split())
    assert "paired" not in said.out
    assert "may have been in training" in said.err
    curves = say("newcomers", neighbours, tmp_path / "w", "--json").json()
    assert curves["newcomers"]["against"] is None
    assert set(curves["newcomers"]["models"]) == {"item_knn"}


def test_the_simplest_models_by_themselves(say, people, tmp_path):
    for name, key in (("bias", "newcomers"), ("popularity", "newcomer_lists")):
        folder = trained(people, tmp_path / name, name)
        said = say("newcomers", folder, people, "--json").json()
        assert said[key]["against"] == name
        assert name not in said[key]["sentences"]
        assert say("newcomers", folder, people).code == 0


def test_of_clicks_there_are_lists_alone(say, people, tmp_path):
    said = say("newcomers", trained(people, tmp_path / "b", "popularity", task="ranking"), people, "--json")
    assert said.code == 0, said.err
    assert "newcomers" not in said.json()
    assert len({one["value"] for one in said.json()["newcomer_lists"]["models"]["popularity"]}) == 1


def test_people_whom_training_knows_are_no_newcomers(say, people, tmp_path):
    said = say("newcomers", trained(people, tmp_path / "b", "bias", split="random"), people)
    assert said.code == 0, said.err
    assert "these people were in training, so newcomers fare worse: train with --split new-users" in said.err


def test_few_people_make_no_curve(say, bundle, world):
    said = say("newcomers", bundle, world)
    assert said.code == 2
    assert "too few people for a curve (its own test part has 25 hidden ratings of 6 people): " in said.err
    assert "it takes 30 of whom something is hidden and shown\nhint: ask about more people" in said.err


def test_who_knows_people_by_their_rows_has_no_newcomers(say, people, tmp_path):
    folder = trained(people, tmp_path / "b", "item_ridge", split="random", latent=2, epochs=1)
    said = say("newcomers", folder, people)
    assert said.code == 2
    assert (
        "item_ridge scores nobody but the people it was fitted on, so it has no newcomers\nhint: train a model"
        in said.err
    )
