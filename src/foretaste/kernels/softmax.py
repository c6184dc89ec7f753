"""The softmax over all items at the speed of matrix products, and over a sample of them where there are too many.

A multinomial model asks one thing of its output: minus the log-likelihood of what a row holds,

    loss_r = n_r log sum_i exp(y_ri) - sum over the row's cells of y_ri,        y_r = W h_r + d

whose gradient at y_r is n_r softmax(y_r) minus one at each cell. So the scores of a batch are written once, in one block, and
become their own gradient in place, each row by what it counts; two more products give what the codes and the table ask for.
As in `layers`, calling backward() moves the table.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray
from foretaste.errors import ShapeError
from foretaste.kernels.batch import Batch
from foretaste.kernels.optimiser import PANEL, RowOptimiser
from foretaste.kernels.row_table import RowTable

TEMPER = 0.75
"""Power of an item's count that its chance to be sampled follows: between all alike and as often as it is met."""


class Output(Protocol):
    """What stands behind the last hidden layer of a multinomial model: all items, or a sample of them."""

    rate: float
    """Learning rate of the next step; whoever trains sets it before each step."""

    def score(self, hidden: Tensor, batch: Batch, rng: np.random.Generator) -> "Scored":
        """Return the logits of a batch, with what is needed to go back from them."""

    def step(self, scored: "Scored", hidden: Tensor, scale: float) -> None:
        """Move by the gradient of ``scale`` times the loss; `scored` holds the gradient at the logits by now."""

    def settle(self) -> None:
        """Catch up the weight decay of what was not touched."""

    def read(self, name: str) -> Tensor:
        """Return a copy of ``"decoder"``, (items, width), or ``"decoder_bias"``, (items,), as it stands."""

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that is needed to go on."""

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`."""


class Scored(NamedTuple):
    """The logits of a batch over all items or some.

    Args:
        logits: (rows, m).
        weight: Rows of the table that they come from, (m, width).
        places: Column in `logits` of each cell of the batch, int64 (n,).
        items: Rows of the table, int64 (m,); None where they are all.
    """

    logits: Tensor
    weight: Tensor
    places: Tensor
    items: Tensor | None


def softmax_loss(
    hidden: Tensor,
    output: Output,
    batch: Batch,
    rng: np.random.Generator,
    *,
    weight: Tensor | None = None,
    learn: bool = True,
) -> Tensor:
    """Return minus the multinomial log-likelihood of a batch's rows, weighted and summed; backward() moves the output.

    Each row's cells are one observation of as many draws, whatever their values; an empty row counts nothing.

    Args:
        hidden: Codes, (rows, width); where they ask for no gradient, none is computed.
        output: The table behind them; it takes part in one graph at a time.
        batch: The cells.
        rng: Draws the sample, where there is one.
        weight: What each row counts, (rows,); None is 1 for all.
        learn: Whether backward() moves the output, or only asks the codes.

    Returns:
        One number.
    """
    anchor = hidden.new_empty(0).requires_grad_(learn)  # the table is no torch parameter, but it must be in the graph
    weight = hidden.new_ones(batch.n_rows) if weight is None else weight
    return _Softmax.apply(anchor, hidden, output, batch, rng, weight, learn)  # type: ignore[no-untyped-call]


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        anchor: Tensor,  # noqa: ARG004
        hidden: Tensor,
        output: Output,
        batch: Batch,
        rng: np.random.Generator,
        weight: Tensor,
        learn: bool,
    ) -> Tensor:
        scored, row = output.score(hidden, batch, rng), torch.from_numpy(batch.row.astype(np.int64)).to(hidden.device)
        logits, count = scored.logits, torch.from_numpy(np.diff(batch.row_start)).to(hidden)
        cells, flat, each = row * logits.shape[1] + scored.places, logits.view(-1), weight[row]
        logits -= logits.amax(1, keepdim=True)
        asked = flat[cells] @ each
        total = logits.exp_().sum(1)
        loss = (weight * count) @ total.log() - asked
        logits *= (weight * count / total)[:, None]
        flat[cells] -= each
        ctx.output, ctx.scored, ctx.learn = output, scored, learn
        ctx.save_for_backward(hidden)
        return loss

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (hidden,), scored = ctx.saved_tensors, ctx.scored
        back = None
        if ctx.needs_input_grad[1]:  # before the table moves
            back = (scored.logits @ scored.weight).mul_(grad)
        if ctx.learn:
            ctx.output.step(scored, hidden, float(grad))
        return None, back, None, None, None, None, None


