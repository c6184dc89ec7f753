"""Memory: what a fit will take, by part; what this machine gives; and the highest a stretch of work took.

The last is measured by the operating system where it can, by sampling where it cannot.
"""

import ctypes
import gc
import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from foretaste.errors import ResourceError

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MACHINE, OWN_GROUPS, GROUPS = Path("/proc/meminfo"), Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
FILES = {
    "unified": ("memory.max", "memory.current", "inactive_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""Limit, use, and what of the use is only cached files, in both versions of Linux' control groups."""
MMAP_THRESHOLD = -3
"""What glibc calls the setting from which size a block of memory is one of its own."""
LARGE_BYTES = 4 << 20
"""Blocks from this size on are worth handing back one by one."""


@dataclass(frozen=True)
class Forecast:
    """What a fit holds at its peak, by part, in bytes; known before any of it is made.

    Args:
        ratings: The matrix that is learnt from; whoever calls has it already.
        parameters: Everything that is learnt.
        optimiser: What the optimiser keeps beside the parameters.
        kept: Copies of parameters that are kept meanwhile: the best so far, where something is measured after each epoch.
        batch: One batch and all that is computed from it; where there are no batches, what is computed from the ratings.
        scoring: A block of rows being predicted, where something is measured.
    """

    ratings: float = 0
    parameters: float = 0
    optimiser: float = 0
    kept: float = 0
    batch: float = 0
    scoring: float = 0

    @property
    def total(self) -> float:
        """All parts."""
        return sum(asdict(self).values())

    @property
    def new(self) -> float:
        """What is yet to be taken: all but the ratings."""
        return self.total - self.ratings

    def __str__(self) -> str:
        parts = [f"{name} {size / 1e9:,.1f}" for name, size in asdict(self).items() if size > 0.01 * self.total]
        return f"{self.total / 1e9:,.1f} GB ({', '.join(parts)})"


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
    """Return the bytes that this process may have: the machine's memory, or less where a control group or ulimit says so."""
    limits = [limit for limit, _ in _limits()]
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *limits])


def free_memory(*, swap: bool = False) -> int:
    """Return the bytes that this process may still take without pushing others out; the total where the system does not tell.

    Args:
        swap: Whether swap space counts too: then it is the most that can be had at all.
    """
    rooms = [total_memory(), *(limit - used for limit, used in _limits())]
    if MACHINE.exists():
        size = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in MACHINE.read_text().splitlines()}
        if "MemAvailable" in size:
            rooms.append(size["MemAvailable"] + (size.get("SwapFree", 0) if swap else 0))
    return max(min(rooms), 0)


def check_fits(need: Forecast | float, what: str, *, hint: str) -> None:
    """Refuse work that cannot fit into this machine's memory, before any of it is done.

    Args:
        need: Forecast, by part or in bytes.
        what: What needs it, for the message.
        hint: What to do.

    Raises:
        ResourceError: The forecast is above what the machine has, or what it adds is above all that can still be had.
    """
    have, free = total_memory(), free_memory(swap=True)
    total, new = (need.total, need.new) if isinstance(need, Forecast) else (need, need)
    about = f"{what} needs about {need if isinstance(need, Forecast) else f'{need / 1e9:,.1f} GB'}"
    if total > have:
        raise ResourceError(f"{about}, this machine has {have / 1e9:,.1f} GB", hint=hint)
    if new > free:
        raise ResourceError(
            f"{about}, of this machine's {have / 1e9:,.1f} GB only {free / 1e9:,.1f} GB are free",
            hint=f"{hint}, or close other programs",
        )


def _limits() -> Iterator[tuple[int, int]]:
    """Yield every limit on this process and what counts against it by now, in bytes."""
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY:
        yield space, _status("VmSize") if STATUS.exists() else 0
    for line in OWN_GROUPS.read_text().splitlines() if OWN_GROUPS.exists() else ():
        _, controllers, path = line.split(":", 2)
        kind = "memory" if "memory" in controllers.split(",") else "unified" if not controllers else None
        for root in (GROUPS, GROUPS / str(kind)) if kind else ():
            own = root / path.lstrip("/")
            for folder in (own, *own.parents):
                if folder.is_relative_to(root) and (folder / FILES[str(kind)][0]).exists():
                    yield from _group(folder, *FILES[str(kind)])


def _group(folder: Path, limit: str, used: str, cached: str) -> Iterator[tuple[int, int]]:
    try:
        most, now = (folder / limit).read_text().strip(), int((folder / used).read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return
    if most.isdecimal():  # "max" is none
        yield int(most), now - int(stat.get(cached, 0))


def _sampled(peak: Peak) -> Iterator[Peak]:
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            peak.bytes = max(peak.bytes, used_memory())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
        peak.bytes = max(peak.bytes, used_memory())


def used_memory() -> int:
    """Return the resident set of this process now, in bytes; its highest until now where the system tells no more."""
    if STATUS.exists():
        return _status("VmRSS")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _status(name: str) -> int:
    for line in STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def hand_back(least: int = LARGE_BYTES) -> bool:
    """Let large blocks that are freed go back to the system at once, for processes that replace large things while they run.

    glibc keeps freed blocks of up to 32 MB for the thread that had them: a service that loads models in one thread after the
    other then holds several times what it uses.

    Args:
        least: Bytes from which a block counts as large.

    Returns:
        Whether this system can be told so; others are left as they are.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, least))
    except (AttributeError, OSError, TypeError):  # musl and macOS have no such function, Windows no such library
        return False


@contextmanager
def uncollected() -> Iterator[None]:
    """Make what the block makes without the collector of garbage, which would look through it again and again.

    Where all of it stays, as what is imported does, that takes a tenth of the time for nothing.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
