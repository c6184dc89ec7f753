"""What counts as JSON in a body: the standard's, and nothing that two readers would understand in two ways.

Python's reader takes more than the standard: NaN, 1e999 as infinity, a key twice (the last wins), UTF-16, half a surrogate.
Each of these lets one part of a system check what another part never sees, so they are refused before anything else looks.
"""

import json
import re
from itertools import chain
from typing import Any, NoReturn

from foretaste.serve.wire.problems import Refused

DEEPEST = 8
"""Levels of lists and objects in each other; a request of ours needs three."""
MOST_FIELDS = 50
"""Fields of one object; a request of ours knows fifteen, and what is said of one that is not known takes time."""
_NESTED = (dict, list)
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text, or all from a quote that nothing ends; tried once at each quote and never again."""
_LONGEST_NUMBER = 40
"""Characters of a number."""
_ESCAPED = re.compile(rb"\\(?:[bf]|u(?:[dD][89a-fA-F]|00[01]))")
"""An escape that may be half a surrogate pair or a control character."""
_ZEROS = bytes.maketrans(b"123456789E", b"000000000e")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def read_json(body: bytes, most: int) -> Any:
    """Read a body that is JSON in the strict sense, and refuse any other.

    Args:
        body: All of it.
        most: Values that it may hold: each takes some hundred times its bytes in memory and time, so they are counted first.

    Returns:
        What it says, as `json.loads` has it.

    Raises:
        Refused: 400 for what is not, 413 for too many values, 422 for texts that hold what no text of ours does; the message
            says what and where.
    """
    if _count_values(body) > most:  # texts may hold commas and brackets: only now look closer
        found = _count_values(_TEXT.sub(b"", body))
        if found > most:
            hint = "ask in several requests, or send the newest ratings only"
            raise Refused(413, f"the body holds {found:,} values, expected {most:,} at most", hint)
    try:
        text = body.decode("utf-8")
        value = (_CAREFUL if _may_be_big(body) else _QUICK).decode(text)
        if _count_keys(value) != body.count(b":"):  # a key stands twice, or a text has a colon: only now look closer
            _CAREFUL.decode(text)
    except UnicodeDecodeError as error:
        raise Refused(
            400, f"the body is not UTF-8: byte {error.start + 1:,} is wrong", "send JSON as UTF-8 without a mark"
        ) from None
    except json.JSONDecodeError as error:
        raise Refused(
            400,
            f"the body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}",
            'send JSON, such as {"ratings": [{"item": 1, "rating": 5}]}',
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if _ESCAPED.search(body):
        _check_text(value)
    return value


def _count_values(body: bytes) -> int:
    """Return how many values a body holds, or more: each but the first follows a comma or opens something."""
    return 1 + body.count(b",") + body.count(b"[") + body.count(b"{")


def _count_keys(value: Any) -> int:
    """Return how many keys all objects have, and refuse what is too deep or has too many of them."""
    level = [value] if isinstance(value, _NESTED) else []
    keys = 0
    for _ in range(DEEPEST):
        objects = [one for one in level if isinstance(one, dict)]
        counts = [*map(len, objects)]
        if max(counts, default=0) > MOST_FIELDS:
            raise Refused(
                400, f"an object has {max(counts):,} fields, expected {MOST_FIELDS} at most", "leave some out"
            )
        keys += sum(counts)
        inside = [*chain.from_iterable(one.values() for one in objects)]
        inside += chain.from_iterable(one for one in level if isinstance(one, list))
        level = [one for one in inside if isinstance(one, _NESTED)]
        if not level:
            return keys
    raise _too_deep()


def _may_be_big(body: bytes) -> bool:
    """Tell whether a number may be too long or too large; without one, all are read at the speed of C."""
    zeros = body.translate(_ZEROS)
    return b"0" * _LONGEST_NUMBER in zeros or b"e000" in zeros or b"e+000" in zeros


def _too_deep() -> Refused:
    return Refused(400, f"the body nests deeper than {DEEPEST} levels", "send only what /openapi.json describes")


def _check_text(value: Any) -> None:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack += (*one.keys(), *one.values())
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, str):
            _check_string(one)


def _check_string(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(422, f"a text holds half of a surrogate pair: {text[:50]!a}", "send whole characters") from None
    if _CONTROL.search(text):
        raise Refused(422, f"a text holds a control character: {text[:50]!a}", "leave it out")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused(400, f"the field {key[:50]!a} stands twice in one object", "give it once")
            seen.add(key)
    return found


def _constant(text: str) -> NoReturn:
    raise Refused(400, f"{text} is not a number in JSON, expected a finite one", "leave out what is not known")


def _short(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise Refused(400, f"a number has {len(text):,} characters, expected {_LONGEST_NUMBER} at most", "round it")
    return text


def _float(text: str) -> float:
    value = float(_short(text))
    if value in {float("inf"), float("-inf")}:
        raise Refused(400, f"{text} is too large for a number, expected a finite one", "send a rating on the scale")
    return value


def _int(text: str) -> int:
    return int(_short(text))


_QUICK = json.JSONDecoder(parse_constant=_constant)
_CAREFUL = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float, parse_int=_int)
