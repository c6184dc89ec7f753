"""The same split with other seeds: what moves, what does not, and what it is measured by."""

import gc
import signal
import weakref
from dataclasses import replace

import numpy as np
import pytest

from foretaste import seeds as module
from foretaste.comparison import compare, judge_lines
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.fitting import fit_all, fit_entry
from foretaste.seeds import compare_seeds, has_seed
from foretaste.split import split_new_users, split_random

WORLD = make_world(120, 40, 3000, seed=1)
DATA = WORLD.ratings, WORLD.catalog
DEEP = Entry("autorec", {"epochs": 2, "widths": (8,)})
ENTRIES = [Entry("bias"), DEEP]


@pytest.fixture(scope="module")
def split():
    return split_new_users(*DATA, test=0.3, seed=0)


@pytest.fixture(scope="module")
def first(split):
    return compare(split, ENTRIES, seed=3)


@pytest.fixture(scope="module")
def told(split, first):
    return compare_seeds(split, ENTRIES, first, seeds=3, seed=3)


def test_values_are_those_of_models_with_those_seeds(split, first, told):
    assert (told["seeds"], told["metric"]) == ([3, 4, 5], "rmse")
    one = told["models"]["autorec"]
    assert one["values"][0] == first.rows[1]["rmse"]
    for seed, value in zip((4, 5), one["values"][1:], strict=True):
        line = fit_entry(replace(DEEP, settings=DEEP.settings | {"seed": seed}), split)
        assert judge_lines(split, [line])[0].points()["rmse"] == pytest.approx(value)
    assert one["mean"] == pytest.approx(np.mean(one["values"]))
    assert one["sd_seeds"] == pytest.approx(np.std(one["values"], ddof=1))
    assert one["sd_seeds"] > 0


def test_the_error_over_users_is_that_of_the_interval(first, told):
    for row in first.rows:
        width = row["rmse_high"] - row["rmse_low"]
        assert told["models"][row["model"]]["se_users"] == pytest.approx(width / 3.92)


def test_a_model_without_a_seed_is_fitted_once_and_does_not_move(split, first, told, monkeypatch):
    bias = told["models"]["bias"]
    assert (bias["values"], bias["sd_seeds"], bias["mean"]) == ([first.rows[0]["rmse"]], 0.0, first.rows[0]["rmse"])
    assert [has_seed(entry) for entry in ENTRIES] == [False, True]
    calls = []
    monkeypatch.setattr(module, "fit_all", lambda *args, **more: calls.append(args) or fit_all(*args, **more))
    alone = compare_seeds(split, ENTRIES[:1], compare(split, ENTRIES[:1], seed=3), seeds=5, seed=3)
    assert (calls, alone["seeds"]) == ([], [3])


def test_a_seed_among_the_settings_is_counted_on_from_there(split):
    entries = [replace(DEEP, settings=DEEP.settings | {"seed": 8}, label="mine")]
    labels = []
    told = compare_seeds(split, entries, compare(split, entries), seeds=2, report=lambda label, _: labels.append(label))
    assert told["seeds"] == [0, 1]
    assert set(labels) == {"mine, seed 1"}
    line = fit_entry(replace(DEEP, settings=DEEP.settings | {"seed": 9}), split)
    assert told["models"]["mine"]["values"][1] == pytest.approx(judge_lines(split, [line])[0].points()["rmse"])


def test_on_random_cells_too_and_for_models_that_rank():
    split = split_random(*DATA, seed=0)
    entries = [Entry("popularity"), Entry("mult_vae", {"epochs": 2, "widths": (8,), "latent": 4})]
    first = compare(split, entries)
    told = compare_seeds(split, entries, first, seeds=2)
    assert told["metric"] == first.significance["metric"] == "ndcg@100"
    assert told["models"]["popularity"]["values"] == [first.rows[0]["ndcg@100"]]
    assert len(set(told["models"]["mult_vae"]["values"])) == 2
    alone = compare(split, entries[:1])
    assert compare_seeds(split, entries[:1], alone, seeds=2)["metric"] == "ndcg@100"


def test_the_models_of_a_seed_are_gone_before_the_next(split, first, monkeypatch):
    made = []

    def fit(*args, **more):
        gc.collect()
        assert [ref for ref in made if ref() is not None] == []
        fitted = fit_all(*args, **more)
        made.extend(weakref.ref(line.model) for line in fitted)
        return fitted

    monkeypatch.setattr(module, "fit_all", fit)
    compare_seeds(split, ENTRIES, first, seeds=4, seed=3)
    assert len(made) == 3


def test_after_a_ctrl_c_whole_seeds_stay(split, first, monkeypatch):
    calls = []

    def fit(*args, **more):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return fit_all(*args, **more)

    monkeypatch.setattr(module, "fit_all", fit)
    told = compare_seeds(split, ENTRIES, first, seeds=5, seed=3)
    assert told["seeds"] == [3, 4]
    assert len(told["models"]["autorec"]["values"]) == 2
