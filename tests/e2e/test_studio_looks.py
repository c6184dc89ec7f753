"""How the studio looks and handles: colours that stand out, room for fingers, every width, stillness, the keyboard."""

import itertools

import pytest

from tests.e2e.studio import (
    PHONE,
    ROWS,
    WIDE,
    check_quiet,
    films,
    narrow,
    open_studio,
    rate,
    ready,
    serving,
    settled,
    wait,
)
from tests.e2e.test_report import contrast, meet

pytestmark = pytest.mark.slow
VIEWS = ("for-you", "map", "compare", "model")
WORDS = """h1, h2, h3, h4, p, .meta, .because, .because b, .amount, .number, .rank, .move, label, legend, summary, .chip,
  .button, .quiet, .views a, .mark span, .badge, .small-title, .odd, dt, dd, .figure-label, figcaption, .tip, #notice p, .count,
  blockquote p, .found-title, output, .hint, .names .quiet, option, code, .like"""
COLOURS = """words => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const plain = colour => {  // whatever a style sheet may write, as red, green, blue and how much of it
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const over = (front, back) => front.map((value, at) => at < 3 ? (value * front[3] + back[at] * (255 - front[3])) / 255 : 255);
  const behind = element => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const own = plain(getComputedStyle(one).backgroundColor);
      if (own[3]) layers.push(own);
      if (own[3] === 255) break;
    }
    return layers.reduceRight((back, front) => over(front, back), [255, 255, 255, 255]);
  };
  const out = [];
  for (const one of document.querySelectorAll(words)) {
    if (!one.checkVisibility() || !one.textContent.trim() || one.closest(".unseen, [disabled]")) continue;
    const style = getComputedStyle(one), back = behind(one);
    const front = plain(style.color);
    front[3] *= Number(style.opacity);
    out.push([`${one.tagName}.${one.className}`, over(front, back).slice(0, 3), back.slice(0, 3)]);
  }
  return out;
}"""
MARKS = """() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const plain = colour => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const style = getComputedStyle(document.documentElement), paper = plain(getComputedStyle(document.body).backgroundColor);
  const named = name => {
    const probe = document.createElement("i");
    probe.style.setProperty("color", `var(${name})`);
    document.body.append(probe);
    const colour = plain(getComputedStyle(probe).color);
    probe.remove();
    return colour;
  };
  const card = named("--card");
  const names = ["--edge", "--star", "--accent", "--plus", "--minus"];
  return names.flatMap(name => [[name, named(name), paper], [name, named(name), card]]);
}"""
TARGETS = """() => [...document.querySelectorAll("button, [role=slider], .views a, summary, input:not([type=file]), select")]
  .filter(one => one.checkVisibility() && !one.closest(".switch"))
  .map(one => [one, one.getBoundingClientRect()])
  .map(([one, box]) => [one.id || one.className || one.tagName, box.width, box.height])"""
