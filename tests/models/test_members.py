"""From words to unfitted models: what each is called, whose setting is whose, which seed it has, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.errors import BundleError, ParamsError
from foretaste.models import MODELS, Bias, Mean
from foretaste.models.members import COMPOSED, about, adopt_member, build_members, member_arrays, setting_words
from foretaste.training.watch import Progress, Watch

TASKS = ("rating", "ranking")


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
        (["blend"], [], "blend is made of other models and cannot be a member\nhint: members can be: autorec, bias, "),
        (["popularity"], [], "popularity predicts no ratings and cannot be a member\nhint: members can be: autorec, "),
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


def test_members_are_of_the_task_that_is_asked_for():
    able = {task: {name for name, kind in MODELS.items() if kind.task == task} - set(COMPOSED) for task in TASKS}
    for task, other in (TASKS, TASKS[::-1]):
        assert set(build_members(sorted(able[task]), [], 0, task=task)) == able[task]
        for name in able[other]:
            with pytest.raises(ParamsError, match=f"{name} predicts (no )?ratings and cannot be a member") as caught:
                build_members([name], [], 0, task=task)
            assert set(str(caught.value.hint).removeprefix("members can be: ").split(", ")) == able[task]
    for name in COMPOSED:
        for task in TASKS:
            with pytest.raises(ParamsError, match=f"{name} is made of other models and cannot be a member"):
                build_members([name], [], 0, task=task)


def test_a_head_may_be_a_blend_of_its_task_and_no_pair():
    for task, name, other in ((*TASKS[:1], "blend", "rank_blend"), (*TASKS[1:], "rank_blend", "blend")):
        (found,) = build_members([name], [f"{name}.share=0.2"], 3, task=task, blends=True).values()
        assert found.params == MODELS[name].Params(share=0.2, seed=3)
        with pytest.raises(ParamsError, match=f"{other} predicts (no )?ratings and cannot be a member") as caught:
            build_members([other], [], 0, task=task, blends=True)
        assert name in str(caught.value.hint).removeprefix("members can be: ").split(", ")
        with pytest.raises(ParamsError, match="two_heads is made of other models and cannot be a member"):
            build_members(["two_heads"], [], 0, task=task, blends=True)


def test_every_model_that_has_members_is_composed():
    assert {name for name, kind in MODELS.items() if hasattr(kind, "unfitted")} == set(COMPOSED)


def test_what_members_have_learnt_goes_under_their_names_and_comes_back():
    X = sparse.csr_array([[5.0, 1, 0], [4, 2, 5]])
    members = {"bias": Bias().fit(X), "mean#2": Mean().fit(X)}
    arrays = member_arrays(members)
    assert not {"n_items_", "scale_", "bias.n_items_", "mean#2.scale_"} & set(arrays)
    assert set(arrays) == {
        f"{label}.{name}" for label, model in members.items() for name in set(model.arrays()) - {"n_items_", "scale_"}
    }
    arrays |= {name: members["bias"].arrays()[name] for name in ("n_items_", "scale_")}
    for label, model in members.items():
        again = adopt_member(label, type(model)(), arrays)
        np.testing.assert_array_equal(again.score(X), model.score(X))
    assert adopt_member("mean", Mean(), arrays) is None  # "mean#2" is another
    with pytest.raises(BundleError, match="the arrays of bias are incomplete"):
        adopt_member("bias", Bias(), {name: value for name, value in arrays.items() if "item_effect_" not in name})


def test_progress_of_a_member_says_its_name_and_silence_stays_silence():
    told, step = [], Progress(1, 2, 3, 4, 0.5, 6.0, 7.0)
    about(Watch(report=told.append), "bias#2").report(step)
    assert told == [replace(step, part="bias#2")]
    silent = Watch(measure=len)
    assert about(silent, "bias") is silent


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
