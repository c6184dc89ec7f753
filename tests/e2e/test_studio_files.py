"""Ratings leave the studio as a file and come back from one; nothing is lost on the way, and what is wrong is told by line."""

import json

import pytest

from foretaste import read_ratings
from tests.e2e.studio import check_quiet, films, kept, open_studio, rate, ready, serving, settled

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
    page.wait_for_selector("#mine-report:not([hidden])")
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
    assert page.locator("#list-title").inner_text() == "A list for a newcomer"
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
        "3 ratings imported from others.csv, 1 of them in the place of yours. 1 line of other people were left out."
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


def test_a_file_that_is_too_large_is_not_read(page):
    assert "larger than 5 MB" in bring(page, "a.csv", "item,rating\n" + "1,5\n" * 1_300_000)
