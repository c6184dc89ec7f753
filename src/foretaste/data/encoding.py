"""Columns that a caller has in memory become ids, codes and ratings, or a sentence that says which row is wrong."""

import numpy as np
from numpy.typing import ArrayLike

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.errors import DataError

_LARGEST_ID = 2**63 - 1


def encode_ids(ids: ArrayLike, what: str) -> tuple[AnyArray, IntArray]:
    """Turn raw ids into sorted distinct ids and int32 codes.

    Args:
        ids: Integers or strings, (n,).
        what: ``"user"`` or ``"item"``, for the message.

    Returns:
        Distinct ids sorted (int64, or str in an object array), and codes (n,).

    Raises:
        DataError: An id is neither an integer nor a string, is missing, or does not fit 64 bits.
    """
    array = _one_dimension(ids, f"{what} ids")
    if array.dtype.kind in "UT" and isinstance(ids, list | tuple):
        array = np.array([*ids, None], dtype=object)[:-1]  # numpy would turn ["a", 1] into strings
    if array.dtype == object or array.dtype.kind in "UT":
        return _encode_text(array, what)
    if array.dtype.kind not in "iu":
        raise DataError(
            f"{what} ids are {array.dtype}, expected integers or strings",
            hint="an id column with gaps is often read as floats: drop the rows without an id, then cast to int",
        )
    if array.dtype.kind == "u" and (large := array > _LARGEST_ID).any():
        raise _too_large(int(large.argmax()), what, int(array[large.argmax()]))
    distinct, codes = np.unique(array.astype(np.int64), return_inverse=True)
    return distinct, codes.astype(np.int32)


def rating_column(rating: ArrayLike) -> FloatArray:
    """Return ratings as float32 (n,), a copy.

    Args:
        rating: Finite numbers, (n,).

    Raises:
        DataError: One is missing or no finite number; the text names the row.
    """
    array = _one_dimension(rating, "ratings")
    if array.dtype == object:
        array = np.array([_number(row, value) for row, value in enumerate(array.tolist())], dtype=np.float64)
    if array.dtype.kind not in "biuf":
        raise DataError(f"ratings are {array.dtype}, expected numbers")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        values = np.array(array, dtype=np.float32)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DataError(f"row {row}: rating is {array[row]}, expected a finite number")
    return values


def _one_dimension(values: ArrayLike, what: str) -> AnyArray:
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of unequal length
        raise DataError(f"{what} are no array: {error}; expected one value a row") from error
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        row = np.ma.getmaskarray(values).ravel().argmax()
        raise DataError(f"{what} are missing in row {row}, expected no masked cells")
    if array.ndim != 1:
        raise DataError(f"{what} have the shape {array.shape}, expected one dimension")
    return array


def _encode_text(array: AnyArray, what: str) -> tuple[AnyArray, IntArray]:
    values = array.astype(object)
    if all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in values) and len(values):
        for row, value in enumerate(values.tolist()):
            if not -(2**63) <= value <= _LARGEST_ID:
                raise _too_large(row, what, value)
        return encode_ids(values.astype(np.int64), what)
    for row, value in enumerate(values):
        if not isinstance(value, str) or not value:
            raise DataError(f"row {row}: {what} id is {value!r}, expected integers only or strings only")
    distinct, codes = np.unique(values, return_inverse=True)
    return distinct, codes.astype(np.int32)


def _too_large(row: int, what: str, value: int) -> DataError:
    return DataError(f"row {row}: {what} id is {value}, beyond 64 bits", hint="give such ids as strings")


def _number(row: int, value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"row {row}: rating is {value!r}, expected a finite number") from None
