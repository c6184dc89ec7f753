"""foretaste recommend: lists from a bundle alone, for one person or for a file of them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import Progress

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.tables import console, list_table, print_json
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
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
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Recommend items to anybody: from ratings given here, a user of a file, or everyone in a file."""
    if out is not None:
        check_table_path(out)
        if data is None or user is not None or rate:
            raise InputError("--out writes lists for everyone in --data", hint="name --data alone, or leave --out away")
    loaded = Bundle.load(bundle)
    if out is not None:
        assert data is not None  # noqa: S101 (checked above)
        _everyone(loaded, data, out, k, o.parse_columns(columns), quiet=quiet)
        return
    if rate and (user is not None or data is not None):
        raise InputError("--rate and --data are both given", hint="choose whose ratings count")
    if rate:
        answer = loaded.recommend(typed_ratings(loaded, rate), k)
    elif data is not None and user is not None:
        answer = loaded.recommend(ratings_of(read_people(data, o.parse_columns(columns)), user), k)
    else:
        raise InputError(
            "nobody is named", hint="give ratings with --rate, or --data with --user, or --data with --out"
        )
    if as_json:
        print_json({"items": [asdict(item) for item in answer.items], "ignored": answer.ignored})
        return
    console().print(list_table(answer.items, "Recommended"))
    if answer.ignored:
        typer.echo(f"ignored, not in the bundle: {', '.join(map(str, answer.ignored))}", err=True)


def _everyone(bundle: Bundle, data: str, out: Path, k: int, columns: dict[str, str] | None, *, quiet: bool) -> None:
    people = read_people(data, columns)
    X, unknown = bundle.rows(people)
    parts: list[tuple[np.ndarray, ...]] = []
    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=quiet or not screen.is_terminal) as progress:
        task = progress.add_task("scoring", total=X.shape[0])
        for start, ranking, predicted in bundle.rank_many(X, k):
            rows, places = np.nonzero(ranking.cols >= 0)
            picked = (ranking.cols[rows, places], ranking.scores[rows, places], predicted[rows, places])
            parts.append(((rows + start).astype(np.int32), (places + 1).astype(np.int32), *picked))
            progress.advance(task, len(ranking))
    row, place, col, score, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    table = {"user_id": people.user_ids[row], "rank": place, "item_id": bundle.catalog.item_ids[col]}
    if bundle.model.task == "rating":
        table["predicted"] = value
    table["score"] = score
    write_table(out, table)
    words = f"{X.shape[0]:,} people, {len(row):,} lines: {out}"
    typer.echo(words + (f" ({unknown:,} ratings of unknown items ignored)" if unknown else ""), err=True)
