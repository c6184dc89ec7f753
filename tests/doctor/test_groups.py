"""Spans of groups against a plain loop."""

import numpy as np

from foretaste.doctor.groups import spans


def test_spans_agree_with_a_loop():
    rng = np.random.default_rng(0)
    codes, values = rng.integers(0, 40, 300), rng.integers(-50, 50, 300)
    expected = [np.ptp(values[codes == one]) if (codes == one).any() else 0 for one in range(45)]
    assert spans(values, codes, 45).tolist() == expected
    assert spans(values[:0], codes[:0], 3).tolist() == [0, 0, 0]
    assert spans(values.astype(np.float32), codes, 45).dtype == np.float32
