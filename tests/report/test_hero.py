"""The verdict in parts: nothing of its sentence is lost."""

import pytest

from foretaste.report.hero import hero_of

ROWS = [{"model": name, "rmse": 0.9} for name in ("ridge", "ridge wins", "a: b", "two")]


@pytest.mark.parametrize(
    ("sentence", "word", "headline", "detail"),
    [
        (
            "ridge wins against two, the best of the others: RMSE 0.8 against 0.9.",
            "wins",
            "ridge wins against two, the best of the others",
            "RMSE 0.8 against 0.9.",
        ),
        (
            "two ties with ridge wins, the best of the others: RMSE 1.",
            "ties",
            "two ties with ridge wins, the best of the others",
            "RMSE 1.",
        ),
        ("ridge wins loses to two: RMSE 1.", "loses", "ridge wins loses to two", "RMSE 1."),
        ("a: b wins against two: more.", "wins", "a: b wins against two", "More."),
        (
            "two has RMSE 0.9; there is nothing to compare it with.",
            "",
            "two has RMSE 0.9",
            "There is nothing to compare it with.",
        ),
        (
            "Nobody likes anything that is hidden, so there is no list to judge.",
            "",
            "Nobody likes anything that is hidden, so there is no list to judge",
            "",
        ),
    ],
)
def test_the_sentence_is_cut_after_who_wins(sentence, word, headline, detail):
    hero = hero_of({"models": ROWS, "verdict": sentence})
    assert (hero.word, hero.headline, hero.detail, hero.floor) == (word, headline, detail, "")
    assert bool(hero.sign) == bool(word)


def test_the_noise_floor_stands_beside_it():
    report = {
        "models": ROWS,
        "verdict": "ridge wins against two: x.",
        "significance": {"metric": "rmse", "subject": "ridge", "floor": 0.0038, "tests": []},
    }
    assert hero_of(report).floor == "Differences in RMSE under 0.0038 mean nothing on this split."


def test_the_three_words_have_three_signs():
    signs = {hero_of({"models": ROWS, "verdict": f"ridge {word} x: y."}).sign for word in ("wins", "ties", "loses")}
    assert len(signs) == 3
