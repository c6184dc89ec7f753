"""The highest memory of a stretch of work."""

import numpy as np

from foretaste import memory
from foretaste.memory import peak_memory


def used() -> int:
    return memory._now()


def grab(megabytes: int) -> float:
    return float(np.ones(megabytes * 131_072).sum())


def test_memory_that_is_given_back_is_seen():
    before = used()
    with peak_memory() as peak:
        grab(200)
    assert peak.bytes > before + 150e6


def test_each_block_has_its_own_peak():
    with peak_memory() as first:
        grab(300)
    with peak_memory() as second:
        grab(1)
    assert second.bytes < first.bytes - 150e6


def test_where_the_mark_cannot_be_reset_a_thread_looks(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "RESET", tmp_path / "no" / "such")
    before = used()
    with peak_memory() as peak:
        block = np.ones(200 * 131_072)
        for _ in range(40):
            block += 1
    assert peak.bytes > before + 150e6


def test_without_proc_the_highest_of_the_process_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert memory._now() > 10e6
