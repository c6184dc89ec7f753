"""Golden rows: the same for equal bundles, nobody's data, and a model that answers otherwise is found out."""

from dataclasses import replace

import numpy as np
import pytest

from foretaste.arrays import Csr
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.errors import BundleError
from foretaste.golden import TOLERANCE, Golden, make_golden, self_test
from foretaste.models import Bias, Ease, ItemRidge, Popularity
from foretaste.order import Order
from foretaste.ranking import Ranking
from tests.judging import X

SCALE = (1.0, 5.0)
N = X.shape[1]


def bundle_of(model=None, order=True):
    model = Ease(l2=5.0) if model is None else model
    fitted = model.fit(X)
    return Bundle(fitted, Catalog(np.arange(N)), Order.of(X, 0.1) if order and model.task == "rating" else None, SCALE)


def kept(bundle):
    """Return a bundle as it is after it was saved and loaded."""
    return replace(bundle, golden=make_golden(bundle))


def lists(scores, cols=None, size=5):
    """Return the lists of one person, and what is predicted: the scores."""
    values = np.array([scores], dtype=np.float32)
    return Ranking(np.array([cols or range(size)], dtype=np.int32), values), values


def golden(scores, cols=None, size=5):
    ranking, predicted = lists(scores, cols, size)
    nothing = np.full((1, 0), -1, np.int32)
    return Golden(
        nothing, nothing.astype(np.float32), ranking.cols, np.where(ranking.cols < 0, 0, predicted), predicted
    )


def test_there_is_somebody_who_rated_nothing_and_somebody_with_many_on_the_scale():
    rows = make_golden(bundle_of()).rows(N)
    given = np.diff(rows.indptr)
    assert given[0] == 0
    assert (given[1:3].tolist(), given[3:].max() >= 10) == ([1, 5], True)
    assert rows.shape == (5, N)
    assert set(rows.data.tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_what_was_rated_is_not_in_the_lists_and_what_is_not_is_sorted():
    made = make_golden(bundle_of())
    for given, cols, scores in zip(made.given, made.cols, made.scores, strict=True):
        listed = cols >= 0
        assert not set(given[given >= 0].tolist()) & set(cols[listed].tolist())
        assert (np.diff(scores[listed]) <= 0).all()
        assert (scores[~listed] == 0).all()


def test_well_known_items_are_those_that_the_model_lists_to_newcomers():
    bundle = bundle_of(Popularity())
    assert set(make_golden(bundle).given[2, :5].tolist()) == set(
        np.argsort(-np.diff(X.tocsc().indptr), kind="stable")[:5]
    )


@pytest.mark.parametrize("model", [Ease(l2=5.0), Bias(), Popularity()], ids=lambda m: m.name)
def test_made_again_it_is_the_same_and_the_bundle_passes(model):
    first, second = (make_golden(bundle_of(model)) for _ in range(2))
    for name, values in first.arrays().items():
        np.testing.assert_array_equal(values, second.arrays()[name])
    assert self_test(kept(bundle_of(model))) == 5


def test_a_catalogue_of_one_item_has_golden_rows_too():
    one = Csr(np.array([[3.0], [5.0]], dtype=np.float32))
    bundle = Bundle(Bias().fit(one), Catalog(np.arange(1)), Order.of(one, 0.1), SCALE)
    made = make_golden(bundle)
    assert made.cols.tolist() == [[0], [-1], [-1], [0], [0]] or set(made.cols.ravel().tolist()) == {0, -1}
    assert self_test(kept(bundle)) == 5


def test_models_that_answer_no_strangers_have_none():
    bundle = bundle_of(ItemRidge())
    assert make_golden(bundle) is None
    assert self_test(bundle) == 0


def test_saving_makes_them_anew_and_loading_brings_them_back(tmp_path):
    bundle = bundle_of()
    stale = replace(bundle, golden=make_golden(bundle_of(Bias())))
    loaded = Bundle.load(stale.save(tmp_path / "b"))
    for name, values in make_golden(bundle).arrays().items():
        np.testing.assert_array_equal(loaded.golden.arrays()[name], values)
        assert loaded.golden.arrays()[name].dtype == values.dtype
    assert self_test(loaded) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: setattr(model, "weights_", model.weights_ * np.float32(1.001)), "a score of"),
        (lambda model: setattr(model, "weights_", np.roll(model.weights_, 1, axis=1)), "a score of"),
        (lambda model: setattr(model, "weights_", model.weights_ * np.float32(np.nan)), "a score is nan"),
    ],
)
def test_a_model_that_answers_otherwise_is_refused_in_words(change, words):
    bundle = kept(bundle_of())
    change(bundle.model)
    with pytest.raises(ValueError, match=words) as caught:
        self_test(bundle)
    if isinstance(caught.value, BundleError):
        assert "the model does not answer as it did when it was saved: golden row" in caught.value.message
        assert "copy the bundle anew" in caught.value.hint


