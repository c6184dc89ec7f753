"""JSON in the strict sense: what is taken, and what is refused in which words."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.serve.door import strict as module
from foretaste.serve.door.strict import DEEPEST, MOST_FIELDS
from foretaste.serve.wire.problems import Refused

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
MOST = 1_000_000
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def check_json(body, most=MOST):
    return module.read_json(body, most)


@given(values, texts, st.booleans())
def test_what_json_writes_is_taken(value, text, ascii_only):
    deep = json.dumps(value).count("[") + json.dumps(value).count("{")
    if deep < DEEPEST - 2:
        body = json.dumps({"a": [value, text], text: 1}, ensure_ascii=ascii_only).encode()
        assert check_json(body) == json.loads(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1, column 1: Expecting value"),
        (b'{"a": 1,\n "b": }', "line 2, column 7: Expecting value"),
        (b"{'a': 1}", "column 2: Expecting property name"),
        (b'{"a": 1} {}', "column 10: Extra data"),
        (b'{"a": "\x01"}', "Invalid control character"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        (b'{"a": "\xff"}', "not UTF-8: byte 8 is wrong"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8: byte 8 is wrong"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8: byte 1 is wrong"),
        ('{"a": 1}'.encode("utf-16-le"), "is not JSON"),
        (b'{"a": NaN}', "NaN is not a number in JSON"),
        (b"[Infinity]", "Infinity is not a number in JSON"),
        (b"[-Infinity]", "-Infinity is not a number in JSON"),
        (b"[1e999]", "1e999 is too large"),
        (b"[-1e999]", "-1e999 is too large"),
        (b"[" + b"1" * 5_000 + b"]", "a number has 5,000 characters, expected 40 at most"),
        (b"[1." + b"1" * 5_000 + b"]", "a number has 5,002 characters"),
        (b"[1" + b"0" * 309 + b"e0]", "a number has 312 characters"),
        (b"[1e" + b"0" * 30 + b"999]", "is too large for a number"),
        (b'{"a": 1, "b": 2, "a": 3}', "the field 'a' stands twice"),
        (b'{"a": "one:two", "b": 2, "a": "::"}', "the field 'a' stands twice"),
        (b'[{"x": {"\\u0061": 1, "a": 3}}]', "the field 'a' stands twice"),
        (b'["\\ud800"]', r"half of a surrogate pair: '\ud800'"),
        (b'["\\udC00\\ud800"]', "half of a surrogate pair"),
        (b'{"\\ud800": 1}', "half of a surrogate pair"),
        (b'{"a": ["ok", {"b": "x\\u0000y"}]}', r"a control character: 'x\x00y'"),
        (b'["\\b"]', "a control character"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"deeper than {DEEPEST} levels"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), f"deeper than {DEEPEST} levels"),
        (
            b"{" + b",".join(b'"%d": 1' % n for n in range(MOST_FIELDS + 1)) + b"}",
            "an object has 51 fields, expected 50",
        ),
        (b'[[{"a": 1}, {' + b",".join(b'"%d": 1' % n for n in range(900)) + b"}]]", "an object has 900 fields"),
        (b"[" * 500_000, f"deeper than {DEEPEST} levels"),
        (b'{"a":' * 100_000, f"deeper than {DEEPEST} levels"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_not_json_is_refused_in_words(body, words):
    with pytest.raises(Refused) as caught:
        check_json(body)
    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.status == (422 if "a text holds" in caught.value.message else 400)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEPEST + b"]" * DEEPEST,
        b'["\\ud83c\\udfac", "\\u0041", "\\\\ud800", "a\\nb\\tc", "\\\\b"]',
        b' {"a": 1}\n',
        b"3",
        '["\u202egpj.exe", "é"]'.encode(),
        b'{"a:b": ":", "c": ["::", {"d": "\\u003a"}]}',
        b'[1e100, 1e-999, 1E+2, "' + b"1" * 400 + b'", "e9999"]',
    ],
)
def test_what_looks_odd_and_is_not(body):
    check_json(body)


def test_the_largest_body_is_checked_in_a_moment():
    ratings = [{"item": n, "rating": 4.5} for n in range(30_000)]
    body = json.dumps({"ratings": ratings}).encode()
    started = time.perf_counter()
    json.loads(body)
    plain = time.perf_counter() - started
    started = time.perf_counter()
    check_json(body)
    assert time.perf_counter() - started < 20 * plain + 0.5


def size(value):
    """Return how many values there are in a value, itself among them."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(size, inside))


@given(values, texts.filter(lambda text: text not in {"a", "b"}))
def test_values_are_counted_before_any_is_read(value, text):
    body = {"a": [value, text], "b": [[], {}, ',[{",\\'], text: 1}
    found, empty = size(body), json.dumps(body).count("[]") + json.dumps(body).count("{}")
    if json.dumps(value).count("[") + json.dumps(value).count("{") < DEEPEST - 2:
        check_json(json.dumps(body).encode(), found + empty)
    with pytest.raises(Refused, match=r"the body holds [0-9,]+ values, expected [0-9,]+ at most") as caught:
        check_json(json.dumps(body).encode(), found - 1)
    assert caught.value.status == 413


MANY = {
    "numbers": b'{"ratings": [' + b"0," * 490_000 + b"0]}",
    "nulls": b'{"items": [' + b"null," * 190_000 + b"null]}",
    "objects": b'{"ratings": [' + b"{}," * 320_000 + b"{}]}",
    "lists": b"[" + b"[]," * 320_000 + b"[]]",
    "fields": b"{" + b",".join(b'"a%d":1' % n for n in range(70_000)) + b"}",
    "depth": b"[" * 900_000,
    "after a text": b'{"a": "' + b'\\"' * 200_000 + b'", "b": [' + b"0," * 200_000 + b"0]}",
}
TEXTS = {
    "commas": b'"' + b"," * 900_000 + b'"',
    "escaped quotes": b'"' + b'\\",' * 300_000 + b'"',
    "short texts": b"[" + b",".join([b'",[{"'] * 400) + b"]",
}
BROKEN = {
    "a text that does not end": b'["' + b"," * 900_000,
    "an escaped one": b'"' + b'\\",' * 300_000,
    "quotes": b'"' * 900_000 + b"," * 90_000,
    "a last backslash": b'"' + b"," * 90_000 + b"\\",
}


@pytest.mark.parametrize("body", MANY.values(), ids=MANY)
def test_too_many_values_are_refused_unread(body, monkeypatch):
    for name in ("_QUICK", "_CAREFUL"):
        monkeypatch.setattr(module, name, None)
    with pytest.raises(Refused, match="values, expected 9,000 at most") as caught:
        check_json(body, 9_000)
    assert (caught.value.status, caught.value.hint) == (413, "ask in several requests, or send the newest ratings only")


@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS)
def test_commas_in_texts_are_no_values(body):
    check_json(body, 500)


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_looked_through_once(body):
    started = time.perf_counter()
    with pytest.raises(Refused) as caught:
        check_json(body, 500)
    assert caught.value.status in {400, 413}
    assert time.perf_counter() - started < 5, "seen again from each quote it would take hours"
