"""Lists with filters over HTTP, against brute force: every item looked at one by one, sorted by what the bundle says."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.data.titles import GENRES
from tests.serving import WORLD, bundle_of, client_of, saved

MODELS = ("autorec", "ease", "two_heads", "popularity")
YEARS = [int(title[-5:-1]) for title in WORLD.catalog.titles]
CHECKED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=MODELS)
def served(request, tmp_path_factory):
    bundle = bundle_of(request.param)
    with client_of(saved(tmp_path_factory.mktemp(request.param) / "films", request.param)) as client:
        yield bundle, client


def brute(bundle, asked):
    """Return ids in order, how many were considered and what is unknown, looking at one item after the other."""
    rated = {one["item"]: one["rating"] for one in asked["ratings"]}
    row, ignored = bundle.row(rated)
    by = bundle.scored(row)[0][0]
    years = asked.get("years") or {}
    fitting = []
    for col in range(60):
        item, genres = col + 1, WORLD.catalog.genres[col]
        if item in rated or (asked.get("genres") and not set(genres) & set(asked["genres"])):
            continue
        if not years.get("from", 0) <= YEARS[col] <= years.get("to", 9999):
            continue
        if (asked.get("items") is not None and item not in asked["items"]) or item in asked.get("exclude", []):
            continue
        fitting.append((-by[col], item))
    named = [*asked.get("items", []), *asked.get("exclude", [])]
    unknown = dict.fromkeys([*ignored, *(item for item in named if not 1 <= item <= 60)])
    return [item for _, item in sorted(fitting)][: asked["k"]], len(fitting), list(unknown)


def filters():
    items, low = st.lists(st.integers(-1, 64), max_size=20), min(YEARS)
    spans = st.fixed_dictionaries({}, optional={"from": st.integers(low, 2000), "to": st.integers(2000, 2020)})
    return {
        "genres": st.lists(st.sampled_from(GENRES), max_size=3).map(
            lambda names: [name for name in names if any(name in own for own in WORLD.catalog.genres)]
        ),
        "years": spans,
        "items": items,
        "exclude": items,
    }


requests = st.fixed_dictionaries(
    {
        "ratings": st.dictionaries(st.integers(1, 63), st.sampled_from([0.5, 2.0, 3.5, 5.0]), max_size=8).map(
            lambda rated: [{"item": item, "rating": rating} for item, rating in rated.items()]
        ),
        "k": st.integers(1, 70),
    },
    optional=filters(),
)


@CHECKED
@given(asked=requests)
def test_a_list_with_filters_is_what_looking_at_every_item_gives(served, asked):
    bundle, client = served
    answer = client.post("/v1/recommendations", json=asked)
    assert answer.status_code == 200, answer.text
    got = answer.json()
    want, considered, ignored = brute(bundle, asked)
    assert [line["item"] for line in got["items"]] == want
    assert got["considered"] == considered
    assert got["ignored"] == ignored
    assert len(got["items"]) == min(asked["k"], considered)


@CHECKED
@given(asked=requests)
def test_a_filter_never_moves_what_it_lets_pass(served, asked):
    _, client = served
    whole = client.post("/v1/recommendations", json={"ratings": asked["ratings"], "k": 60}).json()["items"]
    part = client.post("/v1/recommendations", json=asked | {"k": 60}).json()["items"]
    places = [[line["item"] for line in whole].index(line["item"]) for line in part]
    assert places == sorted(places)
    assert part == [whole[place] for place in places]


def test_nothing_that_fits_is_an_empty_list(served):
    _, client = served
    for none in ({"items": []}, {"items": [999]}, {"years": {"from": 2100}}, {"exclude": list(range(1, 61))}):
        answer = client.post("/v1/recommendations", json=none | {"k": 5})
        assert answer.status_code == 200
        assert (answer.json()["items"], answer.json()["considered"]) == ([], 0)


def test_ids_in_text_mean_the_same_items(served):
    _, client = served
    numbers = client.post("/v1/recommendations", json={"items": [3, 4, 5], "exclude": [4]}).json()
    text = client.post("/v1/recommendations", json={"items": ["3", "4", "5"], "exclude": ["4"]}).json()
    assert numbers == text
    assert sorted(line["item"] for line in numbers["items"]) == [3, 5]


def test_a_sure_list_with_filters_is_the_bundles_sure_list_without_the_others(tmp_path):
    bundle, rated = bundle_of(), {1: 5.0, 2: 1.0}
    row, _ = bundle.row(rated)
    ranking, _ = bundle.rank_sure(row, 60)
    comedy = [col for col in ranking.cols[0].tolist() if col >= 0 and "Comedy" in WORLD.catalog.genres[col]]
    with client_of(saved(tmp_path / "films")) as client:
        ratings = [{"item": item, "rating": rating} for item, rating in rated.items()]
        body = {"ratings": ratings, "k": 60, "sure": True, "genres": ["Comedy"]}
        got = client.post("/v1/recommendations", json=body).json()["items"]
    assert [line["item"] - 1 for line in got] == comedy
    lows = [line["low"] for line in got]
    assert lows == sorted(lows, reverse=True)
    assert np.isfinite(lows).all()
