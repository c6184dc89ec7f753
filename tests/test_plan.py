"""What a comparison would take: every fit forecast, none made."""

import json

import pytest

from foretaste import plan as module
from foretaste.entries import Entry
from foretaste.errors import ResourceError
from foretaste.memory import used_memory
from foretaste.models import AutoRec, BiasedMf, Mean
from foretaste.plan import LIBRARIES, make_plan
from tests.judging import SPLIT

ENTRIES = (
    Entry("mean"),
    Entry("biased_mf", {"latent": 3}),
    Entry("autorec", {"widths": [400], "batch_size": 8}, "mine"),
)


@pytest.fixture(autouse=True)
def nothing_is_fitted(monkeypatch):
    for kind in (Mean, BiasedMf, AutoRec):
        monkeypatch.setattr(kind, "fit", lambda *_, **__: pytest.fail("fitted"))


def test_every_line_has_the_forecast_of_its_largest_fit():
    lines = make_plan(SPLIT, ENTRIES, refit=False).lines
    assert [line.label for line in lines] == ["mean", "biased_mf", "mine"]
    alone = AutoRec(widths=[400], batch_size=8).forecast(SPLIT.train)
    assert lines[2].forecast.optimiser == alone.optimiser
    assert lines[2].shape == SPLIT.train.shape
    assert lines[2].parameters * 4 == alone.parameters


def test_models_that_are_fitted_stay_until_all_are_judged():
    first, second, third = make_plan(SPLIT, ENTRIES, refit=False).lines
    alone = AutoRec(widths=[400], batch_size=8).forecast(SPLIT.train)
    assert first.forecast.kept == 0
    assert third.forecast.kept - alone.kept == 4 * (first.parameters + second.parameters)


def test_a_second_fit_stands_beside_the_first():
    model = AutoRec(widths=[400], batch_size=8)
    with_refit = make_plan(SPLIT, [ENTRIES[2]]).lines[0]
    first, again = model.forecast(SPLIT.train), model.forecast(SPLIT.full, measured=False)
    assert with_refit.forecast.total == max(first.total, again.total + first.parameters)


def test_a_checkpoint_copies_parameters_and_state_of_models_that_keep_one():
    without, with_it = (make_plan(SPLIT, ENTRIES, refit=False, checkpoint=keep).lines for keep in (False, True))
    assert [a.forecast == b.forecast for a, b in zip(without, with_it, strict=True)] == [True, True, False]
    forecast = without[2].forecast
    assert with_it[2].forecast.kept == forecast.kept + forecast.parameters + forecast.optimiser


def test_a_model_with_batches_says_how_many_an_epoch_has():
    lines = make_plan(SPLIT, ENTRIES).lines
    assert [line.batches for line in lines] == [None, None, -(-SPLIT.train.shape[0] // 8)]
    assert make_plan(SPLIT, [Entry("ridge")]).lines[0].batches is None  # its batch_size of 0 leaves it to the model


def test_the_peak_is_what_is_held_and_the_largest_line():
    plan = make_plan(SPLIT, ENTRIES)
    assert plan.held_bytes == pytest.approx(used_memory(), rel=0.2)
    assert plan.peak_bytes >= plan.held_bytes + LIBRARIES + max(line.forecast.new for line in plan.lines)


def test_a_line_that_does_not_fit_is_refused_in_the_words_of_its_model(monkeypatch):
    make_plan(SPLIT, ENTRIES).check()
    plan = make_plan(SPLIT, [*ENTRIES, Entry("autorec", {"widths": [1_000_000, 1_000_000]})])
    items = SPLIT.full.shape[1]
    with pytest.raises(
        ResourceError, match=f"^AutoRec of [0-9]+ users x {items} items needs about [0-9,.]+ GB "
    ) as caught:
        plan.check()
    assert caught.value.hint == "choose smaller widths"


def test_plain_values():
    plan = make_plan(SPLIT, ENTRIES)
    told = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    assert set(told) == {"split", "models", "held_bytes", "peak_bytes", "machine"}
    line = told["models"][2]
    assert (line["model"], line["class"], line["parameters"]) == ("mine", "autorec", plan.lines[2].parameters)
    assert line["total_bytes"] == pytest.approx(sum(line["forecast_bytes"].values()), abs=6)
    assert told["machine"] == {"total_bytes": plan.total_bytes, "free_bytes": plan.free_bytes}
    assert told["peak_bytes"] > module.JUDGING


def test_the_first_fits_that_a_blend_will_borrow_stay_until_it_has_them():
    blend = Entry("blend", {"members": ["mean", "biased_mf"], "settings": ["biased_mf.latent=3"]})
    alone = make_plan(SPLIT, [blend]).lines[0]
    mean, factors, below = make_plan(SPLIT, [*ENTRIES[:2], blend]).lines
    assert below.forecast.kept - alone.forecast.kept == 4 * 2 * (mean.parameters + factors.parameters)
    assert factors.forecast.kept == 4 * 2 * mean.parameters + make_plan(SPLIT, [ENTRIES[1]]).lines[0].forecast.kept
    without = make_plan(SPLIT, [*ENTRIES[:2], blend], refit=False).lines[2]
    assert without.forecast.kept - make_plan(SPLIT, [blend], refit=False).lines[0].forecast.kept == 4 * (
        mean.parameters + factors.parameters
    )
