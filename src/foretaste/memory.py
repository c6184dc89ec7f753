"""The highest memory of a stretch of work, measured by the operating system where it can, by sampling where it cannot."""

import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from foretaste.errors import ResourceError

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Peak:
    """Highest resident set of the process, in bytes, once the block has ended."""

    bytes: int = 0


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure the highest resident set of this process within the block.

    Linux keeps a high-water mark that can be reset; elsewhere, or where that is not allowed, a thread looks 50 times a second.
    """
    peak = Peak()
    try:
        RESET.write_text("5")
    except OSError:
        yield from _sampled(peak)
        return
    yield peak
    peak.bytes = _status("VmHWM")


def total_memory() -> int:
    """Return the bytes of memory this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def check_fits(need: float, what: str, *, hint: str) -> None:
    """Refuse work that cannot fit into this machine's memory, before any of it is done.

    Args:
        need: Forecast, in bytes.
        what: What needs it, for the message.
        hint: What to do.

    Raises:
        ResourceError: The forecast is above what the machine has.
    """
    have = total_memory()
    if need > have:
        raise ResourceError(
            f"{what} needs about {need / 1e9:,.1f} GB, this machine has {have / 1e9:,.1f} GB", hint=hint
        )


def _sampled(peak: Peak) -> Iterator[Peak]:
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            peak.bytes = max(peak.bytes, _now())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
        peak.bytes = max(peak.bytes, _now())


def _now() -> int:
    if STATUS.exists():
        return _status("VmRSS")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _status(name: str) -> int:
    for line in STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0
