"""What a search goes by, against sums over single ratings and single lists."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste import order
from foretaste.arrays import as_csr, row_of
from foretaste.evaluation import hidden_ndcg, hidden_rmse
from foretaste.metrics.ranking import ndcg
from foretaste.models import Bias, Ease
from foretaste.ranking import rank
from foretaste.split import Holdout
from foretaste.tuning.goal import Errors, Lists
from foretaste.tuning.parts import Part

SCALE = (1.0, 5.0)


def pooled(goal, model, valid):
    return float(goal.value(goal.losses(model, valid).sum(), goal.asked(valid).sum()))


def test_errors_of_people_add_up_to_the_rmse(parts: list[Part]) -> None:
    model, valid, goal = Bias().fit(parts[0].train), parts[0].valid, Errors()
    error = model.predict(valid.seen, row_of(valid.hidden), valid.hidden.indices) - valid.hidden.data
    wanted = [np.square(error[row_of(valid.hidden) == row]).sum() for row in range(valid.hidden.shape[0])]
    np.testing.assert_allclose(goal.losses(model, valid), wanted, rtol=1e-5)
    assert goal.asked(valid).tolist() == np.diff(valid.hidden.indptr).tolist()
    assert pooled(goal, model, valid) == pytest.approx(hidden_rmse(model, valid)) == goal.watch(model, valid)
    assert goal.told(0.9) == 0.9


def test_lists_of_people_add_up_to_minus_the_ndcg_of_what_they_like(parts: list[Part]) -> None:
    model, valid, goal = Ease(l2=5).fit(parts[0].train), parts[0].valid, Lists(SCALE)
    liked = as_csr(csr_array(valid.hidden.toarray() >= 4, dtype=np.float32))
    lists = ndcg(rank(model.score(valid.seen), valid.seen, 100), liked)
    np.testing.assert_allclose(goal.losses(model, valid), -np.nan_to_num(lists))
    assert goal.asked(valid).tolist() == np.isfinite(lists).tolist()
    wanted = -hidden_ndcg(model, valid, scale=SCALE)
    assert pooled(goal, model, valid) == pytest.approx(wanted) == goal.watch(model, valid)
    assert goal.told(-0.25) == 0.25
    assert str(goal.told(0.0)) == "0.0"


def test_of_clicks_all_are_likes(parts: list[Part]) -> None:
    hidden = parts[0].valid.hidden
    clicks = Holdout(
        parts[0].valid.seen, as_csr(csr_array(hidden.toarray() > 0, dtype=np.float32)), np.arange(hidden.shape[0])
    )
    assert Lists((1.0, 1.0)).asked(clicks).tolist() == (np.diff(hidden.indptr) > 0).tolist()


def test_of_many_people_the_same_sample_is_watched_and_added_up(
    parts: list[Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, valid, goal = Ease(l2=5).fit(parts[0].train), parts[0].valid, Lists(SCALE)
    monkeypatch.setattr(order.sampled_people, "__defaults__", (3,))
    assert goal.asked(valid).sum() == 3
    assert set(np.flatnonzero(goal.losses(model, valid))) <= set(np.flatnonzero(goal.asked(valid)))
    assert pooled(goal, model, valid) == pytest.approx(goal.watch(model, valid))


def test_where_nobody_likes_anything_a_fit_is_watched_by_infinity(parts: list[Part]) -> None:
    valid = parts[0].valid
    low = Holdout(valid.seen, as_csr(csr_array(valid.hidden.toarray() > 0, dtype=np.float32)), valid.user_ids)
    goal, model = Lists(SCALE), Ease(l2=5).fit(parts[0].train)
    assert goal.watch(model, low) == math.inf
    assert not goal.asked(low).any()
    assert not goal.losses(model, low).any()
