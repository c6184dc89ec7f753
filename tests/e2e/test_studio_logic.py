"""The studio's logic without its page: modules are loaded by the browser, and held against Python's own answers."""

import csv
import io
import itertools
import json
import math

import numpy as np
import pytest

from foretaste import read_ratings
from tests.e2e.studio import HOSTILE, films, open_studio, serving

pytestmark = pytest.mark.slow
HALVES, WHOLES, TENS = ({"scale": scale, "step": step} for scale, step in (([0.5, 5], 0.5), ([1, 5], 1), ([1, 10], 1)))

CALL = """async ([module, name, args]) => {
  const plain = value => value instanceof Set ? [...value] : value instanceof Map ? Object.fromEntries(value)
    : value?.constructor === Object ? Object.fromEntries(Object.entries(value).map(([key, own]) => [key, plain(own)])) : value;
  return plain(await (await import(new URL(`page/js/${module}.js`, location)))[name](...args));
}"""


@pytest.fixture(scope="module")
def logic(browser, tmp_path_factory):
    """Call a function of a module in the browser."""
    service = serving(tmp_path_factory.mktemp("logic"), films())
    page = open_studio(browser, service)

    def call(module, function, *args):
        return page.evaluate(CALL, [module, function, list(args)])

    call.evaluate = page.evaluate

    yield call
    page.context.close()
    service.stop()


def film(item, title="A"):
    return {"item": item, "title": title, "year": None, "genres": []}


def rating(item, value, title="A", at=0):
    return film(item, title) | {"rating": value, "at": at}


@pytest.mark.parametrize(
    ("scale", "kind"),
    [
        ([0.5, 5], "stars"),
        ([1, 5], "stars"),
        ([0, 10], "stars"),
        ([1, 1], "like"),
        ([-10, 10], "slider"),
        ([1, 100], "slider"),
    ],
)
def test_a_scale_is_given_in_stars_likes_or_on_a_slider(logic, scale, kind):
    assert logic("stars", "kindOf", {"scale": scale}) == kind


@pytest.mark.parametrize("model", [HALVES, WHOLES, TENS])
def test_a_pointer_means_the_star_that_it_stands_on(logic, model):
    (low, high), step = model["scale"], model["step"]
    for fraction in np.linspace(0.03, 1, 98):
        steps = [low + n * step for n in range(round((high - low) / step) + 1)]
        wanted = min(value for value in steps if value >= fraction * high - 1e-9)
        assert logic("stars", "valueAt", float(fraction), model) == wanted
    assert logic("stars", "valueAt", 0, model) == low


def test_keys_walk_the_scale_and_stop_at_its_ends(logic):
    assert logic("stars", "moved", None, 1, HALVES) == 3
    assert logic("stars", "moved", None, -1, WHOLES) == 3
    assert logic("stars", "moved", 4.5, 1, HALVES) == 5
    assert logic("stars", "moved", 5, 1, HALVES) == 5
    assert logic("stars", "moved", 1, -1, WHOLES) == 1
    assert logic("stars", "moved", 0, -1, {"scale": [-10, 10], "step": 1}) == -1


def test_a_rating_is_said_as_people_say_it(logic):
    assert logic("stars", "said", 4.5, HALVES) == "4.5 of 5 stars"
    assert logic("stars", "said", 1, {"scale": [1, 1]}) == "liked"
    assert logic("stars", "said", -2.25, {"scale": [-10, 10]}) == "-2.25"
    assert [logic("stars", "fractionOf", value, [0.5, 5]) for value in (0, 0.5, 2.75, 5, 9)] == [0, 0, 0.5, 1, 1]


