"""An experiment as a TOML file: every table and default, and what is refused in which words."""

import json
import tomllib
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path

import pytest

from foretaste.entries import Entry
from foretaste.errors import NotFoundError, ParamsError
from foretaste.metrics.registry import METRICS
from foretaste.models import MODELS
from foretaste.recipe import SPLITS, DataParams, Protocol, Recipe, Reference, SplitParams, parse_recipe, read_recipe

RECIPES = sorted((Path(__file__).resolve().parents[1] / "recipes").rglob("*.toml"))
WHOLE = """
title = "Everything at once"
seed = 7
subject = "small"
refit = false

[data]
top_users = 100
min_user_ratings = 5
top_items = 50
min_rating = 2.5
min_item_ratings = 3
duplicates = "mean"
bad_rows = "skip"
separator = ";"

[split]
kind = "random"
test = 0.25
valid = 0.05
hide = "newest:3"
seed = 11

[protocol]
name = "mine"
source = "A. Body. 2020. A Paper."
differences = ["Something is otherwise."]
metrics = ["rmse", "ndcg@20"]

[[models]]
model = "bias"
damping_item = 2

[[models]]
label = "small"
model = "AutoRec"
widths = [4, 2]

[[references]]
label = "a paper"
metric = "RMSE"
value = 1
beside = "small.rmse"
note = "another split"
"""
KINDS = f'kind is "new-user", expected one of {", ".join(SPLITS)}\nhint: did you mean "new-users"?'
PROTOCOL = {"name": "a", "source": "b", "differences": [], "metrics": []}
REFERENCE = {"label": "a", "metric": "m", "value": 1.0, "beside": "mean.rmse", "note": "n"}


@pytest.fixture
def write(tmp_path):
    def to(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to


def refusal(table):
    with pytest.raises(ParamsError) as caught:
        parse_recipe(table)
    return str(caught.value)


def test_every_table_of_a_file_is_read(write):
    assert read_recipe(write(WHOLE)) == Recipe(
        title="Everything at once",
        data=DataParams(100, 5, 3, 50, 2.5, "mean", "skip", ";"),
        split=SplitParams("random", 0.25, 0.05, "newest:3", 11),
        models=(Entry("bias", {"damping_item": 2}), Entry("AutoRec", {"widths": [4, 2]}, "small")),
        seed=7,
        refit=False,
        subject="small",
        references=(Reference("a paper", "RMSE", 1.0, "small.rmse", "another split"),),
        protocol=Protocol("mine", "A. Body. 2020. A Paper.", ("Something is otherwise.",), ("rmse", "ndcg@20")),
    )


def test_an_empty_file_is_the_defaults(write):
    assert read_recipe(write("")) == parse_recipe({}) == Recipe()
    assert asdict(Recipe()) == {
        "title": "",
        "data": {"top_users": 0, "min_user_ratings": 1, "min_item_ratings": 1, "top_items": 0, "min_rating": None,
                 "duplicates": "last", "bad_rows": "error", "separator": "", "task": "", "like": None},
        "split": {"kind": "new-users", "test": 0.1, "valid": 0.0, "hide": "", "seed": 0, "folds": 0,
                  "pairs": ()},
        "models": (),
        "seed": 0,
        "refit": True,
        "references": (),
        "subject": None,
        "seeds": 1,
        "protocol": None,
    }  # fmt: skip


def test_a_path_may_be_text_and_a_recipe_cannot_be_changed(write):
    recipe = read_recipe(str(write('title = "Käse"')))
    assert recipe.title == "Käse"
    for part in (recipe, recipe.data, recipe.split):
        with pytest.raises(FrozenInstanceError):
            part.seed = 1


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("new-users", 0.2),
        ("new-users-time", 0.2),
        ("random", 0.1),
        ("k-fold", 0.1),
        ("time", 0.1),
        ("given", 0.1),
        ("official-folds", 0.1),
    ],
)
def test_each_kind_of_split_has_its_usual_share_to_choose_on(kind, share):
    assert SplitParams(kind=kind).valid_share == share
    assert SplitParams(kind=kind, valid=0.35).valid_share == 0.35


@pytest.mark.parametrize(
    ("settings", "folds"),
    [({}, 0), ({"kind": "k-fold"}, 5), ({"kind": "k-fold", "folds": 3}, 3), ({"kind": "random"}, 0), ({"kind": "time"}, 0),
     ({"kind": "random", "folds": 4}, 4), ({"kind": "new-users", "folds": 2}, 2), ({"kind": "official-folds"}, 5),
     ({"kind": "official-folds", "pairs": ("ua", "ub")}, 2), ({"kind": "leave-last-out"}, 0)],
)  # fmt: skip
def test_k_fold_is_five_folds_and_others_may_be_folds(settings, folds):
    assert SplitParams(**settings).n_folds == folds


