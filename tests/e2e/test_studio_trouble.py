"""What the studio does when things go wrong: the service is away, in a hurry or new, tabs meet, the browser keeps nothing."""

import json
import re

import pytest

from foretaste.serve.deploy.deployment import Deployment
from tests.e2e.studio import (
    ROWS,
    WIDE,
    check_quiet,
    films,
    kept,
    open_studio,
    rate,
    ready,
    serving,
    settled,
    titles,
    wait,
    watch,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def service(tmp_path):
    made = serving(tmp_path, films())
    yield made
    if made.thread.is_alive():
        made.stop()


def error(status, message, **headers):
    body = json.dumps({"error": {"code": "x", "message": message, "hint": None, "fields": [], "request": None}})
    return {"status": status, "body": body, "headers": headers, "content_type": "application/json"}


def test_the_service_goes_and_comes_back_and_no_rating_is_lost(browser, service):
    page = open_studio(browser, service)
    rate(page, 0, 0.9)
    service.stop()
    page.locator("#shelf .stars").nth(1).press("2")
    page.wait_for_selector("#notice[data-kind=trouble]:not([hidden])")
    words = page.locator("#notice").inner_text()
    assert "The service does not answer. Your ratings are kept in this browser" in words
    assert len(kept(page)) == 2
    assert page.locator(ROWS).count() == 10  # the last list stays
    assert page.locator("#list").get_attribute("aria-busy") == "false"
    service.start()
    with page.expect_response("**/v1/recommendations") as caught:
        page.get_by_role("button", name="Try now").click()
    assert len(json.loads(caught.value.request.post_data)["ratings"]) == 2
    settled(page)
    assert page.locator("#notice").is_hidden()
    assert {re.sub(r"\S+$", "", said) for said in page.said} <= {"Failed to load resource: "}
    page.context.close()


def test_it_comes_back_by_itself_too(browser, service):
    page = open_studio(browser, service)
    service.stop()
    page.locator("#shelf .stars").first.press("5")
    page.wait_for_selector("#notice:not([hidden])")
    service.start()
    page.wait_for_selector("#notice", state="hidden", timeout=15_000)
    wait(page, "() => document.querySelector('#list-title').textContent === 'Your list'")
    page.context.close()


def test_whoever_is_too_fast_is_told_and_waits(browser, service):
    page = open_studio(browser, service)
    page.route("**/v1/recommendations", lambda route: route.fulfill(**error(429, "slow", **{"retry-after": "1"})))
    page.locator("#shelf .stars").first.press("5")
    page.wait_for_selector("#notice:not([hidden])")
    assert "a little fast" in page.locator("#notice").inner_text()
    page.unroute("**/v1/recommendations")
    wait(page, "() => document.querySelector('#list-title').textContent === 'Your list'")
    assert page.locator("#notice").is_hidden()
    page.context.close()


def test_what_is_refused_is_told_in_the_words_of_the_service(browser, service):
    page = open_studio(browser, service)
    page.route("**/v1/recommendations", lambda route: route.fulfill(**error(422, "that will not do")))
    page.locator("#shelf .stars").first.press("5")
    page.wait_for_selector("#notice:not([hidden])")
    assert "The service refused this: that will not do." in page.locator("#notice").inner_text()
    page.context.close()


def test_an_answer_that_is_no_json_is_trouble_and_not_the_end(browser, service):
    page = open_studio(browser, service)
    page.route("**/v1/recommendations", lambda route: route.fulfill(status=200, body="<h1>Proxy</h1>"))
    page.locator("#shelf .stars").first.press("5")
    page.wait_for_selector("#notice:not([hidden])")
    assert "could not answer" in page.locator("#notice").inner_text()
    page.context.close()


def test_older_answers_that_come_late_are_not_shown(browser, service):
    page = open_studio(browser, service)
    held = []

    def hold(route):
        if len(held) == 2:
            route.continue_()
        else:
            held.append(route)

    page.route("**/v1/recommendations", hold)
    page.locator("#shelf .stars").first.press("1")
    wait(page, "() => document.querySelector('#list').getAttribute('aria-busy') === 'true'")
    page.wait_for_timeout(150)
    page.locator("#shelf .stars").first.press("5")
    page.wait_for_timeout(150)
    assert len(held) == 2
    with page.expect_response("**/v1/recommendations"):
        held[1].continue_()
    settled(page)
    now = titles(page)
    held[0].abort()
    page.wait_for_timeout(100)
    assert titles(page) == now
    page.context.close()


def test_a_model_that_is_swapped_under_the_page_is_noticed(browser, service, tmp_path):
    films("item_knn").save(tmp_path / "newer")
    page = open_studio(browser, service)
    rate(page, 0, 0.9)
    deployment = service.app.state.deployment
    assert isinstance(deployment, Deployment)
    deployment.swap("newer")
    page.locator("#shelf .stars").nth(1).press("4")
    page.wait_for_selector("#notice:not([hidden])")
    assert "A new model answers now" in page.locator("#notice").inner_text()
    wait(page, "() => document.querySelector('#model-name').textContent === 'item_knn'")
    settled(page)
    assert len(kept(page)) == 2
    check_quiet(page, service)
    page.context.close()


def test_tabs_add_to_each_other(browser, service):
    page = open_studio(browser, service)
    other = watch(page.context.new_page())
    other.goto(service.url)
    ready(other)
    rate(page, 0, 0.99)
    wait(other, "() => document.querySelector('#mine-count').textContent === '1'")
    settled(other)
    rate(other, 1, 0.3)
    wait(page, "() => document.querySelector('#mine-count').textContent === '2'")
    settled(page)
    assert len(kept(page)) == 2
    assert titles(page) == titles(other)
    check_quiet(page, service)
    check_quiet(other, service)
    page.context.close()


@pytest.mark.parametrize("broken", ["getItem", "setItem"])
def test_a_browser_that_keeps_nothing_still_gives_lists(browser, service, broken):
    context = browser.new_context(viewport={"width": WIDE, "height": 900}, reduced_motion="reduce")
    page = watch(context.new_page())
    page.add_init_script(f"Storage.prototype.{broken} = () => {{ throw new DOMException('no', 'QuotaExceededError') }}")
    page.goto(service.url)
    ready(page)
    rate(page, 0, 0.9)
    rate(page, 1, 0.3)
    assert page.locator("#mine-count").inner_text() == "2"
    assert "keeps nothing" in page.locator("#mine-lasting").inner_text()
    check_quiet(page, service)
    context.close()


def test_a_taste_of_another_catalogue_is_kept_and_not_told(browser, service):
    page = open_studio(browser, service)
    book = {"item": 1, "title": "A book", "rating": 4}
    taste = {"ratings": [book, {"item": 2, "title": films().catalog.title(1), "rating": 9}]}
    page.evaluate("text => localStorage.setItem('foretaste.taste', text)", json.dumps(taste))
    with page.expect_response("**/v1/recommendations") as caught:
        page.reload()
    assert json.loads(caught.value.request.post_data)["ratings"] == []
    ready(page)
    words = page.locator("#mine-list").inner_text()
    assert "not known to this model" in words
    assert "not on this model's scale" in words
    assert len(kept(page)) == 2
    page.context.close()


def test_without_scripts_the_page_says_what_it_needs(browser, service):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(service.url)
    assert "needs JavaScript" in page.locator("#main").inner_text()
    assert page.locator("main > section:visible, input:visible, .views:visible, #theme:visible").count() == 0
    context.close()
