"""A bundle's folder on disk: looked at before the work that is to fill it, written whole, every file read with its checksum."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray
from foretaste.errors import BundleError, InputError, NotFoundError

FORMAT, FORMAT_VERSION = "foretaste-bundle", 1
ARRAYS, CATALOG, MANIFEST = "arrays.safetensors", "catalog.json", "manifest.json"
REPORTS = ("report.html", "report.json")
"""What commands write beside a bundle about it; they go when the bundle is replaced."""
KINDS = {"n_items_": "i", "cols_": "i", "near_": "i", "key_": "u"}
"""Arrays that hold no floats, and numpy's letter for what they hold: whole numbers, or words of a hash."""


def reason(error: OSError) -> str:
    """Return why the system refused, such as ``permission denied``."""
    return (error.strerror or str(error)).lower()


def check_place(folder: Path) -> None:
    """Refuse a folder in which nothing could be written, made or not: better now than after hours of training.

    Raises:
        InputError: A name is too long, a file or a dead link stands in the way, or writing is not allowed.
    """
    path = folder.absolute()
    here, missing = path, []
    while not os.path.lexists(here):
        missing.append(here.name)
        here = here.parent
    if not here.is_dir():
        what = "is a link to nothing" if here.is_symlink() and not here.exists() else "is not a folder"
        raise InputError(f"cannot write to {folder}: {here} {what}", hint="name another folder")
    try:
        for name in missing:
            _check_length(here / name)
        Path(tempfile.mkdtemp(prefix=".foretaste-", dir=here)).rmdir()  # rights and full disks show only when tried
    except OSError as error:
        hint = "name another folder"
        raise InputError(f"cannot write to {folder}: {here} refuses it ({reason(error)})", hint=hint) from error


def _check_length(path: Path) -> None:
    try:
        path.lstat()
    except FileNotFoundError:
        return


def check_target(folder: str | Path, *, overwrite: bool = False) -> Path:
    """Refuse a folder that `write_folder` could not or should not fill.

    Raises:
        BundleError: It exists and is not a bundle, or is one and `overwrite` is false.
        InputError: As `check_place`.
    """
    target = Path(folder)
    if _taken(target):
        ours = is_bundle(target)
        if not (ours and overwrite):
            hint = "name another folder, or allow it with --overwrite" if ours else "name another folder"
            raise BundleError(f"{target} exists already" + ("" if ours else " and is not a bundle"), hint=hint)
    check_place(target)
    return target


def _taken(target: Path) -> bool:
    try:
        return not target.is_dir() or any(target.iterdir()) if target.exists() else False
    except OSError as error:
        raise InputError(f"cannot write to {target}: {reason(error)}", hint="name another folder") from error


