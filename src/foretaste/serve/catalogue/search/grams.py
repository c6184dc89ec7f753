"""Titles that share threes of letters in a row with what was typed, spaces left out, so that "starwars" is Star Wars."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import FloatArray
from foretaste.serve.catalogue.search.postings import Postings, code_points, hashed

_END, _SPACE = 10, 32
MOST = 150_000
"""Places looked at for one text; the threes that are in few titles come first."""


def gram_postings(forms: Sequence[str]) -> Postings:
    """Return the forms in which each three of letters stands.

    Two line ends before each form make threes of its first letter and of its first two.
    """
    codes = code_points("".join(f"\n\n{form}" for form in forms))
    codes = codes[codes != _SPACE]
    if len(codes) < 3:
        return Postings.of(np.empty(0, np.uint16), np.empty(0, np.int32))
    end = codes == _END
    number = np.cumsum(end[1:] & end[:-1], dtype=np.int32)  # of the form that position i + 1 belongs to
    inside = ~end[2:]
    keys = hashed(np.lib.stride_tricks.sliding_window_view(codes, 3)[inside])
    return Postings.of(keys, number[1:][inside] - 1)


def shared(postings: Postings, text: str, n: int) -> FloatArray:
    """Return how much each form shares with a text: the sum over its threes of how rare they are, float32 (n,).

    Args:
        postings: Of `gram_postings`.
        text: Plain.
        n: Number of forms.
    """
    share = np.zeros(n, np.float32)
    looked = 0
    for key in _rare_first(postings, _keys(text)):
        places = postings.at(key)
        looked += len(places)
        if looked > MOST and looked > len(places):
            break
        share[places] += np.float32(np.log1p(n / max(len(places), 1)))
    return share


def _keys(text: str) -> NDArray[np.uint16]:
    codes = code_points("\n\n" + text.replace(" ", ""))
    return (
        np.unique(hashed(np.lib.stride_tricks.sliding_window_view(codes, 3)))
        if len(codes) > 2
        else np.empty(0, np.uint16)
    )


def _rare_first(postings: Postings, keys: NDArray[np.uint16]) -> list[int]:
    size = postings.start[keys.astype(np.int64) + 1] - postings.start[keys]
    return keys[np.argsort(size, kind="stable")].tolist()
