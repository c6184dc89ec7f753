"""The files of a bundle: the same parts are the same bytes, and each part comes back or is named as damaged."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from foretaste.bundle import Bundle
from foretaste.bundle_files import Parts, pack, unpack
from foretaste.bundle_folder import write_folder
from foretaste.calibration import Residuals, fit_calibration
from foretaste.data.catalog import Catalog
from foretaste.errors import BundleError
from foretaste.models import Bias, Popularity
from foretaste.order import Order
from tests.judging import X

SCALE = (1.0, 5.0)
CATALOG = Catalog(np.arange(20))


def parts(**others):
    rng = np.random.default_rng(0)
    middle = rng.uniform(2, 4, 500)
    asked = Residuals(middle + rng.normal(0, 0.5, 500), middle, rng.integers(1, 9, 500), rng.integers(0, 9, 500))
    made = {
        "model": Bias().fit(X), "catalog": CATALOG, "order": Order.of(X, 0.1), "scale": SCALE, "about": {"seed": 3},
        "like": None, "calibration": fit_calibration(asked, scale=SCALE),
    }  # fmt: skip
    return Parts(**made | others)


def written(folder: Path, change=dict, **others) -> Path:
    """Write a bundle whose arrays were changed by somebody who knows how checksums are made."""
    made = parts(**others)
    arrays = {name: values.copy() for name, values in load(pack(made)["arrays.safetensors"]).items()}
    change(arrays)

    class Changed(Bias):
        def arrays(self):
            return arrays

    model = Changed.__new__(Changed)
    model.params = made.model.params
    write_folder(folder, pack(parts(model=model, order=None, calibration=None, **others)))
    return folder


def test_a_bundle_is_made_of_these_parts():
    assert [part.name for part in fields(Parts)] == [part.name for part in fields(Bundle)]


def test_what_is_unpacked_is_what_was_packed(tmp_path):
    made = parts()
    write_folder(tmp_path / "b", pack(made))
    again = unpack(tmp_path / "b")
    assert (again.scale, again.about, again.like, again.model.params) == (SCALE, {"seed": 3}, None, made.model.params)
    for before, after in ((made.model, again.model), (made.order, again.order), (made.calibration, again.calibration)):
        for name, values in before.arrays().items():
            np.testing.assert_array_equal(after.arrays()[name], values)
    assert pack(again) == pack(made)


def test_a_bundle_from_before_there_were_calibrations_is_read(tmp_path):
    write_folder(tmp_path / "b", pack(parts(calibration=None)))
    assert unpack(tmp_path / "b").calibration is None
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format_version"] == 1


def test_what_calibrates_lies_beside_what_the_model_has_learnt():
    arrays = load(pack(parts())["arrays.safetensors"])
    assert {name for name in arrays if name.startswith("calibration.")} == {
        f"calibration.{name}" for name in ("scale", "terms", "sides", "quantiles", "n")
    }
    plain = load(pack(parts(calibration=None))["arrays.safetensors"])
    assert set(arrays) - set(plain) == {name for name in arrays if name.startswith("calibration.")}
    assert len(save(arrays)) - len(save(plain)) < 3000


def test_a_ranking_model_has_neither_order_nor_calibration(tmp_path):
    write_folder(tmp_path / "b", pack(parts(model=Popularity().fit(X), order=None, calibration=None)))
    assert (unpack(tmp_path / "b").order, unpack(tmp_path / "b").calibration) == (None, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.pop("calibration.terms"), "the calibration of the bundle is incomplete: 'calibration.terms'"),
        (lambda a: a["calibration.terms"].fill(-1), "the calibration of the bundle is damaged: terms holds"),
        (lambda a: a["calibration.n"].fill(np.nan), "calibration.n holds numbers that are not finite"),
        (lambda a: a.update({"calibration.n": np.array([5])}), "calibration.n holds int64"),
        (lambda a: a.update({"order.count": np.ones(3, np.float32)}), r"evidence of \(3,\) items"),
    ],
)
def test_a_part_that_is_damaged_is_named(tmp_path, change, words):
    with pytest.raises(BundleError, match=f"b: .*{words}"):
        unpack(written(tmp_path / "b", change))


def test_a_catalogue_of_another_length_is_refused(tmp_path):
    with pytest.raises(BundleError, match="19 items in the catalogue for a model of 20"):
        unpack(written(tmp_path / "b", catalog=Catalog(np.arange(19))))
