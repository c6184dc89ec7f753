"""Settings of a model: frozen dataclasses, built from keywords, TOML or the command line, and checked."""

import dataclasses
import tomllib
import types
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from foretaste.errors import ParamsError, nearest

P = TypeVar("P")


def build_params(kind: type[P], settings: Mapping[str, object]) -> P:
    """Build a frozen dataclass of settings from names and plain values.

    Args:
        kind: The dataclass.
        settings: Values by name; lists become tuples and whole numbers become floats where a float is expected.

    Raises:
        ParamsError: A name is unknown (the nearest one is offered) or missing, or a value has the wrong type or range.
    """
    hints = get_type_hints(kind)
    known = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in known:
            raise ParamsError(f'{_owner(kind)} has no setting "{name}"', hint=nearest(name, known))
        values[name] = _coerce(name, value, hints[name])
    for f in dataclasses.fields(kind):  # type: ignore[arg-type]
        if f.name not in values and f.default is f.default_factory is dataclasses.MISSING:
            raise ParamsError(f'{_owner(kind)} lacks "{f.name}"', hint=f"it needs {', '.join(known)}")
    return kind(**values)


def parse_setting(text: str) -> tuple[str, object]:
    """Read one ``name=value`` of the command line; the value is TOML, and bare words are strings.

    Raises:
        ParamsError: There is no ``=``, or no name before it.

    Example:
        >>> parse_setting("widths=[600, 200]"), parse_setting("activation=selu")
        (('widths', [600, 200]), ('activation', 'selu'))
    """
    name, equals, raw = text.partition("=")
    name, raw = name.strip(), raw.strip()
    if not equals or not name:
        raise ParamsError(f'cannot read the setting "{text}", expected name=value', hint="for example --set l2=0.02")
    try:
        return name.replace("-", "_"), tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return name.replace("-", "_"), raw


def check_range(name: str, value: float, low: float, high: float = float("inf")) -> None:
    """Refuse a number outside [low, high], and one that is not finite.

    Raises:
        ParamsError: It is outside, infinite, or not a number.
    """
    if not low <= value <= high or value == float("inf"):
        upper = f"at least {_words(low)}" if high == float("inf") else f"{_words(low)} to {_words(high)}"
        raise ParamsError(f"{name} is {_words(value)}, expected {upper}")


def check_share(name: str, value: float, *, zero: bool = False) -> None:
    """Refuse a share that is not between 0 and 1, both excluded; 0 itself is fine where `zero` is true.

    Raises:
        ParamsError: It is.
    """
    if not (0 < value < 1 or (zero and value == 0)):
        words = "0, or a share between 0 and 1" if zero else "a share between 0 and 1"
        raise ParamsError(f"{name} is {value:g}, expected {words}")


def check_choice(name: str, value: str, options: tuple[str, ...]) -> None:
    """Refuse a word that is not among the options.

    Raises:
        ParamsError: It is not; the nearest is offered.
    """
    if value not in options:
        raise ParamsError(f'{name} is "{value}", expected one of {", ".join(options)}', hint=nearest(value, options))


def _coerce(name: str, value: object, hint: Any) -> object:
    if isinstance(hint, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is tuple:
        parts = value if isinstance(value, (list, tuple)) else [value]
        return tuple(_coerce(name, part, get_args(hint)[0]) for part in parts)
    if isinstance(value, np.generic):
        value = value.item()
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
        raise ParamsError(f"{name} is {value!r}, expected {words.get(hint, hint)}")
    return value


def _words(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _owner(kind: type) -> str:
    return kind.__name__.removesuffix("Params")
