"""Times from paces: the sums against counts by hand, models made of others against their parts."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste import Entry
from foretaste.arrays import as_csr
from foretaste.choice import CLICKS, LARGE, MANY_CLICKED, SMALL
from foretaste.doctor.pace import PACES, seconds, sums
from foretaste.lineup import CLICK_GATE, GATE

X = as_csr(csr_array(np.array([[1.0, 2, 0, 0], [3, 0, 4, 0], [5, 0, 0, 0]])))


def test_the_sums():
    assert sums(X).tolist() == [1, 5, 4 + 4 + 1, 9, 27]
    assert sums(as_csr(csr_array((2, 3)))).tolist() == [1, 0, 0, 0, 0]


def test_seconds_are_paces_times_sums():
    for name, pace in PACES.items():
        once, rating, pair, square, cube = pace
        assert seconds(Entry(name), X) == pytest.approx(once + 5 * rating + 9 * pair + 9 * square + 27 * cube)


def test_models_made_of_others_take_what_these_take():
    parts = sum(seconds(Entry(name), X) for name in ("two_sided_ridge", "ridge", "item_knn"))
    assert seconds(Entry("blend"), X) == pytest.approx(2 * parts)
    pair = seconds(Entry("edlae"), X) + seconds(Entry("two_sided_ridge"), X)
    assert seconds(Entry("two_heads"), X) == pytest.approx(pair)
    assert seconds(Entry("two_heads", {"rater": "blend"}), X) == pytest.approx(2 * parts + seconds(Entry("edlae"), X))


def test_what_nobody_has_timed_is_not_guessed():
    assert seconds(Entry("rec_vae"), X) is None
    assert seconds(Entry("two_heads", {"ranker": "rec_vae"}), X) is None


@pytest.mark.parametrize(
    "entry", [*GATE, *CLICK_GATE, *SMALL, *LARGE, *CLICKS, *MANY_CLICKED], ids=lambda e: e.label or e.model
)
def test_every_model_that_is_tried_by_itself_has_a_pace(entry):
    assert seconds(entry, X) > 0
