"""foretaste evaluate: a bundle on hidden ratings, of its own test people or of other data."""

from typing import Annotated, Any

import typer

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.asked import Asked, asked_of
from foretaste.cli.list_tables import print_quality
from foretaste.cli.tables import console, print_json
from foretaste.errors import InputError
from foretaste.evaluation import evaluate


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
    words = {"separator": separator, "bad_rows": bad_rows, "duplicates": duplicates}
    asked = asked_of(loaded, data, hidden=hidden, seed=seed, columns=columns, words=words)
    label = str(loaded.about.get("label", loaded.model.name))
    row = {"model": label, **_measured(loaded, asked), "evaluated_on": asked.about, "n_outside": asked.outside}
    if as_json:
        print_json(row)
        return
    print_quality(console(), {"models": [row]}, f"On {asked.about}")
    asked.warn()


def _measured(bundle: Bundle, asked: Asked) -> dict[str, Any]:
    try:
        scale = bundle.scale if bundle.like is None else (1.0, 1.0)
        return evaluate(bundle.model, asked.holdout, scale=scale, order=bundle.order, seed=asked.seed).summary()
    except InputError as error:
        if asked.holdout.hidden.nnz:
            raise
        hint = "hide more of each person, such as --hide 50%"
        raise InputError(error.message, hint=hint) from error  # the usual hint names an option of train
