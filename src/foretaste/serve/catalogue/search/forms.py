"""The forms of a title: what people type for it, in plain letters and digits.

    Matrix, The (1999)                           the matrix
    City of Lost Children, The (Cité des enfants perdus, La) (1995)
                                                 the city of lost children, la cite des enfants perdus, and both in a row
    Godfather: Part II, The (1974)               the godfather part ii, the godfather part 2

What is typed is made plain in the same way.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from foretaste.serve.catalogue.shelf import undated

ARTICLES = frozenset({
    "the", "a", "an", "la", "le", "les", "l", "il", "lo", "gli", "el", "los", "las", "un", "une", "una", "das", "der", "die",
    "den", "det", "het", "de", "o", "os",
})  # fmt: skip
"""Words that catalogues put behind a title, and that people leave out."""
_MOVED = re.compile(r"^(.+), (\w+'?)$")
_BEHIND = re.compile(r"^([^(]*[^(\s])\s*((?:\([^()]*\)\s*)+)$")
_ALSO = re.compile(r"^(?:a\.?k\.?a\.?|aka):?\s+", re.IGNORECASE)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "&": " and "}
)
_SILENT = frozenset("'’‘ʼ`´.·*")
"""What people leave out without a space: Schindler's, E.T., WALL·E, M*A*S*H."""
_ALONE = re.compile("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Chinese and Japanese characters, which stand side by side without spaces: each is looked for as a word."""
DIGITS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7",
    "viii": "8", "ix": "9", "xi": "11", "xii": "12", "xiii": "13",
}  # fmt: skip
"""Numbers in words and in Roman letters, in digits; I, V and X are letters more often than numbers."""
_NUMBER = re.compile(rf"\b(?:{'|'.join(DIGITS)})\b")


def plain(texts: Iterable[str]) -> list[str]:
    """Return texts as they are compared: lower case, no accents, no punctuation, single spaces between words.

    A text that is nothing but signs keeps them, since there is a film that is called $.
    """
    raw = [text.replace("\n", " ") for text in texts]
    if not raw:
        return []
    joined = "\n".join(raw)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKD", joined)
    joined = joined.casefold().translate(_LETTERS)
    joined = joined.translate({ord(c): _instead(c) for c in set(joined) if not c.isascii() or not c.isalnum()})
    while "  " in joined:
        joined = joined.replace("  ", " ")
    lines = joined.replace(" \n", "\n").replace("\n ", "\n").strip(" ").split("\n")
    return [line or "".join(own.split()) for line, own in zip(lines, raw, strict=True)]


def in_digits(text: str) -> str:
    """Return a plain text with its numbers in digits."""
    return " ".join(DIGITS.get(word, word) for word in text.split())


def all_forms(titles: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return every form of every title in plain text, and the place of the title that it is of, ascending."""
    parts, places = [], []
    for place, title in enumerate(titles):
        for part in _parts(undated(title)):
            parts.append(part)
            places.append(place)
    forms, owners = [], []
    for form, place in zip(plain(parts), places, strict=True):
        if form:
            forms.append(form)
            owners.append(place)
            if _NUMBER.search(form):
                forms.append(in_digits(form))
                owners.append(place)
    return forms, owners


def _parts(title: str) -> list[str]:
    """Split a title into what it is called, what it is also called, and the whole."""
    behind = _BEHIND.match(title) if "(" in title else None
    if behind is None:
        return [spoken(title)]
    others = [part.strip() for part in behind[2].replace("(", ")").split(")") if part.strip()]
    parts = [spoken(behind[1])] + [spoken(_ALSO.sub("", other)) for other in others]
    return parts if any(map(_ALSO.match, others)) else [*parts, " ".join(parts)]


def spoken(title: str) -> str:
    """Put an article that stands behind in front."""
    moved = _MOVED.match(title) if "," in title else None
    return f"{moved[2]} {moved[1]}" if moved and moved[2].casefold().rstrip("'") in ARTICLES else title


def _instead(char: str) -> str:
    """Return what stands for a character: itself where words are made of it, nothing, a space, or a word of its own."""
    if char in _SILENT or unicodedata.combining(char):
        return ""
    if _ALONE.match(char):
        return f" {char} "
    return char if char == "\n" or unicodedata.category(char)[0] in "LNM" else " "
