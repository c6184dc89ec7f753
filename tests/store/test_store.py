"""The store, on both databases: writes, last write wins, erasure, and a dict as the oracle."""

import sys
import threading
import time

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import foretaste.store
from foretaste.errors import ForetasteError, InputError, MissingExtraError, NotFoundError, StoreError
from foretaste.store import Store, statements
from foretaste.store.store import LONGEST_ID


def pairs(store, user):
    return {one.item: one.rating for one in store.ratings(user)}


def test_a_rating_is_kept_and_given_back_as_it_was(store, url):
    before = time.time_ns() // 1000
    kept = store.put("anna", 7, 4.5)
    assert (kept.item, kept.rating) == ("7", 4.5)
    assert before <= kept.updated_at <= time.time_ns() // 1000
    assert store.ratings("anna") == [kept]
    with Store(url) as other:
        assert other.ratings("anna") == [kept]
        assert other.revision("anna") == kept.revision


def test_who_waits_for_another_writer_has_the_later_time(store, url):
    """Else an import, which goes by time, would bring back what the later write has replaced."""
    store.put("anna", 1, 1)
    begun, done = threading.Event(), []

    class Watched(Store):
        def writing(self, **how):
            begun.set()
            return super().writing(**how)

    with Watched(url) as other:
        thread = threading.Thread(target=lambda: done.append(other.put("anna", 1, 2)))
        with store.writing() as connection:
            statements.put(connection, store.address, {"user_id": "anna", "item_id": "1", "rating": 3.0})
            thread.start()
            assert begun.wait(20)
            released = time.time_ns() // 1000
        thread.join(20)
    assert done[0].updated_at >= released
    assert store.ratings("anna") == done


def test_the_last_write_wins_and_its_revision_is_the_highest(store):
    revisions = [store.put(user, "x", rating).revision for user, rating in (("anna", 1), ("bob", 2), ("anna", 3))]
    assert revisions == sorted(set(revisions))
    assert pairs(store, "anna") == {"x": 3}
    assert store.revision("anna") == revisions[2]
    assert store.revision("bob") == revisions[1]


def test_the_latest_comes_first(store):
    for item in ("b", "a", "c", "b"):
        store.put("anna", item, 1)
    assert [one.item for one in store.ratings("anna")] == ["b", "c", "a"]


def test_deleting_changes_the_revision_and_deleting_nothing_does_not(store):
    kept = store.put("anna", 1, 2)
    assert store.delete("anna", 1)
    assert store.ratings("anna") == []
    assert store.revision("anna") > kept.revision
    now = store.revision("anna")
    assert not store.delete("anna", 1)
    assert not store.delete("bob", 1)
    assert (store.revision("anna"), store.revision("bob")) == (now, 0)


def test_erasing_leaves_nothing_of_a_user_and_all_of_others(store):
    for user in ("anna", "bob"):
        for item in range(3):
            store.put(user, item, 1)
    assert store.erase("anna") == 3
    assert (store.ratings("anna"), store.revision("anna"), store.erase("anna")) == ([], 0, 0)
    assert len(store.ratings("bob")) == 3
    with store.reading() as connection:
        for table in ("ratings", "users"):
            names = connection.exec_driver_sql(f"SELECT DISTINCT user_id FROM {table}").scalars().all()
            assert names == ["bob"]


def test_a_revision_is_never_given_twice(store):
    first = store.put("anna", 1, 1).revision
    store.erase("anna")
    assert store.put("anna", 1, 1).revision > first


@pytest.mark.parametrize(
    "odd", ["'; DROP TABLE ratings; --", "a/b?c#d", "ünïcode-ß-日本", "%s %(x)s :x", "😀" * LONGEST_ID]
)
def test_ids_are_text_and_nothing_else(store, odd):
    store.put(odd, odd, 1)
    store.put(odd, f"{odd[:-1]}!", 2)
    assert pairs(store, odd) == {odd: 1, f"{odd[:-1]}!": 2}
    assert store.delete(odd, odd)
    assert store.erase(odd) == 1


@pytest.mark.parametrize("bad", ["", " a", "a ", "a\0b", "\ud800", "x" * (LONGEST_ID + 1)])
def test_ids_that_cannot_be_kept_are_refused_and_nobody_has_them(store, bad):
    for user, item, what in ((bad, "1", "user"), ("anna", bad, "item")):
        with pytest.raises(InputError, match=f"the {what} id .* cannot be stored\nhint: expected 1 to 255 characters"):
            store.put(user, item, 1)
    assert (store.ratings(bad), store.revision(bad), store.erase(bad), store.delete(bad, bad)) == ([], 0, 0, False)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_rating_is_a_finite_number(store, bad):
    with pytest.raises(InputError, match=r"the rating is .*, expected a finite number"):
        store.put("anna", 1, bad)
    assert store.revision("anna") == 0


@pytest.mark.parametrize("value", [0.0, -10.0, 4.5, 0.1, 1e-300, 1.7976931348623157e308])
def test_numbers_come_back_to_the_last_bit(store, value):
    store.put("anna", 1, value)
    assert store.ratings("anna")[0].rating == value


