"""AutoRec as it trains: its gradient against finite differences, its step against dense torch."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import Tensor

from foretaste.arrays import as_csr, row_of
from foretaste.kernels.batch import Batch, make_batch
from foretaste.models.autorec import AutoRec, AutoRecParams
from foretaste.models.autorec_net import ACTIVATIONS, SWITCH, AutoRecNet, weighted_mean
from foretaste.models.baselines import Bias

ROWS, ITEMS, COLD = 8, 7, 5
BATCH = np.array([0, 2, 3, 6])
DEEP = {"widths": (4, 3), "activation": "tanh", "l2": 0.3, "noise": 0.5, "dropout": 0.4, "batch_size": 4,
        "learning_rate": 0.05, "state": "full"}  # fmt: skip


def matrix() -> csr_array:
    """Return ratings 0 to 5, some of them a stored 0; row 2 (of the batch) and item 5 are empty; item 6 only in row 7."""
    rng = np.random.default_rng(0)
    stored = rng.random((ROWS, ITEMS)) < 0.6
    stored[2], stored[:, COLD], stored[:7, 6], stored[7, 6] = False, False, False, True
    row, col = np.nonzero(stored)
    return as_csr(csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(ROWS, ITEMS)))


def make_net(dtype: torch.dtype, **settings: object) -> AutoRecNet:
    params = AutoRecParams(**(DEEP | settings))  # type: ignore[arg-type]
    X = matrix()
    bias = Bias(damping_item=params.damping_item, damping_user=params.damping_user).fit(X)
    net = AutoRecNet(X, bias, bias.residual_spread(X), params, dtype)
    draws = torch.Generator().manual_seed(3)
    with torch.no_grad():  # no weight at zero, so that every gradient is tested
        for name, weight in whole(net).items():
            if name.endswith("bias"):
                put(net, name, weight + 0.1 * torch.randn(weight.shape, generator=draws, dtype=dtype))
    return net


def whole(net: AutoRecNet) -> dict[str, Tensor]:
    """Return copies of all weights in the order of the columns, in the net's own type."""
    place = torch.from_numpy(net.place)
    read = {name: table.read(place).reshape(net.shapes[name]) for name, table in net.tables.items()}
    return {name: read[name] if name in read else net.inner[name].detach().clone() for name in net.shapes}


def put(net: AutoRecNet, name: str, weight: Tensor) -> None:
    """Replace one of the weights by one in the order of the columns."""
    if name in net.inner:
        net.inner[name].data.copy_(weight)
    else:
        order = torch.from_numpy(np.argsort(net.place))
        net.tables[name].write(weight.reshape(len(order), -1)[order])


def first_moment(net: AutoRecNet, name: str) -> Tensor:
    """Return Adam's first moment of one of the weights, in the order of the columns."""
    if name in net.inner:
        return net.adam.state[net.inner[name]]["exp_avg"]
    return net.tables[name].state()["first"][torch.from_numpy(net.place)].reshape(net.shapes[name])


def batch_of(net: AutoRecNet, rows: np.ndarray | None = None) -> Batch:
    return make_batch(net.X, rows, net.place)


def loss_at(net: AutoRecNet, seed: int) -> tuple[float, int]:
    """Return the mean loss of a step by the net's public pieces, with the draws that `step` would make."""
    batch, rng = batch_of(net, BATCH), np.random.default_rng(seed)
    values, mask, target = net.inputs(batch, rng)
    with torch.no_grad():
        draws = torch.Generator().manual_seed(int(rng.integers(2**62)))
        output, _ = net.forward(batch, values, mask, draws)
    return float((output - target).square().mean()), len(batch)


