"""One trial: its value against the model by hand, and every way in which a fit ends."""

import os
import signal
import time

import numpy as np
import pytest

from foretaste.arrays import row_of
from foretaste.errors import DivergedError, ParamsError, ResourceError
from foretaste.evaluation import hidden_ndcg, hidden_rmse, predict_hidden
from foretaste.models import Bias, BiasedMf, Blend, Ease
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.training.watch import Progress, Watch
from foretaste.tuning.goal import Lists
from foretaste.tuning.objective import Objective, Task
from foretaste.tuning.parts import Part, make_parts

MF = {"latent": 2, "epochs": 5}


def test_the_value_is_the_error_on_validation(parts: list[Part]) -> None:
    score = Objective(parts)(Task("bias", {"damping_item": 2.0}))
    model = Bias(damping_item=2).fit(parts[0].train)
    assert score.state == "done"
    assert score.value == pytest.approx(hidden_rmse(model, parts[0].valid))
    assert score.curves == ((pytest.approx(score.value),),)  # a model without epochs has one value
    assert score.seconds > 0


def test_errors_are_kept_for_each_person(parts: list[Part]) -> None:
    valid = parts[0].valid
    score = Objective(parts)(Task("bias", {}))
    error = (predict_hidden(Bias().fit(parts[0].train), valid) - valid.hidden.data) ** 2
    wanted = [error[row_of(valid.hidden) == row].sum() for row in range(valid.hidden.shape[0])]
    np.testing.assert_allclose(score.losses, wanted, rtol=1e-5)


def test_of_a_model_that_ranks_it_is_minus_the_ndcg_of_hidden_likes(source: Source, parts: list[Part]) -> None:
    score = Objective(parts, goal=Lists(source.scale))(Task("ease", {"l2": 5.0}))
    model, valid = Ease(l2=5).fit(parts[0].train), parts[0].valid
    assert score.state == "done"
    assert score.value == pytest.approx(-hidden_ndcg(model, valid, scale=source.scale))
    assert score.curves == ((pytest.approx(score.value),),)
    liked = (valid.hidden.toarray() >= 4).any(1)
    assert -1 < score.value < 0
    assert (score.losses[~liked] == 0).all()
    assert score.losses.sum() / liked.sum() == pytest.approx(score.value)


def test_a_penalty_that_is_left_to_validation_is_chosen_there(source: Source, parts: list[Part]) -> None:
    """The fit is watched by the same number, and what it chose goes into the recipe."""
    score = Objective(parts, goal=Lists(source.scale))(Task("ease", {}))
    assert score.chosen["l2"] > 0
    assert min(score.curves[0]) == pytest.approx(score.value)


def test_a_blend_chooses_its_weights_on_validation_as_train_does(parts: list[Part]) -> None:
    members, valid = ["mean", "bias"], parts[0].valid
    score = Objective(parts)(Task("blend", {"members": members}))
    watch = Watch(holdout=(valid.seen, valid.hidden))
    there, own = Blend(members=members).fit(parts[0].train, watch=watch), Blend(members=members).fit(parts[0].train)
    assert score.value == pytest.approx(hidden_rmse(there, valid))
    assert score.value != pytest.approx(hidden_rmse(own, valid), rel=1e-9)


def test_several_divisions_are_pooled(source: Source) -> None:
    parts = make_parts(Recipe(split=SplitParams(seed=1)), source, 3)
    score = Objective(parts)(Task("bias", {}))
    sizes = [part.valid.hidden.nnz for part in parts]
    each = [hidden_rmse(Bias().fit(part.train), part.valid) for part in parts]
    assert score.value == pytest.approx(np.sqrt(np.average(np.square(each), weights=sizes)))
    assert len(score.curves) == 3
    assert len(score.losses) == sum(part.valid.hidden.shape[0] for part in parts)