def test_states_and_counts_are_shared(store, url):
    assert (store.get_state("deployment"), store.counts("arms")) == (None, {})
    said = {"main": "films", "share": 0.5, "ünï": [1, None, 1e-7]}
    assert store.replace_state("deployment", None, said)
    store.add_counts("arms", {"main": 2, "challenger": 1})
    with Store(url) as other:
        assert other.get_state("deployment") == said
        assert other.replace_state("deployment", said, {})
        other.add_counts("arms", {"main": 5})
        other.add_counts("arms", {})
        other.add_counts("others", {"main": 1})
    assert store.get_state("deployment") == {}
    assert store.counts("arms") == {"challenger": 1, "main": 7}


def test_a_state_is_replaced_only_where_it_is_what_was_seen(store):
    assert not store.replace_state("deployment", {"main": "films"}, {"main": "other"})
    assert store.replace_state("deployment", None, {"main": "films"})
    assert not store.replace_state("deployment", None, {"main": "other"})
    assert not store.replace_state("deployment", {}, {"main": "other"})
    assert store.get_state("deployment") == {"main": "films"}


def test_of_many_who_replace_what_they_saw_one_does(store):
    store.replace_state("deployment", None, {"n": 0})
    done, start = [], threading.Barrier(8)

    def replace(n):
        start.wait(20)
        done.append(store.replace_state("deployment", {"n": 0}, {"n": n}))

    team = [threading.Thread(target=replace, args=(n,)) for n in range(1, 9)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join(20)
    assert sorted(done) == [False] * 7 + [True]


def test_a_store_that_is_only_read(store, url):
    store.put("anna", 1, 2)
    with Store(url, read_only=True) as reader:
        assert pairs(reader, "anna") == {"1": 2}
        reader.ready()
        for write in (lambda: reader.put("anna", 1, 3), lambda: reader.delete("anna", 1), lambda: reader.erase("anna")):
            with pytest.raises(StoreError, match="is open for reading only"):
                write()
        store.put("anna", 1, 3)
        assert pairs(reader, "anna") == {"1": 3}


def test_the_database_itself_refuses_a_reader_that_writes(store, url):
    with Store(url, read_only=True) as reader:
        reader.read_only = False
        with pytest.raises(StoreError, match=r"cannot be written|may only be read"):
            reader.put("anna", 1, 3)


def test_reading_makes_no_store(tmp_path):
    with pytest.raises(NotFoundError, match=r"there is no store sqlite:///.*nope.db\nhint: foretaste data import"):
        Store(f"sqlite:///{tmp_path / 'nope.db'}", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_usable_again_after_it_was_closed(store):
    store.put("anna", 1, 2)
    store.close()
    assert pairs(store, "anna") == {"1": 2}


def test_without_the_database_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.delitem(sys.modules, "foretaste.store.store")
    monkeypatch.delattr("foretaste.store.store")
    with pytest.raises(MissingExtraError, match=r"needs sqlalchemy.*\nhint: pip install 'foretaste\[store\]'"):
        foretaste.store.Store  # noqa: B018


def test_what_is_not_in_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Shop'"):
        foretaste.store.Shop  # noqa: B018


USERS = st.sampled_from(["anna", "bob", "ç"])
ITEMS = st.sampled_from([1, 2, "a b", "1.0"])


class AgainstADict(RuleBasedStateMachine):
    """Whatever is done in whatever order, the store holds what a dict would."""

    store: Store

    def __init__(self):
        super().__init__()
        self.held: dict[str, dict[str, float]] = {}
        self.revisions: dict[str, int] = {}
        self.last = 0
        for user in ("anna", "bob", "ç"):
            self.store.erase(user)

    @rule(user=USERS, item=ITEMS, rating=st.floats(-10, 10))
    def put(self, user, item, rating):
        kept = self.store.put(user, item, rating)
        assert kept.revision > self.last
        self.last = self.revisions[user] = kept.revision
        self.held.setdefault(user, {})[str(item)] = rating

    @rule(user=USERS, item=ITEMS)
    def delete(self, user, item):
        there = str(item) in self.held.get(user, {})
        assert self.store.delete(user, item) == there
        if there:
            del self.held[user][str(item)]
            now = self.store.revision(user)
            assert now > self.last
            self.last = self.revisions[user] = now

    @rule(user=USERS)
    def erase(self, user):
        assert self.store.erase(user) == len(self.held.pop(user, {}))
        self.revisions.pop(user, None)

    @invariant()
    def all_is_as_in_the_dict(self):
        for user in ("anna", "bob", "ç", "nobody"):
            assert pairs(self.store, user) == self.held.get(user, {})
            assert self.store.revision(user) == self.revisions.get(user, 0)


def test_a_dict_would_hold_the_same(store):
    machine = type("Bound", (AgainstADict,), {"store": store})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=15, deadline=None))


def test_every_error_of_a_store_is_ours():
    assert issubclass(StoreError, ForetasteError)
    assert issubclass(StoreError, OSError)
