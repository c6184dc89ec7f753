"""Weights that are read when they are asked for."""

import numpy as np
import pytest

from foretaste.training.live import Live


def test_each_look_is_a_look_at_what_stands_now() -> None:
    weights = {"a": np.zeros(2), "b": np.ones(3)}
    live = Live(weights, lambda name: weights[name].copy())
    before = dict(live)
    weights["a"] += 5
    assert live["a"].tolist() == [5, 5]
    assert before["a"].tolist() == [0, 0]
    assert (list(live), len(live), "b" in live) == (["a", "b"], 2, True)


def test_nothing_is_read_that_is_not_asked_for() -> None:
    asked: list[str] = []
    live = Live(["a", "b"], lambda name: asked.append(name) or np.zeros(1))  # type: ignore[func-returns-value]
    live["b"]
    with pytest.raises(KeyError):
        live["c"]
    assert asked == ["b"]


def test_asking_whether_a_name_is_there_copies_nothing() -> None:
    asked: list[str] = []
    live = Live(["a"], lambda name: asked.append(name) or np.zeros(1))  # type: ignore[func-returns-value]
    assert "a" in live
    assert "b" not in live
    assert asked == []
