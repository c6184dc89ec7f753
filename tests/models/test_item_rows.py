"""Item rows: the inner model on the transposed matrix, and people who are recognised by what their rows hold."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from foretaste import arrays
from foretaste.arrays import as_csr, with_values
from foretaste.errors import InputError, NotFittedError, ShapeError
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.item_rows import ItemRows, find_keys, row_keys, turned
from foretaste.models.linear_output import LinearOutput
from foretaste.training.watch import Progress, Watch

RNG = np.random.default_rng(0)
PEOPLE, ITEMS = 12, 7


@dataclass(frozen=True)
class ToyParams:
    """Settings of `Toy`."""

    damping_item: float = 2.0
    damping_user: float = 3.0
    epochs: int = 3


class Toy(Recommender[ToyParams]):
    """An inner model that learns each column's sum and says for a row (sum, count) . (its sum, 1); three epochs."""

    Params = ToyParams
    name = "toy"
    resumes = True
    smaller = "be content with less"
    fits: ClassVar[list[tuple[ToyParams, tuple[int, int]]]] = []
    code_width = 2

    def _fit(self, X, watch):
        self.fits.append((self.params, X.shape))
        for epoch in range(1, self.params.epochs + 1):
            self.sums_ = (X.sum(0) * epoch).astype(np.float32)
            if watch.measure is not None:
                watch.measure(self)
            if watch.report is not None:
                watch.report(Progress(epoch, self.params.epochs, 1, 1, 0.0, 1.0, 0.0))
        self.stopped_ = "early"

    def linear_output(self, X):
        codes = np.column_stack([X.sum(1), np.diff(X.indptr)]).astype(np.float32)
        decoder = np.column_stack([self.sums_, np.ones(X.shape[1])]).astype(np.float32) / 100
        return LinearOutput(codes, decoder, X.sum(1).astype(np.float32) / 10, self.sums_ / 10)

    def refit_params(self):
        return ToyParams(self.params.damping_item, self.params.damping_user, epochs=2)

    def _forecast(self, X, measured):
        return Forecast(ratings=7, parameters=X.shape[1], optimiser=20, kept=30 * measured, batch=100, scoring=400)


class ItemToy(ItemRows[ToyParams]):
    Params, name, inner = ToyParams, "item_toy", Toy


def matrix(seed: int = 0) -> sparse.csr_array:
    """Return ratings 1 to 5; person 3 has none, item 2 has none, person 8 gave what person 5 gave."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 6, (PEOPLE, ITEMS)) * (rng.random((PEOPLE, ITEMS)) < 0.5)
    dense[3], dense[:, 2] = 0, 0
    dense[0, 0] = dense[1, 1] = 1
    dense[8] = dense[5]
    return as_csr(sparse.csr_array(dense))


X = matrix()


@pytest.fixture
def model() -> ItemToy:
    return ItemToy().fit(X)


def by_hand(at: sparse.csr_array = X) -> np.ndarray:
    """Return the toy's scores of people x items, written out, before clipping."""
    item_sum, n = X.sum(0), np.bincount(X.indices, minlength=ITEMS)
    person_sum = 3 * at.sum(1)
    return (np.outer(person_sum, item_sum) + n) / 100 + item_sum / 10 + person_sum[:, None] / 10


def test_scores_are_the_inner_models_output_turned_round(model):
    wanted = by_hand().clip(1, 5)
    wanted[3] = (X.sum(0) / 10).clip(1, 5)
    np.testing.assert_allclose(model.score(X), wanted, atol=1e-5)
    assert (Toy.fits[-1][1], model.n_items_, model.n_rows_) == ((ITEMS, PEOPLE), ITEMS, PEOPLE)


def test_nobody_is_somebody_of_whom_an_items_own_offset_is_all_there_is_to_say(model):
    alone = model.score(sparse.csr_array((2, ITEMS)))
    np.testing.assert_allclose(alone, np.tile((X.sum(0) / 10).clip(1, 5), (2, 1)), atol=1e-6)
    np.testing.assert_allclose(model.predict(sparse.csr_array((2, ITEMS)), [1], [4]), alone[1, 4])


