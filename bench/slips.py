"""What people do to a title when they type it, made mechanically: one function per kind, from a plain title and a generator.

A kind returns None where it cannot be done to a title (no space to leave out, too short for two slips).
"""

from collections.abc import Callable

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORTEST = 4
"""Letters of a word before a slip in it is made."""


def as_it_is(title: str, _rng: np.random.Generator) -> str | None:
    return title


def first_half(title: str, _rng: np.random.Generator) -> str | None:
    return title[: max(len(title) // 2, 5)].strip() if len(title) > 6 else None


def turned(title: str, rng: np.random.Generator) -> str | None:
    at = _inside(title, rng, both=True)
    return None if at is None else title[:at] + title[at + 1] + title[at] + title[at + 2 :]


def dropped(title: str, rng: np.random.Generator) -> str | None:
    at = _inside(title, rng)
    return None if at is None else title[:at] + title[at + 1 :]


def doubled(title: str, rng: np.random.Generator) -> str | None:
    at = _inside(title, rng)
    return None if at is None else title[:at] + title[at] + title[at:]


def wrong(title: str, rng: np.random.Generator) -> str | None:
    at = _inside(title, rng)
    return None if at is None else title[:at] + _other(title[at], rng) + title[at + 1 :]


def wrong_first(title: str, rng: np.random.Generator) -> str | None:
    return _other(title[0], rng) + title[1:] if len(title) >= SHORTEST else None


def two_slips(title: str, rng: np.random.Generator) -> str | None:
    if len(title) < 2 * SHORTEST:
        return None
    once = (turned, dropped, wrong)[rng.integers(3)](title, rng)
    return None if once is None else (turned, dropped, wrong)[rng.integers(3)](once, rng)


def no_spaces(title: str, _rng: np.random.Generator) -> str | None:
    return title.replace(" ", "") if " " in title else None


def one_space_less(title: str, rng: np.random.Generator) -> str | None:
    spaces = [at for at, char in enumerate(title) if char == " "]
    if not spaces:
        return None
    at = spaces[rng.integers(len(spaces))]
    return title[:at] + title[at + 1 :]


def space_inside(title: str, rng: np.random.Generator) -> str | None:
    at = _inside(title, rng)
    return None if at is None else title[:at] + " " + title[at:]


def word_left_out(title: str, rng: np.random.Generator) -> str | None:
    words = title.split()
    if len(words) < 3:
        return None
    del words[rng.integers(len(words))]
    return " ".join(words)


def words_turned(title: str, _rng: np.random.Generator) -> str | None:
    words = title.split()
    return " ".join(words[::-1]) if len(words) > 1 else None


def half_with_slip(title: str, rng: np.random.Generator) -> str | None:
    half = first_half(title, rng)
    return None if half is None or len(half) < 6 else (turned, dropped, wrong)[rng.integers(3)](half, rng)


KINDS: dict[str, Callable[[str, np.random.Generator], str | None]] = {
    "as it is": as_it_is,
    "its first half": first_half,
    "two letters turned": turned,
    "a letter dropped": dropped,
    "a letter doubled": doubled,
    "a wrong letter": wrong,
    "a wrong first letter": wrong_first,
    "two slips": two_slips,
    "no spaces": no_spaces,
    "one space less": one_space_less,
    "a space inside a word": space_inside,
    "a word left out": word_left_out,
    "words the other way round": words_turned,
    "first half, with a slip": half_with_slip,
}


def _inside(title: str, rng: np.random.Generator, *, both: bool = False) -> int | None:
    """Choose a letter that is not the first of its word, in a word of some length; if `both`, with an unlike one behind it."""
    fit, at = [], 0
    for word in title.split(" "):
        if len(word) >= SHORTEST:
            fit += [at + i for i in range(1, len(word) - both) if not both or word[i] != word[i + 1]]
        at += len(word) + 1
    return fit[rng.integers(len(fit))] if fit else None


def _other(letter: str, rng: np.random.Generator) -> str:
    return LETTERS.replace(letter, "")[rng.integers(25)] if letter in LETTERS else "x"
