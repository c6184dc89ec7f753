"""Names of things in a synthetic world: titles, years, genres, and the dates of ratings."""

import numpy as np

from foretaste.data.titles import GENRES, make_genres, make_times, make_titles, make_years


def test_titles_are_distinct_and_look_like_titles():
    rng = np.random.default_rng(0)
    titles = make_titles(make_years(30_000, rng), rng)
    assert len({title[:-7] for title in titles}) == 30_000
    assert all(title[-7:-5] == " (" and 1920 <= int(title[-5:-1]) <= 2018 for title in titles)
    assert any(title[:-7].endswith(" 2") for title in titles)
    assert not any(title[:-7].endswith(" 2") for title in titles[:10_000])


def test_genres_are_known_and_follow_taste():
    rng = np.random.default_rng(0)
    taste = rng.standard_normal((4000, 8)).astype(np.float32)
    genres = make_genres(taste, rng)
    assert {g for some in genres for g in some} <= set(GENRES)
    assert all(list(some) == sorted(set(some)) and 1 <= len(some) <= 3 for some in genres)
    for name in ("Drama", "Comedy", "Thriller"):
        centre = taste[[name in some for some in genres]].mean(axis=0)
        assert np.linalg.norm(centre) > 0.3  # 0.1 at most if genres were dealt by chance
    assert len(GENRES) == 18


def test_times_follow_the_session_unless_the_item_came_later():
    user, item = np.repeat(np.arange(50, dtype=np.int32), 2), np.tile(np.array([0, 1], np.int32), 50)
    time = make_times(user, item, np.array([1950, 2018]), np.random.default_rng(0)).reshape(50, 2)
    assert (time[:, 0] <= time[:, 1] + 60).all()
    assert (time[:, 1] >= 1_514_000_000).all()
    assert np.ptp(time[:, 0]) > 86_400 * 365 * 10
