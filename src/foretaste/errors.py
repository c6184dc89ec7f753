"""What can go wrong, as one small tree, so that a caller can catch as much or as little as it wants.

    ForetasteError
    |-- InputError (ValueError)            something handed in is wrong
    |   |-- DataError                      a file or a table of ratings
    |   |-- ParamsError                    a setting of a model, a recipe or a split
    |   |-- ShapeError                     a matrix of the wrong width, kind or content
    |   `-- BundleError                    a saved model that is damaged, foreign or too new
    |-- NotFoundError (FileNotFoundError)  a file, a data set or a bundle that is not there
    |-- DownloadError (OSError)            a public data set that cannot be fetched
    |-- StoreError (OSError)               a ratings store that cannot be reached, read or written
    |-- NotFittedError (RuntimeError)      a model was used before `fit`
    |-- DivergedError (ArithmeticError)    training ran off to infinity
    |-- NotPositiveDefiniteError (ArithmeticError)  a system of equations has no safe solution
    |-- ResourceError (MemoryError)        a request that this machine cannot hold
    `-- MissingExtraError (ImportError)    an optional part is not installed

Every text says what is wrong, with the value, and what was expected; `hint` says what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ForetasteError(Exception):
    """Base of every error that foretaste raises on purpose.

    Args:
        message: What is wrong, with the value, and what was expected.
        hint: What to do about it; printed on its own line.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class InputError(ForetasteError, ValueError):
    """Something that was handed in is wrong."""


class DataError(InputError):
    """A file or a table of ratings is wrong."""


class ParamsError(InputError):
    """A setting of a model, a recipe or a split is unknown or out of range."""


class ShapeError(InputError):
    """A matrix has the wrong width, kind or content."""


class BundleError(InputError):
    """A saved model is damaged, foreign or newer than this version reads."""


class NotFoundError(ForetasteError, FileNotFoundError):
    """A file, a data set or a bundle is not there."""


class DownloadError(ForetasteError, OSError):
    """A public data set cannot be fetched."""


class StoreError(ForetasteError, OSError):
    """A ratings store cannot be reached, read or written."""


class NotFittedError(ForetasteError, RuntimeError):
    """A model was used before `fit`."""


class DivergedError(ForetasteError, ArithmeticError):
    """Training ran off: a weight is no longer a finite number."""


class NotPositiveDefiniteError(ForetasteError, ArithmeticError):
    """A system of equations has no solution that could be computed safely."""


class ResourceError(ForetasteError, MemoryError):
    """A request needs more than this machine has."""


class MissingExtraError(ForetasteError, ImportError):
    """An optional part of foretaste is not installed."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Offer the known name that is closest to a misspelt one, or list them all.

    Args:
        name: What was given.
        known: What would have been accepted.

    Returns:
        Words for a hint, such as ``did you mean "dropout"?``.
    """
    options = sorted(known)
    if not options:
        return "it has none"
    close = get_close_matches(name, options, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"choose one of: {', '.join(options)}"
