"""Ratings leave the studio as a file and come back from one; nothing is lost on the way, and what is wrong is told by line."""

import json
import re

import pytest

from foretaste import read_ratings
from tests.e2e.studio import check_quiet, films, kept, open_studio, rate, ready, serving, settled, wait

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("files"), films())
    yield made
    made.stop()


@pytest.fixture
def page(browser, service):
    made = open_studio(browser, service)
    yield made
    check_quiet(made, service)
    made.context.close()


def bring(page, name, text):
    """Import a file, and return what is said of it."""
    page.locator("#mine-file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.wait_for_selector("#mine-report:not([hidden], [aria-busy])")
    settled(page)
    return page.locator("#mine-report").inner_text()


def test_what_is_exported_is_read_by_foretaste_and_by_the_page_itself(page, tmp_path):
    for place, share in enumerate((0.99, 0.3, 0.7)):
        rate(page, place, share)
    before = kept(page)
    with page.expect_download() as caught:
        page.locator("#mine-export").click()
    assert caught.value.suggested_filename == "foretaste-ratings.csv"
    caught.value.save_as(tmp_path / "mine.csv")
    ratings = read_ratings(tmp_path / "mine.csv")
    found = dict(zip(ratings.item_ids[ratings.item_code].tolist(), ratings.rating.tolist(), strict=True))
    assert found == before
    page.locator("#mine-clear").click()
    settled(page)
    assert kept(page) == {}
    said = bring(page, "mine.csv", (tmp_path / "mine.csv").read_text(encoding="utf-8"))
    assert said == "3 ratings imported from mine.csv."
    assert kept(page) == before


def test_clearing_all_can_be_undone_and_keeps_what_came_since(page):
    rate(page, 0, 0.99)
    rate(page, 1, 0.3)
    before = kept(page)
    page.locator("#mine-clear").click()
    settled(page)
    wait(page, "() => document.querySelector('#list-title').textContent === 'A list for a newcomer'")
    rate(page, 2, 0.5)
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert before.items() < kept(page).items()
    assert len(kept(page)) == 3


def test_unknown_films_bad_lines_and_values_off_the_scale_are_told(page):
    rate(page, 0, 0.99)
    (own,) = kept(page)
    new = next(item for item in (11, 12) if item != own)
    lines = ("user,item,rating,title", f"me,{new},4,", f"me,{own},1,", "me,98765,3,A film elsewhere")
    text = "\n".join((*lines, "me,3,abc,", "me,4,7,", "me,,3,", "you,5,4,", ""))
    said = bring(page, "others.csv", text)
    assert (
        "3 ratings imported from others.csv, 1 of them in the place of yours. 1 line of other people was left out."
        in said
    )
    assert 'line 5: the rating is "abc", expected a number' in said
    assert "line 6: the rating is 7, expected 0.5 to 5" in said
    assert "line 7: there is no item" in said
    assert "98765: A film elsewhere" in said
    assert kept(page) == {new: 4, own: 1, "98765": 3}
    row = page.locator("#mine-list > li", has_text="A film elsewhere")
    assert "not known to this model" in row.inner_text()
    with page.expect_response("**/v1/recommendations") as caught:
        rate(page, 1, 0.5)
    told = json.loads(caught.value.request.post_data)["ratings"]
    assert "98765" not in {str(one["item"]) for one in told}
    page.reload()
    ready(page)
    assert "not known to this model" in page.locator("#mine-list > li", has_text="A film elsewhere").inner_text()


def test_an_import_can_be_undone(page):
    rate(page, 0, 0.99)
    before = kept(page)
    bring(
        page, "a.json", json.dumps({"ratings": [{"item": 7, "rating": 2}, {"item": next(iter(before)), "rating": 1}]})
    )
    assert len(kept(page)) == 2
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert kept(page) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 ratings imported from a.csv."),
        ("title,stars\nHeat,4\n", "expected at least item and rating"),
        ("{", "this is no JSON"),
        ("\x00\x01\x02,\x03,\x04", "1 line could not be read"),
    ],
)
def test_a_file_of_something_else_changes_nothing_and_says_so(page, text, words):
    rate(page, 0, 0.99)
    before = kept(page)
    assert words in bring(page, "a.csv", text)
    assert kept(page) == before


LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2024-01-02,{0[0]},{0[1]},https://boxd.it/1,4.5
2024-01-02,{1[0]},{1[1]},https://boxd.it/2,2
2024-01-02,Nowhere Film,1931,https://boxd.it/3,5
"""
IMDB = """Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres
tt1,9,2024-01-02,{0[0]},https://x,Movie,8.6,125,{0[1]},Crime
tt2,3,2024-01-02,{1[0]},https://x,Movie,8.6,125,{1[1]},Crime
"""


def known(places):
    """Return ids of films, and titles and years as other programs write them."""
    rows = [(films().catalog.item_ids[place], films().catalog.title(place)) for place in places]
    spoken = [re.sub(r"^(.*), The$", r"The \1", title[:-7]).upper() for _, title in rows]
    return [int(item) for item, _ in rows], [(name, row[1][-5:-1]) for name, row in zip(spoken, rows, strict=True)]


def test_an_export_of_letterboxd_is_matched_and_what_was_not_found_is_given_back(page, tmp_path):
    rate(page, 0, 0.99)
    before = kept(page)
    items, named = known([col for col in (20, 21, 22) if films().catalog.item_ids[col] not in before][:2])
    said = bring(page, "ratings.csv", LETTERBOXD.format(*named))
    assert (
        "2 ratings imported from ratings.csv. Its ratings are those of Letterboxd, matched by title and year." in said
    )
    assert "became" not in said  # the scales are the same
    assert "1 film not in this catalogue; not imported" in said
    assert "Nowhere Film (1931): 5" in said
    assert kept(page) == before | dict(zip(items, (4.5, 2), strict=True))
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save these as a file").click()
    caught.value.save_as(tmp_path / "lost.csv")
    assert (tmp_path / "lost.csv").read_text(encoding="utf-8") == "Name,Year,Rating\nNowhere Film,1931,5\n"
    page.locator("#notice").get_by_role("button", name="Undo").click()
    settled(page)
    assert kept(page) == before


def test_an_export_of_imdb_comes_on_the_scale_of_the_model(page):
    items, named = known((20, 21))
    said = bring(page, "ratings.csv", IMDB.format(*named))
    assert "Its 1 to 10 became 0.5 to 5 here." in said
    assert kept(page) == dict(zip(items, (4.5, 1.5), strict=True))


def test_a_match_that_the_service_cannot_give_imports_nothing(page):
    _, named = known((20, 21))
    page.route("**/v1/items*", lambda route: route.abort())
    assert "Nothing was imported" in bring(page, "ratings.csv", IMDB.format(*named))
    assert kept(page) == {}
    page.unroute("**/v1/items*")
    page.said.clear()  # the browser's own word on it
    assert page.locator("#mine-import").is_enabled()


WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => {
    window.longest = Math.max(window.longest, one.duration);
  })).observe({ type: "longtask" });
}"""


def test_twenty_thousand_ratings_do_not_take_the_page_away(page):
    page.evaluate(WATCH)
    n = 20_000
    said = bring(page, "big.csv", "item,rating\n" + "".join(f"{item},4\n" for item in range(n)))
    assert "20,000 ratings imported from big.csv." in said
    assert page.locator("#mine-list > li").count() == 50
    page.get_by_role("button", name="Show 1,000 more").click()
    wait(page, "() => document.querySelectorAll('#mine-list > li').length === 1050")
    assert page.evaluate("window.longest") < 1_000  # 60 s before; about 100 ms where nothing else runs
    page.locator("#mine-clear").click()
    wait(page, "() => document.querySelectorAll('#mine-list > li').length === 0")
    settled(page)


def test_all_ratings_are_shown_when_asked_for(page):
    bring(page, "some.csv", "item,rating\n" + "".join(f"{item},4\n" for item in range(1, 61)))
    assert page.locator("#mine-list > li").count() == 50
    page.get_by_role("button", name="Show all 60").click()
    wait(page, "() => document.querySelectorAll('#mine-list > li').length === 60")
    assert page.locator("#mine-all").is_hidden()
    assert page.evaluate("document.activeElement.closest('#mine-list > li') !== null")
    order = page.evaluate("[...document.querySelectorAll('#mine-list .stars')].map(one => one.ariaLabel)")
    assert len(set(order)) == 60


def test_more_ratings_than_the_page_keeps_are_refused_in_words(page):
    said = bring(page, "huge.csv", "item,rating\n" + "".join(f"{item},4\n" for item in range(25_001)))
    assert said == "huge.csv holds more than 25,000 ratings; this page keeps no more. Nothing was imported."
    assert kept(page) == {}


def test_a_file_that_is_too_large_is_not_read(page):
    assert "larger than 5 MB" in bring(page, "a.csv", "item,rating\n" + "1,5\n" * 1_300_000)
