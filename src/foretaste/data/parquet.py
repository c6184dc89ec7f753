"""A Parquet file becomes a table: its columns have types, so only missing and infinite cells can be bad."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.coding import Table, code_integers, code_words
from foretaste.data.columns import find_columns, warn_without_rating
from foretaste.data.opening import is_utf8
from foretaste.errors import DataError

_EXPECTED = {"user": "an id", "item": "an id", "rating": "a finite number", "time": "a time"}


def read_parquet(path: Path, *, columns: Mapping[str, str] | None = None, skip_bad: bool = False) -> Table:
    """Read the ratings of a Parquet file.

    Args:
        path: An existing file.
        columns: Names the caller gives, by role.
        skip_bad: Leave rows with a missing cell out; otherwise the first one is an error.

    Returns:
        The table; integer ids stay integers, text ids are read as in a text file.

    Raises:
        DataError: The file is damaged or empty, lacks a column or has one of the wrong type, or a row is bad.
    """
    try:
        schema = _schema(path)
        names = list(schema)
        found = find_columns(names, columns, source=path.name)
        used = {role: names[place] for role, place in found.used().items()}
        cells = [_cell(path, role, name, schema[name]).alias(role) for role, name in used.items()]
        source = path if is_utf8(path) else io.BytesIO(path.read_bytes())
        frame = pl.scan_parquet(source, glob=False).select(cells).collect(engine="streaming")
    except pl.exceptions.InvalidOperationError as error:
        hint = "store such ids as strings"
        raise DataError(f"{path.name} holds an id beyond 9,223,372,036,854,775,807", hint=hint) from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise DataError(f"{path.name} is a damaged Parquet file: {reason}", hint="write or fetch it again") from error
    if not len(frame):
        raise DataError(f"{path.name} has columns but no ratings")
    warn_without_rating(names, found, columns, source=path.name)
    bad = pl.any_horizontal([_is_bad(frame.schema[role], role) for role in used])
    flags = frame.select(bad.alias("bad"))["bad"]
    if flags.any():
        if not skip_bad:
            raise _bad_row(path, frame, used, int(flags.arg_max() or 0))
        frame = frame.filter(~flags)
    rating = frame["rating"].to_numpy() if "rating" in used else None
    time = frame["time"].to_numpy() if "time" in used else None
    return Table(_coded(frame["user"]), _coded(frame["item"]), rating, time, rows_bad=int(flags.sum()))


def _schema(path: Path) -> dict[str, pl.DataType]:
    with path.open("rb") as stream:  # a path would be taken for a pattern: br[1].parquet
        return dict(pl.read_parquet_schema(stream))


def _cell(path: Path, role: str, name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if role in ("user", "item"):
        if kind.is_integer():
            return column.cast(pl.Int64)
        if kind in (pl.String, pl.Categorical, pl.Enum):
            return column.cast(pl.String)
        hint = "ids with gaps are often stored as floats: drop the rows without an id, then store integers or strings"
        raise DataError(f'{path.name}: {role} column "{name}" is {kind}, expected integers or strings', hint=hint)
    if role == "rating" and (kind.is_numeric() or kind == pl.Boolean):
        return column.cast(pl.Float32)
    if role == "time" and kind.is_temporal() and kind not in (pl.Time, pl.Duration):
        return column.cast(pl.Datetime("us", getattr(kind, "time_zone", None))).dt.epoch("s")
    if role == "time" and kind.is_numeric():
        return (column.floor() if kind.is_float() else column).cast(pl.Int64, strict=False)
    expected = "numbers" if role == "rating" else "Unix seconds, dates or datetimes"
    hint = f"name the {role} column with --columns {role}=NAME"
    raise DataError(f'{path.name}: {role} column "{name}" is {kind}, expected {expected}', hint=hint)


def _is_bad(kind: pl.DataType, role: str) -> pl.Expr:
    column = pl.col(role)
    if role == "rating":
        return column.is_null() | ~column.is_finite().fill_null(value=True)
    if kind == pl.String:
        return column.is_null() | (column.str.strip_chars() == "").fill_null(value=False)
    return column.is_null()


def _bad_row(path: Path, frame: pl.DataFrame, used: Mapping[str, str], row: int) -> DataError:
    cells = frame.row(row, named=True)
    role = next(
        role for role, cell in cells.items()
        if cell is None or (isinstance(cell, float) and not np.isfinite(cell)) or (isinstance(cell, str) and not cell.strip())
    )  # fmt: skip
    value = "missing" if cells[role] in (None, "") else cells[role]
    called = "" if used[role] == role else f' (column "{used[role]}")'
    return DataError(
        f"{path.name} row {row + 1}: {role}{called} is {value}, expected {_EXPECTED[role]}",
        hint=f"name the {role} column with --columns {role}=NAME, or leave bad rows out with --bad-rows skip",
    )


def _coded(column: pl.Series) -> tuple[AnyArray, IntArray]:
    if column.dtype == pl.Int64:
        return code_integers(column.to_numpy())
    words = pl.Categories.random()
    coded = column.cast(pl.Categorical(words))
    return code_words(words.to_series(), coded.to_physical().to_numpy())
