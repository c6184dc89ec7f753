"""Published protocols: found by name, sourced, run on small data, and honest about what was changed."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foretaste import protocols
from foretaste.data.synthetic import make_world
from foretaste.data.writers import write_ratings
from foretaste.entries import Entry
from foretaste.errors import NotFoundError
from foretaste.experiment import divide, run
from foretaste.protocols import (
    changes,
    protocol_facts,
    protocol_lines,
    protocol_names,
    protocol_settings,
    read_protocol,
)
from foretaste.recipe import Recipe, parse_recipe, read_recipe
from foretaste.source import load, load_folds
from tests.official_files import world_of_stars, write_official

RECIPES = Path(__file__).resolve().parents[1] / "recipes"
NAMES = ["leave-last-out", "ninety-ten", "official-folds", "strong-generalisation", "talk"]


def test_there_are_these_protocols_and_each_is_called_as_its_file():
    assert protocol_names() == NAMES
    assert [read_protocol(name).protocol.name for name in NAMES] == NAMES
    with pytest.raises(NotFoundError) as caught:
        read_protocol("ninety-nine")
    assert str(caught.value) == 'there is no protocol "ninety-nine"\nhint: did you mean "ninety-ten"?'


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_source_its_differences_in_sentences_and_metrics(name):
    recipe = read_protocol(name)
    about = recipe.protocol
    assert recipe.models == ()
    assert name == "talk" or re.search(r"\b(19|20)\d\d\. .*(doi:10\.\d{4}|arXiv:\d{4}\.\d{5})", about.source)
    assert len(about.differences) >= 3
    assert all(re.fullmatch(r"[A-Z0-9].*\.", text) for text in about.differences)
    assert about.metrics
    assert changes(recipe) == []
    assert parse_recipe(recipe.to_dict()) == recipe


def test_the_talks_recipe_with_models_divides_as_the_talks_protocol_does():
    whole, alone = read_recipe(RECIPES / "talk.toml"), read_protocol("talk")
    assert (whole.data, whole.split, whole.seed, whole.refit) == (alone.data, alone.split, alone.seed, alone.refit)


def test_strong_generalisation_holds_out_the_papers_numbers_of_movielens_20m():
    """136,677 people have five likes; the paper takes 10,000 to test and 10,000 to choose on."""
    split = read_protocol("strong-generalisation").split
    assert round(split.test * 136_677) == 10_000
    assert round(split.valid * (136_677 - 10_000)) == 10_000


@pytest.fixture
def source(tmp_path):
    """Read a world as a protocol asks for it; official folds come as files."""

    def read(recipe: Recipe):
        if recipe.split.kind == "official-folds":
            return load_folds(write_official(tmp_path / "set", world_of_stars()), recipe.data)
        world = make_world(80, 40, 2400, seed=3)
        write_ratings(world.ratings, tmp_path / "r.csv")
        return load(tmp_path / "r.csv", recipe.data)

    return read


@pytest.mark.parametrize("name", NAMES)
def test_each_runs_on_small_data_and_stands_in_the_report(name, source):
    recipe = read_protocol(name)
    if name == "talk":
        recipe = replace(recipe, split=replace(recipe.split, hide="total:20"))
    models = (Entry("popularity"),) if recipe.data.task == "ranking" else (Entry("mean"), Entry("bias"))
    report = run(replace(recipe, models=models), source(recipe)).report()
    told = report["protocol"]
    assert (told["name"], told["source"]) == (name, recipe.protocol.source)
    assert told["differences"] == list(recipe.protocol.differences)
    assert told["changed"] == (["split.hide is total:20, in the protocol total:2000."] if name == "talk" else [])
    assert report["recipe"]["protocol"]["name"] == name
    for row in report["models"]:
        assert all(
            np.isfinite([row[f"{metric}{end}"] for end in ("", "_low", "_high")]).all() for metric in told["metrics"]
        )


def test_strong_generalisation_is_the_papers_division(source):
    """Worked anew: likes from 4, people with five of them, a fifth hidden of strangers, and everybody in one part."""
    recipe = read_protocol("strong-generalisation")
    data = source(recipe)
    split = divide(data, recipe)
    whole = make_world(80, 40, 2400, seed=3).ratings
    liked = whole.rating >= 4
    likes = np.bincount(whole.user_code[liked], minlength=whole.n_users)
    able = likes[likes >= 5]
    assert (data.ratings.n_users, len(data.ratings)) == (len(able), able.sum())
    assert split.new_people
    held = [len(part.user_ids) for part in (split.test, split.valid)]
    assert held == [round(0.073165 * len(able)), round(0.078941 * (len(able) - held[0]))]
    assert split.train.shape[0] == len(able) - sum(held)
    for part in (split.test, split.valid):
        n = np.diff(part.whole().indptr)
        assert np.diff(part.hidden.indptr).tolist() == np.maximum(np.floor(0.2 * n + 0.5), 1).tolist()


def test_what_was_changed_is_told_and_seeds_are_not(source):
    recipe = read_protocol("ninety-ten").with_seed(9)
    assert changes(recipe) == []
    changed = replace(
        recipe, refit=False, split=replace(recipe.split, test=0.3), data=replace(recipe.data, top_users=5, min_rating=2)
    )
    assert changes(changed) == [
        "refit is False, in the protocol True.",
        "data.top_users is 5, in the protocol 0.",
        "data.min_rating is 2, in the protocol none.",
        "split.test is 0.3, in the protocol 0.1.",
    ]
    official = read_protocol("official-folds")
    named = replace(official, split=replace(official.split, pairs=("ua", "ub")))
    assert changes(named) == ["split.pairs is ua, ub, in the protocol none."]
    assert protocol_facts(changed)["changed"] == changes(changed)
    assert changes(Recipe()) == []
    assert protocol_facts(Recipe()) == {}


def test_settings_that_decide_are_said():
    assert protocol_settings(read_protocol("strong-generalisation")) == {
        "data": {"min_user_ratings": 5, "task": "ranking", "like": 4.0},
        "split": {"kind": "new-users", "test": 0.073165, "valid": 0.078941, "hide": "20%"},
        "fit": {"refit": False},
    }
    assert protocol_settings(read_protocol("leave-last-out"))["split"] == {"kind": "leave-last-out"}
    assert protocol_settings(read_protocol("ninety-ten"))["split"] == {"kind": "random", "test": 0.1, "valid": 0.1}


def test_lines_tell_source_differences_changes_and_what_the_source_reports():
    facts = {"name": "p", "source": "S.", "differences": ["D."], "metrics": ["rmse", "mae"], "changed": ["C."]}
    rows = [{"model": "a", "rmse": 0.9, "rmse_low": 0.8, "rmse_high": 1.0, "mae": None}, {"model": "b", "rmse": None}]
    assert protocol_lines(facts, rows) == [
        "Protocol p: S.",
        "  differs: D.",
        "  changed: C.",
        "  rmse: a 0.9000 (0.8000 to 1.0000)",
    ]


def test_they_are_found_in_an_installed_package_and_in_a_clone(tmp_path, monkeypatch):
    """The wheel has them beside the module; a clone under recipes/."""
    installed = tmp_path / "protocols"
    installed.mkdir()
    (installed / "only.toml").write_text((RECIPES / "protocols" / "talk.toml").read_text())
    monkeypatch.setattr(protocols, "_PLACES", (installed, tmp_path / "absent"))
    assert protocol_names() == ["only"]
