"""A run on disk: everything the loop needs to go on after kill -9 as if nothing had happened."""

import hashlib
import json
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from foretaste.arrays import AnyArray, as_bytes
from foretaste.errors import InputError


@dataclass(frozen=True)
class Checkpoint:
    """State after an epoch.

    Args:
        run: Fingerprint of data and settings; a checkpoint continues only its own run.
        loop: The loop's own plain values.
        arrays: Everything learnt, and the optimiser's state.
    """

    run: str
    loop: dict[str, Any]
    arrays: dict[str, AnyArray]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it beside the old one and swap, so that a kill at any moment leaves one whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    arrays = {name: np.ascontiguousarray(value) for name, value in checkpoint.arrays.items()}
    meta = {
        "version": version("foretaste"),
        "run": checkpoint.run,
        "loop": json.dumps(checkpoint.loop),
        "sum": _sum(checkpoint.loop, arrays),
    }
    save_file(arrays, partial, metadata=meta)
    os.replace(partial, path)  # noqa: PTH105 (atomic on every platform)


def load_checkpoint(path: Path, run: str) -> Checkpoint | None:
    """Read a checkpoint, or None where there is none.

    Raises:
        InputError: The file is damaged, another version's, or belongs to other data or settings.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        loop = json.loads(meta["loop"])
        if meta["sum"] != _sum(loop, arrays):
            raise ValueError("its checksum is not its own")  # noqa: TRY301 (one message for all damage)
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise InputError(f"{path}: not a whole checkpoint ({error})", hint="delete it to start afresh") from error
    if meta.get("version") != version("foretaste"):
        raise InputError(
            f"{path}: the checkpoint is of foretaste {meta.get('version', 'before 0.1.0')}, this is {version('foretaste')}: "
            "the two may train differently",
            hint="delete it to start afresh, or go on with the version that began",
        )
    if meta.get("run") != run:
        raise InputError(
            f"{path}: the checkpoint belongs to a run with other data or settings",
            hint="delete it to start afresh, or name another file",
        )
    return Checkpoint(run, loop, arrays)


def _sum(loop: dict[str, Any], arrays: dict[str, AnyArray]) -> str:
    digest = hashlib.sha256(json.dumps(loop).encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(as_bytes(arrays[name]))
    return digest.hexdigest()
