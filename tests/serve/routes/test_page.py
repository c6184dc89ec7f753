"""The studio's files over HTTP: each under its own name, nothing else, cached honestly, and all of them in the wheel."""

import re
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from foretaste.serve.routes.page import ASKED, KEPT, TYPES, packed_files, page_version
from tests.serving import client_of, saved

PAGE = files("foretaste.serve").joinpath("page")
TRICKS = [
    ".%2e/routes_page.py",
    "..%2froutes_page.py",
    "%2e%2e/%2e%2e/bundle.py",
    "js/%2e%2e/index.html",
    "js/%2e%2e/%2e%2e/routes_page.py",
    "/etc/passwd",
    "//etc/passwd",
    "js%00main.js",
    "..\\routes_page.py",
    "js",
    "js/",
    "",
    "JS/main.js",
    "a" * 5_000,
    "<script>alert(1)</script>",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("page") / "films")) as client:
        yield client


class Outline(HTMLParser):
    """What an HTML file loads, and what the policy of the service would not let it do."""

    def __init__(self):
        super().__init__()
        self.loads, self.inline, self.ids, self.wanted = [], [], [], []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        if tag == "link":
            self.loads.append(own["href"])
        elif tag == "script":
            self.loads.append(own.get("src"))
        if tag == "style" or "style" in own or any(name.startswith("on") for name in own):
            self.inline.append((tag, own))
        self.ids += [own["id"]] if "id" in own else []
        self.wanted += [own[name] for name in ("aria-labelledby", "aria-controls", "for") if name in own]


def outline():
    made = Outline()
    made.feed(PAGE.joinpath("index.html").read_text(encoding="utf-8"))
    return made


def scripts():
    return {path.name: path.read_text(encoding="utf-8") for path in PAGE.joinpath("js").iterdir()}


def test_the_page_is_served_at_the_root(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    plain = PAGE.joinpath("index.html").read_text(encoding="utf-8")
    assert answer.text == plain.replace('"page/', f'"page/{page_version()}/')
    assert answer.headers["cache-control"] == ASKED
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_every_file_is_served_as_it_is_with_its_type(client):
    names = packed_files()
    assert {"index.html", "icon.svg", "js/main.js", "css/tokens.css"} <= names.keys()
    kinds = {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
    }
    for name in names:
        answer = client.get(f"/page/{name}")
        assert answer.status_code == 200, name
        assert answer.content == PAGE.joinpath(*name.split("/")).read_bytes()
        assert answer.headers["content-type"] == kinds.get(name.rpartition(".")[2], "image/svg+xml")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == ASKED
        assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()[:32]}"'


def test_what_the_page_loads_is_kept_for_good_since_its_address_changes_with_it(client):
    made = Outline()
    made.feed(client.get("/").text)
    assert len(made.loads) > 40
    for load in made.loads:
        answer = client.get(f"/{load}")
        assert load.startswith(f"page/{page_version()}/")
        assert answer.headers["cache-control"] == KEPT
        assert answer.content == packed_files()[load.removeprefix(f"page/{page_version()}/")].body
    assert client.get("/page/0123456789abcdef/js/main.js").status_code == 404


def test_nothing_lies_in_the_folder_that_is_not_served():
    def walk(folder, prefix=""):
        for entry in folder.iterdir():
            if entry.is_dir():
                yield from walk(entry, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name

    assert set(walk(PAGE)) == set(packed_files())
    assert {f".{name.rpartition('.')[2]}" for name in packed_files()} == set(TYPES)


@pytest.mark.parametrize("name", TRICKS)
def test_a_name_that_is_no_file_of_the_page_is_refused_in_words(client, name):
    answer = client.get(f"/page/{name}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["message"]
    assert len(answer.text) < 1_000
    assert "router" not in answer.text


def test_the_refusal_says_what_was_asked_for(client):
    answer = client.get("/page/posters.js")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "the page has no file 'posters.js'"


def test_a_copy_that_is_still_the_same_is_not_sent_again(client):
    tag = client.get("/page/js/main.js").headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = client.get("/page/js/main.js", headers={"if-none-match": known})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == tag
    assert client.get("/page/js/main.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_head_says_what_get_would(client):
    for path in ("/", "/page/icon.svg"):
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(got.content))
        assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_page_is_only_read(client, method):
    assert getattr(client, method)("/page/js/main.js").status_code == 405


def test_the_page_is_no_part_of_the_described_api(client):
    assert [path for path in client.get("/openapi.json").json()["paths"] if not path.startswith(("/v1/", "/"))] == []
    assert not {"/", "/page/{name}"} & client.get("/openapi.json").json()["paths"].keys()


def test_the_page_loads_only_its_own_files_and_needs_nothing_inline():
    made = outline()
    assert made.inline == []
    assert all(load.startswith("page/") for load in made.loads)
    assert {load.removeprefix("page/") for load in made.loads} <= packed_files().keys()


def test_every_module_is_named_ahead_so_that_none_waits_for_another():
    ahead = {load.removeprefix("page/") for load in outline().loads}
    assert {name for name in packed_files() if name.endswith((".js", ".css"))} <= ahead


def test_ids_are_there_once_and_what_refers_to_one_finds_it():
    made = outline()
    assert len(made.ids) == len(set(made.ids))
    assert set(made.wanted) <= set(made.ids)
    asked = {name for text in scripts().values() for name in re.findall(r'one\("#([\w-]+)"', text)}
    assert asked <= set(made.ids)


def test_modules_import_what_is_there_and_each_is_small():
    sources = scripts()
    for name, text in sources.items():
        assert text.startswith("// "), f"{name} opens with words"
        assert len(text.splitlines()) <= 250
        for imported in re.findall(r'from "\./([\w-]+\.js)"', text):
            assert imported in sources
    imported = {each for text in sources.values() for each in re.findall(r'"\./([\w-]+\.js)"', text)}
    assert sources.keys() - imported == {"main.js", "theme-first.js"}


def test_no_script_makes_markup_or_code_out_of_text():
    forbidden = (
        r"(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style|javascript:"
    )
    assert [name for name, text in scripts().items() if re.search(forbidden, text)] == []


def test_nothing_of_the_page_names_another_server():
    for name, file in packed_files().items():
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", file.body.decode("utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
