"""The noun Record: what is deployed, as plain values that survive a restart and that every process can read."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from foretaste.errors import InputError
from foretaste.serve.deploy.served import Served
from foretaste.serve.settings import Settings

KEPT = 50
"""Changes that the history remembers."""


@dataclass(frozen=True)
class Ref:
    """A bundle by the name of its folder, and the version that it had."""

    name: str
    version: str

    @classmethod
    def of(cls, served: Served) -> "Ref":
        """Return the ref of a loaded model."""
        return cls(served.name, served.version)


@dataclass(frozen=True)
class Record:
    """What is deployed.

    Args:
        main: Answers whoever gets no other.
        challenger: The second model, if there is one.
        share: Of visitors that get it.
        previous: What was main before; a rollback deploys it again.
        history: What was changed and when, oldest first.
        started_with: What the command line said; with another one, this does not hold.
        token: Another for each change, so that whoever looks knows whether there was one; empty before the first.
    """

    main: Ref
    challenger: Ref | None
    share: float
    previous: Ref | None = None
    history: tuple[dict[str, Any], ...] = ()
    started_with: Mapping[str, Any] | None = None
    token: str = ""

    def changed(self, action: str, **changes: Any) -> "Record":
        """Return what is deployed after a change, which the history then tells of."""
        after = replace(self, **changes, token=secrets.token_hex(8))
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "action": action, **after.deployed()}
        return replace(after, history=(*self.history, line)[-KEPT:])

    def deployed(self) -> dict[str, Any]:
        """Return models and share as plain values."""
        return {
            "main": asdict(self.main),
            "challenger": None if self.challenger is None else asdict(self.challenger),
            "share": self.share,
        }

    def to_json(self) -> dict[str, Any]:
        """Return what a store keeps."""
        return asdict(self) | {"history": list(self.history)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Record":
        """Rebuild what `to_json` wrote.

        Raises:
            InputError: It is something else.
        """
        try:
            refs = {
                key: None if values[key] is None else Ref(**values[key]) for key in ("main", "challenger", "previous")
            }
            share, main = float(values["share"]), refs["main"]
            if main is None or not 0 <= share <= 1 or any(not _is_ref(ref) for ref in refs.values()):
                raise ValueError(f"{main}, share {share}")  # noqa: TRY301
            history = tuple(dict(line) for line in values["history"])
            return cls(
                main, refs["challenger"], share, refs["previous"], history, values["started_with"], str(values["token"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the store says of what is deployed what no foretaste writes: {error}") from error


def _is_ref(ref: Ref | None) -> bool:
    return ref is None or (isinstance(ref.name, str) and isinstance(ref.version, str))


def started_with(settings: Settings) -> dict[str, Any]:
    """Return what a command line says about models: whoever changes it wants it to count, whatever was deployed before."""
    challenger = settings.challenger
    return {
        "bundle": str(settings.bundle.resolve()),
        "challenger": None if challenger is None else str(challenger.resolve()),
        "share": None if challenger is None else settings.share,
    }


def key_of(settings: Settings) -> str:
    """Return the name under which the store keeps a record: another for each bundle, so that services may share a store."""
    place = os.fsencode(settings.bundle.resolve())  # a path need not be text, and a name in a store must
    return f"deployment:{blake2b(place, digest_size=8).hexdigest()}"
