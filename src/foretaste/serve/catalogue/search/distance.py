"""How many slips lie between what was typed and the beginning of a word: a letter too many, too few, wrong, or two turned."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from foretaste.arrays import AnyArray

FAR = 15
"""More slips than anything is compared with."""


def slips(typed: str, words: Sequence[str], *, most: int = FAR) -> AnyArray:
    """Return the slips between a typed text and the nearest beginning of each word, int32 (n,); `most` + 1 for more.

    A beginning is as long as what was typed, one letter longer or one shorter: a slip can make it so.

    Args:
        typed: At least one letter.
        words: To compare with.
        most: Beyond it the exact number is of no interest.
    """
    if not words:
        return np.empty(0, np.int32)
    size = len(typed)
    cuts = [size, size + 1, size - 1] if size > 2 else [size]
    beginnings = [word[:cut] for cut in cuts for word in words]
    apart = cdist([typed], beginnings, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)[0]
    return apart.reshape(len(cuts), len(words)).min(axis=0)
