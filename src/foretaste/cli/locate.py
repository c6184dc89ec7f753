"""From what was typed to a path: a file or folder, or a public set, which is fetched with a bar where it is not here yet."""

from difflib import get_close_matches
from pathlib import Path

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from foretaste.cli.tables import console
from foretaste.data.movielens import CITATION, LICENCE, SETS, fetch, find_dataset, resolve_data
from foretaste.data.opening import place_kind
from foretaste.errors import InputError, NotFoundError
from foretaste.store.address import is_address, safe_url


def locate(name_or_path: str, *, quiet: bool = False) -> Path:
    """Return the path of some data, fetching a named public set once.

    Raises:
        InputError: The name is empty, or the address of a store.
        NotFoundError: There is no such file, folder or set.
        DownloadError: The set cannot be fetched; says where to put it by hand.
    """
    if not name_or_path:
        raise InputError(
            "the name of the data is empty", hint="name a file, a folder or a public set; . is this folder"
        )
    if is_address(name_or_path):
        raise InputError(
            f"{safe_url(name_or_path)} is the address of a store, expected a file, a folder or a public set",
            hint="foretaste train --store URL trains from it; foretaste data export FILE --store URL makes a file of it",
        )
    if Path(name_or_path).exists() or name_or_path not in SETS:
        return resolve_data(name_or_path)
    return fetch_with_bar(name_or_path, quiet=quiet)


def check_there(option: str, path: str) -> None:
    """Refuse a file of the user's own that is not there; it is no public set, so none is offered.

    Args:
        option: What it was named with.
        path: The file.

    Raises:
        NotFoundError: There is no such file.
    """
    place = Path(path)
    if path and place_kind(place) != "nothing":
        return
    folder = place.parent
    files = [one.name for one in folder.iterdir()] if place_kind(folder) == "folder" else []
    near = get_close_matches(place.name, files, 1)
    hint = f'did you mean "{folder / near[0]}"?' if near else f"name a file that is there: {option} FILE"
    raise NotFoundError(f'{option}: there is no file "{path}"', hint=hint)


def fetch_with_bar(name: str, *, quiet: bool = False) -> Path:
    """Return the folder of a public set; what is downloaded is shown, with the licence."""
    if name in SETS and (found := find_dataset(name)):
        return found
    screen = console(stderr=True)
    columns = (TextColumn(name, markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=screen, transient=True, disable=quiet or not screen.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        folder = fetch(name, progress=lambda done, total: progress.update(task, completed=done, total=total))
    typer.echo(f"{name}: {LICENCE}\n{CITATION}", err=True)
    return folder
