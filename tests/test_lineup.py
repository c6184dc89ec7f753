"""Which models stand in a comparison: gates, families, and who does not belong."""

import pytest

from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.lineup import CLICK_GATE, GATE, check_task, family, gate_for, gated, with_gate
from foretaste.models import MODELS
from foretaste.recipe import DataParams, Recipe


def names(entries):
    return [entry.model for entry in entries]


def test_the_gate_does_not_hold_the_model_itself_twice():
    recipe = with_gate(Recipe(), Entry("biased-mf"))
    assert names(recipe.models) == ["mean", "bias", "item_knn", "popularity", "ease", "biased-mf"]
    assert recipe.subject == "biased_mf"


def test_the_gate_of_clicks_is_made_of_rankers():
    recipe = with_gate(Recipe(), Entry("ease", label="mine"), CLICK_GATE)
    assert names(recipe.models) == ["popularity", "cosine_knn", "ials", "ease"]
    assert recipe.subject == "mine"
    assert {MODELS[name].task for name in names(CLICK_GATE)} == {"ranking"}


def test_every_baseline_says_that_it_is_one_and_what_is_named_does_not():
    assert all(entry.gate for entry in (*GATE, *CLICK_GATE))
    lines = gated((Entry("bias"), Entry("autorec")), GATE)
    assert names(lines) == ["mean", "item_knn", "biased_mf", "popularity", "ease", "bias", "autorec"]
    assert [entry.model for entry in lines if not entry.gate] == ["autorec"]  # a baseline that is named stays one
    alone = gated((Entry("bias"), Entry("ease")), GATE)
    assert [entry.model for entry in alone if not entry.gate] == ["bias", "ease"]  # unless nothing else is named


def test_a_label_that_is_the_name_of_a_baseline_is_not_taken_twice():
    assert names(gated((Entry("autorec", label="mean"),), GATE)) == [*names(GATE)[1:], "autorec"]


def test_what_does_not_suit_the_size_is_left_out_and_named():
    assert gate_for(ratings=4_999_999, items=14_999) == (GATE, "")
    gate, words = gate_for(ratings=5_000_000, items=15_000)
    assert names(gate) == ["mean", "bias", "biased_mf", "popularity"]
    assert words == (
        "left out of the baselines for their size (5,000,000 ratings and 15,000 items): item_knn, ease; "
        "name them to have them"
    )
    gate, words = gate_for(clicks=True, ratings=5_000_000, items=15_000)
    assert names(gate) == ["popularity", "cosine_knn", "ials"]
    assert words == "left out of the baselines for their size (15,000 items): ease; name them to have them"


def test_the_family_is_every_model_that_predicts_ratings():
    entries, left_out = family("rating")
    names = [entry.model for entry in entries]
    assert names[:2] == ["mean", "bias"]
    assert set(names[-2:]) == {"blend", "two_heads"}
    assert sorted(names) == sorted(name for name, kind in MODELS.items() if kind.task == "rating")
    assert left_out == ()
    entries, left_out = family("rating", new_people=True)
    assert {entry.model for entry in entries} == set(names) - set(left_out)
    assert set(left_out) == {name for name in names if MODELS[name].known_rows} >= {"item_autorec"}


def test_the_other_family_is_every_model_that_ranks():
    entries, left_out = family("ranking", new_people=True)
    names = [entry.model for entry in entries]
    assert (names[0], names[-1], left_out) == ("popularity", "rank_blend", ())
    assert sorted(names) == sorted(name for name, kind in MODELS.items() if kind.task == "ranking")


def test_a_model_of_ratings_is_refused_where_ratings_become_clicks():
    clicks = Recipe(data=DataParams(task="ranking"), models=(Entry("popularity"), Entry("biased-mf")))
    with pytest.raises(ParamsError) as caught:
        check_task(clicks)
    assert str(caught.value) == (
        "biased_mf predicts ratings, and with --task ranking there are none, only clicks\n"
        "hint: leave --task out, or take a model that ranks, such as edlae"
    )
    check_task(Recipe(models=clicks.models))
    check_task(Recipe(data=DataParams(task="ranking"), models=(Entry("popularity"),)))
