"""Lines of a comparison before a fit: how they are built, and what is refused of them."""

import pytest

from foretaste.entries import Entry, check_entries
from foretaste.errors import ParamsError


def test_the_seed_fills_in_where_the_settings_name_none():
    settings = {"epochs": 3}
    entry = Entry("AutoRec", settings)
    assert (entry.build(7).params.seed, entry.build(7).params.epochs) == (7, 3)
    assert Entry("biased-mf", {"seed": 3}).build(7).params.seed == 3
    assert Entry("mean").build(7).name == "mean"
    assert settings == {"epochs": 3}


@pytest.mark.parametrize("kind", ["new-users", "new-users-time"])
def test_a_model_of_known_rows_is_refused_where_others_are_asked_about(kind):
    with pytest.raises(ParamsError) as caught:
        check_entries([Entry("mean"), Entry("item-ridge")], kind=kind)
    assert str(caught.value) == (
        f"item_ridge scores nobody but the people it was fitted on, and the split {kind} asks about others\n"
        "hint: use --split random, or leave it out; autorec reads anybody's ratings"
    )
    check_entries([Entry("item_ridge")], kind="random")
    check_entries([Entry("item_ridge")])


def test_a_verdict_about_nobody_is_refused_and_the_nearest_name_offered():
    check_entries([Entry("mean", label="mine")], subject="mine")
    with pytest.raises(ParamsError) as caught:
        check_entries([Entry("mean", label="mine")], subject="mime")
    words = 'the verdict is to be about "mime", which is not among the models\nhint: did you mean "mine"?'
    assert str(caught.value) == words
