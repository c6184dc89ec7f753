"""Titles and typed texts in plain letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.serve.catalogue.search.forms import all_forms, in_digits, plain


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Amélie", "amelie"),
        ("  Schindler's   List ", "schindlers list"),
        ("WALL·E", "walle"),
        ("Spider-Man", "spider man"),
        ("E.T. the Extra-Terrestrial", "et the extra terrestrial"),
        ("M*A*S*H", "mash"),
        ("Mr. & Mrs. Smith", "mr and mrs smith"),
        ("Straße İzmir", "strasse izmir"),
        ("Smørrebrød Łódź Æon", "smorrebrod lodz aeon"),
        ("七人の侍", "七 人 の 侍"),
        ("ガメラ", "カ メ ラ"),  # what makes ga of ka is a mark, as accents are
        ("기생충 2", plain(["기생충"])[0] + " 2"),
        ("ฉลาดเกมส์โกง", "ฉลาดเกมส์โกง"),
        ("Андрей Рублёв", "андреи рублев"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("कहानी", "कहानी"),
        ("$", "$"),
        ("?!", "?!"),
        ("", ""),
        ("a\nb", "a b"),
        ("\ud800x", "x"),
    ],
)
def test_texts_are_made_plain(text, letters):
    assert plain([text]) == [letters]


@given(st.lists(st.text(max_size=20), max_size=5))
def test_many_texts_are_made_plain_at_once_as_one_by_one(texts):
    together = plain(texts)
    for text, letters in zip(texts, together, strict=True):
        assert plain([text]) == [letters]
        assert letters == " ".join(letters.split())


def forms_of(title):
    forms, places = all_forms([title])
    assert set(places) <= {0}
    return forms


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("Matrix, The (1999)", ["the matrix"]),
        ("The Matrix", ["the matrix"]),
        ("Good, the Bad and the Ugly, The (1966)", ["the good the bad and the ugly"]),
        ("I, Robot (2004)", ["i robot"]),
        ("Monsters, Inc. (2001)", ["monsters inc"]),
        ("Seven (a.k.a. Se7en) (1995)", ["seven", "7", "se7en"]),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            [
                "the city of lost children",
                "la cite des enfants perdus",
                "the city of lost children la cite des enfants perdus",
            ],
        ),
        ("Godfather: Part II, The (1974)", ["the godfather part ii", "the godfather part 2"]),
        ("Ocean's Twelve (2004)", ["oceans twelve", "oceans 12"]),
        ("(500) Days of Summer (2009)", ["500 days of summer"]),
        ("Rose, L' (1998)", ["l rose"]),
        ("$ (1971)", ["$"]),
        ("(1999)", ["1999"]),
        ("()", ["()"]),
        ("", []),
        (" ", []),
    ],
)
def test_a_title_has_the_forms_that_people_type(title, forms):
    assert forms_of(title) == forms


def test_forms_of_many_titles_stand_in_the_order_of_their_titles():
    assert all_forms(["Rocky II (1979)", "", "Up (2009)"]) == (["rocky ii", "rocky 2", "up"], [0, 0, 2])
    assert all_forms([]) == ([], [])


def test_numbers_in_digits():
    assert in_digits("rocky iv and twelve onerous eyes") == "rocky 4 and 12 onerous eyes"
