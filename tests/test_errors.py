"""The exception tree, and the nearest name."""

import pytest

from foretaste import errors
from foretaste.errors import ForetasteError, nearest

BUILT_IN = {
    "NotPositiveDefiniteError": ArithmeticError,
    "DataError": ValueError, "ParamsError": ValueError, "ShapeError": ValueError, "BundleError": ValueError,
    "NotFoundError": FileNotFoundError, "DownloadError": OSError, "NotFittedError": RuntimeError,
    "ResourceError": MemoryError, "MissingExtraError": ImportError, "StoreError": OSError,
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), BUILT_IN.items())
def test_every_error_is_ours_and_what_a_caller_would_expect(name, kind):
    error = getattr(errors, name)("it is wrong", hint="do this")
    assert isinstance(error, ForetasteError)
    assert isinstance(error, kind)
    assert str(error) == "it is wrong\nhint: do this"
    assert (error.message, error.hint) == ("it is wrong", "do this")


def test_without_a_hint_there_is_one_line():
    assert str(ForetasteError("it is wrong")) == "it is wrong"


def test_the_nearest_name_is_offered_or_all_are():
    assert nearest("dropuot", ["dropout", "noise"]) == 'did you mean "dropout"?'
    assert nearest("zzz", ["noise", "dropout"]) == "choose one of: dropout, noise"
    assert nearest("zzz", []) == "it has none"
