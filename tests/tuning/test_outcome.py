"""What a search found: the best, the recipe that other commands read, and the JSON."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from foretaste.entries import Entry
from foretaste.errors import InputError
from foretaste.models.space import Choice, Range
from foretaste.protocols import read_protocol
from foretaste.recipe import DataParams, Recipe, SplitParams, parse_recipe
from foretaste.tuning.goal import Lists
from foretaste.tuning.noise import Gain
from foretaste.tuning.objective import Score
from foretaste.tuning.outcome import Line, Tuned
from foretaste.tuning.study import Trial

ABOUT = {
    "data": {"source": "films.csv", "users": 3, "items": 4, "ratings": 5000, "fingerprint": "abc"},
    "split": {"kind": "new-users", "hide": "", "folds": 0, "test": 0.1, "valid": 0.2, "seed": 0},
    "repeats": 2,
    "seed": 0,
    "version": "1",
}
ASKED = Recipe()
SPACE = {"widths": Choice(((8,), (9, 5))), "noise": Range(0, 0.9)}


def trial(number: int, value: float, state: str = "done", **settings: object) -> Trial:
    known = {"value": value} if state == "done" else {"why": "it ran off"}
    chosen = {"stop_after": 10 + number} if state == "done" else {}
    return Trial(number, settings, Score(state, ((value,),), 2.0, chosen=chosen, **known))


def line(*trials: Trial, label: str = "autorec", model: str = "autorec", **rest: object) -> Line:
    known = {"few": (), "share": 1.0, "seconds": 12.34, "gain": Gain(-0.1, -0.2, -0.05, 40)} | rest
    return Line(label, model, {"epochs": 20}, trials, **known)  # type: ignore[arg-type]


AUTOREC = line(
    trial(0, 0.9, widths=(8,), noise=0.5),
    trial(1, 0.8, widths=(9, 5), noise=0.25),
    trial(2, 0.0, "pruned", widths=(8,), noise=0.125),
    trial(3, 0.8, widths=(8,), noise=0.75),
)
NOTHING = line(trial(0, 0.0, "failed"), label="own", gain=None)


def test_the_best_is_the_first_of_the_lowest() -> None:
    assert AUTOREC.best is not None
    assert AUTOREC.best.number == 1
    assert AUTOREC.default is not None
    assert AUTOREC.default.score.value == 0.9
    assert AUTOREC.settings() == {"epochs": 20, "widths": (9, 5), "noise": 0.25, "stop_after": 11}
    assert AUTOREC.count("pruned") == 1


def test_the_recipe_is_read_by_the_other_commands() -> None:
    bias = Line(
        "damped", "bias", {}, (Trial(0, {"damping_item": 3.0}, Score("done", (), 1.0, 0.85)),), (), 1.0, 1.0, None
    )
    recipe = parse_recipe(tomllib.loads(Tuned((AUTOREC, bias, NOTHING), ABOUT, ASKED).recipe_text()))
    assert [(e.model, e.label) for e in recipe.models] == [("bias", "damped"), ("autorec", None)]  # the best comes last
    assert recipe.models[1].settings == {"epochs": 20, "widths": [9, 5], "noise": 0.25, "stop_after": 11}
    assert recipe.models[1].build(0).params.widths == (9, 5)


def test_the_recipe_says_where_it_comes_from() -> None:
    text = Tuned((AUTOREC,), ABOUT, ASKED).recipe_text()
    comment = [row.removeprefix("# ") for row in text.splitlines() if row.startswith("#")]
    assert comment[0].startswith("Settings found by foretaste tune")
    assert comment[1:] == [
        "Data: films.csv, 5,000 ratings, fingerprint abc.",
        "Chosen on 2 divisions of everything but the test part, which [data], [split] and the seeds give again.",
        "autorec: RMSE 0.9000 with the defaults, RMSE 0.8000 with these; 4 trials, 12 s.",
    ]


@pytest.mark.parametrize(
    "asked",
    [
        Recipe(),
        Recipe(split=SplitParams("random", 0.25, 0.2, seed=3), seed=4, refit=False),
        Recipe(
            data=DataParams(9, 2, 3, 8, 0.0, "mean", "skip", "\t"), split=SplitParams("new-users-time", hide="newest:3")
        ),
        read_protocol("strong-generalisation"),
    ],
)
def test_the_recipe_gives_data_division_and_seeds_again(asked: Recipe) -> None:
    asked = replace(asked, title="")
    made = Tuned((AUTOREC,), ABOUT, replace(asked, models=(Entry("bias"),), title="of the search"))
    read = parse_recipe(tomllib.loads(made.recipe_text()))
    assert replace(read, models=()) == asked
    assert replace(made.recipe(), models=()) == asked
    assert made.recipe().models == made.entries()


def test_lists_are_told_by_their_ndcg_of_which_more_is_better() -> None:
    """Inside a search less is better, and so values, differences and the ends of the interval change their sign."""
    known = {"gain": Gain(-0.05, -0.08, -0.01, 40), "goal": Lists((1.0, 1.0)), "label": "elsa", "model": "elsa"}
    ranked = line(trial(0, -0.25, noise=0.3), trial(1, -0.3, noise=0.5), trial(2, 0.0, "pruned"), **known)
    out = ranked.to_json()
    assert (out["default_ndcg@100"], out["best_ndcg@100"]) == (0.25, 0.3)
    assert (out["difference"], out["difference_low"], out["difference_high"]) == (0.05, 0.01, 0.08)
    assert [each["ndcg@100"] for each in out["tried"]] == [0.25, 0.3, None]
    assert not {"default_rmse", "best_rmse", "rmse"} & {*out, *out["tried"][0]}
    worse = line(trial(0, -0.2), **(known | {"label": "other", "gain": Gain(0.0, 0.0, 0.0, 40)}))
    assert str(worse.to_json()["difference"]) == "0.0"  # and not "-0.0"
    tuned = Tuned((ranked, worse), ABOUT, Recipe(data=DataParams(task="ranking", like=4.0)))
    assert [entry.label for entry in tuned.entries()] == ["other", None]  # the best comes last
    text = tuned.recipe_text()
    assert "# elsa: NDCG@100 0.2500 with the defaults, NDCG@100 0.3000 with these; 3 trials, 12 s.\n" in text
    assert "RMSE" not in text
    assert parse_recipe(tomllib.loads(text)).data == DataParams(task="ranking", like=4.0)


def test_two_stages_are_told() -> None:
    few = line(trial(0, 0.9), few=(trial(0, 1.0),) * 7, share=0.25)
    assert "1 trial and 7 on 0.25 of the people, 12 s." in Tuned((few,), ABOUT, ASKED).recipe_text()


def test_words_and_truth_are_toml() -> None:
    made = Line(
        "m",
        "autorec",
        {"activation": 'a"\x7f\U0001f3ac', "mask_input": False, "none": None},
        (trial(0, 1.0),),
        (),
        1.0,
        1.0,
        None,
    )
    table = tomllib.loads(Tuned((made,), ABOUT, ASKED).recipe_text())["models"][0]
    assert table == {
        "model": "autorec",
        "label": "m",
        "activation": 'a"\x7f\U0001f3ac',
        "mask_input": False,
        "stop_after": 10,
    }


def test_the_json_has_everything() -> None:
    out = Tuned((AUTOREC, NOTHING), ABOUT, ASKED, interrupted=True).to_json()
    assert out["interrupted"]
    assert out["data"] == ABOUT["data"]
    found, nothing = out["models"]
    assert found | {"tried": None} == {
        "model": "autorec", "class": "autorec", "default_rmse": 0.9, "best_rmse": 0.8, "difference": -0.1,
        "difference_low": -0.2, "difference_high": -0.05, "beyond_noise": True, "people": 40,
        "settings": AUTOREC.settings(), "trials": 4, "few_trials": 0, "few_share": 1.0, "pruned": 1, "failed": 0,
        "seconds": 12.34, "tried": None,
    }  # fmt: skip
    assert found["tried"][2] == {
        "number": 2, "people": 1.0, "state": "pruned", "rmse": None, "seconds": 2.0,
        "settings": {"widths": (8,), "noise": 0.125}, "chosen": {}, "why": "it ran off",
    }  # fmt: skip
    assert nothing["best_rmse"] is nothing["default_rmse"] is nothing["difference"] is None
    assert not nothing["beyond_noise"]


def test_nothing_found_is_no_recipe() -> None:
    tuned = Tuned((NOTHING,), ABOUT, ASKED)
    assert tuned.entries() == ()
    words = "no trial came to its end, so there are no settings to keep\nhint: give it more time"
    with pytest.raises(InputError, match=words):
        tuned.recipe_text()


def test_a_line_without_a_value_of_the_defaults() -> None:
    found = line(trial(0, 0.0, "failed"), trial(1, np.float64(0.5).item()), gain=None)
    assert "RMSE none with the defaults, RMSE 0.5000 with these" in Tuned((found,), ABOUT, ASKED).recipe_text()
