"""What is said of values that do not fit: ours, with the value and the bound, for everything that can be asked anywhere."""

import pytest
from fastapi.exceptions import RequestValidationError

from foretaste.serve.wire import problems
from foretaste.serve.wire.wording import EXPECTED, MOST, sentence, shown, told
from tests.serving import client_of, saved

ODD = [None, True, 1, 1.5, -1, 10**30, 1e300, "", "x", "a b", "x" * 600, [], [None], [1.5], ["x" * 600], ["a"] * 1_200, {},
       {"x": 1}]  # fmt: skip
"""Values of every kind, some of which do not fit wherever they are put."""
OF_VALIDATION = ("Input", "should", "valid ", "String", "List", "dictionary", "instance", "permitted", "Field required")
"""Words of its own sentences."""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("wording") / "films")) as client:
        yield client


def refused(client, **asked):
    answer = client.request(**asked)
    return answer.json()["error"] if answer.status_code == 422 else None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"k": 0}, "k is 0, expected 1 or more"),
        ({"k": "ten"}, 'k is "ten", expected a whole number'),
        ({"k": 1.5}, "k is 1.5, expected a whole number"),
        ({"level": 2}, "level is 2, expected 0.99 at most"),
        ({"adventure": None}, "adventure is null, expected a number"),
        ({"explain": "yes"}, 'explain is "yes", expected true or false'),
        ({"genres": "Comedy"}, 'genres is "Comedy", expected a list'),
        ({"genres": [3]}, "genres.0 is 3, expected text"),
        ({"genres": ["x"] * 101}, "genres has 101 entries, expected 100 at most"),
        ({"years": 1990}, "years is 1990, expected an object, as in {...}"),
        ({"years": {"from": -1}}, "years.from is -1, expected 0 or more"),
        ({"model": ""}, "model has 0 characters, expected 1 or more"),
        ({"visitor": "v" * 200}, "visitor has 200 characters, expected 128 at most"),
        ({"ratings": [{"item": 1}]}, "ratings.0.rating is missing"),
        ({"ratings": [{"item": [], "rating": 3}]}, "ratings.0.item is a list, expected a whole number or text"),
        ({"ratings": [{"item": 2**70, "rating": 3}]}, f"ratings.0.item is {2**70}, expected {2**63 - 1:,} at most"),
        ({"ratings": [{"item": "x" * 600, "rating": 3}]}, "ratings.0.item has 600 characters, expected 512 at most"),
        ({"user": "a b"}, 'user is "a b", expected 1 to 128 letters, digits and signs out of _ . @ : + = ~ -'),
        ({"kk": 1}, 'kk: there is no field "kk"; did you mean "k"?'),
        ([], "the request is a list, expected an object, as in {...}"),
    ],
)  # fmt: skip
def test_a_body(client, body, words):
    error = refused(client, method="POST", url="/v1/recommendations", json=body)
    assert error["message"] == words
    assert sentence(error["fields"][0]) == error["message"]


@pytest.mark.parametrize(
    ("method", "url", "words"),
    [
        ("GET", "/v1/items?limit=many", 'limit is "many", expected a whole number'),
        ("GET", "/v1/items?limit=0", 'limit is "0", expected 1 or more'),
        ("GET", "/v1/items?spread=perhaps", 'spread is "perhaps", expected true or false'),
        ("GET", f"/v1/items?limit={'9' * 5_000}"[:4_000], "limit is"),
        ("GET", f"/v1/items?q={'x' * 300}", "q has 300 characters, expected 200 at most"),
        ("GET", "/v1/users/a%20b/ratings", 'user is "a b", expected 1 to 128 letters'),
        ("PUT", "/v1/users/anna/ratings/1", "the request is missing"),
    ],
)
def test_an_address(client, method, url, words):
    assert refused(client, method=method, url=url)["message"].startswith(words)


def asked_everywhere(described):
    """Yield every body, every field of one, and every parameter of an address, with every odd value."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            url = path.replace("{user}", "anna").replace("{item}", "1")
            body = operation.get("requestBody")
            if body is not None:
                name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                fields = described["components"]["schemas"][name]["properties"]
                for odd in ODD:
                    yield method, url, {"json": odd}
                    yield method, url, {"json": dict.fromkeys(fields, odd)}
            for given in operation.get("parameters", ()):
                if given["in"] == "query":
                    yield from ((method, url, {"params": {given["name"]: str(odd)}}) for odd in ODD)
                else:
                    filled = path.replace(f"{{{given['name']}}}", "%20" + "x" * 600)
                    yield method, filled.replace("{user}", "anna").replace("{item}", "1"), {}


def test_nothing_that_can_be_asked_is_answered_in_words_of_validation(client, monkeypatch):
    kinds = set()

    def spied(errors, route):
        kinds.update(error["type"] for error in errors)
        return told(errors, route)

    monkeypatch.setattr(problems, "told", spied)
    said = set()
    for method, url, asked in asked_everywhere(client.get("/openapi.json").json()):
        error = refused(client, method=method.upper(), url=url, **asked)
        said |= set() if error is None else {error["message"], *(field["message"] for field in error["fields"])}
    assert kinds <= EXPECTED.keys() | {"missing", "extra_forbidden"}
    assert len(kinds) >= 14, kinds
    assert len(said) > 100
    assert not [words for words in said if any(own in words for own in OF_VALIDATION)]
    assert not [words for words in said if "openapi.json" in words or "what fits" in words], (
        "all have words of their own"
    )


def test_what_nobody_has_thought_of_is_still_told_in_our_words():
    (field,) = told(
        [{"type": "date_type", "loc": ("body", "when"), "input": object, "msg": "Input should be a date"}], None
    )
    assert field["path"] == "when"
    assert field["message"].endswith("expected what /openapi.json describes")
    (field,) = told([{"type": "string_pattern_mismatch", "loc": (), "input": "b", "ctx": {"pattern": "^a$"}}], None)
    assert sentence(field) == 'the request is "b", expected what fits ^a$'


def test_long_values_are_cut_and_only_so_many_places_are_told():
    assert shown("x" * 500) == '"' + "x" * 59 + "..."
    assert shown("half \ud800") == '"half ?"'
    errors = [{"type": "int_type", "loc": ("body", n), "input": "a"} for n in range(50)]
    assert len(told(errors, None)) == MOST


def test_what_is_not_json_says_so():
    raised = RequestValidationError([{"type": "json_invalid", "loc": ("body", 0), "input": {}, "ctx": {"error": "x"}}])
    assert told(raised.errors(), None)[0]["message"] == "the body is not JSON: x"
    assert "ends too early" in told([{"type": "json_invalid", "loc": ("body", 0), "input": {}}], None)[0]["message"]
