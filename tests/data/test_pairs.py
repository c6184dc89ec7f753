"""Which files of a folder are folds."""

import pytest

from foretaste.data.pairs import find_pairs
from foretaste.errors import DataError, NotFoundError

GROUPLENS = (
    "u1.base",
    "u1.test",
    "u2.base",
    "u2.test",
    "u10.base",
    "u10.test",
    "ua.base",
    "ua.test",
    "ub.base",
    "ub.test",
)


@pytest.fixture
def folder(tmp_path):
    def made(*names):
        for name in names:
            (tmp_path / name).write_text("1\t1\t5\t0\n")
        return tmp_path

    return made


def test_pairs_with_a_number_are_the_folds_in_their_order(folder):
    place = folder(*GROUPLENS, "u.data", "README")
    pairs = find_pairs(place)
    assert [pair.name for pair in pairs] == ["u1", "u2", "u10"]
    assert (pairs[1].train, pairs[1].test) == (place / "u2.base", place / "u2.test")


def test_others_are_named_and_come_in_that_order(folder):
    assert [pair.name for pair in find_pairs(folder(*GROUPLENS), ["ub", "ua"])] == ["ub", "ua"]
    assert [pair.name for pair in find_pairs(folder(), ["u2"])] == ["u2"]


def test_where_none_has_a_number_all_are_folds(folder):
    names = ("rb.train", "rb.test", "ra.train", "ra.test")
    assert [pair.train.name for pair in find_pairs(folder(*names))] == ["ra.train", "rb.train"]


def test_a_pair_that_is_not_there_offers_the_nearest(folder):
    with pytest.raises(NotFoundError, match='holds no pair "uc"\nhint: '):
        find_pairs(folder(*GROUPLENS), ["uc"])


def test_half_a_pair_is_refused(folder):
    with pytest.raises(DataError, match=r"u3\.base has no u3\.test beside it\nhint: a pair needs both files"):
        find_pairs(folder("u1.base", "u1.test", "u3.base"))


def test_a_folder_without_pairs_and_what_is_no_folder_are_refused(folder):
    place = folder("ratings.csv")
    hint = "hint: --split given --train FILE --test FILE takes one pair of any names"
    with pytest.raises(
        DataError, match=f"holds no pairs of train and test files, expected u1.base and u1.test, .*\n{hint}"
    ):
        find_pairs(place)
    for path in (place / "ratings.csv", place / "absent"):
        with pytest.raises(
            DataError, match=f"is no folder, expected one with pairs of files: u1.base and u1.test\n{hint}"
        ):
            find_pairs(path)
