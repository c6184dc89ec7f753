"""What is saved and served: ids in, lists out, and nothing that is damaged or foreign gets in."""

import hashlib
import itertools
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from foretaste import bundle as module
from foretaste.bundle import Bundle
from foretaste.bundle_folder import checksum
from foretaste.calibration import Residuals, fit_calibration
from foretaste.data.catalog import Catalog
from foretaste.data.filters import as_clicks
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.errors import BundleError, DataError, InputError, NotFoundError, ParamsError
from foretaste.models import AutoRec, Bias, Ease, Popularity, TwoHeads
from foretaste.models.two_heads import RankerAlone
from foretaste.order import Order
from foretaste.ranking import rank

FILES = ("manifest.json", "arrays.safetensors", "catalog.json")
SCALE = (0.5, 5.0)
WORLD = make_world(60, 40, 900, seed=3)
X = user_item_matrix(WORLD.ratings, WORLD.catalog)
MINE: dict[int | str, float] = {1: 5.0, 7: 0.5, 20: 4.0}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    model = AutoRec(widths=[8], epochs=2, learning_rate=0.01).fit(X)
    order = Order(np.bincount(X.indices, minlength=40).astype(np.float32), 1.5, 3.0)
    return Bundle(model, WORLD.catalog, order, SCALE, {"recipe": "talk", "seed": 3, "test": {"rmse": 0.9}})


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return bundle.save(tmp_path / "b")


def tiny(ids: list[Any], titles: tuple[str, ...] | None = None) -> Bundle:
    """Return a bundle of the bias model over a catalogue of three items."""
    model = Bias().fit(user_item_matrix(Ratings.from_arrays([1, 1, 2], ids, [5, 3, 4]), Catalog(np.array(ids, object))))
    array = np.array(ids, dtype=object if isinstance(ids[0], str) else np.int64)
    return Bundle(model, Catalog(array, titles), None, (0.0, 5.0))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest as somebody would who wants it to pass."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    manifest["checksum"] = checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Put other bytes in the place of a file, with a checksum that fits."""
    (folder / name).write_bytes(data)
    rewrite(folder, lambda m: m["files"].update({name: hashlib.sha256(data).hexdigest()}))


def test_what_is_loaded_is_what_was_saved(bundle: Bundle, folder: Path) -> None:
    loaded = Bundle.load(folder)
    assert sorted(p.name for p in folder.iterdir()) == sorted(FILES)
    assert loaded.recommend(MINE, 10) == bundle.recommend(MINE, 10)
    assert loaded.predict(MINE, [2, 3, 4]) == bundle.predict(MINE, [2, 3, 4])
    assert (loaded.scale, loaded.about, loaded.model.params) == (bundle.scale, bundle.about, bundle.model.params)
    assert loaded.order is not None
    assert bundle.order is not None
    assert (loaded.order.prior, loaded.order.half) == (bundle.order.prior, bundle.order.half)
    assert loaded.catalog.titles == bundle.catalog.titles
    assert loaded.catalog.genres == bundle.catalog.genres
    np.testing.assert_array_equal(loaded.model.score(X), bundle.model.score(X))


def test_the_manifest_says_where_it_comes_from(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["format_version"]) == ("foretaste-bundle", 1)
    assert (manifest["model"], manifest["params"]["widths"]) == ("autorec", [8])
    assert (manifest["recipe"], manifest["seed"], manifest["test"]) == ("talk", 3, {"rmse": 0.9})
    assert {"python", "numpy", "torch"} <= set(manifest["versions"])
    assert set(manifest["files"]) == {"arrays.safetensors", "catalog.json"}


