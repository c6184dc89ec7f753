"""Folds that come as files: which files of a folder are the train and test parts of one division, and which are folds.

MovieLens 100K ships two kinds. The pairs with a number, ``u1.base`` and ``u1.test`` to ``u5``, are the folds of one division:
their test parts share nothing. Those with a letter, ``ua`` and ``ub``, are others, with ten ratings of everybody to test. Such
files may end in .train instead.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from foretaste.data.opening import is_file, place_kind
from foretaste.errors import DataError, NotFoundError, nearest

TRAIN = (".base", ".train")
"""Endings of a train file; its test file has the same name and ends in .test."""


class Pair(NamedTuple):
    """A train file and the test file that belongs to it."""

    name: str
    train: Path
    test: Path


def find_pairs(folder: Path, names: Sequence[str] = ()) -> list[Pair]:
    """Find the train and test files of a folder that are folds.

    Args:
        folder: With files such as ``u1.base`` and ``u1.test``.
        names: Which pairs, such as ``("ua", "ub")``; without any, those with a number, or all where none has one.

    Returns:
        In the order of `names`, or of their numbers.

    Raises:
        NotFoundError: There is no such pair.
        DataError: It is no folder, holds no pairs, or a train file has no test file.
    """
    if place_kind(folder) != "folder":
        raise DataError(
            f"{folder} is no folder, expected one with pairs of files: u1.base and u1.test",
            hint="--split given --train FILE --test FILE takes one pair of any names",
        )
    train = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in TRAIN and is_file(path)}
    if not train:
        raise DataError(
            f"{folder} holds no pairs of train and test files, expected u1.base and u1.test, or r1.train and r1.test",
            hint="--split given --train FILE --test FILE takes one pair of any names",
        )
    for name in names:
        if name not in train:
            raise NotFoundError(f'{folder} holds no pair "{name}"', hint=nearest(name, train))
    pairs = [Pair(name, train[name], folder / f"{name}.test") for name in names or _folds(train)]
    for pair in pairs:
        if not is_file(pair.test):
            raise DataError(f"{pair.train.name} has no {pair.test.name} beside it", hint="a pair needs both files")
    return pairs


def _folds(names: Iterable[str]) -> list[str]:
    """Return the names with a number, by number; all where none has one."""
    numbered = [(int(match[1]), name) for name in names if (match := re.search(r"(\d+)$", name))]
    return [name for _, name in sorted(numbered)] or sorted(names)
