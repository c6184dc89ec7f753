"""What is said of a value that does not fit: with the value and what was expected, in the words of the rest of the service.

Validation knows what is wrong by type and bound; its own sentences name Python's types and no value, and are not passed on.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foretaste.serve.wire.shapes import USER
from foretaste.serve.wire.unknown import words_for

SHOWN = 60
"""Characters of a wrong value that are repeated."""
MOST = 20
"""Fields of one request that are told."""
PATTERNS = {USER: "1 to 128 letters, digits and signs out of _ . @ : + = ~ -"}
"""What may stand where a pattern is asked for."""
EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "int_type": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a smaller number",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "string_type": lambda _: "text",
    "list_type": lambda _: "a list",
    "model_type": lambda _: "an object, as in {...}",
    "model_attributes_type": lambda _: "an object, as in {...}",
    "greater_than_equal": lambda known: f"{_number(known['ge'])} or more",
    "less_than_equal": lambda known: f"{_number(known['le'])} at most",
    "string_too_long": lambda known: f"{known['max_length']:,} characters at most",
    "string_too_short": lambda known: f"{known['min_length']:,} or more characters",
    "too_long": lambda known: f"{known['max_length']:,} at most",
    "string_pattern_mismatch": lambda known: PATTERNS.get(known["pattern"], f"what fits {known['pattern']}"),
}
"""What was expected, by the type of the error that validation gives and what it knows of it."""
_OF_A_UNION = frozenset({"constrained-int", "constrained-str", "int", "str"})
"""How validation calls the kinds of value that may stand in one place: no part of where it stands."""


def told(errors: Sequence[Mapping[str, Any]], route: object) -> list[dict[str, str]]:
    """Return what is wrong in a request, as {"path", "message"} for each place, `MOST` at most.

    Args:
        errors: As validation gives them.
        route: That was asked.
    """
    places: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for error in errors:
        place = tuple(part for part in error["loc"] if part not in _OF_A_UNION)
        if place in places or len(places) < MOST:
            places.setdefault(place, []).append(error)
    return [{"path": path_of(place), "message": _words(found, route)} for place, found in places.items()]


def sentence(field: Mapping[str, str]) -> str:
    """Return a place and what is wrong there as one text."""
    place, words = field["path"], field["message"]
    if not place:
        return f"the request {words}" if words.startswith(("is ", "has ")) else words
    return f"{place} {words}" if words.startswith(("is ", "has ")) else f"{place}: {words}"


def path_of(place: Sequence[object]) -> str:
    """Return where in a request a value stands: ``ratings.0.rating``."""
    return ".".join(str(part)[:100] for part in place if part not in {"body", "query", "path"})


def _words(errors: Sequence[Mapping[str, Any]], route: object) -> str:
    """Return what is said of one place; of a value that may be of several kinds, the bound it breaks, or all kinds."""
    own = [error for error in errors if not error["type"].endswith("_type")] or list(errors)
    error = own[0]
    kind, known = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return words_for(error["loc"], route)
    if kind == "missing":
        return "is missing"
    if kind == "json_invalid":
        return f"the body is not JSON: {known.get('error', 'it ends too early')}"
    expected = " or ".join(dict.fromkeys(_expected(one) for one in own))
    if kind in {"string_too_long", "string_too_short"}:
        return f"has {len(error['input']):,} characters, expected {expected.replace(' characters', '')}"
    if kind == "too_long":
        length = known.get("actual_length")
        return f"has {f'{length:,}' if length else 'more'} entries, expected {expected}"
    return f"is {shown(error['input'])}, expected {expected}"


def _expected(error: Mapping[str, Any]) -> str:
    words = EXPECTED.get(error["type"])
    return "what /openapi.json describes" if words is None else words(error.get("ctx", {}))


def shown(value: object) -> str:
    """Return a value as JSON has it, cut where it is long; lists and objects are only called so."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    text = json.dumps(value, ensure_ascii=False, default=repr).encode("utf-8", "replace").decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) > 9_999 else f"{value:g}"
