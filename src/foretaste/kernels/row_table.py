"""A table of item rows with its optimiser's state: what the outer layers of an autoencoder read and move."""

import math

import torch
from torch import Tensor

from foretaste.errors import ShapeError
from foretaste.kernels.optimiser import PANEL, RowOptimiser


class RowTable:
    """Rows of weights of which each step touches only some.

    Weights and moments lie in panels, (panels, rows, PANEL): first the first `PANEL` units of every row, then the next, the
    last one filled up with zeros that stay zeros. A step that works on one panel of a few thousand rows has that panel of all
    its codes in the first cache.

    Args:
        weights: (rows, width), copied.
        optimiser: How touched rows move.
        panel: Units that lie together: `PANEL`, or 1 for a table of one number a row that is only ever a bias.

    Attributes:
        rate: Learning rate of the next step; whoever trains sets it before each step.
        rows: Number of rows.
        width: Units of a row.
        panels: Weights, (panels, rows, PANEL), with the decay that `decayed` says.
        first: Adam's first moment, the same shape; (panels, 0, PANEL) for other rules.
        second: Second moments, the same shape under state ``"full"``, (panels, rows, 1) under ``"row"``, no rows for SGD.
        steps: How often each row was moved, (rows,).
        log_decay: Logarithm of all weight decay so far.
        decayed: What of it each row has already, float64 (rows,).
        version: Grows whenever rows move, so that a layer knows whether the table is the one it read.
    """

    def __init__(self, weights: Tensor, optimiser: RowOptimiser, panel: int = PANEL) -> None:
        self.rows, self.width = weights.shape
        self.optimiser, self.rate = optimiser, 0.0
        shape = (-(-self.width // panel), self.rows, panel)
        self.panels = weights.new_zeros(shape)
        self.version, self.log_decay = 0, 0.0
        self.decayed = torch.zeros(self.rows, dtype=torch.float64, device=weights.device)
        self.write(weights)
        self.first = weights.new_zeros((shape[0], self.rows if optimiser.rule == "adam" else 0, panel))
        each = panel if optimiser.state == "full" else 1
        self.second = weights.new_zeros((shape[0], 0 if optimiser.rule == "sgd" else self.rows, each))
        self.steps = weights.new_zeros(self.rows)

    @property
    def device(self) -> torch.device:
        """Where the table lies."""
        return self.panels.device

    def write(self, weights: Tensor) -> None:
        """Replace all weights, (rows, width), with no decay due; moments and steps stay."""
        _check_shape("weights", weights, (self.rows, self.width))
        _spread(weights, self.panels)
        self.log_decay = 0.0
        self.decayed.zero_()
        self.version += 1

    def read(self, rows: Tensor | None = None) -> Tensor:
        """Return a copy of some rows, or of all, with their weight decay caught up, (m, width); the table stays as it is."""
        gathered = _gather(self.panels, self.width, rows)
        return gathered if self.log_decay == 0 else gathered.mul_(self.factor(rows)[:, None])

    def factor(self, rows: Tensor | None = None) -> Tensor:
        """Return the weight decay that some rows have yet to catch up with, as a factor, (m,)."""
        decayed = self.decayed if rows is None else self.decayed[rows]
        return torch.exp(self.log_decay - decayed).to(self.panels.dtype)

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
        kept = self.panels[:, rows] * self.factor(rows)[:, None]
        change = _spread(grad, torch.zeros_like(kept))
        if o.rule != "sgd":
            square = change.square()
            if o.state == "row":
                square = square.sum(2, keepdim=True) / self._units()
            second = self.second[:, rows]
            second = second + square if o.rule == "adagrad" else second * o.beta2 + square * (1 - o.beta2)
            self.second[:, rows] = second
            if o.rule == "adam":
                change = self.first[:, rows].mul_(o.beta1).add_(change, alpha=1 - o.beta1)
                self.first[:, rows] = change
                scale1, scale2 = ((1 - b ** steps.double()).to(grad.dtype)[:, None] for b in (o.beta1, o.beta2))
                change, second = change / scale1, second / scale2
            change = change / (second.sqrt() + o.eps)
        self.panels[:, rows] = kept - change * self.rate
        self.steps[rows] = steps
        self.version += self.rate != 0
        self.decayed[rows] = self.log_decay

    def _units(self) -> Tensor:
        """Return how many units of a row each panel has, (panels, 1, 1)."""
        panels, _, panel = self.panels.shape
        count = torch.full((panels, 1, 1), float(panel), dtype=self.panels.dtype, device=self.device)
        count[-1] = self.width - panel * (panels - 1)
        return count

    def settle(self) -> None:
        """Catch up the decay of every row; the bookkeeping of decay starts anew."""
        if self.log_decay:
            self.panels *= self.factor()[:, None]
            self.log_decay = 0.0
            self.decayed.zero_()

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that is needed to go on, settled, row by row."""
        self.settle()
        moments = {
            "first": _gather(self.first, self.width),
            "second": _gather(self.second, self.width if self.second.shape[2] > 1 else len(self.second)),
        }
        return {"weights": self.read(), **moments, "steps": self.steps.clone()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from the `state` of a table of the same shape and optimiser.

        Raises:
            ShapeError: It is of another one.
        """
        for name, held in (("first", self.first), ("second", self.second)):
            units = len(held) if held.shape[2] == 1 and self.panels.shape[2] > 1 else self.width
            _check_shape(name, state[name], (held.shape[1], units))
        self.write(state["weights"])
        _spread(state["first"], self.first)
        _spread(state["second"], self.second)
        self.steps.copy_(state["steps"])


def _check_shape(name: str, rows: Tensor, shape: tuple[int, int]) -> None:
    if tuple(rows.shape) != shape:
        raise ShapeError(f"{name} are {tuple(rows.shape)}, expected {shape}")


def _gather(panels: Tensor, width: int, rows: Tensor | None = None) -> Tensor:
    """Return some rows, or all, from their panels: (m, width), a panel at a time, so that nothing is held twice."""
    m, panel = panels.shape[1] if rows is None else len(rows), panels.shape[2]
    out = panels.new_empty((m, width))
    if m:
        for place, source in enumerate(panels):
            target = out[:, place * panel : (place + 1) * panel]
            target.copy_((source if rows is None else source[rows])[:, : target.shape[1]])
    return out


def _spread(rows: Tensor, panels: Tensor) -> Tensor:
    """Write rows, (m, width), into panels, (panels, m, PANEL), and return these."""
    panel = panels.shape[2]
    if len(rows):
        for place, target in enumerate(panels):
            source = rows[:, place * panel : (place + 1) * panel]
            target[:, : source.shape[1]] = source
    return panels
