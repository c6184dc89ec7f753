"""A small world of clicks in float64, and the way to look at a network's gradients: what tests of all of them share."""

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from foretaste.arrays import AnyArray, as_csr
from foretaste.models.click_net import ClickWeights

ROWS, ITEMS, COLD = 8, 7, 5
BATCH = np.array([0, 2, 3, 6])


def matrix() -> csr_array:
    """Return clicks with values that nobody may look at; row 2 (of the batch) and item 5 are empty."""
    rng = np.random.default_rng(0)
    stored = rng.random((ROWS, ITEMS)) < 0.5
    stored[2], stored[:, COLD] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(ROWS, ITEMS)))


def clicks() -> AnyArray:
    """Return the batch's rows as ones and zeros, float64 (rows, items)."""
    X = matrix()
    return csr_array((np.ones(X.nnz), X.indices, X.indptr), shape=X.shape).toarray()[BATCH]


def stir(weights: ClickWeights) -> dict[str, Tensor]:
    """Move all weights away from zero, so that every gradient is tested, and return them."""
    draws, out = torch.Generator().manual_seed(3), {}
    for name, shape in weights.shapes.items():
        fresh = 0.4 * torch.randn(shape, generator=draws, dtype=weights.dtype) + float(name.endswith("gain"))
        put(weights, name, fresh)
        out[name] = fresh.clone()
    return out


def put(weights: ClickWeights, name: str, value: Tensor) -> None:
    """Replace one of the weights."""
    if name == "encoder":
        weights.encoder.write(value)
    elif name in weights.inner:
        weights.inner[name].data.copy_(value)
    else:
        output: Any = weights.output
        getattr(output, "weight" if name == "decoder" else "bias").copy_(value)


def gradients(weights: ClickWeights) -> dict[str, Tensor]:
    """Return each weight's gradient in the one step that was taken: ten times Adam's first moment."""
    state = weights.state()
    keys = {name: f"{name}.first" if f"{name}.first" in state else f"{name}.adam.exp_avg" for name in weights.shapes}
    found = {name: torch.from_numpy(state[key]) / 0.1 for name, key in keys.items() if key in state}
    return {name: value.reshape(weights.shapes[name]) for name, value in found.items()}


def weights_of_rows(balance: float) -> AnyArray:
    """Return what each row of the batch counts, by hand; an empty one as if it held one click."""
    count = np.maximum(clicks().sum(1), 1)
    return count**-balance / (count @ count**-balance) * count.sum()


def log_softmax(logits: AnyArray) -> AnyArray:
    """Return the logarithm of the softmax of each row, by numpy."""
    top = logits.max(1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(1, keepdims=True))
