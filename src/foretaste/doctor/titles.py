"""Checks of the catalogue file: what it lacks, titles that are missing, alike or decoded wrongly, ids that stand twice."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from foretaste.doctor.case import Case
from foretaste.doctor.finding import FEW, Finding, found, share

_WRONG = re.compile("�|[\u0080-\u009f]|[ÂÃâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
"""A mark for a byte that is no text, a control character of latin-1, or the first byte of an accent and what follows it."""


def catalog_ids(case: Case) -> Iterator[Finding]:
    """Tell of rated items that the catalogue file lacks, and of ids that stand there twice; not where columns are swapped."""
    if case.films is None or case.swapped:
        return
    seen = Counter(film_id for film_id, _, _ in case.films)
    ids = case.ratings.item_ids
    unknown = np.flatnonzero([str(one) not in seen for one in ids.tolist()])
    if len(unknown):
        rows = int(case.per_item[unknown].sum())
        yield found(
            "unknown-items", f"{share(len(unknown), len(ids))} items, with {share(rows, len(case.ratings))} ratings.",
            "Lists show their ids. Use the catalogue file of the same release as the ratings.",
            minor=len(unknown) < FEW * len(ids), examples=tuple(f"item {one}" for one in ids[unknown[:3]].tolist()),
        )  # fmt: skip
    twice = [film_id for film_id, n in seen.items() if n > 1]
    if twice:
        yield found(
            "repeated-items", f"{share(len(twice), len(seen))} ids; the last title of each counts.",
            "Give every item one line.", minor=len(twice) < FEW * len(seen), examples=tuple(f"item {one}" for one in twice[:3]),
        )  # fmt: skip


def titles(case: Case) -> Iterator[Finding]:
    """Tell of titles that are missing or shared by several items."""
    if case.films is None:
        return
    titled = {film_id: title.strip() for film_id, title, _ in case.films}
    without = [film_id for film_id, title in titled.items() if not title]
    if without:
        yield found(
            "missing-titles", f"{share(len(without), len(titled))} items of the catalogue file.",
            "Lists show their ids instead. Fill the titles in, or live with it: no model needs them.",
            minor=len(without) < FEW * len(titled), examples=tuple(f"item {one}" for one in without[:3]),
        )  # fmt: skip
    groups: dict[str, list[str]] = {}
    for film_id, title in titled.items():
        if title:
            groups.setdefault(title, []).append(film_id)
    shared = {title: ids for title, ids in groups.items() if len(ids) > 1}
    surplus = sum(len(ids) - 1 for ids in shared.values())
    if shared:
        yield found(
            "repeated-titles", f"{share(surplus, len(titled))} items have the title of an earlier one.",
            "If they are one item, give them one id, or its ratings are divided; if not, name them by id (id:300).",
            minor=surplus < FEW * len(titled),
            examples=tuple(f'"{title}": items {", ".join(ids[:4])}' for title, ids in list(shared.items())[:3]),
        )  # fmt: skip


def mojibake(case: Case) -> Iterator[Finding]:
    """Tell of titles and ids in which UTF-8 was read as something else, or bytes were lost."""
    texts: dict[str, Iterable[str]] = {"titles": [title for _, title, _ in case.films or ()]}
    for role, ids in (("user", case.ratings.user_ids), ("item", case.ratings.item_ids)):
        texts[f"{role} ids"] = ids.tolist() if ids.dtype == object else ()
    for what, words in texts.items():
        every = list(words)
        wrong = [text for text in every if _WRONG.search(text)]
        if wrong:
            yield found(
                "mojibake", f"{share(len(wrong), len(every))} {what}.",
                "Read the source as UTF-8 where the file is made. A file in latin-1 becomes UTF-8 by iconv.",
                minor=len(wrong) < FEW * len(every), examples=tuple(f'"{text}"{_meant(text)}' for text in wrong[:3]),
                command="iconv -f latin1 -t utf-8 OLD > NEW" if any("�" in text for text in wrong) else None,
            )  # fmt: skip


def _meant(text: str) -> str:
    for name in ("cp1252", "latin-1"):
        try:
            return f', probably "{text.encode(name).decode("utf-8")}"'
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return ""