def test_every_epoch_is_watched_and_the_best_one_is_chosen(parts: list[Part]) -> None:
    score = Objective(parts)(Task("biased_mf", {**MF, "patience": 99, "unexplained": 0.0, "l2": 0.1}, seed=3))
    model = BiasedMf(**MF, patience=99, unexplained=0.0, l2=0.1, seed=3)
    values: list[float] = []
    model.fit(parts[0].train, watch=lambda m: values.append(hidden_rmse(m, parts[0].valid)) or values[-1])
    assert score.curves == (tuple(values),)
    assert score.value == pytest.approx(min(values))
    best = 1 + int(np.argmin(values))
    assert score.chosen == ({} if best == 5 else {"epochs": best})


def test_what_was_chosen_is_the_median_over_divisions(source: Source) -> None:
    parts = make_parts(Recipe(split=SplitParams(seed=1)), source, 3)
    settings = {**MF, "epochs": 12, "unexplained": 0.0, "l2": 0.1}
    score = Objective(parts)(Task("biased_mf", settings))
    best = sorted(1 + int(np.argmin(curve)) for curve in score.curves)
    assert score.chosen == {"epochs": best[1]}


def test_a_trial_that_is_too_high_is_left_at_once(parts: list[Part]) -> None:
    infinite = float("inf")
    score = Objective(parts)(Task("biased_mf", MF, limits=((infinite, 0.1, 0.1),)))
    assert score.state == "pruned"
    assert len(score.curves[0]) == 2
    assert score.value == infinite
    assert not len(score.losses)


def test_between_two_divisions_a_trial_may_be_given_up_too(source: Source) -> None:
    parts = make_parts(Recipe(split=SplitParams(seed=1)), source, 2)
    score = Objective(parts)(Task("bias", {}, limits=((0.1,), (9.0,))))
    assert score.state == "pruned"
    assert len(score.curves) == 1
    last = Objective(parts)(Task("bias", {}, limits=((9.0,), (0.1,))))
    assert last.state == "done"  # it is finished, there is nothing to save


def test_after_the_deadline_a_trial_is_late(parts: list[Part]) -> None:
    score = Objective(parts)(Task("biased_mf", MF, deadline=time.time() - 1))
    assert score.state == "late"
    assert len(score.curves[0]) == 1


def test_few_people_learn_and_all_are_asked(parts: list[Part]) -> None:
    objective = Objective(parts, seed=4)
    score = objective(Task("bias", {}, share=0.25))
    few = parts[0].fewer_people(0.25, 4)
    assert score.value == pytest.approx(hidden_rmse(Bias().fit(few.train), parts[0].valid))
    assert objective(Task("bias", {})).value != score.value


def test_progress_is_told(parts: list[Part]) -> None:
    heard: list[Progress] = []
    Objective(parts)(Task("biased_mf", {**MF, "patience": 99}), heard.append)
    assert [step.epoch for step in heard] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("error", [DivergedError("it ran off"), ResourceError("too large", hint="smaller")])
def test_what_a_setting_does_wrong_is_a_score(
    parts: list[Part], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Bias, "_fit", fail)
    score = Objective(parts)(Task("bias", {}))
    assert (score.state, score.why) == ("failed", str(error).split("\n")[0])


def test_values_that_are_no_numbers_are_infinite(parts: list[Part], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bias, "_predict", lambda *cells: np.full(len(cells[-1]), np.nan, np.float32))
    score = Objective(parts)(Task("bias", {}))
    assert (score.state, score.why) == ("failed", "a prediction is not a finite number")
    assert score.curves == ((float("inf"),),)


def test_a_wrong_setting_is_an_error(parts: list[Part]) -> None:
    with pytest.raises(ParamsError, match="damping_item is -1"):
        Objective(parts)(Task("bias", {"damping_item": -1}))


def test_ctrl_c_ends_a_trial_and_its_half_fit_is_no_value(parts: list[Part]) -> None:
    def press(step: Progress) -> None:
        if step.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    score = Objective(parts)(Task("biased_mf", {**MF, "epochs": 50}), press)
    assert score.state == "interrupted"
    assert len(score.curves[0]) < 5
    assert signal.getsignal(signal.SIGINT) is before
