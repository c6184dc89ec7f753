"""GET /v1/items and /v1/items/{id}, through the application."""

import dataclasses
from urllib.parse import quote

import numpy as np
import pytest

from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.serve.routes.items import Films, Found
from tests.serving import WORLD, bundle_of, client_of, saved

STRANGE = ["a/b c", "a/b c/similar ", "?q=1", "100%", "é", " ", "..", "<b>", "item", "300"]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("items") / "films")) as client:
        yield client


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """A model whose catalogue has ids of text that mean something in addresses, and no titles for them."""
    ids = np.empty(60, dtype=object)
    ids[:] = STRANGE + [f"i{n}" for n in range(60 - len(STRANGE))]
    catalog = Catalog(ids, ("",) * len(STRANGE) + WORLD.catalog.titles[len(STRANGE) :], WORLD.catalog.genres)
    bundle = dataclasses.replace(bundle_of(), catalog=catalog)
    with client_of(bundle.save(tmp_path_factory.mktemp("strange") / "films")) as client:
        yield client


def look(client, **params):
    answer = client.get("/v1/items", params=params)
    assert answer.status_code == 200, answer.text
    Films.model_validate(answer.json(), strict=True, extra="forbid")
    return answer.json()


def refusal(client, status, path="", **params):
    answer = client.get(f"/v1/items{path}", params=params)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def test_an_empty_search_gives_the_most_rated_first_in_pages(client):
    whole = look(client, limit=60)
    counts = [film["n_ratings"] for film in whole["items"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == np.bincount(WORLD.ratings.item_code).max()
    assert whole["total"] == 60
    pages = [film for offset in range(0, 60, 7) for film in look(client, limit=7, offset=offset)["items"]]
    assert pages == whole["items"]
    assert look(client, offset=60) == {"items": [], "total": 60}
    assert look(client, q=" ", limit=60) == whole


def test_a_title_is_found_with_a_slip_and_without_its_year(client):
    title = max(WORLD.catalog.titles, key=len)
    typed = title[:-7].lower()
    slipped = typed[:5] + typed[6] + typed[5] + typed[7:]
    assert look(client, q=slipped)["items"][0]["title"] == title
    assert look(client, q=title)["items"][0]["title"] == title


def test_filters_hold_for_searches_and_for_looking_through(client):
    genre, year = WORLD.catalog.genres[3][0], int(WORLD.catalog.titles[3][-5:-1])
    for query in ({}, {"q": WORLD.catalog.titles[3][:4]}):
        found = look(client, genre=genre, to=year, limit=60, **query)
        assert 4 in [film["item"] for film in found["items"]]
        assert all(genre in film["genres"] and film["year"] <= year for film in found["items"])
        assert found["total"] == len(found["items"])
    two = look(client, genre=["comedy", "Drama"], limit=60)["items"]
    assert [film["item"] for film in two] == [
        film["item"] for film in look(client, limit=60)["items"] if {"Comedy", "Drama"} & set(film["genres"])
    ]
    assert look(client, **{"from": 2019}) == {"items": [], "total": 0}


def test_an_id_is_found_by_its_mark(client):
    assert [film["item"] for film in look(client, q="id:7")["items"]] == [7]
    assert look(client, q="id:999") == {"items": [], "total": 0}
    assert look(client, q="ID: 7", to=1900) == {"items": [], "total": 0}


def test_well_known_items_are_spread(client):
    plain, spread = look(client, limit=60), look(client, limit=60, spread=True)
    assert spread["items"] != plain["items"]
    assert spread["items"][0] == plain["items"][0]
    assert sorted(film["item"] for film in spread["items"]) == list(range(1, 61))
    assert look(client, limit=60, spread=True) == spread
    assert look(client, limit=60, spread=True, to=9999) == spread
    recent = look(client, limit=60, spread=True, **{"from": 2000})
    assert sorted(film["item"] for film in recent["items"]) == [
        item for item, title in enumerate(WORLD.catalog.titles, 1) if int(title[-5:-1]) >= 2000
    ]


def test_what_is_asked_is_bounded_and_refused_in_words(client):
    assert refusal(client, 422, genre="Comedi")["hint"] == 'did you mean "Comedy"?'
    assert refusal(client, 422, **{"from": 2000, "to": 1990})["message"].startswith("years from 2000 to 1990")
    for params in (
        {"q": "x" * 201},
        {"limit": 0},
        {"limit": 201},
        {"offset": -1},
        {"offset": 10**30},
        {"limit": "ten"},
        {"from": -1},
        {"to": 10_000},
        {"spread": "maybe"},
        {"genre": "x" * 101},
        {"genre": ["Drama"] * 101},
    ):
        assert refusal(client, 422, **params)["fields"], params
    assert refusal(client, 404, model="none")["message"] == 'no model "none" is served'


@pytest.mark.parametrize("text", ["%00", "' OR 1=1 --", "<script>", "\u202e", "🎬", "ﷺ" * 50, "٣", "id:"])
def test_hostile_searches_are_searches(client, text):
    assert look(client, q=text)["total"] >= 0


def test_one_item(client):
    answer = client.get("/v1/items/4")
    Found.model_validate(answer.json(), strict=True, extra="forbid")
    assert answer.json() == {
        "item": 4,
        "title": WORLD.catalog.titles[3],
        "year": int(WORLD.catalog.titles[3][-5:-1]),
        "genres": list(WORLD.catalog.genres[3]),
        "n_ratings": int((WORLD.ratings.item_code == 3).sum()),
    }


def test_an_item_that_is_not_there_is_said_in_words(client):
    assert refusal(client, 404, "/61")["message"] == 'no item has the id "61"'
    for number in ("/61", "/111111", f"/{WORLD.catalog.titles[3][-5:-1]}"):
        assert refusal(client, 404, number)["hint"] == "search with /v1/items?q=...", "a number is no slip in a title"
    assert refusal(client, 404, "/zzzzzzzz")["hint"] == "search with /v1/items?q=..."
    assert refusal(client, 404, f"/{WORLD.catalog.titles[3]}")["hint"] == (
        f'did you mean "{WORLD.catalog.titles[3]}", id 4?'
    )
    assert refusal(client, 422, f"/{'x' * 600}")["fields"]


@pytest.mark.parametrize("item", STRANGE)
def test_ids_of_any_letters_are_found_by_address_and_by_search(strange, item):
    address = quote(item, safe="") if item != ".." else "%2E%2E"
    answer = strange.get(f"/v1/items/{address}")
    assert answer.json()["item"] == item, answer.text
    assert item in [film["item"] for film in look(strange, q=f"id:{item}")["items"]]


def test_ids_of_text_are_found_without_a_mark(strange):
    assert look(strange, q="i7")["items"][0]["item"] == "i7"
    assert look(strange, q="a/b c")["items"][0]["title"] == "item a/b c"


def test_the_catalogue_is_the_one_of_the_model_asked_for(tmp_path):
    main, other = saved(tmp_path / "main"), bundle_of()
    titles = ("Something Else (2001)", *WORLD.catalog.titles[1:])
    catalog = Catalog(WORLD.catalog.item_ids, titles, WORLD.catalog.genres)
    dataclasses.replace(other, catalog=catalog).save(tmp_path / "other")
    assert Bundle.load(tmp_path / "other").catalog.title(0) == titles[0]
    with client_of(main, challenger=tmp_path / "other") as client:
        assert look(client, q="something else", model="other")["items"][0]["item"] == 1
        assert client.get("/v1/items/1", params={"model": "other"}).json()["title"] == titles[0]
        assert client.get("/v1/items/1").json()["title"] == WORLD.catalog.titles[0]
