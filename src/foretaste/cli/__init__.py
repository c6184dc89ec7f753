"""One file per command. Data go to stdout, words and progress to stderr; exit codes: 0, 2 for user errors, 130 for Ctrl-C."""

from foretaste.cli.start import main

__all__ = ["main"]
