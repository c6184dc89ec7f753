"""foretaste data import and export: ratings go from any file into a store, and from a store into a file."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from foretaste.arrays import AnyArray
from foretaste.cli import options as o
from foretaste.cli.locate import locate
from foretaste.cli.places import check_apart, check_file
from foretaste.cli.tables import print_json
from foretaste.data.ratings import counted
from foretaste.data.readers import read_data
from foretaste.data.tables import write_pieces, write_table
from foretaste.data.writers import write_ratings
from foretaste.errors import InputError
from foretaste.store.address import STORE, read_address

if TYPE_CHECKING:
    from foretaste.store.bulk import Imported
    from foretaste.store.store import Store


def import_command(
    data: o.Data,
    store: o.Store = STORE,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Read any supported format into a store, with titles and genres; of two ratings of a pair the later one stays."""
    from foretaste.store import Store  # noqa: PLC0415 (optional)
    from foretaste.store.bulk import import_ratings  # noqa: PLC0415

    address = read_address(store)
    ratings, catalog = read_data(locate(data), o.reading(columns, separator, bad_rows, duplicates))
    with Store(store) as opened:
        made = import_ratings(opened, ratings, catalog)
    if as_json:
        print_json({"store": address.shown, **asdict(made), "rows_bad": ratings.log.rows_bad})
        return
    for line in told(made, address.shown, ratings.log.rows_bad):
        typer.echo(line, err=True)


def export_command(
    out: Annotated[Path, typer.Argument(help="New file: .csv, .tsv, .csv.gz or .parquet.", metavar="FILE")],
    store: o.Store = STORE,
    items: Annotated[
        Path | None, typer.Option("--items", help="Write titles and genres too, as movies.csv has them.")
    ] = None,
) -> None:
    """Write all ratings of a store into a file, with the time of each; text files are written as the rows come."""
    from foretaste.store import Store  # noqa: PLC0415 (optional)

    address = read_address(store)
    check_file(out)
    if items is not None:
        check_file(items)
        check_apart({"FILE": out, "--items": items})
        if items.suffix.lower() not in {".csv", ".tsv"}:
            raise InputError(f"cannot write {items.name}: expected .csv or .tsv", hint="such as --items movies.csv")
    with Store(store, read_only=True) as opened:
        n = write_store(opened, out)
        typer.echo(f"{counted(n, 'rating')} of {address.shown}: {out}", err=True)
        if items is not None:
            typer.echo(f"{counted(write_items(opened, items), 'item')}: {items}", err=True)


def told(made: "Imported", store: str, bad: int) -> list[str]:
    """Return what an import did, in lines for people."""
    parts = [f"{made.added:,} new", f"{made.replaced:,} in the place of an earlier one"]
    if made.older:
        parts.append(f"{made.older:,} left out, as the store has a later one")
    lines = [f"{counted(made.ratings, 'rating')} into {store}: {', '.join(parts)}; titles of {made.titles:,} items"]
    if bad:
        lines.append(f"{counted(bad, 'bad row')} left out")
    if not made.timed:
        lines.append("the file has no times: its ratings count as given now")
    if made.odd_users:
        lines.append(
            f"{counted(made.odd_users, 'user')} with an id that no address can name: they count in training, and are "
            "not reached over HTTP"
        )
    return lines


def write_store(store: "Store", path: Path) -> int:
    """Write the ratings of a store into a file, and return how many; CSV and TSV a million lines at a time.

    Raises:
        DataError: There are none.
        InputError: The file cannot be written.
    """
    from foretaste.store.bulk import batches, read_store  # noqa: PLC0415 (optional)

    if path.suffix.lower() not in {".csv", ".tsv"}:
        ratings, _ = read_store(store)
        write_ratings(ratings, path)
        return len(ratings)
    n = 0

    def pieces() -> Iterator[dict[str, AnyArray]]:
        nonlocal n
        for users, items, ratings, times in batches(store):
            n += len(users)
            columns = (_words(users), _words(items), np.array(ratings), np.array(times))
            yield dict(zip(("user_id", "item_id", "rating", "timestamp"), columns, strict=True))

    write_pieces(path, pieces())
    return n


def write_items(store: "Store", path: Path) -> int:
    """Write the items of a store as a films file, and return how many."""
    from foretaste.store.bulk import titles  # noqa: PLC0415 (optional)

    entries = titles(store)
    columns = (
        [item for item, _, _ in entries],
        [title for _, title, _ in entries],
        ["|".join(g) for _, _, g in entries],
    )
    write_table(path, dict(zip(("movieId", "title", "genres"), map(_words, columns), strict=True)))
    return len(entries)


def _words(texts: list[str]) -> AnyArray:
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column
