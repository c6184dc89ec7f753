"""foretaste tune: settings for some models, chosen on validation ratings or clicks, become a recipe."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from foretaste.cli import options as o
from foretaste.cli.compare import CLICK_DEFAULT, DEFAULT, FAMILIES, of_name
from foretaste.cli.locate import locate
from foretaste.cli.places import check_apart, check_file
from foretaste.cli.protocols import starting
from foretaste.cli.search_progress import SearchProgress
from foretaste.cli.search_results import show_search
from foretaste.cli.tables import print_json
from foretaste.cli.train import INTERRUPTED, ONCE, chosen_entry, overridden
from foretaste.data.readers import find_ratings
from foretaste.entries import Entry
from foretaste.errors import InputError, ParamsError
from foretaste.lineup import check_task
from foretaste.recipe import Recipe
from foretaste.source import load
from foretaste.split.holdout import RULES
from foretaste.tuning import Search, Tuned, parse_time, tune

PLOTS = (".html", ".svg")


def tune_command(
    data: o.Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the recipe.")] = Path("tuned.toml"),
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Names, separated by commas, all-rating or all-ranking; "
            f"else {DEFAULT.model}, of clicks {CLICK_DEFAULT.model}.",
            metavar="NAMES",
        ),
    ] = None,
    task: o.Task = None,
    like: o.Like = None,
    settings: o.Sets = None,
    recipe_file: Annotated[
        Path | None, typer.Option("--recipe", help="TOML recipe: its settings are fixed; options override it.")
    ] = None,
    protocol: o.Protocol = None,
    trials: Annotated[int | None, typer.Option("--trials", "-n", help="Settings to try of each model.")] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Time for all models: 90s, 10m, 1h. Without: 4.5 minutes each.")
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="Divisions to choose on, averaged.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes that try settings side by side.")] = 1,
    study: Annotated[Path | None, typer.Option("--study", help="Keep every trial here, and go on from it.")] = None,
    split: Annotated[str | None, typer.Option("--split", help=f"{', '.join(ONCE[:-1])} or {ONCE[-1]}.")] = None,
    hide: Annotated[str | None, typer.Option("--hide", help=f"{RULES}.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="One seed for everything.", min=0)] = None,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    top_users: Annotated[int | None, typer.Option("--top-users", help="Keep the most active users.", min=0)] = None,
    min_user_ratings: o.MinUserRatings = None,
    min_item_ratings: o.MinItemRatings = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Picture of the search, .html or .svg.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Search good settings on validation, never on test ratings, and write them as a recipe.

    Models that predict ratings are chosen by RMSE, models that rank by NDCG@100 of hidden likes.
    """
    recipe = starting(recipe_file, protocol)
    o.check_split(split or recipe.split.kind, ONCE)
    recipe = overridden(
        recipe,
        {"kind": split, "hide": hide},
        {
            "top_users": top_users, "bad_rows": bad_rows, "duplicates": duplicates, "separator": separator, "task": task,
            "like": like, "min_user_ratings": min_user_ratings, "min_item_ratings": min_item_ratings,
        },
        seed,
    )  # fmt: skip
    given = o.parse_settings(settings)
    recipe = replace(recipe, models=_entries(recipe, model, given))
    check_task(recipe)
    search = Search(trials, None if budget is None else parse_time(budget), repeats, jobs, study)
    _check_places(out, plot, study, overwrite=overwrite)
    place, named = locate(data, quiet=quiet), o.parse_columns(columns)
    check_apart({"--out": out, "--study": study, "--plot": plot, "DATA": find_ratings(place)})
    source = load(place, recipe.data, columns=named)
    if not recipe.models:
        recipe = replace(recipe, models=_fixed((CLICK_DEFAULT if source.clicks else DEFAULT,), given))
    with SearchProgress(quiet=quiet) as progress:
        found = tune(recipe, source, search, report=progress)
    _write(found, out, plot, study)
    if as_json:
        print_json(found.to_json() | {"recipe": str(out) if found.entries() else None})
    else:
        show_search(found.to_json(), following=_following(data, out, columns) if found.entries() else None)
    if found.interrupted:
        typer.echo(f"stopped early by Ctrl-C: {_kept(found, study, plot)}", err=True)
        raise typer.Exit(INTERRUPTED)


def _entries(recipe: Recipe, models: str | None, settings: dict[str, object]) -> tuple[Entry, ...]:
    """Return the models to search; none where the data are to decide."""
    if models is None:
        entries = recipe.models
    else:
        names = [name.strip() for name in models.split(",") if name.strip()]
        entries = tuple(entry for name in names for entry in _named(recipe, name))
        if not entries:
            raise ParamsError("--model names no model", hint="for example --model biased_mf")
    return _fixed(entries, settings)


def _fixed(entries: tuple[Entry, ...], settings: dict[str, object]) -> tuple[Entry, ...]:
    """Return models to search with settings of the command line, which are not searched."""
    if settings and len(entries) > 1:
        raise ParamsError(
            f"--set fixes a setting of one model, and {len(entries)} are to be searched",
            hint="name one model, or fix settings in a recipe",
        )
    return tuple(replace(entry, settings=entry.settings | settings) for entry in entries)


def _named(recipe: Recipe, name: str) -> tuple[Entry, ...]:
    return of_name(name, recipe) if name in FAMILIES else (chosen_entry(recipe, name, {}),)


def _check_places(out: Path, plot: Path | None, study: Path | None, *, overwrite: bool) -> None:
    """Refuse files that could not be written, or are there, before any time is spent."""
    if plot is not None:
        if plot.suffix not in PLOTS:
            raise InputError(f'--plot is "{plot}", expected a name that ends in .html or .svg')
        from foretaste.report.search import search_chart  # noqa: F401, PLC0415 (says now what is not installed)
    for path, kept in ((out, _ours(out, study)), (plot, False)):
        if path is None:
            continue
        check_file(path)
        if path.exists() and not overwrite and not kept:
            raise InputError(f"{path} is there already", hint="--overwrite replaces it, another name keeps it")
    if study is not None:
        check_file(study)


def _ours(out: Path, study: Path | None) -> bool:
    """Return whether a recipe was written by this search when it was stopped: the same command again goes on."""
    if study is None or not out.exists():
        return False
    return f"# Kept in: {study}" in out.read_text(encoding="utf-8", errors="replace").splitlines()


def _write(found: Tuned, out: Path, plot: Path | None, study: Path | None) -> None:
    """Write what there is; where no trial came to its end, there is nothing."""
    if found.entries():
        kept = "" if study is None else f"# Kept in: {study}\n"
        out.write_text(kept + found.recipe_text(), encoding="utf-8")
        typer.echo(f"recipe: {out}", err=True)
    if plot is not None:
        from foretaste.report.search import search_chart, search_page  # noqa: PLC0415 (plotting loads only here)

        draw = search_page if plot.suffix == ".html" else search_chart
        plot.write_text(draw(found.to_json()), encoding="utf-8")
        typer.echo(f"plot: {plot}", err=True)


def _following(data: str, out: Path, columns: str | None) -> str:
    """Return the command that judges the recipe; names of columns belong to the file and stand in no recipe."""
    words = ["foretaste", "train", data, "--recipe", str(out), *(() if columns is None else ("--columns", columns))]
    return shlex.join(words)


def _kept(found: Tuned, study: Path | None, plot: Path | None) -> str:
    if study is not None:
        again = "the same command" if plot is None else "the same command with --overwrite, for the plot,"
        return f"every finished trial is in {study}, {again} goes on"
    return "the recipe holds the best until then" if found.entries() else "no trial had come to its end"