@pytest.mark.parametrize(
    ("settings", "rule", "new"),
    [({}, "20%", True), ({"kind": "new-users-time"}, "newest:20%", True), ({"kind": "new-users-time", "hide": "3"}, "3", True),
     ({"hide": "newest:2"}, "newest:2", True), ({"kind": "time"}, "20%", False), ({"kind": "k-fold"}, "20%", False)],
)  # fmt: skip
def test_each_kind_of_split_has_its_usual_rule_of_what_is_hidden(settings, rule, new):
    params = SplitParams(**settings)
    assert (str(params.rule), params.new_people) == (rule, new)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"folds": 1}, "folds is 1, expected 0 or at least 2\nhint: folds = 0 divides once"),
        ({"folds": -2}, "folds is -2, expected 0 or at least 2"),
        ({"kind": "time", "folds": 5},
         "folds is 5, and the split time divides once\nhint: folds go with k-fold, random, new-users"),
        ({"kind": "new-users-time", "folds": 5}, "folds is 5, and the split new-users-time divides once"),
        ({"kind": "given", "folds": 5}, "folds is 5, and the split given divides once"),
        ({"kind": "k-fold", "test": 0.25},
         "test is 0.25, and each of 5 folds judges its part of everything\nhint: leave test out, or say it by the number"),
        ({"folds": 4, "test": 0.2}, "test is 0.2, and each of 4 folds judges its part of everything"),
        ({"kind": "official-folds", "folds": 5}, "folds is 5, and the files say how many there are\nhint: leave folds out"),
        ({"kind": "random", "pairs": ["ua", "ub"]},
         'pairs are ua, ub, and the split random reads none\nhint: pairs go with the split official-folds'),
        ({"kind": "leave-last-out", "test": 0.2},
         "test is 0.2, and the split leave-last-out takes one rating of everybody\nhint: leave test out, or hide a share"),
        ({"kind": "leave-one-out", "valid": 0.2},
         "valid is 0.2, and the split leave-one-out takes one rating of everybody\nhint: leave valid out"),
    ],
)  # fmt: skip
def test_folds_that_cannot_be_are_refused_in_words(settings, words):
    assert words in refusal({"split": settings})


def test_seeds_are_at_least_one_and_of_one_split():
    assert parse_recipe({"seeds": 5}).seeds == 5
    assert parse_recipe(parse_recipe({"seeds": 5}).to_dict()).seeds == 5
    assert "seeds is 0, expected at least 1" in refusal({"seeds": 0})
    assert refusal({"seeds": 3, "split": {"kind": "k-fold"}}) == (
        "seeds is 3, and the split is in 5 folds, which are fitted anew already\n"
        "hint: seeds are of one split: --split random or --split new-users, without folds"
    )


def test_one_seed_for_everything_leaves_the_rest_alone():
    recipe = parse_recipe(tomllib.loads(WHOLE))
    seeded = recipe.with_seed(99)
    assert (seeded.seed, seeded.split.seed) == (99, 99)
    assert (recipe.seed, recipe.split.seed) == (7, 11)
    changed = {"seed": 99, "split": asdict(recipe.split) | {"seed": 99}}
    assert seeded.to_dict() == recipe.to_dict() | changed
    with pytest.raises(ParamsError, match="seed is -1, expected at least 0"):
        recipe.with_seed(-1)


def test_what_a_bundle_keeps_of_a_recipe_is_a_recipe():
    recipe = parse_recipe(tomllib.loads(WHOLE))
    kept = json.loads(json.dumps(recipe.to_dict(), allow_nan=False))
    assert kept["models"][1] == {"model": "AutoRec", "widths": [4, 2], "label": "small"}
    assert parse_recipe(kept) == recipe


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_every_recipe_of_the_repository_loads(path):
    recipe = read_recipe(path)
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert recipe.title == table["title"]
    labels = [e.label or e.model for e in recipe.models]
    assert labels == [row.get("label", row["model"]) for row in table.get("models", [])]
    assert bool(labels) == (recipe.protocol is None)
    assert {r.beside.rpartition(".")[0] for r in recipe.references} <= set(labels)
    for entry, row in zip(recipe.models, table.get("models", []), strict=True):
        params = entry.build(recipe.seed).params
        assert isinstance(params, MODELS[row["model"]].Params)
        for name, value in entry.settings.items():
            assert getattr(params, name) == (tuple(value) if isinstance(value, list) else value)


