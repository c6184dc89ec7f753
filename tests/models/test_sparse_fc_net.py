"""SparseFC as it trains: its kernels and its gradient against finite differences, its step against dense torch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import Tensor

from foretaste.arrays import as_csr, row_of
from foretaste.kernels.batch import make_batch
from foretaste.models import sparse_fc_net
from foretaste.models.autorec_net import corrupted
from foretaste.models.baselines import Bias
from foretaste.models.sparse_fc import SparseFcParams
from foretaste.models.sparse_fc_net import OUTER, SparseFcNet, alone, decoded, encoded, kernel

ROWS, ITEMS, COLD = 8, 7, 5
BATCH = np.array([0, 2, 3, 6])
DEEP = {"widths": (4, 3), "activation": "tanh", "dims": 2, "sparsity": 0.7, "l2": 0.3, "noise": 0.5, "dropout": 0.4,
        "batch_size": 4, "learning_rate": 0.05}  # fmt: skip


def matrix() -> csr_array:
    """Return ratings 0 to 5, some of them a stored 0; row 2 (of the batch) and item 5 are empty."""
    rng = np.random.default_rng(0)
    stored = rng.random((ROWS, ITEMS)) < 0.6
    stored[2], stored[:, COLD] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(ROWS, ITEMS)))


def make_net(dtype: torch.dtype = torch.float64, **settings: object) -> SparseFcNet:
    """Return a net whose places lie far apart: some kernels are 0, some between 0 and 1."""
    params = SparseFcParams(**(DEEP | settings))  # type: ignore[arg-type]
    X = matrix()
    bias = Bias().fit(X)
    net = SparseFcNet(X, bias, bias.residual_spread(X), params, dtype)
    draws = torch.Generator().manual_seed(3)
    for name in everything(net):
        moved = get(net, name).double() + 0.5 * torch.randn(get(net, name).shape, generator=draws, dtype=torch.float64)
        put(net, name, moved.to(dtype))
    return net


def everything(net: SparseFcNet) -> list[str]:
    return [*net.tables, *net.inner, *(f"{name}.at" for name in net.places)]


def get(net: SparseFcNet, name: str) -> Tensor:
    return net.tables[name].read() if name in net.tables else net._between()[name].detach().clone()


def put(net: SparseFcNet, name: str, value: Tensor) -> None:
    if name in net.tables:
        net.tables[name].write(value)
    else:
        net._between()[name].data.copy_(value)


def kernel_by_hand(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.array([[max(0.0, 1 - float(np.square(u - v).sum())) for v in right] for u in left])


def effective(net: SparseFcNet, name: str) -> np.ndarray:
    """Return weights x kernel, in float64, written out."""
    if name in OUTER:
        ends = get(net, f"{OUTER[name]}_place"), net.places[OUTER[name]].detach()
        return get(net, name).numpy() * kernel_by_hand(*(end.numpy() for end in ends))
    ends = [net.places[f"{name}{end}"].detach().numpy() for end in (".in", ".out")]
    return net.inner[name].detach().numpy() * kernel_by_hand(*ends)


def loss_by_hand(net: SparseFcNet, seed: int) -> float:
    """Return what a step minimises, over dense matrices, with the draws that it would make."""
    p, X = net.params, net.X[BATCH]
    batch, rng = make_batch(net.X, BATCH), np.random.default_rng(seed)
    values, mask, target = (t.numpy() for t in corrupted(batch, net.bias, net.sigma, p, rng, torch.float64))
    drop = torch.Generator().manual_seed(int(rng.integers(2**62)))
    x, m = np.zeros(X.shape), np.zeros(X.shape)
    x[row_of(X), X.indices], m[row_of(X), X.indices] = values, mask
    w = {name: effective(net, name) for name in ("encoder", "mask", "decoder", "inner1")}
    b = {name: net.inner[f"{name}_bias"].detach().numpy() for name in ("encoder", "inner1")}
    h = x @ w["encoder"] + m @ w["mask"] + b["encoder"]
    for layer in range(2):
        if layer:
            h = h @ w["inner1"] + b["inner1"]
        h = np.tanh(h)
        keep = (torch.rand(h.shape, generator=drop, dtype=torch.float64) >= p.dropout).numpy()
        h = h * keep / (1 - p.dropout)
    y = (h @ w["decoder"].T + get(net, "decoder_bias").numpy()[:, 0])[row_of(X), X.indices]
    weight = np.where(mask > 0, p.shown_weight, 1.0)
    touched = [kernel_by_hand(get(net, f"{n}_place").numpy()[batch.items], net.places[n].detach().numpy())
               for n in ("encoder", "decoder")]  # fmt: skip
    touched.append(kernel_by_hand(*(net.places[f"inner1{end}"].detach().numpy() for end in (".in", ".out"))))
    squares = np.concatenate([np.square(k).ravel() for k in touched])
    return float(np.average(np.square(y - target), weights=weight) + p.sparsity * squares.mean())


def differences(net: SparseFcNet, name: str, loss: Callable[[], float], h: float = 1e-6) -> Tensor:
    kept = get(net, name)
    out = torch.zeros_like(kept)
    for k in range(kept.numel()):
        ends = []
        for shift in (h, -h):
            moved = kept.clone()
            moved.view(-1)[k] += shift
            put(net, name, moved)
            ends.append(loss())
        out.view(-1)[k] = (ends[0] - ends[1]) / (2 * h)
    put(net, name, kept)
    return out


def first_moment(net: SparseFcNet, name: str) -> Tensor:
    if name in net.tables:
        return net.tables[name].state()["first"]
    return net.adam.state[net._between()[name]]["exp_avg"]


@pytest.mark.parametrize("shown_weight", [1.0, 0.25])
def test_the_gradient_of_a_step_agrees_with_finite_differences_of_the_dense_formula(shown_weight: float) -> None:
    net = make_net(shown_weight=shown_weight)
    kernels = [
        kernel_by_hand(get(net, f"{n}_place").numpy(), net.places[n].detach().numpy()) for n in ("encoder", "decoder")
    ]
    assert all((k == 0).any() and ((k > 0) & (k < 1)).any() for k in kernels)
    wanted = {name: differences(net, name, lambda: loss_by_hand(net, 1)) for name in everything(net)}
    net.step(BATCH, 1e-3, np.random.default_rng(1))
    for name, value in wanted.items():  # after one step, Adam's first moment is a tenth of the gradient
        torch.testing.assert_close(first_moment(net, name) / 0.1, value, rtol=1e-5, atol=1e-7, msg=name)
        assert value.abs().max() > 0, name


def test_a_kernel_is_one_at_the_same_place_and_nothing_from_a_distance_of_one() -> None:
    places = torch.tensor([[0.0, 0.0], [0.6, 0.0], [0.6, 0.8], [3.0, 4.0]], dtype=torch.float64)
    found = kernel(places, places).numpy()
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(found, kernel_by_hand(places.numpy(), places.numpy()), atol=1e-12)
    assert (found[0, 2], found[0, 3]) == pytest.approx((0, 0))


def test_a_kernels_gradient_agrees_with_finite_differences() -> None:
    draws = torch.Generator().manual_seed(0)
    ends = [torch.rand(shape, generator=draws, dtype=torch.float64).requires_grad_() for shape in ((5, 3), (4, 3))]
    assert torch.autograd.gradcheck(kernel, ends)


@pytest.mark.parametrize("chunk", [1, 1 << 22])
def test_outer_layers_are_sums_and_products_over_the_observed_cells(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparse_fc_net, "CHUNK", chunk)
    batch, draws = make_batch(matrix(), BATCH), torch.Generator().manual_seed(0)
    table = torch.rand((len(batch.items), 3), generator=draws, dtype=torch.float64).requires_grad_()
    code = torch.rand((len(BATCH), 3), generator=draws, dtype=torch.float64).requires_grad_()
    values = torch.rand(len(batch), generator=draws, dtype=torch.float64)
    block = torch.zeros(len(BATCH), len(batch.items), dtype=torch.float64)
    block[batch.row, batch.local] = values
    torch.testing.assert_close(encoded(table, values, batch), block @ table)
    torch.testing.assert_close(decoded(code, table, batch), (code @ table.T)[batch.row, batch.local])
    assert torch.autograd.gradcheck(lambda t: encoded(t, values, batch), [table])
    assert torch.autograd.gradcheck(lambda c, t: decoded(c, t, batch), [code, table])


def test_a_batch_of_columns_alone_hands_each_its_own_gradient() -> None:
    batch = make_batch(matrix(), BATCH)
    each = alone(batch)
    np.testing.assert_array_equal(each.items, batch.items)
    assert (each.n_rows, len(each)) == (len(batch.items), len(batch.items))
    np.testing.assert_array_equal(each.local, np.arange(len(batch.items)))


def test_compiled_steps_are_the_steps_of_torch() -> None:
    """In float32 the wide tables are moved by compiled loops; they end where float64 ends."""
    ends = []
    start = make_net(noise=0.0, dropout=0.0)
    for dtype in (torch.float32, torch.float64):
        net = make_net(dtype, noise=0.0, dropout=0.0)
        for name in everything(net):  # what is drawn at random depends on the type
            put(net, name, get(start, name).to(dtype))
        for turn in range(3):
            net.step(BATCH, 0.01, np.random.default_rng(turn))
        ends.append(net.release())
    for name, value in ends[1].items():
        np.testing.assert_allclose(ends[0][name], value, atol=1e-4, err_msg=name)


def test_what_is_learnt_are_the_weights_times_their_kernels() -> None:
    net = make_net()
    net.step(BATCH, 0.01, np.random.default_rng(0))
    learnt = net.release()
    assert set(learnt) == set(net.shapes)
    for name in ("encoder", "mask", "decoder", "inner1"):
        assert learnt[name].dtype == np.float32
        np.testing.assert_allclose(learnt[name], effective(net, name), atol=1e-6)
    assert (learnt["encoder"] == 0).any()


@pytest.mark.parametrize("center", [True, False])
def test_a_column_that_nobody_rated_says_nothing_or_the_middle_of_the_scale(center: bool) -> None:
    net = make_net(center=center)
    for turn in range(2):
        net.step(BATCH, 0.01, np.random.default_rng(turn))
    fresh = SparseFcNet(net.X, net.bias, np.full(1, net.sigma, np.float32), net.params)
    fresh.step(BATCH, 0.01, np.random.default_rng(0))
    learnt = fresh.release()
    assert not learnt["decoder"][COLD].any()
    assert not learnt["encoder"][COLD].any()
    assert learnt["decoder_bias"][COLD] * net.sigma == pytest.approx(0 if center else 2.5, abs=1e-5)


def test_rows_without_ratings_teach_nothing() -> None:
    net = make_net()
    before = net.release()
    assert net.step(np.array([2]), 0.1, np.random.default_rng(0)) == (0.0, 0)
    for name, value in net.release().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_state_that_is_loaded_goes_on_as_if_nothing_had_happened() -> None:
    one = make_net(torch.float32)
    one.step(BATCH, 0.01, np.random.default_rng(0))
    one.live()
    other = make_net(torch.float32, seed=9)
    other.load({k: v.copy() for k, v in one.state().items()})
    for net in (one, other):
        net.step(BATCH, 0.01, np.random.default_rng(1))
    for name, value in one.release().items():
        np.testing.assert_array_equal(other.release()[name], value, err_msg=name)
