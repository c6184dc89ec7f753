"""The highest memory of a stretch of work."""

import numpy as np
import pytest

from foretaste import memory
from foretaste.errors import ResourceError
from foretaste.memory import check_fits, peak_memory, total_memory


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


def test_what_cannot_fit_is_refused_with_both_sizes():
    check_fits(1e6, "a thing", hint="less")
    have = total_memory()
    assert have > 1e8
    with pytest.raises(ResourceError, match=r"a thing needs about [\d,.]+ GB, this machine has [\d,.]+ GB\nhint: less"):
        check_fits(2.0 * have, "a thing", hint="less")
