"""What somebody wishes of a list is kept and put in order, and what is said around the list is true of how it was made."""

import json

import pytest

from tests.e2e.studio import ROWS, films, kept, narrow, open_studio, rate, ready, serving, settled
from tests.e2e.test_studio_logic import CALL, film

pytestmark = pytest.mark.slow
STARS, CLICKS = {"scale": [0.5, 5], "step": 0.5}, {"scale": [1, 1]}
WISHES = {"adventure": 0, "sure": False, "genres": [], "from": None, "to": None}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = serving(tmp_path_factory.mktemp("wishes"), films())
    yield made
    made.stop()


@pytest.fixture
def page(browser, service):
    made = open_studio(browser, service)
    yield made
    made.context.close()


@pytest.fixture(scope="module")
def logic(browser, service):
    made = open_studio(browser, service)
    yield lambda module, name, *args: made.evaluate(CALL, [module, name, list(args)])
    made.context.close()


def asked(page, act):
    """Do something, and return what the service is asked then."""
    with page.expect_response("**/v1/recommendations") as caught:
        act()
    settled(page)
    return json.loads(caught.value.request.post_data)


def test_wishes_survive_a_refresh(page):
    genre = page.locator("#genres .chip").first.text_content()
    narrow(page)
    asked(page, lambda: page.locator("#adventure").press("End"))
    asked(page, page.locator("#sure").check)
    asked(page, page.locator("#genres .chip").first.click)
    page.locator("#from").fill("1980")
    wanted = asked(page, lambda: page.locator("#from").press("Tab"))
    wishes = {"adventure": 1, "sure": True, "genres": [genre], "years": {"from": 1980}}
    assert wishes.items() <= wanted.items()
    assert asked(page, page.reload) == wanted
    ready(page)
    assert page.locator("#sure").is_checked()
    assert page.locator("#adventure").input_value() == "1"
    assert page.locator("#from").input_value() == "1980"
    assert page.locator("#genres .chip").first.get_attribute("aria-pressed") == "true"
    assert genre in page.locator("#narrow-said").inner_text()
    assert "; little-known films first." in page.locator("#list-note").inner_text() + "."


def test_years_in_the_wrong_order_change_places_and_say_so(page):
    narrow(page)
    page.locator("#from").fill("2010")
    asked(page, lambda: page.locator("#from").press("Tab"))
    page.locator("#to").fill("1990")
    assert asked(page, lambda: page.locator("#to").press("Tab"))["years"] == {"from": 1990, "to": 2010}
    assert page.locator("#years-said").inner_text() == "From 1990 to 2010: the years have changed places."
    assert [page.locator(f"#{end}").input_value() for end in ("from", "to")] == ["1990", "2010"]
    page.locator("#to").fill("99999")
    assert asked(page, lambda: page.locator("#to").press("Tab"))["years"] == {"from": 1990}
    assert page.locator("#years-said").inner_text() == "99999 is no year, and does not count."
    assert "years" not in asked(page, page.locator("#reset-wishes").click)
    assert page.locator("#years-said").inner_text() == ""
    assert page.locator("#notice").is_hidden()


def test_a_list_says_where_it_ends(page):
    rate(page, 0, 0.9)
    while page.locator("#list-more").is_visible():
        asked(page, page.locator("#list-more").click)
    lines = page.locator(ROWS).count()
    assert page.locator("#list-end").inner_text() == f"That is all: {lines} films."
    assert lines == len(films().catalog) - 1


def test_a_head_names_what_was_liked_and_the_rest_is_told_below(page):
    for place, share in enumerate((0.99, 0.05, 0.99, 0.05)):
        rate(page, place, share)
    liked = {item for item, rating in kept(page).items() if rating > 3}
    answer = page.evaluate("""async () => {
      const { keeper } = await import(document.querySelector("link[href$='studio.js']").href);
      const ratings = keeper.taste.ratings.map(({ item, rating }) => ({ item, rating }));
      const { ask } = await import(document.querySelector("link[href$='api.js']").href);
      return ask("v1/recommendations", { body: { ratings, explain: true } });
    }""")
    for row, line in zip(page.locator(ROWS).all(), answer["items"], strict=True):
        said = row.locator(".because").inner_text()
        strong = [one for one in line["because"] if one["effect"] >= 0.1]
        if not strong:
            assert said == "liked by most who know it"
        elif any(one["item"] in liked for one in strong):
            assert said.startswith("because you liked ")
        else:
            assert said.startswith("because you did not like ")
    page.locator(f"{ROWS} .open").first.click()
    left = 4 - len(answer["items"][0]["because"])
    rest = f"Your other {'rating' if left == 1 else f'{left} ratings'} did"
    assert "null" not in page.locator(".why-all").inner_text()
    assert (rest in page.locator(".why-all").inner_text()) == (left > 0)


