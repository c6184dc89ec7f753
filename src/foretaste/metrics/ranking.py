"""Quality of lists: what share of what somebody likes stands in the list, and how high."""

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
