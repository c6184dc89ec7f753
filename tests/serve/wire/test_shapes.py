"""What goes over the wire: strict shapes, and examples that are what they say."""

import pytest
from pydantic import ValidationError

from foretaste.serve.wire import shapes as wire
from foretaste.serve.wire.shapes import PersonIn, PredictIn, Problems, RatingIn, RecommendIn, Years


@pytest.mark.parametrize("shape", [RecommendIn, PredictIn])
def test_the_examples_of_the_documentation_are_requests(shape):
    for example in shape.model_config["json_schema_extra"]["examples"]:
        shape.model_validate(example)


@pytest.mark.parametrize("item", [0, -(2**63), 2**63 - 1, "a", "x" * wire.ID_LENGTH, "1"])
def test_ids_are_kept_as_they_are_written(item):
    kept = RatingIn.model_validate({"item": item, "rating": 3}).item
    assert (kept, type(kept)) == (item, type(item))


@pytest.mark.parametrize("item", [True, 1.0, None, 2**63, "x" * (wire.ID_LENGTH + 1)])
def test_what_is_no_id_is_refused(item):
    with pytest.raises(ValidationError):
        RatingIn.model_validate({"item": item, "rating": 3})


@pytest.mark.parametrize("rating", [True, "5", None, float("nan"), float("inf")])
def test_what_is_no_number_is_refused(rating):
    with pytest.raises(ValidationError):
        RatingIn.model_validate({"item": 1, "rating": rating})


@pytest.mark.parametrize("user", ["anna", "Åsa", "a.b@example.org", "x" * 128, "7", "a:b+c=d~e-f_g"])
def test_users_may_have_the_ids_that_people_give_them(user):
    assert PersonIn.model_validate({"user": user}).user == user


@pytest.mark.parametrize("user", ["", "a b", "a/b", "a\n", "x" * 129, "'", "\u202e"])
def test_other_users_are_refused(user):
    with pytest.raises(ValidationError):
        PersonIn.model_validate({"user": user})


def test_a_span_of_years_may_be_open():
    years = Years.model_validate({"from": 1990})
    assert (years.first, years.last) == (1990, None)
    with pytest.raises(ValidationError):
        Years.model_validate({"from": True})


def test_every_refusal_has_the_one_shape():
    assert {one["model"] for one in wire.REFUSALS.values()} == {Problems}