def test_what_is_written_is_what_python_and_foretaste_read(logic, tmp_path):
    titles = [*HOSTILE, "two\nlines", 'a "b", c', ""]
    given = [rating(n + 1, 0.5 + n / 2, title) for n, title in enumerate(titles)]
    text = logic("csv", "written", given)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["user"], row["item"], float(row["rating"]), row["title"]) for row in rows] == [
        ("me", str(one["item"]), one["rating"], one["title"]) for one in given
    ]
    (tmp_path / "mine.csv").write_text(logic("csv", "written", given[:5]), encoding="utf-8")
    ratings = read_ratings(tmp_path / "mine.csv")
    assert len(ratings) == 5
    assert ratings.rating.tolist() == [0.5, 1, 1.5, 2, 2.5]
    back = logic("csv", "read", text)
    assert back["bad"] == []
    assert [(row["item"], row["rating"], row["title"]) for row in back["rows"]] == [
        (str(one["item"]), one["rating"], one["title"]) for one in given
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_other_programs_are_read(logic, separator, end):
    lines = ["userId", "movieId", "rating", "timestamp"], ["7", "12", "4.5", "964982703"], ["7", "13", "3", "964982704"]
    read = logic("csv", "read", "\ufeff" + end.join(map(separator.join, lines)) + end)
    assert [(row["item"], row["rating"]) for row in read["rows"]] == [("12", 4.5), ("13", 3)]
    assert read["bad"] == []


@pytest.mark.parametrize(
    ("text", "rows", "bad"),
    [
        ("item,rating\n1,5\n2,abc\n\n3,\n,4\n4,2\n", [("1", 5), ("4", 2)], [3, 5, 6]),
        ('item,rating,title\n1,5,"two\nlines"\n2,x,B\n', [("1", 5)], [4]),
        ("1,5\n2,4\n", [("1", 5), ("2", 4)], []),
        ("me,1,5\nme,2,4\n", [("1", 5), ("2", 4)], []),
        ("item,rating\n1,5\n1,3\n", [("1", 3)], []),
        ("title,stars\nHeat,5\n", [], [1]),
        ("item,rating\n1,Infinity\n", [], [2]),
        ('[{"item": 1, "rating": 5}, {"item": 2}]', [("1", 5)], [2]),
        ('{"ratings": [{"item": "x", "rating": 2.5, "title": "X"}]}', [("x", 2.5)], []),
        ('{"films": []}', [], [1]),
        ("[1, 2", [], [1]),
        ("", [], []),
    ],
)
def test_bad_lines_are_told_by_number_and_the_rest_is_read(logic, text, rows, bad):
    read = logic("csv", "read", text)
    assert [(row["item"], row["rating"]) for row in read["rows"]] == rows
    assert [one["line"] for one in read["bad"]] == bad
    assert all(one["words"] for one in read["bad"])


def test_what_is_off_the_scale_takes_no_good_rating_away(logic):
    read = logic("csv", "read", "item,rating\n1,2\n1,7\n2,0\n", [0.5, 5])
    assert [(row["item"], row["rating"]) for row in read["rows"]] == [("1", 2)]
    assert [one["words"] for one in read["bad"]] == [f"the rating is {value}, expected 0.5 to 5" for value in (7, 0)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("356;3,5\n12;4\n", [("356", 3.5), ("12", 4)]),
        ("userId;movieId;rating\n1;356;3,5\n1;12;-2,25\n", [("356", 3.5), ("12", -2.25)]),
        ("item\trating\n356\t3,5\n", [("356", 3.5)]),
        ("item,rating,title\n1,4,a; b\n2,3,c\n", [("1", 4), ("2", 3)]),
    ],
)
def test_semicolons_go_with_decimal_commas(logic, text, rows):
    read = logic("csv", "read", text)
    assert [(row["item"], row["rating"]) for row in read["rows"]] == rows
    assert read["bad"] == []


LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2024-01-02,Heat,1995,https://boxd.it/1,4.5
2024-01-03,"Good, the Bad",1966,https://boxd.it/2,5
2024-01-04,Nothing,2001,https://boxd.it/3,
2024-01-05,Heat,1995,https://boxd.it/1,5
"""
IMDB = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres
tt1,9,2024-01-02,Spirited Away,Sen to Chihiro,https://x,Movie,8.6,125,2001,"Animation, Family"
tt2,12,2024-01-02,Heat,Heat,https://x,Movie,8.3,170,1995,Crime
"""


