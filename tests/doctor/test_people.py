"""People who are too much alike in everything, too busy, or hardly there."""

import numpy as np

from foretaste.doctor.people import constant_people, rates_everything, single_ratings
from tests.doctor.planting import case_of, codes, world_case


def crowd(fans, of, *, seed=0):
    """People of twelve ratings each; fans give five stars to everything."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(of), 12)
    rating = np.where(user < fans, 5, rng.integers(1, 6, len(user))).astype(float)
    return case_of(user, np.tile(np.arange(12), of), rating, path="r.csv")


def test_fans_are_counted_against_chance():
    assert list(constant_people(crowd(0, 100))) == []
    assert codes(constant_people(crowd(3, 100))) == ["-constant-people"]
    (only,) = constant_people(crowd(20, 100))
    assert only.severity == "warning"
    assert only.evidence == "20 of 100 (20 %) people with 10 ratings or more; chance would make 0.0 of them."
    assert only.command == "foretaste compare r.csv --task ranking"


def test_where_nearly_all_ratings_are_five_chance_makes_them():
    rng = np.random.default_rng(1)
    rating = np.where(rng.random(3_000) < 0.9, 5.0, 1.0)
    case = case_of(np.repeat(np.arange(250), 12), np.tile(np.arange(12), 250), rating)
    assert list(constant_people(case)) == []


def test_clicks_and_few_ratings_have_no_fans():
    assert list(constant_people(case_of([1] * 20, list(range(20))))) == []
    assert list(constant_people(case_of([1] * 5 + [2], [*range(5), 1], [5.0] * 5 + [1.0]))) == []


def busy(share):
    """Two hundred people of five among two hundred items, and one of many."""
    rng = np.random.default_rng(2)
    pairs = {(u, int(i)) for u in range(200) for i in rng.choice(200, 5, replace=False)} | {
        (999, i) for i in range(200)
    }
    pairs = [(u, i) for u, i in sorted(pairs) if u < 999 or i < 200 * share]
    user, item = zip(*pairs, strict=True)
    return case_of(user, item, [3.0] * len(user))


def test_somebody_who_rated_everything():
    (only,) = rates_everything(busy(0.95))
    assert (only.code, only.examples) == ("rates-everything", ("user 999: 190 ratings",))
    assert only.evidence.startswith("1 of 201 (0.5 %) people")
    assert list(rates_everything(busy(0.6))) == []


def test_in_a_small_or_dense_catalogue_people_do_know_nearly_everything():
    assert list(rates_everything(world_case(100, 80, 5_000))) == []
    assert list(rates_everything(case_of([1] * 50, list(range(50)), [3.0] * 50))) == []


def test_people_who_came_once():
    case = case_of([1, 2, 3, 4, 4], [1, 2, 3, 1, 2], [3.0] * 5, path="r.csv")
    (only,) = single_ratings(case)
    assert (only.code, only.evidence) == ("single-ratings", "3 of 4 (75 %) people.")
    assert only.command is None  # nobody has five
    assert only.advice[-1] == "."
    user = [*range(100), *np.repeat(np.arange(100, 150), 6).tolist()]
    (only,) = single_ratings(case_of(user, [*[1] * 100, *list(range(6)) * 50], [3.0, 4.0] * 200, path="r.csv"))
    assert only.command == "foretaste compare r.csv --min-user-ratings 5"
    assert list(single_ratings(world_case())) == []
    assert list(single_ratings(case_of([1, 2], [1, 2], [3.0, 4.0]))) == []  # told as too small