def test_the_repository_has_recipes():
    assert {"talk", "newcomers", "copying"} <= {p.stem for p in RECIPES}


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    for path in (tmp_path / "absent.toml", tmp_path):  # a folder is no recipe either
        with pytest.raises(NotFoundError) as caught:
            read_recipe(path)
        assert str(caught.value) == f"cannot read the recipe {path}\nhint: recipes/ holds examples"


def test_a_file_that_is_not_toml_is_said_so_with_the_place(write):
    path = write("seed = 1\nseed: 2\n")
    with pytest.raises(ParamsError) as caught:
        read_recipe(path)
    assert str(caught.value).startswith(f"{path} is not TOML: ")
    assert "line 2" in str(caught.value)
    path.write_bytes(b'title = "K\xe4se"')  # Latin-1
    with pytest.raises(ParamsError, match=r"mine\.toml is not TOML: 'utf-8' codec can't decode byte 0xe4"):
        read_recipe(path)


def test_what_is_wrong_in_a_file_is_said_with_the_file_and_the_hint(write):
    path = write("[splits]\nkind = 'random'")
    with pytest.raises(ParamsError) as caught:
        read_recipe(path)
    assert str(caught.value) == f'{path}: a recipe has no "splits"\nhint: did you mean "split"?'
    path = write('[[models]]\nmodel = "mean"\n[[models]]\nmodel = "autorec"\ndropout = 2.0')
    with pytest.raises(ParamsError) as caught:
        read_recipe(path)
    assert str(caught.value) == f"{path}: dropout is 2, expected 0 to 0.99"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"sede": 1}, 'a recipe has no "sede"\nhint: did you mean "seed"?'),
        ({"zzz": 1},
         'a recipe has no "zzz"\n'
         "hint: choose one of: data, models, protocol, references, refit, seed, seeds, split, subject, title"),
        ({"data": {"top_user": 1}}, 'Data has no setting "top_user"\nhint: did you mean "top_users"?'),
        ({"split": {"hidden": "5"}}, 'Split has no setting "hidden"\nhint: did you mean "hide"?'),
        ({"protocol": PROTOCOL | {"sources": "x"}}, 'Protocol has no setting "sources"\nhint: did you mean "source"?'),
        ({"protocol": PROTOCOL | {"metrics": ["rmse", "ndcg@21"]}},
         f'metric is "ndcg@21", expected one of {", ".join(METRICS)}\nhint: did you mean "ndcg@20"?'),
        ({"references": [REFERENCE | {"vlaue": 1}]},
         'Reference has no setting "vlaue"\nhint: did you mean "value"?'),
        ({"models": [{"model": "biased-mv"}]}, 'there is no model "biased-mv"\nhint: did you mean "biased_mf"?'),
        ({"models": [{"model": "autorec", "width": [4]}]},
         'AutoRec has no setting "width"\nhint: did you mean "widths"?'),
    ],
)  # fmt: skip
def test_an_unknown_name_offers_the_nearest(table, words):
    assert refusal(table) == words


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"seed": True}, "seed is True, expected a whole number"),
        ({"seed": 1.0}, "seed is 1.0, expected a whole number"),
        ({"seed": "1"}, "seed is '1', expected a whole number"),
        ({"refit": 1}, "refit is 1, expected true or false"),
        ({"refit": "no"}, "refit is 'no', expected true or false"),
        ({"data": 3}, "data is 3, expected a table: [data]"),
        ({"split": []}, "split is [], expected a table: [split]"),
        ({"models": {"model": "mean"}}, "models is {'model': 'mean'}, expected tables: [[models]]"),
        ({"models": ["mean"]}, "models is ['mean'], expected tables: [[models]]"),
        ({"references": "no"}, "references is 'no', expected tables: [[references]]"),
        ({"models": [{"label": "x"}]}, 'a table of [[models]] has no model = "NAME"'),
        ({"models": [{"model": 3}]}, 'a table of [[models]] has no model = "NAME"'),
        ({"models": [{"model": "mean", "label": 3}]}, "label is 3, expected a word"),
        ({"data": {"top_users": True}}, "top_users is True, expected a whole number"),
        ({"data": {"min_item_ratings": 1.5}}, "min_item_ratings is 1.5, expected a whole number"),
        ({"data": {"separator": 9}}, "separator is 9, expected a word"),
        ({"split": {"test": True}}, "test is True, expected a number"),
        ({"split": {"hide": 5}}, "hide is 5, expected a word"),
        ({"split": {"seed": False}}, "seed is False, expected a whole number"),
        ({"references": [REFERENCE | {"value": "1"}]}, "value is '1', expected a number"),
        ({"protocol": "x"}, "protocol is 'x', expected a table: [protocol]"),
        ({"protocol": PROTOCOL | {"differences": [1]}}, "differences is 1, expected a word"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_words(table, words):
    assert refusal(table) == words


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"seed": -1}, "seed is -1, expected at least 0"),
        ({"data": {"top_users": -1}}, "top_users is -1, expected at least 0"),
        ({"data": {"min_user_ratings": 0}}, "min_user_ratings is 0, expected at least 1"),
        ({"data": {"min_item_ratings": 0}}, "min_item_ratings is 0, expected at least 1"),
        ({"data": {"bad_rows": "skp"}},
         'bad_rows is "skp", expected one of error, skip\nhint: did you mean "skip"?'),
        ({"split": {"kind": "new-user"}}, KINDS),
        ({"split": {"test": -0.1}}, "test is -0.1, expected a share between 0 and 1"),
        ({"split": {"test": 1.5}}, "test is 1.5, expected a share between 0 and 1"),
        ({"split": {"valid": 2}}, "valid is 2, expected 0, or a share between 0 and 1"),
        ({"split": {"seed": -1}}, "seed is -1, expected at least 0"),
        ({"split": {"hide": "some"}},
         'cannot read --hide "some"\nhint: write 20%, 5 (or all-but:5), given:5, total:2000, newest:20%, newest:5 or first:5'),
        ({"split": {"hide": "0"}},
         '--hide is "0": the number of ratings to hide is 0, expected a whole number from 1\n'
         "hint: write 20%, 5 (or all-but:5), given:5, total:2000, newest:20%, newest:5 or first:5"),
        ({"models": [{"model": "mean"}, {"model": "Mean"}]},
         '"mean" stands twice among the models\nhint: give each its own label in a recipe'),
    ],
)  # fmt: skip
def test_a_value_outside_its_range_is_refused_with_words(table, words):
    assert refusal(table) == words


