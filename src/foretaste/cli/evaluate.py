"""foretaste evaluate: a bundle on hidden ratings, of its own test people or of other data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.list_tables import print_quality
from foretaste.cli.locate import locate
from foretaste.cli.tables import console, print_json
from foretaste.cli.taste import warn_of_events
from foretaste.data.ratings import Ratings
from foretaste.errors import ForetasteError, InputError
from foretaste.evaluation import evaluate
from foretaste.experiment import Source, divide, load
from foretaste.models.params import build_params
from foretaste.recipe import DataParams, Recipe, parse_recipe
from foretaste.split import Hide, Holdout, hide


def evaluate_command(
    bundle: o.BundlePath,
    data: o.Data,
    hidden: Annotated[str, typer.Option("--hide", help="What is hidden of each person in other data.")] = "20%",
    seed: o.Seed = 0,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Measure a bundle: on its own test people if DATA is what it was trained from, else on everybody in DATA."""
    loaded = Bundle.load(bundle)
    rule = Hide.parse(hidden)
    words = {"separator": separator, "bad_rows": bad_rows, "duplicates": duplicates}
    given = {name: word for name, word in words.items() if word is not None}
    where, names = locate(data), o.parse_columns(columns)
    if (own := _own(loaded, where, given, names)) is not None:
        source, recipe = own
        split = divide(source, recipe)
        holdout, outside, seed = split.test, 0, recipe.seed
        if loaded.model.known_rows:  # the bundle takes people by all their ratings of the file; here some are hidden
            loaded.model.recognise(split.full)
    else:
        source = load(where, build_params(DataParams, given), columns=names)
        warn_of_events(loaded, source.ratings.log)
        holdout, outside = _other(loaded, source.ratings, rule, seed)
    about = f"{'other data' if own is None else 'its own test part'}: "
    about += f"{holdout.hidden.nnz:,} hidden ratings of {holdout.hidden.shape[0]:,} people"
    label = str(loaded.about.get("label", loaded.model.name))
    row = {"model": label, **_measured(loaded, holdout, seed), "evaluated_on": about, "n_outside": outside}
    if as_json:
        print_json(row)
        return
    screen = console()
    print_quality(screen, {"models": [row]}, f"On {about}")
    if outside:
        typer.echo(f"{outside:,} ratings are of items that the bundle does not know; they were not asked", err=True)
    if own is None:
        typer.echo("people of this file may have been in training: if so, these numbers flatter the model", err=True)


def _own(
    bundle: Bundle, where: Path, given: Mapping[str, str], names: Mapping[str, str] | None
) -> tuple[Source, Recipe] | None:
    """Return the data as the bundle was trained from them, or None where these are others."""
    recipe, data = bundle.about.get("recipe"), bundle.about.get("data")
    if not isinstance(recipe, Mapping) or not isinstance(data, Mapping):
        return None
    try:
        parsed = parse_recipe({k: recipe[k] for k in ("data", "split", "seed") if k in recipe})
        if parsed.split.kind == "given":
            return None
        source = load(where, build_params(DataParams, {**vars(parsed.data), **given}), columns=names)
    except ForetasteError:  # its own filters and separator do not suit this file, so it is another
        return None
    return (source, parsed) if source.ratings.fingerprint() == data.get("fingerprint") else None


def _measured(bundle: Bundle, holdout: Holdout, seed: int) -> dict[str, Any]:
    try:
        scale = bundle.scale if bundle.like is None else (1.0, 1.0)
        return evaluate(bundle.model, holdout, scale=scale, order=bundle.order, seed=seed).summary()
    except InputError as error:
        if holdout.hidden.nnz:
            raise
        hint = "hide more of each person, such as --hide 50%"
        raise InputError(error.message, hint=hint) from error  # the usual hint names an option of train


def _other(bundle: Bundle, ratings: Ratings, rule: Hide, seed: int) -> tuple[Holdout, int]:
    X, outside = bundle.rows(ratings)
    time = _times(bundle, ratings) if rule.how.startswith("newest") and ratings.time is not None else None
    if bundle.like is not None:  # what is no like is neither shown nor asked
        time = None if time is None else time[X.data >= np.float32(bundle.like)]
        X = bundle.shown(X)
    seen, asked = hide(X, rule, seed=seed, time=time)
    return Holdout(seen, asked, ratings.user_ids), outside


def _times(bundle: Bundle, ratings: Ratings) -> np.ndarray:
    cols = bundle.catalog.columns(ratings.item_ids)[ratings.item_code]
    known = cols >= 0
    assert ratings.time is not None  # noqa: S101 (the caller has looked)
    order = np.lexsort((cols[known], ratings.user_code[known]))
    return ratings.time[known][order]
