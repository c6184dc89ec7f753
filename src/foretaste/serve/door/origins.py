"""Where a request was meant to go and which page sent it: other sites' pages are not to speak for a visitor.

A page of another site can point its own name at this machine (DNS rebinding) and then count as of the same origin; only the
Host header tells. It can also send a form here; only Origin and Sec-Fetch-Site tell.
"""

import re
from dataclasses import dataclass

from foretaste.serve.door.rate import is_address, is_local
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_USUAL = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Names:
    """The names that a service answers to.

    Args:
        given: Names that it is reached by from elsewhere, in lower case.
        any_name: Whether it answers to all, because nobody said which and others may reach it.
    """

    given: frozenset[str]
    any_name: bool

    @staticmethod
    def of(settings: Settings) -> "Names":
        """Take them from the settings."""
        given = frozenset(name.lower() for name in settings.names)
        return Names(given, not settings.loopback and not given)

    def check(self, host: str | None, version: str = "1.1") -> None:
        """Refuse a request for somebody else.

        Args:
            host: Its Host header.
            version: Of HTTP; 1.0 knows no such header.

        Raises:
            Refused: 400 without a host, 421 for one that is not ours.
        """
        if host is None and version == "1.0":
            return
        found = _HOST.fullmatch(host or "")
        if found is None:
            raise Refused(400, f"the Host header is {(host or '')[:100]!r}, expected a name", "send one")
        name = found["name"].lower().removesuffix(".")
        if self.any_name or name in self.given or _is_here(name):
            return
        raise Refused(
            421,
            f"this service does not answer to {name[:100]!r}, expected localhost or a loopback address",
            "to serve others, add --public-name NAME",
        )


def _is_here(name: str) -> bool:
    """Tell whether a name can only mean this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = name.strip("[]")
    return is_address(address) and is_local(address)


def check_origin(origin: str | None, host: str | None, site: str) -> None:
    """Refuse a request that a page of another site sends.

    Args:
        origin: Its Origin header; only browsers send one.
        host: Its Host header.
        site: Its Sec-Fetch-Site header.

    Raises:
        Refused: It does.
    """
    if origin is not None:
        scheme, _, rest = origin.lower().partition("://")
        end = _USUAL.get(scheme, "")
        if not rest or not end or rest.removesuffix(end) != (host or "").lower().removesuffix(end):
            raise _foreign(origin)
    elif site in {"cross-site", "same-site"}:
        raise _foreign(site)


def _foreign(text: str) -> Refused:
    return Refused(
        403,
        f"a page of another site sends this ({text[:100]!a})",
        "use the service's own page, or a program; a proxy has to keep the Host header",
    )
