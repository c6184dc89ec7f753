"""foretaste recommend: lists from a bundle alone, for one person or for a file of them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import Progress

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.places import check_file
from foretaste.cli.tables import console, list_table, print_json
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
from foretaste.data.readers import ReadOptions
from foretaste.data.tables import check_table_path, write_table
from foretaste.errors import InputError


def recommend_command(
    bundle: o.BundlePath,
    rate: o.Rate = None,
    user: Annotated[str | None, typer.Option("--user", help="A user of --data.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Ratings of one or of a million people.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Lists for all people of --data: .csv, .tsv, .parquet, .jsonl.")
    ] = None,
    k: Annotated[int, typer.Option("--k", "-k", help="Length of a list.", min=1)] = 10,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Recommend items to anybody: from ratings given here, a user of a file, or everyone in a file."""
    reading = o.reading(columns, separator, bad_rows, duplicates)
    if out is not None:
        if data is None or user is not None or rate:
            raise InputError("--out writes lists for everyone in --data", hint="name --data alone, or leave --out away")
        check_table_path(out)
        check_file(out)
        _everyone(Bundle.load(bundle), data, out, k, reading, quiet=quiet)
        return
    if rate and (user is not None or data is not None):
        raise InputError("--rate and --data are both given", hint="choose whose ratings count")
    if not rate and (data is None or user is None):
        raise InputError(
            "nobody is named", hint="give ratings with --rate, or --data with --user, or --data with --out"
        )
    loaded = Bundle.load(bundle)
    if data is not None and user is not None:
        answer = loaded.recommend(ratings_of(read_people(loaded, data, reading), user), k)
    else:
        answer = loaded.recommend(typed_ratings(loaded, rate), k)
    if as_json:
        print_json({"items": [asdict(item) for item in answer.items], "ignored": answer.ignored})
        return
    console().print(list_table(answer.items, "Recommended"))
    if answer.ignored:
        typer.echo(f"ignored, not in the bundle: {', '.join(map(str, answer.ignored))}", err=True)


def _everyone(bundle: Bundle, data: str, out: Path, k: int, reading: ReadOptions, *, quiet: bool) -> None:
    people = read_people(bundle, data, reading)
    X, unknown = bundle.rows(people)
    k = min(k, len(bundle.catalog))
    cols = np.full(
        (X.shape[0], k), -1, dtype=np.int32
    )  # whole from the start: lists of a million people fill it in place
    score, value = np.empty((2, X.shape[0], k), dtype=np.float32)
    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=quiet or not screen.is_terminal) as progress:
        task = progress.add_task("scoring", total=X.shape[0])
        for start, ranking, predicted in bundle.rank_many(X, k):
            block = slice(start, start + len(ranking))
            cols[block], score[block], value[block] = ranking.cols, ranking.scores, predicted
            progress.advance(task, len(ranking))
    listed = cols >= 0
    row, place = np.nonzero(listed)
    table = {"user_id": people.user_ids[row], "rank": (place + 1).astype(np.int32)}
    table["item_id"] = bundle.catalog.item_ids[cols[listed]]
    if bundle.model.task == "rating":
        table["predicted"] = value[listed]
    table["score"] = score[listed]
    write_table(out, table)
    words = f"{X.shape[0]:,} people, {len(row):,} lines: {out}"
    typer.echo(words + (f" ({unknown:,} ratings of unknown items ignored)" if unknown else ""), err=True)
