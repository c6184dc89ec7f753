"""/v1/users: what is put is there, counts at once, can be taken away, and nothing else gets in."""

import pytest

from foretaste.serve.routes.users import Erased, Kept, UserRatings
from foretaste.store import Store
from tests.serving import client_of, saved


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("served") / "films")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'ratings.db'}"


@pytest.fixture
def client(folder, url):
    with client_of(folder, store=url) as client:
        yield client


def put(client, item=1, rating=4.5, user="anna", status=200):
    answer = client.put(f"/v1/users/{user}/ratings/{item}", json={"rating": rating})
    assert answer.status_code == status, answer.text
    return answer.json()


def ratings(client, user="anna"):
    answer = client.get(f"/v1/users/{user}/ratings")
    assert answer.status_code == 200, answer.text
    UserRatings.model_validate_json(answer.text, extra="forbid")
    assert answer.json()["user"] == user
    return answer.json()["ratings"]


def test_what_is_put_is_there(client, url):
    kept = put(client)
    Kept.model_validate(kept, extra="forbid")
    assert (kept["item"], kept["rating"]) == (1, 4.5)
    assert put(client, 2, 3)["revision"] > kept["revision"]
    assert [(one["item"], one["rating"], one["known"]) for one in ratings(client)] == [(2, 3, True), (1, 4.5, True)]
    assert ratings(client)[1]["updated_at"] == kept["updated_at"]
    assert ratings(client)[1]["title"]
    with Store(url) as store:
        assert {one.item: one.rating for one in store.ratings("anna")} == {"1": 4.5, "2": 3}


def test_a_rating_counts_at_once_in_the_next_list(client):
    def items(**body):
        return client.post("/v1/recommendations", json={"k": 20, **body}).json()["items"]

    put(client, 1, 5)
    put(client, 7, 0.5)
    mine = items(user="anna")
    assert mine == items(ratings=[{"item": 7, "rating": 0.5}, {"item": 1, "rating": 5}])
    best = mine[0]["item"]
    put(client, best, 5)
    assert best not in [one["item"] for one in items(user="anna")]
    assert items(user="nobody") == items()


def test_putting_again_replaces_whatever_way_the_id_is_written(client):
    put(client, 1, 2)
    put(client, "01", 3)
    assert [(one["item"], one["rating"]) for one in ratings(client)] == [(1, 3)]


def test_taking_away(client):
    put(client)
    assert client.delete("/v1/users/anna/ratings/1").status_code == 204
    assert ratings(client) == []
    again = client.delete("/v1/users/anna/ratings/1")
    assert again.status_code == 404
    assert again.json()["error"]["message"] == "anna has not rated item '1'"


def test_of_one_item_under_two_ids_each_is_shown_and_taken_away_by_its_own(client, url):
    with Store(url) as store:  # as an import may bring them
        for item in ("1", "01", "02"):
            store.put("anna", item, 4)
    assert [(one["item"], one["known"]) for one in ratings(client)] == [("02", True), ("01", True), (1, True)]
    for item, left in (("01", ["02", 1]), ("1", ["02"]), ("02", [])):
        assert client.delete(f"/v1/users/anna/ratings/{item}").status_code == 204
        assert [one["item"] for one in ratings(client)] == left
    put(client, 3)
    assert client.delete("/v1/users/anna/ratings/03").status_code == 204  # however it is written


def test_erasing_tells_how_many_and_leaves_others(client):
    for item in (1, 2, 3):
        put(client, item)
    put(client, user="bob")
    answer = client.delete("/v1/users/anna")
    assert Erased.model_validate(answer.json()).erased == 3
    assert ratings(client) == []
    assert len(ratings(client, "bob")) == 1
    assert client.delete("/v1/users/anna").json() == {"erased": 0}


@pytest.mark.parametrize("rating", [0.4, 5.5, -1, 1e300])
def test_a_rating_off_the_scale_is_refused_in_the_bundles_words(client, rating):
    error = put(client, rating=rating, status=422)["error"]
    assert "expected 0.5 to 5" in error["message"]
    assert error["hint"]
    assert ratings(client) == []