@pytest.mark.parametrize("text", [None, "", "{", "7", "[]", '{"adventure": "x", "genres": 4, "from": 1.5}'])
def test_wishes_that_are_damaged_are_none(logic, text):
    assert logic("question", "parsedWishes", text) == WISHES


def test_wishes_are_read_as_they_were_kept_within_their_bounds(logic):
    wishes = {"adventure": -0.5, "sure": True, "genres": ["War"], "from": 1950, "to": 1960}
    assert logic("question", "parsedWishes", json.dumps(wishes)) == wishes
    turned = wishes | {"adventure": 9, "genres": ["War", 3], "from": 1960, "to": 1950}
    assert logic("question", "parsedWishes", json.dumps(turned)) == wishes | {"adventure": 1}


def test_the_note_says_how_much_was_told(logic):
    made = {"given": 2, "told": 2, "considered": 9_720, "wishes": WISHES, "model": STARS}
    note = lambda **other: logic("list-words", "noteOf", made | other)  # noqa: E731 (a name for one call)
    assert note() == "From 2 ratings of yours, among 9,720 films."
    assert note(given=2_999, told=2_000) == "From 2,000 of your 2,999 ratings, among 9,720 films."
    assert note(considered=0) == "From 2 ratings of yours."
    assert note(model=CLICKS, given=1, told=1, considered=1) == "From 1 like of yours, among 1 film."
    assert note(given=0, model=CLICKS).endswith("One like, and the list is yours.")
    assert note(wishes=WISHES | {"adventure": -1}).endswith("; well-known films first.")


def test_an_empty_list_says_why(logic):
    made = {"given": 5, "told": 5, "considered": 0, "wishes": WISHES, "model": STARS}
    empty = lambda excluded=0, **other: logic("list-words", "emptyOf", made | other, excluded)  # noqa: E731
    assert empty() == "You have rated everything here."
    assert empty(model=CLICKS) == "You have liked everything here."
    assert empty(2) == "Everything here is rated or left out by you."
    assert empty(2, given=0) == "You have left out everything here."
    assert empty(wishes=WISHES | {"to": 1}).startswith("No film passes these filters.")
    assert empty(considered=3) == "There is nothing to list."


def test_the_end_of_a_list_is_told_where_it_ends(logic):
    made = {"given": 5, "told": 5, "considered": 300, "wishes": WISHES, "model": STARS}
    assert logic("list-words", "endOf", 50, 100, made) == ""
    assert logic("list-words", "endOf", 0, 100, made) == ""
    assert logic("list-words", "endOf", 100, 100, made).startswith(
        "The list ends at 100. More ratings, or other genres"
    )
    assert logic("list-words", "endOf", 7, 100, made | {"considered": 7}) == "That is all: 7 films."


def test_how_a_list_is_sorted_is_told_where_its_stars_do_not_say_it(logic):
    lines = [film(n) | {"predicted": stars} for n, stars in enumerate((4.5, 4, 4.2))]
    sorting = lambda items=lines, **other: logic("list-words", "sortingOf", items, WISHES, STARS | other)  # noqa: E731
    assert sorting(lines[:2]) == ""
    assert sorting() == "films that few people know stand lower"
    assert sorting(model="two_heads").startswith("one model orders the list")
    sure = logic("list-words", "sortingOf", lines, WISHES | {"sure": True}, STARS | {"interval_levels": [0.8]})
    assert sure == "sorted by the lower ends of the bands"


@pytest.mark.parametrize(
    ("verdict", "end"),
    [
        ("a loses to knn: RMSE ...", "; knn does better."),
        ("a wins against knn: ...", "; the best of the others, knn, does worse."),
        ("a ties with knn, ...", "; knn does about as well."),
        (None, "; whether knn does better is open."),
    ],
)
def test_a_model_is_told_in_one_plain_sentence_first(logic, verdict, end):
    rows = [{"model": "mean", "rmse": 1.1}, {"model": "knn", "rmse": 0.9, "ndcg@20": 0.2}, {"model": "a", "rmse": 0.95}]
    model = {"label": "a", "verdict": verdict, "comparison": rows, "scale": [0.5, 5]}
    rated = model | {"test": {"model": "a", "rmse": 0.95, "mae": 0.71}}
    assert logic("model-figures", "plainly", rated) == f"It misses by 0.7 stars on average{end}"
    ranked = model | {"test": {"model": "a", "rmse": None, "recall@20": 0.31, "ndcg@20": 0.3}}
    words = "Of ten films that people like and it is not told of, it finds 3 in a list of 20"
    assert logic("model-figures", "plainly", ranked) == f"{words}{end}"
    assert logic("model-figures", "plainly", ranked | {"comparison": None}) == f"{words}. It was compared with nothing."
    assert logic("model-figures", "plainly", model | {"test": None}) == ""
