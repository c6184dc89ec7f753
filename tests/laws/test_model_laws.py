"""What every model obeys. Nothing is caught; the only exceptions are those that a class declares itself."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse

from foretaste import memory
from foretaste.arrays import as_csr, row_of, with_values
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.data.checkerboard import make_checkerboard
from foretaste.errors import BundleError, InputError, NotFittedError, ParamsError, ResourceError, ShapeError
from foretaste.models import MODELS, Recommender
from foretaste.models.base import COUNT
from foretaste.ranking import rank
from foretaste.training.watch import Watch

QUICK: dict[str, dict[str, object]] = {
    "autorec": {"widths": (8,), "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "biased_mf": {"latent": 3, "epochs": 3},
    "blend": {
        "members": ("bias", "biased_mf"),
        "settings": ("biased_mf.latent=3", "biased_mf.epochs=3"),
        "penalty": 1000.0,
    },
    "elsa": {"latent": 3, "epochs": 4},
    "ials": {"latent": 3, "epochs": 4},
    "item_autorec": {"widths": (8,), "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "item_ridge": {"latent": 3, "epochs": 4},
    "item_sparse_fc": {"widths": (8,), "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "mult_dae": {"widths": (8,), "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "mult_vae": {"widths": (8,), "latent": 4, "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "rank_blend": {"members": ("ials", "ease"), "settings": ("ials.latent=3", "ials.epochs=3")},
    "rec_vae": {"widths": (8, 8), "latent": 4, "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "ridge": {"latent": 3, "epochs": 4},
    "sparse_fc": {"widths": (8,), "epochs": 3, "batch_size": 16, "learning_rate": 0.01},
    "two_heads": {"ranker": "ease", "rater": "biased_mf", "settings": ("rater.latent=3", "rater.epochs=3")},
    "two_sided_ridge": {"latent": 3, "epochs": 4},
}
"""For speed; a model that is not here runs with its defaults."""
TASTE: dict[str, dict[str, object]] = {
    "autorec": {"widths": (64,), "learning_rate": 0.01},
    "item_autorec": {"widths": (64,), "learning_rate": 0.01},
    "item_sparse_fc": {"widths": (64,), "learning_rate": 0.01},
    "rec_vae": {"widths": (64, 64)},
    "sparse_fc": {"widths": (64,), "learning_rate": 0.01},
}
"""To learn the checkerboard in a second or two; a model that is not here learns it with its defaults."""
ROWS, ITEMS, EMPTY_ROW, EMPTY_ITEM = 40, 17, 6, 9

every_model = pytest.mark.parametrize("name", MODELS)
every_rating_model = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if kind.task == "rating"])
every_ranking_model = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if kind.task == "ranking"])
every_personal_model = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if kind.personal])
every_open_model = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if not kind.known_rows])
every_open_personal_model = pytest.mark.parametrize(
    "name", [n for n, kind in MODELS.items() if kind.personal and not kind.known_rows]
)
every_model_of_known_rows = pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if kind.known_rows])


def make(name: str, **settings: object) -> Recommender[Any]:
    return MODELS[name](**(QUICK.get(name, {}) | settings))


def matrix(seed: int = 0, rows: int = ROWS, items: int = ITEMS) -> sparse.csr_array:
    """Return ratings 0 to 5, zeros stored; row 6 and item 9 are empty where there are so many."""
    rng = np.random.default_rng(seed)
    stored = rng.random((rows, items)) < 0.4
    stored[EMPTY_ROW:][:1], stored[:, EMPTY_ITEM:][:, :1] = False, False
    row, col = np.nonzero(stored)
    return as_csr(sparse.csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(rows, items)))


X, NEW = matrix(), matrix(seed=1, rows=9)
FITTED: dict[str, Recommender[Any]] = {}


def fitted(name: str) -> Recommender[Any]:
    """Return the model fitted on X; tests only read it."""
    if name not in FITTED:
        FITTED[name] = make(name).fit(X)
    return FITTED[name]


def asked(name: str) -> sparse.csr_array:
    """Return rows that a model fitted on X has not met; where it scores no others, some that it has."""
    return X[EMPTY_ROW - 3 :][:9] if MODELS[name].known_rows else NEW


def close(found: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_the_laws_are_about_all_models() -> None:
    assert len(MODELS) >= 5
    assert set(QUICK) | set(TASTE) <= set(MODELS)


@every_model
def test_scores_are_float32_finite_and_one_for_each_cell(name: str) -> None:
    for rows in (X, asked(name)):
        scores = fitted(name).score(rows)
        assert scores.shape == rows.shape
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()


@every_model
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    np.testing.assert_array_equal(make(name).fit(X).score(asked(name)), fitted(name).score(asked(name)))


@every_model
def test_another_seed_gives_other_scores_where_there_is_one(name: str) -> None:
    if not hasattr(make(name).params, "seed"):
        np.testing.assert_array_equal(make(name).fit(X).score(X), fitted(name).score(X))
        return
    for seed in (1, 2**32 + 1, 2**62):
        assert not np.array_equal(make(name, seed=seed).fit(X).score(X), fitted(name).score(X))


@every_model
def test_fitting_draws_nothing_from_the_global_generators(name: str) -> None:
    before, torches = np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002 (it is what is tested)
    make(name).fit(X).score(X)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torches)


@every_model
def test_fitting_again_is_fitting_afresh(name: str) -> None:
    model = make(name).fit(matrix(seed=5, rows=12, items=23))
    np.testing.assert_array_equal(model.fit(X).score(asked(name)), fitted(name).score(asked(name)))
    assert model.n_items_ == ITEMS


@every_model
def test_fit_returns_the_model(name: str) -> None:
    model = make(name)
    assert model.fit(X) is model


@every_model
def test_scoring_changes_nothing(name: str) -> None:
    model, rows = make(name).fit(X), asked(name)
    before = {k: v.copy() for k, v in model.arrays().items()}
    first = model.score(rows)
    first += 1
    model.predict(rows, [0], [0])[:] = 7
    np.testing.assert_array_equal(model.score(rows) + 1, first)
    for key, value in model.arrays().items():
        np.testing.assert_array_equal(value, before[key])


@every_model
def test_the_order_of_the_rows_makes_no_difference(name: str) -> None:
    order = np.random.default_rng(3).permutation(ROWS)
    close(fitted(name).score(X[order]), fitted(name).score(X)[order])


@every_model
def test_scoring_in_batches_makes_no_difference(name: str) -> None:
    whole = fitted(name).score(X)
    for size in (1, 7, ROWS):
        parts = [fitted(name).score(X[start : start + size]) for start in range(0, ROWS, size)]
        close(np.concatenate(parts), whole)


@every_model
def test_scoring_in_threads_makes_no_difference(name: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(fitted(name).score, [X] * 16):
            np.testing.assert_array_equal(found, fitted(name).score(X))


@every_model
def test_predictions_are_the_scores_of_chosen_cells(name: str) -> None:
    rng = np.random.default_rng(2)
    rows, cols = rng.integers(0, ROWS, 300), rng.integers(0, ITEMS, 300)  # some twice, in no order, seen and unseen
    found = fitted(name).predict(X, rows, cols)
    assert found.dtype == np.float32
    close(found, fitted(name).score(X)[rows, cols])


@every_open_model
def test_a_row_never_seen_in_training_is_scored(name: str) -> None:
    """Rows are people: it makes no difference whether the model has met this one, so nothing is looked up."""
    alone = fitted(name).score(NEW[:1])
    close(alone, fitted(name).score(sparse.vstack([NEW[:1], X], format="csr"))[:1])


@every_model_of_known_rows
def test_a_row_never_seen_in_training_is_refused_with_words_where_rows_are_known(name: str) -> None:
    """One rating more, one less or another one is another row; who has rated nothing is nobody, and is scored."""
    more, less, other = X[:3].tolil(), X[:3].tolil(), with_values(X[:3], np.append(X[:3].data[:-1], np.float32(4.5)))
    more[1, int(np.flatnonzero(X[[1]].toarray()[0] == 0)[0])], less[1, X[[1]].indices[0]] = 2.5, 0
    for rows in (NEW, more, less, other):
        for call in (fitted(name).score, lambda M: fitted(name).predict(M, [0], [0])):
            with pytest.raises(
                InputError, match=f"is nobody that this {name} was fitted on, and it knows nobody else"
            ) as caught:
                call(sparse.csr_array(rows))
            assert "train a model that reads any row" in (caught.value.hint or "")


@every_model
def test_people_can_be_recognised_by_what_they_have_rated_since(name: str) -> None:
    """Who scores any row has nothing to learn from it; who knows rows scores the same people by their longer rows too."""
    model, longer = (
        make(name).fit(X),
        sparse.csr_array(X + sparse.csr_array(([3.0], ([2], [EMPTY_ITEM])), shape=X.shape)),
    )
    before = model.score(X)
    model.recognise(longer)
    np.testing.assert_array_equal(model.score(X), before)
    if MODELS[name].known_rows:
        np.testing.assert_array_equal(model.score(longer), before)
        again = type(model).from_arrays(model.params, model.arrays())
        np.testing.assert_array_equal(again.score(longer), before)
        with pytest.raises(ShapeError, match="the matrix has 3 rows, expected 40: the people of fit, in order"):
            model.recognise(X[:3])


@every_model
def test_an_empty_row_and_an_empty_item_are_scored(name: str) -> None:
    scores = fitted(name).score(X)
    close(fitted(name).score(sparse.csr_array((1, ITEMS)))[0], scores[EMPTY_ROW])
    assert np.isfinite(scores[:, EMPTY_ITEM]).all()


@every_model
@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (3, 4)], ids=str)
def test_a_single_rating_is_enough_to_fit(name: str, shape: tuple[int, int]) -> None:
    one = sparse.csr_array(([4.0], ([0], [0])), shape=shape)
    scores = make(name).fit(one).score(one)
    assert scores.shape == shape
    assert np.isfinite(scores).all()
    if MODELS[name].task == "rating":
        assert (scores == 4).all()


@every_model
def test_a_single_user_is_enough_to_fit(name: str) -> None:
    rows = NEW[:1] if MODELS[name].known_rows else X
    assert np.isfinite(make(name).fit(NEW[:1]).score(rows)).all()


@every_model
def test_fitting_leaves_the_input_untouched(name: str) -> None:
    mine = X.copy()
    for array in (mine.data, mine.indices, mine.indptr):
        array.flags.writeable = False
    np.testing.assert_array_equal(make(name).fit(mine).score(mine), fitted(name).score(X))
    np.testing.assert_array_equal(fitted(name).predict(mine, [0], [1]), fitted(name).predict(X, [0], [1]))


@every_model
def test_any_sparse_form_is_accepted(name: str) -> None:
    wide = X.copy()
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    unsorted = sparse.csr_array((X[:, ::-1].data, X[:, ::-1].indices, X.indptr), shape=X.shape)[:, ::-1]
    forms = [wide, unsorted, X.tocsc(), X.tocoo(), sparse.csr_matrix(X), sparse.csr_array(X, dtype=np.int16),
             X.astype(np.float64)]  # fmt: skip
    wanted = fitted(name).score(X)
    for form in forms:
        kept = form.indices.copy() if hasattr(form, "indices") else None
        np.testing.assert_array_equal(make(name).fit(form).score(form), wanted)
        assert kept is None or np.array_equal(form.indices, kept)


@every_model
def test_a_dense_matrix_is_refused_with_words(name: str) -> None:
    for call in (make(name).fit, fitted(name).score):
        with pytest.raises(ShapeError, match="expected a scipy sparse matrix of users x items, got ndarray") as caught:
            call(X.toarray())
        assert "store only the ratings that exist" in (caught.value.hint or "")


@every_model
def test_a_matrix_without_ratings_is_refused_with_words(name: str) -> None:
    with pytest.raises(ShapeError, match="nothing to learn from: the matrix of 4 x 3 has no ratings"):
        make(name).fit(sparse.csr_array((4, 3)))


@every_model
@pytest.mark.parametrize("items", [ITEMS - 1, ITEMS + 1])
def test_another_width_is_refused_with_words(name: str, items: int) -> None:
    other = matrix(rows=3, items=items)
    for call in (fitted(name).score, lambda M: fitted(name).predict(M, [0], [0])):
        with pytest.raises(ShapeError, match=f"the matrix has {items} columns, expected {ITEMS} as in fit"):
            call(other)


@every_model
def test_before_fit_everything_is_refused_with_words(name: str) -> None:
    model = make(name)
    for call in (lambda: model.score(X), lambda: model.predict(X, [0], [0]), model.arrays):
        with pytest.raises(NotFittedError, match=f"{type(model).__name__} is not fitted") as caught:
            call()
        assert caught.value.hint == "call fit(X) first"


@every_rating_model
def test_rating_models_stay_inside_the_scale(name: str) -> None:
    extreme = sparse.csr_array(np.full((1, ITEMS), 5.0))
    for rows in (X, asked(name), *([] if MODELS[name].known_rows else [extreme])):
        scores = fitted(name).score(rows)
        assert scores.min() >= 0
        assert scores.max() <= 5
    assert fitted(name).scale_.tolist() == [0, 5]


@every_model
def test_a_stored_zero_is_an_observation(name: str) -> None:
    assert (X.data == 0).sum() > 20
    without = sparse.csr_array(X)
    without.data, without.indices, without.indptr = X.data.copy(), X.indices.copy(), X.indptr.copy()
    without.eliminate_zeros()
    assert not np.allclose(make(name).fit(without).score(without), fitted(name).score(X), atol=1e-3)


@every_open_personal_model
def test_a_stored_zero_in_a_row_says_something(name: str) -> None:
    zero = sparse.csr_array(([0.0], ([0], [2])), shape=(1, ITEMS))
    assert not np.allclose(fitted(name).score(zero), fitted(name).score(sparse.csr_array((1, ITEMS))), atol=1e-4)


@every_rating_model
@pytest.mark.parametrize(("factor", "shift"), [(20.0, 0.0), (0.01, 0.0), (4.0, -10.0)])
def test_the_unit_of_the_ratings_makes_no_difference(name: str, factor: float, shift: float) -> None:
    """Stars, points from 0 to 100 or -10 to 10: what is predicted is the same, in that unit."""
    moved, new = (with_values(M, M.data * np.float32(factor) + np.float32(shift)) for M in (X, asked(name)))
    found = make(name).fit(moved).score(new)
    np.testing.assert_allclose((found - shift) / factor, fitted(name).score(asked(name)), atol=2e-3)


@every_model
def test_arrays_are_all_that_a_model_is(name: str) -> None:
    model = fitted(name)
    again = type(model).from_arrays(model.params, model.arrays())
    np.testing.assert_array_equal(again.score(asked(name)), model.score(asked(name)))
    assert set(again.arrays()) == set(model.arrays())
    for key, value in again.arrays().items():
        np.testing.assert_array_equal(value, model.arrays()[key])


@every_model
def test_arrays_that_do_not_fit_are_refused_with_words(name: str) -> None:
    model = fitted(name)
    for key, value in model.arrays().items():
        rest = {k: v for k, v in model.arrays().items() if k != key}
        if key.rpartition(".")[2] != COUNT or name == "popularity":  # older bundles have none
            with pytest.raises(BundleError, match=f"the arrays of {name} are incomplete"):
                type(model).from_arrays(model.params, rest)
        with pytest.raises(BundleError, match=f"the arrays of {name} are incomplete"):
            type(model).from_arrays(model.params, rest | {key: value[:-1]})


@every_model
def test_the_forecast_counts_everything_that_is_learnt(name: str) -> None:
    learnt = {k: v for k, v in fitted(name).arrays().items() if k not in {"n_items_", "scale_"}}
    model = make(name)
    most = model.n_parameters(ITEMS, ROWS)  # a pair's ranker learns nothing of items that nobody likes
    assert most == sum(v.size for v in learnt.values()) or (
        model.arranges and most > sum(v.size for v in learnt.values())
    )
    forecast = model.forecast(X)
    assert forecast.parameters == sum(v.nbytes for v in learnt.values())
    assert forecast.ratings == X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    assert forecast.total >= model.forecast(X, measured=False).total
    with pytest.raises(NotFittedError):
        model.score(X)  # nothing was made


@every_model
def test_what_does_not_fit_into_memory_is_refused_before_anything_is_made(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make(name)
    monkeypatch.setattr(type(model), "_fit", lambda *_: pytest.fail("begun"))
    for function, words in (("total_memory", "this machine has 0\\.0 GB"), ("free_memory", "only 0\\.0 GB are free")):
        with monkeypatch.context() as patch:
            patch.setattr(memory, function, lambda **_: 99)
            with pytest.raises(ResourceError, match=words) as caught:
                model.fit(X)
        assert str(caught.value).startswith(
            f"{type(model).__name__} of {ROWS} users x {ITEMS} items needs about 0.0 GB ("
        )
        assert str(caught.value.hint).startswith(model.smaller)


@every_model
def test_a_checkpoint_is_kept_or_refused_with_words(name: str, tmp_path: Path) -> None:
    watch = Watch(checkpoint=tmp_path / "run")
    if MODELS[name].resumes:
        make(name).fit(X, watch=watch)
        assert (tmp_path / "run").is_file()
        return
    with pytest.raises(ParamsError, match=f"{name} keeps no checkpoint: it is fitted anew\nhint: leave checkpoint out"):
        make(name).fit(X, watch=watch)


@every_model
def test_a_saved_bundle_gives_equal_scores(name: str, tmp_path: Path) -> None:
    model, rows = fitted(name), asked(name)
    catalog = Catalog(np.arange(100, 100 + ITEMS))
    loaded = Bundle.load(Bundle(model, catalog, None, (0.0, 5.0)).save(tmp_path / "b")).model
    assert loaded.params == model.params
    np.testing.assert_array_equal(loaded.score(rows), model.score(rows))
    np.testing.assert_array_equal(loaded.predict(rows, [1, 0], [2, 3]), model.predict(rows, [1, 0], [2, 3]))


@every_model
def test_a_loaded_model_can_be_asked_how_to_refit(name: str) -> None:
    """How it went is not saved, so there is no point to stop at: the settings are the same."""
    model = fitted(name)
    again = type(model).from_arrays(model.params, model.arrays())
    assert again.refit_params() == model.params


@every_model
def test_settings_are_frozen(name: str) -> None:
    for field in vars(make(name).params):
        with pytest.raises(FrozenInstanceError):
            setattr(make(name).params, field, 1)


@every_personal_model
@pytest.mark.parametrize("seed", [0, 1])
def test_the_checkerboards_withheld_item_comes_first(name: str, seed: int) -> None:
    """Taste is all there is to learn, and everybody's list begins with their own colour."""
    board = make_checkerboard(40, 20, unseen=3, likes_only=MODELS[name].task == "ranking", seed=seed)
    model = MODELS[name](**TASTE.get(name, {})).fit(board.seen)
    first = rank(model.score(board.seen), board.seen, 1).cols[:, 0]
    np.testing.assert_array_equal(first, board.withheld)


@every_open_personal_model
def test_the_checkerboard_for_people_who_were_not_there(name: str) -> None:
    """Rows of the other world are new people; the two colours are the same."""
    board, other = make_checkerboard(60, 20, unseen=3, seed=0), make_checkerboard(10, 20, unseen=3, seed=7)
    if MODELS[name].task == "ranking":
        board, other = (make_checkerboard(n, 20, likes_only=True, seed=s) for n, s in ((60, 0), (10, 7)))
    model = MODELS[name](**TASTE.get(name, {})).fit(board.seen)
    first = rank(model.score(other.seen), other.seen, 1).cols[:, 0]
    np.testing.assert_array_equal(first, other.withheld)
    assert len(row_of(other.seen)) == other.seen.nnz
