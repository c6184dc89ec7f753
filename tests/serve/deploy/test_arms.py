"""What comes of an A/B test is counted once, for the arm that it belongs to, of people and not of requests, and adds up."""

import random
import threading
import time

import pytest

from foretaste.errors import StoreError
from foretaste.serve.deploy import arms as module
from foretaste.serve.deploy.arms import FIELDS, PEOPLE, REMEMBERED, Tally, sampled
from foretaste.store import Store

TEST = "a-b-0.5"


@pytest.fixture
def store(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'ratings.db'}") as store:
        yield store


@pytest.fixture
def tally(store):
    return Tally(store)


def totals(tally, arm="main"):
    found = tally.counts(TEST)[arm]
    return tuple(found.total[field] for field in FIELDS), found.visitors


def test_lists_and_people_are_counted_by_arm(tally):
    for visitor in ("anna", "bob", "anna"):
        tally.listed(TEST, "main", visitor, [1, 2], {})
    tally.listed(TEST, "challenger", "carl", [1], {})
    assert totals(tally) == ((3, 0, 0, 0), 2)
    assert totals(tally, "challenger") == ((1, 0, 0, 0), 1)


def test_nobody_and_nothing_that_is_tested_is_not_counted(tally):
    tally.listed(None, "main", "anna", [1], {})
    tally.listed(TEST, "main", None, [1], {})
    tally.rated("anna", 1, 5.0)
    assert totals(tally) == ((0, 0, 0, 0), 0)
    Tally(None).listed(TEST, "main", "anna", [1], {})
    assert Tally(None).counts(TEST) == {}


def test_a_rating_after_a_list_counts_for_its_arm_and_is_a_hit_where_it_was_listed(tally):
    tally.rated("anna", 1, 5.0)  # before any list
    tally.listed(TEST, "challenger", "anna", [1, 2], {})
    tally.rated("anna", 2, 4.5)
    tally.rated("anna", "9", 1.0)
    tally.rated("anna", 9, 2.0)  # changed her mind: the same item is rated once
    tally.rated("bob", 2, 4.0)
    assert totals(tally, "challenger") == ((1, 2, 5500, 1), 1)
    assert totals(tally) == ((0, 0, 0, 0), 0)


def test_ratings_that_come_with_the_next_request_count_where_they_are_new(tally):
    tally.listed(TEST, "main", "anna", [1, 2], {5: 3.0})
    tally.listed(TEST, "main", "anna", [3, 4], {5: 3.0, 1: 5.0, 7: 2.0})
    tally.listed(TEST, "main", "anna", [3, 4], {5: 3.0, 1: 5.0, 7: 2.0})
    tally.rated("anna", 3, 4.0)
    tally.listed(TEST, "main", "anna", [8], {"5": 3.0, "1": 5.0, "7": 2.0, "3": 4.0})
    assert totals(tally) == ((4, 3, 11_000, 2), 1)


def test_a_list_of_another_test_says_nothing_about_this_one(tally):
    tally.listed("other", "main", "anna", [1], {})
    tally.listed(TEST, "main", "anna", [2], {1: 5.0})
    assert totals(tally) == ((1, 0, 0, 0), 1)


def test_a_request_with_very_many_ratings_is_not_looked_through(tally):
    tally.listed(TEST, "main", "anna", [1], {})
    tally.listed(TEST, "main", "anna", [1], dict.fromkeys(range(module.LONGEST + 1), 5.0))
    assert totals(tally) == ((2, 0, 0, 0), 1)


