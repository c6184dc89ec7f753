"""The checks that all models share, on the smallest model there is."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from foretaste.errors import BundleError, InputError, NotFittedError, ParamsError, ShapeError
from foretaste.models import MODELS, AutoRec, Bias, Mean, Popularity, base, model_class
from foretaste.models.baselines import BiasParams
from foretaste.training.watch import Watch

X = sparse.csr_array(np.array([[5.0, 0, 1], [4, 2, 0]]))
EMPTY = sparse.csr_array((0, 3))


def test_settings_come_as_keywords_or_as_params() -> None:
    assert Bias(damping_user=2).params == Bias(BiasParams(damping_user=2.0)).params
    assert repr(Bias(epochs=3)) == "Bias(damping_item=5.0, damping_user=5.0, epochs=3)"


def test_settings_as_params_and_as_keywords_at_once_are_refused() -> None:
    with pytest.raises(ParamsError):
        Bias(BiasParams(), epochs=3)


def test_params_of_another_model_are_refused() -> None:
    with pytest.raises(ParamsError):
        AutoRec(BiasParams())  # type: ignore[arg-type]


def test_help_shows_the_settings_and_their_defaults() -> None:
    assert str(inspect.signature(Bias)).startswith("(params=None, *, damping_item")
    assert inspect.signature(Bias).parameters["epochs"].default == 10
    assert list(inspect.signature(Mean).parameters) == ["params"]


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.ones((2, 2)), "expected a scipy sparse matrix of users x items, got ndarray"),
        ([[1, 2]], "expected a scipy sparse matrix of users x items, got list"),
        (sparse.csr_array((2, 3)), "nothing to learn from: the matrix of 2 x 3 has no ratings"),
        (sparse.csr_array(([np.nan], ([0], [0]))), "holds a value that is not a finite number"),
        (sparse.csr_array(([np.inf], ([0], [0]))), "holds a value that is not a finite number"),
        (sparse.csr_array(([1.0, 2.0], [1, 1], [0, 2]), shape=(1, 2)), "the matrix stores a cell twice"),
        (sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(1, 2)), "the matrix stores a cell twice"),
        (sparse.csc_array(([1.0, 2.0], [0, 0], [0, 2, 2]), shape=(1, 2)), "the matrix stores a cell twice"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_with_words(matrix: object, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        Mean().fit(matrix)


def test_nothing_works_before_fit() -> None:
    for use in (lambda m: m.score(X), lambda m: m.predict(X, [0], [0]), lambda m: m.arrays()):
        with pytest.raises(NotFittedError, match="Mean is not fitted") as caught:
            use(Mean())
        assert caught.value.hint == "call fit(X) first"


def test_a_fit_that_fails_leaves_no_half_fitted_model(tmp_path: Path) -> None:
    broken = tmp_path / "checkpoint"
    broken.write_bytes(b"not one")
    model = AutoRec(widths=[2], epochs=1)
    for matrix, watch in ((sparse.csr_array((2, 3)), None), (X, Watch(checkpoint=broken))):
        with pytest.raises(InputError):
            model.fit(matrix, watch=watch)
        with pytest.raises(NotFittedError, match="AutoRec is not fitted"):
            model.score(X)


def test_another_width_than_in_fit_is_refused_with_words() -> None:
    model = Mean().fit(X)
    for call in (model.score, lambda M: model.predict(M, [0], [0])):
        with pytest.raises(ShapeError, match="the matrix has 4 columns, expected 3 as in fit"):
            call(sparse.csr_array((2, 4)))


@pytest.mark.parametrize("cell", [(-1, 0), (0, -1), (2, 0), (0, 3)])
def test_a_cell_outside_the_matrix_is_refused_with_words(cell: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match="a cell lies outside the 2 x 3 matrix"):
        Mean().fit(X).predict(X, [0, cell[0]], [0, cell[1]])


def test_rows_and_columns_of_different_length_are_refused_with_words() -> None:
    model = Mean().fit(X)
    for rows, cols in (([0, 1], [0]), ([[0]], [[0]]), (0, 0)):
        with pytest.raises(ShapeError, match="must be flat and equally long"):
            model.predict(X, rows, cols)  # type: ignore[arg-type]


def test_no_rows_and_no_cells_are_fine() -> None:
    for name, kind in MODELS.items():
        model = kind(**({"widths": [2], "epochs": 1} if name == "autorec" else {})).fit(X)
        assert model.score(EMPTY).shape == (0, 3)
        assert model.predict(X, np.array([], int), np.array([], int)).shape == (0,)
        assert model.predict(EMPTY, np.array([], int), np.array([], int)).dtype == np.float32


@pytest.mark.parametrize("rows", [1, 2, 7, 100])
def test_predicting_in_blocks_of_rows_changes_nothing(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    many = sparse.csr_array(rng.integers(0, 6, (20, 9)) * (rng.random((20, 9)) < 0.5))
    row, col = rng.integers(0, 20, 200), rng.integers(0, 9, 200)  # in no order, some twice
    model = Bias().fit(many)
    monkeypatch.setattr(base, "ROWS", rows)
    np.testing.assert_allclose(model.predict(many, row, col), model.score(many)[row, col], rtol=1e-6)


def test_a_rating_model_stays_inside_the_scale_it_has_seen_and_a_ranking_model_does_not() -> None:
    kind = Bias(damping_item=0, damping_user=0).fit(X)
    assert kind.scale_.tolist() == [1, 5]
    assert kind.score(sparse.csr_array(([5.0], ([0], [1])), shape=(1, 3))).max() == 5
    many = Popularity().fit(sparse.csr_array(np.ones((9, 2))))
    assert many.score(sparse.csr_array((1, 2))).tolist() == [[9, 9]]


def test_lists_are_sorted_by_scores_unless_a_model_arranges_them() -> None:
    assert {name for name, kind in MODELS.items() if kind.arranges} == {"two_heads"}
    for model in (Bias().fit(X), Popularity().fit(X)):
        np.testing.assert_array_equal(model.appeal(X), model.score(X))
    with pytest.raises(NotFittedError):
        Bias().appeal(X)
    with pytest.raises(ShapeError, match="the matrix has 4 columns, expected 3 as in fit"):
        Bias().fit(X).appeal(sparse.csr_array((2, 4)))


def test_arrays_that_are_incomplete_are_refused_with_words() -> None:
    arrays = Bias().fit(X).arrays()
    del arrays["item_effect_"]
    with pytest.raises(BundleError, match="the arrays of bias are incomplete: 'item_effect_'"):
        Bias.from_arrays(BiasParams(), arrays)


def test_every_model_is_found_by_its_name() -> None:
    assert all(model_class(name) is kind and kind.name == name for name, kind in MODELS.items())
    assert model_class(" Biased-MF ") is MODELS["biased_mf"]


def test_an_unknown_model_offers_the_nearest_name() -> None:
    with pytest.raises(ParamsError, match='there is no model "autorek"') as caught:
        model_class("autorek")
    assert caught.value.hint == 'did you mean "autorec"?'
    assert isinstance(caught.value, InputError)


def test_names_are_sorted_and_say_what_a_model_is() -> None:
    assert list(MODELS) == sorted(MODELS)
    assert {kind.task for kind in MODELS.values()} <= {"rating", "ranking"}
    plain = {"mean", "bias", "popularity", "item_knn", "biased_mf", "cosine_knn", "ials"}
    composed = {"blend", "rank_blend", "two_heads"}  # are what their members are
    assert {name for name, kind in MODELS.items() if kind.autoencoder} == MODELS.keys() - plain - composed
    assert {name for name, kind in MODELS.items() if not kind.personal} == {"mean", "bias", "popularity"}
