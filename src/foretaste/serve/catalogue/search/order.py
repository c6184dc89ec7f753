"""The fine order of candidates: whole titles, beginnings, words found, then by how many slips lie between.

A text is compared with each form twice: word by word in any order, each with the nearest beginning of a word of the form; and
as one run of letters from the start of the form, with or without its article, so that missing and added spaces are nothing.
The better of the two counts. What would take too many slips is no match.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, FloatArray
from foretaste.serve.catalogue.search.distance import slips
from foretaste.serve.catalogue.search.forms import ARTICLES
from foretaste.serve.catalogue.search.typed import Typed

WHOLE, BEGINS, PHRASE, HOLDS, INSIDE, MISSPELT = range(6)
"""The text is a whole title; the beginning of one; stands in one; its words do, apart or unfinished; it stands within words;
there are slips."""
UNFINISHED = 0.2
"""What it costs that a typed word other than the last is only the beginning of one; and a misspelt text that of a title."""
FIRST_LETTER = 0.3
"""What it costs on top that the first letter is wrong: people seldom miss it."""
ANY_ORDER = 0.1
"""What it costs a misspelt text that only its words are found, not the run of its letters."""
WRONG_YEAR = 1.5
"""What it costs that a title is of another year than was typed."""
FORGIVEN, LAST_RESORT = 0.34, 0.5
"""Slips a letter typed, at most; and where nothing is nearer, for texts of `LONG` letters or more."""
LONG = 6
WITHIN = 4
"""Letters that are looked for within words."""


def in_order(typed: Typed, forms: Sequence[str], years: NDArray[np.int16]) -> AnyArray:
    """Return the places of the forms that fit, best first; among equals as they stand, int (n,).

    Args:
        typed: What is looked for.
        forms: Candidates.
        years: Of their titles; 0 where unknown.
    """
    if not forms:
        return np.empty(0, np.int64)
    cost = np.minimum.reduce([_by_words(words, typed.year, forms, years) for words in typed.readings])
    tier = np.where(cost < 1, HOLDS, MISSPELT)
    cost += np.float32(ANY_ORDER)
    _mark_phrases(typed, forms, tier)
    runs, of_form = _runs(forms)
    for letters, counts in _letters(typed, years):
        apart, counted = _run_slips(letters, runs), counts[of_form]
        np.minimum.at(cost, of_form[counted], apart[counted])
        np.minimum.at(tier, of_form[counted & (apart < 1)], BEGINS)
        tier[of_form[counted & _each(run == letters for run in runs)]] = WHOLE
    cost[tier < MISSPELT] = 0
    size = sum(map(len, typed.words))
    fits = np.flatnonzero(cost <= max(FORGIVEN * size, 0.99))
    if not len(fits) and size >= LONG:
        fits = np.flatnonzero(cost <= LAST_RESORT * size)
    return fits[np.lexsort((fits, cost[fits], tier[fits]))]


def _by_words(words: Sequence[str], year: int, forms: Sequence[str], years: NDArray[np.int16]) -> FloatArray:
    """Return what it takes to find all words in each form, in any order, in slips, float32 (forms,)."""
    split = [form.split() for form in forms]
    number = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(split)))}
    codes = np.array([number[word] for word in chain.from_iterable(split)], np.int64)
    start = np.zeros(len(split), np.int64)
    np.cumsum([len(own) for own in split[:-1]], out=start[1:])
    known = list(number)
    total = np.zeros(len(forms), np.float32)
    size = np.fromiter(map(len, known), np.int64, len(known))
    for place, word in enumerate(words):
        apart = np.full(len(known), len(word), np.float32)
        near = np.flatnonzero(size >= len(word) - _allowed(word))  # a shorter one is another word
        apart[near] = slips(word, [known[other] for other in near.tolist()])
        apart[apart > _allowed(word)] = len(word)
        slipped = (apart > 0) & (apart < len(word))
        apart = _charged(apart, slipped, word, known)
        if place < len(words) - 1:
            apart += UNFINISHED * ((size > len(word) + 1) & ~slipped)
        best = np.minimum.reduceat(apart[codes], start)
        if year and word == str(year):
            best = np.minimum(best, np.where(years == year, 0, WRONG_YEAR))
        total += best
    return total


def _charged(apart: FloatArray, slipped: NDArray[np.bool_], typed: str, known: Sequence[str]) -> FloatArray:
    """Return slips with what is added where there are some: for a wrong first letter, and for what goes on."""
    some = np.flatnonzero(slipped)
    fewer = [known[place] for place in some.tolist()]
    apart[some] += FIRST_LETTER * _each(own[:1] != typed[0] for own in fewer)
    apart[some] += UNFINISHED * _each(len(own) > len(typed) + 1 for own in fewer)
    return apart


def _runs(forms: Sequence[str]) -> tuple[list[str], AnyArray]:
    """Return forms as runs of letters, those that begin with an article also without it, and the form that each is of."""
    rests = [(place, form.split(" ", 1)) for place, form in enumerate(forms)]
    bare = [(place, words[1]) for place, words in rests if len(words) > 1 and words[0] in ARTICLES]
    of_form = np.array([*range(len(forms)), *(place for place, _ in bare)], np.int64)
    return [form.replace(" ", "") for form in (*forms, *(rest for _, rest in bare))], of_form


def _letters(typed: Typed, years: NDArray[np.int16]) -> list[tuple[str, AnyArray]]:
    """Return what was typed as runs of letters, each with the forms it counts for; without its year only those of the year."""
    runs = {"".join(words): np.ones(len(years), np.bool_) for words in typed.readings}
    if typed.year and not typed.only_year:
        runs.setdefault(typed.undated.replace(" ", ""), years == typed.year)
    return list(runs.items())


def _run_slips(letters: str, run: Sequence[str]) -> FloatArray:
    """Return the slips from a run of letters to the beginning of each other one."""
    apart = slips(letters, run).astype(np.float32)
    return _charged(apart, (apart > 0) & (apart < len(letters)), letters, run)


def _mark_phrases(typed: Typed, forms: Sequence[str], tier: AnyArray) -> None:
    """Mark the forms that have all words side by side, perhaps within longer ones, and those that have just these words."""
    for words in typed.readings:
        phrase, wanted = f" {' '.join(words)}", sorted(words)
        if len(phrase) > WITHIN:
            within = _each(phrase[1:] in form for form in forms)
            tier[within & (tier > INSIDE)] = INSIDE
        tier[_each(phrase in f" {form}" for form in forms)] = PHRASE
        tier[_each(len(form) == len(phrase) - 1 and sorted(form.split()) == wanted for form in forms)] = WHOLE


def _each(flags: Iterable[bool]) -> NDArray[np.bool_]:
    return np.fromiter(flags, np.bool_)


def _allowed(word: str) -> int:
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3
