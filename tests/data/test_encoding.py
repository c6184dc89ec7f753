from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from foretaste.data.encoding import encode_ids, rating_column
from foretaste.errors import DataError


def test_ids_are_sorted_and_coded() -> None:
    for ids in ([3, 1, 3], np.array([3, 1, 3], np.uint64), np.array([3, 1, 3], object)):
        distinct, codes = encode_ids(ids, "user")
        assert (distinct.dtype, distinct.tolist(), codes.tolist()) == (np.int64, [1, 3], [1, 0, 1])
    assert encode_ids(["b", "a"], "user")[0].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (
            np.array([1, 2**63], np.uint64),
            "row 1: item id is 9223372036854775808, beyond 64 bits\nhint: give such ids as",
        ),
        ([1, 2**70], "row 1: item id is 1180591620717411303424, beyond 64 bits"),
        ([[1], [2]], r"item ids have the shape \(2, 1\), expected one dimension"),
        (5, r"item ids have the shape \(\), expected one dimension"),
        ([[1], [2, 3]], "item ids are no array: .*; expected one value a row"),
        ([1j], "item ids are complex128, expected integers or strings"),
        ([1.5], "item ids are float64, expected integers or strings\nhint: an id column with gaps"),
        ([True], "item ids are bool, expected"),
        ([b"a"], r"item ids are \|S1, expected"),
        (["a", 1], "row 1: item id is 1, expected integers only or strings only"),
        (np.ma.masked_array([1, 2], [False, True]), "item ids are missing in row 1, expected no masked cells"),
        (["a", None], "row 1: item id is None, expected integers only or strings only"),
        (np.array(["a", ""]), "row 1: item id is '', expected"),
    ],
)
def test_what_is_no_id_is_refused(ids: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        encode_ids(ids, "item")


def test_ratings_are_copied_as_float32() -> None:
    mine = np.array([1, 2], np.float32)
    values = rating_column(mine)
    mine[0] = 9
    assert values.tolist() == [1, 2]
    assert rating_column([True, Decimal("0.5")]).tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("rating", "words"),
    [
        (["x"], "ratings are <U1, expected numbers"),
        ([1, None], "row 1: rating is None, expected a finite number"),
        ([1, float("nan")], "row 1: rating is nan, expected a finite number"),
        ([1e39], r"row 0: rating is 1e\+39, expected a finite number"),
        ([10**400], "row 0: rating is 10*, expected a finite number"),
        ([1j], "ratings are complex128, expected numbers"),
        (np.array([1], "datetime64[s]"), r"ratings are datetime64\[s\], expected numbers"),
        ([[1.0]], r"ratings have the shape \(1, 1\), expected one dimension"),
    ],
)
def test_what_is_no_rating_is_refused(rating: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        rating_column(rating)
