"""I-AutoRec: against its formula written out in dense numpy, with items as rows."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models.autorec import AutoRec
from foretaste.models.autorec_net import AutoRecNet
from foretaste.models.baselines import Bias
from foretaste.models.item_autorec import ItemAutoRec, ItemAutoRecParams
from foretaste.models.item_rows import turned

COLD_ITEM, NOBODY = 3, 1
QUICK: dict[str, object] = {"epochs": 2, "batch_size": 8, "learning_rate": 0.02}
PLAIN: dict[str, object] = {"noise": 0, "mask_input": False, "center": False, "activation": "sigmoid", "dropout": 0}
"""The network of the paper."""


def low_rank(seed: int = 0, people: int = 40, items: int = 18) -> sparse.csr_array:
    """Return ratings 0 to 5 of rank 2; person 1 gave none and item 3 got none."""
    rng = np.random.default_rng(seed)
    truth = 2.7 + rng.normal(size=(people, 2)) @ rng.normal(size=(2, items)) + 0.1 * rng.normal(size=(people, items))
    stored = rng.random((people, items)) < 0.4
    stored[NOBODY], stored[:, COLD_ITEM] = False, False
    row, col = np.nonzero(stored)
    return as_csr(sparse.csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(people, items)))


@pytest.fixture
def inner(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AutoRec]:
    """Return the AutoRec that was fitted inside."""
    found: list[AutoRec] = []
    fit = AutoRec.fit

    def kept(self: AutoRec, X: object, **words: object) -> AutoRec:
        found.append(self)
        return fit(self, X, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(AutoRec, "fit", kept)
    return lambda: found[-1]


def test_the_papers_network_is_the_papers_formula(inner: Callable[[], AutoRec]) -> None:
    """h(r) = W f(V r + mu) + b over an item's raw ratings, zeros where there are none."""
    X = low_rank()
    model = ItemAutoRec(widths=[6], **QUICK, **PLAIN).fit(X)
    w, sigma = {k: v.astype(np.float64) for k, v in inner().weights_.items()}, float(inner().sigma_[0])
    for item in range(18):
        r = X.toarray()[:, item] / sigma
        n = max(int((X.indices == item).sum()), 1)
        hidden = 1 / (1 + np.exp(-(r @ w["encoder"] / np.sqrt(n) + w["encoder_bias"])))
        wanted = sigma * (w["decoder"] @ hidden + w["decoder_bias"])
        people = np.arange(40) != NOBODY
        np.testing.assert_allclose(model.score(X)[people, item], wanted[people].clip(*model.scale_), atol=1e-5)


def test_ratings_are_centred_by_the_bias_model_of_items_and_people(inner: Callable[[], AutoRec]) -> None:
    """Each side is damped by its own setting, and what the network adds is little where it has learnt nothing."""
    X = low_rank()
    settings = {"damping_item": 1.0, "damping_user": 9.0}
    ItemAutoRec(**QUICK, **settings).fit(X)
    found, wanted = inner().bias_, Bias(**settings, epochs=200).fit(X)
    np.testing.assert_allclose(found.mean_, wanted.mean_, atol=1e-6)
    item = Bias(**settings).fit(X).item_effect_
    np.testing.assert_allclose(found.user_effect(as_csr(X.T)), item, atol=2e-2)
    np.testing.assert_allclose(found.item_effect_, wanted.user_effect(X), atol=2e-2)


def test_it_is_autorec_of_the_transposed_matrix() -> None:
    X = low_rank()
    inside = AutoRec(turned(ItemAutoRecParams(**QUICK))).fit(as_csr(X.T))
    mine = np.arange(40) != NOBODY
    found = ItemAutoRec(**QUICK).fit(X).score(X)
    np.testing.assert_allclose(found[mine], inside.score(as_csr(X.T)).T[mine], atol=1e-5)


def test_gradients_are_the_inner_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What trains is AutoRec's net, whose gradients its own tests hold against finite differences."""
    shapes = []
    made = AutoRecNet.__init__
    monkeypatch.setattr(
        AutoRecNet, "__init__", lambda self, X, *rest: (shapes.append(X.shape), made(self, X, *rest))[1]
    )
    ItemAutoRec(**QUICK).fit(low_rank())
    assert shapes == [(18, 40)]


def test_it_learns_what_effects_cannot() -> None:
    whole = low_rank(3, 60, 120)
    shown = np.random.default_rng(4).random(whole.nnz) < 0.8
    rows = np.repeat(np.arange(60), np.diff(whole.indptr))
    train = as_csr(sparse.csr_array((whole.data[shown], (rows[shown], whole.indices[shown])), shape=whole.shape))
    error = []
    for model in (ItemAutoRec(widths=[64], epochs=30, learning_rate=0.01, dropout=0.2), Bias()):
        found = model.fit(train).predict(train, rows[~shown], whole.indices[~shown])
        error.append(float(np.sqrt(np.square(found - whole.data[~shown]).mean())))
    assert error[0] < 0.7 * error[1], error


def test_where_nothing_is_centred_a_stranger_gets_the_middle_of_the_scale() -> None:
    X = low_rank()
    model = ItemAutoRec(widths=[6], **QUICK, **PLAIN).fit(X)
    np.testing.assert_allclose(model.score(sparse.csr_array((1, 18)))[0], model.scale_.mean(), atol=1e-5)


def test_a_pass_goes_over_items() -> None:
    assert ItemAutoRec().batches(1000, 8000) == 80
    assert ItemAutoRec(batch_size=4).batches(1000, 9) == 3
