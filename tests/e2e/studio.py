"""What the tests of the studio share: small films to rate, models of them, and a page that keeps count of what it does."""

import dataclasses
import functools
import json
import time
from urllib.parse import urlsplit

import numpy as np

from foretaste.arrays import ones
from foretaste.bundle import Bundle
from foretaste.models import model_class
from foretaste.serve.app import create_app
from foretaste.serve.settings import Settings
from tests.e2e.conftest import WAIT_S, Running
from tests.serving import WORLD, X, bundle_of

HOSTILE = (
    "<img src=x onerror=alert(1)> (1999)",
    "<script>document.title='taken'</script> (2001)",
    '"Quoted", and, comma (1987)',
    "=1+1 & Sons' {{7*7}} (1990)",
    "Amélie — 天国と地獄 🎬 (2003)",
)
"""Titles of the most rated films, so that they stand on the shelf."""
PHONE, WIDE = 360, 1440
VISITOR = "foretaste.visitor"
"""Where a browser keeps the id that puts a visitor into one arm of a test."""
ROWS = "#list > li.line:not(.blank)"


@functools.cache
def films(model="autorec"):
    """Return a bundle of the small world whose best-known films have titles that a page must only show."""
    bundle = bundle_of(model)
    titles = list(WORLD.catalog.titles)
    best = np.argsort(-np.bincount(WORLD.ratings.item_code), kind="stable")
    for col, title in zip(best.tolist(), HOSTILE, strict=False):
        titles[col] = title
    return dataclasses.replace(bundle, catalog=dataclasses.replace(WORLD.catalog, titles=tuple(titles)))


def clicks():
    """Return a bundle that knows clicks only."""
    return Bundle(model_class("ease")().fit(ones(X)), WORLD.catalog, None, (1.0, 1.0), {"label": "ease"})


def ranker():
    """Return a bundle of the films that only ranks: no stars, no intervals."""
    return films("ease")


def serving(folder, main, challenger=None, **settings):
    """Start a service around bundles."""
    bundle = main.save(folder / "films")
    other = None if challenger is None else challenger.save(folder / "rival")
    settings = {"store": f"sqlite:///{folder / 'ratings.db'}"} | settings
    return Running(lambda: create_app(Settings(bundle=bundle, challenger=other, **settings)))


def open_studio(browser, service, width=WIDE, scheme="light", arm="main", **options):
    """Open the page in a browser of its own, still unless motion is asked for, and wait until list and shelf are there."""
    options = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"} | options
    context = browser.new_context(color_scheme=scheme, **options)
    context.set_default_timeout(10_000)
    page = watch(context.new_page())
    page.add_init_script(
        f"localStorage.getItem('{VISITOR}') ?? localStorage.setItem('{VISITOR}', '{given(service, arm)}')"
    )
    page.goto(service.url)
    ready(page)
    return page


def given(service, arm):
    """Return a visitor's id that a service gives one arm of a test."""
    choose = service.app.state.deployment.choose
    return next(name for name in map(str, range(200)) if choose(name, None)[0] == arm)


def watch(page):
    """Keep what a page asks for and complains of."""
    page.asked, page.said, page.violations = [], [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))

    def violated(what):
        page.violations.append(what)

    page.expose_function("violated", violated)
    page.add_init_script("addEventListener('securitypolicyviolation', e => violated(e.violatedDirective))")
    return page


def ready(page):
    page.wait_for_selector(ROWS)
    page.wait_for_selector("#shelf film-rating")
    settled(page)


def wait(page, test, arg=None):
    """Wait until a test of the page holds; the policy lets no script of the page evaluate it, so it is asked from here."""
    deadline = time.monotonic() + WAIT_S
    while not page.evaluate(test, arg):
        assert time.monotonic() < deadline, test
        page.wait_for_timeout(20)


def settled(page):
    """Wait until the list has its answer and nothing moves any more."""
    wait(
        page,
        "() => document.querySelector('#list').getAttribute('aria-busy') === 'false'"
        " && document.getAnimations().every(one => one.playState !== 'running')",
    )


def check_quiet(page, service):
    """Hold that a page asked only its own server, complained of nothing and broke no policy."""
    origin = urlsplit(service.url).netloc
    assert {urlsplit(url).netloc for url in page.asked if not url.startswith("blob:")} <= {origin}
    assert page.said == []
    assert page.violations == []


def rate(page, place, share, within="#shelf"):
    """Click the stars of a film at a share of their width, and wait for the list that follows."""
    stars = page.locator(f"{within} .stars").nth(place)
    stars.scroll_into_view_if_needed()
    box = stars.bounding_box()
    with page.expect_response("**/v1/recommendations"):
        stars.click(position={"x": box["width"] * share, "y": box["height"] / 2})
    settled(page)


def narrow(page):
    """Open the choice of genres and years, which narrow screens fold away with all that tunes a list."""
    if page.locator("#tune").is_visible():
        page.locator("#tune").click()
    page.locator("#narrow summary").click()


def titles(page, within=ROWS):
    return page.locator(f"{within} h3").all_inner_texts()


def kept(page):
    """Return the ratings that the browser keeps, by item."""
    text = page.evaluate("localStorage.getItem('foretaste.taste')")
    return {} if text is None else {one["item"]: one["rating"] for one in json.loads(text)["ratings"]}
