"""TwoHeads: one model says what somebody would watch, another how they would rate it; one list shows both."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, row_blocks, seeded_sample
from foretaste.errors import ParamsError
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions
from foretaste.models.likes import LikesOf, liked_cols, likes_in, lists_measure
from foretaste.models.list_weights import share_worth, standardise
from foretaste.models.members import about, adopt_member, build_members, member_arrays, setting_words
from foretaste.models.params import check_range
from foretaste.order import SLACK, UNCHOSEN, Order, choose_order, like_threshold
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Watch

HEADS = ("ranker", "rater")
PEOPLE, CELLS = 2000, 50_000_000
"""People on whom something is chosen, at most, and scores that are kept meanwhile."""
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
"""How much the rater's order may count in that of the list."""
RULE = 6
"""Numbers kept beside the two models: the share of the stars, where a like begins, the scale of likes, the rater's rule."""


@dataclass(frozen=True)
class TwoHeadsParams:
    """Settings of `TwoHeads`.

    Args:
        ranker: Name of a model that ranks, or rank_blend; it learns what people like.
        rater: Name of a model that predicts ratings, or blend; it learns all ratings.
        settings: Of the two, each as ``"ranker.name=value"`` or ``"rater.name=value"``.
        like: The rating from which somebody likes an item; None is three quarters up the scale.
        stars: How much the rater's own order counts in that of a list, from 0 to 1; None chooses on validation, and is 0
            where there is none.
        evidence: How many ratings it takes to believe half of a prediction when a rater's predictions are sorted, as a share of
            the training users; None chooses on validation, and is 0.1 where there is none.
        seed: Of both, where `settings` name none.
    """

    ranker: str = "edlae"
    rater: str = "two_sided_ridge"
    settings: tuple[str, ...] = ()
    like: float | None = None
    stars: float | None = None
    evidence: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0, 2**62)
        if self.like is not None:
            check_range("like", self.like, -1e300, 1e300)
        if self.stars is not None:
            check_range("stars", self.stars, 0, 1)
        if self.evidence is not None:
            check_range("evidence", self.evidence, 0)