def differences(net: AutoRecNet, name: str, loss: Callable[[], float], h: float = 1e-6) -> Tensor:
    kept = whole(net)[name]
    out = torch.zeros_like(kept)
    for k in range(kept.numel()):
        values = []
        for shift in (h, -h):
            moved = kept.clone()
            moved.view(-1)[k] += shift
            put(net, name, moved)
            values.append(loss())
        out.view(-1)[k] = (values[0] - values[1]) / (2 * h)
    put(net, name, kept)
    return out


@pytest.mark.parametrize("seed", [1, 2])
def test_the_gradient_of_a_step_agrees_with_finite_differences(seed: int) -> None:
    net = make_net(torch.float64)
    wanted = {name: differences(net, name, lambda: loss_at(net, seed)[0]) for name in net.shapes}
    loss, count = loss_at(net, seed)
    total, n = net.step(BATCH, 1e-3, np.random.default_rng(seed))
    assert n == count == net.X[BATCH].nnz
    assert total == pytest.approx(loss * n * net.sigma**2, rel=1e-12)
    for name, value in wanted.items():  # after one step, Adam's first moment is a tenth of the gradient
        gradient = first_moment(net, name) / 0.1
        torch.testing.assert_close(gradient, value, rtol=1e-5, atol=1e-7, msg=lambda m, name=name: f"{name}: {m}")
        assert value.abs().max() > 0, name


def test_shown_cells_count_less_where_the_settings_say_so() -> None:
    """The gradient is that of the mean over cells in which a shown one has the weight 0.25."""
    net = make_net(torch.float64, shown_weight=0.25)

    def loss() -> float:
        batch, rng = batch_of(net, BATCH), np.random.default_rng(1)
        values, mask, target = net.inputs(batch, rng)
        with torch.no_grad():
            output, _ = net.forward(batch, values, mask, torch.Generator().manual_seed(int(rng.integers(2**62))))
        weight = np.where(mask.numpy() > 0, 0.25, 1.0)
        assert 0 < (mask == 0).sum() < len(batch)
        return float(np.average(np.square((output - target).numpy()), weights=weight))

    wanted = {name: differences(net, name, loss) for name in net.shapes}
    net.step(BATCH, 1e-3, np.random.default_rng(1))
    for name, value in wanted.items():
        torch.testing.assert_close(first_moment(net, name) / 0.1, value, rtol=1e-5, atol=1e-7)


def test_a_batch_that_shows_everything_teaches_nothing_where_only_hidden_cells_count() -> None:
    squares, mask = torch.ones(3), torch.tensor([0.5, 0.0, 0.7])
    assert weighted_mean(squares * torch.tensor([9, 1, 9]), mask, 0.0) == 1
    assert weighted_mean(squares, torch.ones(3), 0.0) == 0


