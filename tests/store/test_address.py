"""Addresses of stores: what is understood, what is refused, and that no password is ever shown."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.errors import InputError
from foretaste.serve.settings import STORE as SERVED
from foretaste.store.address import STORE, is_address, read_address, safe_url, safe_word

SECRET = "hush%40hush"


def test_a_file_of_sqlite():
    found = read_address("sqlite:///data/my ratings.db")
    assert (found.kind, found.path, found.label) == ("sqlite", Path("data/my ratings.db"), "my ratings.db")
    assert found.shown == "sqlite:///data/my ratings.db"
    assert read_address("sqlite:////srv/r.db").path == Path("/srv/r.db")


@pytest.mark.parametrize(
    ("text", "shown", "label"),
    [
        (f"postgresql://anna:{SECRET}@host:5432/ratings?sslmode=require", "anna:***@host:5432/ratings", "ratings"),
        (f"postgres://anna:{SECRET}@host/r", "anna:***@host/r", "r"),
        ("postgresql+psycopg://anna@host/r", "anna@host/r", "r"),
        ("postgresql://host/r", "host/r", "r"),
        ("postgresql:///r?host=/run/postgresql", "/r", "r"),
        (f"postgresql://anna:{SECRET}@[::1]:5432/r", "anna:***@[::1]:5432/r", "r"),
        ("postgresql://one:1,two:2/r", "one:1,two:2/r", "r"),
        ("postgresql://host/", "host/", "postgresql"),
    ],
)
def test_an_address_of_postgresql_is_shown_without_password_and_options(text, shown, label):
    found = read_address(text)
    assert (found.kind, found.path) == ("postgresql", None)
    assert found.shown == safe_url(text) == f"postgresql://{shown}"
    assert found.label == label
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://anna:hush@hush@host/r",  # which @ ends the password?
        "postgresql://anna:hu/hush@host/r",
        "postgresql://anna:hu?hush@host/r",
        "postgresql://anna:hu#hush@host/r",
        "postgresql://anna:hush/r",  # no host
        "postgresql://host/r?user=anna@hush",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_not_shown(text):
    with pytest.raises(InputError, match="the address of PostgreSQL cannot be read, expected sqlite") as caught:
        read_address(text)
    assert "hush" not in str(caught.value)
    assert "write %40 for @" in str(caught.value)
    assert safe_url(text) == "postgresql://***"


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///", "sqlite:///r.db?mode=ro", "sqlite:r.db"])
def test_sqlite_needs_a_file(text):
    with pytest.raises(InputError, match="names no file of SQLite"):
        read_address(text)


@pytest.mark.parametrize("text", ["mysql://anna:hush@host/r", "ratings.csv", "", "http://host/r"])
def test_anything_else_is_no_store(text):
    with pytest.raises(InputError, match="is no store of ratings, expected sqlite:///FILE or postgresql://") as caught:
        read_address(text)
    assert "hush" not in str(caught.value)


@given(password=st.text(min_size=4, max_size=12).filter(lambda text: "***" not in text and not text.isdigit()))
def test_no_password_is_shown_whatever_stands_in_it(password):
    secret = f"zq{password}zq"
    text = f"postgresql://anna:{secret}@host/r"
    shown = safe_url(text) + safe_word(f"--store={text}")
    assert secret not in shown
    assert "zq" not in shown or re.search(r"\s", password)  # a word of a command line has no blank


def test_words_of_a_command_line():
    words = ["train", "--store=postgresql://anna:hush@host/r", "postgresql://anna:hush@host/r", "--set", "a=1"]
    assert [safe_word(word) for word in words] == [
        "train", "--store=postgresql://anna:***@host/r", "postgresql://anna:***@host/r", "--set", "a=1",
    ]  # fmt: skip


def test_what_is_an_address_and_what_is_a_path():
    assert all(map(is_address, ("sqlite:///r.db", "postgresql://h/r", "mysql://h/r")))
    assert not any(map(is_address, ("ratings.csv", "./a:b", "ml-1m", "C:/ratings.csv", "")))


def test_serving_and_importing_keep_ratings_in_one_place():
    assert STORE == SERVED
    assert is_address(STORE)
