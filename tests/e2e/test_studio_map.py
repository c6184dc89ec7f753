"""The taste map in a real browser: films stand where the service says, are named when pointed at, and rated on the spot."""

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
        with page.expect_response("**/v1/map") as caught:
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


def colour(page, x, y):
    """Return the colour of the map at a point of the screen."""
    return page.evaluate(PARTS, [x, y])


def test_pointing_names_a_film_and_a_click_lets_it_be_rated(mapped):
    page, answer = mapped()
    place = lonely(answer)
    x, y = pixel(page, answer, place)
    page.mouse.move(x + 3, y + 2)
    wait(page, "() => !document.querySelector('#map-tip').hidden")
    assert answer["titles"][place] in page.locator("#map-tip").inner_text()
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
    assert answer["titles"][place] in page.locator("#map-tip").inner_text()


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
    assert page.locator("#map-card h2").inner_text() in answer["titles"][place].replace(", The", "")


def test_a_map_that_does_not_come_is_asked_for_again(browser, service):
    page = open_studio(browser, service)
    page.route("**/v1/map", lambda route: route.abort())
    page.locator(".views a[href='#map']").click()
    page.wait_for_selector("#map-note button")
    assert "The service does not answer." in page.locator("#map-note").inner_text()
    page.unroute("**/v1/map")
    page.locator("#map-note button").click()
    page.wait_for_selector("#map-genres .chip")
    page.context.close()
