"""Rows that say nothing to a ranker: nobody's taste is known, so their lists hold what most people have.

A model that adds up over what a row holds gives an empty row equal scores, and so one that holds only items of which it has
learnt nothing. Sorted as they are, such scores list the first columns of the catalogue.
"""

import numpy as np

from foretaste.arrays import FloatArray

LOOKED = 16
"""Scores of a row that are looked at before all of them are."""


def fill_silent(scores: FloatArray, count: FloatArray) -> FloatArray:
    """Overwrite each row in which all scores are equal by how many people have each item; return the scores.

    Args:
        scores: float32 (rows, items).
        count: Rows of training that hold each item, float32 (items,).
    """
    maybe = np.flatnonzero((scores[:, :LOOKED] == scores[:, :1]).all(1))  # nearly no row gets further than this
    silent = maybe[(scores[maybe] == scores[maybe, :1]).all(1)]
    scores[silent] = count
    return scores
