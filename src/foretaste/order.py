"""How a rating model's predictions become an order: shrunk by the evidence behind the item.

Sorted by predicted stars alone, a list is full of titles that three people loved. The rule here is the usual one of
estimation from few observations: an item with n ratings is believed in the proportion n / (n + c), and what is not believed
is replaced by a cautious prior,

    order_ui = m + n_i / (n_i + c) * (predicted_ui - m),      m = mean - 2 standard deviations of the training ratings.

c is how many ratings it takes to believe half of a prediction. It is chosen on what the validation people like among their
hidden ratings. An item without ratings stands at m. Where all ratings are equal, m lies below them, so items are sorted by
how many people rated them. Lists change, predicted stars do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, pick, row_blocks, seeded_sample
from foretaste.errors import BundleError
from foretaste.metrics.ranking import measure_lists
from foretaste.metrics.registry import LISTS
from foretaste.ranking import Ranking, Shrink, rank

CAUTION = 2.0
"""Standard deviations below the mean at which an item without evidence is placed."""
CHOICES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Values of c tried, as shares of the number of training users."""
UNCHOSEN = 0.1
"""The same where there is nobody to choose on."""
PEOPLE = 2000
"""Validation people on whose lists something is chosen, at most; where there are more, a seeded sample of them."""
CHOSEN_BY = "ndcg@20"
"""What c is chosen by."""
SLACK = 1e-6
"""How far below its threshold a like may lie, as a share of the scale: float32 may round a 4 down where the unit is odd."""


@dataclass(frozen=True, eq=False)
class Order:
    """The evidence behind each item, and how much of it counts.

    Args:
        count: Training ratings of each item, float32 (items,).
        prior: m, in rating units.
        half: c, in ratings; 0 orders by the raw prediction, with items without ratings at the prior.
    """

    count: FloatArray
    prior: float
    half: float

    @cached_property
    def shrink(self) -> Shrink:
        """What `rank` sorts by; made once, since a service asks for it with each row."""
        return Shrink(self.prior, self.count / np.maximum(self.count + np.float32(self.half), 1))

    def apply(self, scores: FloatArray) -> FloatArray:
        """Return what `rank` sorts by, float32 of the shape of `scores` (rows, items)."""
        return self.shrink.apply(scores)

    @classmethod
    def of(cls, X: Csr, share: float) -> "Order":
        """Return the order by the evidence in training rows, with c so large a share of their number."""
        return cls(_counts(X), _prior(X), share * _users(X))

    def grown(self, X: Csr) -> "Order":
        """Return the order for a model fitted on more rows: new counts, and c as the same share of all ratings."""
        share = X.nnz / max(float(self.count.sum(dtype=np.float64)), 1)
        return replace(self, count=_counts(X), prior=_prior(X), half=self.half * share)

    def arrays(self) -> dict[str, AnyArray]:
        """Return what saving needs."""
        return {"order.count": self.count, "order.rule": np.array([self.prior, self.half], dtype=np.float64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> "Order":
        """Rebuild what `arrays` wrote.

        Raises:
            BundleError: An array is missing.
        """
        try:
            prior, half = (float(v) for v in arrays["order.rule"])
            return cls(np.asarray(arrays["order.count"], dtype=np.float32), prior, half)
        except (KeyError, ValueError) as error:
            raise BundleError(f"the order of the bundle is incomplete: {error}") from error


def like_threshold(scale: tuple[float, float]) -> float:
    """Return the rating from which somebody counts as liking an item: three quarters up the scale (4 on 1 to 5)."""
    return scale[0] + 0.75 * (scale[1] - scale[0])


def are_likes(values: FloatArray, scale: tuple[float, float]) -> AnyArray:
    """Return which ratings (n,) are likes, up to `SLACK`, bool (n,)."""
    return values >= like_threshold(scale) - SLACK * (scale[1] - scale[0])


def likes(hidden: Csr, scale: tuple[float, float]) -> Csr:
    """Return the hidden ratings that are likes, same shape."""
    return pick(hidden, are_likes(hidden.data, scale))


def choose_order(model: Any, X: Csr, seen: Csr, hidden: Csr, *, scale: tuple[float, float]) -> Order:
    """Choose c on validation people by NDCG@20 of their hidden likes.

    Args:
        model: A fitted rating model.
        X: Training rows, for the evidence.
        seen: What validation people have shown.
        hidden: What they are asked.
        scale: Lowest and highest rating of the data.

    Returns:
        The order; a tenth of the training users is c where nobody in validation likes anything hidden.
    """
    liked = likes(hidden, scale)
    if liked.nnz == 0:
        return Order.of(X, UNCHOSEN)
    rows = sampled_people(liked)
    seen, liked = seen[rows], liked[rows]
    orders = [Order.of(X, share) for share in CHOICES]
    quality = list_quality_by_user(model, orders, seen, liked, (CHOSEN_BY,))[0].mean(1)
    return orders[int(np.argmax(quality))]  # of equals the one that believes most


def list_quality_by_user(
    model: Any, orders: Sequence[Order | None], seen: Csr, liked: Csr, names: Sequence[str]
) -> AnyArray:
    """Return the quality of lists per metric, order and person, scoring each person once, in blocks of bounded memory.

    Args:
        model: Fitted.
        orders: How its scores are sorted; None sorts them as they are.
        seen: Rows x items.
        liked: Rows x items, what a list should hold.
        names: Metrics, keys of `LISTS`; novelty is nan here.

    Returns:
        float64 (names, orders, rows), nan for people who like nothing.
    """
    out = np.full((len(names), len(orders), seen.shape[0]), np.nan)
    longest = max(LISTS[name] for name in names)
    for rows, place, lists in listed(model, orders, seen, [longest] * len(orders)):
        out[:, place, rows] = measure_lists(lists, liked[rows], names)
    return out


def listed(
    model: Any, orders: Sequence[Order | None], seen: Csr, lengths: Sequence[int], *, without: Csr | None = None
) -> Iterator[tuple[slice, int, Ranking]]:
    """Yield the lists of people block by block, scoring each person once: rows, the place of the order, and the lists.

    Args:
        model: Fitted.
        orders: How its scores are sorted; None sorts them as they are, and so is whatever is no prediction of ratings.
        seen: Rows x items; left out of the lists.
        lengths: How long the lists of each order are.
        without: Rows x items, what is left out of the lists instead: more than the model sees.
    """
    arranged, appeal = getattr(model, "arranges", False), getattr(model, "appeal", None)
    for rows in row_blocks(*seen.shape):
        scores = model.score(seen[rows]) if appeal is None else appeal(seen[rows])  # a penalty on trial has only scores
        for place, (order, k) in enumerate(zip(orders, lengths, strict=True)):
            shrink = None if order is None or model.task != "rating" or arranged else order.shrink
            yield rows, place, rank(scores, (seen if without is None else without)[rows], k, shrink=shrink)


def sampled_people(liked: Csr, most: int = PEOPLE) -> AnyArray:
    """Return the rows of people who like something, ascending; where there are more than `most`, a seeded sample of them."""
    rows = np.flatnonzero(np.diff(liked.indptr))
    return rows[seeded_sample(0, len(rows), most)]


def _users(X: Csr) -> int:
    return int((np.diff(X.indptr) > 0).sum())


def _counts(X: Csr) -> FloatArray:
    return np.bincount(X.indices, minlength=X.shape[1]).astype(np.float32)


def _prior(X: Csr) -> float:
    mean, spread = float(X.data.mean(dtype=np.float64)), float(X.data.std(dtype=np.float64))
    return mean - (CAUTION * spread or max(abs(mean), 1.0))