HEADINGS = (
    "[...document.querySelectorAll('h1, h2, h3, h4')].filter(one => one.checkVisibility()).map(one => one.tagName)"
)
MOVES = """() => {
  window.ran = 0;
  const old = Element.prototype.animate;
  Element.prototype.animate = function (...all) { window.ran++; return old.apply(this, all); };
}"""
SHOWN = "main :is(h1, h2, h3, p, .gauge, .number, .badge, film-rating):not(#shelf *)"
"""What must lie within the window; the shelf is scrolled."""
BOXES = """selector => [...document.querySelectorAll(selector)].filter(one => one.checkVisibility()).map(one => {
  const box = one.getBoundingClientRect();
  return [one.textContent.slice(0, 30), box.left, box.top, box.right, box.bottom];
})"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("looks"), films(), films("item_knn"))
    yield made
    made.stop()


@pytest.fixture
def studio(browser, service):
    pages = []

    def call(*args, **options):
        pages.append(open_studio(browser, service, *args, **options))
        return pages[-1]

    yield call
    for page in pages:
        check_quiet(page, service)
        page.context.close()


def go(page, view):
    page.evaluate("name => { location.hash = name }", view)
    wait(page, "name => document.body.dataset.view === name", view)
    if view == "compare":
        page.wait_for_selector("#compare-columns li")
    if view == "map":
        page.wait_for_selector("#map-genres .chip")


def all_of(page):
    """Rate a few films and open what can be opened."""
    for place, share in enumerate((0.99, 0.2, 0.8)):
        rate(page, place, share)
    page.locator(f"{ROWS} .open").first.click()
    page.wait_for_selector(".similar li")
    narrow(page)
    with page.expect_response("**/v1/recommendations"):
        page.locator("#genres .chip").first.click()
    settled(page)
    with page.expect_response("**/v1/recommendations"):
        page.locator(f"{ROWS} .hide").first.click()
    settled(page)


def rgb(parts):
    return f"rgb({', '.join(map(str, parts))})"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_marks_stand_out_in_both_themes(studio, scheme):
    page = studio(scheme=scheme)
    all_of(page)
    seen = set()
    for view in VIEWS:
        go(page, view)
        for what, front, back in page.evaluate(COLOURS, WORDS):
            seen.add(what)
            assert contrast(rgb(front), rgb(back)) >= 4.5, (view, what, front, back)
    assert len(seen) > 30
    for what, front, back in page.evaluate(MARKS):
        assert contrast(rgb(front), rgb(back)) >= 3, (what, front, back)
    light = contrast(rgb(page.evaluate(MARKS)[0][2]), "rgb(255, 255, 255)") < 1.2
    assert light == (scheme == "light")


def test_the_theme_is_chosen_and_kept(studio):
    page = studio(scheme="light")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Switch to dark").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name="Switch to light").click()
    assert page.evaluate(paper) == light


@pytest.mark.parametrize("width", [PHONE, 390, 768, 1080, WIDE, 1920])
def test_nothing_runs_over_the_edge_at_any_width(studio, width):
    page = studio(width)
    all_of(page)
    for view in VIEWS:
        go(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        for words, left, _, right, _ in page.evaluate(BOXES, SHOWN):
            assert left >= 0, (view, words)
            assert right <= width, (view, words)
    go(page, "for-you")
    for selector in (".line .what h3, .line .number", ".top > *"):
        for one, other in itertools.combinations(page.evaluate(BOXES, selector), 2):
            assert not meet(one[1:], other[1:]), (one[0], other[0])


def test_everything_has_room_for_a_finger(studio):
    page = studio(PHONE, has_touch=True, is_mobile=True)
    page.locator("#shelf .stars").first.tap()
    wait(page, "() => document.querySelector('#mine-count').textContent === '1'")
    settled(page)
    page.locator(f"{ROWS} .open").first.tap()
    page.wait_for_selector(".similar li")
    narrow(page)
    for view in VIEWS:
        go(page, view)
        for what, wide, tall in page.evaluate(TARGETS):
            assert tall >= 43.5, (view, what, tall)
            assert wide >= 43.5, (view, what, wide)


def test_it_is_still_for_who_wants_it_still(studio):
    page = studio(reduced_motion="reduce")
    page.evaluate(MOVES)
    rate(page, 0, 0.99)
    assert page.evaluate("window.ran") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.gauge em')).transitionDuration") in {"0s", "0s, 0s"}


def test_the_list_moves_and_glows_for_everybody_else(studio):
    page = studio(reduced_motion="no-preference")
    page.evaluate(MOVES)
    rate(page, 0, 0.99)
    assert page.evaluate("window.ran") > 0


def test_the_keyboard_reaches_all_and_shows_where_it_is(studio):
    page = studio()
    rate(page, 0, 0.99)
    page.reload()
    ready(page)
    reached = []
    for _ in range(200):
        page.keyboard.press("Tab")
        where = page.evaluate("""() => {
          const one = document.activeElement, style = getComputedStyle(one);
          return [one.id || one.className || one.tagName, style.outlineStyle, parseFloat(style.outlineWidth),
            one.matches("input[type=range], .skip") || one.getBoundingClientRect().height > 0];
        }""")
        if where[0] == "BODY":  # the browser's own buttons come next
            break
        reached.append(where[0])
        assert where[1] != "none", where
        assert where[2] >= 2, where
        assert where[3], where
    order = [
        reached.index(what) for what in ("skip", "mark", "search-input", "theme", "shelf-more", "adventure", "sure")
    ]
    assert order == sorted(order)
    assert {"stars", "quiet open", "quiet hide", "round clear"} <= set(reached)


def test_the_skip_link_leads_past_the_head(studio):
    page = studio()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_page_has_landmarks_headings_and_names(studio):
    page = studio()
    all_of(page)
    for view in VIEWS:
        go(page, view)
        assert page.locator("h1:visible").count() == 1
        levels = [int(tag[1]) for tag in page.evaluate(HEADINGS)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (view, levels)
        for role in ("banner", "main", "navigation", "search", "contentinfo"):
            assert page.get_by_role(role).count() == 1, role
        nameless = page.evaluate("""() => [...document.querySelectorAll("button, a, input, select, [role=slider], canvas")]
          .filter(one => one.checkVisibility() && !one.getAttribute("aria-label") && !one.textContent.trim()
            && !one.labels?.length).map(one => one.outerHTML.slice(0, 120))""")
        assert nameless == [], view
