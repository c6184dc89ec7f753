"""foretaste recommend: lists from a bundle alone, for one person or for a file of them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import Progress

from foretaste.arrays import AnyArray
from foretaste.bundle import LEVEL, Bundle
from foretaste.cli import options as o
from foretaste.cli.asked import STRANGE, no_item
from foretaste.cli.locate import locate
from foretaste.cli.places import check_file
from foretaste.cli.tables import console, interval_note, list_table, print_json, print_line, print_note
from foretaste.cli.taste import ratings_of, read_people, typed_ratings, warn_of_events
from foretaste.data.parts import Parts, reading_in_parts
from foretaste.data.ratings import Ratings, counted
from foretaste.data.readers import ReadOptions
from foretaste.data.tables import check_table_path, write_pieces
from foretaste.errors import InputError
from foretaste.report.words import people as people_of


def recommend_command(
    bundle: o.BundlePath,
    rate: o.Rate = None,
    user: Annotated[str | None, typer.Option("--user", help="A user of --data.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Ratings of one or of a million people.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Lists for all people of --data: .csv, .tsv, .parquet, .jsonl.")
    ] = None,
    k: Annotated[int, typer.Option("--k", "-k", help="Length of a list.", min=1)] = 10,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="Sort by what is liked at least: the lower ends of intervals of 80 %, or --level."),
    ] = False,
    level: o.Level = None,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Recommend items to anybody: from ratings given here, a user of a file, or everyone in a file."""
    reading = o.reading(columns, separator, bad_rows, duplicates)
    level = LEVEL if sure and level is None else level
    if out is not None:
        if data is None or user is not None or rate:
            raise InputError("--out writes lists for everyone in --data", hint="name --data alone, or leave --out away")
        check_table_path(out)
        check_file(out)
        _everyone(_loaded(bundle, level), data, out, _Asked(k, level, sure), reading, quiet=quiet)
        return
    if rate and (user is not None or data is not None):
        raise InputError("--rate and --data are both given", hint="choose whose ratings count")
    if not rate and (data is None or user is None):
        raise InputError(
            "nobody is named", hint="give ratings with --rate, or --data with --user, or --data with --out"
        )
    loaded = _loaded(bundle, level)
    if data is not None and user is not None:
        taste = ratings_of(read_people(loaded, data, reading), user)
    else:
        taste = typed_ratings(loaded, rate)
    answer = loaded.recommend(taste, k, level=level, sure=sure)
    if as_json:
        print_json({"items": [asdict(item) for item in answer.items], "ignored": answer.ignored, "level": level})
        return
    screen = console()
    screen.print(list_table(answer.items, "Recommended", level=level))
    if level is not None:
        print_line(screen, interval_note(level, sure=sure))
    if answer.ignored:
        print_note(f"ignored, not in the bundle: {', '.join(map(str, answer.ignored))}")


def _loaded(folder: Path, level: float | None) -> Bundle:
    """Return the bundle; refuse intervals that it does not have before anything else is read."""
    bundle = Bundle.load(folder)
    if level is not None:
        bundle.check_intervals(level)
    return bundle


@dataclass(frozen=True)
class _Asked:
    """What each list is to be."""

    k: int
    level: float | None
    sure: bool


@dataclass
class _Written:
    """What has gone into the file so far."""

    people: int = 0
    lines: int = 0
    known: int = 0
    unknown: int = 0


def _everyone(bundle: Bundle, data: str, out: Path, asked: _Asked, reading: ReadOptions, *, quiet: bool) -> None:
    written, screen = _Written(), console(stderr=True)
    with reading_in_parts(locate(data), reading, spill=out.resolve().parent) as people:
        warn_of_events(bundle, people)
        _check_scale(bundle, people)
        with Progress(console=screen, transient=True, disable=quiet or not screen.is_terminal) as progress:
            task = progress.add_task("scoring", total=people.n_ratings)
            tell = partial(progress.advance, task)
            pieces = (piece for table in people.tables() for piece in _lists(bundle, table, asked, written, tell))
            write_pieces(out, pieces)
    words = f"{people_of(written.people)}, {counted(written.lines, 'line')}: {out}"
    ignored = f" ({counted(written.unknown, 'rating')} of unknown items ignored)" if written.unknown else ""
    print_note(words + ignored)
    if written.unknown and not written.known:
        words = f"{no_item(written.unknown)}: everybody gets the list of somebody who has rated nothing"
        print_note(f"warning: {words}\nhint: {STRANGE}")


def _check_scale(bundle: Bundle, people: Parts) -> None:
    """Refuse ratings outside the scale before any list is made; what a repeated pair hides does not count."""
    try:
        bundle.check_scale(people.scale)
    except InputError:
        low, high = zip(*(table.scale for table in people.tables()), strict=True)
        bundle.check_scale((min(low), max(high)))


def _lists(
    bundle: Bundle, people: Ratings, asked: _Asked, written: _Written, tell: Callable[[float], None]
) -> Iterator[dict[str, AnyArray]]:
    """Yield the lists of some people, a block of them at a time."""
    X, unknown = bundle.rows(people)
    written.known += X.nnz
    written.unknown += unknown
    for start, ranking, predicted in bundle.rank_many(X, asked.k, level=asked.level or LEVEL, sure=asked.sure):
        listed = ranking.cols >= 0
        row, place = np.nonzero(listed)
        table = {"user_id": people.user_ids[start + row], "rank": (place + 1).astype(np.int32)}
        table["item_id"] = bundle.catalog.item_ids[ranking.cols[listed]]
        if bundle.model.task == "rating":
            table["predicted"] = predicted[listed]
        ends = bundle.ends(X[start : start + len(ranking)], ranking, predicted, asked.level)
        if ends is not None:
            table["low"], table["high"] = (end[listed] for end in ends)
        table["score"] = ranking.scores[listed]
        written.people += len(ranking)
        written.lines += len(row)
        tell(len(people) * len(ranking) / X.shape[0])
        yield table
