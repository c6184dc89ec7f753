"""Which item a person means by what was typed: an id, a title as it is written or as one says it, or a part of one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from foretaste.errors import InputError

_YEAR = re.compile(r" \(\d{4}[^()]*\)$")
_ARTICLE = re.compile(r"^(.+), (the|an|a)$")
_SHOWN = 5


@dataclass(frozen=True)
class Titles:
    """Titles in the forms in which people give them; every form leads to the columns that have it, in order.

    Args:
        written: As they stand in the data set.
        whole: Folded, with the year.
        bare: Folded, without the year.
    """

    written: Mapping[str, tuple[int, ...]]
    whole: Mapping[str, tuple[int, ...]]
    bare: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, titles: Sequence[str]) -> "Titles":
        """Index titles; empty ones are left out. ``Matrix, The (1999)`` is also ``the matrix (1999)``."""
        forms: tuple[dict[str, tuple[int, ...]], ...] = ({}, {}, {})
        for col, title in enumerate(titles):
            spoken = _spoken(title)
            for known, texts in zip(forms, ({title}, spoken, {_bare(text) for text in spoken}), strict=True):
                for text in filter(None, texts):
                    known[text] = (*known.get(text, ()), col)
        return cls(*forms)

    def meant(self, text: str) -> tuple[int, ...]:
        """Return the columns whose title this is: as written, else but for case and accents, else without its year."""
        if text in self.written:
            return self.written[text]
        spoken = sorted(_spoken(text))
        return next((known[form] for known in (self.whole, self.bare) for form in spoken if form in known), ())

    def holding(self, text: str) -> tuple[int, ...]:
        """Return the columns whose title has this text in it."""
        part = fold(text)
        return tuple(sorted({col for title, cols in self.whole.items() if part and part in title for col in cols}))

    def closest(self, text: str) -> int | None:
        """Return the column with the title that is most like a misspelt one, or None."""
        close = get_close_matches(fold(text), self.whole, n=1, cutoff=0.5)
        return self.whole[close[0]][0] if close else None


def several(text: str, named: Sequence[tuple[str, object]]) -> InputError:
    """Return the error for a text that fits several titles, given as (title, id)."""
    shown = "; ".join(f"{title} (id {item_id})" for title, item_id in named[:_SHOWN])
    more = "; ..." if len(named) > _SHOWN else ""
    return InputError(
        f'"{text}" fits {len(named)} titles: {shown}{more}; expected one',
        hint=f"give the whole title or the id, as in id:{named[0][1]}",
    )


def id_and_title(text: str, by_id: str, title: str, title_id: object) -> InputError:
    """Return the error for a text that is the id of one item and the title of another."""
    return InputError(
        f'"{text}" is the id of "{by_id}" and also the title "{title}", expected one item',
        hint=f"give id:{text} or id:{title_id}" if title == text else f'give the whole title, "{title}", or id:{text}',
    )


def fold(text: str) -> str:
    """Return text for comparison: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def _spoken(title: str) -> set[str]:
    """A title folded, and with the article in front that a catalogue puts behind."""
    folded = fold(title)
    bare = _bare(folded)
    moved = _ARTICLE.sub(r"\2 \1", bare)
    return {folded, moved + folded[len(bare) :]}


def _bare(folded: str) -> str:
    return _YEAR.sub("", folded)
