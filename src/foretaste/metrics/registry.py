"""Every metric that a comparison tells, once: name, words, direction, unit and source, for tables, report and documents alike.

Three kinds. *ratings*: errors of predicted ratings. *lists*: one value a person, of whom the mean is told. *exposure*: what the
lists of all people do to the catalogue together, which is no mean over people. In all of them a person's *likes* are the hidden
ratings from three quarters up the scale, `k` is the length of the list, and a *star* is a rating brought to a scale that ends
at 5: ``5 (r - z) / (high - z)`` with ``z = min(low, 0)``, so that ratings of 1 to 5 and of 0.5 to 5 stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["ratings", "lists", "exposure"]
Better = Literal["lower", "higher", "zero"]


@dataclass(frozen=True)
class Metric:
    """What is known about a metric.

    Args:
        name: Key of a row: ``ndcg@20``, with ``ndcg@20_low`` and ``ndcg@20_high`` beside it.
        label: What a table calls it: ``NDCG@20``.
        kind: What it is measured of.
        words: What it says, for people.
        formula: In plain text; p predicted, r actual rating, n the person's likes.
        over: What it is divided by, or the mean of.
        empty: What a person without any counts as.
        better: Which way is better; ``zero`` means the nearer to zero.
        unit: ``rating`` for units of the scale, ``share`` for 0 to 1, ``ratio``, or ``bits``.
        bounds: Least and most that it can be.
        source: Who defined it.
        checked: The library, or the independent way, that the tests compare it with.
        per_user: Whether ``NAME_per_user`` is told too: the mean of people's own values.
        k: How much of a list it looks at; 0 where there is no list.
    """

    name: str
    label: str
    kind: Kind
    words: str
    formula: str
    over: str
    empty: str
    better: Better
    unit: str
    bounds: tuple[float, float]
    source: str
    checked: str
    per_user: bool = False
    k: int = 0


_INF = float("inf")
_LEFT_OUT = "left out"
_LISTED = "people who like something hidden"
_DRAWN = "left out; nor do more than 10,000 people count, drawn by seed"

_RATINGS = (
    Metric(
        "rmse", "RMSE", "ratings", "typical error of a predicted rating; large errors weigh more",
        "sqrt(sum (p - r)^2 / n)", "hidden ratings", _LEFT_OUT, "lower", "rating", (0, _INF),
        "G. Adomavicius, A. Tuzhilin, IEEE TKDE 2005", "scikit-learn", per_user=True,
    ),
    Metric(
        "mae", "MAE", "ratings", "mean error of a predicted rating",
        "sum |p - r| / n", "hidden ratings", _LEFT_OUT, "lower", "rating", (0, _INF),
        "G. Adomavicius, A. Tuzhilin, IEEE TKDE 2005", "scikit-learn", per_user=True,
    ),
    Metric(
        "mape", "MAPE", "ratings", "mean error as a share of the rating; errors at low ratings weigh more",
        "sum |p - r| / |r| / n", "hidden ratings that are not nearer to 0 than 5 % of the scale's width", _LEFT_OUT,
        "lower", "share", (0, _INF), "J. S. Armstrong, Long-Range Forecasting, 1985", "scikit-learn", per_user=True,
    ),
    Metric(
        "smape", "sMAPE", "ratings", "mean error as a share of the mean of rating and prediction",
        "sum 2 |p - r| / (|p| + |r|) / n, where 0 / 0 counts as 0", "hidden ratings", _LEFT_OUT,
        "lower", "share", (0, 2), "S. Makridakis, Int. J. Forecasting 1993", "scipy (Canberra distance)", per_user=True,
    ),
    Metric(
        "r2_bias", "R2 over Bias", "ratings", "share of the squared error of item and user means that is gone",
        "1 - sum (p - r)^2 / sum (b - r)^2, b what Bias predicts", "squared error of Bias on the same ratings", _LEFT_OUT,
        "higher", "share", (-_INF, 1), "as R squared, with Bias for the mean: Y. Koren, KDD 2008, section 2.1",
        "scikit-learn",
    ),
    Metric(
        "within_half_star", "within half a star", "ratings", "share of predictions that are at most half a star off",
        "number of |p - r| <= (high - min(low, 0)) / 10, divided by n", "hidden ratings", _LEFT_OUT,
        "higher", "share", (0, 1), "our own: a share that everybody can read", "scipy (distribution function)",
        per_user=True,
    ),
    Metric(
        "concordance", "concordance", "ratings", "share of pairs of one person's hidden ratings put in the right order",
        "(pairs in the right order + half of those predicted equal) / pairs",
        "pairs of one person's hidden ratings that differ", _LEFT_OUT, "higher", "share", (0, 1),
        "R. H. Somers, Am. Sociological Review 1962; Y. Koren, J. Sill, RecSys 2011", "scipy (Somers' D)", per_user=True,
    ),
    Metric(
        "ndcg_rated", "NDCG of rated", "ratings",
        "order of a person's hidden ratings alone; no top-N score: it never meets an item that was not rated",
        "sum of (2^star - 1) / log2(1 + place) by predicted rating, equal predictions in mean order, / the same by rating",
        "people with two or more hidden ratings", _LEFT_OUT, "higher", "share", (0, 1),
        "S. C. Han et al. (GLocal-K), CIKM 2021, whose ties stand as the file has them", "scikit-learn",
    ),
)  # fmt: skip


def _of_list(
    name: str, label: str, words: str, formula: str, source: str, checked: str, *cuts: int
) -> tuple[Metric, ...]:
    """Return a metric of lists at one or more lengths."""
    return tuple(
        Metric(
            f"{name}@{k}", f"{label}@{k}", "lists", words, formula, _LISTED, _DRAWN, "higher", "share", (0, 1),
            source, checked, k=k,
        )
        for k in cuts
    )  # fmt: skip


_LISTS = (
    *_of_list(
        "ndcg", "NDCG", "how high the liked items stand in the list",
        "sum over hits of 1 / log2(1 + place), / the same of min(k, n) hits at the top",
        "K. Jarvelin, J. Kekalainen, ACM TOIS 2002; truncated ideal of D. Liang et al., WWW 2018", "ir_measures", 20, 100,
    ),
    *_of_list(
        "recall", "Recall", "share of the liked items that fit into the list and stand in it",
        "hits / min(k, n)", "D. Liang et al., WWW 2018", "ir_measures", 20, 50,
    ),
    *_of_list(
        "recall_all", "Recall of all", "share of all liked items that stand in the list",
        "hits / n", "P. Cremonesi, Y. Koren, R. Turrin, RecSys 2010", "ir_measures", 20, 50,
    ),
    *_of_list(
        "ndcg_graded", "graded NDCG", "how high the liked items stand, those with more stars first; of clicks, NDCG",
        "sum over hits of (2^star - 1) / log2(1 + place), / the same of the n likes in the best order, the first k",
        "C. Burges et al., ICML 2005", "scikit-learn", 20,
    ),
    *_of_list(
        "map", "MAP", "how pure the list is down to each liked item",
        "sum over hits of (hits so far / place), / min(k, n)",
        "C. Buckley, E. Voorhees, SIGIR 2000; divided as recall is, so that a perfect list has 1", "ir_measures", 20,
    ),
    *_of_list(
        "mrr", "MRR", "how soon the first liked item comes",
        "1 / place of the first hit, 0 without one", "E. Voorhees, TREC-8, 1999", "ir_measures", 100,
    ),
    *_of_list(
        "hit", "hit rate", "share of people whose list holds something they like",
        "1 where there is a hit, 0 where there is none", "M. Deshpande, G. Karypis, ACM TOIS 2004", "ir_measures", 20,
    ),
    Metric(
        "novelty@20", "novelty@20", "lists", "how few people know what is listed; random lists have most of it",
        "mean over the list of -log2(share of training people who rated the item; of one of them where nobody did)",
        _LISTED, _DRAWN, "higher", "bits", (0, _INF),
        "T. Zhou et al., PNAS 2010; S. Vargas, P. Castells, RecSys 2011", "scipy (entropy)", k=20,
    ),
)  # fmt: skip

_EXPOSURE = (
    Metric(
        "popularity@20", "popularity bias@20", "exposure",
        "how much more popular the lists are than what the same people have rated",
        "mean popularity of the list / mean popularity of what the person has shown - 1; popularity is the share of training "
        "people who rated an item, both are means over people first",
        "mean popularity of people's own profiles",
        "left out, as are those who have shown nothing that anybody in training rated", "zero", "ratio",
        (-1, _INF), "H. Abdollahpouri et al., RecSys workshop RMSE 2019 (popularity lift of all users as one group)",
        "polars (group means)", k=20,
    ),
    Metric(
        "coverage@20", "coverage@20", "exposure", "share of the catalogue that stands in somebody's list",
        "different items in the lists of all judged people / items; grows with the number of people",
        "items of the catalogue", _DRAWN, "higher", "share", (0, 1),
        "M. Ge, C. Delgado-Battenfeld, D. Jannach, RecSys 2010", "polars (distinct count)", k=20,
    ),
    Metric(
        "gini@20", "Gini@20", "exposure", "how unequally the places in the lists fall on the items; 0 is equally",
        "sum over items, least listed first, of (2 i - items - 1) x times listed / (items x places in all lists)",
        "items of the catalogue, listed or not", _DRAWN, "lower", "share", (0, 1),
        "D. Fleder, K. Hosanagar, Management Science 2009", "scikit-learn (area under the Lorenz curve)", k=20,
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (*_RATINGS, *_LISTS, *_EXPOSURE)}
"""All of them by name, in the order of tables."""
RATING_METRICS = tuple(metric.name for metric in _RATINGS)
"""Names of those that need predicted ratings."""
LISTS: Mapping[str, int] = {metric.name: metric.k for metric in _LISTS}
"""Names of those that are a mean over people's lists, and how long the list is."""
EXPOSURE = tuple(metric.name for metric in _EXPOSURE)
"""Names of those that the lists of all people make together."""
LIST_METRIC, CLICK_METRIC = "ndcg@20", "ndcg@100"
"""What lists are judged by where ratings are predicted, and where there is nothing but clicks."""
LISTED = 20
"""How much of a list the exposure is counted of."""
