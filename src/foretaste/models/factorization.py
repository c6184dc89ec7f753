"""Matrix factorisation that any row can join: the notebook's latent-factor model, done right."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import (
    AnyArray,
    Csr,
    FloatArray,
    cell_dots,
    codes_by_table,
    seeded_sample,
    shift_and_clip,
    with_values,
)
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.contributions import Contributions, ridge_answers
from foretaste.models.expected import expected, learn_held
from foretaste.models.params import check_range
from foretaste.models.space import Range, Space
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.training.watch import Progress, Watch

SAMPLE = 100_000
"""Ratings whose error is reported after each alternation."""
CELL = 40
"""Bytes that a fit takes for each rating beside it."""


@dataclass(frozen=True)
class BiasedMfParams:
    """Settings of `BiasedMf`.

    Args:
        latent: Taste factors a user and an item have.
        l2: Penalty on each factor, in ratings: about how many ratings it takes to believe half of what they say.
        damping_item: The same for the item effect.
        damping_user: The same for the user effect.
        unexplained: Share of the variance left by the bias model that factors are not to explain; it decides how uncertain a
            factor is held to be, and 0 is plain alternating least squares.
        implicit: Whether who rated what says something, whatever the rating: what is expected of factors and effects. Without
            it, l2 = 7 and unexplained = 0.6 are better; so they are with it where people did not choose what they rated.
        l2_implicit: Penalty on what a single item, or person, says by that, in ratings.
        epochs: Alternations at most.
        patience: Alternations without a better watched value before it stops.
        seed: Start of the random item factors.
    """

    latent: int = 20
    l2: float = 12.0
    damping_item: float = 5.0
    damping_user: float = 5.0
    unexplained: float = 0.7
    implicit: bool = True
    l2_implicit: float = 15.0
    epochs: int = 30
    patience: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 2000)
        check_range("l2", self.l2, 1e-6)
        check_range("damping_item", self.damping_item, 1e-6)
        check_range("damping_user", self.damping_user, 1e-6)
        check_range("unexplained", self.unexplained, 0, 10)
        check_range("l2_implicit", self.l2_implicit, 1e-6)
        check_range("epochs", self.epochs, 1, 10_000)
        check_range("patience", self.patience, 1)
        check_range("seed", self.seed, 0)


class BiasedMf(Recommender[BiasedMfParams]):
    """Matrix factorisation with biases by alternating least squares; a new row folds in by one ridge solve.

    Minimises sum (r_ui - mu - b_i - b_u - p_u . q_i)^2 + l2 (|p_u - m_u|^2 + |q_i - m_i|^2), and likewise damping_user b_u^2
    and damping_item b_i^2, each around what is expected of it. With the items fixed, each row's (b_u, p_u) is a ridge
    regression of its ratings on (1, q_i), and the other way round.
    What is expected of a row follows from what it holds, whatever the ratings: (., m_u) = sum of y_j over the items rated /
    sqrt(n_u + 1); of an item, likewise, from who rated it. y is learnt by ridge regression on the rows' solutions after each
    half step, with penalty l2_implicit |y_j|^2. It is zero without `implicit`.
    A factor that was estimated from few ratings is not taken at its word: each solve adds, to every rating's square, the
    variance of the other side's factors, v = unexplained x diagonal of (F'F + L)^-1, as the posterior mean does. Without it the
    two sides fit each other's noise, and someone who was in training is predicted worse than by the bias model.
    Only the item side is kept: whoever comes, in training or not, gets their vector by that same solve.
    Errors are counted in units of sigma, the standard deviation of what the bias model leaves over, so the settings mean the
    same on 1 to 5 stars and on 0 to 100 points.

    Symbols: mu mean; b effects; p_u, q_i taste vectors of length `latent`; m what is expected of them; y what an item says of
        whoever rated it; n_u number of ratings; F the other side's factors of a row's ratings, L the penalties.
    Paper: Y. Koren, R. Bell, C. Volinsky, "Matrix factorization techniques for recommender systems", IEEE Computer 2009,
        doi:10.1109/MC.2009.263; y from Y. Koren, "Factorization meets the neighborhood", KDD 2008, section 3 (SVD++),
        doi:10.1145/1401890.1401944; fitted as in Y. Zhou et al., "Large-scale parallel collaborative filtering", AAIM 2008,
        with variances as in Y. Lim, Y. Teh, "Variational Bayesian approach to movie rating prediction", KDD Cup 2007.
    Differs: SVD++ has y for items only and fits all by gradient descent; here people have such vectors too (most of the gain),
        effects are expected as factors are, and y is fitted to the solutions, not to the ratings. The penalty is per factor and
        not multiplied by the number of ratings (Zhou); of the posterior covariances only the diagonals are kept, effects count
        as known, and `unexplained` is fixed (Lim, Teh); effects start from `Bias`.
    Cost: O(epochs (n k^2 + (users + items) k^3)) time; 10 (users + items) k numbers and 40 bytes a rating. 12 M ratings of
        43,200 users and 26,672 items, 20 factors: 1.5 s of one core an alternation, 0.6 s without `implicit`.

    Example:
        >>> from scipy.sparse import csr_array
        >>> BiasedMf(latent=2).fit(csr_array([[5.0, 1], [4, 2]])).score(csr_array([[5.0, 0]])).shape
        (1, 2)
    """

    Params = BiasedMfParams
    name = "biased_mf"
    clips = True
    smaller = "choose a smaller latent, or keep fewer users"
    space: ClassVar[Space] = {
        "latent": Range(2, 100, log=True, whole=True),
        "l2": Range(3, 100, log=True),
        "l2_implicit": Range(2, 200, log=True),
        "unexplained": Range(0, 1.5),
        "damping_item": Range(0.3, 50, log=True),
        "damping_user": Range(0.3, 50, log=True),
    }

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual, side = super()._forecast(X, measured), 4 * (1 + self.params.latent)
        tables = 9 if self.params.implicit else 5  # solutions, variances, features and the solver's table of both; or,
        factors = tables * side * sum(X.shape)  # beside solutions and variances, what is held and the search for it
        copies = CELL * X.nnz  # the ratings by user and by item, and the draw of a sample
        kept = usual.parameters if measured else 0
        return replace(usual, kept=kept, batch=max(usual.batch, factors + copies))

    def _fit(self, X: Csr, watch: Watch) -> None:
        p = self.params
        bias = Bias(damping_item=p.damping_item, damping_user=p.damping_user).fit(X)
        rng = np.random.default_rng(p.seed)
        self.mean_, self.sigma_ = bias.mean_, bias.residual_spread(X)
        factors = rng.normal(0, 0.1, (X.shape[1], p.latent)).astype(np.float32)
        by_user = with_values(X, self._standard(X))
        by_item = by_user.T.tocsr()
        factors[np.diff(by_item.indptr) == 0] = 0
        self.item_ = np.column_stack([bias.item_effect_ / self.sigma_[0], factors])
        self.spread_ = np.zeros_like(self.item_)
        self.held_ = np.zeros_like(self.item_) if p.implicit else None
        people = np.zeros((X.shape[0], 1 + p.latent), np.float32) if p.implicit else None
        with stop_on_interrupt() as request:
            self._train(_Sides(by_user, by_item, _sample(by_item), people), watch, request)

    def _train(self, sides: "_Sides", watch: Watch, request: StopRequest) -> None:
        best, kept, self.best_epoch_ = np.inf, self._learnt(), self.params.epochs
        for epoch in range(1, self.params.epochs + 1):
            started = time.perf_counter()
            loss = self._alternate(sides)
            watched = None if watch.measure is None else watch.measure(self)
            if watched is not None and (watched < best or epoch == 1):
                best = np.inf if np.isnan(watched) else watched
                kept, self.best_epoch_ = self._learnt(), epoch
            if watch.report is not None:
                seconds, best_so_far = time.perf_counter() - started, best if np.isfinite(best) else None
                left = seconds * (self.params.epochs - epoch)
                speed = sides.by_item.nnz / max(seconds, 1e-9)
                watch.report(Progress(epoch, self.params.epochs, 1, 1, loss, speed, left, watched, best_so_far))
            if request.asked:
                self.stopped_ = "interrupted"
                break
            if watched is not None and epoch - self.best_epoch_ >= self.params.patience:
                self.stopped_ = "early"
                break
        if watch.measure is not None:
            self.item_, self.spread_, self.held_ = kept

    def _learnt(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        return self.item_, self.spread_, self.held_

    def refit_params(self) -> BiasedMfParams:
        """Return settings with as many alternations as were best, for a fit on more data."""
        self._check_fitted()
        return replace(self.params, epochs=getattr(self, "best_epoch_", self.params.epochs))

    def _alternate(self, sides: "_Sides") -> float:
        """Solve the rows, then the items; return the mean squared error of a sample of ratings between the two."""
        p, by_user, by_item = self.params, sides.by_user, sides.by_item
        user, doubt = self._solve(by_user, self.item_, self.spread_, p.damping_user, self.held_)
        rows, cols, wanted = sides.sample
        found = cell_dots(user[:, 1:], self.item_[:, 1:], rows, cols) + self.item_[cols, 0] + user[rows, 0]
        loss = np.square(self.sigma_[0] * (wanted - found)).mean(dtype=np.float64)
        if self.held_ is not None:
            l2 = p.l2_implicit / self._penalty(p.damping_user)
            self.held_ = learn_held(by_user, by_item, self.held_, user, l2)
        self.item_, self.spread_ = self._solve(by_item, user, doubt, p.damping_item, sides.people)
        self.spread_[np.diff(by_item.indptr) == 0] = 0  # nobody rated it: it has no factors, and they are not uncertain
        if sides.people is not None:
            l2 = p.l2_implicit / self._penalty(p.damping_item)
            sides.people = learn_held(by_item, by_user, sides.people, self.item_, l2)
        return float(loss)

    def fold_in(self, X: Csr) -> FloatArray:
        """Return (b_u, p_u) of each row in units of sigma, float32 (rows, 1 + latent), zeros for an empty one."""
        self._check_fitted()
        return self._fold_in(X, ask=False)[0]

    def _fold_in(self, X: Csr, *, ask: bool = True) -> tuple[FloatArray, FloatArray]:
        values, item, spread, held = self._standard(X), self.item_, self.spread_, self.held_
        if X.nnz < X.shape[1]:  # a few ratings do not look at all items
            item, spread, held = item[X.indices], spread[X.indices], None if held is None else held[X.indices]
            X = csr_array((values, np.arange(X.nnz, dtype=np.int32), X.indptr), shape=(X.shape[0], X.nnz))
        else:
            X = with_values(X, values)
        return self._solve(X, item, spread, self.params.damping_user, held, ask=ask)

    def _standard(self, X: Csr) -> FloatArray:
        """Return ratings in units of sigma, above the mean."""
        return (X.data - self.mean_[0]) / self.sigma_[0]

    def _solve(
        self, X: Csr, other: FloatArray, doubt: FloatArray, damping: float, held: FloatArray | None, *, ask: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """Return one side from the other: effect and factors, and the variances of the factors, both (rows, 1 + latent)."""
        from foretaste.kernels.ridge_rows import solve_rows_with_spread  # noqa: PLC0415 (numba loads only when it is used)

        features = np.column_stack([np.ones(len(other), np.float32), other[:, 1:]])
        known = None if self.params.unexplained == 0 else doubt
        out, own = solve_rows_with_spread(
            X, features, self._penalty(damping), offset=other[:, 0], spread=known,
            prior=None if held is None else expected(X, held), ask=ask,
        )  # fmt: skip
        own *= np.float32(self.params.unexplained)
        own[:, 0] = 0
        return out, own

    def _penalty(self, damping: float) -> AnyArray:
        return np.array([damping] + [self.params.l2] * self.params.latent)

    def item_vectors(self) -> FloatArray:
        """Return the items' factors, without their effects; not to be changed."""
        self._check_fitted()
        return self.item_[:, 1:]

    def _score(self, X: Csr) -> AnyArray:
        user = self.fold_in(X) * self.sigma_[0]
        scores = codes_by_table(user[:, 1:], self.item_[:, 1:])
        return shift_and_clip(scores, user[:, 0] + self.mean_[0], self.sigma_[0] * self.item_[:, 0], self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        user = self.fold_in(X)
        dots = cell_dots(user[:, 1:], self.item_[:, 1:], rows, cols)
        return (dots + self.item_[cols, 0] + user[rows, 0]) * self.sigma_[0] + self.mean_[0]

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a prediction apart into what is expected of whoever holds these items, and of each rating its surprise.

        Base is mean + item effect + what m_u says, less what the doubt about the factors takes of it; a part is the rating less
        mean, effect and m_u for its own item, times its weight in the row's ridge regression.
        """
        held, wanted = (np.column_stack([np.ones(len(at), np.float32), self.item_[at, 1:]]) for at in (X.indices, cols))
        before = np.zeros(held.shape[1]) if self.held_ is None else expected(X, self.held_)[0].astype(np.float64)
        doubt = self.spread_[X.indices] if self.params.unexplained else np.zeros_like(held)
        answers = ridge_answers(held, wanted, self._penalty(self.params.damping_user), spread=doubt)
        surprise = self._standard(X) - self.item_[X.indices, 0] - held @ before
        base = self.item_[cols, 0] + wanted @ before - (doubt.sum(0, dtype=np.float64) * before) @ answers
        parts = (held @ answers) * surprise[:, None]
        return Contributions(float(self.mean_[0]) + self.sigma_[0] * base, self.sigma_[0] * parts)

    def _arrays(self) -> dict[str, AnyArray]:
        held = {} if self.held_ is None else {"held_": self.held_}
        return {"mean_": self.mean_, "sigma_": self.sigma_, "item_": self.item_, "spread_": self.spread_} | held

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        side = (self.n_items_, 1 + self.params.latent)
        held = {"held_": side} if self.params.implicit else {}
        return {"mean_": (1,), "sigma_": (1,), "item_": side, "spread_": side} | held

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.mean_, self.sigma_ = np.asarray(arrays["mean_"]), np.asarray(arrays["sigma_"])
        self.item_, self.spread_ = np.asarray(arrays["item_"]), np.asarray(arrays["spread_"])
        self.held_ = np.asarray(arrays["held_"]) if self.params.implicit else None


@dataclass(eq=False)
class _Sides:
    """What a fit works on, and what it does not keep.

    Args:
        by_user: Ratings in units of sigma.
        by_item: Their transpose.
        sample: Row, column and value of the ratings whose error is reported.
        people: What each person says of the items they rated by having rated them, (users, 1 + latent); None for nothing.
    """

    by_user: Csr
    by_item: Csr
    sample: tuple[AnyArray, AnyArray, AnyArray]
    people: FloatArray | None


def _sample(by_item: Csr) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return row, column and value of the ratings whose error is reported, of a matrix that holds them item by item."""
    cells = seeded_sample(0, by_item.nnz, SAMPLE)
    return by_item.indices[cells], np.searchsorted(by_item.indptr, cells, side="right") - 1, by_item.data[cells]
