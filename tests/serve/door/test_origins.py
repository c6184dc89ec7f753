"""Which names a service answers to, and which pages may speak to it."""

from pathlib import Path

import pytest

from foretaste.serve.door.origins import Names, check_origin
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused

HERE = [
    "localhost",
    "LOCALHOST:8000",
    "films.localhost",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.9.9.9",
    "[::1]:8000",
]
ELSEWHERE = [
    "evil.example",
    "192.0.2.1:8000",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "[2001:db8::1]",
    "0.0.0.0",
    "notlocalhost",
]
NOT_HOSTS = [None, "", "a b", "a:b", "a/b", "user@localhost", "[::1", "a:123456", "localhost\x00", "é:é", "::1"]


def names_of(**settings):
    return Names.of(Settings(bundle=Path("films"), **settings))


def status(names, host, version="1.1"):
    try:
        names.check(host, version)
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_only_names_of_this_machine(host):
    names = names_of(host=host)
    assert {status(names, text) for text in HERE} == {200}
    assert {status(names, text) for text in ELSEWHERE} == {421}


def test_elsewhere_any_name_unless_they_are_told():
    assert {status(names_of(host="0.0.0.0", read_only=True), text) for text in HERE + ELSEWHERE} == {200}
    told = names_of(host="0.0.0.0", read_only=True, names=("Films.example.org",))
    assert {status(told, text) for text in [*HERE, "films.example.org", "FILMS.example.org:443"]} == {200}
    assert {status(told, text) for text in ELSEWHERE} == {421}


def test_a_proxy_on_this_machine_may_keep_a_public_name():
    names = names_of(names=("films.example.org",))
    assert status(names, "films.example.org") == 200
    assert status(names, "evil.example") == 421


@pytest.mark.parametrize("host", NOT_HOSTS)
def test_what_is_no_host_is_refused_everywhere(host):
    assert status(names_of(), host) == status(names_of(host="0.0.0.0", read_only=True), host) == 400


def test_http_of_1996_needs_none():
    assert status(names_of(), None, "1.0") == 200


def test_the_words():
    with pytest.raises(Refused, match=r"does not answer to 'evil\.example', expected localhost") as refused:
        names_of().check("evil.example")
    assert "--public-name" in refused.value.hint
    with pytest.raises(Refused, match="the Host header is 'a b', expected a name"):
        names_of().check("a b")


@pytest.mark.parametrize(
    ("origin", "host", "site"),
    [
        (None, "localhost:8000", ""),
        (None, "localhost:8000", "same-origin"),
        (None, "localhost:8000", "none"),
        ("http://localhost:8000", "localhost:8000", "same-origin"),
        ("https://films.example.org", "films.example.org", ""),
        ("https://Films.example.org", "films.example.ORG:443", ""),
        ("http://127.0.0.1", "127.0.0.1:80", ""),
        ("http://[::1]:8000", "[::1]:8000", ""),
    ],
)
def test_own_pages_and_programs_may_write(origin, host, site):
    check_origin(origin, host, site)


@pytest.mark.parametrize(
    ("origin", "host", "site"),
    [
        ("https://evil.example", "localhost:8000", "cross-site"),
        ("http://localhost:3000", "localhost:8000", "same-site"),
        ("http://localhost", "localhost:8000", ""),
        ("http://localhost:443", "localhost", ""),
        ("null", "localhost:8000", ""),
        ("", "localhost:8000", ""),
        ("file://", "", ""),
        ("ftp://localhost:8000", "localhost:8000", ""),
        ("http://localhost:8000.evil.example", "localhost:8000", ""),
        (None, "localhost:8000", "cross-site"),
        (None, "localhost:8000", "same-site"),
    ],
)
def test_pages_of_other_sites_may_not(origin, host, site):
    with pytest.raises(Refused, match="a page of another site sends this") as refused:
        check_origin(origin, host, site)
    assert refused.value.status == 403
