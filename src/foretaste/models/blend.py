"""Blend: a weighted sum of other rating models, its weights chosen on ratings that the members have not seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, row_of, stored_bytes
from foretaste.errors import ParamsError
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions
from foretaste.models.members import about, adopt_member, build_members, member_arrays, of_people, owner, setting_words
from foretaste.models.params import check_range, check_share
from foretaste.models.relations import spokesman
from foretaste.models.stacking import set_aside, stack
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.training.watch import Measure, Watch


@dataclass(frozen=True)
class MixParams:
    """Settings of any model that weighs others.

    Args:
        members: Names of the others. One may stand several times; the second is called ``NAME#2``, and so on.
        settings: Of the members, each as ``"MEMBER.name=value"``, such as ``"autorec.widths=[256]"``.
        weights: One for each member, from 0, adding up to 1; where they are given, nothing is chosen.
        share: Of the ratings, set aside to choose weights on where whoever fits hands over none.
        seed: Of the members, where they have one and `settings` name none; those that stand twice differ. And of what is
            set aside.
    """

    members: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    share: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.members:
            raise ParamsError("members names no model", hint='for example members=["two_sided_ridge", "biased_mf"]')
        check_share("share", self.share)
        check_range("seed", self.seed, 0, 2**62)
        if self.weights and len(self.weights) != len(self.members):
            raise ParamsError(f"weights are {len(self.weights)}, expected {len(self.members)}: one for each member")
        for weight in self.weights:
            check_range("weights", weight, 0, 1)
        if self.weights and abs(sum(self.weights) - 1) > 1e-3:
            raise ParamsError(
                f"weights add up to {sum(self.weights):g}, expected 1", hint="or give none: they are chosen"
            )


@dataclass(frozen=True)
class BlendParams(MixParams):
    """Settings of `Blend`.

    Args:
        members: Names of models that predict ratings. The usual three serve anybody, and each sees taste in its own way: rows
            of items, rows of people, neighbours.
        settings: Of the members, as in `MixParams`, as are weights, share and seed.
        weights: One for each member.
        share: Of the ratings, set aside.
        seed: Of the members.
        penalty: What draws weights to equal ones, in ratings to choose on.
    """

    members: tuple[str, ...] = ("two_sided_ridge", "ridge", "item_knn")
    penalty: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("penalty", self.penalty, 0)


@dataclass(frozen=True)
class Part:
    """A member of a fitted blend.

    Args:
        label: What it is called.
        weight: What its predictions are multiplied by.
        rmse: On the ratings that weights were chosen on; None where they were given, and of a model that ranks.
        ndcg: NDCG@100 of the clicks that weights were chosen on, of a model that ranks; None where they were given.
    """

    label: str
    weight: float
    rmse: float | None = None
    ndcg: float | None = None


def best_part(parts: Iterable[Part]) -> str | None:
    """Return what the member is called that was best by itself; None where that was not measured."""
    loss = {part.label: part.rmse if part.ndcg is None else -part.ndcg for part in parts}
    known = {label: value for label, value in loss.items() if value is not None}
    return min(known, key=known.__getitem__, default=None)


class Blend(Recommender[MixParams]):
    """A weighted sum of other models' predictions; the weights are least squares on ratings that no member has seen.

    Each member is fitted as it would be alone. From what they then predict of n ratings that were kept from them,

        y_ui = sum_m w_m y^m_ui,    w = argmin sum_n (r_n - sum_m w_m y^m_n)^2 + c |w - 1 / M|^2,    w >= 0, sum w = 1

    A comparison, and training from a file, chooses on the hidden ratings of validation: for whomever the split asks about. A
    plain ``fit(X)`` sets a share of X aside and fits the members once more, on all of X: it chooses for people whose other
    ratings are known, and models differ in what a newcomer costs them.
    What choosing costs: weights from n ratings raise the squared error of others by about (M - 1) / n of it; with 5 members
    that is 1 % at 400 ratings, and nothing to speak of at 10,000. A person's ratings err alike, so where they are of few people
    it is more. The blend's RMSE on the n ratings themselves is too low by as much again, and so is that of members which
    stopped early by them; only ratings that nothing was chosen by say what a blend gains.

    Symbols: w weights of M members; y^m their predictions; r ratings; c `penalty` times the variance of predictions.
    Paper: L. Breiman, "Stacked regressions", Machine Learning 1996, doi:10.1007/BF00117832.
    Differs: Ratings to choose on are held out once, not by cross-validation; weights also add up to 1 (free ones, with a shift,
        were worse on validation people they were not chosen by, at any n), so that a blend stays inside the scale and one can
        read how much of whom it is; and they are drawn a little to equal ones, so that twins share.
    Cost: The members' time and memory added up; a plain ``fit(X)`` fits twice. Scoring costs what it costs the members.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[5.0, 1, 0], [4, 2, 5]])
        >>> Blend(members=["mean", "bias"], weights=[0.5, 0.5]).fit(X).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)

    Attributes:
        members_: Fitted, by what they are called; fewer than `params` names where a Ctrl-C came.
        weights_: float32 (members,), in the order of `params`; 0 where one was not fitted.
        autoencoder: Whether a member is one; after a fit, a member of some weight.
    """

    Params: ClassVar[type[Any]] = BlendParams
    name = "blend"
    smaller = "name fewer members"  # and nothing is searched: weights are solved for, members have spaces of their own

    members_: dict[str, Recommender[Any]]

    def __init__(self, params: MixParams | None = None, **settings: object) -> None:
        super().__init__(params, **settings)
        members = self.unfitted()
        self._labels = tuple(members)
        self.known_rows = any(model.known_rows for model in members.values())
        self.autoencoder = any(model.autoencoder for model in members.values())

    def unfitted(self) -> dict[str, Recommender[Any]]:
        """Return new members, by what they are called, as they are before a fit."""
        return build_members(self.params.members, self.params.settings, self.params.seed, task=self.task)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What a fitted blend is made of, in the order of `members`."""
        self._check_fitted()
        alone = getattr(self, "_alone", {})  # how a loaded model came about is not saved
        how = "rmse" if self.task == "rating" else "ndcg"
        return tuple(
            Part(label, float(w), **{how: alone.get(label)})
            for label, w in zip(self._labels, self.weights_, strict=True)
        )

    def _fit(self, X: Csr, watch: Watch) -> None:
        self._alone: dict[str, float] = {}
        with stop_on_interrupt() as request:
            if self.params.weights:
                self._fit_members(X, watch, request)
                if watch.holdout is not None:
                    self._measured(*watch.holdout)
                self._take(self._given())
            elif watch.holdout is not None:
                self._fit_members(X, watch, request)
                self._take(self._chosen(*watch.holdout))
            else:
                self._fit_twice(X, watch, request)

    def _fit_members(self, X: Csr, watch: Watch, request: StopRequest) -> None:
        """Fit one after the other; after a Ctrl-C, those that are fitted by then are all there are."""
        self.members_ = {}
        for label, model in self.unfitted().items():
            known = None if watch.known is None else watch.known(model)
            self.members_[label] = model.fit(X, watch=about(watch, label)) if known is None else known
            missing = request.asked and len(self.members_) < len(self._labels)
            if missing or self.members_[label].stopped_ == "interrupted":
                self.stopped_ = "interrupted"
                break

    def _fit_twice(self, X: Csr, watch: Watch, request: StopRequest) -> None:
        """Choose weights on a part of X, then fit on all of it; a Ctrl-C leaves members that know less, but are whole."""
        seen, hidden = set_aside(X, self.params.share, self.params.seed)
        own = self._measure(seen, hidden) if hidden.nnz else None
        theirs = None if watch.measure is None else of_people(X, watch.measure)
        self._fit_members(seen, replace(watch, measure=theirs or own, known=None), request)
        self._recognised(seen)
        self._take(self._chosen(seen, hidden))
        for label in self._kept():
            if request.asked or self.stopped_ == "interrupted":
                self.stopped_ = "interrupted"
                break
            first = self.members_[label]
            again = type(first)(first.refit_params())
            again.fit(X, watch=about(replace(watch, measure=None, known=None), label))
            if again.stopped_ == "interrupted":
                self.stopped_ = "interrupted"
            else:
                self.members_[label] = again
        self._recognised(X)

    def _recognised(self, X: Csr) -> None:
        for model in self.members_.values():
            model.recognise(X)

    def _measure(self, seen: Csr, hidden: Csr) -> Measure:
        """Return what members are watched by where the caller does not say."""
        rows, cols = row_of(hidden), hidden.indices
        return lambda model: _rmse(model.predict(seen, rows, cols) - hidden.data)

    def _chosen(self, seen: Csr, hidden: Csr) -> AnyArray:
        """Return the weights that suit hidden ratings."""
        return stack(self._measured(seen, hidden), hidden.data, penalty=getattr(self.params, "penalty", 0.0))

    def _measured(self, seen: Csr, hidden: Csr) -> AnyArray:
        """Note how good each member is at hidden ratings, and return its predictions, (members, hidden)."""
        rows, cols = row_of(hidden), hidden.indices
        predicted = np.stack([model.predict(seen, rows, cols) for model in self.members_.values()])
        if hidden.nnz:
            self._alone = dict(zip(self.members_, map(_rmse, predicted - hidden.data), strict=True))
        return predicted

    def _given(self) -> AnyArray:
        """Return the weights that `params` name; where a Ctrl-C came, those that are fitted share out the others'."""
        given = np.array(self.params.weights[: len(self.members_)])
        return given / given.sum() if given.any() else np.full(len(given), 1 / len(given))

    def _take(self, weights: AnyArray) -> None:
        """Keep the weights of the members that are fitted."""
        self.weights_ = np.zeros(len(self._labels), np.float32)
        self.weights_[: len(weights)] = weights
        self._exact = dict(zip(self.members_, weights.tolist(), strict=True))
        self._count_in()

    def _count_in(self) -> None:
        """Call this an autoencoder if one of its members that count for something is one."""
        counted = zip(self._labels, self.weights_, strict=True)
        self.autoencoder = any(self.members_[label].autoencoder for label, weight in counted if weight)

    def _kept(self) -> list[str]:
        """Return the members that count for something, and the best by itself, which comparisons show beside the blend."""
        best = best_part(self.parts)
        return [label for label, weight in self._exact.items() if weight or label == best]

    def refit_params(self) -> MixParams:
        """Return settings with these weights, and of each member those that it would be fitted with on more data.

        Members of weight 0 are left out, but for the one that was best by itself.
        """
        self._check_fitted()
        if not hasattr(self, "_exact"):  # how a loaded model came about is not saved
            return self.params
        kept, plain = self._kept(), self.unfitted()
        settings = [text for text in self.params.settings if owner(text) in kept]
        for label in kept:
            settings += setting_words(label, plain[label].params, self.members_[label].refit_params())
        weights = tuple(self._exact[label] for label in kept)
        return replace(self.params, members=tuple(kept), settings=tuple(settings), weights=weights)

    def recognise(self, X: object) -> None:
        """Let the members take the rows of `X` for the rows of `fit`, one by one; learn nothing."""
        self._recognised(self._rows(X))

    def item_vectors(self) -> FloatArray | None:
        """Return the vectors of the member of most weight that knows what items go together, if it has any."""
        return next(iter(self.item_views()), None)

    def item_views(self) -> tuple[FloatArray, ...]:
        """Return the tables of that member."""
        member = spokesman((self.members_[part.label], part.weight) for part in self.parts if part.weight)
        return () if member is None else member.item_views()

    def item_relations(self, col: int) -> FloatArray | None:
        """Return what that member's weights say, if it has any."""
        member = spokesman((self.members_[part.label], part.weight) for part in self.parts if part.weight)
        return None if member is None else member.item_relations(col)

    def _score(self, X: Csr) -> AnyArray:
        out = np.zeros(X.shape, np.float32)
        for label, weight in zip(self._labels, self.weights_, strict=True):
            if weight:
                out += weight * self.members_[label].score(X)
        return out

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        out = np.zeros(len(rows), np.float32)
        for label, weight in zip(self._labels, self.weights_, strict=True):
            if weight:
                out += weight * self.members_[label].predict(X, rows, cols)
        return out

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions | None:
        """Add up the members' by weight; none where a member has none, or ends outside the scale and is cut off there."""
        base, parts = np.zeros(len(cols)), np.zeros((X.nnz, len(cols)))
        for label, weight in zip(self._labels, self.weights_.tolist(), strict=True):
            own = self.members_[label].contributions(X, cols) if weight and self.task == "rating" else None
            if weight and (own is None or not ((own.total >= self.scale_[0]) & (own.total <= self.scale_[1])).all()):
                return None
            if own is not None:
                base, parts = base + weight * own.base, parts + weight * own.parts
        return Contributions(base, parts)

    def n_parameters(self, n_items: int, n_rows: int) -> int:
        """Return how many numbers the members learn, and the weights."""
        members = self.unfitted().values()
        return sum(model.n_parameters(n_items, n_rows) for model in members) + self._own(n_items)

    def _own(self, n_items: int) -> int:
        """Return how many numbers stand beside the members: weights, and how many people have what, where it ranks."""
        return len(self._labels) + n_items * (self.task == "ranking")

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        fits = [model.forecast(X, measured=measured) for model in self.unfitted().values()]
        dearest = max(fits, key=lambda fit: fit.new)
        own, beside = 4.0 * self._own(X.shape[1]), 0.0
        if not self.params.weights:  # a member's second fit stands beside its first; ratings are divided, and predicted
            beside = dearest.parameters
            chosen = 12.0 * len(fits) * self.params.share * X.nnz
            dearest = replace(dearest, batch=max(dearest.batch, chosen) + stored_bytes(X) + 16.0 * X.nnz)
        learnt = sum(fit.parameters for fit in fits) + own
        return replace(dearest, parameters=learnt, kept=dearest.kept + beside)

    def _arrays(self) -> dict[str, AnyArray]:
        return {"weights_": self.weights_, **member_arrays(self.members_)}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weights_": (len(self._labels),)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = np.asarray(arrays["weights_"])
        self.members_ = {}
        for (label, plain), weight in zip(self.unfitted().items(), self.weights_, strict=True):
            found = adopt_member(label, plain, arrays)
            if found is not None:
                self.members_[label] = found
            elif weight:  # after a Ctrl-C there may be neither
                raise ValueError(f"there is nothing of {label}")
        self._count_in()


def _rmse(error: AnyArray) -> float:
    return float(np.sqrt(np.mean(np.square(error, dtype=np.float64))))
