"""What is in sight while films are rated: the list, or its top at the foot of narrow screens; and what changes glows."""

import pytest

from tests.e2e.studio import PHONE, ROWS, films, open_studio, rate, serving, settled, titles, wait

pytestmark = pytest.mark.slow
LINES = """() => [...document.querySelectorAll("#list > li")].filter(one => {
  const box = one.getBoundingClientRect(), middle = box.top + 30;
  const on = document.elementFromPoint(box.left + box.width / 2, middle);
  return middle > 0 && middle < innerHeight && on !== null && one.contains(on);
}).length"""
"""How many lines of the list begin on the screen, with nothing over them."""
GLOWS = """() => {
  window.lit = new Set();
  const old = Element.prototype.animate;
  Element.prototype.animate = function (frames, ...more) {
    if (frames[0].backgroundColor) window.lit.add(this);
    return old.call(this, frames, ...more);
  };
}"""
WRONG = """() => [...document.querySelectorAll("#list > li")].filter(one =>
  window.lit.has(one) !== (one.querySelector(".move").textContent !== "")).map(one => one.innerText)"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("sight"), films())
    yield made
    made.stop()


def opened(browser, service, width, height, **options):
    phone = {"has_touch": True, "is_mobile": True} if width <= PHONE else {}
    return open_studio(browser, service, width, viewport={"width": width, "height": height}, **phone, **options)


@pytest.mark.parametrize(
    ("width", "height", "least"), [(1366, 768, 4), (1920, 1000, 5), (768, 768, 2), (PHONE, 780, 1)]
)
def test_the_list_is_in_sight_from_the_first_second_to_the_third_star(browser, service, width, height, least):
    page = opened(browser, service, width, height)
    assert page.evaluate(LINES) >= least
    for place, share in enumerate((0.99, 0.2, 0.7)):
        rate(page, place, share)
        assert page.evaluate("scrollY") == 0
        assert page.evaluate(LINES) >= least
    assert page.locator("#glance").is_hidden()
    page.context.close()


@pytest.mark.parametrize(("width", "shown"), [(PHONE, 1), (768, 3), (1366, 0)])
def test_the_top_of_the_list_stands_at_the_foot_of_a_narrow_screen_that_is_elsewhere(browser, service, width, shown):
    page = opened(browser, service, width, 780)
    rate(page, 0, 0.99)
    page.locator("#mine-clear").scroll_into_view_if_needed()
    wait(page, "() => !document.querySelector('#glance').hidden")
    films_ = page.locator(".glance-film:visible")
    assert films_.count() == shown
    if shown:
        rate(page, 0, 0.1, "#mine-list")
        assert films_.first.locator(".glance-title").inner_text() == titles(page)[0]
        assert films_.first.locator(".number").inner_text() == page.locator(f"{ROWS} .number").first.inner_text()
        page.locator("#glance").click()
        wait(page, "() => document.querySelector('#glance').hidden")
        assert page.evaluate("document.activeElement.closest('#list > li') !== null")
    page.context.close()


def test_lines_that_moved_or_came_glow_and_no_others(browser, service):
    page = opened(browser, service, 1366, 768, reduced_motion="no-preference")
    for place, share in enumerate((0.99, 0.1, 0.8)):
        page.evaluate(GLOWS)
        rate(page, place, share)
        assert page.evaluate("window.lit.size") > 0
        assert page.evaluate(WRONG) == []
    page.context.close()


def test_what_tunes_the_list_is_folded_away_on_a_phone_and_one_tap_opens_it(browser, service):
    page = opened(browser, service, PHONE, 780)
    assert page.locator("#wishes").is_hidden()
    page.locator("#tune").tap()
    assert page.locator("#adventure").is_visible()
    assert page.locator("#tune").get_attribute("aria-expanded") == "true"
    page.locator("#sure").check()
    settled(page)
    page.locator("#tune").tap()
    assert page.locator("#wishes").is_hidden()
    assert page.locator("#tune").get_attribute("data-set") == "true"
    page.context.close()
