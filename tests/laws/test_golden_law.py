"""Every model that answers strangers answers golden rows as before once it was saved and loaded, and is the same bytes again.

Changed weights are found out, though their checksum is right.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from foretaste.bundle import Bundle
from foretaste.bundle_folder import checksum
from foretaste.data.catalog import Catalog
from foretaste.errors import BundleError
from foretaste.golden import self_test
from foretaste.models import MODELS
from foretaste.order import Order
from tests.laws.test_model_laws import ITEMS, QUICK, X

every_open_model = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if not kind.known_rows])
FITTED: dict[str, Bundle] = {}


def bundle_of(name: str) -> Bundle:
    if name not in FITTED:
        model = MODELS[name](**QUICK.get(name, {})).fit(X)
        order = Order.of(X, 0.1) if model.task == "rating" else None
        FITTED[name] = Bundle(model, Catalog(np.arange(ITEMS)), order, (0.0, 5.0))
    return FITTED[name]


def reseal(folder: Path) -> None:
    """Make every checksum of a folder right again."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    data = (folder / "arrays.safetensors").read_bytes()
    manifest["files"]["arrays.safetensors"] = hashlib.sha256(data).hexdigest()
    manifest["checksum"] = checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@every_open_model
def test_what_was_saved_answers_as_it_did(name, tmp_path):
    loaded = Bundle.load(bundle_of(name).save(tmp_path / "b"))
    assert self_test(loaded) == 5


@every_open_model
def test_the_same_parts_are_the_same_bytes(name, tmp_path):
    first, second = (bundle_of(name).save(tmp_path / where) for where in ("a", "b"))
    again = Bundle.load(first).save(tmp_path / "c")
    for file in ("arrays.safetensors", "manifest.json"):
        assert (first / file).read_bytes() == (second / file).read_bytes() == (again / file).read_bytes()


@every_open_model
def test_changed_weights_are_found_out_though_their_checksum_is_right(name, tmp_path):
    folder = bundle_of(name).save(tmp_path / "b")
    arrays = load_file(folder / "arrays.safetensors")
    rng = np.random.default_rng(0)
    for key, values in arrays.items():
        own = key.rpartition(".")[2]
        if values.dtype.kind == "f" and not key.startswith(("golden.", "order.")) and own != "scale_":
            arrays[key] = (values * rng.uniform(0.5, 1.0, values.shape)).astype(values.dtype)
    save_file(arrays, folder / "arrays.safetensors")
    reseal(folder)
    with pytest.raises(BundleError, match="does not answer as it did when it was saved: golden row"):
        self_test(Bundle.load(folder))
