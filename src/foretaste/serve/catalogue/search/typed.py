"""The noun Typed: what somebody typed into a search, taken apart."""

from dataclasses import dataclass

from foretaste.serve.catalogue.search.forms import in_digits, plain

FIRST_FILM, LAST_YEAR = 1870, 2100
LONGEST, WORDS = 64, 16
"""Letters and words that are looked at; nobody types more of a title."""


@dataclass(frozen=True)
class Typed:
    """A text as it is compared.

    Args:
        words: Plain.
        year: The last word that can be a year; 0 where there is none.
        undated: The words without the year, joined; all of them where the year is the only one.
        readings: The words, and the same with numbers in digits where that differs.
    """

    words: tuple[str, ...]
    year: int
    undated: str
    readings: tuple[tuple[str, ...], ...]

    @property
    def only_year(self) -> bool:
        """Whether a year is all that was typed."""
        return self.year > 0 and len(self.words) == 1

    @classmethod
    def of(cls, text: str) -> "Typed":
        """Take a text apart."""
        whole = plain([text[: 4 * LONGEST]])[0][:LONGEST]
        words = tuple(whole.split()[:WORDS])
        years = [word for word in words if word.isascii() and word.isdigit() and len(word) == 4]
        years = [word for word in years if FIRST_FILM <= int(word) <= LAST_YEAR]
        rest = [word for word in words if word not in years[-1:]]
        readings = dict.fromkeys((words, tuple(in_digits(" ".join(words)).split())))
        return cls(words, int(years[-1]) if years else 0, " ".join(rest or words), tuple(readings))
