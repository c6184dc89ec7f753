"""Every fault is found where it is planted, alone; and nothing is found in clean data."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste import Ratings, make_world
from foretaste.data.catalog import Catalog
from foretaste.data.filters import drop_duplicates
from foretaste.doctor import RULES, Case, Finding, examine
from foretaste.recipe import SplitParams
from tests.doctor.planting import Table, case_of, looked_at, serious, world_case


def rng():
    """Return the same draws in every test, whichever ran before."""
    return np.random.default_rng(5)


def some(table, share):
    return np.sort(rng().choice(len(table), max(int(share * len(table)), 1), replace=False))


def people(table, share):
    """Rows of some of the people."""
    users = np.unique(table.user.astype(int))
    return np.flatnonzero(np.isin(table.user.astype(int), rng().choice(users, int(share * len(users)), replace=False)))


def repeated(table):
    rows = some(table, 0.02)
    table.add(rows, time=table.time[rows] + 86_400)


def contradicting(table):
    rows = some(table, 0.02)
    table.add(rows, time=table.time[rows] + 86_400, rating=np.where(table.rating[rows] > 2.5, 0.5, 5.0))


def burst(table):
    rows = some(table, 0.02)
    table.add(rows, time=table.time[rows] + 2)


def all_equal(table):
    table.rating[:] = 1.0


def zero_pile(table):
    table.rating[some(table, 0.3)] = 0


def jester_marks(table):
    table.rating[some(table, 0.2)] = 99


def minus_one(table):
    table.rating[some(table, 0.02)] = -1


def unit_people(table):
    rows = people(table, 0.5)
    table.rating[rows] /= 5


def hundred_people(table):
    rows = people(table, 0.4)
    table.rating[rows] *= 20


def swapped(table):
    table.user, table.item = table.item, table.user


def blank_ids(table):
    table.user = np.array([f"Ann{one}" for one in table.user], object)
    rows = some(table, 0.01)
    table.user[rows] = [one.upper() for one in table.user[rows]]


def padded_ids(table):
    table.item = table.item.astype(str).astype(object)
    rows = some(table, 0.01)
    table.item[rows] = [f"00{one}" for one in table.item[rows]]
    table.films += [(f"00{film}", f"{title} again") for film, title in table.films]


def lacking(table):
    table.films = table.films[: len(table.films) * 7 // 8]


def untitled(table):
    table.films[3:8] = [(film, "") for film, _ in table.films[3:8]]


def twins(table):
    table.films[5] = (table.films[5][0], table.films[9][1])


def listed_twice(table):
    table.films.append((table.films[2][0], "The Second Edition (1999)"))


def wrong_bytes(table):
    table.films[4] = (table.films[4][0], "Amélie (2001)".encode().decode("latin-1"))


def one_time(table):
    table.time[:] = 1_500_000_000


def thousandth(table):
    table.time = table.time // 1000


def future(table):
    table.time[some(table, 0.01)] = 4_000_000_000


def milliseconds(table):
    table.time[some(table, 0.3)] *= 1000


def three_scales(table):
    people = table.user.astype(int) % 3
    table.rating = np.select([people == 0, people == 1], [table.rating / 5, table.rating * 20], table.rating)


def typed_in(table):
    for user in range(1, 60):
        rows = table.user == user
        table.time[rows] = table.time[rows].min() if rows.any() else 0


def fans(table):
    table.rating[people(table, 0.3)] = 5.0


def copied(table):
    rows = np.flatnonzero(table.user == 7)
    for k in range(12):
        table.add(rows, user=np.full(len(rows), 1000 + k, object), time=table.time[rows] + 40_000 * k)


def doubled_later(table):
    table.time = rng().integers(1_000_000_000, 1_100_000_000, len(table))  # everybody rates all the time
    table.rating[table.time > 1_050_000_000] *= 2


def turned_round(table):
    rows = people(table, 0.2)
    table.rating[rows] = 5.5 - table.rating[rows]


def filled_in(table):
    there = set(zip(table.user.tolist(), table.item.tolist(), strict=True))
    users, items = np.unique(table.user.astype(int)).tolist(), np.unique(table.item.astype(int)).tolist()
    empty = [(u, i) for u in users for i in items if (u, i) not in there][::2]
    rows = rng().integers(0, len(table), len(empty))
    user, item = (np.array(column, object) for column in zip(*empty, strict=True))
    table.add(rows, user=user, item=item, rating=np.full(len(rows), 3.0))


def bad_cells(table):
    table.rating = table.rating.astype(object)
    table.rating[[10, 20, 30, 40]] = "good"


ONE_FILE = {
    "repeated-pairs": repeated, "contradicting-pairs": contradicting, "burst-repeats": burst, "all-equal": all_equal,
    "zeros-as-missing": zero_pile, "sentinel-values": jester_marks, "sentinel-values: -1": minus_one,
    "two-scales": unit_people, "two-scales: 100": hundred_people, "transposed": swapped, "alike-ids": blank_ids,
    "alike-ids: zeros": padded_ids, "unknown-items": lacking, "missing-titles": untitled, "repeated-titles": twins,
    "repeated-items": listed_twice, "mojibake": wrong_bytes, "equal-times": one_time, "impossible-times": thousandth,
    "impossible-times: future": future, "bulk-people": typed_in, "mixed-times": milliseconds,
    "two-scales: later": doubled_later, "copied-people": copied, "reversed-people": turned_round, "filled-value": filled_in,
    "two-scales: three": three_scales, "constant-people": fans, "bad-rows": bad_cells,
}  # fmt: skip


@pytest.mark.parametrize("fault", ONE_FILE)
def test_a_fault_in_a_file_is_found_alone(fault, tmp_path):
    table = Table()
    ONE_FILE[fault](table)
    diagnosis = looked_at(table.write(tmp_path))
    assert serious(diagnosis) == [fault.partition(":")[0]]
    finding = diagnosis.findings[0]
    assert any(c.isdigit() for c in finding.evidence)
    assert finding.advice


def halves(table, share=0.1):
    asked = np.zeros(len(table), bool)
    asked[some(table, share)] = True
    return table.part(~asked), table.part(asked)


def off_by_one(train, test):
    test.item = test.item - 1


def people_off_by_one(train, test):
    test.user = test.user + 1


def turned(train, test):
    test.user, test.item = test.item, test.user


def other_form(train, test):
    test.item = np.array([f"{one:04d}" for one in test.item], object)


def prefixed(train, test):
    test.user = np.array([f"u{one}" for one in test.user], object)


def foreign(train, test):
    test.item = test.item + 1_000_000


def shared(train, test):
    train.add(np.arange(3), user=test.user[:3], item=test.item[:3], rating=test.rating[:3], time=test.time[:3])


def other_scale(train, test):
    test.rating = test.rating * 20


def unrated(train, test):
    test.rating = None


TWO_FILES = {
    "shifted-ids": off_by_one, "shifted-ids: people": people_off_by_one, "transposed": turned,
    "id-drift": other_form, "id-drift: prefix": prefixed, "foreign-ids": foreign, "shared-ratings": shared,
    "scales-differ": other_scale, "one-file-rated": unrated,
}  # fmt: skip


@pytest.mark.parametrize("fault", TWO_FILES)
def test_a_fault_between_two_files_is_found_alone(fault, tmp_path):
    train, test = halves(Table(300, 120, 12_000), 0.2)
    TWO_FILES[fault](train, test)
    diagnosis = looked_at(train.write(tmp_path, "train.csv"), test=test.write(tmp_path, "test.csv", films=False))
    assert serious(diagnosis) == [fault.partition(":")[0]]


def test_a_clean_pair_of_files_has_nothing_but_the_note_that_it_was_drawn(tmp_path):
    train, test = halves(Table(300, 120, 12_000), 0.2)
    diagnosis = looked_at(train.write(tmp_path, "train.csv"), test=test.write(tmp_path, "test.csv", films=False))
    assert serious(diagnosis) == []
    assert [one.code for one in diagnosis.findings] == ["random-in-time"]


def test_the_train_file_as_test_file(tmp_path):
    place = Table().write(tmp_path, "train.csv")
    assert serious(looked_at(place, test=place)) == ["test-is-train"]


def test_people_of_a_test_file_that_are_said_to_be_new(tmp_path):
    train, test = halves(Table(300, 120, 12_000), 0.2)
    paths = train.write(tmp_path, "train.csv"), test.write(tmp_path, "test.csv", films=False)
    assert serious(looked_at(paths[0], test=paths[1], split=SplitParams("new-users"))) == ["known-people"]


@pytest.mark.parametrize(("cut", "told"), [(0.8, []), (-0.2, ["train-after-test"])])
def test_a_train_file_that_is_newer_than_the_test_file(cut, told, tmp_path):
    table = Table(300, 120, 12_000)
    table.time = rng().integers(
        1_000_000_000, 1_100_000_000, len(table)
    )  # everybody rates all the time, so nobody is a stranger
    old = table.time < np.quantile(table.time, abs(cut))
    train, test = (table.part(old), table.part(~old)) if cut > 0 else (table.part(~old), table.part(old))
    paths = train.write(tmp_path, "train.csv"), test.write(tmp_path, "test.csv", films=False)
    diagnosis = looked_at(paths[0], test=paths[1], split=SplitParams("time"))
    assert serious(diagnosis) == told


def test_faults_of_the_test_file_are_told_with_its_name(tmp_path):
    train, test = halves(Table(300, 120, 12_000), 0.2)
    test.add(np.arange(40), time=test.time[:40] + 86_400)
    paths = train.write(tmp_path, "train.csv"), test.write(tmp_path, "test.csv", films=False)
    diagnosis = looked_at(paths[0], test=paths[1])
    assert serious(diagnosis) == ["repeated-pairs"]
    assert str(paths[1]) in diagnosis.findings[0].command


CLEAN = {
    "small": Table(100, 80, 2_500), "seeds": Table(120, 90, 3_000, seed=8), "wide": Table(150, 900, 9_000, seed=2),
    "tall": Table(900, 90, 9_000, seed=3), "thin": Table(500, 400, 5_000, seed=4),
    "full stars": Table(300, 150, 9_000, kind="full stars"), "0 to 100": Table(300, 150, 9_000, kind="0 to 100"),
    "-10 to 10": Table(300, 150, 9_000, kind="-10 to 10"), "clicks": Table(300, 150, 9_000, kind="clicks"),
    "without times": Table(300, 150, 9_000, times=False),
}  # fmt: skip


@pytest.mark.parametrize("films", [True, False])
@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_wrong_with_clean_data(name, films, tmp_path):
    assert serious(looked_at(CLEAN[name].write(tmp_path, films=films))) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_wrong_with_a_large_clean_world(seed):
    world = make_world(6_000, 3_500, 300_000, seed=seed)
    films = tuple(
        (str(one), title, ())
        for one, title in zip(world.catalog.item_ids.tolist(), world.catalog.titles or (), strict=True)
    )
    assert serious(examine(Case(world.ratings, world.catalog, films=films), forecast=False)) == []


IDS = st.integers(0, 12)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(IDS, IDS, st.floats(-10, 100, width=32), st.integers(-10**9, 5 * 10**9)),
                  min_size=1, max_size=60),
    words=st.booleans(), clicks=st.booleans(), times=st.booleans(), kind=st.sampled_from([None, "random", "time", "new-users"]),
    data=st.data(),
)  # fmt: skip
def test_odd_but_legal_data_never_crash_it(rows, words, clicks, times, kind, data):
    user, item, rating, time = (list(column) for column in zip(*rows, strict=True))
    if words:
        names = data.draw(
            st.lists(st.sampled_from(["a", "A ", "001", "1.0", "ü", "x y", "u7", "Ã©"]), min_size=13, max_size=13)
        )
        user, item = [names[one] for one in user], [f"{names[one]}{one % 3}" for one in item]
    made = Ratings.from_arrays(user, item, None if clicks else rating, time if times else None)
    kept = drop_duplicates(made, "keep")
    films = tuple((str(one), "", ()) for one in kept.item_ids.tolist()[1:])
    case = Case(kept, Catalog(kept.item_ids), films=films, split=None if kind is None else SplitParams(kind))
    if len(kept) % 3 == 0:
        part = kept.select(np.arange(len(kept)) % 2 == 0)
        case = replace(case, test=Case(part, Catalog(part.item_ids)))
    diagnosis = examine(case, forecast=False)
    assert all(isinstance(one, Finding) and one.code in RULES for one in diagnosis.findings)
    assert diagnosis.to_dict()["facts"]["ratings"] == len(case.ratings)


def test_findings_stand_worst_first_and_decide_whether_it_fails():
    diagnosis = examine(world_case(split=SplitParams("random")), forecast=False)
    assert [one.severity for one in diagnosis.findings] == ["note"]
    assert not diagnosis.fails("warning")
    mixed = case_of([1, 1, 2, 2, 3, 3] * 5, [1, 1, 2, 3, 1, 2] * 5, [3.0] * 30, split=SplitParams("time"))
    worst = examine(mixed, forecast=False)
    severities = [one.severity for one in worst.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert severities[0] == "error"
    assert [worst.fails(limit) for limit in ("error", "warning", "never")] == [True, True, False]
    counts = {"errors": worst.count("error"), "warnings": worst.count("warning"), "notes": worst.count("note")}
    assert worst.to_dict()["counts"] == counts


def test_every_rule_is_found_by_some_test():
    """A code that no test names is one that nobody has seen."""
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    assert [code for code in RULES if not any(f'{code}"' in text for text in texts)] == []


@pytest.mark.slow
def test_a_million_ratings_take_seconds():
    world = make_world(6_000, 3_500, 1_000_000, seed=3)
    began = time.process_time()
    diagnosis = examine(Case(world.ratings, world.catalog), forecast=False)
    assert time.process_time() - began < 20  # about 1 of one core
    assert serious(diagnosis) == []
