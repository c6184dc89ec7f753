"""What was called: the words of the command line, for reports that say how to repeat them."""

from contextvars import ContextVar

COMMAND: ContextVar[tuple[str, ...]] = ContextVar("COMMAND", default=())
"""Words of the command that runs, the program first; none where a function was called by itself."""
