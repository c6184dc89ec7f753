"""GET /v1/model and /v1/models."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import foretaste
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.serve.deploy.served import Served
from foretaste.serve.routes.model import described, rating_step
from tests.serving import WORLD, bundle_of, client_of, saved


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    saved(folder / "other", "ease")
    with client_of(saved(folder / "films"), challenger=folder / "other", share=0.25) as client:
        yield client


def test_a_model_says_what_it_is(client):
    told = client.get("/v1/model").json()
    assert (told["name"], told["model"], told["task"], told["arm"]) == ("films", "autorec", "rating", "main")
    assert told["scale"] == [0.5, 5.0]
    assert told["interval_levels"] == [0.5, 0.8, 0.9, 0.95]
    assert sum(genre["items"] for genre in told["genres"]) >= told["items"] == 60
    assert told["years"][0] < told["years"][1]
    assert told["data"]["users"] == 120
    assert told["things"] == {"one": "film", "many": "films"}


def test_genres_and_years_are_those_of_the_catalogue(client):
    genres, told = WORLD.catalog.genres, client.get("/v1/model").json()
    names = sorted({name for own in genres for name in own})
    assert told["genres"] == [{"name": name, "items": sum(name in own for own in genres)} for name in names]
    years = [int(title[-5:-1]) for title in WORLD.catalog.titles]
    assert told["years"] == [min(years), max(years)]


def test_a_catalogue_without_titles_has_no_years(tmp_path):
    plain = bundle_of("popularity")
    bare = Catalog(plain.catalog.item_ids)
    with client_of(Bundle(plain.model, bare, None, plain.scale).save(tmp_path / "bare")) as client:
        told = client.get("/v1/model").json()
    assert (told["genres"], told["years"]) == ([], None)
    assert told["things"] == {"one": "title", "many": "titles"}


def test_the_second_model_is_asked_for_by_name(client):
    told = client.get("/v1/model", params={"name": "other"}).json()
    assert (told["model"], told["task"], told["interval_levels"]) == ("ease", "ranking", None)
    assert client.get("/v1/model", params={"name": "nix"}).status_code == 404
    shares = {one["name"]: one["share"] for one in client.get("/v1/models").json()["models"]}
    assert shares == {"films": 0.75, "other": 0.25}


def test_it_says_when_and_with_what_it_was_made(client):
    told = client.get("/v1/model").json()
    assert date.fromisoformat(told["made"]) <= datetime.now(UTC).date()
    assert told["versions"]["foretaste"] == foretaste.__version__


def test_the_step_of_the_data_goes_before_a_guess():
    bundle = replace(bundle_of(), about={"data": {"step": 0.25}})
    assert described(Served(bundle, "films", "0"))["step"] == 0.25


@pytest.mark.parametrize(
    ("scale", "step"),
    [((0.5, 5), 0.5), ((1, 5), 0.5), ((1, 10), 1.0), ((0, 100), 1.0), ((-10, 10), 1.0), ((0, 1000), 10.0)],
)
def test_ratings_are_given_in_steps_that_suit_the_scale(scale, step):
    assert rating_step(scale) == step