def test_what_another_processor_rounds_otherwise_passes():
    bundle = kept(bundle_of())
    bundle.model.weights_ = bundle.model.weights_ * np.float32(1 + 1e-6)
    assert self_test(bundle) == 5


def test_where_another_order_of_evidence_sorts_lists_it_is_found():
    bundle = kept(bundle_of(Bias()))
    with pytest.raises(BundleError, match="a score of"):
        self_test(replace(bundle, order=replace(bundle.order, half=bundle.order.half + 50)))


def test_items_that_are_level_may_change_places_and_others_may_not():
    level = 4.0 - 2e-4
    made = golden([5, 4.0, level, 3, 2])
    assert made.difference(*lists([5, 4.0, level, 3, 2], [0, 2, 1, 3, 4])) is None
    assert made.difference(*lists([5, 4.0, level, 3, 2], [0, 1, 3, 2, 4])) == (
        "golden row 1 of 1, place 4: a score of 3, expected 3.9998"
    )


def test_at_the_end_of_a_list_one_may_come_in_for_another_that_was_level():
    made = golden([5, 4, 3, 2, 1])
    assert made.difference(*lists([5, 4, 3, 2, 1 + 4e-4], [0, 1, 2, 3, 9])) is None
    assert "place 5: a score of 1.001, expected 1" in made.difference(*lists([5, 4, 3, 2, 1.001], [0, 1, 2, 3, 9]))
    assert "place 3: a score of 3, expected 1" in made.difference(*lists([5, 4, 3, 2, 1], [0, 1, 9, 3, 4]))


def test_predictions_are_held_to_as_scores_are():
    made = golden([5, 4, 3, 2, 1])
    ranking, predicted = lists([5, 4, 3, 2, 1])
    assert made.difference(ranking, predicted + np.float32(4 * TOLERANCE)) is None
    assert made.difference(ranking, predicted + np.float32(0.1)) == (
        "golden row 1 of 1, place 1: a prediction of 5.1, expected 5"
    )


def test_a_list_that_is_shorter_than_it_was_is_found():
    made = golden([5, 4, 3, 2, 1])
    ranking, predicted = lists([5, 4, 3, -np.inf, -np.inf], [0, 1, 2, -1, -1])
    assert made.difference(ranking, predicted) == "golden row 1 of 1, a list of 3 items, expected 5"
    assert golden([0] * 5, [-1] * 5).difference(*lists([-np.inf] * 5, [-1] * 5)) is None


def test_older_bundles_have_none_and_pass_unasked():
    assert Golden.from_arrays(bundle_of().model.arrays(), N) is None
    assert self_test(bundle_of()) == 0


@pytest.mark.parametrize("missing", make_golden(bundle_of()).arrays())
def test_golden_rows_of_which_a_part_is_missing_are_refused(missing):
    arrays = make_golden(bundle_of()).arrays()
    del arrays[missing]
    with pytest.raises(BundleError, match=f"the golden rows of the bundle are incomplete: '{missing}'"):
        Golden.from_arrays(arrays, N)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("golden.given.cols_", lambda a: a + N),
        ("golden.given.cols_", lambda a: a - 2),
        ("golden.given.cols_", np.ravel),
        ("golden.given.cols_", lambda a: a[1:]),
        ("golden.ratings", lambda a: a[:, 1:]),
        ("golden.cols_", lambda a: a + N),
        ("golden.cols_", lambda a: a[:, 1:]),
        ("golden.cols_", np.ravel),
        ("golden.scores", lambda a: a[1:]),
        ("golden.predicted", np.ravel),
    ],
)
def test_golden_rows_that_no_bundle_has_are_refused(name, change):
    arrays = make_golden(bundle_of()).arrays()
    with pytest.raises(BundleError, match="the golden rows of the bundle are damaged"):
        Golden.from_arrays(arrays | {name: change(arrays[name])}, N)
