"""The studio in a real browser: films are rated, the list moves, and what is said is what the service answered."""

import dataclasses
import json
import re

import pytest

from tests.e2e.studio import (
    HOSTILE,
    PHONE,
    ROWS,
    check_quiet,
    clicks,
    films,
    kept,
    narrow,
    open_studio,
    rate,
    ready,
    serving,
    settled,
    titles,
    wait,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("studio"), films(), films("item_knn"))
    yield made
    made.stop()


@pytest.fixture
def studio(browser, service):
    """Open the page, and hold at the end that it was quiet."""
    pages = []

    def call(*args, quiet=True, **options):
        page = open_studio(browser, service, *args, **options)
        pages.append((page, quiet))
        return page

    yield call
    for page, quiet in pages:
        if quiet:
            check_quiet(page, service)
        page.context.close()


def test_a_newcomer_has_a_list_and_one_click_makes_it_theirs(studio):
    page = studio()
    first = titles(page)
    assert len(first) == 10
    assert page.locator("#list-title").inner_text() == "A list for a newcomer"
    rate(page, 2, 0.99)
    assert page.locator("#list-title").inner_text() == "Your list"
    assert titles(page) != first
    assert len(kept(page)) == 1


def test_three_films_are_rated_and_the_list_changes_each_time(studio):
    page = studio()
    lists = [titles(page)]
    for place, share in enumerate((0.99, 0.1, 0.7)):
        rate(page, place, share)
        lists.append(titles(page))
        assert lists[-1] != lists[-2]
    assert sorted(kept(page).values()) == [0.5, 3.5, 5]
    assert page.locator("#mine-count").inner_text() == "3"
    assert page.locator("#mine-list > li").count() == 3
    assert "list changed" in page.locator("#said").inner_text()


def test_the_list_on_the_page_is_what_the_service_answers(studio, service):
    page = studio()
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#shelf .stars").nth(1).press("4")
    settled(page)
    answer = caught.value.json()
    asked = json.loads(caught.value.request.post_data)
    assert [one["rating"] for one in asked["ratings"]] == [4]
    assert asked["intervals"] is asked["explain"] is True
    for row, line in zip(page.locator(ROWS).all(), answer["items"], strict=True):
        assert row.locator("h3").inner_text() in line["title"].replace(", The", "")
        assert row.locator(".number").inner_text().rstrip("★") == f"{line['predicted']:.1f}"
        assert f"from {line['low']:.1f} to {line['high']:.1f}" in row.locator(".gauge").get_attribute("aria-label")
        low, at, high = (
            float(row.locator(".gauge").evaluate("(one, key) => one.style.getPropertyValue(key)", key).rstrip("%"))
            for key in ("--low", "--at", "--high")
        )
        assert low <= at <= high
        assert at == pytest.approx(100 * (line["predicted"] - 0.5) / 4.5, abs=0.01)


def test_why_says_what_each_rating_did_with_its_sign(studio):
    page = studio()
    for place, share in enumerate((0.99, 0.1, 0.9)):
        rate(page, place, share)
    page.locator(f"{ROWS} .open").first.click()
    details = page.locator(".details:not([hidden])")
    details.locator(".similar li").first.wait_for()
    assert details.locator(".reasons li").count() == 3
    amounts = [
        text.replace("−", "-").replace("±", "") for text in details.locator(".reasons .amount").all_inner_texts()
    ]
    sizes = [abs(float(text)) for text in amounts]
    assert sizes == sorted(sizes, reverse=True)
    for text, kind in zip(amounts, details.locator(".reasons .amount").all(), strict=True):
        assert ("minus" in kind.get_attribute("class")) == text.startswith("-")
    assert re.search(r"8 in 10 are met by a rating from [\d.]+ to [\d.]+", details.inner_text())
    assert page.locator(".open").first.get_attribute("aria-expanded") == "true"


def test_a_refresh_keeps_ratings_and_list(studio):
    page = studio()
    rate(page, 0, 0.9)
    rate(page, 1, 0.2)
    before = titles(page), kept(page)
    page.reload()
    ready(page)
    assert (titles(page), kept(page)) == before


def test_a_film_is_found_by_typing_and_rated_with_keys_alone(studio):
    page = studio()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search-input"
    page.keyboard.type("broken daught")  # whole words and part of one
    page.wait_for_selector("#search-list [role=option][data-place]")
    page.keyboard.press("ArrowDown")
    active = page.locator("#search-input").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert "The Broken Daughter" in page.locator(f"#{active}").inner_text()
    page.keyboard.press("Enter")
    with page.expect_response("**/v1/recommendations"):
        page.keyboard.press("4")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "4.5 of 5 stars"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "search-input"
    assert list(kept(page).values()) == [4.5]
    settled(page)