def test_the_same_bundle_is_the_same_bytes(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    bundle.save(tmp_path / "again")
    assert all((folder / f).read_bytes() == (tmp_path / "again" / f).read_bytes() for f in FILES)


def test_words_about_a_bundle_cannot_take_the_place_of_its_own(bundle: Bundle, tmp_path: Path) -> None:
    odd = Bundle(bundle.model, bundle.catalog, bundle.order, SCALE, {"model": "bias", "files": {}, "seed": 1})
    loaded = Bundle.load(odd.save(tmp_path / "b"))
    assert loaded.model.name == "autorec"
    assert loaded.about["seed"] == 1


def test_names_that_are_no_text_are_saved_all_the_same(bundle: Bundle, tmp_path: Path) -> None:
    odd = Bundle(bundle.model, bundle.catalog, bundle.order, SCALE, {"data": {"source": "r\udcff.csv"}})
    assert Bundle.load(odd.save(tmp_path / "b")).about["data"]["source"] == "r\udcff.csv"


def test_a_list_is_sorted_full_and_without_what_was_seen(bundle: Bundle) -> None:
    answer = bundle.recommend(MINE, 10)
    scores = [line.score for line in answer.items]
    assert (len(answer.items), answer.ignored) == (10, [])
    assert scores == sorted(scores, reverse=True)
    assert len({line.item_id for line in answer.items}) == 10
    assert not {line.item_id for line in answer.items} & set(MINE)
    for line in answer.items:
        col = bundle.catalog.column(line.item_id)
        assert col is not None
        assert (line.title, line.genres) == (WORLD.catalog.title(col), WORLD.catalog.genres[col])  # type: ignore[index]
        assert line.n_ratings == np.bincount(X.indices, minlength=40)[col]
        assert line.predicted == pytest.approx(bundle.predict(MINE, [line.item_id])[line.item_id], abs=1e-5)


def test_the_list_follows_the_order_and_the_stars_do_not(bundle: Bundle) -> None:
    raw = Bundle(bundle.model, bundle.catalog, None, SCALE).recommend(MINE, 37)
    shrunk = bundle.recommend(MINE, 37)
    assert [line.item_id for line in raw.items] != [line.item_id for line in shrunk.items]
    assert {line.item_id: line.predicted for line in raw.items} == {x.item_id: x.predicted for x in shrunk.items}
    assert all(line.n_ratings is None and line.score == line.predicted for line in raw.items)


@pytest.mark.parametrize("k", [37, 40, 1000])
def test_a_list_longer_than_the_catalogue_ends_with_it(bundle: Bundle, k: int) -> None:
    assert len(bundle.recommend(MINE, k).items) == 40 - len(MINE)


def test_who_has_seen_everything_gets_an_empty_list(bundle: Bundle) -> None:
    assert bundle.recommend(dict.fromkeys(range(1, 41), 3.0)).items == []


def test_who_has_rated_nothing_gets_a_list_too(bundle: Bundle) -> None:
    assert len(bundle.recommend({}, 5).items) == 5


@pytest.mark.parametrize("k", [0, -1])
def test_a_list_of_nothing_is_refused_with_words(bundle: Bundle, k: int) -> None:
    with pytest.raises(ParamsError, match=f"k is {k}, expected a whole number from 1"):
        bundle.recommend(MINE, k)


def test_unknown_ids_are_no_error(bundle: Bundle) -> None:
    answer = bundle.recommend({**MINE, 999: 99.0, "casablanca": 3.0})
    assert answer.ignored == [999, "casablanca"]
    assert answer.items == bundle.recommend(MINE).items
    assert set(bundle.predict(MINE, [2, 999, "x"])) == {2}
    assert bundle.predict(MINE, [999]) == {}


def test_predictions_are_given_by_id_and_inside_the_scale(bundle: Bundle) -> None:
    found = bundle.predict(MINE, [3, 2, 1])
    assert list(found) == [3, 2, 1]
    assert all(SCALE[0] <= value <= SCALE[1] for value in found.values())
    row, _ = bundle.row(MINE)
    np.testing.assert_allclose(list(found.values()), bundle.model.score(row)[0, [2, 1, 0]], atol=1e-5)


@pytest.mark.parametrize("rating", [0.0, 5.5, -1, float("nan"), float("inf")])
def test_a_rating_outside_the_scale_is_refused_with_words(bundle: Bundle, rating: float) -> None:
    words = f"the rating of {WORLD.catalog.title(0)} is {rating:g}, expected 0.5 to 5"
    for call in (bundle.recommend, lambda r: bundle.predict(r, [2])):
        with pytest.raises(InputError) as caught:
            call({1: rating})
        assert caught.value.message == words
        assert caught.value.hint.startswith("give it on the scale of the data")


def test_a_rating_that_is_no_number_is_refused_with_words(bundle: Bundle) -> None:
    with pytest.raises(InputError, match=r"expected 0\.5 to 5"):
        bundle.recommend({1: "five"})  # type: ignore[dict-item]


def test_an_item_given_twice_is_refused_with_words(bundle: Bundle) -> None:
    with pytest.raises(InputError, match="item '1' is given twice") as caught:
        bundle.recommend({1: 5.0, "1": 4.0})
    assert caught.value.hint == "give each item one rating"


def test_a_rating_of_zero_is_a_rating() -> None:
    model = tiny([1, 2, 3])
    row, _ = model.row({2: 0.0})
    assert (row.nnz, row.indices.tolist(), row.data.tolist()) == (1, [1], [0])
    assert [line.item_id for line in model.recommend({2: 0.0}).items] == [1, 3]


def test_ids_that_are_words_come_back_as_words(tmp_path: Path) -> None:
    model = Bundle.load(tiny(["a1", "b2", "ü"]).save(tmp_path / "b"))
    answer = model.recommend({"a1": 4.0, "A1": 3.0}, 5)
    assert sorted(str(line.item_id) for line in answer.items) == ["b2", "ü"]
    assert answer.ignored == ["A1"]
    assert [line.title for line in answer.items if line.item_id == "ü"] == ["item ü"]


def test_titles_with_accents_commas_and_quotes_survive(tmp_path: Path) -> None:
    titles = ("Été, l' (1968)", 'Say "Ja", 東京', "")
    folder = tiny([1, 2, 3], titles).save(tmp_path / "b")
    assert "東京".encode() in (folder / "catalog.json").read_bytes()
    loaded = Bundle.load(folder)
    assert loaded.catalog.titles == titles
    assert loaded.catalog.find("ete, l'") == 0
    assert {line.title for line in loaded.recommend({}).items} == {titles[0], titles[1], "item 3"}


def test_a_ranking_model_has_no_stars(tmp_path: Path) -> None:
    made = Bundle(Popularity().fit(X), WORLD.catalog, None, SCALE)
    loaded = Bundle.load(made.save(tmp_path / "b"))
    assert loaded.order is None
    line = loaded.recommend(MINE, 1).items[0]
    assert (line.predicted, line.n_ratings) == (None, None)
    assert loaded.predict(MINE, [line.item_id]) == {line.item_id: line.score}


def test_a_table_of_people_is_ranked_as_each_of_them(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    rows, unknown = bundle.rows(WORLD.ratings)
    assert unknown == 0
    assert (rows != X).nnz == 0
    seen = []
    for start, ranking, predicted in bundle.rank_many(rows, 5):
        assert start % 7 == 0
        for offset in range(len(ranking)):
            person = X[start + offset : start + offset + 1]
            ratings = dict(zip((person.indices + 1).tolist(), person.data.tolist(), strict=True))
            ours, theirs = bundle.lines(ranking, predicted, offset), bundle.recommend(ratings, 5).items
            assert [line.item_id for line in ours] == [line.item_id for line in theirs]
            np.testing.assert_allclose([x.score for x in ours], [x.score for x in theirs], atol=1e-5)
            seen.append(start + offset)
    assert seen == list(range(60))


def test_a_table_may_name_items_that_the_model_does_not_know(bundle: Bundle) -> None:
    people = Ratings.from_arrays(["eva", "eva", "max"], ["1", "zzz", "1"], [4.0, 9.0, 0.5])
    with pytest.raises(InputError, match=r"a rating of the file is 9, expected 0\.5 to 5"):
        bundle.rows(people)
    people = Ratings.from_arrays(["eva", "eva", "max"], ["1", "zzz", "1"], [4.0, 3.0, 0.5])
    rows, unknown = bundle.rows(people)
    assert (rows.shape, rows.nnz, unknown) == ((2, 40), 2, 1)
    assert rows[:, [0]].toarray().ravel().tolist() == [4, 0.5]


def test_a_table_that_names_a_pair_twice_is_refused_with_words(bundle: Bundle) -> None:
    with pytest.raises(DataError, match=r"a \(user, item\) pair stands more than once") as caught:
        bundle.rows(Ratings.from_arrays([1, 1], [2, 2], [4.0, 3.0]))
    assert caught.value.hint == "drop the repetitions first"


def test_an_empty_table_has_no_rows(bundle: Bundle) -> None:
    rows, unknown = bundle.rows(WORLD.ratings.select(np.array([], int)))
    assert (rows.shape, unknown) == ((0, 40), 0)
    assert list(bundle.rank_many(rows, 5)) == []


# Saving.


def test_saving_leaves_nothing_but_the_bundle(bundle: Bundle, tmp_path: Path) -> None:
    assert bundle.save(tmp_path / "deep" / "b") == tmp_path / "deep" / "b"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["b"]
    assert bundle.save(str(tmp_path / "text")) == tmp_path / "text"


def test_what_is_there_is_not_overwritten_unasked(bundle: Bundle, folder: Path) -> None:
    with pytest.raises(BundleError, match="exists already") as caught:
        bundle.save(folder)
    assert caught.value.hint == "name another folder, or allow it with --overwrite"
    other = Bundle(bundle.model, bundle.catalog, None, SCALE)
    assert Bundle.load(other.save(folder, overwrite=True)).order is None
    assert [p.name for p in folder.parent.iterdir()] == ["b"]


def test_a_folder_that_is_no_bundle_is_never_overwritten(bundle: Bundle, tmp_path: Path) -> None:
    target = tmp_path / "photos"
    target.mkdir()
    (target / "family.jpg").write_bytes(b"dear")
    for overwrite in (False, True):
        with pytest.raises(BundleError, match="exists already and is not a bundle") as caught:
            bundle.save(target, overwrite=overwrite)
        assert caught.value.hint == "name another folder"
    assert (target / "family.jpg").read_bytes() == b"dear"


def test_a_folder_with_somebody_elses_manifest_is_never_overwritten(bundle: Bundle, tmp_path: Path) -> None:
    """Web applications and browser extensions have a manifest.json too."""
    target = tmp_path / "webapp"
    target.mkdir()
    (target / "manifest.json").write_text('{"name": "My app", "start_url": "/"}', encoding="utf-8")
    (target / "index.html").write_text("years of work", encoding="utf-8")
    with pytest.raises(BundleError, match="exists already and is not a bundle"):
        bundle.save(target, overwrite=True)
    assert (target / "index.html").read_text(encoding="utf-8") == "years of work"


def test_a_file_is_never_overwritten_and_an_empty_folder_may_be(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(BundleError, match="exists already and is not a bundle"):
        bundle.save(tmp_path / "file", overwrite=True)
    (tmp_path / "empty").mkdir()
    assert Bundle.load(bundle.save(tmp_path / "empty")).scale == SCALE


def test_a_save_that_fails_leaves_the_old_bundle_whole(
    bundle: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for target in (folder, folder.with_name("new")):
        with pytest.raises(OSError, match=f"No space left on device: '{target}'"):
            bundle.save(target, overwrite=True)
    monkeypatch.undo()
    assert sorted(p.name for p in folder.iterdir()) == sorted(FILES)
    assert [p.name for p in folder.parent.iterdir()] == ["b"]
    assert Bundle.load(folder).recommend(MINE) == bundle.recommend(MINE)
    bundle.save(folder, overwrite=True)
    assert [p.name for p in folder.parent.iterdir()] == ["b"]


def test_overwriting_leaves_the_files_of_others_and_takes_old_reports_away(bundle: Bundle, folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("notes.txt", "sub/lists.csv", "report.html", "report.json"):
        (folder / name).write_text("mine", encoding="utf-8")
    bundle.save(folder, overwrite=True)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*FILES, "notes.txt", "sub"])
    assert (folder / "sub" / "lists.csv").read_text(encoding="utf-8") == "mine"
    assert Bundle.load(folder).scale == SCALE


def test_a_link_to_a_bundle_stays_a_link(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(BundleError, match="link exists already"):
        bundle.save(link)
    other = Bundle(bundle.model, bundle.catalog, None, SCALE)
    other.save(link, overwrite=True)
    assert link.is_symlink()
    assert Bundle.load(folder).order is None


def test_the_folder_one_stands_in_may_become_a_bundle(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert Bundle.load(bundle.save(".", overwrite=True)).scale == SCALE
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES)


def test_a_file_where_older_versions_wrote_first_is_no_hindrance(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / ".b.part").write_text("mine", encoding="utf-8")
    bundle.save(tmp_path / "b")
    assert (tmp_path / ".b.part").read_text(encoding="utf-8") == "mine"


def test_a_target_can_be_asked_about_before_training(folder: Path, tmp_path: Path) -> None:
    Bundle.check_target(tmp_path / "new" / "deep")
    Bundle.check_target(folder, overwrite=True)
    with pytest.raises(BundleError, match="exists already"):
        Bundle.check_target(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


# Loading what is damaged.


def test_a_missing_folder_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no bundle at") as caught:
        Bundle.load(tmp_path / "none")
    assert caught.value.hint == "make one: foretaste train DATA --out FOLDER"


def test_a_folder_or_a_file_that_is_no_bundle_is_refused_with_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(BundleError, match=r"has no manifest\.json\nhint: name a folder that foretaste train"):
            Bundle.load(path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_short_of_one_byte_is_refused_with_words(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(BundleError, match=f"{name} is damaged"):
        Bundle.load(folder)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_file_with_one_bit_turned_is_refused_with_words(folder: Path, name: str, share: float) -> None:
    data = bytearray((folder / name).read_bytes())
    data[int(share * len(data))] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"{name} is damaged or truncated: its checksum is not the manifest's"):
        Bundle.load(folder)


def test_a_manifest_with_one_bit_turned_is_refused_with_words(folder: Path) -> None:
    """Also where it stays good JSON: here the scale ends at 4 instead of 5."""
    data = (folder / "manifest.json").read_bytes()
    place = data.index(b"5.0", data.index(b'"scale"'))
    (folder / "manifest.json").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        Bundle.load(folder)


def test_whatever_bit_is_turned_in_the_manifest_no_other_error_comes_out(folder: Path) -> None:
    data = (folder / "manifest.json").read_bytes()
    for place in range(0, len(data), 3):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        (folder / "manifest.json").write_bytes(changed)
        try:
            Bundle.load(folder)
        except BundleError as error:
            assert str(folder) in str(error)  # noqa: PT017 (either outcome is looked at)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_with_words(folder: Path, name: str) -> None:
    (folder / name).unlink()
    words = "it has no manifest.json" if name == "manifest.json" else f"{name} is missing"
    with pytest.raises(BundleError, match=words):
        Bundle.load(folder)


@pytest.mark.parametrize("text", ["[]", "3", "null", "{}", '{"format": "webapp"}', '"foretaste-bundle"'])
def test_foreign_json_is_refused_with_words(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match="is not a foretaste bundle"):
        Bundle.load(folder)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{}", b"user,item\n"])
def test_a_manifest_that_is_not_json_is_refused_with_words(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        Bundle.load(folder)


@pytest.mark.parametrize("found", [2, 99, "1", None, 1.0, 0, -1, True])
def test_another_format_version_is_refused_with_words(folder: Path, found: object) -> None:
    rewrite(folder, lambda m: m.update(format_version=found))
    with pytest.raises(BundleError, match=f"format version {found}, this foretaste reads up to 1") as caught:
        Bundle.load(folder)
    newer = "install a newer foretaste"
    assert caught.value.hint == (newer if found in (2, 99) else "no foretaste has written that: train it again")


@pytest.mark.parametrize("model", ["mult_vaé", None, 3, ["autorec"], {}])
def test_an_unknown_model_is_refused_with_words(folder: Path, model: object) -> None:
    rewrite(folder, lambda m: m.update(model=model))
    with pytest.raises(BundleError, match="this foretaste has no model"):
        Bundle.load(folder)


@pytest.mark.parametrize("files", [{}, None, 5, [], {"../../etc/passwd": "0"}, {"arrays.safetensors": "0"}])
def test_a_manifest_that_names_other_files_is_refused_with_words(folder: Path, files: object) -> None:
    rewrite(folder, lambda m: m.update(files=files))
    with pytest.raises(BundleError, match=r"manifest\.json does not name the files of a bundle"):
        Bundle.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["params"].update(widths=[9]),
        lambda m: m["params"].update(widths="wide"),
        lambda m: m["params"].update(depth=3),
        lambda m: m.update(params=3),
        lambda m: m.update(scale=[1]),
        lambda m: m.update(scale=[5, 1]),
        lambda m: m.update(scale="15"),
        lambda m: m.update(scale=["1", "5"]),
        lambda m: m.update(scale=[True, 5]),
        lambda m: m.update(scale=[float("nan"), 5]),
        lambda m: m.update(scale=[0.5, float("inf")]),
        lambda m: m.update(scale=None),
        lambda m: m.update(model="biased_mf"),
        lambda m: m.pop("params"),
    ],
)
def test_a_manifest_that_does_not_fit_the_arrays_is_refused_with_words(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(folder, change)
    with pytest.raises(BundleError, match=r"is damaged|are incomplete") as caught:
        Bundle.load(folder)
    assert str(caught.value).startswith(f"{folder}: ")


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_pickle_is_refused_and_not_run(folder: Path, tmp_path: Path, name: str) -> None:
    data = pickle.dumps(Bomb(tmp_path / "boom"))
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"{name} is damaged"):
        Bundle.load(folder)
    replace_file(folder, name, data)
    with pytest.raises(BundleError, match="the bundle is damaged"):
        Bundle.load(folder)
    assert not (tmp_path / "boom").exists()
    pickle.loads(data)
    assert (tmp_path / "boom").exists()  # it would have gone off


@pytest.mark.parametrize("items", [39, 41])
def test_a_catalogue_of_another_length_is_refused_with_words(folder: Path, items: int) -> None:
    ids = json.dumps(Catalog(np.arange(items)).to_json()).encode()
    replace_file(folder, "catalog.json", ids)
    with pytest.raises(BundleError, match=f"{items} items in the catalogue for a model of 40"):
        Bundle.load(folder)


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        ({}, "no list of integer or string item ids"),
        ([], "damaged"),
        ({"item_ids": [1, "a"]}, "no list of integer or string item ids"),
        ({"item_ids": [1, 1]}, "an item id stands twice"),
        ({"item_ids": [2**70]}, "damaged"),
        ({"item_ids": [1, 2], "titles": ["one"]}, "1 titles for 2 items"),
        ({"item_ids": [1], "titles": "x"}, "titles are not a list of strings"),
        ({"item_ids": [1], "genres": ["x"]}, "genres are not a list of lists"),
    ],
)
def test_a_catalogue_that_is_wrong_is_refused_with_words(folder: Path, catalog: object, words: str) -> None:
    replace_file(folder, "catalog.json", json.dumps(catalog).encode())
    with pytest.raises(BundleError, match=words):
        Bundle.load(folder)


@pytest.mark.parametrize("name", ["decoder", "n_items_", "order.count", "order.rule"])
def test_arrays_that_do_not_fit_are_refused_with_words(folder: Path, name: str, tmp_path: Path) -> None:
    arrays = load_file(folder / "arrays.safetensors")
    arrays[name] = np.ascontiguousarray(arrays[name][:-1])
    save_file(arrays, tmp_path / "changed")
    replace_file(folder, "arrays.safetensors", (tmp_path / "changed").read_bytes())
    with pytest.raises(BundleError, match=r"is damaged|incomplete"):
        Bundle.load(folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("n_items_", lambda _: np.array([np.inf])),
        ("n_items_", lambda _: np.array([-40])),
        ("decoder", lambda a: a * np.float32(np.nan)),
        ("decoder", lambda a: a.astype(np.int32)),
        ("encoder", lambda a: a.astype(bool)),
        ("scale_", lambda a: a[::-1]),
        ("order.count", lambda a: a - 1e6),
        ("order.count", lambda a: a[0]),
        ("order.count", lambda a: a[:, None]),
        ("order.rule", lambda a: a[0]),
        ("order.rule", lambda a: np.append(a, 1.0)),
        ("order.rule", lambda a: a * np.inf),
        ("scale_", lambda a: a[0]),
        ("n_items_", lambda a: a[0]),
        ("encoder", lambda a: a.astype(np.float64) + 1e200),
        ("order.rule", lambda a: -np.abs(a)),
    ],
)
def test_arrays_that_nobody_has_learnt_are_refused_with_words(
    folder: Path, tmp_path: Path, name: str, change: Callable[[Any], Any]
) -> None:
    arrays = load_file(folder / "arrays.safetensors")
    arrays[name] = np.array(change(arrays[name]), order="C")
    save_file(arrays, tmp_path / "changed")
    replace_file(folder, "arrays.safetensors", (tmp_path / "changed").read_bytes())
    with pytest.raises(BundleError, match=r"is damaged|incomplete") as caught:
        Bundle.load(folder)
    assert str(folder) in str(caught.value)


def test_json_nested_without_end_is_refused_with_words(folder: Path) -> None:
    deep = b"[" * 100_000
    replace_file(folder, "catalog.json", deep)
    with pytest.raises(BundleError, match="the bundle is damaged"):
        Bundle.load(folder)
    rewrite(folder, lambda m: m.update(deeper=0))
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    for depth in range(600, 1000, 10):  # where reading still goes and writing no longer does
        (folder / "manifest.json").write_text(text.replace('"deeper": 0', f'"deeper": {"[" * depth}{"]" * depth}'))
        with pytest.raises(BundleError, match=r"damaged"):
            Bundle.load(folder)
    (folder / "manifest.json").write_bytes(deep)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        Bundle.load(folder)


def test_wide_catalogues_are_scored_in_small_blocks(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = bundle.rows(WORLD.ratings)
    whole = [row for _, r, _ in bundle.rank_many(rows, 5) for row in r.cols.tolist()]
    monkeypatch.setattr(module, "BLOCK_BYTES", 40 * 4 * 9)
    assert [start for start, _, _ in bundle.rank_many(rows, 5)] == list(range(0, 60, 9))
    monkeypatch.setattr(module, "BLOCK_BYTES", 1)
    blocks = [r.cols.tolist() for _, r, _ in bundle.rank_many(rows, 5)]
    assert len(blocks) == 60
    assert [row for block in blocks for row in block] == whole


# A pair


def test_the_list_of_a_pair_is_sorted_by_one_head_and_shows_the_stars_of_the_other(tmp_path: Path) -> None:
    pair = TwoHeads(ranker="ease", rater="bias", settings=("ranker.l2=5",), stars=0.0).fit(X)
    made = Bundle(pair, WORLD.catalog, Order.of(X, 0.1), SCALE)
    again = Bundle.load(made.save(tmp_path / "pair"))
    stars = Bias().fit(X).score(X)
    for bundle in (made, again):
        ranking, predicted = bundle.rank_rows(X, 39)
        np.testing.assert_array_equal(ranking.cols, rank(pair.appeal(X), X, 39).cols)
        listed = ranking.cols >= 0
        assert not listed.all()
        by = np.take_along_axis(RankerAlone(pair).appeal(X), np.maximum(ranking.cols, 0), axis=1)
        likes = listed[:, 1:] & (np.diff(pair.likes(X).indptr) > 0)[:, None]  # who likes nothing gets the other's order
        assert (np.diff(by, axis=1)[likes] < 1e-6).all()
        rows = np.broadcast_to(np.arange(len(ranking))[:, None], listed.shape)
        np.testing.assert_array_equal(predicted[listed], stars[rows[listed], ranking.cols[listed]])
        answer = bundle.recommend(MINE, 5)
        row, _ = bundle.row(MINE)
        assert [line.predicted for line in answer.items] == [
            float(pair.score(row)[0, WORLD.catalog.column(line.item_id)]) for line in answer.items
        ]
        assert [line.predicted for line in answer.items] != sorted(
            (line.predicted for line in answer.items), reverse=True
        )
        assert bundle.predict(MINE, [5])[5] == float(Bias().fit(X).score(row)[0, WORLD.catalog.column(5)])


@pytest.fixture
def liked() -> Bundle:
    """Return a bundle that learnt from likes, ratings of at least 4, of the world."""
    model = Ease(l2=1.0).fit(user_item_matrix(as_clicks(WORLD.ratings, 4), WORLD.catalog))
    return Bundle(model, WORLD.catalog, None, SCALE, {}, 4.0)


def test_where_likes_are_clicks_only_likes_count_and_all_that_is_rated_is_left_out(
    liked: Bundle, tmp_path: Path
) -> None:
    again = Bundle.load(liked.save(tmp_path / "b"))
    assert (again.like, again.scale) == (4.0, SCALE)
    for bundle in (liked, again):
        low = bundle.recommend({1: 5.0, 20: 4.0, 7: 0.5}, 37)
        without = bundle.recommend({1: 4.0, 20: 5.0}, 38)
        assert {item.item_id for item in without.items} - {item.item_id for item in low.items} == {7}
        scores = {item.item_id: item.score for item in without.items}
        assert all(item.score == scores[item.item_id] for item in low.items)
        assert bundle.predict({1: 5.0, 7: 0.5}, [3]) == bundle.predict({1: 4.5}, [3])
    with pytest.raises(InputError, match=r"is 6, expected 0\.5 to 5"):
        liked.recommend({1: 6.0})


def test_clicks_given_to_a_bundle_of_likes_are_likes(liked: Bundle) -> None:
    clicks, _ = liked.rows(Ratings.from_arrays([1, 1], [1, 20]))
    rated, _ = liked.rows(Ratings.from_arrays([1, 1], [1, 20], [5.0, 4.0]))
    np.testing.assert_array_equal(liked.shown(clicks).toarray(), liked.shown(rated).toarray())
    assert liked.shown(clicks).data.tolist() == [1, 1]


def test_a_click_is_a_click_whatever_stands_beside_it() -> None:
    model = Ease(l2=1.0).fit(user_item_matrix(as_clicks(WORLD.ratings), WORLD.catalog))
    bundle = Bundle(model, WORLD.catalog, None, (1.0, 1.0))
    assert bundle.recommend({1: 1.0}) == bundle.recommend({1: 5.0})
    with pytest.raises(InputError, match=r"expected -3\.40282e"):
        bundle.recommend({1: float("inf")})


# Intervals.


@pytest.fixture(scope="module")
def sure(bundle: Bundle) -> Bundle:
    """The same bundle with a calibration on ratings of which those of well known items are easier to predict."""
    rng = np.random.default_rng(0)
    given, known, middle = rng.integers(1, 30, 4000), rng.integers(0, 60, 4000), rng.uniform(1, 5, 4000)
    actual = np.clip(middle + rng.normal(0, 1, 4000) * np.sqrt(0.1 + 4 / (known + 1)), *SCALE)
    calibration = fit_calibration(Residuals(actual, middle, given, known), scale=SCALE)
    return replace(bundle, calibration=calibration)


def test_a_list_has_intervals_when_they_are_asked_for(bundle: Bundle, sure: Bundle) -> None:
    plain, answer = sure.recommend(MINE, 10), sure.recommend(MINE, 10, level=0.9)
    assert plain.items == bundle.recommend(MINE, 10).items
    assert all((line.low, line.high) == (None, None) for line in plain.items)
    assert [replace(line, low=None, high=None) for line in answer.items] == plain.items
    assert sure.calibration is not None
    for line in answer.items:
        ends = sure.calibration.interval(line.predicted, len(MINE), line.n_ratings, 0.9)  # type: ignore[arg-type]
        assert (line.low, line.high) == pytest.approx(ends, abs=1e-5)
        assert SCALE[0] <= line.low <= line.predicted <= line.high <= SCALE[1]  # type: ignore[operator]


def test_sure_sorts_by_the_lower_ends_of_all_items(sure: Bundle) -> None:
    answer = sure.recommend(MINE, 40, sure=True)
    assert answer.items == sure.recommend(MINE, 40, sure=True, level=0.8).items
    assert len(answer.items) == 40 - len(MINE)
    found = sure.predict_intervals(MINE, [line.item_id for line in answer.items])
    assert [line.low for line in answer.items] == sorted((line.low for line in answer.items), reverse=True)
    assert [line.score for line in answer.items] == sorted((line.score for line in answer.items), reverse=True)
    for line in answer.items:
        assert found[line.item_id] == pytest.approx((line.predicted, line.low, line.high), abs=1e-5)
        assert line.low == pytest.approx(max(line.score, SCALE[0]), abs=1e-5)
    raw = [line.predicted for line in answer.items]
    assert raw != sorted(raw, reverse=True)  # type: ignore[type-var]
    assert sure.recommend(MINE, 5, sure=True).items == answer.items[:5]


def test_a_higher_level_is_wider(sure: Bundle) -> None:
    ends = [sure.predict_intervals(MINE, [2, 3, 4], level) for level in (0.5, 0.8, 0.99)]
    for narrow, wide in itertools.pairwise(ends):
        assert all(wide[i].low <= narrow[i].low and narrow[i].high <= wide[i].high for i in (2, 3, 4))
        assert all(wide[i].high - wide[i].low > narrow[i].high - narrow[i].low for i in (2, 3, 4))
    assert {i: line.value for i, line in ends[0].items()} == sure.predict(MINE, [2, 3, 4])
    assert sure.predict_intervals(MINE, [999]) == {}


def test_many_people_get_the_intervals_of_each(sure: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 25)
    monkeypatch.setattr(module, "SLICE", 100)
    for start, ranking, predicted in sure.rank_many(X, 6, level=0.7, sure=True):
        block = X[start : start + len(ranking)]
        ends = sure.ends(block, ranking, predicted, 0.7)
        for row in (0, len(ranking) - 1):
            person = block[row : row + 1]
            ratings = dict(zip((person.indices + 1).tolist(), person.data.tolist(), strict=True))
            alone = sure.recommend(ratings, 6, sure=True, level=0.7).items
            together = sure.lines(ranking, predicted, row, ends)
            assert [line.item_id for line in together] == [line.item_id for line in alone]
            for name in ("low", "high", "score", "predicted"):
                np.testing.assert_allclose(
                    [getattr(line, name) for line in together], [getattr(line, name) for line in alone], atol=1e-5
                )


def test_without_a_calibration_there_are_no_intervals_and_it_says_why(bundle: Bundle) -> None:
    clicks = Bundle(Popularity().fit(X), WORLD.catalog, None, SCALE)
    cases = [
        (bundle, "the bundle has no calibration", "train it again: foretaste train DATA --out FOLDER"),
        (clicks, "popularity predicts no ratings", "train a rating model, or a pair: --model two_heads"),
    ]
    for made, words, hint in cases:
        for ask in (
            lambda b: b.recommend(MINE, sure=True),
            lambda b: b.recommend(MINE, level=0.8),
            lambda b: b.predict_intervals(MINE, [2]),
        ):
            with pytest.raises(InputError, match=f"{words}, so there are no intervals") as caught:
                ask(made)
            assert caught.value.hint == hint


@pytest.mark.parametrize("level", [0.3, 1.0, 80.0])
def test_a_level_out_of_range_is_refused_with_words(sure: Bundle, level: float) -> None:
    with pytest.raises(ParamsError, match=rf"level is {level:g}, expected 0\.5 to 0\.99"):
        sure.recommend(MINE, level=level)


def test_a_pair_takes_the_stars_of_its_rater(sure: Bundle) -> None:
    pair = TwoHeads(ranker="ease", rater="bias", settings=("ranker.l2=5",), stars=0.0).fit(X)
    made = Bundle(pair, WORLD.catalog, Order.of(X, 0.1), SCALE, calibration=sure.calibration)
    rater = Bundle(pair.rater_, WORLD.catalog, Order.of(X, 0.1), SCALE, calibration=sure.calibration)
    assert made.recommend(MINE, 9, sure=True).items == rater.recommend(MINE, 9, sure=True).items
    usual, between = made.recommend(MINE, 9).items, made.recommend(MINE, 9, level=0.8).items
    assert [line.item_id for line in between] == [line.item_id for line in usual]
    ends = rater.predict_intervals(MINE, [line.item_id for line in usual])
    assert [(line.low, line.high) for line in between] == [ends[line.item_id][1:] for line in usual]
