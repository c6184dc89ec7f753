"""A finding takes severity and title from its rule, and keeps few examples."""

import pytest

from foretaste.doctor.finding import SHOWN, found, percent, share


def test_a_finding_has_the_severity_of_its_rule_or_is_a_note():
    made = found("all-equal", "90 of 90.", "Make lists.")
    assert (made.severity, made.title[-1]) == ("warning", ".")
    assert found("all-equal", "1.", "x", minor=True).severity == "note"


def test_examples_are_few_and_everything_goes_into_json():
    made = found("mojibake", "5.", "Read it as UTF-8.", examples=tuple("abcdef"), command="iconv")
    assert len(made.examples) == SHOWN
    assert made.to_dict() == {
        "code": "mojibake", "severity": "warning", "title": "Some text was decoded wrongly.", "evidence": "5.",
        "advice": "Read it as UTF-8.", "examples": ["a", "b", "c"], "command": "iconv",
    }  # fmt: skip


def test_a_code_without_a_rule_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        found("typo", "1.", "x")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (12, 900, "12 of 900 (1.3 %)"),
        (1, 1_000_000, "1 of 1,000,000 (0.0001 %)"),
        (0, 0, "0 of 0 (0 %)"),
        (7, 7, "7 of 7 (100 %)"),
        (9_997, 10_000, "9,997 of 10,000 (99.9 %)"),
        (1, 10**8, "1 of 100,000,000 (under 0.0001 %)"),
    ],
)
def test_shares_in_words(part, whole, words):
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("part", "words"),
    [(0.994, "99 %"), (0.9951, "99.5 %"), (0.0999, "10 %"), (0.5, "50 %"), (1.126, "113 %"), (0.000123, "0.012 %")],
)
def test_shares_have_no_exponent_and_only_all_is_a_hundred(part, words):
    assert percent(part) == words


def test_advice_does_not_announce_a_line_that_is_not_there():
    assert found("cold-items", "1.", "Leave rare items out:").advice == "Leave rare items out."
    assert found("cold-items", "1.", "Leave rare items out:", command="x").advice[-1] == ":"
