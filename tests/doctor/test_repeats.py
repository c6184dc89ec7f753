"""Every repeated pair is told once, as what it is."""

import pytest

from foretaste.doctor.repeats import BURST, repeats
from tests.doctor.planting import case_of, codes, world_case


def found(rating, time, n=1):
    user, item = [1] * len(rating) * n, [k // len(rating) for k in range(len(rating) * n)]
    return list(repeats(case_of(user, item, rating * n if rating[0] else None, time * n if time else None)))


@pytest.mark.parametrize(
    ("rating", "time", "expected"),
    [
        ([3.0, 3.0], None, "repeated-pairs"),
        ([3.0, 3.0], [0, BURST + 1], "repeated-pairs"),
        ([3.0, 3.0, 3.0], [0, 30, BURST], "burst-repeats"),
        ([3.0, 4.0], [0, 1], "contradicting-pairs"),
        ([3.0, 4.0], None, "contradicting-pairs"),
    ],
)
def test_what_a_pair_is(rating, time, expected):
    (only,) = found(rating, time)
    assert only.code == expected
    assert only.examples[0].startswith("user 1, item 0, ratings number 1, 2")


def test_clicks_come_again():
    (only,) = found([0, 0], [0, 3600])
    assert (only.code, only.severity) == ("repeated-events", "note")
    assert "--duplicates sum" in only.command
    assert found([0, 0], [0, 2])[0].code == "burst-repeats"
    assert ": 1" not in only.examples[0]


def test_counts_and_examples():
    case = case_of([1, 1, 1, 2, 2, 3], [5, 5, 5, 6, 6, 7], [4.0, 4, 4, 2, 3, 1], path="r.csv")
    first, second = repeats(case)
    assert codes([first, second]) == ["contradicting-pairs", "repeated-pairs"]
    assert "1 of 6 (17 %) rows are beyond the first of 1 pair." in first.evidence
    assert "2 of 6 (33 %) rows are beyond the first of 1 pair." in second.evidence
    assert second.examples == ("user 1, item 5, ratings number 1, 2, 3: 4, 4, 4",)
    assert second.command == "foretaste data convert r.csv clean.csv --duplicates last"
    assert "--duplicates mean" in first.command


def test_one_in_a_thousand_is_a_note():
    n = 2_000
    (only,) = repeats(case_of([*range(n), 0], [0] * n + [0], [3.0] * (n + 1)))
    assert only.severity == "note"


def test_no_pair_twice():
    assert list(repeats(world_case())) == []
