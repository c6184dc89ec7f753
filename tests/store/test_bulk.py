"""Import and export on both databases: what goes in comes out, the later rating stays, all of it or nothing."""

import re
import threading
import time

import numpy as np
import pytest
from sqlalchemy import text

from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.errors import DataError, InputError, StoreError
from foretaste.serve.wire.shapes import UserId
from foretaste.store import Store, bulk
from foretaste.store.bulk import PLAIN_USER, batches, import_ratings, read_store, titles

WORLD = make_world(50, 30, 700, seed=5)


def table(rows, times=True):
    user, item, rating, *time = zip(*rows, strict=True)
    return Ratings.from_arrays(user, item, rating, time[0] if times else None)


def brought(store, rows, times=True):
    ratings = table(rows, times)
    return import_ratings(store, ratings, Catalog(ratings.item_ids))


def held(store):
    return sorted(row for part in batches(store) for row in zip(*part, strict=True))


def test_a_rating_is_later_than_the_one_before_whatever_the_clock_says(store):
    later = int(time.time()) + 86_400  # a time that is still to come
    brought(store, [("anna", 1, 5.0, later)])
    assert store.put("anna", 1, 2).updated_at == later * bulk.MICRO + 1
    assert store.put("anna", 1, 3).updated_at == later * bulk.MICRO + 2
    assert brought(store, [("anna", 1, 5.0, later)]).older == 1
    assert [one.rating for one in store.ratings("anna")] == [3]


def test_imports_ask_for_items_in_one_order_so_that_none_waits_for_another_for_ever(database):
    """In PostgreSQL: while an import waits for one item, those that come after it by id are free."""
    ids = np.array(["c", "a", "b"])
    catalog = Catalog(ids, ("C", "A", "B"), ((),) * 3)
    ratings = table([("anna", "a", 1.0, 1)])
    with Store(database) as store:
        import_ratings(store, ratings, catalog)
        importing = threading.Thread(target=import_ratings, args=(store, ratings, catalog))
        taken = text("SELECT item_id FROM items WHERE item_id = :item FOR UPDATE NOWAIT")
        with store.writing() as holder:
            holder.execute(taken, {"item": "b"})
            importing.start()
            deadline = time.monotonic() + 20
            with store.reading() as watch:
                waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                while not watch.execute(waits).scalar_one() and time.monotonic() < deadline:
                    time.sleep(0.01)
            with store.writing() as third:
                assert third.execute(taken, {"item": "c"}).scalar_one() == "c"
        importing.join(20)
    assert not importing.is_alive()


def test_a_world_goes_in_and_comes_out_the_same(store):
    made = import_ratings(store, WORLD.ratings, WORLD.catalog)
    assert (made.ratings, made.added, made.replaced, made.older) == (700, 700, 0, 0)
    assert (made.titles, made.odd_users, made.timed) == (30, 0, True)
    ratings, catalog = read_store(store)
    assert np.array_equal(ratings.user_ids, WORLD.ratings.user_ids)
    assert (user_item_matrix(ratings, catalog) != user_item_matrix(WORLD.ratings, WORLD.catalog)).nnz == 0
    order = np.lexsort((WORLD.ratings.item_code, WORLD.ratings.user_code))
    assert np.array_equal(ratings.time, WORLD.ratings.time[order])
    assert (catalog.titles, catalog.genres) == (WORLD.catalog.titles, WORLD.catalog.genres)
    assert ratings.log.source in {"ratings.db", "postgres"}


def test_both_databases_give_the_same_table(tmp_path, database):
    with Store(f"sqlite:///{tmp_path / 'r.db'}") as one, Store(database) as other:
        odd = [("é", "b", 1, 5), ("z", "a", 2, 5), ("Z", "ß", 3, 5), ("10", "2", 4, 5), ("9", "10", 5, 5)]
        for store in (one, other):
            brought(store, odd)
            for user in ("anna", "bob"):
                store.erase(user)
        parts = [list(batches(store)) for store in (one, other)]
        assert parts[0] == parts[1]
        assert parts[0][0][0] == ["10", "9", "Z", "z", "é"], "sorted by bytes, whatever language the server speaks"


def test_the_later_rating_stays_whichever_came_first(store):
    assert brought(store, [("a", 1, 1, 100), ("a", 2, 1, 100), ("b", 1, 1, 100)]).added == 3
    made = brought(store, [("a", 1, 2, 99), ("a", 2, 2, 101), ("b", 1, 2, 100), ("b", 9, 2, 50)])
    assert (made.added, made.replaced, made.older) == (1, 2, 1)
    assert held(store) == [("a", "1", 1, 100), ("a", "2", 2, 101), ("b", "1", 2, 100), ("b", "9", 2, 50)]


