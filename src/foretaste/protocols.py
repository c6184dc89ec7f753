"""Published ways of judging, by name: a recipe without models, with its source, and with what is done otherwise here.

Numbers of two papers can be compared where their protocols are the same, and hardly anywhere else. A protocol is a recipe like
any other; what is changed on the command line is told in the report, so that nobody else's name stands on another division.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from foretaste.errors import NotFoundError, nearest
from foretaste.recipe import LEFT_OUT, Recipe, read_recipe

_PLACES = (Path(__file__).parent / "protocols", Path(__file__).parents[2] / "recipes" / "protocols")
"""Where the files are: in an installed package, and in a clone."""


def protocol_names() -> list[str]:
    """Return the names of all protocols, sorted."""
    return sorted(_files())


def read_protocol(name: str) -> Recipe:
    """Return a protocol by name.

    Raises:
        NotFoundError: No protocol is called that.
    """
    files = _files()
    if name not in files:
        raise NotFoundError(f'there is no protocol "{name}"', hint=nearest(name, files))
    return read_recipe(files[name])


def changes(recipe: Recipe) -> list[str]:
    """Return what a recipe says otherwise than the protocol that it names, a sentence each; seeds may differ."""
    if recipe.protocol is None:
        return []
    asked = read_protocol(recipe.protocol.name)
    pairs = [("refit", recipe.refit, asked.refit)]
    for table, mine, theirs in (("data", recipe.data, asked.data), ("split", recipe.split, asked.split)):
        names = [field.name for field in fields(theirs) if field.name != "seed"]
        pairs += [(f"{table}.{name}", getattr(mine, name), getattr(theirs, name)) for name in names]
    return [
        f"{name} is {_said(mine)}, in the protocol {_said(theirs)}." for name, mine, theirs in pairs if mine != theirs
    ]


def protocol_facts(recipe: Recipe) -> dict[str, Any]:
    """Return a protocol as plain values: name, source, differences, metrics, and what was changed; empty without one."""
    if recipe.protocol is None:
        return {}
    facts = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(recipe.protocol).items()
    }
    return facts | {"changed": changes(recipe)}


def protocol_settings(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """Return the tables of a recipe as far as they are not as usual; what decides most about a split is always said."""
    shared = not recipe.split.n_folds and recipe.split.kind not in LEFT_OUT
    always = {("split", "kind")} | ({("split", "test")} if shared else set())
    out: dict[str, dict[str, Any]] = {}
    for table, params in (("data", recipe.data), ("split", recipe.split)):
        usual = {field.name: field.default for field in fields(params)}
        said = {key: value for key, value in asdict(params).items() if value != usual[key] or (table, key) in always}
        out |= {table: said} if said else {}
    return out | {"fit": {"refit": recipe.refit}}


def protocol_lines(facts: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what a table says of its protocol: source, differences, changes, and the numbers that the source tells.

    Args:
        facts: From `protocol_facts`.
        rows: Of a comparison.
    """
    lines = [f"Protocol {facts['name']}: {facts['source']}"]
    lines += [f"  differs: {text}" for text in facts["differences"]]
    lines += [f"  changed: {text}" for text in facts["changed"]]
    for metric in facts["metrics"]:
        told = [
            f"{row['model']} {row[metric]:.4f} ({row[f'{metric}_low']:.4f} to {row[f'{metric}_high']:.4f})"
            for row in rows
            if row.get(metric) is not None
        ]
        lines += [f"  {metric}: {', '.join(told)}"] if told else []
    return lines


def _files() -> dict[str, Path]:
    return {path.stem: path for place in _PLACES for path in sorted(place.glob("*.toml"))}


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in {"", None} else str(value)
