"""Initials: ``lotr`` for The Lord of the Rings, where no word begins like that."""

from collections.abc import Iterable

from foretaste.serve.catalogue.search.forms import ARTICLES, plain, spoken

FEWEST, MOST = 3, 10
"""Words whose initials stand for a title."""


def initials_of(titles: Iterable[str]) -> dict[str, list[int]]:
    """Return by initials the places of the titles that have them, in order.

    A title counts whole and up to its colon, each with its article and without.

    Args:
        titles: As the data set writes them.
    """
    parts, places = [], []
    for place, title in enumerate(titles):
        name = spoken(title.partition(" (")[0])
        for part in dict.fromkeys((name, name.partition(":")[0])):
            parts.append(part)
            places.append(place)
    found: dict[str, list[int]] = {}
    for part, place in zip(plain(parts), places, strict=True):
        words = part.split()
        for own in (words, words[1:] if words and words[0] in ARTICLES else []):
            if FEWEST <= len(own) <= MOST:
                known = found.setdefault("".join(word[0] for word in own), [])
                if not known or known[-1] != place:
                    known.append(place)
    return found
