"""Quality of lists: what share of what somebody likes stands in the list, and how high."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from foretaste.arrays import AnyArray, Csr
from foretaste.ranking import Ranking


def hits(ranking: Ranking, relevant: Csr) -> AnyArray:
    """Return where the list holds a relevant item, bool (rows, k).

    Args:
        ranking: One list a row.
        relevant: Rows x items; every stored entry is relevant, whatever its value.
    """
    rows = len(ranking)
    width = np.int64(relevant.shape[1])
    wanted = np.repeat(np.arange(rows, dtype=np.int64), np.diff(relevant.indptr)) * width + relevant.indices
    listed = np.arange(rows, dtype=np.int64)[:, None] * width + ranking.cols
    return np.isin(listed, wanted) & (ranking.cols >= 0)


def ndcg(ranking: Ranking, relevant: Csr) -> AnyArray:
    """Return the normalised discounted cumulative gain of each list, float64 (rows,), 0 to 1, higher is better.

    Binary relevance: sum over hits of 1 / log2(1 + position), divided by the same sum for an ideal list, which has
    min(k, number of relevant items) hits at its top. A row without relevant items counts as nan.
    Source: K. Jarvelin, J. Kekalainen, ACM TOIS 2002, with the truncated ideal of D. Liang et al., WWW 2018.
    """
    k = ranking.cols.shape[1]
    gain = 1 / np.log2(np.arange(2, k + 2))
    n_relevant = np.diff(relevant.indptr)
    ideal = np.concatenate([[0.0], np.cumsum(gain)])[np.minimum(n_relevant, k)]
    found = hits(ranking, relevant) @ gain
    return np.divide(found, ideal, out=np.full(len(ideal), np.nan), where=n_relevant > 0)


def recall(ranking: Ranking, relevant: Csr) -> AnyArray:
    """Return hits / min(k, number of relevant items) of each list, float64 (rows,), 0 to 1, higher is better.

    A row without relevant items counts as nan. Source: D. Liang et al., WWW 2018; others divide by the number of relevant
    items alone, which is lower where somebody likes more than k.
    """
    n_relevant = np.diff(relevant.indptr)
    most = np.minimum(n_relevant, ranking.cols.shape[1])
    found = hits(ranking, relevant).sum(1)
    return np.divide(found, most, out=np.full(len(most), np.nan), where=n_relevant > 0)


LISTS: Mapping[str, tuple[Callable[[Ranking, Csr], AnyArray], int]] = {
    "ndcg@20": (ndcg, 20),
    "ndcg@100": (ndcg, 100),
    "recall@20": (recall, 20),
    "recall@50": (recall, 50),
}
"""What is measured of a list, by name, and how long the list is. Recall divides by min(k, number of relevant items)."""


def measure_lists(ranking: Ranking, relevant: Csr, names: Sequence[str] = tuple(LISTS)) -> AnyArray:
    """Return several metrics of one set of lists, each on as much of the list as it looks at.

    Args:
        ranking: One list a row, as long as the longest metric looks.
        relevant: Rows x items; every stored entry is relevant.
        names: Keys of `LISTS`.

    Returns:
        float64 (names, rows), nan for rows without relevant items.
    """
    found = [LISTS[name] for name in names]
    return np.stack([metric(Ranking(ranking.cols[:, :k], ranking.scores[:, :k]), relevant) for metric, k in found])
