"""The command itself: the list of commands, and the one place where an error becomes words and an exit code."""

import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from safetensors import SafetensorError
from typer._click.exceptions import ClickException  # typer carries its own click and does not export this
from typer.main import get_command

from foretaste import __version__
from foretaste.bundle_folder import reason
from foretaste.cli.called import COMMAND
from foretaste.errors import ForetasteError, ResourceError
from foretaste.store.address import safe_word

_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
"""How torch says it, in a plain RuntimeError."""

NAME = "foretaste"
COMMANDS = (
    "demo", "data", "train", "tune", "evaluate", "newcomers", "compare", "protocols", "recommend", "predict", "explain",
    "serve", "doctor", "key",
)  # fmt: skip
"""In the order of --help; each has a module of its name."""


def app_of(arguments: Sequence[str]) -> typer.Typer:
    """Return the application with the command that is called, or with all where that is none of them.

    A command is loaded with everything that it works with: a service would hold a table library that it never asks.
    """
    called = next((word for word in arguments if not word.startswith("-")), None)
    app = typer.Typer(
        name=NAME,
        help="A recommendation engine built on autoencoders: ratings in, honest accuracy and recommendations out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    for name in COMMANDS if called not in COMMANDS else (called,):
        module = import_module(f"foretaste.cli.{name}")
        group = getattr(module, f"{name}_app", None)
        if group is None:
            app.command(name)(getattr(module, f"{name}_command"))
        else:
            app.add_typer(group, name=name)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"foretaste {__version__}")
        raise typer.Exit


def root(
    version: Annotated[  # noqa: ARG001 (its callback acts)
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_version)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the library logs.")] = False,
) -> None:
    """Options of every command."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s: %(message)s")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors of the user's go to stderr in words, never as a traceback."""
    try:
        code = _invoke(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()  # a full disk or a closed pipe shows here, while there are still words for it
    except ForetasteError as error:
        code = _fail(str(error))
    except ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        with contextlib.suppress(OSError):
            typer.echo("stopped", err=True)
        code = 130
    except (BrokenPipeError, SystemExit):  # the reader has gone (a pipe into head); rich leaves by SystemExit then
        code = 0
    except (OSError, SafetensorError) as error:
        code = _fail(refusal(error))
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(words in str(error).lower() for words in _NO_MEMORY):
            raise
        code = _fail(str(_too_big(error)))
    _settle()
    return code


def _invoke(arguments: Sequence[str]) -> int:
    command = get_command(app_of(arguments))
    COMMAND.set((NAME, *map(safe_word, arguments)))  # goes into reports, where no password belongs
    try:
        with command.make_context(NAME, list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as leave:
        return leave.exit_code
    return 0


def refusal(error: Exception) -> str:
    """Return the sentence for what the operating system would not do."""
    if not isinstance(error, OSError):
        return f"a file cannot be read or written: {error}"
    if error.filename is None:
        return f"the output cannot be written: {reason(error)}"
    return f"{error.filename} cannot be read or written: {reason(error)}"


def _too_big(error: Exception) -> ResourceError:
    detail = str(error).strip().split("\n")[0]
    return ResourceError(
        f"this needs more memory than there is{f': {detail}' if detail else ''}",
        hint="keep fewer users with --top-users, or make the model smaller",
    )


def _fail(words: str) -> int:
    with contextlib.suppress(OSError):
        typer.echo(f"error: {words}", err=True)
    return 2


def _settle() -> None:
    """Point a stream that cannot be written at nothing: Python would try again at exit, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
