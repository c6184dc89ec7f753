"""The noun TitleIndex: search as you type over all titles, accents and typos forgiven.

Two cheap looks give some hundred candidates: titles that share threes of letters with what was typed (`grams`), and titles in
which its words stand but for one slip each (`vocabulary`). Only those are compared letter by letter (`order`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.serve.catalogue.search.forms import all_forms
from foretaste.serve.catalogue.search.grams import gram_postings, shared
from foretaste.serve.catalogue.search.initials import initials_of
from foretaste.serve.catalogue.search.order import in_order
from foretaste.serve.catalogue.search.postings import Postings
from foretaste.serve.catalogue.search.typed import Typed
from foretaste.serve.catalogue.search.vocabulary import Vocabulary
from foretaste.serve.catalogue.shelf import Shelf

MOST = 128
"""Candidates that each of the two looks gives, and so half of the most titles that a search finds."""
STEPS = 12
"""In which the best candidates are told from the rest."""
SLIPPED = 0.6
"""What a word with a slip counts against one without."""
YEAR = 1.5
"""What the right year adds to a candidate, in words of middling rarity."""


@dataclass(frozen=True, eq=False)
class TitleIndex:
    """What is looked up when somebody types. Forms stand in the order of how well known their titles are.

    Args:
        forms: All forms of all titles.
        owner: The column that each form is of, int32 (forms,).
        year: Of each form's title, int16 (forms,).
        grams: Forms by threes of letters.
        vocabulary: Forms by words.
        initials: Columns by the initials of their titles, the best known first.
    """

    forms: tuple[str, ...]
    owner: IntArray
    year: NDArray[np.int16]
    grams: Postings
    vocabulary: Vocabulary
    initials: dict[str, IntArray]

    @classmethod
    def of(cls, shelf: Shelf) -> "TitleIndex":
        """Index the titles of a shelf; 100,000 take about a second."""
        best = shelf.best_known
        titles = [shelf.titles[col] for col in best.tolist()]
        forms, places = all_forms(titles)
        owner = best[np.array(places, np.int32)]
        initials = {letters: best[own] for letters, own in initials_of(titles).items()}
        return cls(tuple(forms), owner, shelf.years[owner], gram_postings(forms), Vocabulary.of(forms), initials)

    def find(self, text: str, allowed: NDArray[np.bool_] | None = None) -> IntArray:
        """Return the columns that a typed text may mean, int32 (n,): whole titles, then beginnings, then words, then typos.

        Args:
            text: As typed; the last word may be unfinished, and a year in it counts.
            allowed: Which columns may be found, (items,); None allows all.
        """
        typed = Typed.of(text)
        if not typed.words or not self.forms:
            return np.empty(0, np.int32)
        open_to = None if allowed is None else allowed[self.owner]
        looks = [self._by_letters(typed), self._by_words(typed)]
        if typed.only_year:
            looks.append((self.year == typed.year).astype(np.float32))
        places = np.unique(np.concatenate([self._best(hits, open_to) for hits in looks]))
        placed = in_order(typed, [self.forms[place] for place in places.tolist()], self.year[places])
        cols = self.owner[places[placed]]
        cols = np.concatenate([self._by_initials(typed, allowed), cols])
        _, first = np.unique(cols, return_index=True)
        return cols[np.sort(first)]

    def _by_initials(self, typed: Typed, allowed: NDArray[np.bool_] | None) -> IntArray:
        """Return the columns with these initials, int32 (n,); none where some word begins like that."""
        cols = self.initials.get(typed.undated, np.empty(0, np.int32))
        if not len(cols) or (self.vocabulary.like(typed.undated)[1] == 0).any():
            return np.empty(0, np.int32)
        return cols if allowed is None else cols[allowed[cols]]

    def _by_letters(self, typed: Typed) -> FloatArray:
        return self._dated(shared(self.grams, typed.undated, len(self.forms)), typed)

    def _by_words(self, typed: Typed) -> FloatArray:
        """Return the sum over typed words of how rare they are, float32 (forms,), less for words with a slip."""
        n = len(self.forms)
        hits = np.zeros(n, np.float32)
        for word in dict.fromkeys(typed.undated.split()):
            words, slips = self.vocabulary.like(word)
            forms = [self.vocabulary.forms_of(words[slips == count]) for count in (0, 1)]
            rarity = np.log1p(n / max(sum(map(len, forms)), 1))
            value = np.zeros(n, np.float32)
            value[forms[1]] = SLIPPED * rarity
            value[forms[0]] = rarity  # what fits without a slip is written last
            hits += value
        return self._dated(hits, typed)

    def _dated(self, hits: FloatArray, typed: Typed) -> FloatArray:
        if typed.year:
            hits[(self.year == typed.year) & (hits > 0)] += np.float32(YEAR * np.log(len(self.forms)) / 2)
        return hits

    @staticmethod
    def _best(hits: FloatArray, open_to: AnyArray | None) -> AnyArray:
        """Return the forms with the most, better known ones first among equals, `MOST` at most."""
        if open_to is not None:
            hits = hits * open_to
        share = hits.max() / np.float32(STEPS)
        if not share:
            return np.empty(0, np.int64)
        for step in range(STEPS, -1, -1):  # the few that have much are found without sorting the many that have little
            places = np.flatnonzero(hits >= step * share if step else hits > 0)
            if len(places) >= MOST:
                break
        if step == STEPS:
            return places[:MOST]
        return places[np.argsort(-hits[places], kind="stable")[:MOST]]
