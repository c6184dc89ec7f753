"""What models would take: memory as the plan has it, and a warning where this machine has less."""

from foretaste import Recipe
from foretaste.choice import with_candidates
from foretaste.doctor import forecast
from foretaste.doctor.forecast import Cost, costs, too_large
from foretaste.plan import make_plan
from tests.doctor.planting import case_of, codes, world_case


def test_memory_is_that_of_the_plan_and_models_are_those_that_train_tries():
    case = world_case()
    taken = costs(case)
    entries = with_candidates(Recipe(), case.ratings).models
    plan = make_plan(case.division, entries)
    assert [(cost.model, cost.memory_bytes) for cost in taken] == [
        (line.label, round(line.forecast.total)) for line in plan.lines
    ]
    assert all(cost.about_s > 0 for cost in taken)


def test_clicks_have_models_of_their_own():
    names = {cost.model for cost in costs(case_of([1, 1, 2, 2, 3, 3, 4], [1, 2, 1, 3, 2, 3, 1]))}
    assert {"popularity", "edlae"} <= names
    assert "bias" not in names


def test_data_that_cannot_be_divided_have_no_forecast():
    assert costs(case_of([1], [1], [3.0])) == ()


def test_models_beyond_the_memory_are_told(monkeypatch):
    taken = (Cost("mean", 10**6, 0.1), Cost("ease", 9 * 10**9, 100.0))
    monkeypatch.setattr(forecast, "total_memory", lambda: 8 * 10**9)
    (only,) = too_large(world_case(), taken)
    assert only.code == "too-large"
    assert only.evidence == "1 of 2 models need more than the 8.0 GB of this machine."
    assert only.examples == ("ease: 9.0 GB",)
    monkeypatch.setattr(forecast, "total_memory", lambda: 16 * 10**9)
    assert codes(too_large(world_case(), taken)) == []
    assert taken[0].to_dict() == {"model": "mean", "memory_bytes": 10**6, "about_s": 0.1}
