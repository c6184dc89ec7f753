from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from foretaste.data import synthetic
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import World, WorldShape, make_world
from foretaste.errors import DataError, ForetasteError, ParamsError, ResourceError

USERS, ITEMS, RATINGS = 800, 600, 40_000


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(USERS, ITEMS, RATINGS, seed=3)


def pairs(made: World) -> np.ndarray:
    return made.ratings.user.astype(np.int64) * 10**6 + made.ratings.item


def test_counts_are_exact_and_no_cell_stands_twice(world):
    ratings = world.ratings
    assert (len(ratings), ratings.n_users, ratings.n_items) == (RATINGS, USERS, ITEMS)
    assert ratings.user_ids.tolist() == list(range(1, USERS + 1))
    assert ratings.item_ids.tolist() == world.catalog.item_ids.tolist() == list(range(1, ITEMS + 1))
    assert ratings.user_ids.dtype == ratings.item_ids.dtype == ratings.time.dtype == np.int64
    assert len(np.unique(pairs(world))) == RATINGS


def test_rows_stand_in_the_storage_order_of_the_matrix(world):
    X = user_item_matrix(world.ratings, world.catalog)
    np.testing.assert_array_equal(X.data, world.ratings.rating)
    assert (np.diff(pairs(world)) > 0).all()


@pytest.mark.parametrize(
    "size",
    [
        (1, 1, 1), (1, 40, 40), (40, 1, 40), (1, 500, 7), (100, 50, 3000), (100, 50, 4999), (100, 50, 5000),
        (30, 400, 400), (30, 400, 50), (1000, 1000, 10), (50, 20_000, 2000), (610, 9724, 100_836),
    ],
)  # fmt: skip
def test_any_size_works(size):
    made = make_world(*size, seed=1)
    n_users, n_items, n = size
    assert len(made.ratings) == len(made.expected) == len(made.variance) == n
    assert len(np.unique(pairs(made))) == n
    assert len(made.catalog) == n_items
    assert made.ratings.n_users <= n_users
    if n >= n_users:
        assert made.ratings.n_users == n_users
    if n >= n_items:
        assert made.ratings.n_items == n_items


def test_a_small_cap_gives_way_to_the_ratings_asked_for():
    made = make_world(20, 1000, 4000, shape=WorldShape(most=0.01))
    assert np.bincount(made.ratings.user_code).max() <= 2 * 4000 / 20


def test_same_seed_same_world_other_seed_other_world(world):
    again, other = make_world(USERS, ITEMS, RATINGS, seed=3), make_world(USERS, ITEMS, RATINGS, seed=4)
    assert again.ratings.fingerprint() == world.ratings.fingerprint() != other.ratings.fingerprint()
    np.testing.assert_array_equal(again.ratings.time, world.ratings.time)
    np.testing.assert_array_equal(again.expected, world.expected)
    assert again.catalog.to_json() == world.catalog.to_json() != other.catalog.to_json()


def test_ratings_are_half_stars_and_look_like_movielens(world):
    ratings = world.ratings
    assert np.unique(ratings.rating).tolist() == [0.5 * level for level in range(1, 11)]
    assert ratings.rating.dtype == world.expected.dtype == world.variance.dtype == np.float32
    big = make_world(3000, 2000, 200_000).ratings.rating
    assert 3.2 < big.mean() < 3.8
    assert 0.95 < big.std() < 1.15


