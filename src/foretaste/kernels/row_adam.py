"""Adam for a table of which each step touches only some rows.

Rule for what a step does not touch: nothing is computed and nothing is lost. The moments of an untouched row stand still, and
its bias correction counts its own steps, so a row seen ten times is treated as Adam treats any weight at its tenth step. Weight
decay is decoupled (w <- w (1 - rate * l2) a step) and caught up when the row is next read: the factors of the steps in
between multiply to the same decay that a dense pass would have applied step by step.
"""

import math

import torch
from torch import Tensor


class RowAdam:
    """A table with Adam's state beside it.

    Args:
        table: (rows, width), changed in place.
        l2: Decoupled weight decay a step, times the learning rate.
        betas: Decay of the first and second moment.
        eps: Added to the root of the second moment.

    Attributes:
        fused: Whether steps run in one pass in numba (CPU, float32) or in torch operators (anywhere).

    Source: D. Kingma, J. Ba, "Adam", 2015, arXiv:1412.6980; I. Loshchilov, F. Hutter, "Decoupled weight decay", 2019,
    arXiv:1711.05101. Differs: lazy rows as above.
    """

    def __init__(
        self, table: Tensor, *, l2: float = 0.0, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        rows = table.shape[0]
        self.table, self.l2, self.betas, self.eps = table, l2, betas, eps
        self.first, self.second = torch.zeros_like(table), torch.zeros_like(table)
        self.steps = torch.zeros(rows, dtype=table.dtype, device=table.device)
        self.fused = table.device.type == "cpu" and table.dtype == torch.float32
        self.log_decay = 0.0
        self.decayed = torch.zeros(rows, dtype=torch.float64, device=table.device)

    def read(self, rows: Tensor) -> Tensor:
        """Return a copy of some rows with their weight decay caught up, (m, width)."""
        if self.fused:
            from foretaste.kernels.adam_rows import read_rows  # noqa: PLC0415 (numba loads only when a kernel is used)

            out = self.table.new_empty(len(rows), self.table.shape[1])
            read_rows(self.table.numpy(), self.decayed.numpy(), self.log_decay, rows.numpy(), out.numpy())
            return out
        values = self.table[rows] * torch.exp(self.log_decay - self.decayed[rows]).to(self.table.dtype)[:, None]
        self.table[rows] = values
        self.decayed[rows] = self.log_decay
        return values

    def step(self, rows: Tensor, grad: Tensor, rate: float) -> None:
        """Apply one step to some rows; every other row is left to be caught up.

        Args:
            rows: int64 (m,), none twice, each read since the last step.
            grad: (m, width).
            rate: Learning rate.
        """
        b1, b2 = self.betas
        self.log_decay += math.log1p(-min(rate * self.l2, 1 - 1e-12))
        if self.fused:
            from foretaste.kernels.adam_rows import adam_rows  # noqa: PLC0415

            self.read(rows)
            adam_rows(
                self.table.numpy(), self.first.numpy(), self.second.numpy(), self.steps.numpy(),
                rows.numpy(), grad.contiguous().numpy(), rate, b1, b2, self.eps,
            )  # fmt: skip
            return
        steps = self.steps[rows] + 1
        first = self.first[rows].mul_(b1).add_(grad, alpha=1 - b1)
        second = self.second[rows].mul_(b2).addcmul_(grad, grad, value=1 - b2)
        self.steps[rows], self.first[rows], self.second[rows] = steps, first, second
        scale1, scale2 = ((1 - b ** steps.double()).to(grad.dtype)[:, None] for b in (b1, b2))
        change = (first / scale1).div_((second / scale2).sqrt_().add_(self.eps)).mul_(rate)
        self.table[rows] = self.read(rows) - change

    def settle(self) -> Tensor:
        """Catch up the decay of every row and return the table; the bookkeeping of decay starts anew."""
        if self.l2:
            self.table *= torch.exp(self.log_decay - self.decayed).to(self.table.dtype)[:, None]
            self.log_decay = 0.0
            self.decayed.zero_()
        return self.table

    def state(self) -> dict[str, Tensor]:
        """Return all that is needed to go on, settled."""
        return {"table": self.settle(), "first": self.first, "second": self.second, "steps": self.steps}

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`."""
        for name, value in state.items():
            getattr(self, name).copy_(value)
        self.log_decay = 0.0
        self.decayed.zero_()
