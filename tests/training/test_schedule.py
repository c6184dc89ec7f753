import numpy as np
import pytest

from foretaste.training.schedule import learning_rate, rows_a_step


@pytest.mark.parametrize("done", [0, 0.05, 0.5, 1])
def test_constant_stays_at_the_peak(done: float) -> None:
    assert learning_rate(0.3, "constant", done) == 0.3


def test_cosine_rises_to_the_peak_at_the_end_of_the_warm_up() -> None:
    rates = [learning_rate(2.0, "cosine", done) for done in np.linspace(0, 0.1, 50)]
    assert rates == sorted(rates)
    assert rates[0] > 0  # the first step of a run learns something
    assert learning_rate(2.0, "cosine", 0.05) == pytest.approx(1.0)
    assert learning_rate(2.0, "cosine", 0.1) == pytest.approx(2.0)


def test_cosine_falls_to_zero_along_half_a_wave() -> None:
    rates = [learning_rate(2.0, "cosine", done) for done in np.linspace(0.1, 1, 50)]
    assert rates == sorted(rates, reverse=True)
    assert learning_rate(2.0, "cosine", 0.55) == pytest.approx(1.0)
    assert learning_rate(2.0, "cosine", 1.0) == pytest.approx(0, abs=1e-12)


def test_the_warm_up_can_be_left_out() -> None:
    assert learning_rate(2.0, "cosine", 0.0, warmup=0) == 2.0
    assert learning_rate(2.0, "cosine", 0.25, warmup=0.5) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("asked", "n_rows", "wanted"), [(32, 10_000, 32), (0, 8_000, 100), (0, 8_001, 101), (0, 30, 4), (0, 10**6, 512)]
)
def test_a_step_takes_what_is_asked_for_or_an_eightieth_of_all_rows_within_bounds(asked, n_rows, wanted):
    assert rows_a_step(asked, n_rows) == wanted