def test_exports_of_letterboxd_and_imdb_are_known_with_their_scales(logic):
    read = logic("csv", "read", LETTERBOXD, [1, 3])
    assert read["kind"] == {"name": "Letterboxd", "scale": [0.5, 5]}
    assert [(row["title"], row["year"], row["rating"]) for row in read["rows"]] == [
        ("Heat", 1995, 5),
        ("Good, the Bad", 1966, 5),
    ]
    assert [(one["line"], one["words"]) for one in read["bad"]] == [(4, 'the rating is "", expected a number')]
    read = logic("csv", "read", IMDB, [1, 3])
    assert read["kind"] == {"name": "IMDb", "scale": [1, 10]}
    assert [(row["title"], row["other"], row["rating"]) for row in read["rows"]] == [
        ("Spirited Away", "Sen to Chihiro", 9)
    ]
    assert read["bad"] == [{"line": 3, "words": "the rating is 12, expected 1 to 10"}]
    read = logic("csv", "read", "title,year,rating\nHeat,1995,4\n,1995,4\n", [1, 5])
    assert read["kind"] == {"name": "a list", "scale": None}
    assert read["bad"] == [{"line": 3, "words": "there is no title"}]


def test_what_was_not_found_is_written_as_it_is_read(logic):
    rows = logic("csv", "read", LETTERBOXD)["rows"]
    again = logic("csv", "read", logic("csv", "writtenByTitle", rows))
    assert [row | {"line": 0} for row in again["rows"]] == [row | {"line": 0} for row in rows]
    assert again["kind"] == {"name": "Letterboxd", "scale": [0.5, 5]}


@pytest.mark.parametrize(
    ("value", "given", "model", "wanted"),
    [
        (4.5, [0.5, 5], HALVES, 4.5), (10, [1, 10], HALVES, 5), (1, [1, 10], HALVES, 0.5), (7, [1, 10], HALVES, 3.5),
        (0.5, [0.5, 5], WHOLES, 1), (5, [0.5, 5], WHOLES, 5), (5, [0.5, 5], {"scale": [0, 100]}, 100),
        (4, [0.5, 5], {"scale": [1, 1]}, 1), (2, [0.5, 5], {"scale": [1, 1]}, None),
    ],
)  # fmt: skip
def test_ratings_keep_their_place_on_another_scale(logic, value, given, model, wanted):
    assert logic("stars", "converted", value, given, model) == wanted


def test_a_file_of_more_ratings_than_are_kept_is_refused_whole(logic):
    text = "item,rating\n" + "".join(f"{n},4\n" for n in range(25_001))
    read = logic("csv", "read", text)
    assert (read["full"], read["rows"]) == (True, [])
    read = logic("csv", "read", text[: text.rindex("25000")])
    assert (read["full"], len(read["rows"])) == (False, 25_000)


MATCH = """async ([rows, films]) => {
  const { Finder } = await import(new URL("page/js/titles.js", location));
  const finder = new Finder(rows);
  finder.see(films);
  return [rows.map(row => finder.films().get(row)?.item ?? null), finder.done];
}"""


def test_films_are_found_however_their_titles_are_written(logic):
    listed = (
        "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)", "Seven (a.k.a. Se7en) (1995)",
        "Misérables, Les (1998)", "Misérables, Les (2012)", "Harry & Son (1984)", "Amelie (Fabuleux destin, Le) (2001)",
        "Star Wars: Episode IV - A New Hope (1977)", "Kill Bill: Vol. 1 (2003)", "Kill Bill: Vol. 2 (2003)",
    )  # fmt: skip
    shelf = [film(place, title) | {"year": int(title[-5:-1])} for place, title in enumerate(listed)]
    asked = [
        ("Leon: The Professional", 1994, 0), ("LÉON", 1994, 0), ("Se7en", 1995, 1), ("Les Miserables", 2012, 3),
        ("Les Misérables", 1999, 2), ("Harry and Son", 1984, 4), ("Le fabuleux destin", 2001, 5), ("Star Wars", 1977, 6),
        ("Star Wars", 1978, None), ("Kill Bill", 2003, None), ("Nothing", 1999, None), ("Seven", 1990, None),
    ]  # fmt: skip
    rows = [{"title": title, "other": "", "year": year} for title, year, _ in asked]
    assert logic.evaluate(MATCH, [rows, shelf]) == [[place for *_, place in asked], False]
    assert logic.evaluate(MATCH, [[{"title": "x", "other": "Se7en", "year": 1995}], shelf]) == [[1], True]