def test_escape_closes_the_search_and_then_empties_it(studio):
    page = studio()
    page.fill("#search-input", "the")
    page.wait_for_selector("#search-list:not([hidden])")
    assert page.locator("#search-input").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.locator("#search-list").is_hidden()
    page.keyboard.press("Escape")
    assert page.locator("#search-input").input_value() == ""


def test_what_no_film_is_called_is_said(studio):
    page = studio()
    page.fill("#search-input", "zzzzqqqq xxxx")
    page.wait_for_selector(".found-none")
    assert "No film is called" in page.locator("#search-list").inner_text()


def test_a_rating_is_changed_and_taken_back_where_it_is_listed(studio):
    page = studio()
    newcomer = titles(page)
    rate(page, 0, 0.9)
    rate(page, 0, 0.3, "#mine-list")
    assert list(kept(page).values()) == [1.5]
    assert page.locator("#shelf .stars").first.get_attribute("aria-valuenow") == "1.5"
    with page.expect_response("**/v1/recommendations"):
        page.locator("#mine-list .clear").click()
    settled(page)
    assert kept(page) == {}
    assert titles(page) == newcomer
    assert page.locator("#mine-empty").is_visible()


def test_a_film_of_the_list_is_rated_there_and_gives_its_place_to_another(studio):
    page = studio()
    first = titles(page)[0]
    rate(page, 0, 0.99, "#list")
    assert first not in titles(page)
    assert len(titles(page)) == 10
    assert page.locator("#mine-list .small-title").inner_text() == first


def test_not_interested_leaves_a_film_out_until_it_is_brought_back(studio):
    page = studio()
    before = titles(page)
    with page.expect_response("**/v1/recommendations"):
        page.get_by_role("button", name=f"Not interested in {before[1]}").click()
    settled(page)
    assert titles(page)[:2] == [before[0], before[2]]
    assert "left out" in page.locator("#notice").inner_text()
    page.locator("#left-out summary").click()
    with page.expect_response("**/v1/recommendations"):
        page.get_by_role("button", name=f"List {before[1]} again").click()
    settled(page)
    assert titles(page) == before


def test_genres_years_and_adventure_change_what_is_asked(studio):
    page = studio()
    narrow(page)
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#genres .chip").first.click()
    genre = page.locator("#genres .chip").first.inner_text()
    assert json.loads(caught.value.request.post_data)["genres"] == [genre]
    assert all(genre in item["genres"] for item in caught.value.json()["items"])
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#from").fill("1990")
        page.locator("#from").press("Tab")
    assert json.loads(caught.value.request.post_data)["years"] == {"from": 1990}
    assert all(item["year"] >= 1990 for item in caught.value.json()["items"])
    assert page.locator("#narrow-said").inner_text() == f"{genre}, 1990 – now"
    with page.expect_response("**/v1/recommendations"):
        page.locator("#reset-wishes").click()
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#adventure").press("End")
    assert json.loads(caught.value.request.post_data)["adventure"] == 1
    assert page.locator("#adventure").get_attribute("aria-valuetext") == "little-known films first"
    settled(page)


def test_filters_that_nothing_passes_say_so(studio):
    page = studio()
    narrow(page)
    with page.expect_response("**/v1/recommendations"):
        page.locator("#to").fill("1")
        page.locator("#to").press("Tab")
    page.wait_for_selector("#list-empty:not([hidden])")
    assert "No film passes" in page.locator("#list-empty").inner_text()
    settled(page)


def test_what_is_liked_at_least_sorts_by_lower_ends(studio):
    page = studio()
    rate(page, 0, 0.9)
    with page.expect_response("**/v1/recommendations") as caught:
        page.locator("#sure").check()
    lows = [item["low"] for item in caught.value.json()["items"]]
    assert lows == sorted(lows, reverse=True)
    settled(page)


def test_titles_that_look_like_markup_are_shown_as_they_are(studio):
    page = studio()
    for title in HOSTILE:
        shown = title[: title.rindex(" (")]
        assert page.locator("#shelf h3", has_text=shown).count() == 1, shown
    assert page.title() == "foretaste: the studio"
    assert page.locator("main img, main script").count() == 0
    page.fill("#search-input", "script")
    page.wait_for_selector("#search-list [data-place]")
    for place in range(len(HOSTILE)):
        rate(page, place, 0.9)
    page.reload()
    ready(page)
    assert page.title() == "foretaste: the studio"
    assert page.locator("main img, main script").count() == 0