@dataclass
class Dense:
    """The same network over whole tables, with torch's own AdamW."""

    weights: dict[str, Tensor]
    adam: torch.optim.AdamW
    params: AutoRecParams

    @classmethod
    def of(cls, net: AutoRecNet) -> "Dense":
        weights = {k: w.requires_grad_() for k, w in whole(net).items()}
        plain = [{"params": [weights["decoder_bias"]], "weight_decay": 0.0}]
        steps = -(-net.X.shape[0] // net.params.batch_size)
        decay = net.params.l2 / (steps**0.5 * net.params.learning_rate)
        rest = {"params": [w for k, w in weights.items() if k != "decoder_bias"], "weight_decay": decay}
        return cls(weights, torch.optim.AdamW([rest, *plain]), net.params)

    def step(self, net: AutoRecNet, rows: np.ndarray, rate: float, rng: np.random.Generator) -> float:
        w, X, p = self.weights, net.X[rows], self.params
        values, mask, target = net.inputs(batch_of(net, rows), rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        r, c = torch.from_numpy(row_of(X)).long(), torch.from_numpy(X.indices).long()
        x, m, y = (torch.zeros(X.shape, dtype=values.dtype).index_put((r, c), v) for v in (values, mask, target))
        code = x @ w["encoder"] + w["encoder_bias"] + (m @ w["mask"] if p.mask_input else 0)
        for layer in range(len(p.widths)):
            if layer:
                code = code @ w[f"inner{layer}"] + w[f"inner{layer}_bias"]
            code = ACTIVATIONS[p.activation](code)
            if p.dropout:
                keep = torch.rand(code.shape, generator=generator, dtype=code.dtype) >= p.dropout
                code = code * keep / (1 - p.dropout)
        seen = torch.zeros(X.shape, dtype=values.dtype).index_put((r, c), torch.ones_like(values))
        error = (code @ w["decoder"].T + w["decoder_bias"] - y) * seen
        loss = error.square().sum()
        (loss / X.nnz).backward()
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()
        return float(loss.detach()) * net.sigma**2


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-5)])
@pytest.mark.parametrize("change", [{}, {"mask_input": False, "noise": 0}, {"widths": (5,), "dropout": 0}], ids=str)
@pytest.mark.parametrize("path", ["fast", "reference", "dense"])
def test_steps_equal_dense_torch(
    dtype: torch.dtype, tolerance: float, change: dict[str, object], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, path)
    net = make_net(dtype, **change)
    assert net.path == path
    dense = Dense.of(net)
    for step in range(3):
        ours = net.step(BATCH, 0.01 * (step + 1), np.random.default_rng(step))[0]
        theirs = dense.step(net, BATCH, 0.01 * (step + 1), np.random.default_rng(step))
        assert ours == pytest.approx(theirs, rel=tolerance)
    for name, value in net.learnt().items():
        wanted = dense.weights[name].detach().float().numpy()
        np.testing.assert_allclose(value, wanted, rtol=tolerance, atol=tolerance, err_msg=name)


def test_rows_of_untouched_items_only_decay() -> None:
    net = make_net(torch.float32)
    before = net.learnt()
    untouched = np.setdiff1d(np.arange(ITEMS), matrix()[BATCH].indices)
    assert set(untouched.tolist()) >= {COLD, 6}
    decay = 0.3 / (2**0.5 * 0.05)
    for step in range(3):
        net.step(BATCH, 0.01, np.random.default_rng(step))
    after = net.learnt()
    for name in ("encoder", "mask", "decoder"):
        wanted = before[name][untouched] * (1 - 0.01 * decay) ** 3
        np.testing.assert_allclose(after[name][untouched], wanted, rtol=1e-5)
        touched = np.setdiff1d(np.arange(ITEMS), untouched)
        assert not np.isclose(after[name][touched], before[name][touched], rtol=1e-5).all(axis=1).any()
    np.testing.assert_array_equal(after["decoder_bias"][untouched], before["decoder_bias"][untouched])


@pytest.mark.parametrize("rows_a_step", [1, 2, 4])
def test_a_pass_at_the_peak_rate_shrinks_by_l2_times_the_root_of_its_steps(rows_a_step: int) -> None:
    net = make_net(torch.float32, batch_size=rows_a_step, l2=0.01)
    steps, before = ROWS // rows_a_step, net.learnt()["encoder"][6]
    for _ in range(steps):
        net.step(BATCH, net.params.learning_rate, np.random.default_rng(0))
    np.testing.assert_allclose(net.learnt()["encoder"][6] / before, (1 - 0.01 * steps**-0.5) ** steps, rtol=1e-5)


def reset_cold(net: AutoRecNet) -> None:
    bias = whole(net)["decoder_bias"]
    bias[COLD] = 0
    put(net, "decoder_bias", bias)


def test_items_nobody_rated_start_and_stay_at_zero() -> None:
    net = make_net(torch.float32)
    reset_cold(net)  # make_net moved it
    for step in range(3):
        net.step(np.arange(ROWS), 0.01, np.random.default_rng(step))
    for name in ("encoder", "mask", "decoder", "decoder_bias"):
        assert (net.learnt()[name][COLD] == 0).all(), name


