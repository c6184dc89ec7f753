"""Arrays out of the bytes of a safetensors file, where they stand: nothing is copied, so that nobody waits for it.

The library's own reader copies every array while no other thread of the process can run: for 61 MB, a service that loads a
model beside one that answers gave no answers for a tenth of a second, and held the file twice. The format fits a paragraph:
8 bytes with the length of a header, the header, which is JSON and names each array with its kind, its shape and where it
begins and ends behind the header, and then the arrays without a gap. It is checked here as strictly as the library does.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
         "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1"}  # fmt: skip
"""Numbers that a bundle may hold, by the format's name for them and numpy's."""
LONGEST_HEADER = 100_000_000
"""Bytes, as in the library."""
_METADATA = "__metadata__"
_PARTS = {"dtype", "shape", "data_offsets"}


def read_arrays(data: NDArray[np.uint8]) -> dict[str, AnyArray]:
    """Return the arrays of a file by name, as views of its bytes.

    Args:
        data: All bytes of the file, uint8 (n,); the arrays can be written to where it can.

    Raises:
        ValueError: It is no such file, or it is damaged.
    """
    header, body = _header(data)
    parts = {name: _part(name, told) for name, told in header.items() if name != _METADATA}
    at = 0
    for name, (_, _, begin, end) in sorted(parts.items(), key=lambda part: part[1][2:]):
        if begin != at or end < begin:
            raise ValueError(f"{name} begins at {begin} and ends at {end}, expected it to begin at {at}")
        at = end
    if at != len(body):
        raise ValueError(f"the arrays end at {at}, the file at {len(body)}")
    return {name: _view(name, body[begin:end], kind, shape) for name, (kind, shape, begin, end) in parts.items()}


def _header(data: NDArray[np.uint8]) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """Return the header, and the bytes behind it."""
    length = int.from_bytes(data[:8].tobytes(), "little")
    if len(data) < 8 or length > min(len(data) - 8, LONGEST_HEADER):
        raise ValueError(f"a file of {len(data)} bytes has a header of {length}")
    text = data[8 : 8 + length].tobytes().decode("utf-8")
    header = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(header, dict) or not text.startswith("{"):
        raise ValueError("the header is no object")
    _check_metadata(header.get(_METADATA))
    return header, data[8 + length :]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the header says something twice")
    for text in (*found, *found.values()):
        if isinstance(text, str):
            text.encode()  # half a character is none
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"the header holds {text}")


def _check_metadata(found: object) -> None:
    if found is not None and not (isinstance(found, Mapping) and all(isinstance(text, str) for text in found.values())):
        raise ValueError(f"the header's {_METADATA} holds other than texts")


def _part(name: str, told: object) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    """Return what the header says of an array: its kind, its shape, where it begins and where it ends."""
    if not isinstance(told, Mapping) or set(told) != _PARTS:
        raise ValueError(f"the header does not say what {name} is")
    shape, place = told["shape"], told["data_offsets"]
    if not _are_counts(shape) or not _are_counts(place) or len(place) != 2:
        raise ValueError(f"{name} has the shape {shape!r} at {place!r}")
    if told["dtype"] not in KINDS:
        raise ValueError(f"{name} holds {told['dtype']}, expected one of {', '.join(KINDS)}")
    kind = np.dtype(KINDS[told["dtype"]])
    if math.prod(shape) * kind.itemsize != place[1] - place[0]:
        raise ValueError(f"{name} has {place[1] - place[0]} bytes for the shape {shape!r} of {told['dtype']}")
    return kind, tuple(shape), place[0], place[1]


def _are_counts(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)


def _view(name: str, data: NDArray[np.uint8], kind: np.dtype[Any], shape: tuple[int, ...]) -> AnyArray:
    try:
        made = data.view(kind).reshape(shape)
    except ValueError as error:
        raise ValueError(f"{name} cannot have the shape {list(shape)}: {error}") from error
    aligned: AnyArray = np.require(made, requirements="A")  # files of others may begin arrays anywhere
    return aligned.astype(kind.newbyteorder("="), copy=False)
