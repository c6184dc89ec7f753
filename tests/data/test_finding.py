"""Titles in the forms in which people give them."""

from foretaste.data.finding import Titles, fold, id_and_title, several

TITLES = Titles.of(
    ("Matrix, The (1999)", "American Werewolf in London, An (1981)", "", "Bug's Life, A (1998)", "Emma (1996)")
)


def test_text_is_compared_without_case_accents_and_double_spaces():
    assert fold("  ÉCOLE  Ö") == "ecole o"


def test_articles_move_and_years_are_optional():
    assert TITLES.meant("an american werewolf in london") == (1,)
    assert TITLES.meant("A Bug's Life (1998)") == (3,)
    assert TITLES.meant("the matrix (2003)") == ()
    assert TITLES.meant("") == ()


def test_a_catalogue_form_finds_a_spoken_title():
    assert Titles.of(("The Matrix (1999)",)).meant("Matrix, The") == (0,)


def test_parts_and_misspellings():
    assert TITLES.holding("m") == (0, 1, 4)
    assert TITLES.holding("the matrix") == (0,)
    assert TITLES.holding(" ") == ()
    assert TITLES.closest("Ema (1996)") == 4
    assert TITLES.closest("zzzz") is None


def test_errors_list_five_at_most():
    error = several("x", [(f"T{n}", n) for n in range(7)])
    assert error.message.endswith("T4 (id 4); ...; expected one")
    assert id_and_title("1", "a", "b", 7).hint == 'give the whole title, "b", or id:1'
    assert id_and_title("1", "a", "1", 7).hint == "give id:1 or id:7"
