"""A file is replaced in one step or not at all, with the rights that any new file gets, and what hinders that is said."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from foretaste.errors import InputError


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder that can be looked at."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give the path of a new file to write, and put it in the place of `target` when it is written.

    Args:
        target: A path in an existing folder.

    Raises:
        InputError: The file cannot be written there; nothing is left behind.
    """
    try:
        if target.is_dir():
            raise InputError(
                f"cannot write {target.name}: it is a folder, expected a file", hint="give the name of a file"
            )
        made = target.with_name(f".{secrets.token_hex(8)}.part")  # a name as short as any: long ones may not fit
        try:
            with made.open("xb"):  # not a temporary file of the system: that nobody else may read
                pass
            yield made
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
    except (OSError, pl.exceptions.ComputeError) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n", 1)[0]
        hint = "choose another name or folder, or make room"
        name = target.name if len(target.name) <= 60 else f"{target.name[:60]}..."
        raise InputError(f"cannot write {name}: {reason}", hint=hint) from error
