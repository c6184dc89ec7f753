"""foretaste compare: several models on one split or over folds, one table, one verdict."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from foretaste.cli import options as o
from foretaste.cli.locate import check_there, locate
from foretaste.cli.progress import TrainingProgress
from foretaste.cli.protocols import starting
from foretaste.cli.results import Outputs, report_of
from foretaste.cli.search_progress import describe
from foretaste.cli.train import INTERRUPTED, gate_of, overridden
from foretaste.comparison import Prepare
from foretaste.entries import Entry
from foretaste.errors import InputError, ParamsError
from foretaste.experiment import run
from foretaste.lineup import check_task, family, gated
from foretaste.recipe import SPLITS, Recipe
from foretaste.source import load, load_folds
from foretaste.split.holdout import RULES
from foretaste.tuning import Standing, tuned_entries

DEFAULT = Entry("two_sided_ridge")
"""What is compared with the baselines, or searched, where nothing is named: it scores anybody, and data of every size."""
CLICK_DEFAULT = Entry("edlae")
"""The same where there are nothing but clicks."""
FAMILIES = {"all-rating": "rating", "all-ranking": "ranking"}
"""What stands for every model that predicts ratings, and for every one that ranks."""


def compare_command(
    data: Annotated[str | None, typer.Argument(help="File, folder, or name of a public set.", metavar="[DATA]")] = None,
    models: Annotated[
        str | None,
        typer.Option("--models", help="Names, separated by commas; all-rating or all-ranking for all of a task."),
    ] = None,
    task: o.Task = None,
    like: o.Like = None,
    settings: o.Sets = None,
    recipe_file: Annotated[Path | None, typer.Option("--recipe", help="TOML recipe; options override it.")] = None,
    protocol: o.Protocol = None,
    split: Annotated[str | None, typer.Option("--split", help=f"{', '.join(SPLITS[:-1])} or {SPLITS[-1]}.")] = None,
    folds: Annotated[
        int | None,
        typer.Option("--folds", help="Judge everything once, over so many folds (k-fold, random, new-users)."),
    ] = None,
    train: Annotated[str | None, typer.Option("--train", help="Your train file (--split given).")] = None,
    test: Annotated[str | None, typer.Option("--test", help="Your test file (--split given).")] = None,
    seen: Annotated[
        str | None,
        typer.Option("--seen", help="Your file of what test people have shown, where they are not in --train."),
    ] = None,
    pairs: Annotated[
        str | None, typer.Option("--pairs", help="Which files of the folder, such as ua,ub (--split official-folds).")
    ] = None,
    hide: Annotated[str | None, typer.Option("--hide", help=f"{RULES}.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="One seed for everything.", min=0)] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", help="Fit models with so many seeds, to see how far they move.", min=1)
    ] = None,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    top_users: Annotated[int | None, typer.Option("--top-users", help="Keep the most active users.", min=0)] = None,
    min_user_ratings: o.MinUserRatings = None,
    min_item_ratings: o.MinItemRatings = None,
    gate: Annotated[bool, typer.Option("--gate/--no-gate", help="Measure the baselines beside them.")] = True,
    trials: Annotated[
        int | None,
        typer.Option("--trials", help="Search every model with so many settings on validation first.", min=1),
    ] = None,
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help="Let validation ratings train in the end.")] = True,
    report: o.Report = None,
    csv: o.Csv = None,
    markdown: o.Markdown = None,
    all_metrics: o.AllMetrics = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Train several models on one split, or over folds, and print one table with intervals and a verdict."""
    source = _source(data, train, test)
    for name, file in (("--test", test), ("--seen", seen)):
        if file is not None:
            check_there(name, file)
    o.check_split(split, SPLITS)
    outputs = Outputs(as_json, report, csv, markdown, all_metrics)
    outputs.check()
    recipe = starting(recipe_file, protocol)
    kind = split or ("given" if test else None)
    recipe = overridden(
        recipe,
        {"kind": kind, "hide": hide, "folds": folds, "pairs": None if pairs is None else pairs.replace(" ", "").split(",")},
        {
            "top_users": top_users, "bad_rows": bad_rows, "duplicates": duplicates, "separator": separator, "task": task,
            "like": like, "min_user_ratings": min_user_ratings, "min_item_ratings": min_item_ratings,
        },
        seed,
    )  # fmt: skip
    given = o.parse_settings(settings)
    seeds = recipe.seeds if seeds is None else seeds
    recipe = replace(recipe, refit=recipe.refit and refit, models=_entries(recipe, models, given), seeds=seeds)
    check_task(recipe)
    place, named = locate(source, quiet=quiet), o.parse_columns(columns)
    if recipe.split.kind == "official-folds":
        loaded = load_folds(place, recipe.data, columns=named, pairs=recipe.split.pairs)
    else:
        loaded = load(place, recipe.data, columns=named, test=test, seen=seen)
    if not recipe.models:
        recipe = replace(recipe, models=_with_settings((CLICK_DEFAULT if loaded.clicks else DEFAULT,), given))
    if gate:
        recipe = replace(recipe, models=gated(recipe.models, gate_of(loaded)))
    with TrainingProgress(quiet=quiet) as progress:
        experiment = run(recipe, loaded, report=progress, prepare=_search(trials, recipe.seed, progress), details=True)
    told = report_of(experiment)
    outputs.tell(told)
    if experiment.comparison.interrupted:
        typer.echo("stopped early by Ctrl-C: the table holds what was fitted until then", err=True)
        raise typer.Exit(INTERRUPTED)


