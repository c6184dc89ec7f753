"""A bundle on data with one thing wrong at a time."""

from dataclasses import replace

import numpy as np
import pytest

from foretaste import make_world
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog, id_array
from foretaste.data.matrix import user_item_matrix
from foretaste.doctor.saved import learnt_until, saved
from foretaste.models import MODELS
from foretaste.order import Order
from tests.doctor.planting import case_of, codes

WORLD = make_world(200, 120, 6_000, seed=1)
RATINGS = WORLD.ratings
X = user_item_matrix(RATINGS, WORLD.catalog)


@pytest.fixture(scope="module")
def bundle():
    about = {"data": {"dates": ["2010-01-01", "2015-06-30"]}}
    return Bundle(MODELS["bias"]().fit(X), WORLD.catalog, Order.of(X, 0.1), (0.5, 5.0), about)


def told(bundle, *, own=None, item=RATINGS.item, rating=RATINGS.rating, time=None, **more):
    return list(saved(case_of(RATINGS.user, item, rating, time, bundle=bundle, bundle_own=own, path="r.csv", **more)))


def test_the_data_it_was_made_of_are_only_noted(bundle):
    assert told(bundle) == []
    (only,) = told(bundle, own=True, bundle_path="films")
    assert (only.code, only.severity) == ("bundle-knows-people", "note")
    assert only.command == "foretaste evaluate films r.csv"
    assert codes(told(bundle, own=False)) == ["-bundle-other-data"]
    assert list(saved(case_of([1], [1], [3.0]))) == []


def test_numbers_written_as_text_are_the_same_items(bundle):
    for form in ("{}", "{:05d}"):
        assert told(bundle, item=[form.format(one) for one in RATINGS.item]) == []


@pytest.mark.parametrize("form", ["{}.0", "m{}"])
def test_items_written_otherwise(bundle, form):
    (only,) = told(bundle, item=[form.format(one) for one in RATINGS.item])
    assert only.code == "bundle-ids"
    assert "0 of 120 (0 %) item ids as they are written, and 100.0 % of the others" in only.evidence


def test_items_counted_from_zero(bundle):
    (only,) = told(bundle, item=RATINGS.item - 1)
    assert only.code == "shifted-ids"
    assert "+1 on every item id" in only.evidence


def test_a_catalogue_in_another_order_is_not_off(bundle):
    turned = np.argsort(-bundle.catalog.item_ids)
    order = replace(bundle.order, count=bundle.order.count[turned])
    other = replace(bundle, catalog=Catalog(bundle.catalog.item_ids[turned]), order=order)
    assert told(other) == []
    assert codes(told(other, item=RATINGS.item - 1)) == ["shifted-ids"]


def test_items_it_does_not_know(bundle):
    few = np.where(RATINGS.item == np.bincount(RATINGS.item).argmax(), 9_999, RATINGS.item)
    (only,) = told(bundle, item=few)
    assert (only.code, only.severity, only.examples) == ("bundle-items", "note", ("item 9999",))
    many = np.where(np.arange(len(RATINGS)) % 4 == 0, 9_999 + RATINGS.item, RATINGS.item)
    (only,) = told(bundle, item=many)
    assert only.severity == "warning"
    assert only.evidence.startswith("1,500 of 6,000 (25 %) ratings")


@pytest.mark.parametrize(("factor", "wrong"), [(20, True), (2, True), (0.2, True), (0.1, True), (1, False)])
def test_another_scale(bundle, factor, wrong):
    found = told(bundle, rating=RATINGS.rating * factor)
    assert codes(found) == ["bundle-scale"] * wrong
    assert not wrong or "The bundle's scale is 0.5 to 5" in found[0].evidence


def test_a_bundle_of_a_wide_scale_on_stars(bundle):
    assert codes(told(replace(bundle, scale=(0.0, 100.0)))) == ["bundle-scale"]


def test_clicks_have_no_scale(bundle):
    assert told(replace(bundle, scale=(0.0, 100.0)), rating=None) == []


YEAR_2015, YEAR_2016 = 1_420_070_400, 1_451_606_400


def test_what_it_knows_of_the_future(bundle):
    old, new = np.full(len(RATINGS), YEAR_2015), np.full(len(RATINGS), YEAR_2016)
    assert codes(told(bundle, time=new)) == []
    assert codes(told(bundle, time=old)) == ["-bundle-future"]
    asked = case_of(RATINGS.user, RATINGS.item, RATINGS.rating, old)
    (only,) = told(bundle, time=new, test=asked)
    assert (only.code, only.severity) == ("bundle-future", "warning")
    assert "until 2015-06-30; 6,000 of 6,000 (100 %) ratings that it is asked about are not newer" in only.evidence


@pytest.mark.parametrize(
    ("about", "day"),
    [
        ({"data": {"dates": ["2010-01-01", "2015-06-30"]}}, "2015-06-30"),
        (
            {"data": {"dates": ["2010-01-01", "2015-06-30"]}, "split": {"test_from": "2014-01-01T00:00:00"}},
            "2014-01-01",
        ),
        ({"data": {"dates": None}}, None),
        ({"data": {"dates": ["x", "y"]}}, None),
        ({"data": "films"}, None),
        ({}, None),
    ],
)
def test_when_it_learnt_last(bundle, about, day):
    until = learnt_until(replace(bundle, about=about))
    assert until == (None if day is None else int(np.datetime64(day, "s").astype(int)))


def test_text_ids_are_never_shifted(bundle):
    words = replace(bundle, catalog=Catalog(id_array([f"film {one}" for one in bundle.catalog.item_ids])))
    assert codes(told(words, item=[f"film {one}" for one in RATINGS.item])) == []