def test_a_rating_given_by_hand_is_not_taken_back_by_an_old_file(store):
    store.put("a", 1, 5)
    assert brought(store, [("a", 1, 2, 1_000_000_000)]).older == 1
    assert [one.rating for one in store.ratings("a")] == [5]


def test_a_file_without_times_counts_as_given_now(store):
    kept = store.put("a", 1, 5)
    made = brought(store, [("a", 1, 2), ("c", 1, 3)], times=False)
    assert (made.timed, made.replaced, made.added) == (False, 1, 1)
    (now,) = store.ratings("a")
    assert now.rating == 2
    assert now.updated_at >= kept.updated_at


def test_an_import_is_seen_by_caches(store):
    before = store.put("a", 1, 5).revision
    brought(store, [("a", 1, 2, 4_000_000_000), ("b", 1, 2, 1)])
    assert store.revision("a") > before
    assert store.revision("b") > before
    assert {one.revision for one in store.ratings("a")} == {store.revision("a")}
    assert store.put("a", 1, 3).revision > store.revision("b")


def test_of_a_repeated_pair_the_last_is_taken(store):
    made = brought(store, [("a", 1, 1, 100), ("a", 1, 2, 200), ("a", 1, 3, 150)])
    assert (made.ratings, made.added) == (1, 1)
    assert held(store) == [("a", "1", 2, 200)]


def test_numbers_are_those_of_the_file_and_not_of_its_float32(store):
    brought(store, [("a", 1, 0.1, 1), ("a", 2, 3.7, 1), ("a", 3, -2, 1), ("a", 4, 1234567, 1)])
    assert [row[2] for row in held(store)] == [0.1, 3.7, -2.0, 1234567.0]


def test_titles_come_along_and_what_has_none_leaves_them(store):
    one = table([("a", 1, 1, 1), ("a", 2, 1, 1), ("a", 3, 1, 1)])
    import_ratings(store, one, Catalog(one.item_ids, ("Heat", "", 'A "B" | <i>'), (("Crime", "Drama"), (), ())))
    assert titles(store) == [("1", "Heat", ("Crime", "Drama")), ("3", 'A "B" | <i>', ())]
    import_ratings(store, one, Catalog(one.item_ids, ("", "Alien", ""), None))
    assert brought(store, [("b", 4, 1, 1)]).titles == 0
    _, catalog = read_store(store)
    assert catalog.titles == ("Heat", "Alien", 'A "B" | <i>', "")
    assert catalog.genres == (("Crime", "Drama"), (), (), ())


def test_without_titles_the_catalogue_has_ids_only(store):
    brought(store, [("a", 1, 1, 1)])
    assert read_store(store)[1].titles is None


def test_many_batches_are_one_table(store, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 64)
    import_ratings(store, WORLD.ratings, WORLD.catalog)
    sizes = [len(part[0]) for part in batches(store)]
    assert sizes == [64] * 10 + [60]
    assert read_store(store)[0].fingerprint() == read_store(store)[0].fingerprint()


def test_an_id_that_cannot_be_kept_stops_all_of_it(store):
    with pytest.raises(InputError, match=r"the item id 'x{60}...' cannot be stored"):
        brought(store, [("a", "1", 1, 1), ("a", "x" * 300, 1, 1)])
    with pytest.raises(DataError, match="has no ratings\nhint: foretaste data import DATA"):
        read_store(store)


def test_an_import_that_breaks_leaves_nothing(store, monkeypatch):
    real = bulk._rows

    def broken(*given):
        yield from real(*given)
        raise RuntimeError("the power is out")

    monkeypatch.setattr(bulk, "_rows", broken)
    with pytest.raises(RuntimeError, match="the power is out"):
        brought(store, [("a", 1, 1, 1)])
    monkeypatch.undo()
    assert store.revision("a") == 0
    assert brought(store, [("a", 1, 1, 1)]).added == 1, "the connection can be used again"


def test_nothing_is_imported_into_a_store_that_is_only_read(store, url):
    with Store(url, read_only=True) as reader, pytest.raises(StoreError, match="open for reading only"):
        brought(reader, [("a", 1, 1, 1)])


def test_users_whom_no_address_can_name_are_counted(store):
    made = brought(store, [("ann smith", 1, 1, 1), ("a/b", 1, 1, 1), ("ann@home", 1, 1, 1), ("日本", 1, 1, 1)])
    assert made.odd_users == 2
    assert len(store.ratings("ann smith")) == 1


def test_addresses_name_the_users_that_the_service_takes():
    (pattern,) = [one.metadata[-1].pattern for one in UserId.__metadata__ if getattr(one, "metadata", None)]
    assert pattern == f"^{PLAIN_USER.pattern}$"
    assert re.fullmatch(PLAIN_USER, "a" * 128)
    assert not re.fullmatch(PLAIN_USER, "a" * 129)
