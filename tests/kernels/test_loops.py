"""The loops around the vector code; what they compute together is tested through the layers."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from foretaste.kernels import loops, vectors
from foretaste.kernels.loops import VECTORS, count_step, panel_of, put_panel
from foretaste.kernels.optimiser import PANEL


def test_a_step_is_noted_at_its_rows():
    steps, decayed = np.zeros(4, np.float32), np.zeros(4)
    count_step(steps, decayed, np.array([1, 3], np.int32), -0.5)
    assert steps.tolist() == [0, 1, 0, 1]
    assert decayed.tolist() == [0, -0.5, 0, -0.5]


@pytest.mark.parametrize("width", [1, 5, PANEL, PANEL + 1, 3 * PANEL - 1])
def test_panels_are_the_rows_in_pieces(width):
    rows = np.random.default_rng(0).normal(size=(3, width))
    back, panel = np.full_like(rows, np.nan), np.full((3, PANEL), np.nan)
    for place in range(-(-width // PANEL)):
        panel_of(rows, place, panel)
        assert (panel[:, width - place * PANEL :] == 0).all()  # beyond the width, in the last panel
        put_panel(panel, place, back)
    np.testing.assert_array_equal(back, rows)


def test_a_change_of_the_vector_code_is_noted_where_numba_looks():
    """Numba compiles anew only where the file of the calling function changed; else an old machine code would stay in use."""
    assert hashlib.sha256(Path(vectors.__file__).read_bytes()).hexdigest().startswith(VECTORS)
    assert len(VECTORS) == 12
    assert loops.PANEL == PANEL
