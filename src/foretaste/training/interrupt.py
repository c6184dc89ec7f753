"""Ctrl-C that stops after the batch: the first one is a request, the second one an exception."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType


class StopRequest:
    """Whether the user has asked to stop."""

    asked = False


_current: ContextVar[StopRequest | None] = ContextVar("stop request", default=None)


@contextmanager
def stop_on_interrupt() -> Iterator[StopRequest]:
    """Turn the first SIGINT into a request that loops read; in other threads than the main one, change nothing.

    Nested, all share the outermost request: whoever fits several models asks for one around them all, and what is done
    between two fits (choosing, judging) is not lost to a Ctrl-C that came a moment late.
    """
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if request.asked:
            raise KeyboardInterrupt
        request.asked = True

    signal.signal(signal.SIGINT, handle)
    token = _current.set(request)
    try:
        yield request
    finally:
        _current.reset(token)
        signal.signal(signal.SIGINT, before)
