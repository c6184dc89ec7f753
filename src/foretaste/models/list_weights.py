"""How much each of several rankers counts in a list: scores in common units, weights by the quality of the lists they make."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, row_of
from foretaste.metrics.ranking import ndcg
from foretaste.ranking import rank

LIST = 100
"""Length of the lists that weights are chosen by."""
STEPS = (0.2, 0.1, 0.05)
"""How far the search moves a weight, before all of them are made to add up to 1 again."""

Block: TypeAlias = tuple[FloatArray, Csr, Csr]
"""Of some people: z, float32 (models, people, items), what they have seen, and what they chose of the rest."""


def standardise(scores: FloatArray, seen: Csr) -> FloatArray:
    """Overwrite each row of scores by their distance from its mean in standard deviations, of the items not seen; return it.

    Args:
        scores: float32 (rows, items).
        seen: Rows x items; these count for neither mean nor deviation, but are counted in the same units.

    Returns:
        `scores`; zeros where all scores of a row are equal.
    """
    rows = row_of(seen)
    known = scores[rows, seen.indices].astype(np.float64)
    left = np.maximum(scores.shape[1] - np.diff(seen.indptr), 1)
    mean = (scores.sum(1, dtype=np.float64) - np.bincount(rows, known, len(scores))) / left
    scores -= mean[:, None].astype(np.float32)
    known = np.square(scores[rows, seen.indices], dtype=np.float64)  # as rounded as they are in the sum of all
    squares = np.einsum("ij,ij->i", scores, scores, dtype=np.float64) - np.bincount(rows, known, len(scores))
    deviation = np.sqrt(np.maximum(squares, 0) / left)
    tiny = 1e-6 * np.maximum(np.abs(mean), np.abs(scores).max(1, initial=0))
    flat = deviation <= tiny
    scores *= np.where(flat, 0, 1 / np.where(flat, 1, deviation)).astype(np.float32)[:, None]
    return scores


def list_quality(weights: AnyArray, blocks: Sequence[Block]) -> AnyArray:
    """Return the NDCG@100 of each person's list by the weighted sum of the models' scores, float64 (people,)."""
    weighed = weights.astype(np.float32)
    lists = [ndcg(rank(np.tensordot(weighed, z, axes=1), seen, LIST), chosen) for z, seen, chosen in blocks]
    return np.concatenate(lists) if lists else np.empty(0)


def search_weights(blocks: Sequence[Block], n_models: int) -> AnyArray:
    """Return weights from 0 that add up to 1 and make good lists for some people: the mean of their NDCG@100 is what counts.

    A search by coordinates from the best of equal weights and each model alone; NDCG is no smooth function of weights, but a
    flat one, so steps need not be small. Weights that fit a softmax of the scores to what was chosen are not as good: scores
    of linear models have long tails, and a softmax looks at all of the tail.

    Args:
        blocks: Everybody in them has chosen something.
        n_models: Models.

    Returns:
        float64 (models,); equal weights where there is nobody.
    """
    equal = np.full(n_models, 1 / n_models)
    if not sum(chosen.shape[0] for _, _, chosen in blocks):
        return equal
    quality = {_key(start): float(list_quality(start, blocks).mean()) for start in (equal, *np.eye(n_models))}
    best = np.array(max(quality, key=quality.__getitem__))
    for step in STEPS:
        better = True
        while better:
            better = False
            for other in _neighbours(best, step):
                if _key(other) not in quality:
                    quality[_key(other)] = float(list_quality(other, blocks).mean())
                if quality[_key(other)] > quality[_key(best)]:
                    best, better = other, True
    return best


def share_worth(blocks: Sequence[Block], shares: Sequence[float]) -> float:
    """Return how much the second of two models should count beside the first: 0 unless it makes lists better beyond the noise.

    Args:
        blocks: Of two models.
        shares: To try, each between 0 and 1; the second counts so much, the first the rest.

    Returns:
        The share with the best mean NDCG@100, if that is better than with 0 by more than two standard errors of the
        difference, paired over people; else 0.
    """
    alone = list_quality(np.array([1.0, 0.0]), blocks)
    if len(alone) < 2:
        return 0.0
    gains = {share: list_quality(np.array([1 - share, share]), blocks) - alone for share in shares}
    best = max(gains, key=lambda share: float(gains[share].mean()))
    gain = gains[best]
    return best if gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain)) else 0.0


def _neighbours(weights: AnyArray, step: float) -> list[AnyArray]:
    out = []
    for model in range(len(weights)):
        for change in (step, -step):
            moved = weights.copy()
            moved[model] = max(moved[model] + change, 0.0)
            if moved.sum() > 0:
                out.append(moved / moved.sum())
    return out


def _key(weights: AnyArray) -> tuple[float, ...]:
    return tuple(np.round(weights, 6).tolist())
