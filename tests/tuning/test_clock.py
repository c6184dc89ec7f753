"""The time of a search, with what it took before it was stopped."""

import math
import time

import pytest

from foretaste.tuning.clock import Clock


def test_what_was_taken_before_counts() -> None:
    clock = Clock(100, spent_s=40, started=time.time() - 10)
    assert clock.taken() == pytest.approx(50, abs=0.5)
    assert clock.left() == pytest.approx(50, abs=0.5)


def test_without_a_limit_there_is_always_time() -> None:
    clock = Clock()
    assert math.isinf(clock.left())
    assert clock.moment(math.inf) is None


def test_a_moment_is_when_so_much_will_have_been_taken() -> None:
    clock = Clock(100, spent_s=40)
    moment = clock.moment(60)
    assert moment is not None
    assert moment - time.time() == pytest.approx(20, abs=0.5)
