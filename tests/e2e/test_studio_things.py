"""Whatever a catalogue holds and however it is rated: the page calls it by its name, and has room for every scale."""

import dataclasses
import re

import pytest

from tests.e2e.studio import PHONE, WIDE, check_quiet, films, kept, open_studio, rate, ready, serving, settled, watch

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
        told = route.fetch().json() | {"things": {"one": "album", "many": "albums"}}
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
        said = [re.sub(r"(Name\s+|\()films\b", "", words) for words in page.evaluate(SAID)]  # the name of the bundle
        assert [words for words in said if re.search(r"\bfilms?\b", words, re.IGNORECASE)] == [], view
        assert any("album" in words for words in said)
    assert "No album is called" in page.locator("#search-list").text_content()
    assert page.get_by_label("Find an album and rate it").count() == 1
    check_quiet(page, service)
    page.context.close()


OUTSIDE = """() => [...document.querySelectorAll("film-rating, film-rating *")].filter(one => one.checkVisibility())
  .filter(one => {
    const own = one.getBoundingClientRect(), place = one.closest("li, #search-picked, #map-card").getBoundingClientRect();
    return own.left < place.left - 1 || own.right > place.right + 1;
  }).map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scale", [(1.0, 10.0), (0.0, 100.0)])
def test_every_scale_has_room_on_a_phone_and_all_of_it_can_be_given(browser, tmp_path, scale):
    service = serving(tmp_path, dataclasses.replace(films(), scale=scale, calibration=None))
    try:
        page = open_studio(browser, service, PHONE, has_touch=True, is_mobile=True)
        stars = page.locator("#shelf .stars").first
        if scale[1] == 10:
            for value, (x, y) in {3: (0.55, 0.25), 8: (0.55, 0.75), 10: (0.97, 0.75), 6: (0.1, 0.75)}.items():
                box = stars.bounding_box()
                stars.tap(position={"x": x * box["width"], "y": y * box["height"]})
                assert list(kept(page).values()) == [value]
            assert stars.get_attribute("aria-valuetext") == "6 of 10 stars"
        else:
            page.locator("#shelf input[type=range]").first.press("End")
            assert list(kept(page).values()) == [100]
        settled(page)
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        check_quiet(page, service)
        page.context.close()
    finally:
        service.stop()
