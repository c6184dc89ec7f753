"""Vectors in the plane, with neighbours kept together: the t-SNE of L. van der Maaten and G. Hinton (JMLR 2008), exact.

Each vector has affinities to its nearest ones, by their cosine, as wide as it takes to have `PERPLEXITY` of them. Points in the
plane attract each other by these and push each other away by 1 / (1 + distance^2); gradient descent with momentum makes the
divergence between the two small, first with affinities `EARLY` times as large, so that groups find together. It begins at the
two principal components, which are the map's large features, and ends the same each time.

All pairs push each other, in blocks of which each serves both its sides: 3,000 points take 9 million distances a step. Points
that hardly matter to each other are not left out: that would save time from ten thousand points on.
"""

from concurrent.futures import CancelledError
from threading import Event

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray, row_of, with_values

PERPLEXITY = 30.0
STEPS, EARLY_STEPS, EARLY = 200, 70, 12.0
MOMENTUM = (0.5, 0.8)
"""Early and then."""
START = 1e-4
"""Spread of the points at the start."""
BLOCK = 512
"""Points whose distances to as many others are looked at together: they stay in the cache."""


def unfold(vectors: FloatArray, *, steps: int = STEPS, stop: Event | None = None) -> FloatArray:
    """Return points in the plane, float32 (n, 2), between 0 and 1 in both directions; those of similar vectors are neighbours.

    Args:
        vectors: float32 (n, d), none of them 0.
        steps: Of gradient descent.
        stop: Set when nobody needs them any more.

    Raises:
        CancelledError: It was set.
    """
    n = len(vectors)
    if not n:
        return np.zeros((0, 2), np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    points = principal(unit)
    if n > 4:  # of fewer, each is the neighbour of all others
        points = _descend(points, affinities(unit, min(PERPLEXITY, (n - 1) / 3)), steps, stop)
    low, high = points.min(axis=0), points.max(axis=0)
    return np.where(high > low, (points - low) / np.where(high > low, high - low, 1), np.float32(0.5)).astype(
        np.float32
    )


def principal(unit: FloatArray) -> FloatArray:
    """Return the two principal components of vectors, float32 (n, 2); of each, the largest entry is positive."""
    centred = unit - unit.mean(axis=0)
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    two = np.zeros((len(axes), 2))
    two[:, : min(2, len(axes))] = axes[:, ::-1][:, :2]
    points = centred @ two.astype(np.float32)
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    return (points * np.where(largest < 0, -1, 1)).astype(np.float32)


def affinities(unit: FloatArray, perplexity: float) -> Csr:
    """Return how much each two points attract each other, (n, n), symmetric, all of them together 1.

    Args:
        unit: Vectors of length 1, float32 (n, d).
        perplexity: Neighbours that each point has, in effect, less than n.
    """
    n, k = len(unit), min(int(3 * perplexity), len(unit) - 1)
    near, distance = np.empty((n, k), np.int32), np.empty((n, k))
    for start in range(0, n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n))
        apart = np.maximum(2 - 2 * (unit[rows] @ unit.T), 0)
        apart[rows - start, rows] = np.inf
        near[rows] = np.argpartition(apart, k - 1, axis=1)[:, :k]
        distance[rows] = np.take_along_axis(apart, near[rows], axis=1)
    share = _shares(distance - distance.min(axis=1, keepdims=True), np.log(perplexity))
    one_way = csr_array((share.ravel(), near.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    both: Csr = (one_way + one_way.T).tocsr().astype(np.float32)
    both.data /= both.data.sum(dtype=np.float64)
    return both


def _shares(distance: AnyArray, entropy: float) -> AnyArray:
    """Return shares of each row that add up to 1 and fall with the distance (n, k), with one entropy for all rows."""
    low, high = np.full((len(distance), 1), 1e-6), np.full((len(distance), 1), 1e6)
    share = np.empty_like(distance)
    for _ in range(50):
        steep = np.sqrt(low * high)
        share = np.exp(-distance * steep)
        share /= share.sum(axis=1, keepdims=True)
        wide = -(share * np.log(np.maximum(share, 1e-30))).sum(axis=1, keepdims=True) > entropy
        low, high = np.where(wide, steep, low), np.where(wide, high, steep)
    return share


def _descend(points: FloatArray, attraction: Csr, steps: int, stop: Event | None) -> FloatArray:
    rows, rate = row_of(attraction), max(len(points) / EARLY / 4, 50.0)
    points = points * np.float32(START / max(float(points[:, 0].std()), 1e-12))
    speed, gain = np.zeros_like(points), np.ones_like(points)
    for step in range(steps):
        if stop is not None and stop.is_set():
            raise CancelledError
        early = step < EARLY_STEPS
        slope = pull(points, attraction, rows) * np.float32(EARLY if early else 1) - repulsion(points)
        slope = (4 * slope).astype(np.float32)
        gain = np.maximum(np.where((slope > 0) == (speed > 0), gain * 0.8, gain + 0.2), 0.01).astype(np.float32)
        speed = np.float32(MOMENTUM[not early]) * speed - np.float32(rate) * gain * slope
        points = points + speed
        points -= points.mean(axis=0)
    return points


def pull(points: FloatArray, attraction: Csr, rows: IntArray) -> FloatArray:
    """Return how far its neighbours pull each point back, float32 (n, 2): sum_j p_ij q_ij (y_i - y_j).

    Args:
        points: float32 (n, 2).
        attraction: p, (n, n).
        rows: The row of each of its entries.
    """
    across, along = (axis[rows] - axis[attraction.indices] for axis in np.ascontiguousarray(points.T))
    weights = with_values(attraction, attraction.data / (1 + across * across + along * along))
    total = weights @ np.column_stack([points, np.ones(len(points), np.float32)])
    back: FloatArray = total[:, 2:] * points - total[:, :2]
    return back


def repulsion(points: FloatArray) -> AnyArray:
    """Return how all others push each point away, float64 (n, 2): sum_j q_ij^2 (y_i - y_j) / sum q.

    q_ij is 1 / (1 + |y_i - y_j|^2), and no pair of a point with itself counts.

    Args:
        points: float32 (n, 2).
    """
    n, total = len(points), 0.0
    push, square = np.zeros((n, 2)), np.square(points).sum(axis=1) + np.float32(0.5)
    for first in range(0, n, BLOCK):
        here = slice(first, first + BLOCK)
        for second in range(first, n, BLOCK):
            there = slice(second, second + BLOCK)
            q = points[here] @ (-2 * points[there].T)
            q += square[here, None]
            q += square[there]
            np.reciprocal(q, out=q)
            total += float(q.sum(dtype=np.float64)) * (1 if first == second else 2)
            q *= q
            push[here] += q.sum(axis=1)[:, None] * points[here] - q @ points[there]
            if first != second:
                push[there] += q.sum(axis=0)[:, None] * points[there] - q.T @ points[here]
    return push / (total - n)
