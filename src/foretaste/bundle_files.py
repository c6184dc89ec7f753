"""What the files of a bundle hold: its parts become bytes, and bytes that are whole become its parts again."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as save_arrays

from foretaste.arrays import AnyArray
from foretaste.arrays_file import read_arrays
from foretaste.bundle_folder import (
    ARRAYS,
    CATALOG,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    check_arrays,
    check_like,
    check_scale,
    checksum,
    read_file,
    read_manifest,
)
from foretaste.calibration import Calibration
from foretaste.data.catalog import Catalog
from foretaste.errors import BundleError, ForetasteError
from foretaste.golden import Golden
from foretaste.models import MODELS
from foretaste.models.base import Recommender
from foretaste.models.params import build_params
from foretaste.order import Order

_DAMAGE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
    ForetasteError,
)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a bundle is made of; see `Bundle`."""

    model: Recommender[Any]
    catalog: Catalog
    order: Order | None
    scale: tuple[float, float]
    about: dict[str, Any]
    like: float | None
    calibration: Calibration | None
    golden: Golden | None = None


def pack(parts: Parts) -> dict[str, bytes]:
    """Return the bytes of each file by its name; the same parts give the same bytes."""
    arrays = parts.model.arrays()
    for beside in (parts.order, parts.calibration, parts.golden):
        arrays |= {} if beside is None else beside.arrays()
    contents = {
        ARRAYS: save_arrays({k: np.ascontiguousarray(v) for k, v in sorted(arrays.items())}),
        CATALOG: json.dumps(parts.catalog.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace"),
    }
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "model": parts.model.name,
        "params": asdict(parts.model.params),
        "scale": list(parts.scale),
        "like": parts.like,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
        "versions": _versions(),
    }
    manifest |= {k: v for k, v in parts.about.items() if k not in manifest}
    manifest["checksum"] = checksum(manifest)
    words = json.dumps(manifest, indent=2, ensure_ascii=False)
    contents[MANIFEST] = words.encode("utf-8", "backslashreplace")  # file names need not be text; JSON has escapes
    return contents


def unpack(path: Path) -> Parts:
    """Read a bundle's folder, checking every file against the manifest.

    Raises:
        NotFoundError: There is no such folder.
        BundleError: It is not a bundle, newer than this version reads, truncated or damaged.
    """
    manifest = read_manifest(path)
    if not isinstance(manifest.get("model"), str) or manifest["model"] not in MODELS:
        raise BundleError(f"{path}: this foretaste has no model {manifest.get('model')!r}")
    contents = {name: read_file(path, name, digest) for name, digest in manifest["files"].items()}
    try:
        arrays = read_arrays(contents[ARRAYS])
        check_arrays(arrays)
        catalog = Catalog.from_json(json.loads(contents[CATALOG].tobytes()))
        parts = _parts(manifest, arrays, catalog)
    except BundleError as error:
        raise BundleError(f"{path}: {error.message}") from error
    except _DAMAGE as error:
        raise BundleError(f"{path}: the bundle is damaged ({type(error).__name__}: {error})") from error
    width = parts.model.n_items_
    if parts.order is not None and parts.order.count.shape != (width,):
        raise BundleError(f"{path}: the bundle is damaged: evidence of {parts.order.count.shape} items")
    if len(catalog) != width:
        raise BundleError(f"{path}: {len(catalog)} items in the catalogue for a model of {width}")
    return parts


def _parts(manifest: Mapping[str, Any], arrays: Mapping[str, AnyArray], catalog: Catalog) -> Parts:
    kind, scale = MODELS[manifest["model"]], check_scale(manifest["scale"])
    own = {"format", "format_version", "model", "params", "scale", "like", "files", "versions", "checksum"}
    model = kind.from_arrays(build_params(kind.Params, manifest["params"]), arrays)
    return Parts(
        model=model,
        catalog=catalog,
        order=Order.from_arrays(arrays) if "order.rule" in arrays else None,
        scale=scale,
        about={k: v for k, v in manifest.items() if k not in own},
        like=check_like(manifest.get("like"), scale),
        calibration=Calibration.from_arrays(arrays),
        golden=Golden.from_arrays(arrays, model.n_items_),
    )


def _versions() -> dict[str, str]:
    out = {"python": platform.python_version()}
    for name in ("foretaste", "numpy", "scipy", "torch"):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out
