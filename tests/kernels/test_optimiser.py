"""Settings of a row-wise optimiser, and how much state they ask for."""

import pytest

from foretaste.errors import ParamsError
from foretaste.kernels.optimiser import RowOptimiser


def test_state_in_numbers_a_row():
    assert [RowOptimiser("adam", "full").groups(w) for w in (1, 500)] == [1, 500]
    assert [RowOptimiser("adam", "row").groups(w) for w in (1, 64, 65, 1500)] == [1, 1, 2, 24]
    assert RowOptimiser("sgd").groups(500) == 0


def test_unknown_words_are_refused():
    with pytest.raises(ParamsError, match='the optimiser is "lion", expected one of sgd, adagrad, rmsprop, adam'):
        RowOptimiser("lion")
    with pytest.raises(ParamsError, match='the optimiser\'s state is "half", expected full or row'):
        RowOptimiser("adam", "half")


def test_numbers_that_would_divide_by_nothing_are_refused():
    for name, value in (("beta1", 0.0), ("beta1", 1.0), ("beta2", -0.1), ("beta2", 1.5)):
        with pytest.raises(ParamsError, match=f"{name} is {value}, expected more than 0 and less than 1"):
            RowOptimiser("adam", **{name: value})
    with pytest.raises(ParamsError, match=r"eps is 0\.0, expected at least 1e-30"):
        RowOptimiser("adam", eps=0.0)
