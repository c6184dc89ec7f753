"""From scores to an answer: the list that is served is the list that was measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.arrays import Csr, as_csr
from foretaste.bundle import Bundle
from foretaste.errors import InputError
from foretaste.serve.answers.answering import (
    NO_RATINGS,
    UNMOVED,
    columns_of,
    fallback_of,
    lines,
    list_items,
    predicted_at,
    sorted_surely,
)
from foretaste.serve.answers.scorer import Scores
from foretaste.serve.deploy.served import Served
from tests.serving import WORLD, bundle_of

MINE = {1: 5.0, 7: 0.5, 20: 4.0}


def served(model="autorec"):
    return Served(bundle_of(model), "films", "0123456789ab")


def scores_of(one, ratings):
    row, _ = one.bundle.row(ratings)
    by, predicted = one.bundle.scored(row)
    return row, Scores(by[0], None if predicted is None else predicted[0])


def test_what_is_said_where_a_model_has_nothing_to_go_by():
    """EASE knows nothing of a film that nobody else of training rated."""
    likes = bundle_of("ease")
    one = Served(Bundle(likes.model, likes.catalog, None, likes.scale, like=4.0), "likes", "0" * 12)
    for ratings, words in (({}, NO_RATINGS), ({1: 0.5}, UNMOVED), ({1: 5.0}, None)):
        row, scores = scores_of(one, ratings)
        assert fallback_of(one, row, scores.by) == words
    for model in ("popularity", "autorec", "two_heads"):  # the first is never anything else, and says so by its name
        row, scores = scores_of(served(model), {})
        assert fallback_of(served(model), row, scores.by) is None


@pytest.mark.parametrize("model", ["autorec", "bias", "ease", "popularity", "two_heads", "item_knn"])
@pytest.mark.parametrize("ratings", [MINE, {}])
def test_the_list_is_the_bundles_own(model, ratings):
    one = served(model)
    row, scores = scores_of(one, ratings)
    listed = list_items(scores.by, row, 7)
    predicted = predicted_at(one.bundle, scores, row, listed.cols)
    got = lines(one, row, listed.cols, listed.scores, predicted, None)
    want = one.bundle.recommend(ratings, 7).items
    assert [line["item"] for line in got] == [item.item_id for item in want]
    assert [line["predicted"] for line in got] == [
        None if item.predicted is None else pytest.approx(item.predicted, abs=1e-5) for item in want
    ]
    assert [line["score"] for line in got] == pytest.approx([item.score for item in want], abs=1e-5)
    assert listed.considered == len(WORLD.catalog) - len(ratings)


def test_the_sure_list_and_its_intervals_are_the_bundles_own():
    one = served()
    row, scores = scores_of(one, MINE)
    by = sorted_surely(one.bundle, scores, row, 0.9)
    listed = list_items(by, row, 5)
    got = lines(one, row, listed.cols, listed.scores, scores.predicted[listed.cols], 0.9)
    want = one.bundle.recommend(MINE, 5, level=0.9, sure=True).items
    assert [(line["item"], line["low"], line["high"]) for line in got] == [
        (item.item_id, pytest.approx(item.low, abs=1e-5), pytest.approx(item.high, abs=1e-5)) for item in want
    ]


def test_a_pair_lists_surely_by_its_raters_predictions():
    one = served("two_heads")
    row, scores = scores_of(one, MINE)
    assert scores.predicted is None
    by = sorted_surely(one.bundle, scores, row, 0.8)
    listed = list_items(by, row, 5)
    assert [one.item_id(col) for col in listed.cols] == [
        item.item_id for item in one.bundle.recommend(MINE, 5, sure=True).items
    ]


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=12),
    st.data(),
    st.integers(1, 14),
)
def test_what_is_rated_or_not_allowed_is_not_listed(values, data, k):
    n = len(values)
    rated = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    row = as_csr(Csr(np.array([rated], dtype=np.float32)))
    listed = list_items(np.array(values, np.float32), row, k, allowed)
    open_ = [col for col in range(n) if allowed[col] and not rated[col]]
    assert listed.cols.tolist() == sorted(open_, key=lambda col: (-values[col], col))[:k]
    assert listed.considered == len(open_)
    assert listed.scores.tolist() == [values[col] for col in listed.cols]


def test_columns_come_in_the_order_asked_for_and_strangers_apart():
    cols, unknown = columns_of(served(), [7, 999, 1, "x"])
    assert (cols.tolist(), unknown) == ([6, 0], [999, "x"])
    with pytest.raises(InputError, match="item '7' is named twice"):
        columns_of(served(), [7, "7"])