def test_tails_are_long(world):
    per_item = np.sort(np.bincount(world.ratings.item_code))[::-1]
    assert 0.3 < per_item[: ITEMS // 10].sum() / RATINGS < 0.8  # of the ratings go to a tenth of the items
    assert per_item.mean() > 1.4 * np.median(per_item)
    per_user = np.bincount(world.ratings.user_code)
    assert per_user.min() >= 20
    assert per_user.max() <= WorldShape().most * ITEMS
    assert per_user.mean() > 1.2 * np.median(per_user)


def test_people_rate_what_they_like():
    blind, seeing = (make_world(300, 400, 12_000, shape=WorldShape(selection=s)) for s in (0, 2.6))
    assert seeing.ratings.rating.mean() > blind.ratings.rating.mean() + 0.4


def test_times_lie_in_the_span_and_after_the_release(world):
    time = world.ratings.time
    years = np.array([int(title[-5:-1]) for title in world.catalog.titles])
    opened = (years[world.ratings.item_code] - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    assert (time >= opened - 86_400).all()
    assert time.min() >= 789_652_004
    assert time.max() <= 1_574_327_703 + 30 * ITEMS


# The truth


def test_moments_agree_with_simulation():
    liking = np.array([-1.0, 0.6, 1.3, 2.74, 3.5, 4.9, 6.5])
    noise, draws = 0.8, 400_000
    raw = liking + noise * np.random.default_rng(0).standard_normal((draws, len(liking)))
    levels = np.arange(0.5, 5.1, 0.5)
    stars = levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, raw)]  # the nearest level, an own way to round
    mean, variance = synthetic._moments(liking, noise)
    np.testing.assert_allclose(mean, stars.mean(axis=0), atol=5 * noise / np.sqrt(draws))
    np.testing.assert_allclose(variance, stars.var(axis=0), atol=0.006)


def test_moments_agree_with_the_sum_over_levels():
    levels = np.arange(0.5, 5.1, 0.5)
    edges = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
    for liking in (0.2, 2.9, 4.4):
        weights = np.diff(stats.norm(liking, 0.7).cdf(edges))
        mean, variance = synthetic._moments(np.array([liking]), 0.7)
        assert mean[0] == pytest.approx(weights @ levels, abs=1e-12)
        assert variance[0] == pytest.approx(weights @ levels**2 - (weights @ levels) ** 2, abs=1e-12)


def test_the_floor_is_what_the_perfect_prediction_reaches():
    made = make_world(1000, 800, 150_000, seed=5)
    error = made.ratings.rating.astype(np.float64) - made.expected
    assert np.sqrt(np.mean(error**2)) == pytest.approx(made.floor_rmse, rel=0.01)
    assert abs(error.mean()) < 0.01
    for half in (made.expected < 3, made.expected >= 3):  # and in either half, so it is no average of two mistakes
        assert abs(error[half].mean()) < 0.02
        assert np.sqrt(np.mean(error[half] ** 2)) == pytest.approx(made.floor_on(half), rel=0.02)


def test_redrawing_the_ratings_of_one_world_gives_its_expectation_and_variance():
    rng = np.random.default_rng(1)
    truth = synthetic._Truth.draw(6, 5, WorldShape(), rng)
    user, item = (a.ravel().astype(np.int32) for a in np.indices((6, 5)))
    drawn = [synthetic._rate(truth, user, item, rng) for _ in range(4000)]
    ratings = np.array([d[0] for d in drawn])
    np.testing.assert_allclose(drawn[0][1], ratings.mean(axis=0), atol=0.06)
    np.testing.assert_allclose(drawn[0][2], ratings.var(axis=0), atol=0.09)


def test_floor_on_rows_and_on_a_mask(world):
    rows = np.array([5, 17, 40])
    mask = np.zeros(RATINGS, bool)
    mask[rows] = True
    assert world.floor_on(rows) == world.floor_on(mask)
    assert world.floor_on(rows) == pytest.approx(np.sqrt(world.variance[rows].mean()))
    assert world.floor_on(np.ones(RATINGS, bool)) == world.floor_rmse
    assert repr(world) == f"World({world.ratings!r}, floor_rmse {world.floor_rmse:.4f})"


def test_less_noise_is_a_lower_floor_and_taste_stays_to_be_learnt(world):
    assert make_world(200, 100, 5000, shape=WorldShape(noise=0.3)).floor_rmse < 0.4
    rating, user, item = world.ratings.rating.astype(float), world.ratings.user_code, world.ratings.item_code
    bias = np.full(RATINGS, rating.mean())
    for _ in range(5):  # item and user means in turn, on the very ratings: what a model without taste can reach at best
        for code in (item, user):
            bias += (np.bincount(code, rating - bias) / np.bincount(code))[code]
    assert world.floor_rmse < 0.93 * np.sqrt(np.mean((rating - bias) ** 2))


# The draw


