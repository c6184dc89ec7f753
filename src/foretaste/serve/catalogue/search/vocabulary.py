"""Words that begin like a typed one, or do so but for one slip: a letter too many, too few, wrong, or two in turned order.

Whatever one slip does to the first letters of a word, leaving out one letter on each side makes the two equal again. So the
beginnings of all words are kept with each of their letters left out, and a lookup leaves letters out of what was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, IntArray
from foretaste.serve.catalogue.search.distance import slips
from foretaste.serve.catalogue.search.postings import Postings, code_points, hashed

LONGEST = 6
"""Letters of a beginning."""
FORGIVEN = 4
"""Letters that a word must have before a slip in it is looked for."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All words of all forms.

    Args:
        words: Distinct.
        beginnings: Where each beginning, whole or with a letter left out, stands: places in `words`.
        start: Where a word's forms begin in `forms`, int32 (words + 1,).
        forms: The forms that a word stands in, ascending within a word, int32.
    """

    words: tuple[str, ...]
    beginnings: Postings
    start: IntArray
    forms: IntArray

    @classmethod
    def of(cls, forms: Sequence[str]) -> "Vocabulary":
        """Collect the words of forms."""
        stream = " \n ".join(forms).split(" ") if forms else []
        number = {word: place for place, word in enumerate(dict.fromkeys(["\n", *stream]))}
        codes = np.fromiter(map(number.__getitem__, stream), np.int32, len(stream)) - 1
        inside = codes >= 0
        of_form = np.cumsum(~inside, dtype=np.int32)[inside]
        codes = codes[inside]
        words = tuple(number)[1:]
        start = np.zeros(len(words) + 1, np.int32)
        np.cumsum(np.bincount(codes, minlength=len(words)), out=start[1:])
        return cls(words, _beginnings(words), start, of_form[np.argsort(codes, kind="stable")])

    def like(self, word: str) -> tuple[IntArray, AnyArray]:
        """Return the words that begin with `word` but for one slip, and the number of slips, int (n,) each."""
        own = code_points(word)[None, :LONGEST]
        keys = np.unique(np.concatenate(_variants(own, forgiving=len(word) >= FORGIVEN)))
        found = [self.beginnings.at(key) for key in keys.tolist()]
        places = np.unique(np.concatenate(found))
        apart = slips(word, [self.words[place] for place in places.tolist()])
        near = apart <= (1 if len(word) >= FORGIVEN else 0)
        return places[near], apart[near]

    def forms_of(self, places: AnyArray) -> IntArray:
        """Return the forms in which some words stand, one word after the other, int32."""
        first, size = self.start[places], self.start[places + 1] - self.start[places]
        total = int(size.sum())
        before = np.cumsum(size) - size
        return self.forms[np.repeat(first - before, size) + np.arange(total)]


def _beginnings(words: tuple[str, ...]) -> Postings:
    size = np.fromiter(map(len, words), np.int64, len(words))
    codes = _padded(words)
    keys, places = [], []
    for length in range(1, LONGEST + 1):
        long_enough = np.flatnonzero(size >= length).astype(np.int32)
        made = _variants(codes[long_enough, :length], forgiving=length >= FORGIVEN)
        keys += made
        places += [np.repeat(long_enough, len(part) // max(len(long_enough), 1)) for part in made]
    if not words:
        return Postings.of(np.empty(0, np.uint16), np.empty(0, np.int32))
    return Postings.of(np.concatenate(keys), np.concatenate(places))


def _padded(words: tuple[str, ...]) -> NDArray[np.uint32]:
    """Return the first letters of words, (n, LONGEST), with zeros behind short ones."""
    return code_points("".join(word[:LONGEST].ljust(LONGEST, "\0") for word in words)).reshape(-1, LONGEST)


def _variants(codes: AnyArray, *, forgiving: bool) -> list[NDArray[np.uint16]]:
    """Return the numbers of beginnings (n, length); and if `forgiving` of each with one letter left out, length x n."""
    if not forgiving:
        return [hashed(codes)]
    length = codes.shape[1]
    others = [[place for place in range(length) if place != left_out] for left_out in range(length)]
    return [hashed(codes), hashed(codes[:, others].reshape(-1, length - 1))]
