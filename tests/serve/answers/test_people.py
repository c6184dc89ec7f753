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


@pytest.mark.parametrize("user", ["a b", "", "x" * 129, "a/b", "'; drop table ratings; --", "a\x00"])
def test_what_is_no_user_id_is_refused(client, user):
    assert ask(client, user=user).status_code == 422


def test_without_a_store_a_user_cannot_be_looked_up(client):
    client.app.state.store = None
    answer = ask(client, user="anna")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "there is no store of ratings here"
