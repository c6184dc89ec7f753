"""foretaste evaluate: a bundle on hidden ratings, of its own test people or of other data."""

from typing import Annotated

import numpy as np
import typer

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.locate import locate
from foretaste.cli.tables import accuracy_notes, accuracy_table, console, print_json
from foretaste.data.ratings import Ratings
from foretaste.evaluation import evaluate
from foretaste.experiment import Source, divide, load
from foretaste.recipe import DataParams, parse_recipe
from foretaste.split import Hide, Holdout, hide


def evaluate_command(
    bundle: o.BundlePath,
    data: o.Data,
    hidden: Annotated[str, typer.Option("--hide", help="What is hidden of each person in other data.")] = "20%",
    seed: o.Seed = 0,
    columns: o.Columns = None,
    bad_rows: o.BadRows = "error",
    as_json: o.Json = False,
) -> None:
    """Measure a bundle: on its own test people if DATA is what it was trained from, else on everybody in DATA."""
    loaded = Bundle.load(bundle)
    rule = Hide.parse(hidden)
    recipe = parse_recipe(_tables(loaded))
    where = locate(data)
    same = load(where, _reading(recipe.data, bad_rows), columns=o.parse_columns(columns))
    own = same.ratings.fingerprint() == loaded.about.get("data", {}).get("fingerprint") and recipe.split.kind != "given"
    if own:
        holdout, outside = divide(same, recipe).test, 0
        about = f"its own test part: {holdout.hidden.nnz:,} hidden ratings of {holdout.hidden.shape[0]:,} people"
        seed = recipe.seed
    else:
        source = load(where, DataParams(bad_rows=bad_rows), columns=o.parse_columns(columns))
        holdout, outside = _other(loaded, source, rule, seed)
        about = f"other data: {holdout.hidden.nnz:,} hidden ratings of {holdout.hidden.shape[0]:,} people"
    result = evaluate(loaded.model, holdout, scale=loaded.scale, order=loaded.order, seed=seed).summary()
    row = {"model": loaded.about.get("label", loaded.model.name), **result, "evaluated_on": about, "n_outside": outside}
    if as_json:
        print_json(row)
        return
    title = f"On {about}"
    screen = console()
    screen.print(accuracy_table([row], title))
    for line in accuracy_notes([row]):
        screen.print(line, soft_wrap=True)
    if outside:
        typer.echo(f"{outside:,} ratings are of items that the bundle does not know; they were not asked", err=True)
    if not own:
        typer.echo("people of this file may have been in training: if so, these numbers flatter the model", err=True)


def _tables(bundle: Bundle) -> dict[str, object]:
    recipe = bundle.about.get("recipe", {})
    return {k: recipe[k] for k in ("data", "split", "seed") if k in recipe}


def _reading(params: DataParams, bad_rows: str) -> DataParams:
    return DataParams(**{**vars(params), "bad_rows": bad_rows})


def _other(bundle: Bundle, source: Source, rule: Hide, seed: int) -> tuple[Holdout, int]:
    ratings = source.ratings
    X, outside = bundle.rows(ratings)
    time = _times(bundle, ratings) if rule.how.startswith("newest") and ratings.time is not None else None
    seen, asked = hide(X, rule, seed=seed, time=time)
    return Holdout(seen, asked, ratings.user_ids), outside


def _times(bundle: Bundle, ratings: Ratings) -> np.ndarray:
    cols = bundle.catalog.columns(ratings.item_ids)[ratings.item_code]
    known = cols >= 0
    assert ratings.time is not None  # noqa: S101 (the caller has looked)
    order = np.lexsort((cols[known], ratings.user_code[known]))
    return ratings.time[known][order]
