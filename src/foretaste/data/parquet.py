"""A Parquet file becomes a table: its columns have types, so only missing and infinite cells can be bad."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import numpy as np
import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.coding import Table, code_integers, code_words
from foretaste.data.columns import find_columns, warn_without_rating
from foretaste.data.opening import is_utf8
from foretaste.errors import DataError

_EXPECTED = {"user": "an id", "item": "an id", "rating": "a finite number", "time": "a time"}


@dataclass(frozen=True)
class ParquetRows:
    """A Parquet file whose columns of ratings are found: its rows, from any to any.

    Args:
        path: An existing file.
        names: Column name of each role that the file has.
        cells: How each role's column is read, under the role's name.
        source: The file, as polars takes it.
    """

    path: Path
    names: Mapping[str, str]
    cells: Sequence[pl.Expr]
    source: Path | IO[bytes]

    @classmethod
    def of(cls, path: Path, columns: Mapping[str, str] | None = None) -> Self:
        """Find the columns.

        Raises:
            DataError: The file is damaged, lacks a column or has one of the wrong type.
        """
        with _reading(path):
            schema = _schema(path)
            names = list(schema)
            found = find_columns(names, columns, source=path.name)
            used = {role: names[place] for role, place in found.used().items()}
            cells = [_cell(path, role, name, schema[name]).alias(role) for role, name in used.items()]
            source = path if is_utf8(path) else io.BytesIO(path.read_bytes())
            return cls(path, used, cells, source)

    def warn_without_rating(self, columns: Mapping[str, str] | None) -> None:
        """Say in the log that every row counts as 1, where another column may hold the ratings."""
        names = list(_schema(self.path))
        warn_without_rating(names, find_columns(names, columns, source=self.path.name), columns, source=self.path.name)

    def count(self) -> int:
        """Return how many rows there are, bad ones too."""
        with _reading(self.path):
            return int(self._scan().select(pl.len()).collect().item())

    def read(self, first: int = 0, count: int | None = None) -> pl.DataFrame:
        """Return rows as columns that are named after their roles.

        Raises:
            DataError: The file is damaged, or holds an id beyond 64 bits.
        """
        with _reading(self.path):
            return self._scan().slice(first, count).select(self.cells).collect(engine="streaming")

    def bad(self, frame: pl.DataFrame) -> pl.Series:
        """Return which rows lack a cell, bool (rows,)."""
        flags = pl.any_horizontal([_is_bad(frame.schema[role], role) for role in self.names])
        return frame.select(flags.alias("bad"))["bad"]

    def bad_row(self, frame: pl.DataFrame, row: int, *, first: int = 0) -> DataError:
        """Return the error for a bad row of a frame that begins at row `first` of the file."""
        return _bad_row(self.path, frame, self.names, row, first + row)

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.source, glob=False)


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
    rows = ParquetRows.of(path, columns)
    frame = rows.read()
    if not len(frame):
        raise DataError(f"{path.name} has columns but no ratings")
    rows.warn_without_rating(columns)
    flags = rows.bad(frame)
    if flags.any():
        if not skip_bad:
            raise rows.bad_row(frame, int(flags.arg_max() or 0))
        frame = frame.filter(~flags)
    return table_of(frame, rows_bad=int(flags.sum()))


def table_of(frame: pl.DataFrame, *, rows_bad: int = 0) -> Table:
    """Return good rows as a table with coded ids."""
    rating = frame["rating"].to_numpy() if "rating" in frame.columns else None
    time = frame["time"].to_numpy() if "time" in frame.columns else None
    return Table(_coded(frame["user"]), _coded(frame["item"]), rating, time, rows_bad=rows_bad)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in our words what is wrong with a file."""
    try:
        yield
    except pl.exceptions.InvalidOperationError as error:
        hint = "store such ids as strings"
        raise DataError(f"{path.name} holds an id beyond 9,223,372,036,854,775,807", hint=hint) from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise DataError(f"{path.name} is a damaged Parquet file: {reason}", hint="write or fetch it again") from error


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


def _bad_row(path: Path, frame: pl.DataFrame, used: Mapping[str, str], row: int, number: int) -> DataError:
    cells = frame.row(row, named=True)
    role = next(
        role for role, cell in cells.items()
        if cell is None or (isinstance(cell, float) and not np.isfinite(cell)) or (isinstance(cell, str) and not cell.strip())
    )  # fmt: skip
    value = "missing" if cells[role] in (None, "") else cells[role]
    called = "" if used[role] == role else f' (column "{used[role]}")'
    return DataError(
        f"{path.name} row {number + 1}: {role}{called} is {value}, expected {_EXPECTED[role]}",
        hint=f"name the {role} column with --columns {role}=NAME, or leave bad rows out with --bad-rows skip",
    )


def _coded(column: pl.Series) -> tuple[AnyArray, IntArray]:
    if column.dtype == pl.Int64:
        return code_integers(column.to_numpy())
    words = pl.Categories.random()
    coded = column.cast(pl.Categorical(words))
    return code_words(words.to_series(), coded.to_physical().to_numpy())
