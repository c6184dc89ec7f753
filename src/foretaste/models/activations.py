"""Activations by name, in numpy: scoring needs no torch. `autorec_net` has the same names from torch; a test compares them."""

from collections.abc import Callable

import numpy as np

from foretaste.arrays import FloatArray

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _selu(x: FloatArray) -> FloatArray:
    return np.float32(SELU_SCALE) * np.where(x > 0, x, np.float32(SELU_ALPHA) * np.expm1(np.minimum(x, 0)))


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + 1)


ACTIVATIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "selu": _selu,
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "tanh": np.tanh,
}
"""Element-wise functions, float32 in and out, any shape."""
