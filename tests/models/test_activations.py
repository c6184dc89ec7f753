"""Every activation has two homes, numpy to score and torch to train: they are the same function."""

import numpy as np
import pytest
import torch

from foretaste.models.activations import ACTIVATIONS
from foretaste.models.autorec_net import ACTIVATIONS as IN_TORCH

NAMES = sorted(ACTIVATIONS)


def test_both_homes_have_the_same_names() -> None:
    assert sorted(IN_TORCH) == NAMES == ["elu", "identity", "relu", "selu", "sigmoid", "silu", "tanh"]


@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_torch_agree(name: str) -> None:
    x = np.concatenate([np.linspace(-30, 30, 2001), np.linspace(-1e-3, 1e-3, 101)]).astype(np.float32)
    ours, theirs = ACTIVATIONS[name](x), IN_TORCH[name](torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_extreme_inputs_give_numbers_and_no_warning(name: str) -> None:
    x = np.array([-3e38, -1e30, -1e4, -89, -0.0, 0, 1e-38, 89, 1e4, 1e30, 3e38], np.float32)
    ours, theirs = ACTIVATIONS[name](x), IN_TORCH[name](torch.from_numpy(x)).numpy()
    assert not np.isnan(ours).any()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 4), (2, 0)])
def test_shape_and_float32_are_kept_and_the_input_too(name: str, shape: tuple[int, ...]) -> None:
    x = np.linspace(-2, 2, int(np.prod(shape))).reshape(shape).astype(np.float32)
    x.flags.writeable = False
    out = ACTIVATIONS[name](x)
    assert out.shape == shape
    assert out.dtype == np.float32