def test_what_a_process_remembers_is_bounded(tally, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for visitor in ("anna", "bob", "carl", "dora"):
        tally.listed(TEST, "main", visitor, [1], {})
    tally.rated("anna", 1, 5.0)
    tally.rated("dora", 1, 5.0)
    assert totals(tally) == ((4, 1, 5000, 1), 4)
    assert REMEMBERED * (module.LONGEST + 200) * 8 < 30e6  # bytes of hashes, with the longest lists


def test_tests_that_are_over_are_forgotten_and_their_counts_are_not(tally):
    tally.listed(TEST, "main", "anna", [1], {})
    for number in range(3 * module.TESTS):
        tally.listed(f"test {number}", "main", "anna", [1], {})
    assert len(tally._samples) <= module.TESTS
    tally.listed(TEST, "main", "anna", [1], {})
    assert totals(tally) == ((2, 0, 0, 0), 1)


def test_counts_of_several_processes_and_of_before_a_restart_add_up(store):
    first, second = Tally(store), Tally(store)
    for tally in (first, second, first):
        tally.listed(TEST, "main", "anna", [1], {})
        tally.flush()
    second.listed(TEST, "main", "bob", [1], {})
    second.flush()
    assert totals(Tally(store)) == ((4, 0, 0, 0), 2)


def test_what_the_store_does_not_take_is_offered_again(store, caplog, monkeypatch):
    tally = Tally(store)
    tally.listed(TEST, "main", "anna", [1], {})
    with monkeypatch.context() as patched:
        patched.setattr(store, "add_counts", lambda *_, **__: (_ for _ in ()).throw(StoreError("the disk is full")))
        tally.flush()
    assert "counts of an A/B test could not be kept: the disk is full" in caplog.text
    tally.listed(TEST, "main", "anna", [1], {})
    assert totals(tally) == ((2, 0, 0, 0), 1)


def test_adding_up_waits_for_other_writers_a_little_while_in_all_and_loses_nothing(store, caplog, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_S", 0.3)
    tally = Tally(store)
    for test in ("one", "two", "three"):
        tally.listed(test, "main", "anna", [1], {})
    began = time.monotonic()
    with Store(store.address.url) as other, other.writing():
        tally.flush()
        assert 0.3 <= time.monotonic() - began < 5
    assert caplog.text.count("could not be kept") == 1
    assert [tally.counts(test)["main"].total["lists"] for test in ("one", "two", "three")] == [1, 1, 1]


def test_nobodys_id_is_written_down(store):
    tally = Tally(store)
    tally.listed(TEST, "main", "anna@example.org", [1], {})
    tally.flush()
    (key,) = set(store.counts(f"arms:{TEST}:main")) - set(FIELDS)
    assert key.rpartition(":")[2] == "lists"
    assert "anna" not in key


def test_of_very_many_people_a_sample_is_kept_that_all_processes_draw_alike(store, monkeypatch):
    monkeypatch.setattr(module, "PEOPLE", 64)
    one, two = Tally(store), Tally(store)
    for n in range(3000):
        random.Random(n).choice((one, two)).listed(TEST, "main", f"person {n}", [1], {})
        if n % 3 == 0:
            one.listed(TEST, "main", f"person {n}", [2], {})
    two.flush()
    found = one.counts(TEST)["main"]
    assert found.total["lists"] == 4000
    assert 32 <= len(found.people) <= 64
    assert abs(found.visitors - 3000) < 4 * 3000 / 32**0.5
    lists = found.people[:, FIELDS.index("lists")]
    assert set(lists.tolist()) == {1, 2}  # all of whoever is kept is there
    assert abs(lists.mean() - 4 / 3) < 0.3
    assert len(store.counts(f"arms:{TEST}:main")) < 64 * 2 * 8


def test_up_to_the_bound_every_visitor_is_known():
    counts = {f"{n:016x}:lists": 1 for n in range(PEOPLE)} | {"lists": PEOPLE}
    assert sampled(counts).visitors == PEOPLE
    assert sampled({}).people.shape == (0, len(FIELDS))


def test_threads_lose_nothing(tally):
    def ask(name):
        for n in range(200):
            tally.listed(TEST, "main", name, [n], {})
            tally.rated(name, n, 1.0)
            if n % 20 == 0:
                tally.flush()

    threads = [threading.Thread(target=ask, args=(f"person {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals(tally)[1] == 4
    assert totals(tally)[0][:1] == (800,)
