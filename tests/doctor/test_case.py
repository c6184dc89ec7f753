"""A case counts once what several checks look at, without what the others would stumble over."""

import shlex

import numpy as np
import pytest

from foretaste import ReadOptions
from foretaste.doctor import open_case
from foretaste.doctor.case import counted_values
from foretaste.errors import DataError
from foretaste.recipe import SplitParams
from foretaste.split import Split
from tests.doctor.planting import case_of, world_case


def stars(n=60, odd=()):
    rating = [1 + k % 5 for k in range(n)] + list(odd)
    return case_of([k // 6 for k in range(len(rating))], [k % 6 for k in range(len(rating))], rating)


def test_one_rating_of_each_pair_is_counted():
    case = case_of(["a", "a", "b"], [1, 1, 2], [3.0, 5.0, 4.0])
    assert len(case.rows) == 3
    assert len(case.ratings) == 2
    assert case.ratings.rating.tolist() == [5, 4]
    assert case.per_user.tolist() == [1, 1]
    assert case.per_item.tolist() == [1, 1]


def test_the_policy_decides_which_one():
    case = case_of(["a", "a", "b"], [1, 1, 2], [3.0, 5.0, 4.0], duplicates="mean")
    assert case.ratings.rating.tolist() == [4, 4]


def test_plain_ratings_lack_marks_and_odd_zeros():
    case = stars(odd=[99.0] * 12 + [0.0] * 40)
    assert case.marks == (99,)
    assert case.zeros is not None
    assert case.plain.scale == (1, 5)
    assert len(case.plain) == 60
    assert stars().plain is stars().plain or stars().plain.scale == (1, 5)


def test_clicks_have_neither():
    case = case_of([1, 2, 3], [1, 2, 3])
    assert (case.marks, case.zeros, len(case.plain)) == ((), None, 3)


def test_values_are_the_shortest_numbers_they_are():
    values, counts = counted_values(case_of([1, 2, 3], [1, 2, 3], [0.1, 0.7, 0.7]).ratings)
    assert values.tolist() == [0.1, 0.7]
    assert counts.tolist() == [1, 2]
    many = np.linspace(0, 1, 2000)
    assert len(counted_values(case_of(np.arange(2000), np.zeros(2000, int), many).ratings)[0]) == 2000


@pytest.mark.parametrize(
    ("split", "kind"),
    [
        (None, "new-users"),
        (SplitParams("random"), "random"),
        (SplitParams("k-fold"), "k-fold"),
        (SplitParams("time"), "time"),
    ],
)
def test_data_are_divided_as_was_said(split, kind):
    division = world_case(split=split).division
    assert isinstance(division, Split)
    assert division.kind == kind


def test_two_people_are_divided_by_ratings_and_one_rating_not_at_all():
    assert case_of([1, 1, 1, 2, 2, 2], [1, 2, 3, 1, 2, 4], [1.0, 2, 3, 4, 5, 1]).division.kind == "random"
    assert isinstance(case_of([1], [1], [3.0]).division, DataError)
    assert isinstance(case_of([1, 1, 1], [1, 2, 3], [3.0, 4, 5], split=SplitParams("time")).division, DataError)


def test_two_files_are_divided_as_they_are():
    train = case_of([1, 1, 2, 2], [1, 2, 1, 2], [3.0, 4, 5, 1])
    test = case_of([1, 2], [7, 7], [3.0, 2.0])
    division = case_of([1, 1, 2, 2], [1, 2, 1, 2], [3.0, 4, 5, 1], test=test, split=SplitParams("new-users")).division
    assert division.kind == "given"
    assert division.test.hidden.nnz == 2
    assert train.division.kind == "random"


def test_lines_of_the_shell_repeat_how_the_data_are_read(tmp_path):
    path = tmp_path / "r.txt"
    rows = "".join(f"{u};{i};{1 + (u + i) % 5}\n" for u in range(30) for i in range(9))
    path.write_text("who;the film;stars\n" + rows + "1;2;no\n")
    case = open_case(path, ReadOptions(columns={"user": "who", "item": "the film"}, separator=";"))
    told = ["--separator", ";", "--bad-rows", "skip"]
    assert shlex.split(case.said) == [str(path), "--columns", "user=who,item=the film", *told]
    assert shlex.split(case.said_with({"time": ""})) == [str(path), "--columns", "user=who,item=the film,time=", *told]
    assert shlex.split(case.line("--top-users 9"))[-2:] == ["--top-users", "9"]
    assert case.line("", split="time") is None
    assert case.line("", per_user=10) is None
    assert case_of([1], [1], path="r.csv").said == "r.csv"
    alone = case_of(range(60), [k % 9 for k in range(60)], [3.0, 4, 5] * 20)
    assert alone.line("", split="new-users") is None  # everybody has one rating, of which nothing can be hidden
    assert alone.line("--split random", split="random") is not None
