"""A table of item rows with its optimiser's state: what the outer layers of an autoencoder read and move."""

import math

import torch
from torch import Tensor

from foretaste.kernels.optimiser import GROUP, RowOptimiser


class RowTable:
    """Rows of weights of which each step touches only some.

    Args:
        weights: (rows, width), changed in place.
        optimiser: How touched rows move.

    Attributes:
        rate: Learning rate of the next step; whoever trains sets it before each step.
        first: Adam's first moment, (rows, width); (0, width) for other rules.
        second: Second moments, (rows, groups).
        steps: How often each row was moved, (rows,).
        log_decay: Logarithm of all weight decay so far.
        decayed: What of it each row has already, float64 (rows,).
    """

    def __init__(self, weights: Tensor, optimiser: RowOptimiser) -> None:
        rows, width = weights.shape
        self.weights, self.optimiser, self.rate = weights, optimiser, 0.0
        self.first = weights.new_zeros((rows if optimiser.rule == "adam" else 0, width))
        self.second = weights.new_zeros((rows, optimiser.groups(width)))
        self.steps = weights.new_zeros(rows)
        self.log_decay = 0.0
        self.decayed = torch.zeros(rows, dtype=torch.float64, device=weights.device)

    def read(self, rows: Tensor) -> Tensor:
        """Return a copy of some rows with their weight decay caught up, (m, width); the table itself stays as it is."""
        return self.weights[rows] * self.factor(rows)[:, None]

    def factor(self, rows: Tensor) -> Tensor:
        """Return the weight decay that some rows have yet to catch up with, as a factor, (m,)."""
        return torch.exp(self.log_decay - self.decayed[rows]).to(self.weights.dtype)

    def decay(self) -> None:
        """Count one step's weight decay for every row, whether it is touched or not."""
        self.log_decay += math.log1p(-min(self.rate * self.optimiser.l2, 1 - 1e-12))

    def step(self, rows: Tensor, grad: Tensor, *, decay: bool = True) -> None:
        """Move some rows, in torch, on any device and in any floating type.

        Args:
            rows: int64 (m,), none twice.
            grad: (m, width).
            decay: Whether this step counts for weight decay.
        """
        if decay:
            self.decay()
        o = self.optimiser
        steps = self.steps[rows] + 1
        kept = self.read(rows)
        if o.rule == "sgd":
            change = grad * self.rate
        else:
            square = grad.square() if o.state == "full" else _mean_over_groups(grad.square())
            second = self.second[rows]
            second = second + square if o.rule == "adagrad" else second * o.beta2 + square * (1 - o.beta2)
            self.second[rows] = second
            if o.rule == "adam":
                grad = self.first[rows].mul_(o.beta1).add_(grad, alpha=1 - o.beta1)
                self.first[rows] = grad
                scale1, scale2 = ((1 - b ** steps.double()).to(grad.dtype)[:, None] for b in (o.beta1, o.beta2))
                grad, second = grad / scale1, second / scale2
            if o.state == "row":
                second = second.repeat_interleave(GROUP, dim=1)[:, : grad.shape[1]]
            change = grad / (second.sqrt() + o.eps) * self.rate
        self.weights[rows] = kept - change
        self.steps[rows] = steps
        self.decayed[rows] = self.log_decay

    def settle(self) -> Tensor:
        """Catch up the decay of every row and return the table; the bookkeeping of decay starts anew."""
        if self.optimiser.l2:
            self.weights *= torch.exp(self.log_decay - self.decayed).to(self.weights.dtype)[:, None]
            self.log_decay = 0.0
            self.decayed.zero_()
        return self.weights

    def state(self) -> dict[str, Tensor]:
        """Return all that is needed to go on, settled."""
        return {"weights": self.settle(), "first": self.first, "second": self.second, "steps": self.steps}

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`."""
        for name, value in state.items():
            getattr(self, name).copy_(value)
        self.log_decay = 0.0
        self.decayed.zero_()


def _mean_over_groups(values: Tensor) -> Tensor:
    width = values.shape[1]
    padded = torch.nn.functional.pad(values, (0, -width % GROUP))
    count = torch.full((padded.shape[1] // GROUP,), float(GROUP), dtype=values.dtype, device=values.device)
    count[-1] = width - GROUP * (len(count) - 1)
    return padded.reshape(len(values), -1, GROUP).sum(2) / count
