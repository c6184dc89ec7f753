"""How a service is set up: one frozen noun that the command line fills in and every part reads."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from foretaste.errors import InputError

STORE = "sqlite:///foretaste.db"
"""Where ratings are kept unless told otherwise: a file in the working folder."""


@dataclass(frozen=True)
class Settings:
    """What a service is told when it starts.

    Args:
        bundle: Folder of the model that answers.
        challenger: Folder of a second one, for comparison and A/B tests; None serves one.
        share: Of the visitors that the challenger gets, 0 to 1.
        models: Folder whose bundles may be swapped in; None takes the one that `bundle` stands in.
        store: SQLAlchemy URL of the ratings.
        host: Address that is bound.
        port: Its port; 0 takes a free one.
        keys: File of hashed API keys; None asks for none, which is allowed on loopback only.
        read_only: Refuse everything that writes.
        workers: Processes.
        max_body_bytes: Largest request body.
        max_ratings: Ratings in one request, at most.
        max_items: Ids in one list of a request, at most.
        max_k: Longest list.
        rate_per_s: Requests a second that a client may make in the long run; 0 sets no limit; None sets none on loopback.
        burst: Requests that a client may make at once.
        names: Host names that others reach the service by; none takes any name when other machines can reach it.
        cache: Folder for what can be made again, such as maps; None keeps nothing of the kind.
    """

    bundle: Path
    challenger: Path | None = None
    share: float = 0.5
    models: Path | None = None
    store: str = field(default=STORE, repr=False)  # it may hold a password
    host: str = "127.0.0.1"
    port: int = 8000
    keys: Path | None = None
    read_only: bool = False
    workers: int = 1
    max_body_bytes: int = 1_000_000
    max_ratings: int = 2_000
    max_items: int = 1_000
    max_k: int = 200
    rate_per_s: float | None = None
    burst: int = 100
    names: tuple[str, ...] = ()
    cache: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise InputError(f"share is {self.share:g}, expected 0 to 1")
        if not self.loopback and self.keys is None and not self.read_only:
            raise InputError(
                f"{self.host} can be reached from other machines, and nothing asks for a key",
                hint="make one with: foretaste key keys.txt; then add --api-key-file keys.txt, or serve with --read-only",
            )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def folder(self) -> Path:
        """Where bundles that may be swapped in stand."""
        return self.bundle.resolve().parent if self.models is None else self.models.resolve()