def test_items_nobody_rated_stay_at_zero_when_output_is_fed_back() -> None:
    net = make_net(torch.float32, refeed=2)
    reset_cold(net)
    for step in range(3):
        net.step(np.arange(ROWS), 0.01, np.random.default_rng(step))
    for name in ("encoder", "mask", "decoder", "decoder_bias"):
        assert (net.learnt()[name][COLD] == 0).all(), name


def test_what_is_hidden_is_in_the_target_and_nowhere_else() -> None:
    net = make_net(torch.float64, noise=0.9)
    picked = np.repeat(np.arange(ROWS), 50)
    X = net.X[picked]
    values, mask, target = (t.numpy() for t in net.inputs(batch_of(net, picked), np.random.default_rng(0)))
    rows, shown = row_of(X), mask > 0
    assert (values[~shown] == 0).all()
    assert (target[~shown] != 0).any()
    assert 0.4 < shown.mean() < 0.7  # the share hidden is uniform up to 0.9: 0.45 on average
    residual = X.data - net.bias.base(X.indices).astype(np.float64)
    count = np.bincount(rows, weights=shown, minlength=X.shape[0])
    effect = np.bincount(rows, weights=shown * residual, minlength=X.shape[0]) / (count + 5.0)
    np.testing.assert_allclose(target, (residual - effect[rows]) / net.sigma, atol=1e-6)
    scale = 1 / np.sqrt(np.maximum(count, 1))
    np.testing.assert_allclose(mask, shown * scale[rows], atol=1e-12)
    np.testing.assert_allclose(values, mask * target, atol=1e-12)


def test_without_noise_everything_is_shown() -> None:
    net = make_net(torch.float64, noise=0)
    values, mask, target = net.inputs(batch_of(net), np.random.default_rng(0))
    n = torch.from_numpy(np.diff(net.X.indptr)[row_of(net.X)]).double()
    torch.testing.assert_close(mask, n**-0.5)
    torch.testing.assert_close(values, target * n**-0.5)


def test_a_stored_rating_of_zero_enters_the_loss() -> None:
    cells = ([0, 0, 1, 1], [0, 1, 0, 1])
    for low in (0.0, 2.0):
        X = as_csr(csr_array(([4.0, low, 5.0, 3.0], cells), shape=(2, 2)))
        settings = AutoRecParams(widths=(2,), noise=0, dropout=0)
        net = AutoRecNet(X, Bias(damping_user=0).fit(X), np.ones(1, np.float32), settings, torch.float64)
        code = F_at(net, X)
        target = net.inputs(batch_of(net), np.random.default_rng(0))[2].numpy()
        loss, n = net.step(np.arange(2), 1e-3, np.random.default_rng(0))
        assert n == 4
        assert loss == pytest.approx(np.square(code - target).sum())
        assert target[1] == pytest.approx(low - net.bias.base(np.array([1]))[0] - net.bias.user_effect(X)[0], abs=1e-5)


def F_at(net: AutoRecNet, X: csr_array) -> np.ndarray:  # noqa: N802 (f of the formula)
    """Return the net's output at the cells of X with everything shown."""
    batch = make_batch(X, None, net.place)
    values, mask, _ = net.inputs(batch, np.random.default_rng(0))
    with torch.no_grad():
        return net.forward(batch, values, mask, None)[0].numpy()


def test_rows_without_ratings_change_nothing() -> None:
    net = make_net(torch.float32)
    before = net.learnt()
    assert net.step(np.array([2]), 0.1, np.random.default_rng(0)) == (0.0, 0)
    for name, value in net.learnt().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("refeed", [0, 1])
