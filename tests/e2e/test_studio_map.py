"""The taste map in a real browser: films stand where the service says, are named when pointed at, and rated on the spot."""

import re

import pytest

from tests.e2e.studio import PHONE, WIDE, check_quiet, films, kept, open_studio, rate, serving, settled, wait

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("map"), films())
    yield made
    made.stop()


@pytest.fixture
def mapped(browser, service):
    """Open the map, and return the page and what the service said of it."""
    pages = []

    def call(width=WIDE, **options):
        page = open_studio(browser, service, width, **options)
        pages.append(page)
        rate(page, 0, 0.99)
        with page.expect_response("**/v1/map*") as caught:
            page.locator(".views a[href='#map']").click()
        page.wait_for_selector("#map-genres .chip")
        wait(page, INKED)
        return page, caught.value.json()

    yield call
    for page in pages:
        check_quiet(page, service)
        page.context.close()


PARTS = """at => {
  const canvas = document.querySelector("#map-canvas"), box = canvas.getBoundingClientRect();
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const asked = at ? [at[0] - box.left, at[1] - box.top, 1, 1] : [0, 0, canvas.width, canvas.height];
  return [...copy.getImageData(...asked).data].slice(0, at ? 4 : Infinity);
}"""
CHANGED = f"""() => {{
  const now = ({PARTS})(null), width = document.querySelector("#map-canvas").width;
  const at = now.flatMap((part, place) => part === window.before[place] ? [] : [Math.floor(place / 4)]);
  const [x, y] = [at.map(place => place % width), at.map(place => Math.floor(place / width))];
  const ends = all => [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  return [ends(x)[0], ends(y)[0], ends(x)[1], ends(y)[1]];
}}"""
INKED = f"() => ({PARTS})(null).some(part => part)"


def pixel(page, answer, place):
    """Return where a film stands on the screen while the whole map is shown."""
    box = page.locator("#map-canvas").bounding_box()
    margin = 0.06 * min(box["width"], box["height"])
    x, y = answer["x"][place], answer["y"][place]
    return (
        box["x"] + box["width"] / 2 + (x - 0.5) * (box["width"] - 2 * margin),
        box["y"] + box["height"] / 2 + (y - 0.5) * (box["height"] - 2 * margin),
    )


def lonely(answer):
    """Return the place of the film that is furthest from all others."""
    points = list(zip(answer["x"], answer["y"], strict=True))
    return max(
        range(len(points)),
        key=lambda at: min(
            (points[at][0] - x) ** 2 + (points[at][1] - y) ** 2 for n, (x, y) in enumerate(points) if n != at
        ),
    )


def called(answer, place):
    """Return a title as it is said: without its year, the article in front."""
    return re.sub(r"^(.*), The$", r"The \1", answer["titles"][place][:-7])


def colour(page, x, y):
    """Return the colour of the map at a point of the screen."""
    return page.evaluate(PARTS, [x, y])


def test_pointing_names_a_film_and_a_click_lets_it_be_rated(mapped):
    page, answer = mapped()
    place = lonely(answer)
    x, y = pixel(page, answer, place)
    page.mouse.move(x + 3, y + 2)
    wait(page, "() => !document.querySelector('#map-tip').hidden")
    assert called(answer, place) in page.locator("#map-tip").inner_text()
    assert page.evaluate(
        """() => { const tip = document.querySelector("#map-tip").getBoundingClientRect();
        const sheet = document.querySelector("#map-canvas").getBoundingClientRect();
        return tip.left >= sheet.left && tip.right <= sheet.right; }"""
    )
    page.mouse.click(x + 3, y + 2)
    page.wait_for_selector("#map-card film-rating")
    with page.expect_response("**/v1/recommendations"):
        page.locator("#map-card .stars").press("4")
    settled(page)
    assert kept(page)[answer["items"][place]] == 4
    page.mouse.move(1, 1)
    wait(page, "() => document.querySelector('#map-tip').hidden")


def test_the_rated_film_is_a_star_where_it_stands(mapped):
    page, answer = mapped()
    (item,) = kept(page)
    x, y = pixel(page, answer, answer["items"].index(item))
    red, green, blue, ink = colour(page, x, y)
    assert ink == 255
    assert red > green > blue  # the colour of stars, and of no genre


def test_the_map_is_there_in_words_too(mapped):
    page, answer = mapped()
    listed = page.locator("#map-listed li")
    assert listed.count() == sum(1 for _ in page.locator("#list > li").all())
    assert "nearest of yours" in listed.first.inner_text()
    assert page.locator("#map-rated li").count() == 1
    assert answer["by"].rstrip(".")[1:] in page.locator("#map-note").inner_text()
    listed.nth(2).locator("button").focus()
    wait(page, "() => !document.querySelector('#map-tip').hidden")
    listed.nth(2).locator("button").press("Enter")
    assert page.locator("#map-card h2").inner_text() == listed.nth(2).locator("button").inner_text()