MANY = """async ([taste, given, at]) => {
  const { allRated, records } = await import(new URL("page/js/many.js", location));
  return allRated(taste, await records(given, at));
}"""


def test_many_ratings_at_once_are_what_they_are_one_by_one(logic):
    rng = np.random.default_rng(0)
    taste = {"ratings": [rating(n, 3, at=1) for n in range(6)], "excluded": [film(n) | {"at": 0} for n in (7, 20)]}
    given = [{"film": film(str(n)), "rating": float(n % 5)} for n in rng.permutation(10).tolist()]
    wanted = taste
    for one in reversed(given):
        wanted = logic("taste", "rated", wanted, one["film"], one["rating"], 9)
    assert logic.evaluate(MANY, [taste, given, 9]) == wanted
    assert [logic("many", "ratingIn", taste, item) for item in ("3", 3, 99)] == [3, 3, None]


def test_lines_of_other_people_are_counted(logic):
    assert logic("csv", "read", "user,item,rating\na,1,5\nb,1,4\na,2,3\n")["others"] == 1


def test_a_taste_is_changed_without_losing_anything(logic):
    empty = {"ratings": [], "excluded": []}
    one = logic("taste", "rated", empty, film(1), 4, 10)
    two = logic("taste", "rated", one, film("2"), 3, 20)
    assert [each["item"] for each in two["ratings"]] == ["2", 1]
    changed = logic("taste", "rated", two, film("1"), 2, 30)  # 1 and "1" are the same item
    assert [each["rating"] for each in changed["ratings"]] == [3, 2]
    assert logic("taste", "unrated", changed, 2)["ratings"] == changed["ratings"][1:]
    left = logic("taste", "excluded", two, film(9), 40)
    assert logic("taste", "rated", left, film(9), 5, 50)["excluded"] == []
    assert logic("taste", "included", left, "9") == two
    assert logic("taste", "restored", one, two) == logic("taste", "restored", two, one) == two
    assert logic("taste", "undone", changed, two, [1]) == two
    assert logic("taste", "undone", logic("taste", "rated", one, film(5), 1, 99), one, ["5"]) == one


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "7", '"x"', '{"ratings": 5}', '{"ratings": [null, 3, {"item": {}}]}']
)
def test_what_is_kept_may_be_damaged(logic, text):
    assert logic("taste", "parsed", text) == {"ratings": [], "excluded": []}


def test_what_is_whole_of_a_damaged_taste_is_kept(logic):
    good = rating("a", 4, at=3)
    text = json.dumps(
        {"ratings": [good, {"item": 1, "title": "B", "rating": "5"}], "excluded": [{"item": 2, "title": "C"}]}
    )
    kept = logic("taste", "parsed", text)
    assert kept["ratings"] == [good]
    assert kept["excluded"] == [{"item": 2, "title": "C", "year": None, "at": 0}]


def test_changes_between_lists_are_those_that_counting_finds(logic):
    rng = np.random.default_rng(0)
    for _ in range(20):
        before, after = (rng.permutation(8)[: rng.integers(0, 7)].tolist() for _ in range(2))
        words = logic("diff", "inWords", *_changed(logic, before, after))
        new = len(set(after) - set(before))
        if not after:
            assert words == "The list is empty now."
        elif before == after:
            assert words == "The list is the same as before."
        elif new and new < len(after):
            assert f"{new} new film" in words


def _changed(logic, before, after):
    moves = {str(one): before.index(one) - after.index(one) for one in after if one in before}
    made = {
        "entered": {str(one) for one in after if one not in before},
        "left": {str(one) for one in before if one not in after},
        "moves": {key: by for key, by in moves.items() if by},
    }
    listed = [[film(one, f"F{one}") for one in each] for each in (before, after)]
    found = logic("diff", "changes", *listed)
    assert {key: own if key == "moves" else set(own) for key, own in found.items()} == made
    return listed


