"""Only what is whole, fits and answers as it did may answer; anything else is refused in words."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from foretaste import memory
from foretaste.bundle import Bundle
from foretaste.bundle_folder import checksum
from foretaste.errors import BundleError, InputError, NotFoundError, ResourceError
from foretaste.models import ItemRidge
from foretaste.serve.deploy import loading
from foretaste.serve.deploy.loading import available, check_answers, find_bundle, load_served, version_of
from foretaste.serve.deploy.served import Served
from foretaste.serve.settings import Settings
from tests.serving import WORLD, X, bundle_of, saved


def reseal(folder, change=dict):
    """Change the manifest, and make its checksums right again, as somebody would who wants it to pass."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    data = (folder / "arrays.safetensors").read_bytes()
    manifest["files"]["arrays.safetensors"] = hashlib.sha256(data).hexdigest()
    manifest["checksum"] = checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.slow
def test_what_explains_is_loaded_before_anybody_asks(tmp_path):
    folder = saved(tmp_path / "films", "item_knn")
    code = (
        "import sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from foretaste.serve.answers.because import because\nfrom foretaste.serve.deploy.loading import load_served\n"
        f"served = load_served(Path({str(folder)!r}))\nimport numba.core.dispatcher as numba\n"
        "def late(*_):\n    raise AssertionError('compiled while somebody waits')\n"
        "numba.Dispatcher.compile = late\n"
        "row, _ = served.bundle.row({served.item_id(col): 4.0 for col in range(20)})\n"
        "assert any(because(served.bundle, row, np.arange(20, 30)))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def scaled(folder, name="decoder_", factor=1.5):
    """Change what was learnt, with checksums that fit."""
    arrays = load_file(folder / "arrays.safetensors")
    for key, values in arrays.items():
        if not key.startswith(("golden.", "order.", "calibration.", "scale_")) and values.dtype.kind == "f":
            arrays[key] = (values * np.float32(factor)).astype(values.dtype)
    save_file(arrays, folder / "arrays.safetensors")
    reseal(folder)


BAD = {
    "damaged": (lambda f: (f / "catalog.json").write_text("[]"), "catalog.json is damaged or truncated"),
    "truncated": (lambda f: os.truncate(f / "arrays.safetensors", 1000), "arrays.safetensors is damaged or truncated"),
    "no arrays": (lambda f: (f / "arrays.safetensors").unlink(), "arrays.safetensors is missing"),
    "newer": (lambda f: reseal(f, lambda m: m.update(format_version=2)), "the bundle has format version 2"),
    "foreign": (lambda f: (f / "manifest.json").write_text("{}"), "is not a foretaste bundle"),
    "changed": (scaled, "bad: the model does not answer as it did when it was saved: golden row"),
}


def spoilt(folder, kind):
    """Write a bundle and spoil it."""
    BAD[kind][0](saved(folder))
    return folder


def test_a_good_bundle_is_loaded_with_name_and_version(tmp_path):
    served = load_served(saved(tmp_path / "films"))
    manifest = json.loads((tmp_path / "films" / "manifest.json").read_text(encoding="utf-8"))
    assert (served.name, served.version) == ("films", manifest["checksum"][:12])
    assert served.bundle.recommend({}, 3) == bundle_of().recommend({}, 3)
    assert "shelf" in vars(served)  # made by now, and not by the first request


def test_every_change_of_a_bundle_is_another_version(tmp_path):
    first, second = saved(tmp_path / "a"), saved(tmp_path / "b", seed=1)
    assert version_of(first) != version_of(second)
    assert version_of(first) == version_of(saved(tmp_path / "c"))
    with pytest.raises(NotFoundError, match="there is no bundle at"):
        version_of(tmp_path / "nix")


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_bundle_is_refused_in_words_without_where_it_lies(kind, tmp_path):
    folder = spoilt(tmp_path / "bad", kind)
    with pytest.raises(BundleError, match=BAD[kind][1]) as caught:
        load_served(folder)
    assert str(tmp_path) not in str(caught.value)


def test_a_version_that_was_replaced_is_refused(tmp_path):
    folder = saved(tmp_path / "films")
    before = version_of(folder)
    assert load_served(folder, version=before).version == before
    bundle_of(seed=1).save(folder, overwrite=True)
    with pytest.raises(BundleError, match=f"films is version {version_of(folder)}, expected {before}") as caught:
        load_served(folder, version=before)
    assert "has been replaced" in caught.value.hint


def test_a_bundle_that_is_written_meanwhile_is_refused(tmp_path, monkeypatch):
    folder, load = saved(tmp_path / "films"), Bundle.load

    def slow(path):
        made = load(path)
        bundle_of(seed=1).save(folder, overwrite=True)
        return made

    monkeypatch.setattr(Bundle, "load", slow)
    with pytest.raises(BundleError, match="films was written while it was read\nhint: ask again when that is done"):
        load_served(folder)


def test_what_does_not_fit_beside_what_is_there_is_refused_before_it_is_read(tmp_path, monkeypatch):
    folder = saved(tmp_path / "films")
    monkeypatch.setattr(memory, "free_memory", lambda **_: 1000)
    monkeypatch.setattr(Bundle, "load", lambda _: pytest.fail("read"))
    with pytest.raises(ResourceError, match=r"loading films needs about .* GB are free\nhint: serve a smaller model"):
        load_served(folder)


def test_models_that_answer_no_strangers_are_refused(tmp_path):
    folder = Bundle(ItemRidge(latent=2, epochs=2).fit(X), WORLD.catalog, None, (0.5, 5.0)).save(tmp_path / "films")
    with pytest.raises(BundleError, match="films holds item_ridge, which answers nobody but those") as caught:
        load_served(folder)
    assert "reads anybody's ratings" in caught.value.hint


def test_older_bundles_without_golden_rows_are_served(tmp_path):
    folder = saved(tmp_path / "films")
    arrays = {k: v for k, v in load_file(folder / "arrays.safetensors").items() if not k.startswith("golden.")}
    save_file(arrays, folder / "arrays.safetensors")
    reseal(folder)
    assert load_served(folder).bundle.golden is None


class Broken(Bundle):
    def scored(self, rows):
        if self.about:
            raise InputError("it is broken")
        return np.full((1, rows.shape[1]), np.nan, np.float32), None


@pytest.mark.parametrize(
    ("about", "words"),
    [({}, "films answers with scores that are no numbers"), ({"a": 1}, "films does not answer: it is")],
)
def test_a_model_that_answers_nothing_sensible_is_refused(about, words):
    broken = Broken(**vars(replace(bundle_of(), about=about)))
    with pytest.raises(BundleError, match=words):
        check_answers(Served(broken, "films", "0"))


@pytest.fixture
def settings(tmp_path):
    saved(tmp_path / "models" / "films")
    saved(tmp_path / "models" / "other", "ease")
    saved(tmp_path / "outside", "ease")
    return Settings(bundle=tmp_path / "models" / "films")


def test_bundles_are_found_by_the_plain_name_of_their_folder(settings, tmp_path):
    assert find_bundle(settings, "other") == settings.folder / "other"
    assert find_bundle(settings, "films") == settings.bundle
    assert find_bundle(replace(settings, challenger=tmp_path / "outside"), "outside") == tmp_path / "outside"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../outside", "a/../other", "/etc", "a\\b", "C:", ".hidden", "a\0b", "a\nb", "\ud800", "other/"],
)
def test_a_name_that_is_a_path_is_none(settings, name):
    with pytest.raises(InputError, match="is no name of a bundle\nhint: name a folder beside the bundle"):
        find_bundle(settings, name)


