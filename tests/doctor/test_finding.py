"""A finding takes severity and title from its rule, and keeps few examples."""

import pytest

from foretaste.doctor.finding import SHOWN, found, share


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
    [(12, 900, "12 of 900 (1.3 %)"), (1, 1_000_000, "1 of 1,000,000 (0.0001 %)"), (0, 0, "0 of 0 (0 %)")],
)
def test_shares_in_words(part, whole, words):
    assert share(part, whole) == words
