"""The report in a real browser: every chart has drawn, nothing lies on anything, nothing is asked of anybody."""

from itertools import combinations

import pytest

from foretaste.report import render_report
from tests.report import sample

WIDE, NARROW = 1280, 390
REPORTS = {
    "whole": sample.whole,
    "many": sample.many,
    "rankers": lambda: sample.added(sample.measured(sample.RANKERS, clicks=True)),
    "folds": lambda: sample.measured(folds=3),
    "one": lambda: sample.measured(("mean",)),
}
TEXTS = """() => [...document.querySelectorAll("figure svg")].filter(svg => svg.getBoundingClientRect().width).map(
  svg => [...svg.querySelectorAll("text")].filter(text => text.textContent.trim()).map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.left, box.top, box.right, box.bottom];
  }))"""
CHARTS = """() => [...document.querySelectorAll("figure svg")].filter(svg => svg.getBoundingClientRect().width).map(svg => {
  const box = svg.getBoundingClientRect();
  const marks = [...svg.querySelectorAll(".mark")].map(mark => mark.getBoundingClientRect());
  return [box.width, box.height, marks.filter(mark => mark.width + mark.height > 0).length, svg.getAttribute("aria-label")];
})"""
COLOURS = """() => {
  const plain = (what, name) => getComputedStyle(what)[name];
  const page = plain(document.body, "backgroundColor"), out = [];
  for (const what of document.querySelectorAll("h1, h2, p:not(.hero p), td, th, summary, dt, dd, figcaption, nav a, pre"))
    out.push([what.tagName, plain(what, "color"), what.tagName == "PRE" ? plain(what, "backgroundColor") : page, 4.5]);
  for (const what of document.querySelectorAll(".hero .headline, .hero .detail"))
    out.push([what.className, plain(what, "color"), plain(document.querySelector(".hero"), "backgroundColor"), 4.5]);
  const word = document.querySelector(".hero .word");
  if (word) out.push(["word", plain(word, "color"), plain(word, "backgroundColor"), 4.5]);
  for (const what of document.querySelectorAll("svg text")) out.push(["text", plain(what, "fill"), page, 4.5]);
  for (const what of document.querySelectorAll("svg .mark-symbol .mark")) {
    const colour = plain(what, "fill") == "none" ? plain(what, "stroke") : plain(what, "fill");
    out.push(["mark", colour, page, 3]);
  }
  return out;
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return where a report lies, drawn when it is first asked for."""
    folder, drawn = tmp_path_factory.mktemp("pages"), {}

    def place(name):
        if name not in drawn:
            drawn[name] = folder / f"{name}.html"
            drawn[name].write_text(render_report(REPORTS[name]()), encoding="utf-8")
        return drawn[name].as_uri()

    return place


@pytest.fixture
def opened(browser, files):
    """Open a report, and hold what it asked for and what it complained of."""
    contexts = []

    def call(name, width=WIDE, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(files(name))
        return page

    yield call
    for context in contexts:
        context.close()


def meet(one, other, slack=1.0):
    """Return whether two boxes (left, top, right, bottom) share more than an edge."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > slack and min(one[3], other[3]) - max(one[1], other[1]) > slack
    )


def contrast(one, other):
    """Return the contrast of two colours of a style sheet, as WCAG 2 defines it."""

    def luminance(colour):
        parts = [float(v) / 255 for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", REPORTS)
def test_every_chart_has_drawn_and_nothing_lies_on_anything(opened, files, name, width):
    page = opened(name, width)
    charts = page.evaluate(CHARTS)
    assert len(charts) == page.locator("figure").count() > 0
    for wide, tall, marks, label in charts:
        assert wide > 0.4 * min(width, 840), label
        assert tall > 30, label
        assert marks > 0, label
    for texts in page.evaluate(TEXTS):
        assert texts
        for (one, *box), (other, *beside) in combinations(texts, 2):
            assert not meet(box, beside), f"{one!r} lies on {other!r}"
        for words, left, _, right, _ in texts:
            assert left >= 0, words
            assert right <= width, words
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.asked == [files(name)]
    assert page.said == []


@pytest.mark.slow
def test_letters_are_as_large_on_a_phone_as_on_a_desk(opened):
    for width in (WIDE, NARROW):
        tall = opened("whole", width).evaluate(
            """() => [...document.querySelectorAll("figure svg")].filter(svg => svg.getBoundingClientRect().width).map(
              svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width * 12)"""
        )
        assert min(tall) > 10.5  # of letters drawn with 12 pixels


@pytest.mark.slow
def test_pointing_at_a_mark_shows_its_value(opened):
    page = opened("whole")
    tip, marks = page.locator("#tip"), page.locator("#accuracy .wide svg .mark-symbol .mark")
    assert tip.is_hidden()
    marks.first.scroll_into_view_if_needed()
    box = min((mark.bounding_box() for mark in marks.all()), key=lambda box: box["y"])
    page.mouse.move(box["x"] + box["width"] / 2 + 6, box["y"] + box["height"] / 2 + 4)  # near it is enough
    assert tip.is_visible()
    best = min((row for row in sample.whole()["models"] if row["rmse"]), key=lambda row: row["rmse"])  # stands on top
    assert f"{best['model']}: {best['rmse']:.4f}, 95 %" in tip.inner_text()
    page.mouse.move(2, 2)
    assert tip.is_hidden()


@pytest.mark.slow
def test_without_scripts_the_browsers_own_tips_are_there(browser, files):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files("whole"))
    assert page.locator("#accuracy .wide svg .mark title").count() > 0
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_marks_stand_out(opened, scheme):
    page = opened("whole", scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (contrast(paper, "rgb(255, 255, 255)") < 1.1) == (scheme == "light")
    colours = {tuple(one) for one in page.evaluate(COLOURS)}
    assert len(colours) > 20
    for what, front, back, least in colours:
        assert contrast(front, back) >= least, (what, front, back)


@pytest.mark.slow
def test_it_prints_on_paper_whole_and_light(opened):
    page = opened("many", width=688, scheme="dark")  # what A4 leaves between its margins
    page.emulate_media(media="print")
    assert contrast(page.evaluate("getComputedStyle(document.body).color"), "rgb(255, 255, 255)") > 7
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    kept = page.evaluate(
        "[...document.querySelectorAll('figure, .hero')].map(one => getComputedStyle(one).breakInside)"
    )
    assert set(kept) == {"avoid"}
    for texts in page.evaluate(TEXTS):
        assert all(right <= 688 for *_, right, _ in texts)
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") > 3


def test_boxes_meet_and_colours_stand_apart():
    assert meet((0, 0, 10, 10), (5, 5, 15, 15))
    assert not meet((0, 0, 10, 10), (10, 0, 20, 10))
    assert not meet((0, 0, 10, 10), (5, 20, 15, 30))
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
