"""Whose taste counts: a stored user's ratings are the same as those ratings in the request."""

import pytest

from tests.serving import client_of, saved


class Kept:
    def __init__(self, ratings):
        self.kept = ratings

    def ratings(self, user):
        return self.kept if user == "anna" else []

    def close(self):
        pass


class One:
    def __init__(self, item, rating):
        self.item, self.rating = item, rating


@pytest.fixture
def client(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        yield client


def ask(client, **body):
    return client.post("/v1/recommendations", json=body)


def test_a_stored_user_gets_what_their_ratings_would_get(client):
    client.app.state.store = Kept([One("1", 5.0), One("7", 0.5), One("gone", 2.0)])
    stored = ask(client, user="anna").json()
    sent = ask(client, ratings=[{"item": 1, "rating": 5}, {"item": 7, "rating": 0.5}]).json()
    assert stored["items"] == sent["items"]
    assert stored["ignored"] == ["gone"]
    assert ask(client, user="nobody").json()["items"] == ask(client).json()["items"]


def test_what_a_model_cannot_read_of_a_stored_user_is_left_out_and_said(client):
    client.app.state.store = Kept([One("7", 0.5), One("07", 5.0), One("1", 5.0), One("2", 9.0), One("gone", 9.0)])
    stored = ask(client, user="anna")
    assert stored.status_code == 200, stored.text
    sent = ask(client, ratings=[{"item": 1, "rating": 5}, {"item": 7, "rating": 0.5}]).json()
    assert stored.json()["items"] == sent["items"]
    assert stored.json()["ignored"] == ["gone", "07", "2"]


def test_an_id_of_which_one_rating_cannot_be_read_counts_by_the_other(client):
    client.app.state.store = Kept([One("7", 9.0), One("07", 0.5)])
    stored = ask(client, user="anna").json()
    assert stored["items"] == ask(client, ratings=[{"item": 7, "rating": 0.5}]).json()["items"]
    assert stored["ignored"] == ["7"]


def test_what_a_request_brings_must_do(client):
    twice = [{"item": 7, "rating": 1}, {"item": "07", "rating": 1}]
    for ratings, words in (([{"item": 7, "rating": 9}], "expected 0.5 to 5"), (twice, "is given twice")):
        answer = ask(client, ratings=ratings)
        assert answer.status_code == 422
        assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize("user", ["a b", "", "x" * 129, "a/b", "'; drop table ratings; --", "a\x00"])
def test_what_is_no_user_id_is_refused(client, user):
    assert ask(client, user=user).status_code == 422


def test_without_a_store_a_user_cannot_be_looked_up(client):
    client.app.state.store = None
    answer = ask(client, user="anna")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "there is no store of ratings here"