def test_the_question_tells_a_model_only_what_it_can_take(logic):
    taste = {"ratings": [rating(n, value) for n, value in enumerate((5, 0, 3, 7))], "excluded": [film(9)]}
    wishes = {"adventure": 0.5, "sure": True, "genres": ["Drama"], "from": 1990, "to": None}
    model = {"scale": [0.5, 5], "interval_levels": [0.5, 0.9], "explains": True, "items": 6}
    asked = logic("question", "question", taste, wishes, model, {"k": 10})
    assert asked == {
        "ratings": [{"item": 0, "rating": 5}, {"item": 2, "rating": 3}], "k": 6, "exclude": [9, 1, 3], "genres": ["Drama"],
        "years": {"from": 1990}, "adventure": 0.5, "intervals": True, "level": 0.5, "sure": True, "explain": True,
    }  # fmt: skip
    plain = {"adventure": 0, "sure": True, "genres": [], "from": None, "to": None}
    model = {"scale": [1, 1], "interval_levels": None, "explains": False, "items": 100}
    asked = logic("question", "question", taste, plain, model, {"k": 10, "name": "rival"})
    assert asked == {
        "ratings": [{"item": n, "rating": r} for n, r in enumerate((5, 0, 3, 7))],
        "k": 10,
        "exclude": [9],
        "model": "rival",
    }
    many = {"ratings": [rating(n, 4) for n in range(2_100)], "excluded": []}
    asked = logic("question", "question", many, plain, {"scale": [0.5, 5]}, {"k": 10, "visitor": "v"})
    assert [one["item"] for one in asked["ratings"]] == list(range(2_000))
    assert asked["exclude"] == list(range(2_000, 2_100))
    assert asked["visitor"] == "v"


@pytest.mark.parametrize(
    ("level", "words"), [(0.5, "half"), (0.8, "8 in 10"), (0.9, "9 in 10"), (0.95, "95 in 100"), (0.99, "99 in 100")]
)
def test_chances_are_said_in_whole_numbers(logic, level, words):
    assert logic("words", "chance", level) == words


def test_numbers_and_titles_are_said(logic):
    assert [logic("words", "signed", effect) for effect in (0.214, -0.08, 0.001, -0.001, 0)] == [
        "+0.21",
        "−0.08",
        *["±0.00"] * 3,
    ]
    assert logic("words", "spoken", {"title": "Matrix, The (1999)", "year": 1999}) == "The Matrix"
    assert logic("words", "spoken", {"title": "(1999)", "year": 1999}) == "(1999)"
    assert logic("words", "spoken", {"title": "2001 (1968)", "year": None}) == "2001 (1968)"
    reason = {"title": "Heat, The (1995)", "rating": 2, "effect": -0.31}
    assert (
        logic("words", "effectInWords", reason, True)
        == "Without your 2 for The Heat, the expected rating would be 0.31 higher."
    )
    line = {"predicted": None, "low": None, "high": None}
    assert "not how much you would like it" in logic("words", "expectation", line, None)
    assert len({logic("words", "familiarity", adventure) for adventure in (-1, -0.5, 0, 0.5, 1)}) == 5


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Seventh Seal, The (Sjunde inseglet, Det)", "The Seventh Seal (Det Sjunde inseglet)"),
        ("Amelie (Fabuleux destin d'Amélie Poulain, Le)", "Amelie (Le Fabuleux destin d'Amélie Poulain)"),
        ("Bear, The (Ours, L')", "The Bear (L'Ours)"),
        ("Boot, Das (Boat, The)", "Das Boot (The Boat)"),
        ("Lust, Caution (Se, jie)", "Lust, Caution (Se, jie)"),
        ("Monsters, Inc.", "Monsters, Inc."),
        ("Tinker, Tailor, Soldier, Spy", "Tinker, Tailor, Soldier, Spy"),
    ],
)
def test_articles_stand_in_front_in_brackets_too(logic, title, said):
    assert logic("words", "spoken", {"title": f"{title} (1999)", "year": 1999}) == said
    assert logic("words", "spokenTitle", f"{title} (1999)") == said
    assert f"First is {said}." in logic("diff", "inWords", [], [film(1, f"{title} (1999)") | {"year": 1999}])


