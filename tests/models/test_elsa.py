"""Elsa: its scores are two thin products, it learns who goes with whom, and what it chose is kept for the next fit."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.data.synthetic import make_world
from foretaste.errors import NotFittedError, ParamsError
from foretaste.metrics.ranking import ndcg
from foretaste.models import elsa
from foretaste.models.baselines import Popularity
from foretaste.models.elsa import Elsa, ElsaParams, planned
from foretaste.ranking import rank
from foretaste.split import split_new_users
from foretaste.training.watch import Watch


def matrix(rows: int = 80, items: int = 30) -> csr_array:
    """Return clicks of two kinds of people; row 5 and item 7 are empty."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, rows)
    stored = rng.random((rows, items)) < np.where(kind[:, None] == np.arange(items) % 2, 0.4, 0.05)
    stored[5], stored[:, 7] = False, False
    return as_csr(csr_array(stored))


X = matrix()


def test_a_score_is_the_sum_of_what_the_items_of_a_row_have_in_common_with_one() -> None:
    model = Elsa(latent=6, epochs=3).fit(X)
    A = model.factors_.astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(A, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(model.score(X), (X.toarray() > 0) @ A @ A.T, atol=1e-5)


def test_compiled_sums_are_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Elsa(latent=6, epochs=3).fit(X)
    usual = model.score(X)
    monkeypatch.setattr(elsa, "LARGE", 0)
    np.testing.assert_allclose(model.score(X), usual, atol=1e-5)


def test_values_do_not_count() -> None:
    other = as_csr(csr_array((np.arange(X.nnz) % 5, X.indices, X.indptr), shape=X.shape))
    one, two = (Elsa(latent=4, epochs=2).fit(M) for M in (X, other))
    np.testing.assert_array_equal(one.factors_, two.factors_)
    np.testing.assert_array_equal(one.score(X), two.score(other))


def test_who_goes_with_whom_is_learnt() -> None:
    kind = np.arange(30) % 2
    scores = Elsa(latent=8).fit(X).score(as_csr(csr_array(np.array([kind == 0, kind == 1]) & (np.arange(30) < 12))))
    for row in (0, 1):  # what they do not hold
        assert scores[row, 12:][kind[12:] == row].min() > scores[row, 12:][kind[12:] != row].max()


def test_what_nobody_holds_comes_late() -> None:
    scores = Elsa(latent=8).fit(X).score(X)
    assert (scores[:, 7] < np.median(scores, axis=1)).mean() > 0.9


def test_an_empty_row_is_no_opinion() -> None:
    assert (Elsa(latent=4, epochs=2).fit(X).score(X)[5] == 0).all()


def test_the_vectors_are_no_longer_than_there_are_items() -> None:
    model = Elsa(epochs=1).fit(X)
    assert model.factors_.shape == (30, 30)
    assert model.n_parameters(1000, 5) == 1000 * 256 + 1000  # and how many rows hold each item


def test_the_second_fit_stops_where_the_first_was_best() -> None:
    seen = []

    def measure(_: Elsa) -> float:
        seen.append(1)
        return float(len(seen) != 2)  # the second epoch is best

    model = Elsa(latent=4, batch_size=16, patience=3).fit(X, watch=measure)
    assert len(seen) == 5  # three in vain
    assert model.stopped_ == "early"
    again = Elsa(model.refit_params()).fit(X)
    assert (again.params.epochs, again.params.stop_after) == (32, 2)
    np.testing.assert_array_equal(again.factors_, model.factors_)


def test_a_stopped_fit_goes_on_from_its_checkpoint(tmp_path) -> None:
    whole = Elsa(latent=4, batch_size=16, epochs=4).fit(X)
    watch = Watch(checkpoint=tmp_path / "state", report=_stop_in_the_third_epoch)
    with pytest.raises(TimeoutError):
        Elsa(latent=4, batch_size=16, epochs=4).fit(X, watch=watch)
    model = Elsa(latent=4, batch_size=16, epochs=4).fit(X, watch=Watch(checkpoint=tmp_path / "state"))
    np.testing.assert_array_equal(model.factors_, whole.factors_)


def _stop_in_the_third_epoch(progress) -> None:
    if progress.epoch == 3:
        raise TimeoutError


def test_steps_are_told_as_they_are_taken() -> None:
    told = []
    Elsa(latent=4, epochs=1).fit(X, watch=Watch(report=told.append))
    assert told[-1].batches == Elsa().batches(*X.shape) == 3
    assert Elsa(batch_size=40).batches(*X.shape) == 2


def test_it_is_refused_before_fit() -> None:
    for call in (lambda: Elsa().encode(X), Elsa().refit_params):
        with pytest.raises(NotFittedError, match="Elsa is not fitted"):
            call()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        *(({name: 0}, f"{name} is 0") for name in ("latent", "learning_rate", "patience")),
        *(({name: -1}, f"{name} is -1") for name in ("noise", "epochs", "batch_size", "stop_after", "seed")),
        ({"noise": 1.0}, "noise is 1, expected 0 to 0.99"),
        ({"length": 3}, "length is 3, expected -2 to 2"),
        ({"schedule": "steep"}, "schedule is"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        Elsa(**settings)


def test_the_papers_settings_can_be_asked_for() -> None:
    paper = ElsaParams(noise=0, length=0, batch_size=128, epochs=5)
    assert np.isfinite(Elsa(paper).fit(X).score(X)).all()


@pytest.mark.slow
def test_it_is_above_the_bestsellers_for_people_it_has_not_met() -> None:
    world = make_world(900, 300, 45_000, seed=2)
    split = split_new_users(world.ratings, world.catalog, seed=0)
    seen, hidden = split.valid.seen, split.valid.hidden
    ours, theirs = (
        np.nanmean(ndcg(rank(kind().fit(split.train).score(seen), seen, 50), hidden)) for kind in (Elsa, Popularity)
    )
    assert ours > 1.1 * theirs


@pytest.mark.parametrize(
    ("rows", "size", "epochs"), [(100_000, 6250, 10), (4000, 250, 10), (320, 32, 16), (32, 32, 50), (1, 32, 50)]
)
def test_what_is_left_open_follows_the_rows(rows: int, size: int, epochs: int) -> None:
    found = planned(ElsaParams(), rows)
    assert (found.batch_size, found.epochs) == (size, epochs)
    given = ElsaParams(batch_size=7, epochs=3)
    assert planned(given, rows) == given