def test_who_gave_the_same_ratings_is_scored_the_same_as_the_first_of_them(model):
    model.person_ = model.person_.copy()
    model.person_[8] = 99
    np.testing.assert_array_equal(model.score(X[[8]]), model.score(X[[5]]))
    model.person_[5] = 0
    assert not np.allclose(model.score(X[[8]]), by_hand(X[[5]]).clip(1, 5))


def test_a_stranger_is_refused_and_told_which_row_it_is(model):
    rows = sparse.vstack([X[:4], sparse.csr_array(([5.0], ([0], [6])), shape=(1, ITEMS))], format="csr")
    with pytest.raises(InputError) as caught:
        model.score(rows)
    assert str(caught.value) == (
        "row 4, with 1 rating, is nobody that this item_toy was fitted on, and it knows nobody else\n"
        "hint: ask about people of the training data, each with all ratings they have there, or train a model that reads any "
        "row, such as autorec or biased_mf"
    )


def test_people_can_be_recognised_by_longer_rows(model):
    longer = as_csr(X + sparse.csr_array(([4.0], ([0], [2])), shape=X.shape))
    with pytest.raises(InputError, match="row 0, with"):
        model.score(longer)
    wanted = model.score(X)
    for _ in range(2):  # saying it twice adds nothing
        model.recognise(longer)
        np.testing.assert_array_equal(model.score(longer), wanted)
        assert model.key_.shape == (2 * PEOPLE, 2)
    np.testing.assert_array_equal(model.score(X), wanted)
    loaded = ItemToy.from_arrays(model.params, model.arrays())
    np.testing.assert_array_equal(loaded.score(longer), wanted)
    assert ItemToy().fit(X).key_.shape == (PEOPLE, 2)


def test_a_row_is_whose_it_is_now_and_not_whose_it_was(model):
    """Person 1 comes to hold what person 0 held at the fit, and person 0 has rated one thing more."""
    rows = np.arange(PEOPLE)
    rows[1] = 0
    later = as_csr(X[rows] + sparse.csr_array(([4.0], ([0], [2])), shape=X.shape))
    wanted = model.score(X)
    model.recognise(later)
    np.testing.assert_array_equal(model.score(later), wanted)
    np.testing.assert_array_equal(model.score(X)[0], wanted[1])  # a row has one owner, the newest
    loaded = ItemToy.from_arrays(model.params, model.arrays())
    np.testing.assert_array_equal(loaded.score(later), wanted)
    for matrix_ in (X, later, X):  # each is at the front when it was the last, and none is kept twice
        model.recognise(matrix_)
        np.testing.assert_array_equal(model.score(matrix_), wanted)
        assert model.key_.shape == (2 * PEOPLE, 2)


def test_people_of_short_rows_are_not_taken_for_each_other():
    """Up to three ratings of eight things: what one holds at the fit is often what another holds in the end."""
    rng = np.random.default_rng(1)
    whole = np.zeros((400, 8), np.float32)
    for row in whole:
        row[rng.choice(8, rng.integers(1, 4), replace=False)] = rng.integers(4, 6)
    less = whole * (rng.random(whole.shape) < 0.7)
    less[whole.sum(1) == less.sum(1)] = 0  # and some rows are new altogether
    model = ItemToy().fit(sparse.csr_array(less))
    model.recognise(sparse.csr_array(whole))
    model.person_ = np.arange(400, dtype=np.float32)[:, None] * np.ones(2, np.float32)  # says who it is
    found = model._people(as_csr(sparse.csr_array(whole))).codes[:, 0].astype(int)
    np.testing.assert_array_equal(whole[found], whole)


def test_recognising_needs_a_fitted_model_and_everybody(model):
    with pytest.raises(NotFittedError, match="ItemToy is not fitted"):
        ItemToy().recognise(X)
    with pytest.raises(ShapeError, match="the matrix has 4 rows, expected 12: the people of fit, in order"):
        model.recognise(X[:4])


