"""What it takes to repeat a result: versions of whatever computes, and the machine it ran on."""

import os
import platform
import shlex
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from foretaste.memory import total_memory

COMPUTING = ("foretaste", "numpy", "scipy", "numba", "torch")
"""Packages whose version may change a number."""


def versions() -> dict[str, str]:
    """Return the version of Python and of every package that computes, by name; one that is not installed is left out."""
    out = {"python": platform.python_version()}
    for name in COMPUTING:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out


def machine() -> dict[str, Any]:
    """Return processor type, CPUs that this process may use, and bytes of memory it may have; times mean little without."""
    may = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return {"processor": platform.machine(), "cpus": len(may), "memory_bytes": total_memory()}


def command_line(words: Sequence[str]) -> str:
    """Return a command as it can be typed again: quoted, and without the folder that the program lies in.

    Args:
        words: As `sys.argv` has them.
    """
    return shlex.join([Path(words[0]).name if words else "", *words[1:]])
