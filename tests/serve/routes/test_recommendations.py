"""POST /v1/recommendations and /v1/predictions, through the application."""

import math

import pytest

from foretaste.bundle import Bundle
from foretaste.explanation import explain
from foretaste.serve.answers.answering import NO_RATINGS
from foretaste.serve.wire.shapes import Predictions, Recommendations
from tests.serving import client_of, saved

MINE = [{"item": 1, "rating": 5}, {"item": 7, "rating": 0.5}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("served") / "films")


@pytest.fixture(scope="module")
def client(folder):
    with client_of(folder, max_ratings=5, max_items=4, max_k=20) as client:
        yield client


def ask(client, **body):
    answer = client.post("/v1/recommendations", json=body)
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate(answer.json(), strict=True, extra="forbid")
    return answer.json()


def refusal(client, status=422, route="recommendations", **body):
    answer = client.post(f"/v1/{route}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]["message"]


def test_a_ranker_without_anything_to_go_by_says_so(tmp_path):
    with client_of(saved(tmp_path / "ranker", "ease")) as client:
        newcomer, moved = ask(client), ask(client, ratings=MINE)
    assert newcomer["fallback"] == NO_RATINGS
    assert [line["score"] for line in newcomer["items"]] == [line["n_ratings"] for line in newcomer["items"]]
    assert moved["fallback"] is None


def test_a_rating_model_always_has_something(client):
    assert ask(client)["fallback"] is ask(client, ratings=MINE)["fallback"] is None


def test_the_list_is_the_bundles_own(client, folder):
    want = Bundle.load(folder).recommend({1: 5.0, 7: 0.5}, 6).items
    got = ask(client, ratings=MINE, k=6)
    assert [line["item"] for line in got["items"]] == [item.item_id for item in want]
    assert got["considered"] == 58
    assert got["model"]["name"] == "films"
    assert got["level"] is None


def test_somebody_who_has_rated_nothing_gets_a_list_too(client):
    assert ask(client)["items"] == ask(client, ratings=[])["items"]
    assert len(ask(client)["items"]) == 10


def test_ids_that_the_model_does_not_know_come_back(client):
    got = ask(client, ratings=[*MINE, {"item": "nix", "rating": 3}, {"item": 2**62, "rating": 3}])
    assert got["ignored"] == ["nix", 2**62]
    assert got["items"] == ask(client, ratings=MINE)["items"]


def test_intervals_are_given_where_asked_for(client, folder):
    got = ask(client, ratings=MINE, intervals=True, level=0.9, k=3)
    want = Bundle.load(folder).recommend({1: 5.0, 7: 0.5}, 3, level=0.9).items
    assert [line["low"] for line in got["items"]] == pytest.approx([item.low for item in want], abs=1e-5)
    assert got["level"] == 0.9


def test_a_sure_list_is_sorted_by_lower_ends(client, folder):
    got = ask(client, ratings=MINE, sure=True)
    assert [line["item"] for line in got["items"]] == [
        item.item_id for item in Bundle.load(folder).recommend({1: 5.0, 7: 0.5}, 10, sure=True).items
    ]
    assert all(line["low"] == pytest.approx(line["score"]) for line in got["items"])


def test_predictions_stand_in_the_order_asked_for(client, folder):
    answer = client.post("/v1/predictions", json={"ratings": MINE, "items": [9, 999, 3]}).json()
    Predictions.model_validate(answer, strict=True, extra="forbid")
    want = Bundle.load(folder).predict({1: 5.0, 7: 0.5}, [9, 3])
    assert {line["item"]: line["predicted"] for line in answer["predictions"]} == pytest.approx(want, abs=1e-5)
    assert [line["item"] for line in answer["predictions"]] == [9, 3]
    assert answer["ignored"] == [999]


def test_what_is_too_much_is_refused_with_the_bound(client):
    many = [{"item": item, "rating": 3} for item in range(6)]
    assert refusal(client, 413, ratings=many) == "6 ratings, expected 5 at most"
    assert refusal(client, k=21) == "k is 21, expected 20 at most"
    assert refusal(client, 413, items=[1, 2, 3, 4, 5]) == "5 ids in items, expected 4 at most"
    assert refusal(client, 413, "predictions", items=[1, 2, 3, 4, 5]) == "5 ids in items, expected 4 at most"


def test_what_is_wrong_is_refused_in_the_librarys_words(client):
    assert "is 7, expected 0.5 to 5" in refusal(client, ratings=[{"item": 1, "rating": 7}])
    assert refusal(client, ratings=[*MINE, MINE[0]]) == "item 1 is given twice"
    assert refusal(client, ratings=[*MINE, {"item": "1", "rating": 2}]) == "item '1' is given twice"
    assert refusal(client, ratings=MINE, user="anna") == "ratings and a user are both given"
    assert refusal(client, 404, model="other") == 'no model "other" is served'
    assert refusal(client, k=0) == "k is 0, expected 1 or more"
    assert refusal(client, kk=3).startswith("kk: ")
    assert refusal(client, level=0.4) == "level is 0.4, expected 0.5 or more"


@pytest.mark.parametrize("value", [True, "5", None, [5], float(10**30)])
def test_a_rating_is_a_number_on_the_scale(client, value):
    refusal(client, ratings=[{"item": 1, "rating": value}])


@pytest.mark.parametrize("item", [True, 1.5, None, [1], {"id": 1}, 2**63, "x" * 513])
def test_an_id_is_a_whole_number_or_a_text(client, item):
    refusal(client, ratings=[{"item": item, "rating": 4}])


def test_a_model_without_intervals_says_so(tmp_path):
    with client_of(saved(tmp_path / "ease", "ease")) as client:
        assert "predicts no ratings, so there are no intervals" in refusal(client, sure=True)
        lines = ask(client, ratings=MINE, k=3)["items"]
        assert {line["predicted"] for line in lines} == {None}


def test_each_line_says_because_of_what(client, folder):
    loaded = Bundle.load(folder)
    answer = ask(client, ratings=MINE, k=3, explain=True)
    for line in answer["items"]:
        told = explain(loaded, {1: 5.0, 7: 0.5}, line["item"], push=False)
        assert [(why["item"], why["title"], why["rating"]) for why in line["because"]] == [
            (effect.item_id, effect.title, effect.rating) for effect in told.effects
        ]
        assert [why["effect"] for why in line["because"]] == pytest.approx([e.effect for e in told.effects], abs=1e-4)
    assert all(line["because"] is None for line in ask(client, ratings=MINE)["items"])
    assert all(line["because"] == [] for line in ask(client, explain=True)["items"])
    answer = client.post("/v1/predictions", json={"ratings": MINE, "items": [3], "explain": True}).json()
    assert {why["item"] for why in answer["predictions"][0]["because"]} == {1, 7}


def test_lists_lean_towards_what_fewer_people_know_and_their_stars_stay(client):
    lists = [ask(client, ratings=MINE, k=6, adventure=way)["items"] for way in (-1, -0.5, 0, 0.5, 1)]
    known = [sum(math.log1p(line["n_ratings"]) for line in items) for items in lists]
    assert known == sorted(known, reverse=True)
    assert known[0] > known[-1]
    assert lists[2] == ask(client, ratings=MINE, k=6)["items"]
    stars = {line["item"]: line["predicted"] for line in ask(client, ratings=MINE, k=20)["items"]}
    for line in lists[0] + lists[-1]:
        assert line["item"] not in {1, 7}
        assert line["predicted"] == stars.get(line["item"], line["predicted"])
    few = ask(client, ratings=MINE, k=6, adventure=1, items=[1, 2, 3])
    assert {line["item"] for line in few["items"]} == {2, 3}