def test_a_net_that_is_saved_and_loaded_goes_on_bit_for_bit(refeed: int) -> None:
    whole, again = (make_net(torch.float32, refeed=refeed, state="row", seed=seed) for seed in (0, 9))
    rng = np.random.default_rng(0)
    parts = [np.sort(rng.choice(ROWS, 3, replace=False)) for _ in range(12)]
    for step, rows in enumerate(parts):
        if step == 6:
            again.load(whole.state())
            again.params = whole.params
        whole.step(rows, 0.01, np.random.default_rng(step))
        if step >= 6:
            again.step(rows, 0.01, np.random.default_rng(step))
    for name, value in whole.state().items():
        np.testing.assert_array_equal(value, again.state()[name], err_msg=name)
    for name, value in whole.learnt().items():
        np.testing.assert_array_equal(value, again.learnt()[name], err_msg=name)


def test_a_state_can_be_loaded_before_any_step() -> None:
    whole, again = make_net(torch.float32), make_net(torch.float32, seed=9)
    again.load(whole.state())
    for name, value in whole.learnt().items():
        np.testing.assert_array_equal(value, again.learnt()[name])


def test_what_is_learnt_is_a_copy() -> None:
    net = make_net(torch.float32)
    before = net.learnt()
    kept = {k: v.copy() for k, v in before.items()}
    net.step(BATCH, 0.1, np.random.default_rng(0))
    for name, value in before.items():
        np.testing.assert_array_equal(value, kept[name])


def test_feeding_back_fits_the_dense_output() -> None:
    """With one more step a batch, towards f(x) at every item: worked out here in dense torch."""
    settings = {"noise": 0, "dropout": 0, "l2": 0.0, "widths": (4,)}
    net, plain = make_net(torch.float64, refeed=1, **settings), make_net(torch.float64, **settings)
    code = dense_code(plain)  # before any step
    net.step(BATCH, 0.01, np.random.default_rng(0))
    plain.step(BATCH, 0.01, np.random.default_rng(0))
    assert not np.array_equal(net.learnt()["encoder"], plain.learnt()["encoder"])
    w = {k: v.requires_grad_() for k, v in whole(plain).items()}
    rated = torch.from_numpy(np.flatnonzero(np.diff(net.X.tocsc().indptr)))
    decoder, bias = w["decoder"][rated], w["decoder_bias"][rated]
    target = (code @ decoder.T + bias).detach()
    pre = (target @ w["encoder"][rated] + w["mask"][rated].sum(0)) * len(rated) ** -0.5 + w["encoder_bias"]
    loss = (torch.tanh(pre) @ decoder.T + bias - target).square().mean()
    loss.backward()
    batch = batch_of(net, BATCH)
    for name, weight in w.items():
        wanted = 0.9 * first_moment(plain, name) + 0.1 * weight.grad
        torch.testing.assert_close(first_moment(net, name), wanted, rtol=1e-6, atol=1e-9)
    assert len(batch.items) < ITEMS  # items outside the batch moved too


def dense_code(net: AutoRecNet) -> Tensor:
    batch = batch_of(net, BATCH)
    values, mask, _ = net.inputs(batch, np.random.default_rng(0))
    with torch.no_grad():
        return net.forward(batch, values, mask, None)[1]


def test_feeding_back_does_not_count_as_a_step_of_weight_decay() -> None:
    nets = [make_net(torch.float32, refeed=n) for n in (0, 3)]
    for net in nets:
        net.step(BATCH, 0.01, np.random.default_rng(0))
    assert len({round(net.tables["encoder"].log_decay, 12) for net in nets}) == 1
    assert nets[1].adam.param_groups[0]["weight_decay"] == nets[0].adam.param_groups[0]["weight_decay"] > 0


def test_two_feedings_differ_from_one_and_each_is_stable() -> None:
    X = matrix()
    scores = [
        AutoRec(widths=[4], epochs=3, refeed=n, learning_rate=0.02, batch_size=4).fit(X).score(X) for n in (0, 1, 2)
    ]
    assert all(np.isfinite(s).all() for s in scores)
    assert all(not np.allclose(a, b, atol=1e-4) for a, b in pairwise(scores))