def test_both_ways_to_draw_have_the_same_distribution(monkeypatch):
    shape = WorldShape(popularity=1.0)
    one = synthetic._Truth.draw(1, 12, shape, np.random.default_rng(2))
    crowd = replace(
        one, user_level=np.repeat(one.user_level, 20_000), user_taste=np.repeat(one.user_taste, 20_000, axis=0)
    )
    shares = []
    for dense in (0, 10**6):
        monkeypatch.setattr(synthetic, "_DENSE", dense)
        keys = synthetic._draw_cells(crowd, np.full(20_000, 4), np.random.default_rng(dense))
        assert len(np.unique(keys)) == 80_000
        shares.append(np.bincount(keys % 12, minlength=12) / 20_000)
    np.testing.assert_allclose(shares[0], shares[1], atol=5 * np.sqrt(2 * 0.25 / 20_000))
    assert np.ptp(shares[0]) > 0.2


def test_who_is_slow_to_find_enough_is_finished_from_the_catalogue(monkeypatch):
    monkeypatch.setattr(synthetic, "_DENSE", 0)
    monkeypatch.setattr(synthetic, "_ROUNDS", 1)
    truth = synthetic._Truth.draw(30, 50, WorldShape(popularity=4.0), np.random.default_rng(0))
    keys = synthetic._draw_cells(truth, np.full(30, 45), np.random.default_rng(0))
    assert len(np.unique(keys)) == len(keys) == 30 * 45
    assert (np.bincount(keys // 50) == 45).all()


def test_items_that_nobody_rated_take_a_rating_from_others():
    keys = np.array([0, 1, 10, 11, 20, 21, 30, 31])  # four users rate items 0 and 1 of 8
    synthetic._cover_items(keys, 10, np.random.default_rng(0))
    assert keys.tolist() == [0, 1, 10, 11, 20, 21, 30, 31]  # too few ratings for ten items: left alone
    keys = np.array([0, 1, 8, 9, 16, 17, 24, 25])
    synthetic._cover_items(keys, 8, np.random.default_rng(0))
    assert sorted(keys % 8) == list(range(8))
    assert np.bincount(keys // 8).tolist() == [2, 2, 2, 2]


def test_chunks_do_not_show(monkeypatch):
    monkeypatch.setattr(synthetic, "_CHUNK", 100)
    made = make_world(200, 100, 5000)
    assert len(np.unique(pairs(made))) == 5000
    assert np.bincount(made.ratings.user_code).min() >= 20


# What people see


# Errors


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((0, 5, 5), "n_users is 0, expected at least 1"),
        ((5, -1, 5), "n_items is -1, expected at least 1"),
        ((5, 5, 0), "n_ratings is 0, expected at least 1"),
        ((50, 50, 2501), "n_ratings is 2,501, expected 1 to 2,500"),
    ],
)
def test_impossible_sizes_are_refused(size, words):
    with pytest.raises(ParamsError) as caught:
        make_world(*size)
    assert caught.value.message == words
    assert caught.value.hint.startswith("for example make_world(600")
    assert isinstance(caught.value, ForetasteError)


def test_a_negative_seed_is_refused():
    with pytest.raises(ParamsError, match="seed is -1, expected at least 0"):
        make_world(5, 5, 5, seed=-1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("noise", 0, "noise is 0, expected 0.01 to 10\nhint: the default is 0.76"),
        ("factors", 0, "factors is 0, expected 1 to 1,000\nhint: the default is 8"),
        ("decay", 1.5, "decay is 1.5, expected 0.01 to 1"),
        ("most", 2, "most is 2, expected 0.01 to 1"),
        ("taste", -1, "taste is -1, expected 0 to 10"),
        ("activity", float("nan"), "activity is nan, expected 0 to 10"),
    ],
)
def test_a_shape_out_of_range_is_refused(name, value, words):
    with pytest.raises(ParamsError) as caught:
        WorldShape(**{name: value})
    assert str(caught.value).startswith(words)


def test_a_floor_on_no_rows_is_refused(world):
    with pytest.raises(DataError) as caught:
        world.floor_on(np.array([], dtype=int))
    assert str(caught.value) == "no rating was chosen, expected at least 1\nhint: choose rows of world.ratings"


# Checkerboard


def test_a_world_that_cannot_fit_is_refused_at_once():
    with pytest.raises(ResourceError, match=r"a world of 1,000,000,000,000 ratings needs about 70,000\.6 GB"):
        make_world(1_000_000, 1_000_001, 10**12)
