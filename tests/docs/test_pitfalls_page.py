"""The page of pitfalls names what shows each claim, and that is there."""

import re
from pathlib import Path

from foretaste.doctor.rules import RULES
from foretaste.metrics.registry import METRICS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "concepts" / "pitfalls.md").read_text(encoding="utf-8")
ITEMS = re.split(r"^\d+\. ", TEXT, flags=re.MULTILINE)[1:]


def test_there_are_twenty_three_and_each_says_what_is_here_and_what_shows_it():
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", TEXT, flags=re.MULTILINE)]
    assert numbers == list(range(1, 24))
    for text in ITEMS:
        assert "*Here*" in text, text
        assert "::test_" in text, text


def test_every_test_that_is_named_exists():
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", TEXT)
    assert len(named) >= 23
    missing = [f"{file}::{name}" for file, name in named
               if f"def {name}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")]  # fmt: skip
    assert missing == []


def test_metrics_and_findings_that_are_named_exist():
    words = set(re.findall(r"`([a-z_]+@\d+|ndcg_rated|rmse|[a-z]+-[a-z-]+)`", TEXT)) - {
        "new-users-time",
        "leave-last-out",
    }
    assert words >= {"recall_all@20", "ndcg_graded@20", "random-in-time", "noisy-split"}
    assert {word for word in words if word not in METRICS and word not in RULES} == set()
