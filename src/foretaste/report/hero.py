"""The verdict as the first thing seen: one coloured word, one line, and how it stands to the noise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foretaste.digits import fixed
from foretaste.report.differences import floor_of
from foretaste.report.words import decided_by, title_of

SIGNS = {"wins": "▲", "ties": "=", "loses": "▼"}
"""What stands before the word, so that it is not told by colour alone."""


@dataclass(frozen=True)
class Hero:
    """The verdict in parts.

    Args:
        word: wins, ties or loses; empty where nobody can say.
        sign: A mark of its own for the word.
        headline: Who does so, and against whom.
        detail: By how much, and whether that is more than noise.
        floor: What differences mean nothing on this split; empty where that was not measured.
    """

    word: str
    sign: str
    headline: str
    detail: str
    floor: str


def hero_of(report: Mapping[str, Any]) -> Hero:
    """Return the verdict of a report in parts: its sentence is cut, and nothing is added to it but the noise floor."""
    sentence = str(report["verdict"])
    labels = sorted((re.escape(str(row["model"])) for row in report["models"]), key=len, reverse=True)
    found = re.match(rf"(?:{'|'.join(labels)}) (wins|ties|loses)\b", sentence) if labels else None
    start = found.end() if found else 0
    cut = re.compile(r": |; |\. (?=[A-Z])").search(sentence, start)
    headline, detail = (sentence[: cut.start()], sentence[cut.end() :]) if cut else (sentence, "")
    word = found[1] if found else ""
    floor = floor_of(report)
    metric = title_of(decided_by(report))
    words = "" if floor is None else f"Differences in {metric} under {fixed(floor)} mean nothing on this split."
    return Hero(word, SIGNS.get(word, ""), headline.rstrip("."), detail[:1].upper() + detail[1:], words)
