"""Ratings that are no ratings, or not on one scale: what is told of them."""

import numpy as np

from foretaste.doctor.values import all_equal, bad_rows, decimal_commas, sentinels, two_scales, zeros
from tests.doctor.planting import case_of, codes, world_case

STARS = [1.0] * 6 + [2.0] * 11 + [3.0] * 27 + [4.0] * 34 + [5.0] * 22


def one_each(rating):
    return case_of(list(range(len(rating))), [n % 10 for n in range(len(rating))], rating, path="r.csv")


def test_ninety_nine_in_a_hundred_are_all():
    assert codes(all_equal(one_each([1.0] * 99 + [5.0]))) == ["all-equal"]
    assert codes(all_equal(one_each([1.0] * 98 + [5.0] * 2))) == []
    (only,) = all_equal(one_each([4.0] * 50))
    assert "50 of 50 (100 %) ratings are 4." in only.evidence
    assert only.command == "foretaste compare r.csv --task ranking"
    assert list(all_equal(case_of([1, 2], [3, 4]))) == []  # clicks are meant to be
    assert list(all_equal(one_each([3.0]))) == []


def test_zeros_are_told_with_their_number_and_the_end_of_the_scale():
    (only,) = zeros(one_each(STARS + [0.0] * 60))
    assert "60 of 160 (38 %) ratings are 0" in only.evidence
    assert "min_rating = 1 under [data]" in only.advice
    assert only.examples[0] == "user 100, item 0: 0"
    assert zeros(one_each(STARS + [0.0] * 60)).__next__().severity == "warning"
    few = 10 * STARS + [0.0]
    assert codes(zeros(one_each(few))) == ["-zeros-as-missing"]
    assert list(zeros(one_each(STARS))) == []


def test_zeros_of_a_scale_with_negative_ratings_have_no_lowest_rating_to_name():
    slider = [float(n) / 10 for n in range(-100, 101)] * 3 + [0.0] * 90
    (only,) = zeros(one_each(slider))
    assert "min_rating" not in only.advice


def test_marks_are_told_with_the_scale_of_the_others():
    (only,) = sentinels(one_each(STARS + [99.0] * 3 + [-1.0] * 2))
    assert only.evidence == "5 of 105 (4.8 %) ratings are 99 and -1; all others go from 1 to 5."
    assert only.examples[0] == "user 100, item 0: 99"
    assert list(sentinels(one_each(STARS))) == []


def test_people_on_a_smaller_scale_are_named():
    rating = [value for value in STARS for _ in range(2)]
    user = [n % 20 for n in range(len(rating))]
    scaled = [value * 20 if who >= 10 else value for value, who in zip(rating, user, strict=True)]
    case = case_of(user, list(range(len(rating))), scaled)
    (only,) = two_scales(case)
    assert (
        "10 of 20 (50 %) people with 5 ratings or more never go above 5, and the highest rating is 100" in only.evidence
    )
    assert only.examples[0] == "user 0: 10 ratings up to 5"
    assert list(two_scales(case_of(user, list(range(len(rating))), rating))) == []


def test_plays_are_on_no_scale():
    rng = np.random.default_rng(0)
    user = rng.integers(0, 60, 3_000)
    plays = rng.zipf(1.8, 3_000).clip(1, 5_000).astype(float)
    case = case_of(user, np.arange(3_000), plays)
    assert codes([*two_scales(case), *sentinels(case), *zeros(case)]) == []


def test_a_scale_from_minus_nine_in_steps_of_two_has_no_second_scale():
    rng = np.random.default_rng(3)
    user, item = np.repeat(np.arange(60), 40), np.tile(np.arange(40), 60)
    for values in (np.arange(-9.0, 10, 2), 2.0 ** np.arange(1, 11), np.arange(1.0, 17, 3)):
        shares = np.exp(-0.3 * (np.arange(len(values)) - 0.7 * len(values)) ** 2 / len(values))
        case = case_of(user, item, rng.choice(values, 2_400, p=shares / shares.sum()))
        assert codes([*two_scales(case), *sentinels(case), *zeros(case)]) == []


def test_rows_of_two_scales_where_everybody_has_both_are_told_without_people():
    rating = np.tile([1.0, 2, 3, 4, 5, 20, 60, 80, 100, 40], 60)
    (only,) = two_scales(case_of(np.repeat(np.arange(20), 30), np.tile(np.arange(30), 20), rating))
    assert (
        only.evidence
        == "300 of 600 (50 %) ratings are 5 or less, hardly any from there to 10, and others go up to 100."
    )


def test_decimal_commas_are_named():
    assert decimal_commas(('line 2: rating is "4,5", expected a number',)).startswith(
        "These numbers have a decimal comma"
    )
    assert decimal_commas(('line 2: rating is "good", expected a number',)) == ""


def test_bad_rows_are_counted_and_shown():
    case = world_case(bad=("line 3: rating is blank, expected a number",))
    assert list(bad_rows(case)) == []
    log = case.rows.log.__class__(rows_read=100, rows_bad=4)
    object.__setattr__(case.rows, "log", log)
    (only,) = bad_rows(case)
    assert only.severity == "error"
    assert "4 of 100 (4 %)" in only.evidence
    assert only.examples == case.bad
