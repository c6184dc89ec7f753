"""Where the numbers come from: the protocol, foreign numbers beside ours, data and split, the recipe, and what repeats it."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from foretaste.report.parts import Section, Table
from foretaste.report.words import number

Plain = Mapping[str, Any]


def references_section(report: Plain) -> Section | None:
    """Return numbers that were printed elsewhere beside ours; nothing where the recipe names none."""
    found = report.get("references")
    if not found:
        return None
    rows = [(r["label"], r["metric"], number(r["value"]), f"{number(r['ours'])} ({r['ours_is']})") for r in found]
    notes = [Markup("<b>{}, {}.</b> {}").format(r["label"], r["metric"], r["note"]) for r in found]
    return Section(
        "references",
        "Numbers printed elsewhere",
        tables=(Table(("whose", "claims", "value", "ours"), rows),),
        notes=notes,
    )


def protocol_section(report: Plain) -> Section | None:
    """Return whose way of judging this is, what is done otherwise, and what its source tells; nothing without a protocol."""
    found = report.get("protocol")
    if not found:
        return None
    told = [metric for metric in found["metrics"] if any(row.get(metric) is not None for row in report["models"])]
    rows = [
        (row["model"], *(f"{number(row[m])} ({number(row[f'{m}_low'])} to {number(row[f'{m}_high'])})" for m in told))
        for row in report["models"]
        if all(row.get(metric) is not None for metric in told)
    ]
    changed = [Markup("<b>Changed here:</b> {}").format(text) for text in found["changed"]]
    return Section(
        "protocol",
        f"Protocol: {found['name']}",
        lead=found["source"],
        tables=(Table(("model", *told), rows),) if told else (),
        notes=[*changed, *(Markup("<b>Differs:</b> {}").format(text) for text in found["differences"])],
    )


def facts(report: Plain) -> list[tuple[str, str]]:
    """Return counts and settings of data and split, in words."""
    out = []
    for part in (report["data"], report["split"]):
        for name, value in part.items():
            if value is None or value == []:
                continue
            whole = isinstance(value, int) and not isinstance(value, bool) and name != "seed"
            words = f"{value:,}" if whole else "; ".join(map(str, value)) if name == "steps" else str(value)
            out.append((name.replace("_", " "), words))
    return out


def made(report: Plain) -> list[tuple[str, str]]:
    """Return what repeats the report: command, seed, fingerprint, versions, machine; nothing where it is not known."""
    found = report.get("made", {})
    out = [(name, str(found[name])) for name in ("command", "seed", "fingerprint") if found.get(name) is not None]
    if found.get("versions"):
        out.append(("versions", ", ".join(f"{name} {version}" for name, version in found["versions"].items())))
    machine = found.get("machine", {})
    words = [f"{machine['cpus']} processors"] if machine.get("cpus") else []
    words += [f"{machine['memory_bytes'] / 1e9:.1f} GB of memory"] if machine.get("memory_bytes") else []
    return [*out, ("machine", ", ".join(words))] if words else out


def recipe_text(recipe: Plain) -> str:
    """Return a recipe as TOML that `foretaste compare --recipe` reads; what is not set is left out.

    Args:
        recipe: From `Recipe.to_dict`.
    """
    plain = [f"{name} = {_value(v)}" for name, v in recipe.items() if _settable(v) and not _tables(v)]
    blocks = ["\n".join(plain)] if plain else []
    for name, value in recipe.items():
        for table in [value] if isinstance(value, Mapping) else value if _tables(value) else []:
            head = f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
            lines = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if _settable(v)]
            blocks.append("\n".join([head, *lines]))
    return "\n\n".join(blocks) + "\n"


def _settable(value: object) -> bool:
    return value is not None and not isinstance(value, Mapping)


def _tables(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    return repr(value) if isinstance(value, (int, float)) else _text(str(value))


def _text(value: str) -> str:
    """Return words in quotes: TOML knows no pairs of surrogates, and no bare delete."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
