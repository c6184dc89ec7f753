"""From words to unfitted models: what each is called, whose setting is whose, which seed it has, and what is refused."""

import pytest

from foretaste.errors import ParamsError
from foretaste.models import MODELS
from foretaste.models.members import build_members, setting_words


def test_members_are_called_by_their_models_and_numbered_where_they_stand_twice():
    found = build_members(["Biased-MF", "bias", "biased_mf", "biased_mf"], [], 0)
    assert list(found) == ["biased_mf", "bias", "biased_mf#2", "biased_mf#3"]
    assert [model.name for model in found.values()] == ["biased_mf", "bias", "biased_mf", "biased_mf"]


def test_a_number_can_be_named_and_is_left_alone_by_others():
    assert list(build_members(["biased_mf#3", "biased_mf", "biased_mf#1"], [], 0)) == [
        "biased_mf#3", "biased_mf", "biased_mf#2",
    ]  # fmt: skip


def test_settings_go_to_the_member_they_name():
    words = ["autorec.widths=[8, 4]", "autorec#2.activation=relu", "biased-mf.latent=3", "biased_mf.latent=5"]
    found = build_members(["autorec", "autorec", "biased_mf"], words, 0)
    assert found["autorec"].params.widths == (8, 4)
    assert found["autorec"].params.activation == "selu"
    assert found["autorec#2"].params.activation == "relu"
    assert found["biased_mf"].params.latent == 5  # the last word counts


def test_the_first_of_a_name_has_the_seed_itself_and_the_others_have_their_own():
    def seeds(seed, names=("autorec", "autorec", "biased_mf", "autorec", "bias")):
        words = ["autorec#3.seed=7"] if names.count("autorec") > 2 else []
        return {k: m.params.seed for k, m in build_members(names, words, seed).items() if k != "bias"}

    found = seeds(5)
    assert (found["autorec"], found["biased_mf"], found["autorec#3"]) == (5, 5, 7)
    assert found["autorec#2"] not in {5, 7}
    assert found == seeds(5) != seeds(6)
    assert seeds(5, ("autorec#2",)) == {"autorec#2": found["autorec#2"]}  # whoever else is there
    assert all(0 <= seed <= 2**62 for base in (0, 2**62) for seed in seeds(base).values())


@pytest.mark.parametrize(
    ("names", "settings", "words"),
    [
        (["autorek"], [], 'there is no model "autorek"\nhint: did you mean "autorec"?'),
        (["blend"], [], "blend itself cannot be a member of a blend\nhint: members can be: autorec, bias, "),
        (["popularity"], [], "popularity predicts no ratings and cannot be a member of a blend\nhint: members can be: "),
        (["bias#two"], [], 'a member is called "bias#two", expected a model or, for a second one, bias#2'),
        (["bias#0"], [], 'a member is called "bias#0", expected a model or, for a second one, bias#2'),
        (["bias"], ["epochs=3"], '"epochs=3" does not say whose setting it is\nhint: for example "bias.epochs=3"'),
        (["bias"], ["mean.epochs=3"],
         '"mean.epochs=3" is about the member "mean", and there is none of that name\nhint: choose one of: bias'),
        (["bias"], ["bias#2.epochs=3"],
         '"bias#2.epochs=3" is about the member "bias#2", and there is none of that name\nhint: did you mean "bias"?'),
        (["bias"], ["bias.epoch=3"], 'Bias has no setting "epoch"\nhint: did you mean "epochs"?'),
        (["biased_mf"], ["biased_mf.latent=0"], "latent is 0, expected 1 to 2000"),
        (["bias"], ["bias.epochs"], 'cannot read the setting "bias.epochs", expected name=value\nhint: '),
    ],
)  # fmt: skip
def test_what_cannot_be_a_member_is_refused_with_words(names, settings, words):
    with pytest.raises(ParamsError) as caught:
        build_members(names, settings, 0)
    assert str(caught.value).startswith(words)


def test_what_a_fit_changed_can_be_said_in_words_and_read_again():
    for name, changes in {
        "autorec": {"widths": (3, 5), "dropout": 1 / 3, "mask_input": False, "activation": "relu", "stop_after": 7},
        "biased_mf": {"l2": 1e-6, "epochs": 4},
        "bias": {},
    }.items():
        before, after = MODELS[name].Params(), MODELS[name].Params(**changes)
        words = setting_words(f"{name}#2", before, after)
        assert len(words) == len(changes)
        found = build_members([f"{name}#2"], [*words, f"{name}#2.seed=0"][: len(words) + hasattr(after, "seed")], 3)
        assert found[f"{name}#2"].params == after
