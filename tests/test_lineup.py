"""Which models stand in a comparison: gates, families, and who does not belong."""

import pytest

from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.lineup import CLICK_GATE, GATE, check_task, family, with_gate
from foretaste.models import MODELS
from foretaste.recipe import DataParams, Recipe


def test_the_gate_does_not_hold_the_model_itself_twice():
    assert [e.model for e in with_gate(Recipe(), Entry("biased-mf")).models] == [
        "mean",
        "bias",
        "popularity",
        "biased-mf",
    ]
    assert len(GATE) == 4


def test_the_gate_of_clicks_is_made_of_rankers_that_are_no_autoencoders():
    recipe = with_gate(Recipe(), Entry("ease", label="mine"), clicks=True)
    assert [e.model for e in recipe.models] == ["popularity", "cosine_knn", "ials", "ease"]
    assert recipe.subject == "mine"
    for entry in CLICK_GATE:
        assert MODELS[entry.model].task == "ranking"
        assert not MODELS[entry.model].autoencoder


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