@pytest.mark.parametrize(
    "body", [{"rating": "4"}, {"rating": True}, {"rating": None}, {}, {"rating": 4, "x": 1}, [], 4]
)
def test_a_body_that_is_no_rating(client, body):
    answer = client.put("/v1/users/anna/ratings/1", json=body)
    assert answer.status_code == 422
    assert ratings(client) == []


def test_numbers_that_are_none(client):
    for text in ("NaN", "Infinity", "-Infinity", "1e999"):
        headers = {"content-type": "application/json"}
        answer = client.put("/v1/users/anna/ratings/1", content=f'{{"rating": {text}}}', headers=headers)
        assert answer.status_code in {400, 422}, answer.text
    assert ratings(client) == []


@pytest.mark.parametrize("item", ["99999", "a%2Fb", "a/b/c", "..%2F..%2Fetc", "%3Cb%3E", "1'%20OR%201=1", "x" * 400])
def test_an_item_that_the_model_does_not_know_is_not_stored(client, item):
    error = put(client, item, status=404)["error"]
    assert error["message"].startswith("the model knows no item ")
    assert "GET /v1/items?q=" in error["hint"]
    assert ratings(client) == []


@pytest.mark.parametrize("user", ["an%20na", "x" * 129, "%3Cb%3E", "a%2Cb", "';--", "a%5Cb"])
def test_a_user_id_of_another_form_is_refused(client, url, user):
    for method, path in (("PUT", f"{user}/ratings/1"), ("GET", f"{user}/ratings"), ("DELETE", user)):
        body = {"json": {"rating": 4}} if method == "PUT" else {}
        answer = client.request(method, f"/v1/users/{path}", **body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["fields"][0]["path"] == "user"
    with Store(url) as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one() == 0


@pytest.mark.parametrize("user", ["anna", "日本", "a.b@c:d+e=f~g-h_i", "7", "x" * 128])
def test_user_ids_that_are_taken(client, user):
    put(client, user=user)
    assert len(ratings(client, user)) == 1


def test_what_the_model_does_not_know_is_shown_and_can_be_taken_away(client, url):
    with Store(url) as store:
        store.put("anna", "an old/film", 4)
    assert ratings(client) == [
        {
            "item": "an old/film",
            "title": None,
            "rating": 4,
            "known": False,
            "updated_at": ratings(client)[0]["updated_at"],
        }
    ]
    listed = client.post("/v1/recommendations", json={"user": "anna"}).json()
    assert listed["ignored"] == ["an old/film"]
    assert client.delete("/v1/users/anna/ratings/an%20old%2Ffilm").status_code == 204
    assert ratings(client) == []


def test_a_service_that_only_reads(folder, url):
    with Store(url) as store:
        store.put("anna", 1, 4)
    with client_of(folder, store=url, read_only=True) as client:
        assert len(ratings(client)) == 1
        for method, path in (("PUT", "/ratings/1"), ("DELETE", "/ratings/1"), ("DELETE", "")):
            body = {"json": {"rating": 4}} if method == "PUT" else {}
            answer = client.request(method, f"/v1/users/anna{path}", **body)
            assert (answer.status_code, answer.json()["error"]["message"]) == (403, "this service is read-only")
        assert len(ratings(client)) == 1


def test_a_service_that_only_reads_needs_no_store(folder, tmp_path):
    with client_of(folder, store=f"sqlite:///{tmp_path / 'none.db'}", read_only=True) as client:
        answer = client.get("/v1/users/anna/ratings")
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "there is no store of ratings here")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_fails_is_not_the_clients_fault(client, monkeypatch):
    store = client.app.state.store
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE users")
    error = put(client, status=503)["error"]
    assert error["message"].startswith("the store sqlite:///")
    assert "Traceback" not in str(error)


@pytest.mark.parametrize("path", ["a%0a/ratings/1", "a%00/ratings/1", "anna/ratings/%00"])
def test_control_characters_do_not_come_so_far(client, path):
    answer = client.put(f"/v1/users/{path}", json={"rating": 4})
    assert 400 <= answer.status_code < 500
    with client.app.state.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one() == 0
