"""foretaste key: makes an API key for `foretaste serve`, shows it once, and keeps only its hash."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from foretaste.serve.door.keys import add_key


def key_command(
    file: Annotated[Path, typer.Argument(help="File of keys; made where there is none.", show_default=False)],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call it; by itself key-1, key-2 and so on.")
    ] = None,
) -> None:
    """Make an API key: it is printed once, and only its hash goes into FILE."""
    name, text = add_key(file, name, today=datetime.now(UTC).date())
    typer.echo(text)
    typer.echo(
        f"{name} is in {file} as a hash, and the key itself nowhere: keep it now.\n"
        f"use it:    foretaste serve BUNDLE --api-key-file {file}\n"
        "           curl -H 'Authorization: Bearer KEY' ...\n"
        f"revoke it: delete its line in {file}",
        err=True,
    )
