"""Models of every kind, and two at once: the page speaks and asks as the model that answers needs it, and says which it is."""

import dataclasses
import json
import re

import pytest

from tests.e2e.studio import (
    ROWS,
    VISITOR,
    check_quiet,
    clicks,
    films,
    kept,
    open_studio,
    rate,
    ready,
    serving,
    settled,
    titles,
    wait,
)

pytestmark = pytest.mark.slow
WHY = "all => all.map(one => /, (.*) would be/.exec(one.title)?.[1]).filter(Boolean)"
"""What of a film each head says would be otherwise."""
LONG = "A True and Full Account of the Travels of a Bookseller, " * 6


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """Two models side by side, of which each visitor is given one: the other one predicts no ratings."""
    made = serving(tmp_path_factory.mktemp("trial"), films(), films("ease"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Clicks on things that have long names, and neither genres nor years."""
    bundle = clicks()
    names = tuple(f"{LONG}{n}" for n in range(len(bundle.catalog)))
    catalog = dataclasses.replace(bundle.catalog, titles=names, genres=None)
    made = serving(tmp_path_factory.mktemp("shop"), dataclasses.replace(bundle, catalog=catalog))
    yield made
    made.stop()


@pytest.mark.parametrize(("arm", "label"), [("main", "autorec"), ("challenger", "ease")])
def test_a_visitor_stays_with_one_of_two_models_and_is_told_which(browser, trial, arm, label):
    page = open_studio(browser, trial, arm=arm)
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#shelf .stars").first.press("5")
    settled(page)
    assert caught.value.json()["model"]["arm"] == arm
    visitor = page.evaluate(f"localStorage.getItem('{VISITOR}')")
    assert json.loads(caught.value.request.post_data)["visitor"] == visitor
    assert "model" not in json.loads(caught.value.request.post_data)
    foot = page.locator(".foot").inner_text()
    assert f"Answers by {label} (" in foot
    assert ("on trial" in foot) == (arm == "challenger")
    assert label in page.locator("#model-parts .kind").text_content()
    assert page.locator("#notice").is_hidden()
    assert page.locator(f"{ROWS} .gauge").count() == (10 if arm == "main" else 0)
    page.reload()
    ready(page)
    assert page.evaluate(f"localStorage.getItem('{VISITOR}')") == visitor
    check_quiet(page, trial)
    page.context.close()


def test_a_visitor_is_a_random_id_and_nothing_else(browser, trial):
    ids = set()
    for _ in range(2):
        context = browser.new_context()
        page = context.new_page()
        page.goto(trial.url)
        ready(page)
        ids.add(page.evaluate(f"localStorage.getItem('{VISITOR}')"))
        context.close()
    assert len(ids) == 2
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)


def test_a_model_of_another_kind_that_is_swapped_in_is_asked_what_it_can_answer(browser, tmp_path):
    service = serving(tmp_path, films())
    films("ease").save(tmp_path / "ranks")
    clicks().save(tmp_path / "clicks")
    try:
        page = open_studio(browser, service)
        rate(page, 0, 0.99)
        page.locator("#sure").check()
        settled(page)
        for name in ("ranks", "clicks", "films"):
            service.app.state.deployment.swap(name)
            with page.expect_response(lambda answer: "recommendations" in answer.url and answer.ok):
                page.locator("#adventure").press("ArrowRight")
            wait(page, "name => document.querySelector('#model-arm').textContent === ` (${name})`", name)
            settled(page)
            assert "A new model answers now" in page.locator("#notice").inner_text()
            assert page.locator(f"{ROWS} .gauge").count() == (10 if name == "films" else 0)
            assert page.locator(f"{ROWS} .like").count() == (10 if name == "clicks" else 0)
            assert page.locator("#mine-list .like").count() == (1 if name == "clicks" else 0)
        assert len(kept(page)) == 1
        page.context.close()
    finally:
        service.stop()


def test_where_there_are_only_clicks_the_page_speaks_of_likes(browser, shop):
    page = open_studio(browser, shop)
    like = page.locator("#shelf .like").first
    assert like.inner_text() == "Like"
    assert "Every like moves the list." in page.locator(".intro:visible").inner_text()
    for n in range(2):
        with page.expect_response("**/v1/recommendations"):
            page.locator("#shelf .like").nth(n).click()
        settled(page)
    assert like.inner_text() == "Liked"
    assert page.locator("#list-note").inner_text().startswith("From 2 likes of yours, among ")
    assert page.locator("#mine-title").inner_text().startswith("Your likes")
    assert "because you liked" in page.locator("#list").inner_text()
    page.locator(f"{ROWS} .open").first.click()
    page.wait_for_selector(".similar li")
    page.locator("#mine-clear").click()
    words = page.locator("body").inner_text()
    assert re.findall(r".*\b(?:rate|rated|rating|ratings|stars?)\b.*", words) == []
    page.locator(".views a[href='#model']").click()
    assert "likes only" in page.locator("#model-parts").inner_text()
    settled(page)
    check_quiet(page, shop)
    page.context.close()


def test_long_names_take_two_lines_and_nothing_stands_for_what_is_not_known(browser, shop):
    page = open_studio(browser, shop)
    for selector in (f"{ROWS} h3", "#shelf h3"):
        lines = page.locator(selector).first.evaluate(
            "one => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)"
        )
        assert lines == pytest.approx(2, abs=0.1)
        assert page.locator(selector).first.get_attribute("title").startswith("A True and Full Account")
    assert page.locator(f"{ROWS} .dot").count() == 0
    assert page.locator("#narrow").is_hidden()
    page.fill("#search-input", "bookseller")
    page.wait_for_selector("#search-list [data-place]")
    assert page.locator("#search-list li").first.bounding_box()["height"] < 100
    page.context.close()


def test_a_pair_says_that_one_model_orders_and_another_one_predicts(browser, tmp_path):
    service = serving(tmp_path, films("two_heads"))
    try:
        page = open_studio(browser, service)
        assert "one model orders the list, another one predicts the stars" in page.locator("#list-legend").inner_text()
        rate(page, 0, 0.99)
        assert page.locator(f"{ROWS} .because .amount").count() == 0  # its effects are not in stars
        assert set(page.locator(f"{ROWS} .because").evaluate_all(WHY)) == {"its score"}
        page.context.close()
    finally:
        service.stop()


def test_ratings_that_move_nothing_are_said_to(browser, trial):
    page = open_studio(browser, trial)

    def lifted(route):
        route.fulfill(json=route.fetch().json() | {"fallback": "no rating of yours moves this model"})

    page.route("**/v1/recommendations", lifted)
    rate(page, 0, 0.1)
    assert page.locator("#list-fallback").inner_text() == "No rating of yours moves this model."
    page.unroute("**/v1/recommendations")
    rate(page, 1, 0.9)
    assert page.locator("#list-fallback").is_hidden()
    page.context.close()


def test_who_has_rated_everything_is_told_so(browser, trial):
    page = open_studio(browser, trial)
    catalog = films().catalog
    items = list(zip(catalog.item_ids.tolist(), catalog.titles, strict=True))
    taste = {"ratings": [{"item": item, "title": title, "rating": 4} for item, title in items]}
    page.evaluate("text => localStorage.setItem('foretaste.taste', text)", json.dumps(taste))
    page.reload()
    page.wait_for_selector("#list-empty:not([hidden])")
    assert page.locator("#list-empty").inner_text() == "You have rated everything here."
    assert page.locator("#list-note").inner_text() == f"From {len(items)} ratings of yours."
    assert titles(page) == []
    page.context.close()
