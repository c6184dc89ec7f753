"""The first and the last moment of a command: imports next to nothing, so that Ctrl-C is never a traceback."""

import contextlib
import io
import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Entry point of the `foretaste` command."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # nohup and friends have it ignored
    if ours:
        signal.signal(signal.SIGINT, stop_at_once)
    prepare_streams()
    from foretaste.cli.app import run  # noqa: PLC0415 (most of a second, in which somebody may press Ctrl-C)

    try:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run()
        if ours:  # torch takes a second to leave, and a signal would turn what is done into a failure
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:  # in the few lines outside run's own net
        stop_at_once()
    sys.exit(code)


def stop_at_once(*_: object) -> NoReturn:
    """Leave without unwinding: before and after the command there is nothing to tidy, and imports may swallow exceptions."""
    with contextlib.suppress(OSError):
        os.write(2, b"stopped\n")
    os._exit(130)


def prepare_streams() -> None:
    """Make the three standard streams safe to use: closed ones lead nowhere, and what an encoding lacks is escaped.

    A file opened later would otherwise get the number of a closed stream, and be written to as that stream.
    """
    closed = sys.stdout is None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    if closed and "--json" in sys.argv:
        sys.stderr.write("error: stdout is closed, so --json has nowhere to go\nhint: send it to a file or a pipe\n")
        sys.exit(2)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
