"""What a fit will take, what the machine gives, and the highest a stretch of work took."""

import contextlib
import gc
import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from foretaste import memory
from foretaste.errors import ResourceError
from foretaste.memory import Forecast, check_fits, free_memory, peak_memory, total_memory, uncollected, used_memory

GB = 1_000_000_000


def grab(megabytes: int) -> float:
    return float(np.ones(megabytes * 131_072).sum())


def test_memory_that_is_given_back_is_seen():
    before = used_memory()
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
    before = used_memory()
    with peak_memory() as peak:
        block = np.ones(200 * 131_072)
        for _ in range(40):
            block += 1
    assert peak.bytes > before + 150e6


def test_without_proc_the_highest_of_the_process_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert used_memory() > 10e6


def test_a_forecast_is_the_sum_of_its_parts_and_says_the_large_ones():
    forecast = Forecast(ratings=1 * GB, parameters=4 * GB, optimiser=3 * GB, kept=4 * GB, batch=5e6, scoring=2 * GB)
    assert (forecast.total, forecast.new) == (14.005e9, 13.005e9)
    assert str(forecast) == "14.0 GB (ratings 1.0, parameters 4.0, optimiser 3.0, kept 4.0, scoring 2.0)"
    assert Forecast().total == 0


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without limits: 8 GB, 5 GB of them free, 2 GB of swap. Returns the folder of its control groups."""
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": 8 * GB}.get)
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    free, swap = 5 * GB // 1024, 2 * GB // 1024
    (tmp_path / "meminfo").write_text(
        f"MemTotal: 1 kB\nMemAvailable: {free} kB\nSwapFree: {swap} kB\nHugePages_Total: 0\n"
    )
    return tmp_path / "groups"


def group(folder: Path, files: tuple[str, str, str], most: object, used: int, cached: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (files[0], f"{most}\n"),
        (files[1], f"{used}\n"),
        ("memory.stat", f"anon 1\n{files[2]} {cached}\n"),
    ):
        (folder / name).write_text(text)


def test_without_limits_the_machine_counts(machine):
    assert total_memory() == 8 * GB
    assert free_memory() == pytest.approx(5 * GB, abs=2000)
    assert free_memory(swap=True) == pytest.approx(7 * GB, abs=2000)


def test_where_the_system_does_not_tell_what_is_free_all_of_it_counts(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "none")
    assert free_memory() == 8 * GB
    (tmp_path / "old").write_text("MemTotal: 1 kB\n")
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "old")
    assert free_memory() == 8 * GB


@pytest.mark.parametrize("kind", ["unified", "memory"])
@pytest.mark.parametrize("place", ["", "box", "box/job"])
def test_the_limit_of_a_control_group_or_of_one_above_it_counts(machine, tmp_path, kind, place):
    mount = machine if kind == "unified" else machine / "memory"
    files = memory.FILES[kind]
    group(mount / "box" / "job", files, "max" if kind == "unified" else 2**63 - 4096, 3 * GB, 0)
    group(mount / place, files, 4 * GB, 3 * GB, GB)
    (tmp_path / "own").write_text(
        "7:cpu:/x\n" + ("0::/box/job\n" if kind == "unified" else "4:cpuset,memory:/box/job\n")
    )
    assert total_memory() == 4 * GB
    assert free_memory() == free_memory(swap=True) == 2 * GB  # cached files make room


def test_a_control_group_that_cannot_be_read_is_none(machine, tmp_path):
    (tmp_path / "own").write_text("0::/box\n")
    group(machine / "box", memory.FILES["unified"], 4 * GB, GB, 0)
    (machine / "box" / "memory.current").unlink()
    assert total_memory() == 8 * GB


def test_the_limit_of_ulimit_counts(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: (3 * GB, 3 * GB))
    (tmp_path / "status").write_text(f"VmSize: {GB // 1024} kB\n")
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    assert total_memory() == 3 * GB
    assert free_memory() == pytest.approx(2 * GB, abs=2000)


def test_what_is_more_than_the_machine_has_is_refused_with_both_sizes(machine):
    check_fits(1e6, "a thing", hint="less")
    with pytest.raises(ResourceError) as caught:
        check_fits(9e9, "a thing", hint="less")
    assert str(caught.value) == "a thing needs about 9.0 GB, this machine has 8.0 GB\nhint: less"
    with pytest.raises(ResourceError, match=r"9\.0 GB \(ratings 2\.0, parameters 7\.0\), this machine has 8\.0 GB"):
        check_fits(Forecast(ratings=2e9, parameters=7e9), "a thing", hint="less")


def test_what_is_more_than_is_free_is_refused_and_ratings_are_held_already(machine):
    check_fits(Forecast(ratings=1e9, parameters=6.9e9), "a thing", hint="less")
    with pytest.raises(ResourceError) as caught:
        check_fits(7.5e9, "a thing", hint="less")
    words = (
        "a thing needs about 7.5 GB, of this machine's 8.0 GB only 7.0 GB are free\nhint: less, or close other programs"
    )
    assert str(caught.value) == words


def test_this_machine_has_memory():
    assert total_memory() > 1e8
    assert 0 < free_memory() <= total_memory()
    assert 0 < free_memory(swap=True) <= total_memory()


REPLACING = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from foretaste.memory import hand_back, used_memory

if sys.argv[1] == "yes":
    assert hand_back()
held = []


def replace():
    held.append([np.ones(5 << 20, np.uint8) for _ in range(20)])
    del held[:-1]


for _ in range(8):
    with ThreadPoolExecutor(1) as thread:  # each has its own heap
        thread.submit(replace).result()
print(used_memory())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_what_threads_replaced_is_handed_back():
    used = {
        told: int(subprocess.run([sys.executable, "-c", REPLACING, told], check=True, capture_output=True).stdout)
        for told in ("yes", "no")
    }
    assert used["yes"] < used["no"] - 50e6


def test_a_system_that_cannot_be_told_is_left_as_it_is(monkeypatch):
    for library in (object(), None):
        monkeypatch.setattr(memory.ctypes, "CDLL", lambda _, library=library: library)
        assert not memory.hand_back()


def test_the_collector_rests_and_goes_on_whatever_happens():
    rested = []
    with contextlib.suppress(KeyError), uncollected():
        rested.append(not gc.isenabled())
        raise KeyError
    assert rested == [True]
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()  # it was off before
    finally:
        gc.enable()
