"""The command itself: the list of commands, and the one place where an error becomes words and an exit code."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import ClickException  # typer carries its own click and does not export this

from foretaste import __version__
from foretaste.cli.compare import compare_command
from foretaste.cli.data import data_app
from foretaste.cli.demo import demo_command
from foretaste.cli.evaluate import evaluate_command
from foretaste.cli.predict import predict_command
from foretaste.cli.recommend import recommend_command
from foretaste.cli.train import train_command
from foretaste.errors import ForetasteError

app = typer.Typer(
    name="foretaste",
    help="A recommendation engine built on autoencoders: ratings in, honest accuracy and recommendations out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo_command)
app.add_typer(data_app, name="data")
app.command("train")(train_command)
app.command("evaluate")(evaluate_command)
app.command("compare")(compare_command)
app.command("recommend")(recommend_command)
app.command("predict")(predict_command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"foretaste {__version__}")
        raise typer.Exit


@app.callback()
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
        code = app(args=arguments, standalone_mode=False)
    except ForetasteError as error:
        typer.echo(f"error: {error}", err=True)
        return 2
    except ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (a pipe into head): nothing is left to say
        return 0
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """Entry point of the `foretaste` command."""
    sys.exit(run())
