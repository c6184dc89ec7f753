"""Who may do what: which routes change or reveal something about people, and what they ask for.

What is not on the list of open routes is closed, so that a route which is added and forgotten here needs a key.
"""

from typing import Any, Literal

from fastapi import Request

from foretaste.serve.door.keys import Keys
from foretaste.serve.door.rate import is_local
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused

Kind = Literal["open", "private", "write", "admin"]
"""What a request does: reads what anybody may know, reads what the store keeps of a person, writes, or changes the service."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
QUESTIONS = frozenset({"/v1/recommendations", "/v1/predictions"})
"""Routes that are asked by POST because the question is long; they write nothing."""
_ASK = {"WWW-Authenticate": 'Bearer realm="foretaste"'}
_WRONG = {"WWW-Authenticate": 'Bearer realm="foretaste", error="invalid_token"'}


def kind_of(method: str, path: str) -> Kind:
    """Return what a request does, by its method and its path."""
    if path == "/v1/admin" or path.startswith("/v1/admin/"):
        return "admin"
    if path == "/v1/users" or path.startswith("/v1/users/"):
        return "private" if method in SAFE else "write"
    if method in SAFE or (method == "POST" and path in QUESTIONS):
        return "open"
    return "write"


class Access:
    """The rules of one service.

    Args:
        settings: Says whether there are keys, whether writing is allowed at all, and who can reach the service.

    Raises:
        ForetasteError: The file of keys cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = None if settings.keys is None else Keys(settings.keys)
        self._read_only, self._loopback = settings.read_only, settings.loopback

    def check(self, scope: Any, authorization: str | None) -> None:
        """Refuse a request that may not do what it would.

        Args:
            scope: Of the request, as ASGI has it.
            authorization: Its header of this name.

        Raises:
            Refused: 401 without a key that is known, 403 where no key would help.
        """
        self.require(
            kind_of(scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))), scope, authorization
        )

    def require(self, kind: Kind, scope: Any, authorization: str | None) -> None:
        """Refuse what a request of a kind may not do.

        Raises:
            Refused: See `check`.
        """
        if kind == "open":
            return
        if self._read_only and kind != "private":
            raise Refused(403, "this service is read-only", "start it without --read-only to write")
        if self._keys is None:
            client = scope.get("client")
            if not self._loopback or not is_local(client[0] if client else None):
                raise Refused(
                    403,
                    "this needs a key, and the service has none",
                    "start it with --api-key-file; foretaste key FILE makes one",
                )
        elif self._keys.owner(_token(authorization)) is None:
            raise Refused(401, "the key is not known", "ask who runs this service for one", _WRONG)


def _token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if not token.strip():
        raise Refused(401, "this needs a key", "send it as a header, Authorization: Bearer KEY", _ASK)
    if scheme.lower() != "bearer":
        raise Refused(401, "the key is not sent as Bearer", "send it as a header, Authorization: Bearer KEY", _ASK)
    return token.strip()


def check_person(request: Request) -> None:
    """Refuse to look up what the store keeps of a person, where a request names one in its body.

    Raises:
        Refused: See `Access.check`.
    """
    request.app.state.access.require("private", request.scope, request.headers.get("authorization"))
