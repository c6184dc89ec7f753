"""Arrays where they stand in a file: as the library reads them, and nothing that the library refuses, over files and damage."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors import SafetensorError
from safetensors.numpy import load, save

from foretaste.arrays_file import KINDS, read_arrays

names = st.text(st.characters(exclude_categories=("Cs",)), max_size=6).filter(lambda name: name != "__metadata__")
kinds = st.sampled_from([np.dtype(kind) for kind in KINDS.values()])
numbers = kinds.flatmap(lambda kind: arrays(kind, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
metadata = st.none() | st.dictionaries(names, names, max_size=2)
files = st.builds(save, st.dictionaries(names, numbers, min_size=1, max_size=5), metadata)


def read(content):
    return read_arrays(np.frombuffer(bytearray(content), np.uint8))


def packed(header, body=b""):
    """Return a file with a header that may say anything."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def compare(content):
    """Check that what is read here is what the library reads; return whether it is read."""
    try:
        found = read(content)
    except (ValueError, RecursionError):
        return False
    wanted = load(bytes(content))
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert (found[name].dtype, found[name].shape) == (values.dtype, values.shape)
        assert found[name].tobytes() == values.tobytes()
        assert found[name].flags.aligned
    return True


@given(files)
def test_every_file_is_read_as_the_library_reads_it(content):
    assert compare(content)


@given(files, st.data())
def test_of_a_damaged_file_nothing_is_read_that_the_library_refuses(content, data):
    """Bytes are changed, left out and added, most often in the header."""
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        byte = data.draw(st.integers(0, 255) | st.sampled_from(b'0123456789,[]{}":F'))
        match data.draw(st.sampled_from(("change", "drop", "add"))):
            case "change":
                damaged[at] = byte
            case "drop" if len(damaged) > 1:
                del damaged[at]
            case _:
                damaged.insert(at, byte)
    compare(damaged)


places = st.tuples(st.integers(0, 24), st.integers(0, 24)).map(list) | st.just([0, 8]) | st.just([8, 16])
shapes = st.lists(st.integers(0, 4) | st.sampled_from([2**31, 2**62, 2**63, 2**64]), max_size=3)
telling = st.fixed_dictionaries({"dtype": st.sampled_from([*KINDS]), "shape": shapes, "data_offsets": places})


@given(st.dictionaries(st.sampled_from("abc"), telling, max_size=3), st.integers(0, 24))
def test_no_header_makes_it_read_what_the_library_refuses(header, size):
    compare(packed(header, bytes(size)))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=5))
def test_arrays_one_behind_the_other_in_any_order_are_read(sizes):
    ends = np.cumsum([0, *sizes]).tolist()
    header = {
        str(n): {"dtype": "I16", "shape": [(b - a)], "data_offsets": [2 * a, 2 * b]}
        for n, (a, b) in enumerate(pairwise(ends))
    }
    body = np.arange(ends[-1], dtype=np.int16).tobytes()
    assert compare(packed(dict(reversed(header.items())), body))


ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a file of 0 bytes has a header of 0"),
        (b"\x02\x00\x00", "a file of 3 bytes"),
        ((9).to_bytes(8, "little") + b"{}", "a file of 10 bytes has a header of 9"),
        (b"\xff" * 20, "has a header of 18446744073709551615"),
        (packed(b"\xff\xfe"), "utf-8"),
        (packed(b"{"), "Expecting property name"),
        (packed(b"[]"), "the header is no object"),
        (packed(b" {}"), "the header is no object"),
        (packed(b'{"a": NaN}'), "the header holds NaN"),
        (packed(b'{"\\ud800": {}}'), "surrogates not allowed"),
        (packed(b'{"a": {}, "a": {}}'), "says something twice"),
        (packed({"__metadata__": {"a": 1}}), "__metadata__ holds other than texts"),
        (packed({"__metadata__": []}), "__metadata__ holds other than texts"),
        (packed({"a": 5}), "does not say what a is"),
        (packed({"a": {"dtype": "F32"}}), "does not say what a is"),
        (packed({"a": ONE | {"shape": [-2]}}, bytes(8)), r"a has the shape \[-2\]"),
        (packed({"a": ONE | {"shape": [2.0]}}, bytes(8)), r"a has the shape \[2.0\]"),
        (packed({"a": ONE | {"shape": [True, 2]}}, bytes(8)), "a has the shape"),
        (packed({"a": ONE | {"data_offsets": [0, 4, 8]}}, bytes(8)), "a has the shape"),
        (packed({"a": ONE | {"dtype": "BF16"}}, bytes(8)), "a holds BF16, expected one of F64"),
        (packed({"a": ONE | {"shape": [3]}}, bytes(8)), r"a has 8 bytes for the shape \[3\] of F32"),
        (packed({"a": ONE | {"data_offsets": [8, 0]}}, bytes(8)), "a has -8 bytes"),
        (packed({"a": ONE | {"data_offsets": [4, 12]}}, bytes(12)), "a begins at 4 and ends at 12, expected it to begin at 0"),
        (packed({"a": ONE, "b": ONE}, bytes(8)), "b begins at 0 and ends at 8, expected it to begin at 8"),
        (packed({"a": ONE}, bytes(9)), "the arrays end at 8, the file at 9"),
        (packed({"a": ONE}, bytes(7)), "the arrays end at 8, the file at 7"),
        (packed({"a": ONE | {"shape": [0, 2**62, 2**62], "data_offsets": [0, 0]}}), "a cannot have the shape"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_refused_by_the_library_too(content, words):
    with pytest.raises(ValueError, match=words):
        read(content)
    if not any(more in words for more in ("BF16", "cannot have", "no object")):  # which the library can read
        with pytest.raises((SafetensorError, ValueError)):
            load(content)


def test_a_header_that_is_too_long_is_refused_unread():
    content = np.zeros(100_000_100, np.uint8)
    content[:8] = np.frombuffer((100_000_001).to_bytes(8, "little"), np.uint8)
    with pytest.raises(ValueError, match="has a header of 100000001"):
        read_arrays(content)


def test_nothing_is_copied_and_arrays_can_be_written_to_where_the_bytes_can():
    content = np.frombuffer(bytearray(save({"a": np.arange(6.0), "b": np.ones((2, 3), np.float32)})), np.uint8)
    found = read_arrays(content)
    assert all(np.shares_memory(values, content) and values.flags.writeable for values in found.values())
    found["a"][2] = 7
    assert load(content.tobytes())["a"][2] == 7


def test_where_an_array_begins_anywhere_it_is_copied_so_that_all_can_compute_with_it():
    first = {"dtype": "I8", "shape": [1], "data_offsets": [0, 1]}
    content = packed(
        {"a": ONE | {"shape": [1], "data_offsets": [1, 5]}, "b": first}, b"\x05" + np.float32(2.5).tobytes()
    )
    for shift in range(8):
        moved = np.frombuffer(bytearray(b"\0" * shift + content), np.uint8)[shift:]
        found = read_arrays(moved)
        assert (found["a"][0], found["b"][0], found["a"].flags.aligned) == (2.5, 5, True)
