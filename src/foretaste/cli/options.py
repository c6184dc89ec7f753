"""Options that several commands share, and how their words become values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from foretaste.data.readers import ReadOptions
from foretaste.errors import InputError, ParamsError, nearest
from foretaste.models.params import parse_setting
from foretaste.recipe import SPLITS

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", help="Names of columns: user=NAME,item=NAME,rating=NAME,time=NAME.", metavar="ROLE=NAME,..."
    ),
]
Separator = Annotated[str | None, typer.Option("--separator", help="Separator of a text file; found by itself.")]
BadRows = Annotated[
    str | None, typer.Option("--bad-rows", help="error (usual): stop at a bad row; skip: leave bad rows out and count.")
]
Duplicates = Annotated[
    str | None,
    typer.Option("--duplicates", help="Repeated (user, item): last (usual), first, mean, max, min, sum or error."),
]
Seed = Annotated[int, typer.Option("--seed", help="One seed for split, models and intervals.", min=0)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Report = Annotated[
    Path | None,
    typer.Option("--report", help="A page where the name ends in .html, else a folder for report.html and .json."),
]
Csv = Annotated[
    Path | None, typer.Option("--csv", help="A line a model with every metric and its interval; - prints it.")
]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", help="A table for a pull request, with the verdict; - prints it.")
]
AllMetrics = Annotated[bool, typer.Option("--all-metrics", help="Print a table of every metric too.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of the model, such as widths=[600].", metavar="NAME=VALUE")
]
TopUsers = Annotated[int, typer.Option("--top-users", help="Keep the most active users; 0 keeps all.", min=0)]
Rate = Annotated[
    list[str] | None,
    typer.Option("--rate", "-r", help="A rating by title or id, such as 'Toy Story (1995)=5'.", metavar="ITEM=RATING"),
]
Protocol = Annotated[
    str | None, typer.Option("--protocol", help="A published way of judging, by name: see foretaste protocols.")
]
Level = Annotated[
    float | None,
    typer.Option("--level", help="Share of ratings that an interval holds, 0.5 to 0.99.", show_default=False),
]
Hidden = Annotated[
    str | None, typer.Option("--hide", help="What is hidden of each person in other data; by itself 20%.")
]
BundlePath = Annotated[
    Path, typer.Argument(help="Folder that train has written.", metavar="BUNDLE", show_default=False)
]
Data = Annotated[
    str, typer.Argument(help="File, folder, or name such as ml-latest-small.", metavar="DATA", show_default=False)
]
Store = Annotated[
    str,
    typer.Option("--store", help="Ratings store: sqlite:///FILE or postgresql://USER@HOST/DATABASE.", metavar="URL"),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="rating, or ranking: lists from clicks, judged by ndcg@100 and recall@k over the whole catalogue (of hidden "
        "likes those in the list, divided by min(k, number of them)). By itself: by whether the file has ratings.",
        metavar="TASK",
    ),
]
Like = Annotated[
    float | None,
    typer.Option("--like", help="With --task ranking: the rating from which one counts as a like; else all count."),
]
MinUserRatings = Annotated[
    int | None, typer.Option("--min-user-ratings", help="Keep users with so many ratings, or likes.", min=1)
]
MinItemRatings = Annotated[
    int | None, typer.Option("--min-item-ratings", help="Keep items with so many ratings, or likes.", min=1)
]


def parse_columns(text: str | None) -> dict[str, str] | None:
    """Read ``user=who,rating=stars``; ``rating=`` and ``time=`` say that there is no such column.

    Raises:
        InputError: It is not of that form.
    """
    if text is None:
        return None
    out = {}
    for part in text.split(","):
        role, equals, name = part.partition("=")
        role, name = role.strip(), name.strip()
        if not equals or not role or not (name or role in {"rating", "time"}):
            raise InputError(f'cannot read --columns "{text}"', hint="write user=NAME,item=NAME,rating=NAME,time=NAME")
        if role in out:
            raise InputError(f'--columns "{text}" names the {role} twice, expected one column each')
        out[role] = name
    return out


def reading(columns: str | None, separator: str | None, bad_rows: str | None, duplicates: str | None) -> ReadOptions:
    """Return how to read, from the words of the command line.

    Raises:
        InputError: A word is unknown.
    """
    given = {"bad_rows": bad_rows, "duplicates": duplicates}
    words = {name: cast("Any", word) for name, word in given.items() if word is not None}
    return ReadOptions(parse_columns(columns), separator, **words)


def check_split(kind: str | None, kinds: Sequence[str]) -> None:
    """Refuse a word after ``--split`` that the command does not know.

    Raises:
        ParamsError: It is not among `kinds`.
    """
    if kind is None or kind in kinds:
        return
    hint = nearest(kind, kinds)
    if kind in SPLITS:
        hint = "foretaste compare --split given --train FILE --test FILE takes your own files"
        if kind != "given":
            hint = f"foretaste compare --split {kind} judges models; this command makes one"
    raise ParamsError(f'--split is "{kind}", expected one of {", ".join(kinds)}', hint=hint)


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
