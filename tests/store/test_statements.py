"""The statements themselves: revisions are drawn in the order in which writes about a user are kept."""

import threading
import time

import pytest
from sqlalchemy import text

from foretaste.store import statements
from foretaste.store.store import Store


def test_a_write_that_is_undone_leaves_nothing(store):
    kept = store.put("anna", 1, 1)
    row = {"user_id": "anna", "item_id": "1", "rating": 5.0}

    class StoppedError(Exception):
        pass

    def stopped():
        with store.writing() as connection:
            assert statements.put(connection, store.address, row)[0] > kept.revision
            raise StoppedError

    with pytest.raises(StoppedError):
        stopped()
    assert store.ratings("anna") == [kept]
    assert store.revision("anna") == kept.revision


@pytest.mark.parametrize("act", ["put", "delete", "erase"])
def test_a_write_waits_for_the_one_before_about_that_user(database, act):
    """In PostgreSQL, where writers run side by side: what comes second sees what the first has done, and wins."""
    with Store(database) as store:
        store.erase("anna")
        store.put("anna", "old", 1)
        done = []

        def second():
            action = {"put": lambda: store.put("anna", "new", 2), "delete": lambda: store.delete("anna", "new"),
                      "erase": lambda: store.erase("anna")}[act]  # fmt: skip
            done.append(action())

        thread = threading.Thread(target=second)
        with store.writing() as connection:
            row = {"user_id": "anna", "item_id": "new", "rating": 1.0}
            first, _ = statements.put(connection, store.address, row)
            thread.start()
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            deadline = time.monotonic() + 20
            with store.reading() as watch:
                while not watch.execute(waits).scalar_one() and time.monotonic() < deadline:
                    time.sleep(0.01)
            assert done == []
        thread.join(20)
        found = {one.item: one.rating for one in store.ratings("anna")}
        assert found == {"put": {"old": 1, "new": 2}, "delete": {"old": 1}, "erase": {}}[act]
        if act == "put":
            assert done[0].revision > first
        else:
            assert done == [{"delete": True, "erase": 2}[act]]


def test_users_of_postgresql_do_not_wait_for_each_other(database):
    with Store(database) as store:
        store.put("anna", 1, 1)
        with store.writing() as connection:
            row = {"user_id": "anna", "item_id": "1", "rating": 1.0}
            statements.put(connection, store.address, row)
            assert store.put("bob", 1, 2).rating == 2
