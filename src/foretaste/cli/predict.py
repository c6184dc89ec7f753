"""foretaste predict: predicted ratings of chosen items, from a bundle alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from foretaste.bundle import LEVEL, Bundle
from foretaste.cli import options as o
from foretaste.cli.locate import check_there, locate
from foretaste.cli.places import check_file
from foretaste.cli.tables import console, interval_note, number, print_json, print_line, print_note, span
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
from foretaste.data.catalog import Catalog, ItemId
from foretaste.data.ratings import Ratings, counted
from foretaste.data.readers import ReadOptions, read_ratings
from foretaste.data.tables import check_table_path, write_table
from foretaste.errors import DataError, InputError


def predict_command(
    bundle: o.BundlePath,
    rate: o.Rate = None,
    user: Annotated[str | None, typer.Option("--user", help="A user of --data.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Ratings of one or of a million people.")] = None,
    item: Annotated[list[str] | None, typer.Option("--item", "-i", help="Title or id of an item to predict.")] = None,
    pairs: Annotated[
        str | None, typer.Option("--pairs", help="File of (user, item) pairs to predict for people of --data.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Predictions of --pairs go here.")] = None,
    level: o.Level = None,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Predict how somebody would rate some items."""
    reading = o.reading(columns, separator, bad_rows, duplicates)
    if pairs is not None:
        if data is None or out is None or rate or item or user is not None:
            raise InputError("--pairs goes with --data and --out alone", hint="--data RATINGS --pairs PAIRS --out FILE")
        check_there("--pairs", pairs)
        check_table_path(out)
        check_file(out)
        loaded = Bundle.load(bundle)
        level = _level(loaded, level)
        _pairs(loaded, read_people(loaded, data, reading), read_pairs(pairs, reading), out, level)
        return
    _check_one(rate, data, user, item, out)
    loaded = Bundle.load(bundle)
    level = _level(loaded, level)
    taste = typed_ratings(loaded, rate) if data is None else ratings_of(read_people(loaded, data, reading), str(user))
    lines = _lines(loaded, taste, item or (), level)
    if as_json:
        print_json(lines)
        return
    screen = console()
    screen.print(_table(lines, _said(loaded), level))
    if level is not None:
        print_line(screen, interval_note(level))


def _table(lines: Sequence[Mapping[str, Any]], said: str, level: float | None) -> Table:
    table = Table(header_style="bold")
    for name in ("item", "id", said):
        table.add_column(name, justify="left" if name == "item" else "right", overflow="fold")
    if level is not None:
        table.add_column(f"{100 * level:g} %", justify="right", no_wrap=True)
    for line in lines:
        words = number(line[said], 2) if said == "predicted" else f"{line[said]:.4g}"
        between = [] if level is None else [span(line["low"], line["high"])]
        table.add_row(str(line["title"]), str(line["item_id"]), words, *between)
    return table


def _level(bundle: Bundle, level: float | None) -> float | None:
    """Return the level of the intervals: what was asked for, else the usual one where the bundle has it, else none."""
    try:
        bundle.check_intervals(LEVEL if level is None else level)
    except InputError:
        if level is not None:
            raise
        return None
    return LEVEL if level is None else level


def _check_one(
    rate: Sequence[str] | None, data: str | None, user: str | None, item: Sequence[str] | None, out: Path | None
) -> None:
    if out is not None:
        raise InputError("--out is given without --pairs", hint="without --out, predictions go to stdout; see --json")
    if not item:
        raise InputError("no item is named", hint="for example --item 'Heat (1995)'")
    if rate and (data is not None or user is not None):
        other = "--data" if data is not None else "--user"
        raise InputError(f"--rate and {other} are both given", hint="choose whose ratings count")
    if not rate and (data is None or user is None):
        raise InputError("whose ratings count is not clear", hint="give --rate, or --data with --user")


def _said(bundle: Bundle) -> str:
    """Return what the numbers are: predicted ratings, or scores of a model that ranks, which are in no unit."""
    return "predicted" if bundle.model.task == "rating" else "score"


def _lines(
    bundle: Bundle, taste: dict[ItemId, float], items: Sequence[str], level: float | None
) -> list[dict[str, Any]]:
    cols = [bundle.catalog.find(text) for text in items]
    ids = bundle.catalog.item_ids[cols].tolist()
    lines = [{"item_id": i, "title": bundle.catalog.title(c)} for i, c in zip(ids, cols, strict=True)]
    if level is None:
        predicted = bundle.predict(taste, ids)
        return [line | {_said(bundle): predicted[line["item_id"]]} for line in lines]
    found = bundle.predict_intervals(taste, ids, level)
    told = [(line, found[line["item_id"]]) for line in lines]
    return [line | {"predicted": of.value, "low": of.low, "high": of.high, "level": level} for line, of in told]


def read_pairs(path: str, reading: ReadOptions) -> Ratings:
    """Return the pairs of a file that may name its columns as the ratings do, or in the usual way."""
    named = {role: name for role, name in (reading.columns or {}).items() if role in {"user", "item"}}
    plain = {"rating": "", "time": ""}
    if named:
        try:
            return read_ratings(locate(path), replace(reading, columns=named | plain))
        except DataError as error:
            first = error
    try:
        return read_ratings(locate(path), replace(reading, columns=plain))
    except DataError as error:
        raise (first if named else error) from error


def _pairs(bundle: Bundle, people: Ratings, pairs: Ratings, out: Path, level: float | None) -> None:
    X, _ = bundle.rows(people)
    rows = Catalog(people.user_ids).columns(pairs.user_ids)[pairs.user_code]  # ids match as those of items: 7 is "7"
    cols = bundle.catalog.columns(pairs.item_ids)[pairs.item_code]
    found = (rows >= 0) & (cols >= 0)
    values = bundle.model.predict(bundle.shown(X), rows[found], cols[found])
    table = {"user_id": pairs.user[found], "item_id": pairs.item[found], _said(bundle): values}
    if level is not None:
        table["low"], table["high"] = bundle.intervals(X, rows[found], cols[found], values, level)
    write_table(out, table)
    missing, repeated = int((~found).sum()), pairs.log.duplicates
    notes = [f"{counted(missing, 'pair')} with an unknown user or item left out"] if missing else []
    notes += [f"{counted(repeated, 'repeated pair')} predicted once"] if repeated else []
    made = f"{counted(int(found.sum()), 'prediction')}: {out}"
    print_note(made + (f" ({'; '.join(notes)})" if notes else ""))