def _search(trials: int | None, seed: int, progress: TrainingProgress) -> Prepare | None:
    """Return what searches settings before a fit, with the same effort for every model; None where none is asked for."""
    if trials is None:
        return None

    def tell(standing: Standing) -> None:
        progress.note(f"{standing.label}, search", describe(standing))

    return lambda split, entries: tuned_entries(split, entries, trials=trials, seed=seed, report=tell)


def _source(data: str | None, train: str | None, test: str | None) -> str:
    if (train is None) != (test is None):
        raise InputError("--train and --test go together", hint="name both files, or give DATA alone")
    if (data is None) == (train is None):
        words = "no data is named" if data is None else "both DATA and --train are named"
        raise InputError(words, hint="foretaste compare DATA, or --split given --train FILE --test FILE")
    return str(train if data is None else data)


def _entries(recipe: Recipe, models: str | None, settings: dict[str, object]) -> tuple[Entry, ...]:
    """Return the models that are named, in words or in the recipe; none where the data are to decide."""
    if models is None:
        return _with_settings(recipe.models, settings) if recipe.models else ()
    named = [name.strip() for name in models.split(",") if name.strip()]
    alone = {name.lower().replace("-", "_") for name in named}  # not once more as one of the family
    entries = tuple(
        entry for name in named for entry in of_name(name, recipe) if name not in FAMILIES or entry.model not in alone
    )
    if not entries:
        raise ParamsError("--models names no model", hint="for example --models mean,bias,biased_mf,autorec")
    return _with_settings(entries, settings)


def _with_settings(entries: tuple[Entry, ...], settings: dict[str, object]) -> tuple[Entry, ...]:
    """Return the models with settings for the last one, as in train."""
    return (*entries[:-1], replace(entries[-1], settings=entries[-1].settings | settings))


def of_name(name: str, recipe: Recipe) -> tuple[Entry, ...]:
    """Return the line of a model, or the lines of a family; say who was left out of it."""
    if name not in FAMILIES:
        return (Entry(name),)
    entries, strangers = family(FAMILIES[name], new_people=recipe.split.new_people)
    if strangers:
        words = f"{', '.join(strangers)} left out: the split {recipe.split.kind} judges people whom training never saw"
        typer.echo(f"{words}, and these score only those it saw", err=True)
    return entries
