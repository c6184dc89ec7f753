"""What models answered about the same people."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from scipy import sparse

from foretaste import answers as module
from foretaste import arrays
from foretaste.answers import answers_of, baselines, found_in_lists, join_answers
from foretaste.arrays import as_csr, row_of, with_values
from foretaste.evaluation import bias_predictions, evaluate
from foretaste.models import Bias, Mean, Popularity
from foretaste.order import Order, likes
from foretaste.ranking import rank
from foretaste.split import Hide, Holdout, hide

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (60, 45)) * (RNG.random((60, 45)) < 0.5)))
TEST = X[40:]
HOLDOUT = Holdout(*hide(TEST, Hide("fraction", 0.3), seed=0), np.arange(40, 60))
COUNTS = np.bincount(X[:40].indices, minlength=45)
SCALE = (1.0, 5.0)
LINES = [
    SimpleNamespace(label="b", model=Bias().fit(X[:40]), order=Order.of(X[:40], 0.1)),
    SimpleNamespace(label="p", model=Popularity().fit(X[:40]), order=None),
]
RESULTS = {line.label: evaluate(line.model, HOLDOUT, scale=SCALE, order=line.order) for line in LINES}
FOUND = {line.label: found_in_lists(line, HOLDOUT, scale=SCALE) for line in LINES}


def test_everything_that_is_known_of_one_split():
    answers = answers_of(HOLDOUT, RESULTS, COUNTS, scale=SCALE, found=FOUND)
    assert answers.predicted == {"b": RESULTS["b"].predicted}
    assert answers.lists == {label: result.lists["ndcg@20"] for label, result in RESULTS.items()}
    np.testing.assert_array_equal(answers.given, np.diff(HOLDOUT.seen.indptr))
    np.testing.assert_array_equal(answers.person, np.arange(20))
    np.testing.assert_array_equal(answers.liked, (HOLDOUT.hidden.toarray() >= 4).sum(1))
    assert (answers.n_people, len(answers.cells), answers.found) == (20, HOLDOUT.hidden.nnz, FOUND)


def test_found_is_what_stands_in_the_list():
    for line in LINES:
        shrink = None if line.order is None else line.order.shrink
        lists = rank(line.model.score(HOLDOUT.seen), HOLDOUT.seen, 20, shrink=shrink).cols
        for person, col, rating, found in zip(
            row_of(HOLDOUT.hidden), HOLDOUT.hidden.indices, HOLDOUT.hidden.data, FOUND[line.label], strict=True
        ):
            assert found == (int(col in lists[person]) if rating >= 4 else -1)
        liked = np.maximum(np.diff(likes(HOLDOUT.hidden, SCALE).indptr), 1)
        per_person = np.bincount(row_of(HOLDOUT.hidden), weights=FOUND[line.label] == 1, minlength=20) / liked
        recall = RESULTS[line.label].lists["recall@20"]
        np.testing.assert_allclose(per_person[np.isfinite(recall)], recall[np.isfinite(recall)])


def test_a_like_whose_rating_float32_rounds_down_is_looked_for():
    unit = (np.arange(6) * 0.06).astype(np.float32)
    seen, hidden = (with_values(part, unit[part.data.astype(int)]) for part in (HOLDOUT.seen, HOLDOUT.hidden))
    holdout, scale = replace(HOLDOUT, seen=seen, hidden=hidden), (float(unit[1]), float(unit[5]))
    found = found_in_lists(LINES[1], holdout, scale=scale)
    np.testing.assert_array_equal(found >= 0, HOLDOUT.hidden.data >= 4)


def test_blocks_of_people_make_no_difference_and_many_are_sampled(monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 45 * 4 * 3)
    np.testing.assert_array_equal(found_in_lists(LINES[0], HOLDOUT, scale=SCALE), FOUND["b"])
    monkeypatch.setattr(module, "PEOPLE", 7)
    some = [found_in_lists(line, HOLDOUT, scale=SCALE, seed=3) for line in LINES]
    np.testing.assert_array_equal(*(one >= 0 for one in some))
    assert len(np.unique(row_of(HOLDOUT.hidden)[some[0] >= 0])) == 7
    kept = some[0] >= 0
    np.testing.assert_array_equal(some[0][kept], FOUND["b"][kept])


def test_somebody_in_two_folds_is_one_person():
    first = answers_of(HOLDOUT, RESULTS, COUNTS, scale=SCALE, found=FOUND)
    both = join_answers([(first, np.arange(40, 60)), (first, np.arange(50, 70))])
    assert both.n_people == 30
    np.testing.assert_array_equal(both.person, [*range(20), *range(10, 30)])
    np.testing.assert_array_equal(both.cells.person[: len(first.cells)], first.cells.person)
    np.testing.assert_array_equal(both.cells.person[len(first.cells) :], first.cells.person + 10)
    for name in ("predicted", "lists", "found"):
        for label, values in getattr(first, name).items():
            np.testing.assert_array_equal(getattr(both, name)[label], np.tile(values, 2))
    for name in ("given", "liked"):
        np.testing.assert_array_equal(getattr(both, name), np.tile(getattr(first, name), 2))


def test_baselines_are_known_by_their_models_whatever_they_are_called():
    assert baselines(LINES) == ("b", "p")
    assert baselines([SimpleNamespace(label="m", model=Mean(), order=None)]) == (None, None)


def test_of_two_bias_models_the_first_is_the_one_that_all_are_told_against():
    second = SimpleNamespace(label="b2", model=Bias(damping_item=50).fit(X[:40]), order=None)
    lines = [*LINES, second]
    assert baselines(lines) == ("b", "p")
    of_r2 = bias_predictions([line.model for line in lines], X[:40], HOLDOUT)  # what R2 is told against
    np.testing.assert_array_equal(of_r2, RESULTS["b"].predicted)
