"""The lists of a model on one holdout: each person is scored and ranked once, and every metric of lists is read off that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, seeded_sample, with_values
from foretaste.metrics.beyond import Popularity, Shown, keep_top
from foretaste.metrics.ranking import gains, measure_lists
from foretaste.metrics.registry import CLICK_METRIC, LIST_METRIC, LISTED, LISTS
from foretaste.models.two_heads import HEADS, RankerAlone, TwoHeads
from foretaste.order import Order, likes, list_quality_by_user, listed
from foretaste.split.holdout import Holdout

LIST_PEOPLE = 10_000
"""People whose lists are judged, at most: a list costs a score of the whole catalogue. Of more, a seeded sample is taken."""


@dataclass(frozen=True, eq=False)
class ListQuality:
    """What the lists of one model are worth.

    Args:
        values: By metric of `LISTS`, each (users,): nan for users who like nothing hidden, and for those beyond `LIST_PEOPLE`.
        raw: NDCG@20 with a rating model's predictions sorted as they are, not by evidence, (users,).
        popularity: Mean popularity of each user's list less that of what they have shown, and the latter, two arrays (users,);
            None where it is not known who knows what.
        shown: What was listed for whom, for coverage and Gini; one for each fold.
        heads: NDCG@100 of the lists that each head of a pair would make by itself, (users,) by name of the head.
    """

    values: Mapping[str, AnyArray]
    raw: AnyArray
    popularity: tuple[AnyArray, AnyArray] | None = None
    shown: tuple[Shown, ...] = ()
    heads: Mapping[str, AnyArray] = field(default_factory=dict)


def judge_lists(
    model: Any,
    holdout: Holdout,
    *,
    scale: tuple[float, float],
    order: Order | None = None,
    popularity: Popularity | None = None,
    seed: int = 0,
) -> ListQuality:
    """Measure the lists of people who like something that is hidden.

    Args:
        model: Fitted.
        holdout: People with seen and hidden ratings.
        scale: Lowest and highest rating of the data; decides what is a like, and what it is worth in graded lists.
        order: How a rating model's predictions are sorted into lists; None sorts them raw.
        popularity: Who knows which items in training; None leaves novelty and popularity bias out.
        seed: Of the sample where there are more than `LIST_PEOPLE`.
    """
    liked = likes(holdout.hidden, scale)
    liked = with_values(liked, gains(liked.data, scale).astype(np.float32))
    people = np.flatnonzero(np.diff(liked.indptr))
    people = people[seeded_sample(seed, len(people), LIST_PEOPLE)]
    part = _Part(model, holdout.seen[people], liked[people], order)
    found, raw, cols = part.measure(popularity)
    heads = part.heads() if isinstance(model, TwoHeads) else {}
    if isinstance(model, TwoHeads):  # the pair's lists are its ranker's, and stars are sorted as they are by the other
        raw = part.of(model.rater_, None, LIST_METRIC)

    def spread(values: AnyArray, rest: float = np.nan) -> AnyArray:
        out = np.full(holdout.hidden.shape[0], rest, np.float64)
        out[people] = values
        return out

    *quality, popular = found
    pair = None
    if popularity is not None:
        own = popularity.of_profiles(part.seen)
        have = (own > 0) & np.isfinite(popular)  # nothing is a multiple of what nobody in training knows
        pair = spread(np.where(have, popular - own, 0), 0), spread(np.where(have, own, 0), 0)
    return ListQuality(
        {name: spread(values) for name, values in zip(LISTS, quality, strict=True)},
        spread(raw),
        pair,
        (Shown(holdout.user_ids[people], cols, liked.shape[1]),),
        {head: spread(values) for head, values in heads.items()},
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """The people whose lists are judged: what they have shown, and what they like."""

    model: Any
    seen: Csr
    liked: Csr
    order: Order | None

    def measure(self, popularity: Popularity | None) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Return all metrics and the mean popularity of each list, NDCG@20 of the raw list, and the top of the lists."""
        names, people = (*LISTS, f"popularity@{LISTED}"), self.seen.shape[0]
        found, raw = np.full((len(names), people), np.nan), np.full(people, np.nan)
        cols = np.full((people, LISTED), -1, np.int32)
        orders = [self.order] if self.order is None else [self.order, None]  # without a rule, both lists are one
        lengths = [max(LISTS.values()), LISTS[LIST_METRIC]][: len(orders)]
        for rows, place, lists in listed(self.model, orders, self.seen, lengths):
            if place == 0:
                found[:, rows] = measure_lists(lists, self.liked[rows], names, popularity=popularity)
                cols[rows] = keep_top(lists.cols)
                raw[rows] = found[names.index(LIST_METRIC), rows]
            else:
                raw[rows] = measure_lists(lists, self.liked[rows], (LIST_METRIC,))[0]
        return found, raw, cols

    def of(self, model: Any, order: Order | None, metric: str) -> AnyArray:
        """Return one metric of the same people's lists by another model."""
        return list_quality_by_user(model, [order], self.seen, self.liked, (metric,))[0, 0]

    def heads(self) -> dict[str, AnyArray]:
        """Return NDCG@100 of what each head of a pair would list by itself."""
        alone = RankerAlone(self.model), self.model.rater_
        return {
            head: self.of(model, rule, CLICK_METRIC)
            for head, model, rule in zip(HEADS, alone, (None, self.order), strict=True)
        }
