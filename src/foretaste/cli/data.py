"""foretaste data: fetch a public set, make a synthetic one, look at one, convert one; `store` moves ratings in and out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from foretaste.bundle_folder import check_place
from foretaste.cli import options as o
from foretaste.cli.locate import fetch_with_bar, locate
from foretaste.cli.places import check_file
from foretaste.cli.store import export_command, import_command
from foretaste.cli.tables import console, print_json, print_line
from foretaste.data.describe import describe
from foretaste.data.movielens import SETS
from foretaste.data.ratings import Ratings, counted
from foretaste.data.readers import read_data
from foretaste.data.synthetic import make_world
from foretaste.data.tables import write_table
from foretaste.data.writers import write_ratings
from foretaste.errors import InputError

data_app = typer.Typer(no_args_is_help=True, help="Fetch, synthesise, describe, convert and store ratings.")
data_app.command("import")(import_command)
data_app.command("export")(export_command)


@data_app.command("fetch")
def fetch_command(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(SETS)}.", metavar="NAME")],
    quiet: o.Quiet = False,
) -> None:
    """Find or download a public data set; prints its folder."""
    typer.echo(str(fetch_with_bar(name, quiet=quiet)))


@data_app.command("synth")
def synth_command(
    out: Annotated[Path, typer.Argument(help="New folder.", metavar="FOLDER")],
    users: Annotated[int, typer.Option("--users", min=1)] = 610,
    items: Annotated[int, typer.Option("--items", min=1)] = 9_724,
    ratings: Annotated[int, typer.Option("--ratings", min=1)] = 100_836,
    seed: o.Seed = 0,
    as_json: o.Json = False,
) -> None:
    """Make a synthetic world shaped like MovieLens; truth.json holds the RMSE that a perfect model would have."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists already and is not an empty folder", hint="name a new folder")
    check_place(out)
    world = make_world(users, items, ratings, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    write_ratings(world.ratings, out / "ratings.csv")
    catalog = world.catalog
    genres = np.array(["|".join(g) for g in catalog.genres or ()], dtype=object)
    titles = np.array(catalog.titles or (), dtype=object)
    write_table(out / "movies.csv", {"movieId": catalog.item_ids, "title": titles, "genres": genres})
    truth = {"floor_rmse": world.floor_rmse, **_sizes(world.ratings), "seed": seed}
    (out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json(truth)
        return
    typer.echo(f"{world.ratings!r}\nnoise floor: RMSE {world.floor_rmse:.4f}\n{out}")


def _sizes(ratings: Ratings) -> dict[str, int]:
    return {"users": ratings.n_users, "items": ratings.n_items, "ratings": len(ratings)}  # a small world has fewer


@data_app.command("describe")
def describe_command(
    data: o.Data,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Count users, items and ratings, and show how they are spread."""
    ratings, catalog = read_data(locate(data), o.reading(columns, separator, bad_rows, duplicates))
    facts = describe(ratings, catalog).to_dict()
    if as_json:
        print_json(facts)
        return
    screen = console()
    print_line(screen, repr(ratings))
    for line in told(facts):
        print_line(screen, line)


def told(facts: Mapping[str, Any]) -> list[str]:
    """Return a description in lines for people; see `Description` for what it holds."""
    words = {name: _words(value) for name, value in facts.items()}
    words |= {name: " to ".join(map(_words, facts[name])) for name in ("scale", "dates") if facts[name]}
    for name in ("per_user", "per_item"):
        least, *quartiles, most = map(_words, facts[name])
        words[name] = f"{least} to {most}, quartiles {', '.join(quartiles)}"
    if facts["values"]:
        words["values"] = "; ".join(f"{times:,} x {value}" for value, times in facts["values"].items())
    words["most_rated"] = "; ".join(f"{times:,} x {title}" for title, times in facts["most_rated"])
    return [f"  {name.replace('_', ' ')}: {text}" for name, text in words.items()]


def _words(value: object) -> str:
    """Return one value as it is read: a number with few digits, yes or no, several things in a row."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    if isinstance(value, int):
        return f"{value:,}"
    return (
        f"{value:.4g}"
        if isinstance(value, float)
        else "; ".join(map(_words, value))
        if isinstance(value, list)
        else str(value)
    )


@data_app.command("convert")
def convert_command(
    data: o.Data,
    out: Annotated[Path, typer.Argument(help="New file: .csv, .tsv, .csv.gz or .parquet.", metavar="FILE")],
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
) -> None:
    """Read any supported format, write another; bad and repeated rows are counted."""
    check_file(out)
    ratings, _ = read_data(locate(data), o.reading(columns, separator, bad_rows, duplicates))
    write_ratings(ratings, out)
    log = ratings.log
    kept = "kept" if log.duplicate_policy == "keep" else "left out"
    repeats = f"{counted(log.duplicates, 'row')} of repeated pairs {kept}"
    bad = counted(log.rows_bad, "bad row")
    typer.echo(f"{counted(len(ratings), 'rating')}: {out} ({bad} left out; {repeats})", err=True)
