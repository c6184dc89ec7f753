"""How hidden ratings are told apart."""

import numpy as np
import pytest

from foretaste.bins import MOST_BINS, MOST_GENRES, count_bins, genre_bins, level_bins
from foretaste.figures import FEWEST_PEOPLE


def crowd(*counts, each=FEWEST_PEOPLE):
    """Return the counts, and so many different people for each."""
    values = np.repeat(counts, each)
    return values, np.arange(len(values))


def test_counts_climb_a_ladder_and_are_called_by_what_is_in_them():
    bins = count_bins(*crowd(0, 1, 3, 7, 12, 40), none="nothing")
    assert bins.labels == ("nothing", "1", "2 to 4", "5 to 9", "10 to 19", "20 or more")
    np.testing.assert_array_equal(bins.bin, np.repeat(np.arange(6), FEWEST_PEOPLE))
    assert bins.entry is None


def test_every_entry_is_in_the_group_whose_name_it_has():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 3000, 5000) * (rng.random(5000) < 0.9)
    bins = count_bins(values, rng.integers(0, 400, 5000), none="0")
    for value, group in zip(values, bins.bin, strict=True):
        words = bins.labels[group].replace(",", "").split()
        low = int(words[0])
        high = np.inf if "more" in words else int(words[-1])
        assert low <= value <= high


def test_groups_of_few_people_are_put_together_but_nothing_is_mixed_with_zero():
    values, person = crowd(0, 1, 3, 7, 12, each=4)
    bins = count_bins(values, person, none="items nobody rated")
    assert bins.labels == ("items nobody rated", "1 or more")
    assert np.bincount(bins.bin).tolist() == [4, 16]
    again = count_bins(values, person % 4, none="0")  # the same four people everywhere
    assert len(again.labels) == 2


@pytest.mark.parametrize("seed", range(8))
def test_groups_have_enough_people_and_are_few_enough_to_read(seed):
    rng = np.random.default_rng(seed)
    values = np.floor(np.exp(rng.normal(3, 2.5, 4000))).astype(int)
    person = rng.integers(0, rng.integers(15, 800), 4000)
    bins = count_bins(values, person, none="none")
    above = [group for group in range(len(bins.labels)) if (values[bins.bin == group] > 0).all()]
    people = [len(np.unique(person[bins.bin == group])) for group in above]
    assert len(above) <= MOST_BINS
    assert min(people) >= FEWEST_PEOPLE
    assert set(bins.bin) == set(range(len(bins.labels)))


def test_counts_within_one_step_of_the_ladder_go_by_quarters():
    values = np.repeat(np.arange(1000, 1400), 3)
    bins = count_bins(values, np.arange(len(values)), none="none")
    assert bins.labels == ("1,000 to 1,098", "1,099 to 1,198", "1,199 to 1,298", "1,299 or more")
    assert np.ptp(np.bincount(bins.bin)) <= 9


@pytest.mark.parametrize(("counts", "label"), [([0, 0], "nothing"), ([10, 10, 10], "10")])
def test_who_are_all_alike_are_one_group(counts, label):
    assert count_bins(np.array(counts), np.arange(len(counts)), none="nothing").labels == (label,)


GENRES = (("Drama", "War"), (), ("War",), ("Comedy", "Comedy"), ("Western",))


def test_an_item_counts_once_in_each_of_its_genres():
    cols = np.array([0, 2, 1, 3, 0, 2])
    bins = genre_bins(cols, GENRES)
    assert bins.labels == ("War", "Drama", "Comedy")
    pairs = sorted((int(entry), bins.labels[group]) for entry, group in zip(bins.entry, bins.bin, strict=True))
    assert pairs == [(0, "Drama"), (0, "War"), (1, "War"), (3, "Comedy"), (4, "Drama"), (4, "War"), (5, "War")]
    values = np.arange(6) * 10
    np.testing.assert_array_equal(bins.of(values), 10 * bins.entry)


def test_without_a_genre_nothing_is_told_apart():
    assert genre_bins(np.array([1, 1]), GENRES) is None
    assert genre_bins(np.array([0, 1]), ((), ())) is None


def test_of_many_genres_the_most_frequent_are_shown():
    genres = tuple((f"g{item:02}", "all") for item in range(40))
    cols = np.repeat(np.arange(40), np.arange(1, 41))
    bins = genre_bins(cols, genres)
    assert bins.labels == ("all", *(f"g{item:02}" for item in range(39, 40 - MOST_GENRES, -1)))
    np.testing.assert_array_equal(np.bincount(bins.bin), [820, *range(40, 41 - MOST_GENRES, -1)])


def test_ratings_of_a_scale_with_few_steps_each_have_a_group():
    bins, levels = level_bins(np.array([5, 0.5, 3, 0.5], np.float32))
    assert bins.labels == ("0.5", "3", "5")
    assert bins.bin.tolist() == [2, 0, 1, 0]
    assert levels.tolist() == [0.5, 3, 5]


def test_ratings_of_a_scale_with_many_steps_are_put_in_ten():
    actual = np.random.default_rng(0).uniform(-10, 10, 500).astype(np.float32)
    actual[:2] = -10, 10
    bins, levels = level_bins(actual)
    assert bins.labels[0] == "-10 to -8"
    assert bins.labels[-1] == "8 to 10"
    np.testing.assert_allclose(levels, np.arange(-9, 10, 2))
    assert np.abs(actual - levels[bins.bin]).max() <= 1


def test_steps_that_nobody_used_are_left_out():
    bins, levels = level_bins(np.array([*np.linspace(0, 1, 20), 100], np.float32))
    assert bins.labels == ("0 to 10", "90 to 100")
    assert levels.tolist() == [5, 95]
