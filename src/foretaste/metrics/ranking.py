"""Quality of lists: what share of what somebody likes stands in the list, and how high. Formulas stand in `registry`."""

from collections.abc import Sequence

import numpy as np

from foretaste.arrays import AnyArray, Csr
from foretaste.metrics.beyond import Popularity
from foretaste.metrics.ratings import stars
from foretaste.metrics.registry import LISTS
from foretaste.ranking import Ranking


def measure_lists(
    ranking: Ranking, relevant: Csr, names: Sequence[str] = tuple(LISTS), *, popularity: Popularity | None = None
) -> AnyArray:
    """Return several metrics of one set of lists, each on as much of the list as it looks at.

    Args:
        ranking: One list a row, as long as the longest metric looks.
        relevant: Rows x items; every stored entry is relevant, and graded metrics take its value for its gain; see `gains`.
        names: ``kind@k`` of metrics of lists in the registry, at any k; and ``popularity@k``, the mean popularity of what is
            listed.
        popularity: Who knows which items, for novelty and popularity; None leaves these nan.

    Returns:
        float64 (names, rows), nan for rows without relevant items where the metric asks for any.
    """
    from foretaste.kernels.listed import measure  # noqa: PLC0415 (numba loads only where there are lists)

    wanted = [(kind, int(k)) for kind, _, k in (name.partition("@") for name in names)]
    liked = relevant.indptr, relevant.indices, relevant.data
    if popularity is None:
        return measure(ranking.cols, liked, wanted)
    return measure(ranking.cols, liked, wanted, popularity.share, popularity.information)


def ndcg(ranking: Ranking, relevant: Csr) -> AnyArray:
    """Return the normalised discounted cumulative gain of each list, float64 (rows,), 0 to 1, higher is better.

    Binary relevance: sum over hits of 1 / log2(1 + position), divided by the same sum for an ideal list, which has
    min(k, number of relevant items) hits at its top. A row without relevant items counts as nan.
    Source: K. Jarvelin, J. Kekalainen, ACM TOIS 2002, with the truncated ideal of D. Liang et al., WWW 2018.

    Args:
        ranking: One list a row.
        relevant: Rows x items; every stored entry is relevant, whatever its value.
    """
    return measure_lists(ranking, relevant, (f"ndcg@{ranking.cols.shape[1]}",))[0]


def gains(ratings: AnyArray, scale: tuple[float, float]) -> AnyArray:
    """Return what a hidden like is worth at the top of a graded list: 2^star - 1, float64, of the shape of `ratings`.

    Exponential gains tell 5 stars from 4 as clearly as the common rankers do (C. Burges et al., ICML 2005); the ratings
    themselves would tell them apart as 5 : 4. Where all likes are equal, as clicks are, graded NDCG is NDCG.
    """
    if scale[0] == scale[1]:
        return np.ones(len(ratings))
    return np.exp2(stars(ratings, scale)) - 1
