"""foretaste train: a file becomes a bundle, with its accuracy measured on the way."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from foretaste.bundle import Bundle
from foretaste.choice import choose, decide_for, with_candidates
from foretaste.cli import options as o
from foretaste.cli.forecast import show_plan
from foretaste.cli.locate import locate
from foretaste.cli.places import check_checkpoint, check_reports
from foretaste.cli.progress import TrainingProgress
from foretaste.cli.protocols import starting
from foretaste.cli.results import Outputs, report_of, write_report
from foretaste.entries import Entry, check_entries
from foretaste.errors import InputError, ParamsError
from foretaste.experiment import divide, run
from foretaste.lineup import CLICK_GATE, GATE, check_task, gate_for, with_gate
from foretaste.models import MODELS, model_class
from foretaste.models.params import build_params
from foretaste.plan import make_plan
from foretaste.recipe import SPLITS, DataParams, Recipe, SplitParams
from foretaste.source import Source, load
from foretaste.split.holdout import RULES
from foretaste.store.address import read_address

INTERRUPTED = 130
NAME = "name it: --model two_sided_ridge"
ONCE = [kind for kind in SPLITS if kind not in {"given", "k-fold", "official-folds"}]
"""Kinds of split that leave one model to keep."""


def train_command(
    data: Annotated[
        str | None, typer.Argument(help="File, folder, or name such as ml-latest-small; or --store.", metavar="[DATA]")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the bundle.")] = Path("bundle"),
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Name; without it, the best on validation.")
    ] = None,
    task: o.Task = None,
    like: o.Like = None,
    settings: o.Sets = None,
    store: Annotated[
        str | None, typer.Option("--store", help="Train from a store of ratings instead of DATA.", metavar="URL")
    ] = None,
    recipe_file: Annotated[Path | None, typer.Option("--recipe", help="TOML recipe; options override it.")] = None,
    protocol: o.Protocol = None,
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
    gate: Annotated[bool, typer.Option("--gate/--no-gate", help="Measure the baselines beside it.")] = True,
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help="Let validation ratings train in the end.")] = True,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Keep the state here after each epoch, and go on from it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a bundle that is there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take; train and write nothing.")
    ] = False,
    report: o.Report = None,
    csv: o.Csv = None,
    markdown: o.Markdown = None,
    all_metrics: o.AllMetrics = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Train a model, measure it on hidden ratings beside the baselines, and write a bundle."""
    check_source(data, store)
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
    if recipe.split.n_folds:
        raise ParamsError(
            f"the recipe divides into {recipe.split.n_folds} folds, and this command makes one model",
            hint="foretaste compare judges over folds; set folds = 0 to train",
        )
    recipe = replace(recipe, refit=recipe.refit and refit)
    given, named = o.parse_settings(settings), model is not None or bool(recipe.models)
    if given and not named:
        raise ParamsError("--set gives settings of a model, and none is named", hint=NAME)
    if not gate and not named:
        raise ParamsError(
            "--no-gate leaves the baselines out, and where no model is named they may be taken", hint=NAME
        )
    entry = chosen_entry(recipe, model, given) if named else None
    if entry is not None:
        clicks = recipe.data.task == "ranking"
        checked = _about(recipe, entry, checkpoint, () if not gate else CLICK_GATE if clicks else GATE)
    outputs = Outputs(as_json, report, csv, markdown, all_metrics)
    if not dry_run:
        outputs.check()
        _check_places(checked if named else recipe, out, checkpoint, overwrite=overwrite)
    source = load(store or locate(data or "", quiet=quiet), recipe.data, columns=o.parse_columns(columns))
    if entry is None:
        recipe = with_candidates(recipe, source.ratings)
    else:
        recipe = _about(recipe, entry, checkpoint, gate_of(source) if gate else ())
    if dry_run:
        parts, keep = divide(source, recipe), checkpoint is not None
        plan = make_plan(parts, recipe.models, seed=recipe.seed, refit=recipe.refit, checkpoint=keep)
        show_plan(source.describe(), plan, as_json=as_json)
        plan.check()
        return
    with TrainingProgress(quiet=quiet) as progress:
        decide = None if named else decide_for(source.ratings)
        experiment = run(recipe, source, report=progress, checkpoint=checkpoint, decide=decide, details=True)
    made = experiment.comparison
    wanted = recipe.models[-1].label or model_class(recipe.models[-1].model).name
    if named and made.fitted[-1].label != wanted:  # half of the gate is no bundle
        typer.echo(f"stopped by Ctrl-C before {wanted} was fitted: no bundle is written", err=True)
        raise typer.Exit(INTERRUPTED)
    choice = None if named else choose(made.fitted, made.split["valid_hidden"], source.ratings)
    bundle = experiment.bundle(choice.label if choice else None)
    bundle.save(out, overwrite=overwrite)
    told = report_of(experiment) | {"bundle": str(out)} | ({"choice": vars(choice)} if choice else {})
    page = write_report(told, out)
    outputs.tell(told)
    typer.echo(f"bundle: {out}\nreport: {page}", err=True)
    if made.interrupted:
        held = "the best weights until then" if named else "the best of what was fitted until then"
        typer.echo(f"stopped early by Ctrl-C: the bundle holds {held}", err=True)
        raise typer.Exit(INTERRUPTED)


