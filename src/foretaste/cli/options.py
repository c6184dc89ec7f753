"""Options that several commands share, and how their words become values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from foretaste.data.readers import ReadOptions
from foretaste.errors import InputError, ParamsError
from foretaste.models.params import parse_setting

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", help="Names of columns: user=NAME,item=NAME,rating=NAME,time=NAME.", metavar="ROLE=NAME,..."
    ),
]
Separator = Annotated[str | None, typer.Option("--separator", help="Separator of a text file; found by itself.")]
BadRows = Annotated[
    str, typer.Option("--bad-rows", help="error: stop at a bad row; skip: leave bad rows out and count.")
]
Duplicates = Annotated[
    str, typer.Option("--duplicates", help="Repeated (user, item): last, first, mean, max, min, sum or error.")
]
Seed = Annotated[int, typer.Option("--seed", help="One seed for split, models and intervals.", min=0)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of the model, such as widths=[600].", metavar="NAME=VALUE")
]
TopUsers = Annotated[int, typer.Option("--top-users", help="Keep the most active users; 0 keeps all.", min=0)]
Rate = Annotated[
    list[str] | None,
    typer.Option("--rate", "-r", help="A rating by title or id, such as 'Toy Story (1995)=5'.", metavar="ITEM=RATING"),
]
BundlePath = Annotated[
    Path, typer.Argument(help="Folder that train has written.", metavar="BUNDLE", show_default=False)
]
Data = Annotated[
    str, typer.Argument(help="File, folder, or name such as ml-latest-small.", metavar="DATA", show_default=False)
]


def parse_columns(text: str | None) -> dict[str, str] | None:
    """Read ``user=who,rating=stars``.

    Raises:
        InputError: It is not of that form.
    """
    if text is None:
        return None
    out = {}
    for part in text.split(","):
        role, equals, name = part.partition("=")
        if not equals or not role.strip() or not (name.strip() or role.strip() == "time"):
            raise InputError(f'cannot read --columns "{text}"', hint="write user=NAME,item=NAME,rating=NAME,time=NAME")
        out[role.strip()] = name.strip()
    return out


def reading(columns: str | None, separator: str | None, bad_rows: str, duplicates: str) -> ReadOptions:
    """Return how to read, from the words of the command line.

    Raises:
        InputError: A word is unknown.
    """
    return ReadOptions(parse_columns(columns), separator, cast("Any", bad_rows), cast("Any", duplicates))


def parse_settings(texts: Sequence[str] | None) -> dict[str, Any]:
    """Read every ``--set name=value``.

    Raises:
        ParamsError: One of them is not of that form, or a name is set twice.
    """
    out: dict[str, Any] = {}
    for text in texts or ():
        name, value = parse_setting(text)
        if name in out:
            raise ParamsError(f"{name} is set twice")
        out[name] = value
    return out


def parse_rates(texts: Sequence[str] | None) -> list[tuple[str, float]]:
    """Read every ``--rate item=rating``; the last equals sign divides, so titles may hold some.

    Raises:
        InputError: One of them is not of that form.
    """
    out = []
    for text in texts or ():
        item, equals, rating = text.rpartition("=")
        try:
            value = float(rating)
        except ValueError:
            equals = ""
        if not equals or not item.strip():
            raise InputError(f'cannot read --rate "{text}"', hint="write ITEM=RATING, such as --rate 'Heat (1995)=4.5'")
        out.append((item.strip(), value))
    return out
