"""Scores from codes: the formula, cell by cell, and what AutoRec says of columns that it knows nothing about."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.models.autorec import AutoRec
from foretaste.models.linear_output import LinearOutput

RNG = np.random.default_rng(0)
OUT = LinearOutput(*(RNG.normal(size=shape).astype(np.float32) for shape in ((5, 3), (7, 3), (5,), (7,))))
QUICK = {"widths": (6,), "epochs": 2, "learning_rate": 0.02}


def by_hand(out: LinearOutput) -> np.ndarray:
    return out.row_offset[:, None] + out.col_offset + out.codes.astype(np.float64) @ out.decoder.T.astype(np.float64)


def test_scores_are_the_formula_inside_the_scale() -> None:
    np.testing.assert_allclose(OUT.scores(np.array([-9, 9])), by_hand(OUT), atol=1e-5)
    np.testing.assert_allclose(OUT.scores(np.array([-1, 0.5])), by_hand(OUT).clip(-1, 0.5), atol=1e-5)
    assert OUT.scores(np.array([-9, 9])).dtype == np.float32


def test_cells_are_scores_in_the_order_asked_for() -> None:
    rows, cols = RNG.integers(0, 5, 30), RNG.integers(0, 7, 30)
    np.testing.assert_allclose(OUT.cells(rows, cols), by_hand(OUT)[rows, cols], atol=1e-5)


@pytest.mark.parametrize("center", [True, False], ids=["centred", "raw"])
def test_autorecs_row_offset_is_what_it_expects_of_a_column_that_nobody_rated(center: bool) -> None:
    stored = RNG.random((30, 9)) < 0.5
    stored[:, 4] = False
    row, col = np.nonzero(stored)
    X = as_csr(csr_array((RNG.integers(1, 6, len(row)), (row, col)), shape=stored.shape))
    model = AutoRec(**QUICK, center=center).fit(X)
    out = model.linear_output(X)
    assert model.code_width == out.codes.shape[1] == 6
    np.testing.assert_allclose(out.scores(model.scale_), model.score(X), atol=1e-6)
    assert not out.decoder[4].any()
    np.testing.assert_allclose(out.col_offset[4], 0, atol=1e-6)
    wanted = model.bias_.mean_[0] + model.bias_.user_effect(X) if center else np.full(30, 3.0)
    np.testing.assert_allclose(out.row_offset, wanted, atol=1e-6)
    np.testing.assert_allclose(model.score(X)[:, 4], wanted.clip(1, 5), atol=1e-5)