def check_source(data: str | None, store: str | None) -> None:
    """Refuse data from two places, or from none.

    Raises:
        InputError: It is so, or the address of the store cannot be read.
    """
    if data is not None and store is not None:
        raise InputError(f'DATA is "{data}" and --store is given too', hint="train from the one or the other")
    if store is not None:
        read_address(store)
    elif data is None:
        raise InputError("no data is named", hint="foretaste train DATA, or foretaste train --store URL")


def gate_of(source: Source) -> tuple[Entry, ...]:
    """Return the baselines for some data; say which are left out for their size."""
    ratings = source.ratings
    gate, left_out = gate_for(clicks=source.clicks, ratings=len(ratings), items=len(source.catalog))
    if left_out:
        typer.echo(left_out, err=True)
    return gate


def _about(recipe: Recipe, entry: Entry, checkpoint: Path | None, gate: tuple[Entry, ...]) -> Recipe:
    """Return the recipe with one model to train, and the baselines beside it if there are some, all checked."""
    recipe = with_gate(recipe, entry, gate) if gate else replace(recipe, models=(entry,))
    check_entries(recipe.models, recipe.seed, recipe.subject, kind=recipe.split.kind)
    check_task(recipe)
    if checkpoint is not None:
        _check_resumes(entry)
    return recipe


def _check_resumes(entry: Entry) -> None:
    model = model_class(entry.model)
    if not model.resumes:
        able = ", ".join(name for name, kind in MODELS.items() if kind.resumes)
        raise ParamsError(
            f"--checkpoint: {model.name} keeps no state between epochs, a stopped fit begins anew",
            hint=f"leave --checkpoint out; it is for {able}",
        )


def _check_places(recipe: Recipe, out: Path, checkpoint: Path | None, *, overwrite: bool) -> None:
    Bundle.check_target(out, overwrite=overwrite)
    check_reports(out)
    if checkpoint is not None:
        check_checkpoint(checkpoint, [line.label or line.model for line in recipe.models])


def overridden(recipe: Recipe, split: dict[str, object], data: dict[str, object], seed: int | None) -> Recipe:
    """Return the recipe with the options that were given on the command line.

    Raises:
        ParamsError: A value is out of range, or something is to be hidden of new people where there are none.
    """

    def given(options: dict[str, object]) -> dict[str, object]:
        return {k: v for k, v in options.items() if v is not None}

    recipe = replace(
        recipe,
        split=build_params(SplitParams, vars(recipe.split) | given(split)),
        data=build_params(DataParams, vars(recipe.data) | given(data)),
    )
    if split.get("hide") is not None and not recipe.split.new_people:
        raise ParamsError(
            f"--hide says what is hidden of new people, and the split {recipe.split.kind} has none",
            hint="leave it out, or judge new people: --split new-users",
        )
    return recipe if seed is None else recipe.with_seed(seed)


def chosen_entry(recipe: Recipe, model: str | None, settings: dict[str, object]) -> Entry:
    """Return the one model to train: the named one, else the recipe's last.

    Raises:
        ParamsError: The recipe's models do not hold the named one under that label.
    """
    if model is None:
        entry = recipe.models[-1]
    else:
        named = [e for e in recipe.models if model in {e.label, e.model}]
        if len(named) > 1:
            raise ParamsError(f'"{model}" stands several times in the recipe', hint="name it by its label")
        entry = named[0] if named else Entry(model)
    entry = replace(entry, settings=entry.settings | settings)
    entry.build(recipe.seed)
    return entry