def write_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    """Write files beside their place and move them there: a new folder in one step, an old one's file by file.

    Files that are not a bundle's are left alone. The manifest is moved last, and a reader refuses files that it does not
    name, so that a folder is whole or refused at any moment.
    """
    fresh = not target.exists()
    place = target.parent if fresh else target
    place.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".foretaste-", suffix=".part", dir=place))
    try:
        made = staging / "bundle"
        made.mkdir()
        names = sorted(contents, key=lambda name: name == MANIFEST)
        for name in names:
            (made / name).write_bytes(contents[name])
        if fresh:
            os.replace(made, target)  # noqa: PTH105
            return
        for name in names:
            os.replace(made / name, target / name)  # noqa: PTH105
        for name in REPORTS:
            (target / name).unlink(missing_ok=True)
    except OSError as error:  # a full disk names no file
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a folder, checked.

    Raises:
        NotFoundError: There is no such folder.
        BundleError: It is not a bundle's, newer than this version reads, damaged, or cannot be read.
    """
    if not os.path.lexists(path):
        raise NotFoundError(f"there is no bundle at {path}", hint="make one: foretaste train DATA --out FOLDER")
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "name a folder that foretaste train has written"
        raise BundleError(f"{path} is not a bundle: it has no manifest.json", hint=hint) from error
    except OSError as error:
        raise BundleError(f"{path}: manifest.json cannot be read: {reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: manifest.json is damaged ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"{path} is not a foretaste bundle")
    found = manifest.get("format_version")
    if type(found) is not int or not 1 <= found <= FORMAT_VERSION:
        newer = isinstance(found, int) and found > FORMAT_VERSION
        raise BundleError(
            f"{path}: the bundle has format version {found}, this foretaste reads up to {FORMAT_VERSION}",
            hint="install a newer foretaste" if newer else "no foretaste has written that: train it again",
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or set(files) != {ARRAYS, CATALOG}:
        raise BundleError(f"{path}: manifest.json does not name the files of a bundle")
    try:
        sealed = manifest.get("checksum") == checksum(manifest)
    except RecursionError:  # writing goes a little deeper than reading
        sealed = False
    if not sealed:
        raise BundleError(f"{path}: manifest.json is damaged: its checksum is not its own")
    return manifest


def read_file(path: Path, name: str, digest: str) -> NDArray[np.uint8]:
    """Return the bytes of a file of the bundle, uint8 (n,), which nobody else has.

    Raises:
        BundleError: It is missing, cannot be read, or is not what the manifest says.
    """
    try:
        with (path / name).open("rb", buffering=0) as file:
            data = _read(file)
    except FileNotFoundError as error:
        raise BundleError(f"{path}: {name} is missing") from error
    except OSError as error:
        raise BundleError(f"{path}: {name} cannot be read: {reason(error)}") from error
    if hashlib.sha256(data.data).hexdigest() != digest:
        raise BundleError(f"{path}: {name} is damaged or truncated: its checksum is not the manifest's")
    return data


def _read(file: FileIO) -> NDArray[np.uint8]:
    """Return the bytes of a file; other threads run while they come in, and no byte is written twice."""
    data = np.empty(os.fstat(file.fileno()).st_size, np.uint8)
    room, done = data.data, 0
    while done < len(data) and (n := file.readinto(room[done:])):
        done += n
    return data[:done]


def is_bundle(folder: Path) -> bool:
    """Return whether a folder holds a bundle, whole or damaged."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("format") == FORMAT
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def check_like(value: object, scale: tuple[float, float]) -> float | None:
    """Return where a like begins, as a manifest says it; None where it says that nothing was a like.

    Raises:
        ValueError: It is no number of the scale.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not scale[0] <= value <= scale[1]:
        raise ValueError(f"like is {value!r}, expected a rating of the scale")
    return float(value)


def checksum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything in a manifest but the checksum itself."""
    rest = {k: v for k, v in manifest.items() if k != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, default=str).encode()).hexdigest()


def check_arrays(arrays: Mapping[str, AnyArray]) -> None:
    """Refuse arrays that no model has learnt: checksums prove only that they are what somebody wrote.

    Raises:
        ValueError: One holds other than finite numbers, counts below zero, or a scale that ends before it begins.
    """
    most = np.finfo(np.float32).max  # of all numbers: models score in float32
    for name, values in arrays.items():
        own_name = name.rpartition(".")[2]  # a member's arrays stand behind its name and a dot
        if values.dtype.kind != KINDS.get(own_name, "f"):
            raise ValueError(f"{name} holds {values.dtype}")
        if values.size and not (values.min() >= -most and values.max() <= most):  # NaN is neither
            raise ValueError(f"{name} holds numbers that are not finite")
    for name in ("order.count", "count_"):
        if name in arrays and (arrays[name] < 0).any():
            raise ValueError(f"{name} holds counts below zero")
    if "order.rule" in arrays and (arrays["order.rule"][1:] < 0).any():
        raise ValueError("order.rule is below zero")
    if "scale_" in arrays and (np.diff(arrays["scale_"]) < 0).any():
        raise ValueError("scale_ ends before it begins")


def check_scale(value: object) -> tuple[float, float]:
    """Return the scale of a manifest: two finite numbers, the lower first.

    Raises:
        ValueError: It is anything else.
    """
    parts = value if isinstance(value, list) else []
    numbers = [float(v) for v in parts if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(parts) != 2 or len(numbers) != 2 or not np.isfinite(numbers).all() or numbers[0] > numbers[1]:
        raise ValueError(f"scale is {value!r}, expected the lowest and the highest rating")
    return numbers[0], numbers[1]
