"""What every answer tells a browser: run only the page's own files, guess no types, send nothing elsewhere, keep nothing.

The policy allows no inline script and no inline style, so a title that looks like markup stays text even if the page slipped.
"""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
FIXED = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of every answer."""
NO_STORE = (b"cache-control", b"no-store")
"""Of every answer that says nothing else: lists and ratings are somebody's own."""
_ENCODED = [(name.encode(), value.encode()) for name, value in FIXED.items()]


class Headers:
    """Adds them.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_headers(message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, sent)


def with_headers(headers: Any) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with ours: what it says of keeping stands, the rest is not up to it."""
    own = [pair for pair in headers if pair[0] not in _NAMES]
    if not any(name == b"cache-control" for name, _ in own):
        own.append(NO_STORE)
    return own + _ENCODED


_NAMES = frozenset(name for name, _ in _ENCODED)
