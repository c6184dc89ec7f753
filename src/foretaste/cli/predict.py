"""foretaste predict: predicted ratings of chosen items, from a bundle alone."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.tables import console, print_json
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
from foretaste.data.ratings import Ratings
from foretaste.data.tables import check_table_path, write_table
from foretaste.errors import InputError


def predict_command(
    bundle: o.BundlePath,
    rate: o.Rate = None,
    user: Annotated[str | None, typer.Option("--user", help="A user of --data.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Ratings of one or of a million people.")] = None,
    item: Annotated[list[str] | None, typer.Option("--item", "-i", help="Title or id of an item to predict.")] = None,
    pairs: Annotated[
        str | None, typer.Option("--pairs", help="File of (user, item) pairs to predict for people of --data.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Predictions of --pairs go here.")] = None,
    columns: o.Columns = None,
    as_json: o.Json = False,
) -> None:
    """Predict how somebody would rate some items."""
    if pairs is not None:
        if data is None or out is None or rate or item or user is not None:
            raise InputError("--pairs goes with --data and --out alone", hint="--data RATINGS --pairs PAIRS --out FILE")
        check_table_path(out)
        _pairs(Bundle.load(bundle), read_people(data, o.parse_columns(columns)), read_people(pairs, None), out)
        return
    if not item:
        raise InputError("no item is named", hint="for example --item 'Heat (1995)'")
    if bool(rate) == (data is not None and user is not None):
        raise InputError("whose ratings count is not clear", hint="give --rate, or --data with --user")
    loaded = Bundle.load(bundle)
    taste = typed_ratings(loaded, rate)
    if data is not None:
        taste = ratings_of(read_people(data, o.parse_columns(columns)), str(user))
    cols = [loaded.catalog.find(text) for text in item]
    ids = loaded.catalog.item_ids[cols].tolist()
    predicted = loaded.predict(taste, ids)
    lines = [
        {"item_id": i, "title": loaded.catalog.title(c), "predicted": predicted[i]}
        for i, c in zip(ids, cols, strict=True)
    ]
    if as_json:
        print_json(lines)
        return
    table = Table(header_style="bold")
    for name in ("item", "id", "predicted"):
        table.add_column(name, justify="left" if name == "item" else "right")
    for line in lines:
        table.add_row(str(line["title"]), str(line["item_id"]), f"{line['predicted']:.2f}")
    console().print(table)


def _pairs(bundle: Bundle, people: Ratings, pairs: Ratings, out: Path) -> None:
    X, _ = bundle.rows(people)
    code = {user_id: row for row, user_id in enumerate(people.user_ids.tolist())}
    known = np.array([code.get(user_id, -1) for user_id in pairs.user_ids.tolist()])
    rows, cols = known[pairs.user_code], bundle.catalog.columns(pairs.item_ids)[pairs.item_code]
    found = (rows >= 0) & (cols >= 0)
    values = bundle.model.predict(X, rows[found], cols[found])
    write_table(out, {"user_id": pairs.user[found], "item_id": pairs.item[found], "predicted": values})
    missing = int((~found).sum())
    words = f"{int(found.sum()):,} predictions: {out}"
    typer.echo(words + (f" ({missing:,} pairs with an unknown user or item left out)" if missing else ""), err=True)