def test_sentences_take_the_noun_of_the_catalogue(logic):
    try:
        logic("things", "call", {"one": "album", "many": "albums"})
        assert logic("things", "worded", "Find {a} you know") == "Find an album you know"
        assert logic("things", "worded", "{Many}, {one}, {A}") == "Albums, album, An album"
        assert [logic("things", "counted", n) for n in (0, 1, 2_000)] == ["0 albums", "1 album", "2,000 albums"]
        assert logic("things", "counted", 2, "new") == "2 new albums"
        assert logic("words", "familiarity", 1) == "little-known albums first"
    finally:
        logic("things", "call", None)
    assert logic("things", "worded", "{a}, {many}") == "a film, films"


def test_names_on_the_map_never_lie_on_each_other(logic):
    rng = np.random.default_rng(1)
    paper = {"width": 600, "height": 400, "margin": 20}
    wanted = [
        {"left": float(x), "top": float(y), "width": float(w)}
        for x, y, w in zip(rng.uniform(0, 600, 80), rng.uniform(0, 400, 80), rng.uniform(30, 160, 80), strict=True)
    ]
    held = [[500, 300, 600, 400]]
    placed = logic("map-plan", "placedNames", wanted, paper, {"tall": 17, "gap": 10, "most": 60}, held)
    boxes = [
        (p["left"], p["top"] - 8.5, p["left"] + wanted[p["place"]]["width"], p["top"] + 8.5) for p in placed
    ] + held
    assert 10 < len(placed) <= 60
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for left, top, right, bottom in boxes[:-1]:
        assert left >= 0
        assert top >= 0
        assert right <= 600
        assert bottom <= 400


def test_numbers_on_the_map_move_off_each_other_and_stars_stay(logic):
    rng = np.random.default_rng(2)
    points = [
        {"left": float(x), "top": float(y), "stays": place in {0, 1}}
        for place, (x, y) in enumerate([(0, 0), (300, 0), (0, 0), (0, 0), *rng.uniform(0, 60, (8, 2))])
    ]
    at = logic("map-plan", "movedApart", points, 21)
    assert at[:2] == [[0, 0], [300, 0]]
    assert min(math.dist(one, other) for one, other in itertools.combinations(at, 2)) >= 20
    lone = [{"left": 5, "top": 5, "stays": False}, {"left": 50, "top": 5, "stays": False}]
    assert logic("map-plan", "movedApart", lone, 21) == [[5, 5], [50, 5]]


def test_a_name_may_lie_on_its_own_point_and_on_no_other(logic):
    paper = {"width": 200, "height": 40, "margin": 0}
    wanted = [{"left": 20, "top": 20, "width": 60}, {"left": 100, "top": 20, "width": 60}]
    letters = {"tall": 17, "gap": 5, "most": 2}
    held = [[15, 15, 30, 25, 0], [95, 15, 110, 25, 1]]
    assert [p["place"] for p in logic("map-plan", "placedNames", wanted, paper, letters, held)] == [0, 1]
    assert [p["place"] for p in logic("map-plan", "placedNames", wanted, paper, letters, [[15, 0, 30, 40]])] == [1]


def test_regions_are_named_by_what_is_common_there_and_not_elsewhere(logic):
    rng = np.random.default_rng(3)
    spots = []
    for genre, year, (x, y) in (("War", 1999, (0.2, 0.2)), ("Horror", 1999, (0.8, 0.3)), (None, 1964, (0.5, 0.9))):
        at = rng.normal((x, y), 0.04, (60, 2)).clip(0, 1).tolist()
        spots += [{"x": x, "y": y, "genre": genre, "film": {"year": year}} for x, y in at]
    spots += [
        {"x": x, "y": y, "genre": str(rng.choice(["War", "Horror", "Drama"])), "film": {"year": None}}
        for x, y in rng.uniform(0, 1, (60, 2)).tolist()
    ]
    field = logic("map-field", "fieldOf", spots)
    regions = {one["name"]: one for one in logic("map-field", "regionsOf", spots, field)}
    assert set(regions) >= {"War", "Horror", "the 1960s"}
    assert set(regions) <= {"War", "Horror", "Drama", "the 1960s", "the 1990s"}
    for name, at in (("War", (0.2, 0.2)), ("Horror", (0.8, 0.3)), ("the 1960s", (0.5, 0.9))):
        assert math.dist((regions[name]["x"], regions[name]["y"]), at) < 0.15, name
    strongest = max(field["cells"], key=lambda cell: cell["strength"] if cell["genre"] == "War" else 0)
    assert math.dist((strongest["x"], strongest["y"]), (0.2, 0.2)) < 0.2
    assert logic("map-field", "fieldOf", [])["cells"] == []
    assert logic("map-field", "regionsOf", [], {"cells": [], "size": 0.1}) == []