class WholeSoftmax:
    """Every item in every step: exact.

    Args:
        weight: (items, width), taken over.
        bias: (items,), taken over.
        l2: Decoupled weight decay of the table, a step, times the learning rate; the bias has none.
    """

    def __init__(self, weight: Tensor, bias: Tensor, l2: float) -> None:
        self.rate, self.weight, self.bias = 0.0, weight, bias
        self.block = weight.new_empty(0)
        weight.grad, bias.grad = torch.zeros_like(weight), torch.zeros_like(bias)
        groups = [{"params": [weight], "weight_decay": l2}, {"params": [bias], "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(groups, fused=True)

    def score(self, hidden: Tensor, batch: Batch, rng: np.random.Generator) -> Scored:  # noqa: ARG002
        """See `Output.score`; the block of logits is the same memory in every step."""
        shape = len(hidden), len(self.weight)
        if self.block.numel() < shape[0] * shape[1]:
            self.block = hidden.new_empty(shape[0] * shape[1])
        logits = self.block[: shape[0] * shape[1]].view(shape)
        torch.addmm(self.bias, hidden, self.weight.T, out=logits)
        return Scored(logits, self.weight, torch.from_numpy(batch.cols.astype(np.int64)).to(hidden.device), None)

    def step(self, scored: Scored, hidden: Tensor, scale: float) -> None:
        """See `Output.step`."""
        weight, bias = self.weight.grad, self.bias.grad
        assert weight is not None and bias is not None  # noqa: PT018, S101 (for the type checker)
        torch.addmm(weight, scored.logits.T, hidden, beta=0, alpha=scale, out=weight)
        torch.sum(scored.logits, 0, out=bias).mul_(scale)
        for group in self.adam.param_groups:
            group["lr"] = self.rate
        self.adam.step()

    def settle(self) -> None:
        """See `Output.settle`: every item is touched in every step."""

    def read(self, name: str) -> Tensor:
        """See `Output.read`."""
        return (self.weight if name == "decoder" else self.bias).clone()

    def state(self) -> dict[str, Tensor]:
        """See `Output.state`."""
        out = {"decoder.weight": self.weight.clone(), "decoder_bias.weight": self.bias.clone()}
        for name, weight in (("decoder", self.weight), ("decoder_bias", self.bias)):
            out |= {f"{name}.adam.{k}": torch.as_tensor(v).clone() for k, v in self.adam.state.get(weight, {}).items()}
        return out

    def load(self, state: dict[str, Tensor]) -> None:
        """See `Output.load`."""
        for name, weight in (("decoder", self.weight), ("decoder_bias", self.bias)):
            weight.copy_(state[f"{name}.weight"])
            prefix = f"{name}.adam."
            found = {k.removeprefix(prefix): v.clone() for k, v in state.items() if k.startswith(prefix)}
            if found:
                self.adam.state[weight] = found


class SampledSoftmax:
    """The batch's own items and a random sample of all others in each step, shared by the batch's rows.

    Item j joins with a chance c_j of its own, independently, and then stands for 1 / c_j items: its logit is y_j - log c_j. The
    expected sum over what is there is then the sum over all items, so the estimate of the partition sum is unbiased; that of
    its logarithm is low by about half its relative variance. The items of the batch's rows are always in, with c = 1.

    Args:
        weight: (items, width), copied.
        bias: (items,), copied.
        l2: As in `WholeSoftmax`.
        count: How often each item was met, (items,).
        samples: Items that join a batch, on average; at least as many as there are is all of them.
    """

    def __init__(self, weight: Tensor, bias: Tensor, l2: float, count: AnyArray, samples: int) -> None:
        self.rate = 0.0
        self.table = RowTable(weight, RowOptimiser("adam", "row", l2=l2), PANEL)
        self.bias = RowTable(bias[:, None], RowOptimiser("adam", "row"), 1)
        self.chance = chances(count, samples)

    def draw(self, batch: Batch, rng: np.random.Generator) -> tuple[AnyArray, AnyArray]:
        """Return the items of a step, int64 (m,), ascending, and the chance of each to be there, (m,)."""
        there = rng.random(len(self.chance)) < self.chance
        there[batch.items] = True
        items = np.flatnonzero(there)
        chance = self.chance[items]
        chance[np.searchsorted(items, batch.items)] = 1
        return items, chance

    def score(self, hidden: Tensor, batch: Batch, rng: np.random.Generator) -> Scored:
        """See `Output.score`."""
        chosen, chance = self.draw(batch, rng)
        items = torch.from_numpy(chosen).to(hidden.device)
        weight = self.table.read(items)
        offset = self.bias.read(items)[:, 0] - torch.from_numpy(np.log(chance)).to(hidden)
        places = np.searchsorted(chosen, batch.items)[batch.local]
        return Scored(torch.addmm(offset, hidden, weight.T), weight, torch.from_numpy(places).to(hidden.device), items)

    def step(self, scored: Scored, hidden: Tensor, scale: float) -> None:
        """See `Output.step`."""
        assert scored.items is not None  # noqa: S101 (for the type checker)
        self.table.rate = self.bias.rate = self.rate
        self.table.step(scored.items, (scored.logits.T @ hidden).mul_(scale))
        self.bias.step(scored.items, scored.logits.sum(0).mul_(scale)[:, None])

    def settle(self) -> None:
        """See `Output.settle`."""
        self.table.settle()

    def read(self, name: str) -> Tensor:
        """See `Output.read`."""
        return self.table.read() if name == "decoder" else self.bias.read()[:, 0]

    def state(self) -> dict[str, Tensor]:
        """See `Output.state`."""
        both = (("decoder", self.table), ("decoder_bias", self.bias))
        return {f"{name}.{k}": v for name, table in both for k, v in table.state().items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """See `Output.load`."""
        for name, table in (("decoder", self.table), ("decoder_bias", self.bias)):
            table.load({k: state[f"{name}.{k}"] for k in ("weights", "first", "second", "steps")})


def chances(count: AnyArray, samples: int) -> AnyArray:
    """Return for each item the chance to be sampled, so that they add up to `samples`, float64 (items,).

    The chance follows (count + 1) ** `TEMPER` and is 1 at most.

    Raises:
        ShapeError: No sample is asked for.
    """
    if samples < 1:
        raise ShapeError(f"{samples} samples are asked for, expected at least 1")
    wish = (np.asarray(count, dtype=np.float64) + 1) ** TEMPER
    if samples >= len(wish):
        return np.ones(len(wish))
    sure = np.zeros(len(wish), dtype=bool)
    while True:  # who would get more than 1 gets 1, and the others share what is left
        factor = (samples - sure.sum()) / wish[~sure].sum()
        more = ~sure & (factor * wish >= 1)
        if not more.any():
            return np.where(sure, 1.0, factor * wish)
        sure |= more