def test_the_page_finds_its_way_by_its_address(studio):
    page = studio()
    for name, heading in (("model", "The model, honestly"), ("compare", "Two minds, one taste")):
        page.locator(f".views a[href='#{name}']").click()
        wait(page, "name => document.body.dataset.view === name", name)
        assert page.locator("h1:visible").inner_text() == heading
        assert page.evaluate("document.activeElement.textContent") == heading
        assert page.locator(".views a[aria-current]").get_attribute("href") == f"#{name}"
    page.wait_for_selector("#compare-columns li")
    page.go_back()
    assert page.locator("h1:visible").inner_text() == "The model, honestly"


def test_two_models_side_by_side_on_the_same_ratings(studio):
    page = studio()
    rate(page, 0, 0.99)
    page.locator(".views a[href='#compare']").click()
    page.wait_for_selector(".column.right li")
    keys = "all => all.map(one => one.dataset.key)"
    left, right = (page.locator(f".column.{side} li").evaluate_all(keys) for side in ("left", "right"))
    both = set(left) & set(right)
    assert page.locator(".column.left li[data-both]").count() == len(both)
    assert page.locator(".column.right .badge.only").count() == len(set(right) - both)
    assert f"{len(both)} of {len(left)} films stand in both lists" in page.locator("#compare-note").inner_text()
    wait(page, "n => document.querySelectorAll('.slopes path').length === n", len(both))
    for row in page.locator(".column.right li").all():
        key = row.get_attribute("data-key")
        moved = left.index(key) - right.index(key) if key in both else None
        way = f"{abs(moved or 0)} {'higher' if (moved or 0) > 0 else 'lower'} here"
        words = "only here" if moved is None else way if moved else "same place"
        assert row.locator(".badge").inner_text() == words
    with page.expect_response("**/v1/recommendations"):
        page.select_option("#compare-other", "films")
    wait(page, "() => document.querySelector('#compare-note').textContent.includes('same list')")


def test_the_model_tells_of_itself_what_it_knows(studio):
    page = studio()
    page.locator(".views a[href='#model']").click()
    words = page.locator("#model-parts").inner_text()
    assert "an autoencoder" in words
    assert "This bundle holds no verdict" in words
    assert "120 people, 3,000 ratings" in words
    assert "0.5 to 5" in words


def test_all_of_it_fits_a_phone(studio):
    page = studio(PHONE, has_touch=True, is_mobile=True)
    page.locator("#shelf .stars").first.tap()
    settled(page)
    wait(page, "() => localStorage.getItem('foretaste.taste') !== null")
    for name in ("for-you", "compare", "model"):
        page.evaluate("name => { location.hash = name }", name)
        wait(page, "name => document.body.dataset.view === name", name)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.wait_for_selector("#compare-columns li", state="attached")


def test_a_model_of_clicks_is_given_likes(browser, tmp_path):
    service = serving(tmp_path, clicks())
    try:
        page = open_studio(browser, service)
        assert page.locator("#intro-how").inner_text() == "Like a few films"
        like = page.locator("#shelf .like").first
        with page.expect_response("**/v1/recommendations"):
            like.click()
        settled(page)
        assert like.get_attribute("aria-pressed") == "true"
        assert list(kept(page).values()) == [1]
        assert page.locator(f"{ROWS} .gauge").count() == 0
        assert page.locator("#sure-field").is_hidden()
        page.locator(".views a[href='#compare']").click()
        page.wait_for_selector("#compare-alone:not([hidden])")
        assert "foretaste serve A --challenger B" in page.locator("#compare-alone").inner_text()
        check_quiet(page, service)
        page.context.close()
    finally:
        service.stop()


def test_a_scale_that_no_stars_can_show_has_a_slider(browser, tmp_path):
    wide = dataclasses.replace(films(), scale=(-10.0, 10.0), calibration=None)
    service = serving(tmp_path, wide)
    try:
        page = open_studio(browser, service)
        slider = page.locator("#shelf film-rating input[type=range]").first
        assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("-10", "10")
        assert slider.get_attribute("aria-valuetext") == "not rated"
        with page.expect_response("**/v1/recommendations") as caught:
            slider.press("Home")
        assert [one["rating"] for one in json.loads(caught.value.request.post_data)["ratings"]] == [-10]
        settled(page)
        assert slider.get_attribute("aria-valuetext") == "-10"
        slider.press("Delete")
        wait(page, "() => document.querySelector('#mine-count').textContent === ''")
        settled(page)
        check_quiet(page, service)
        page.context.close()
    finally:
        service.stop()
