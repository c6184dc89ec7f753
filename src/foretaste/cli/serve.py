"""foretaste serve: a bundle as a service, with the studio at its root."""

import importlib.util
import sys
from pathlib import Path
from typing import Annotated

import typer

from foretaste.errors import InputError, MissingExtraError
from foretaste.memory import uncollected

NEEDED = ("fastapi", "uvicorn", "sqlalchemy", "prometheus_client", "rapidfuzz")


def serve_command(
    bundle: Annotated[
        Path, typer.Argument(help="Folder that train has written.", metavar="BUNDLE", show_default=False)
    ],
    host: Annotated[str, typer.Option("--host", help="Address to bind; other machines reach 0.0.0.0.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65_535)] = 8000,
    store: Annotated[
        str | None,
        typer.Option("--store", help="Ratings: sqlite:///FILE or postgresql://...", show_default="foretaste.db"),
    ] = None,
    api_key_file: Annotated[
        Path | None, typer.Option("--api-key-file", help="Keys that writing needs; make one with: foretaste key FILE.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes.", min=1, max=64)] = 1,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse whatever writes.")] = False,
    challenger: Annotated[Path | None, typer.Option("--challenger", help="A second bundle, to compare with.")] = None,
    share: Annotated[
        float | None,
        typer.Option("--share", help="Of visitors that get the second.", min=0, max=1, show_default="0.5"),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option("--models", help="Folder whose bundles may be swapped in.", show_default="BUNDLE's own"),
    ] = None,
    rate_limit: Annotated[
        float | None, typer.Option("--rate-limit", help="Requests a second of one client; 0 sets no limit.", min=0)
    ] = None,
    public_name: Annotated[
        list[str] | None,
        typer.Option(
            "--public-name", help="Host name that others reach it by, behind a proxy; repeat.", metavar="NAME"
        ),
    ] = None,
) -> None:
    """Serve a bundle: recommendations over HTTP, and a page to try it at http://HOST:PORT."""
    check_installed()
    if share is not None and challenger is None:
        raise InputError(
            f"--share {share:g} divides visitors between two bundles, and there is one",
            hint="name the second with --challenger FOLDER, or leave --share out",
        )
    with uncollected():
        from foretaste.data.cache_place import cache_root  # noqa: PLC0415
        from foretaste.serve.run import run_service  # noqa: PLC0415 (a web framework loads only to serve)
        from foretaste.serve.settings import STORE, Settings  # noqa: PLC0415

    run_service(
        Settings(
            bundle=bundle,
            challenger=challenger,
            share=0.5 if share is None else share,
            models=models,
            store=STORE if store is None else store,
            host=host,
            port=port,
            keys=api_key_file,
            read_only=read_only,
            workers=workers,
            rate_per_s=rate_limit,
            names=tuple(public_name or ()),
            cache=cache_root(),
        ),
        announce=announce,
    )


def announce(where: str) -> None:
    """Tell a person at a terminal where the studio is; elsewhere stderr is the log, one JSON object a line."""
    if sys.stderr.isatty():
        typer.echo(f"the studio: {where} (stop with Ctrl-C)", err=True)


def check_installed() -> None:
    """Refuse to serve where the optional part is missing.

    Raises:
        MissingExtraError: It is.
    """
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            raise MissingExtraError(
                f"serving needs {name}, which is not installed", hint="pip install 'foretaste[serve]'"
            )