@pytest.mark.parametrize("share", [{"test": 0}, {"test": 1}, {"valid": 1}], ids=str)
def test_a_share_that_no_split_can_give_is_refused_before_the_data_are_read(share):
    assert "expected" in refusal({"split": share})


def test_a_word_for_duplicates_that_no_filter_knows_is_refused_before_the_data_are_read():
    assert refusal({"data": {"duplicates": "lst"}}).endswith('hint: did you mean "last"?')


@pytest.mark.parametrize("name", REFERENCE)
def test_a_reference_without_one_of_its_parts_is_refused(name):
    assert name in refusal({"references": [{k: v for k, v in REFERENCE.items() if k != name}]})


@pytest.mark.parametrize("kind", ["last", "first", "mean", "max", "min", "sum", "error"])
def test_every_policy_for_duplicates_is_a_word_of_a_recipe(kind):
    assert parse_recipe({"data": {"duplicates": kind}}).data.duplicates == kind


@pytest.mark.parametrize(
    ("theirs", "ours", "apart"),
    [("", "new-users", ""), ("random", "k-fold", ""), ("given", "leave-last-out", ""), ("new-users-time", "new-users", ""),
     ("k-fold", "new-users", "it is about people in training (weak generalisation), ours about people whom"),
     ("new-users", "time", "it is about people whom training never saw (strong generalisation), ours about people in")],
)  # fmt: skip
def test_numbers_of_weak_and_of_strong_generalisation_are_told_apart(theirs, ours, apart):
    said = Reference("a", "m", 1.0, "mean.rmse", "n", split=theirs).apart(SplitParams(ours))
    assert said.startswith(f"Not comparable: {apart}") if apart else said == ""


def test_a_reference_names_a_kind_of_split():
    assert KINDS.replace("kind is", "split is") in refusal({"references": [REFERENCE | {"split": "new-user"}]})


def test_a_verdict_is_about_one_of_the_models():
    with pytest.raises(ParamsError) as caught:
        parse_recipe({"models": [{"model": "mean"}, {"model": "bias"}], "subject": "biass"})
    words = 'the verdict is to be about "biass", which is not among the models\nhint: did you mean "bias"?'
    assert str(caught.value) == words
