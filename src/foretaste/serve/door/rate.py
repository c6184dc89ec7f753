"""How often a client may ask: a bucket of tokens for each, filled at a steady rate, in bounded memory.

A bucket is one number, the time at which it will be full again. A full bucket is as good as none, so those are dropped, and
what is kept is who asked lately.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from time import monotonic

MOST_CLIENTS = 20_000
"""Buckets kept; beyond it the client that has been quiet longest is forgotten, which favours it by one burst."""


class Buckets:
    """Tokens by client.

    Args:
        rate_per_s: Tokens that come back each second, over 0.
        burst: Tokens of a full bucket, at least 1.
        clock: Seconds that never run backwards.
        most: Buckets kept.
    """

    def __init__(
        self, rate_per_s: float, burst: int, *, clock: Callable[[], float] = monotonic, most: int = MOST_CLIENTS
    ) -> None:
        self._every_s = 1 / rate_per_s
        self._depth_s = max(1, burst) * self._every_s
        self._clock, self._most = clock, most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, client: str) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        now = self._clock()
        full_at = max(self._full_at.get(client, now), now) + self._every_s
        missing = full_at - now - self._depth_s
        if missing > 1e-9:
            return missing
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        self._tidy(now)
        return 0.0

    def _tidy(self, now: float) -> None:
        """Drop the quietest clients if their buckets are full or there are too many; two a call, since a call adds one."""
        for _ in range(2):
            client = next(iter(self._full_at))
            if self._full_at[client] > now and len(self._full_at) <= self._most:
                return
            del self._full_at[client]


def is_local(host: str | None) -> bool:
    """Tell whether a client is on this machine: a loopback address, or none at all, as behind a socket file.

    What is no address, such as the ``unknown`` or ``_hidden`` of a proxy, is somebody that a proxy would not name.
    """
    return host is None or (is_address(host) and _address(host).is_loopback)


def is_address(host: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        _address(host)
    except ValueError:
        return False
    return True


def bucket_of(host: str) -> str:
    """Return whose bucket an address takes from: its own, and for IPv6 that of its /64, which is what one household has."""
    try:
        address = _address(host)
    except ValueError:
        return host[:100]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


@lru_cache(maxsize=4096)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped
