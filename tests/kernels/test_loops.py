"""The loops divide their work without gaps or overlaps; what they compute is tested through the layers."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foretaste.kernels.loops import GROUP, bounds, count_step


@given(st.integers(1, 3000), st.integers(1, 9))
def test_parts_cover_every_unit_once_in_whole_groups(width, parts):
    edges = [bounds(width, part, parts) for part in range(parts)]
    assert edges[0][0] == 0
    assert edges[-1][1] == width
    for (_, end), (start, _) in itertools.pairwise(edges):
        assert min(end, width) == min(start, width)
        assert start % GROUP == 0


def test_a_step_is_noted_at_its_rows():
    steps, decayed = np.zeros(4, np.float32), np.zeros(4)
    count_step(steps, decayed, np.array([1, 3], np.int32), -0.5)
    assert steps.tolist() == [0, 1, 0, 1]
    assert decayed.tolist() == [0, -0.5, 0, -0.5]