def test_the_map_is_zoomed_about_what_is_pointed_at(logic):
    paper = {"width": 600, "height": 400, "margin": 20}
    view = logic("map-plan", "wholeView")
    x, y = logic("map-plan", "unproject", view, paper, 200, 150)
    nearer = logic("map-plan", "zoomed", view, paper, 3, 200, 150)
    assert nearer["scale"] == 3
    assert logic("map-plan", "project", nearer, paper, x, y) == pytest.approx([200, 150])
    assert logic("map-plan", "zoomed", nearer, paper, 1e-3, 0, 0) == view
    far = logic("map-plan", "panned", nearer, paper, 1e6, -1e6)
    assert 0 <= far["x"] < far["y"] <= 1
    points = [{"left": 10, "top": 10}, {"left": 14, "top": 10}]
    assert [logic("map-plan", "nearestTo", points, *at, 5) for at in ((11, 10), (13, 10), (30, 10))] == [0, 1, -1]


def test_what_a_model_says_of_itself_is_put_in_order(logic):
    own = {"value": 0.9, "difference": 0.2, "difference_low": 0.1, "difference_high": 0.3}
    unsure = own | {"difference": 0.05, "difference_low": -0.1}
    better = own | {"difference": -0.2, "difference_low": -0.3}
    bins = [
        {"label": label, "n": 5, "people": 3, **each} for label, each in (("1 to 4", own), ("5", unsure), ("6", better))
    ]
    slices = [
        {"by": "popularity", "metric": "rmse", "against": "bias", "bins": bins},
        {"by": "rating", "metric": "rmse", "against": "bias", "bins": bins},
        {"by": "given", "metric": "ndcg@20", "against": "popularity", "bins": bins},
    ]
    rows = [
        {"model": "mean", "rmse": 1.1, "rmse_low": 1, "rmse_high": 1.2},
        {"model": "a", "rmse": 0.9},
        {"model": "ease"},
    ]
    model = {"label": "a", "test": {"model": "a", "rmse": 0.9}, "slices": slices, "comparison": rows}
    weak = logic("model-figures", "weak", model)
    assert [group["label"] for group in weak["worse"]] == ["films with 1 to 4 ratings"]
    assert [group["label"] for group in weak["unsure"]] == ["films with 5 ratings"]
    assert weak["against"] == "bias"
    assert [(f["label"], f["own"]) for f in logic("model-figures", "compared", model, "rmse")] == [
        ("mean", False),
        ("a", True),
    ]
    bare = {"label": "a", "test": None, "scale": [1, 5]}
    assert logic("model-figures", "compared", bare, "rmse") == []
    assert logic("model-figures", "weak", bare) == {"worse": [], "unsure": [], "against": None}
    assert logic("model-figures", "origin", bare) == [["Scale", "1 to 5"]]
    low, high = logic("model-figures", "span", [{"at": 1, "low": 0.5, "high": 2}, {"at": 3, "low": None, "high": None}])
    assert low < 0.5
    assert high > 3
    assert math.isclose(0.5 - low, high - 3)
    held = {"level": 0.8, "coverage": 0.77, "low": 0.7, "high": 0.8, "width": 2}
    assert logic("model-figures", "coverage", model | {"calibration": [held, {"level": 0.9}]}) == [held]
    assert logic("model-figures", "coverage", model) == []