def test_it_is_zoomed_and_moved_by_buttons_keys_and_wheel(mapped):
    page, answer = mapped()
    place = lonely(answer)
    x, y = pixel(page, answer, place)
    before = colour(page, x, y)
    page.get_by_role("button", name="Nearer").click()
    page.get_by_role("button", name="The whole map").click()
    page.locator("#map-canvas").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    page.keyboard.press("-")
    x, y = pixel(page, answer, place)  # the page has scrolled
    wait(page, f"at => ({PARTS})(at).join() === '{','.join(map(str, before))}'", [x, y])
    page.mouse.move(x, y)
    page.mouse.wheel(0, -200)
    page.mouse.move(1, 1)
    page.mouse.move(x + 1, y)
    wait(page, "() => !document.querySelector('#map-tip').hidden")  # what is pointed at stays there
    assert called(answer, place) in page.locator("#map-tip").inner_text()


def test_pointing_changes_nothing_but_what_is_pointed_at(mapped):
    page, answer = mapped()
    for _ in range(4):  # a canvas that is read is drawn otherwise from some reading on, with other soft edges
        page.evaluate(f"() => ({PARTS})(null).length")
        page.mouse.move(*pixel(page, answer, lonely(answer)))
        wait(page, "() => !document.querySelector('#map-tip').hidden")
        page.mouse.move(1, 1)
        wait(page, "() => document.querySelector('#map-tip').hidden")
    for place in (lonely(answer), 30, 40):
        x, y = pixel(page, answer, place)
        page.evaluate(f"() => {{ window.before = ({PARTS})(null); }}")
        page.mouse.move(x, y)
        wait(page, "() => !document.querySelector('#map-tip').hidden")
        wait(page, f"() => ({PARTS})(null).some((part, at) => part !== window.before[at])")
        left, top, right, bottom = page.evaluate(CHANGED)
        assert right - left <= 40, "only a ring was drawn"
        assert bottom - top <= 40
        page.mouse.move(1, 1)
        wait(page, f"() => ({PARTS})(null).every((part, at) => part === window.before[at])")


def test_whoever_turns_the_wheel_in_vain_is_told_how_it_zooms(mapped):
    page, answer = mapped()
    assert "the wheel zooms" in page.locator("#map-hint").inner_text()
    x, y = pixel(page, answer, lonely(answer))
    page.mouse.move(x, y)
    page.mouse.wheel(0, 10)
    page.wait_for_selector("#map-hint[data-loud]")
    page.wait_for_selector("#map-hint:not([data-loud])")


def test_words_and_moving_dots_stand_there_while_the_map_is_made(browser, service):
    page = open_studio(browser, service, reduced_motion="no-preference")
    held = []
    page.route("**/v1/map*", lambda route: held.append(route))  # noqa: PLW0108 (no place for its mark in a list)
    page.locator(".views a[href='#map']").click()
    page.wait_for_selector(".making")
    assert "films that the same people like find each other" in page.locator(".making").inner_text()
    wait(page, "() => document.getAnimations().some(one => one.animationName === 'find')")
    held[0].continue_()
    page.wait_for_selector("#map-genres .chip")
    assert page.locator(".making").count() == 0
    check_quiet(page, service)
    page.context.close()


def test_a_genre_stands_out_when_it_is_asked_for(mapped):
    page, answer = mapped()
    genre = page.locator("#map-genres .chip").first.inner_text()
    free = [n for n, item in enumerate(answer["items"]) if item not in kept(page)]
    listed = page.evaluate("[...document.querySelectorAll('#map-listed button')].map(one => one.textContent)")
    others = [n for n in free if answer["genre"][n] != genre and not any(t in answer["titles"][n] for t in listed)]
    seen = [pixel(page, answer, n) for n in others]
    x, y = next(at for at in seen if 0 < colour(page, *at)[3] < 255)  # no name lies on it
    before = colour(page, x, y)[3]
    page.locator("#map-genres .chip").first.click()
    wait(page, "() => document.querySelector('#map-genres .chip').getAttribute('aria-pressed') === 'true'")
    page.wait_for_timeout(100)
    assert colour(page, x, y)[3] < before
    page.locator("#map-genres .chip").first.click()
    page.wait_for_timeout(100)
    assert colour(page, x, y)[3] == before


def test_a_tap_opens_a_film_on_a_phone(mapped):
    page, answer = mapped(PHONE, has_touch=True)
    place = lonely(answer)
    page.locator("#map-canvas").scroll_into_view_if_needed()
    page.touchscreen.tap(*pixel(page, answer, place))
    page.wait_for_selector("#map-card film-rating")
    assert page.locator("#map-card h2").inner_text() in called(answer, place)
    card, bar = page.locator("#map-card").bounding_box(), page.locator(".views").bounding_box()
    assert 0 <= card["y"] < card["y"] + card["height"] <= bar["y"]  # it is seen, without scrolling
    x, y = pixel(page, answer, place)
    assert not (card["x"] < x < card["x"] + card["width"] and card["y"] < y < card["y"] + card["height"])
    page.get_by_role("button", name="Close this card").tap()
    assert page.locator("#map-card").is_hidden()


def test_a_map_that_does_not_come_is_asked_for_again(browser, service):
    page = open_studio(browser, service)
    page.route("**/v1/map*", lambda route: route.abort())
    page.locator(".views a[href='#map']").click()
    page.wait_for_selector("#map-note button")
    assert "The service does not answer." in page.locator("#map-note").inner_text()
    page.unroute("**/v1/map*")
    page.locator("#map-note button").click()
    page.wait_for_selector("#map-genres .chip")
    page.context.close()
