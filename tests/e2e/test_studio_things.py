"""Whatever a catalogue holds and however it is rated: the page calls it by its name, and has room for every scale."""

import re

import pytest

from tests.e2e.studio import WIDE, check_quiet, films, rate, ready, serving, watch

pytestmark = pytest.mark.slow
SAID = """() => [document.body.innerText, ...[...document.querySelectorAll("[aria-label], [placeholder], [title]")]
  .flatMap(one => ["aria-label", "placeholder", "title"].map(name => one.getAttribute(name)))].filter(Boolean)"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("things"), films())
    yield made
    made.stop()


def test_a_shop_of_albums_speaks_of_albums_everywhere(browser, service):
    page = watch(browser.new_context(viewport={"width": WIDE, "height": 900}).new_page())

    def renamed(route):
        told = route.fetch().json() | {"things": {"one": "album", "many": "albums"}, "name": "shop"}
        route.fulfill(json=told)

    page.route("**/v1/model*", renamed)
    page.goto(service.url)
    ready(page)
    rate(page, 0, 0.99)
    page.locator("#list .open").first.click()
    page.wait_for_selector(".similar li")
    page.fill("#search-input", "zzzzqqqq xxxx")
    page.wait_for_selector(".found-none")
    for view in ("for-you", "map", "compare", "model"):
        page.evaluate("name => { location.hash = name }", view)
        page.wait_for_selector(f"body[data-view={view}]")
        if view == "map":
            page.wait_for_selector("#map-genres .chip")
        said = page.evaluate(SAID)
        assert [words for words in said if re.search(r"\bfilms?\b", words, re.IGNORECASE)] == [], view
        assert any("album" in words for words in said)
    assert "No album is called" in page.locator("#search-list").text_content()
    assert page.get_by_label("Find an album and rate it").count() == 1
    check_quiet(page, service)
    page.context.close()