def test_items_and_people_change_places_in_the_settings_and_back(model):
    assert Toy.fits[-1][0] == ToyParams(damping_item=3.0, damping_user=2.0)
    assert model.params == ToyParams(damping_item=2.0, damping_user=3.0)
    assert model.refit_params() == ToyParams(damping_item=2.0, damping_user=3.0, epochs=2)
    assert ItemToy.from_arrays(model.params, model.arrays()).refit_params() == model.params
    assert turned(4) == 4  # settings without the two stay as they are


def test_what_is_watched_is_the_model_as_it_stands():
    seen, told = [], []
    watch = Watch(measure=lambda m: seen.append(m.score(X)[0, 0]) or 0.0, report=told.append)
    model = ItemToy().fit(X, watch=watch)
    assert len(seen) == len(told) == 3
    assert seen[0] < seen[1] < seen[2] == model.score(X)[0, 0]
    assert model.stopped_ == "early"


def test_a_subclass_takes_over_what_its_inner_model_can_do():
    assert (ItemToy.resumes, ItemToy.smaller, ItemToy.known_rows) == (True, "be content with less", True)


def test_the_forecast_is_the_inner_models_and_what_is_kept_of_it():
    need = ItemToy().forecast(X)
    assert need.ratings == X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    assert need.parameters == 4 * (3 * (ITEMS + PEOPLE)) + 16 * PEOPLE
    assert (need.optimiser, need.kept, need.scoring) == (20, 30, 400)
    assert need.batch == 100 + PEOPLE + 7  # its step, its parameters, its matrix


def test_a_key_says_what_a_row_holds_and_nothing_else():
    keys = row_keys(X)
    assert (keys.shape, keys.dtype) == ((PEOPLE, 2), np.uint64)
    assert not keys[3].any()
    for one, other in itertools.combinations(range(PEOPLE), 2):
        assert (keys[one] == keys[other]).all() == ({one, other} == {5, 8}), (one, other)
    order = RNG.permutation(PEOPLE)
    np.testing.assert_array_equal(row_keys(X[order]), keys[order])
    moved = sparse.csr_array((X.data, X.indices[::-1].copy(), X.indptr), shape=X.shape)
    assert (row_keys(moved)[0] != keys[0]).all()


def test_a_key_is_the_sum_of_its_cells_keys_in_any_order():
    row = X[[0]]
    cells = [sparse.csr_array(([v], ([0], [c])), shape=(1, ITEMS)) for v, c in zip(row.data, row.indices, strict=True)]
    with np.errstate(over="ignore"):
        total = np.sum([row_keys(as_csr(cell)) for cell in reversed(cells)], axis=0, dtype=np.uint64)
    np.testing.assert_array_equal(total, row_keys(row))


def test_a_stored_zero_counts_and_its_sign_does_not():
    zero, minus = (as_csr(sparse.csr_array(([v], ([0], [1])), shape=(1, 3))) for v in (0.0, -0.0))
    np.testing.assert_array_equal(row_keys(zero), row_keys(minus))
    assert row_keys(zero).all()
    assert (row_keys(with_values(zero, np.ones(1, np.float32))) != row_keys(zero)).all()


def test_keys_are_the_same_in_small_blocks(monkeypatch):
    wanted = row_keys(X)
    monkeypatch.setattr(arrays.cell_blocks, "__defaults__", (5,))
    np.testing.assert_array_equal(row_keys(X), wanted)


def test_keys_are_found_though_first_words_are_shared():
    known = np.array([[1, 5], [4, 1], [4, 3], [4, 3], [4, 9], [7, 0]], dtype=np.uint64)
    wanted = np.array([[4, 9], [4, 3], [4, 4], [1, 5], [7, 0], [7, 1], [8, 0], [0, 0], [4, 1]], dtype=np.uint64)
    assert find_keys(known, wanted).tolist() == [4, 2, -1, 0, 5, -1, -1, -1, 1]
