"""foretaste protocols: published ways of judging, with their sources and with what is done otherwise here."""

import json
from pathlib import Path
from typing import Any

from foretaste.cli import options as o
from foretaste.cli.tables import console, print_json, print_line
from foretaste.errors import InputError
from foretaste.protocols import protocol_facts, protocol_names, protocol_settings, read_protocol
from foretaste.recipe import Recipe, read_recipe


def protocols_command(as_json: o.Json = False) -> None:
    """List published ways of judging, for compare and train: --protocol NAME."""
    every = [_told(name) for name in protocol_names()]
    if as_json:
        print_json(every)
        return
    screen = console()
    for told in every:
        print_line(screen, f"{told['name']}: {told['title']}", "bold")
        print_line(screen, f"  source: {told['source']}")
        for table, settings in told["settings"].items():
            said = ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
            print_line(screen, f"  {table}: {said}")
        print_line(screen, f"  metrics: {', '.join(told['metrics'])}")
        for text in told["differences"]:
            print_line(screen, f"  differs: {text}")
        screen.print()
    print_line(screen, "use one: foretaste compare DATA --protocol NAME")


def starting(recipe_file: Path | None, protocol: str | None) -> Recipe:
    """Return the recipe that options begin from: of a file, of a protocol, or the usual one.

    Raises:
        InputError: Both are named.
        NotFoundError: One is not there.
    """
    if recipe_file is not None and protocol is not None:
        raise InputError(
            "--recipe and --protocol both say how the data are divided",
            hint="leave one out; models of a recipe go with a protocol as --models NAMES",
        )
    if protocol is not None:
        return read_protocol(protocol)
    return read_recipe(recipe_file) if recipe_file else Recipe()


def _told(name: str) -> dict[str, Any]:
    recipe = read_protocol(name)
    facts = {key: value for key, value in protocol_facts(recipe).items() if key != "changed"}
    return {"title": recipe.title, **facts, "seed": recipe.seed, "settings": protocol_settings(recipe)}
