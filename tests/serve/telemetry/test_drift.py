"""What the last answers look like: variety against its formula, and predictions that move."""

import itertools

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.serve.telemetry import drift
from foretaste.serve.telemetry.drift import LISTS, ROWS, SAMPLE, TOP, Recent, genre_distance

GENRES = (("Comedy",), ("Comedy", "Drama"), ("War",), (), ("Comedy", "Drama"))


def shelf(genres: tuple[tuple[str, ...], ...] = GENRES) -> Shelf:
    titles = tuple(f"Film {n}" for n in range(len(genres)))
    return Shelf.of(Catalog(np.arange(len(genres)), titles, genres))


def test_before_anything_nothing_is_known() -> None:
    recent = Recent(shelf())
    assert (recent.distinct, recent.distance, recent.drift, recent.first) == (None, None, None, None)


def test_distinct_items_of_the_last_lists() -> None:
    recent = Recent(shelf())
    for cols in ([0, 1], [1, 2], [], [1, 0]):
        recent.add_list(np.array(cols, dtype=np.int32))
    assert recent.distinct == 3 / 6
    for _ in range(LISTS):
        recent.add_list(np.array([4], dtype=np.int32))
    assert recent.distinct == 1 / LISTS


def test_genre_distance_within_a_list_worked_by_hand() -> None:
    recent = Recent(shelf())
    recent.add_list(np.array([0, 1, 2, 3]))  # the last has no genre: 1/2, 1 and 1 of the others
    assert recent.distance == pytest.approx(2.5 / 3)
    recent.add_list(np.array([1, 4]))  # alike
    assert recent.distance == pytest.approx(2.5 / 6)
    recent.add_list(np.array([3]))
    recent.add_list(np.array([0, 3]))  # one film has no distance
    assert recent.distance == pytest.approx(2.5 / 6)


def test_genre_distance_is_the_mean_over_pairs_of_sets() -> None:
    rng = np.random.default_rng(0)
    names = [f"G{n:02}" for n in range(70)]  # more than are told apart
    genres = tuple(tuple(rng.choice(names, rng.integers(1, 6), replace=False)) for _ in range(40))
    recent = Recent(shelf(genres))
    recent.add_list(np.arange(40))
    known = sorted({name for each in genres for name in each})[: drift.GENRES]
    sets = [one for each in genres[:TOP] if (one := set(each) & set(known))]
    pairs = [1 - len(a & b) / len(a | b) for a, b in itertools.combinations(sets, 2)]
    assert recent.distance == pytest.approx(np.mean(pairs))


def test_distance_of_equals_is_0_and_of_strangers_1() -> None:
    assert genre_distance(np.array([6, 6, 6], dtype=np.uint64)) == 0
    assert genre_distance(np.array([1, 2, 1 << 63], dtype=np.uint64)) == 1


def test_predictions_that_move_are_noticed() -> None:
    rng = np.random.default_rng(0)
    items = 4 * SAMPLE
    recent = Recent(shelf((("War",),) * items))
    rows = rng.normal(3, 0.5, (ROWS, items)).astype(np.float32)
    filled = [recent.add_row(row) for row in rows]
    assert filled == [False] * (ROWS - 1) + [True]
    assert recent.first is not None
    assert recent.first.mean == pytest.approx(rows[:, ::4].mean(), abs=1e-4)
    assert recent.first.spread == pytest.approx(rows[:, ::4].std(), abs=1e-4)
    assert recent.drift == 0
    for row in rows:
        recent.add_row(row + np.float32(0.25))
    assert recent.first.mean == pytest.approx(3, abs=0.01)
    assert recent.drift == pytest.approx(0.5, abs=0.01)


def test_what_is_remembered_does_not_grow() -> None:
    recent = Recent(shelf((("War",),) * 1000))
    for n in range(3 * LISTS):
        recent.add_list(np.arange(n % 900, n % 900 + 100))
        recent.add_row(np.zeros(1000, dtype=np.float32))
    assert sum(map(len, recent._lists)) == LISTS * TOP
    assert len(recent._rows) < ROWS
    assert all(len(row) < 2 * SAMPLE and row.base is None for row in recent._rows)


def test_predictions_that_are_all_alike_have_no_spread_to_drift_by() -> None:
    recent = Recent(shelf())
    for value in (1, 2):
        for _ in range(ROWS):
            recent.add_row(np.full(5, value, dtype=np.float32))
    assert recent.drift == pytest.approx(1e9)
