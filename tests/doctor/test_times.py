"""Times that cannot be, and what order they leave."""

import numpy as np
import pytest

from foretaste.doctor import open_case
from foretaste.doctor.times import DAY, EARLIEST, bulk_people, day, times
from tests.doctor.planting import case_of, codes, world_case

NOW = 1_700_000_000
SPREAD = np.linspace(1_500_000_000, 1_600_000_000, 200).astype(int)


def at(time, users=20):
    n = len(time)
    return case_of([k % users for k in range(n)], list(range(n)), [3.0] * n, time, now=NOW, path="r.csv")


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ([], []),
        ([EARLIEST], []),
        ([EARLIEST - 1], ["impossible-times"]),
        ([0], ["impossible-times"]),
        ([NOW + DAY], []),
        ([NOW + DAY + 1], ["impossible-times"]),
        ([1_600_000_000 + 90_000_000], []),
        ([1_300_000_000], ["-stray-times"]),
    ],
)
def test_the_edges_of_what_can_be(odd, expected):
    found = list(times(at([*SPREAD, *odd])))
    assert [code for code in codes(found) if code != "-stray-times"] == [
        code for code in expected if code != "-stray-times"
    ]
    assert expected != ["-stray-times"] or codes(found) == expected


def test_what_is_told():
    (only,) = times(at([*SPREAD, 0, 17_000]))
    assert only.evidence == "2 of 202 (0.99 %) ratings; times go from 1970-01-01 to 2020-09-13; 1 of them is 0."
    assert only.command == "foretaste compare r.csv --columns time="
    assert "0 often means that the time is not known" in only.advice
    assert only.examples == ("user 0: 1970-01-01", "user 1: 1970-01-01")
    (only,) = times(at([*SPREAD, 17_000, 4_000_000_000]))
    assert "known" not in only.advice
    assert only.command is None
    several = case_of([7, 7, 7, 8, 9, 9], range(6), [3.0] * 6, [0, 0, 0, 1, 2, 1_500_000_000], now=NOW)
    assert next(times(several)).examples == ("user 7: 1970-01-01", "user 8: 1970-01-01", "user 9: 1970-01-01")
    (only,) = times(at([5] * 30))
    assert (only.code, only.command) == ("equal-times", "foretaste compare r.csv --columns time=")
    assert day(0) == "1970-01-01"


@pytest.mark.parametrize(
    ("parts", "expected"), [(1, []), (1000, ["-millisecond-times"]), (10**6, ["-millisecond-times"])]
)
def test_parts_of_seconds_are_noted_and_read_rightly(tmp_path, parts, expected):
    path = tmp_path / "r.csv"
    path.write_text(
        "user,item,rating,time\n" + "".join(f"{k % 9},{k},3,{one * parts}\n" for k, one in enumerate(SPREAD))
    )
    case = open_case(path)
    assert codes(times(case)) == expected
    assert case.rows.time.tolist() == SPREAD.tolist()


def test_one_impossible_time_in_a_thousand_is_a_note():
    assert codes(times(at([*np.linspace(1_500_000_000, 1_600_000_000, 2_000).astype(int), 0]))) == ["-impossible-times"]


def test_no_times_one_rating_and_a_clean_world_have_no_finding():
    for case in (world_case(), case_of([1, 2], [1, 2], [3.0, 4]), case_of([1], [1], [3.0], [5])):
        assert codes([*times(case), *bulk_people(case)]) == []


def sent(bulk, of, *, days=False):
    """People of six ratings each, of whom some gave all in one second."""
    time = [1_500_000_000 + 100_000 * u + (0 if u < bulk else 7 * k) for u in range(of) for k in range(6)]
    time = [one // DAY * DAY for one in time] if days else time
    return case_of([u for u in range(of) for _ in range(6)], list(range(6)) * of, [3.0] * 6 * of, time)


def test_people_who_sent_all_at_once():
    (only,) = bulk_people(sent(3, 20))
    assert only.evidence == "3 of 20 (15 %) people with 5 ratings or more."
    assert only.examples[0] == "user 0: 6 ratings"
    assert codes(bulk_people(sent(1, 40))) == ["-bulk-people"]
    assert list(bulk_people(sent(0, 20))) == []


def test_where_times_are_days_a_day_is_no_second():
    assert list(bulk_people(sent(5, 20, days=True))) == []


def test_where_times_cannot_be_their_seconds_say_nothing_about_people():
    case = sent(0, 20)
    thousandths = case_of(case.rows.user, case.rows.item, case.rows.rating, case.rows.time // 1000)
    assert list(bulk_people(thousandths)) == []
    assert codes(times(thousandths)) == ["impossible-times"]
