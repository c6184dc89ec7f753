"""Codes are stable words, and the guide has every one of them as it is."""

import re
from pathlib import Path

from foretaste.doctor import RULES

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "doctor.md"


def test_codes_are_short_words_and_titles_are_sentences():
    for code, rule in RULES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+){0,2}", code)
        assert rule.title[0].isupper()
        assert rule.title.endswith(".")
        assert len(rule.title) <= 100


def test_the_guide_says_what_the_rules_say():
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| ([^|]+) \|", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [(code, severity, title.strip()) for code, severity, title in rows] == [
        (code, rule.severity, rule.title) for code, rule in RULES.items()
    ]


def test_every_row_of_the_guide_says_what_it_means_and_what_to_do():
    rows = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    for row in rows:
        *_, means, do = (cell.strip() for cell in row.strip("|").split("|"))
        assert len(means) > 20, row
        assert len(do) > 10, row