def test_a_link_that_leads_out_is_not_followed_and_one_that_does_not_is(settings, tmp_path):
    (settings.folder / "link").symlink_to(tmp_path / "outside")
    (settings.folder / "latest").symlink_to(settings.folder / "other")
    with pytest.raises(InputError, match='"link" leads out of the folder of models'):
        find_bundle(settings, "link")
    assert load_served(find_bundle(settings, "latest")).name == "other"


@pytest.mark.parametrize("name", ["othr", "x" * 5000])
def test_a_bundle_that_is_not_there_is_named_with_the_nearest(settings, name):
    with pytest.raises(NotFoundError, match=f'there is no bundle "{name}" to serve') as caught:
        find_bundle(settings, name)
    assert caught.value.hint in {'did you mean "other"?', "choose one of: films, other"}


def test_what_is_available_are_bundles_and_nothing_else(settings, tmp_path, monkeypatch):
    (settings.folder / "notes").mkdir()
    (settings.folder / ".part").mkdir()
    assert available(settings) == ["films", "other"]
    assert available(replace(settings, challenger=tmp_path / "outside")) == ["films", "other", "outside"]
    monkeypatch.setattr(loading.Path, "iterdir", lambda _: (_ for _ in ()).throw(PermissionError()))
    assert available(settings) == ["films"]
