"""What a split can say: the noise against a simulation of people drawn anew, the rest against counts by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.doctor.division import division, drawn, known_to, noise_of, split_facts
from foretaste.recipe import SplitParams
from foretaste.split import Holdout, Split
from tests.doctor.planting import case_of, codes, world_case


def split_of(hidden, full):
    X = as_csr(csr_array(np.asarray(hidden, np.float32)))
    part = Holdout(as_csr(csr_array(X.shape, dtype=np.float32)), X, np.arange(X.shape[0]))
    learnt = as_csr(csr_array(np.asarray(full, np.float32)))
    return Split(learnt, part, part, learnt, "random", (1.0, 5.0))


def test_the_noise_is_how_far_errors_of_people_drawn_anew_lie_apart():
    """Many test parts of 60 people out of the same law: 1.96 of their RMSE's standard deviation is what one of them says."""
    rng = np.random.default_rng(7)

    def drawn_part():
        hidden = np.zeros((60, 40))
        for person in hidden:
            seen = rng.choice(40, rng.integers(2, 12), replace=False)
            person[seen] = (3 + 0.6 * rng.standard_normal() + 0.8 * rng.standard_normal(len(seen))).clip(1, 5)
        return hidden

    splits = [split_of(drawn_part(), [[3.0, 3.0]]) for _ in range(300)]
    rmse = [np.sqrt(((one.test.hidden.data - 3.0) ** 2).mean()) for one in splits]
    truth = 1.96 * np.std(rmse) / np.mean(rmse)
    assert np.mean([noise_of(one) for one in splits]) == pytest.approx(truth, rel=0.12)


def test_nothing_hidden_and_nothing_to_predict():
    empty = split_of(np.zeros((3, 4)), [[3.0]])
    assert noise_of(empty) == np.inf
    assert noise_of(split_of(np.full((3, 4), 3.0), [[3.0]])) == 0
    assert known_to(np.inf) == known_to(0) == ""
    one = split_of([[1.0, 5.0, 2.0], [0, 0, 0]], [[3.0]])
    assert noise_of(one) == np.inf  # of one person, in whom nobody can see how far people lie apart
    assert known_to(0.1) == "; an RMSE there is known to about ±10 %, a difference of two models to ±4 %"


@pytest.mark.parametrize(("split", "severity"), [(None, "note"), (SplitParams("new-users"), "warning")])
def test_what_was_asked_for_is_a_warning_and_what_was_not_is_a_note(split, severity):
    (noisy,) = [one for one in division(world_case(100, 80, 2_500, split=split)) if one.code == "noisy-split"]
    assert noisy.severity == severity
    assert "hidden ratings of 10 people; an RMSE there" in noisy.evidence


def test_folds_are_judged_together():
    case = world_case(100, 80, 2_500, split=SplitParams("new-users", folds=5))
    assert codes(division(case)) == []


def test_enough_is_enough():
    assert list(division(world_case(600, 200, 12_000, split=SplitParams("new-users")))) == []
    assert list(division(world_case(split=SplitParams("random")))) == []


def test_items_and_people_of_whom_training_knows_nothing():
    rng = np.random.default_rng(8)
    user, item, time = np.repeat(np.arange(300), 8), rng.permutation(2_400), np.repeat(np.arange(300), 8)
    case = case_of(user, item, rng.integers(1, 6, 2_400).astype(float), time, split=SplitParams("time"))
    found = {one.code: one for one in division(case)}
    assert found["cold-items"].evidence == "240 of 240 (100 %) hidden ratings."
    assert found["cold-items"].command is None  # no item has five
    assert found["strangers"].severity == "warning"
    assert found["strangers"].command == "foretaste compare DATA --split new-users-time"


def test_people_of_whom_nothing_can_be_hidden():
    user = [*range(200), *[900 + k // 9 for k in range(540)]]
    rng = np.random.default_rng(9)
    case = case_of(
        user, [*rng.integers(0, 9, 200), *([k % 9 for k in range(540)])], rng.integers(1, 6, 740).astype(float)
    )
    assert "-unasked-people" in codes(division(case))


def test_people_who_rated_much_and_nothing_after_the_cut_have_not_too_little():
    user, time = np.repeat(np.arange(300), 8), np.repeat(np.arange(300), 8)  # one after the other: 30 of 300 are asked
    item = np.random.default_rng(8).integers(0, 60, (300, 200)).argsort(1)[:, :8].ravel()
    case = case_of(user, item, np.tile([3.0, 4.0], 1_200), time, split=SplitParams("time"))
    assert case.division.describe()["test_users_unasked"] > 200
    assert not [one for one in division(case) if one.code == "unasked-people"]


def test_over_folds_of_people_all_who_are_asked_nothing_are_counted_beside_all_who_are_asked():
    user = [*range(200), *[900 + k // 9 for k in range(540)]]
    item = [*np.random.default_rng(9).integers(0, 9, 200), *([k % 9 for k in range(540)])]
    case = case_of(user, item, np.tile([2.0, 3, 5, 1], 185), split=SplitParams("new-users", folds=5))
    (found,) = [one for one in division(case) if one.code == "unasked-people"]
    told = case.division.describe()
    few, asked = 5 * told["test_users_unasked"], 5 * told["test_users"]
    assert 150 < few < 250
    assert found.evidence.startswith(f"{few:,} of {few + asked:,} (")


def test_data_that_cannot_be_divided_say_why():
    case = case_of([1, 2, 3], [1, 2, 3], [3.0, 4, 5], split=SplitParams("time"))
    (only,) = division(case)
    assert (only.code, only.severity) == ("no-split", "error")
    assert "no times" in only.evidence
    assert codes(division(case_of([1], [1], [3.0]))) == ["-no-split"]
    assert split_facts(case) is None


def test_a_split_by_chance_is_noted_where_there_are_times():
    for kind, expected in (("random", ["-random-in-time"]), ("time", []), (None, [])):
        assert codes(drawn(world_case(split=None if kind is None else SplitParams(kind)))) == expected
    assert list(drawn(case_of([1, 2], [1, 2], [3.0, 4], split=SplitParams("random")))) == []


@pytest.mark.parametrize("kind", ["given", "official-folds"])
def test_of_a_split_that_needs_other_files_only_that_is_told(kind):
    case = world_case(split=SplitParams(kind))
    assert codes([*division(case), *drawn(case)]) == ["no-split"]


def test_facts_of_the_split_are_its_own_counts():
    case = world_case()
    told = split_facts(case)
    assert {name: told[name] for name in case.division.describe()} == case.division.describe()
    assert 0 < told["noise"] < 1