class TwoHeads(Recommender[TwoHeadsParams]):
    """A ranker orders the list, a rating model says the stars; what the stars count in the order is chosen on validation.

    What people watch and how they rate it are two questions. The ranker is fitted on likes: ratings of at least `like`, each
    counting 1. The rater is fitted on all ratings, and its predictions are this model's predictions. A list is sorted by

        a_ui = (1 - s) z_ui + s t_ui

    with z the ranker's scores and t the predicted ratings, drawn to a cautious prior where little evidence is behind an item
    (`order`); both are counted from a person's mean over the items not rated, in standard deviations. s is 0, and the order
    the ranker's, unless another value makes the lists of validation people better (NDCG@100 of hidden likes) beyond the noise;
    for somebody who likes nothing it is 1.

    Symbols: s `stars`; z, t standardised scores and predictions of user u for item i.
    Paper: None for the pair.
    Differs: Nothing.
    Cost: That of both models added up, in time and memory; one fit of each. A row's order costs both models' scores of all.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[5.0, 1, 0, 0], [4, 2, 5, 0], [5, 0, 1, 4]])
        >>> TwoHeads(ranker="popularity", rater="bias").fit(X).appeal(X).shape
        (3, 4)

    Attributes:
        ranker_: Fitted on likes.
        rater_: Fitted on ratings.
        order_: How the rater's predictions are sorted.
        stars_: float32 (1,), s.
        like_: float32 (1,), where a like begins.
        ranker_key: What another pair may ask for the fitted ranker by; not saved.
        ranker_s: Seconds that it took to fit it.
        cols_: int32, the items that somebody in training likes: the ranker's columns.
    """

    Params = TwoHeadsParams
    name = "two_heads"
    arranges = True
    smaller = "choose a ranker that needs less memory, elsa or slim instead of ease and edlae, or such a rater"

    ranker_: Recommender[Any]
    rater_: Recommender[Any]
    cols_: AnyArray
    order_: Order
    ranker_key: LikesOf
    ranker_s: float
    _fitted_here = False

    def __init__(self, params: TwoHeadsParams | None = None, **settings: object) -> None:
        super().__init__(params, **settings)
        heads = self.unfitted()
        self.known_rows = heads["rater"].known_rows
        self.autoencoder = any(head.autoencoder for head in heads.values())

    def unfitted(self) -> dict[str, Recommender[Any]]:
        """Return the two models as they are before a fit, the ranker first."""
        p, out = self.params, {}
        for head, task in zip(HEADS, ("ranking", "rating"), strict=True):
            own = [text.removeprefix(f"{head}.") for text in p.settings if text.startswith(f"{head}.")]
            name = getattr(p, head)
            (out[head],) = build_members(
                [name], [f"{_key(name)}.{text}" for text in own], p.seed, task=task, blends=True
            ).values()
        for text in p.settings:
            if not text.startswith(tuple(f"{head}." for head in HEADS)):
                raise ParamsError(
                    f'"{text}" is about neither head', hint='write "ranker.NAME=VALUE" or "rater.NAME=VALUE"'
                )
        return out

    def likes(self, X: Csr) -> Csr:
        """Return what the rows like, each 1, of the shape of `X`: all that the ranker ever sees of them."""
        self._check_fitted()
        return self._liked(X)

    def ranked(self, liked: Csr) -> FloatArray:
        """Return the ranker's scores of rows of likes, float32 (rows, items); what nobody in training liked stands last."""
        known = self.ranker_.appeal(liked[:, self.cols_])
        out = np.empty(liked.shape, np.float32)
        out[:] = known.min(axis=1, keepdims=True)
        out[:, self.cols_] = known
        return out

    def appeal(self, X: object) -> FloatArray:
        """Return what lists are sorted by, float32 (rows, items), higher is better; arguments and errors as for `score`."""
        csr = self._rows(X)
        liked = self.likes(csr)
        scores = standardise(self.ranked(liked), csr)
        share = np.where(np.diff(liked.indptr) > 0, self.stars_[0], 1)  # who likes nothing tells a ranker nothing
        rows = np.flatnonzero(share)
        if len(rows):
            rated = standardise(self.order_.apply(self.rater_.score(csr[rows])), csr[rows])
            weight = share[rows, None].astype(np.float32)
            scores[rows] = (1 - weight) * scores[rows] + weight * rated
        return scores

    def item_vectors(self) -> FloatArray | None:
        """Return the ranker's vectors, if it has any; zeros for what nobody in training liked."""
        return next(iter(self.item_views()), None)

    def item_views(self) -> tuple[FloatArray, ...]:
        """Return the ranker's tables, with zeros as in `item_vectors`."""
        self._check_fitted()
        return tuple(map(self._spread, self.ranker_.item_views()))

    def item_relations(self, col: int) -> FloatArray | None:
        """Return what the ranker's weights say, if it has any; zeros for what nobody in training liked."""
        self._check_fitted()
        place = int(np.searchsorted(self.cols_, col))
        liked = place < len(self.cols_) and self.cols_[place] == col
        known = self.ranker_.item_relations(place if liked else 0)
        return None if known is None else self._spread(known * np.float32(liked))

    def _spread(self, known: FloatArray) -> FloatArray:
        out = np.zeros((self.n_items_, *known.shape[1:]), np.float32)
        out[self.cols_] = known
        return out

    def recognise(self, X: object) -> None:
        """Let the rater take the rows of `X` for the rows of `fit`, one by one; learn nothing."""
        self.rater_.recognise(self._rows(X))

    def _fit(self, X: Csr, watch: Watch) -> None:
        low, high = (float(end) for end in self.scale_)
        like = self._threshold(low, high)
        self.like_ = np.array([like], dtype=np.float32)
        liked = self._liked(X)
        if liked.nnz == 0:
            raise ParamsError(
                f"like is {like:g}, and no rating is so high", hint=f"the ratings go from {low:g} to {high:g}"
            )
        ranker, rater = self.unfitted().values()
        holdout = None if watch.holdout is None else self._asked(*watch.holdout)
        with stop_on_interrupt() as request:
            known = None if watch.known is None else watch.known(rater)
            self.rater_ = rater.fit(X, watch=about(watch, "rater")) if known is None else known
            self.cols_ = liked_cols(liked)
            asked = None if holdout is None else tuple(part[:, self.cols_] for part in holdout)
            own = replace(
                watch,
                measure=None if asked is None or not asked[2].nnz else lists_measure(*asked),
                holdout=None if asked is None or not asked[2].nnz else (asked[0], asked[2]),
                known=None,
            )
            self.ranker_key, began = LikesOf.head(ranker, float(self.like_[0])), time.perf_counter()
            known = None if watch.known is None else watch.known(self.ranker_key)
            self.ranker_ = ranker.fit(liked[:, self.cols_], watch=about(own, "ranker")) if known is None else known
            self.ranker_s = time.perf_counter() - began
            interrupted = {self.rater_.stopped_, self.ranker_.stopped_} & {"interrupted"}
            self.stopped_ = "interrupted" if interrupted or request.asked else "finished"
        self.order_ = self._sorted(X, watch)
        self._evidence = self.order_.half / max(int((np.diff(X.indptr) > 0).sum()), 1)
        self.stars_, self._fitted_here = np.array([self._share(holdout)], dtype=np.float32), True

    def _sorted(self, X: Csr, watch: Watch) -> Order:
        """Return how the rater's predictions are sorted: as `params` say, or as suits validation people."""
        if self.params.evidence is None and watch.holdout is not None:
            low, high = (float(end) for end in self.scale_)
            return choose_order(self.rater_, X, *watch.holdout, scale=(low, high))
        return Order.of(X, UNCHOSEN if self.params.evidence is None else self.params.evidence)

    def _asked(self, seen: Csr, hidden: Csr) -> tuple[Csr, Csr, Csr]:
        """Return what people like, what they have rated and what they would like of the rest, of those who like any."""
        wanted = self._liked(hidden)
        rows = np.flatnonzero(np.diff(wanted.indptr))
        most = max(min(PEOPLE, CELLS // (2 * hidden.shape[1])), 1)
        rows = rows[seeded_sample(self.params.seed, len(rows), most)]
        return self._liked(seen[rows]), seen[rows], wanted[rows]

    def _share(self, holdout: tuple[Csr, Csr, Csr] | None) -> float:
        if self.params.stars is not None:
            return self.params.stars
        if holdout is None or not holdout[0].shape[0]:
            return 0.0
        liked, seen, wanted = holdout
        blocks = []
        for part in row_blocks(*seen.shape):
            z = standardise(self.ranked(liked[part]), seen[part])
            t = standardise(self.order_.apply(self.rater_.score(seen[part])), seen[part])
            blocks.append((np.stack([z, t]), seen[part], wanted[part]))
        return share_worth(blocks, SHARES)

    def refit_params(self) -> TwoHeadsParams:
        """Return settings with this share of the stars, and of each head those that it would be fitted with on more data."""
        self._check_fitted()
        if not self._fitted_here:  # how a loaded model came about is not saved
            return self.params
        plain, settings = self.unfitted(), self.params.settings
        for head in HEADS:
            settings += setting_words(head, plain[head].params, getattr(self, f"{head}_").refit_params())
        return replace(
            self.params,
            settings=settings,
            like=float(self.like_[0]),
            stars=float(self.stars_[0]),
            evidence=self._evidence,
        )

    def _score(self, X: Csr) -> AnyArray:
        return self.rater_.score(X)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.rater_.predict(X, rows, cols, clip=False)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions | None:
        """Take predicted ratings apart as the rater does; the order of a list is no such sum."""
        return self.rater_.contributions(X, cols)

    def n_parameters(self, n_items: int, n_rows: int) -> int:
        """Return how many numbers are learnt at most: the ranker leaves out items that nobody likes."""
        return sum(head.n_parameters(n_items, n_rows) for head in self.unfitted().values()) + RULE + 2 * n_items

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        ranker, rater = self.unfitted().values()
        low, high = float(X.data.min()), float(X.data.max())
        liked = likes_in(X, self._threshold(low, high) - SLACK * (high - low))
        liked = liked[:, liked_cols(liked)]
        if not liked.nnz:
            return rater.forecast(X, measured=measured)
        fits = [ranker.forecast(liked, measured=measured), rater.forecast(X, measured=measured)]
        dearest = max(fits, key=lambda fit: fit.new)
        learnt = sum(fit.parameters for fit in fits) + 4.0 * (RULE + liked.shape[1] + X.shape[1])
        return replace(dearest, ratings=fits[1].ratings, parameters=learnt, kept=dearest.kept + fits[0].ratings)

    def _liked(self, X: Csr) -> Csr:
        return likes_in(X, float(self.like_[0]) - SLACK * float(self.scale_[1] - self.scale_[0]))

    def _threshold(self, low: float, high: float) -> float:
        return like_threshold((low, high)) if self.params.like is None else self.params.like

    def _arrays(self) -> dict[str, AnyArray]:
        heads = {head: getattr(self, f"{head}_") for head in HEADS}
        own = {"stars_": self.stars_, "like_": self.like_, "cols_": self.cols_, "ranker_scale_": self.ranker_.scale_}
        own |= {"evidence_": self.order_.count, "rule_": np.array([self.order_.prior, self.order_.half], np.float32)}
        return own | member_arrays(heads)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {
            "stars_": (1,),
            "like_": (1,),
            "cols_": (self._n_liked,),
            "ranker_scale_": (2,),
            "evidence_": (self.n_items_,),
            "rule_": (2,),
        }

    def _adopt_sizes(self, arrays: Mapping[str, AnyArray]) -> None:
        super()._adopt_sizes(arrays)
        self._n_liked = int(arrays["cols_"].size)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.stars_, self.like_ = np.asarray(arrays["stars_"]), np.asarray(arrays["like_"])
        self.cols_ = np.asarray(arrays["cols_"], dtype=np.int32)
        if not 0 <= self.stars_[0] <= 1:
            raise ValueError(f"stars_ is {self.stars_[0]}, expected 0 to 1")
        if self._n_liked and not (
            self.cols_[0] >= 0 and self.cols_[-1] < self.n_items_ and (np.diff(self.cols_) > 0).all()
        ):
            raise ValueError(f"cols_ are no ascending columns of {self.n_items_}")
        self.order_ = Order(np.asarray(arrays["evidence_"], dtype=np.float32), *map(float, arrays["rule_"]))
        heads = self.unfitted()
        ranks = {**arrays, "scale_": arrays["ranker_scale_"], "n_items_": np.array([self._n_liked])}
        for head, known in zip(HEADS, (ranks, arrays), strict=True):
            found = adopt_member(head, heads[head], known)
            if found is None:
                raise ValueError(f"there is nothing of the {head}")
            setattr(self, f"{head}_", found)


@dataclass(frozen=True)
class RankerAlone:
    """The ranker of a fitted pair by itself, for rows of ratings."""

    pair: TwoHeads
    task = "ranking"
    arranges = True

    def appeal(self, X: Csr) -> FloatArray:
        """Return the ranker's own scores of what the rows like, float32 (rows, items)."""
        return self.pair.ranked(self.pair.likes(X))


def _key(name: str) -> str:
    """Return a model's name as settings of a member begin with it."""
    return name.strip().lower().replace("-", "_")
