"""Implicit alternating least squares: matrix factorisation for clicks and likes, that any row can join."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from foretaste.arrays import CELLS, AnyArray, Csr, FloatArray, cell_dots, codes_by_table, seeded_sample
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions, ridge_answers
from foretaste.models.ials_weights import Path, Weights
from foretaste.models.params import check_range
from foretaste.models.penalty import LEAST, set_aside
from foretaste.models.space import Range, Space
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.training.watch import Progress, Watch

if TYPE_CHECKING:
    from foretaste.models.ials_sides import Sides

SAMPLE = 100_000
"""Stored cells whose error is reported after each alternation."""
LANES = 8
"""Numbers of a vector, to whole ones of which factors are padded (`kernels.tiles`)."""

TRIED = 64
"""Factors at most of a fit that only looks for settings."""
CELL, ASIDE = 8, 12
"""Bytes that a fit takes for each entry beside it: where it stands by item, and rows that are left when some are set aside."""
LOOKED = 1 << 25
"""Bytes that rows set aside take while they are ranked."""
SQUARES = 112
"""Bytes that sums of products take for each pair of factors: some at a time, and what turns them."""
PIECE = 2048
"""Rows that are turned at a time (`kernels.implicit_rows`)."""
SMALL = 1 << 23
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class IalsParams:
    """Settings of `Ials`.

    Args:
        latent: Taste factors of a person and of an item.
        alpha0: Weight of every cell at 0, beside the 1 of a stored cell at 1; 0 takes what makes all missing cells 20 times as
            heavy as all stored ones, 1 at most.
        l2: Penalty, where it ends; 0 leaves it to validation, or to a tenth of the rows where there is none.
        fall: The penalty begins far above and falls by this factor from one alternation to the next; with a small one it is
            where it ends from the second on.
        exponent: How much the penalty grows with what somebody holds: 0 not at all, 1 as the number of cells.
        steps: Of conjugate gradients in each half of an alternation.
        epochs: Alternations at most.
        patience: Alternations without a better watched value before it stops.
        seed: Of the items' factors at the start.
    """

    latent: int = 128
    alpha0: float = 0.0
    l2: float = 0.0
    fall: float = 0.85
    exponent: float = 1.0
    steps: int = 2
    epochs: int = 30
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 4000)
        check_range("alpha0", self.alpha0, 0, 1000)
        check_range("l2", self.l2, 0)
        check_range("fall", self.fall, 1e-9, 1)
        check_range("exponent", self.exponent, 0, 2)
        check_range("steps", self.steps, 1, 1000)
        check_range("epochs", self.epochs, 1, 10_000)
        check_range("patience", self.patience, 1)
        check_range("seed", self.seed, 0)


class Ials(Recommender[IalsParams]):
    """Matrix factorisation of who had to do with what, where each missing cell counts as a small no.

    Minimises, with n_u and n_i the stored cells of a row and of a column,

        sum_stored (1 - p_u . q_i)^2 + alpha0 sum_all (p_u . q_i)^2
            + l2 (sum_u (n_u + alpha0 items)^exponent |p_u|^2 + sum_i (n_i + alpha0 users)^exponent |q_i|^2)

    by turns: with the items fixed, each person is a small regression, and the other way round. All cells are in it, yet the
    cost follows the stored ones: what all columns say together is one square matrix for all rows. Factors are turned so that
    it is a diagonal, and a step of conjugate gradients then costs two products with what a row holds.
    The penalty falls from where only the loudest tastes are more than zero: each alternation lets in a little more, and begins
    where the last one ended; validation says when it is enough. So l2 needs no search, and a larger `latent` does no harm.
    Only the item side is kept: whoever comes, in training or not, gets their vector by the same regression, solved to the end.

    Symbols: p_u, q_i factors of length `latent`; alpha0 weight of a missing cell.
    Paper: Y. Hu, Y. Koren, C. Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008,
        doi:10.1109/ICDM.2008.22; this form S. Rendle, W. Krichene, L. Zhang, Y. Koren, "Revisiting the performance of iALS on
        item recommendation benchmarks", RecSys 2022, arXiv:2110.14037; conjugate gradients for it G. Takacs, I. Pilaszy,
        D. Tikk, "Applications of the conjugate gradient method for implicit feedback collaborative filtering", RecSys 2011,
        doi:10.1145/2043932.2043987.
    Differs: Conjugate gradients run in turned factors and are preconditioned by the diagonal (the paper solves exactly, or by
        blocks). The penalty falls (the paper searches one value), alpha0 follows from the density of the data (it searches that
        too), and alternations stop when validation does not gain.
    Cost: O(epochs (steps n latent + (users + items) latent^2)) time; (users + 3 items) latent numbers, 8 bytes a stored cell.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Ials(latent=2).fit(csr_array([[1.0, 1, 0], [0, 1, 1]])).score(csr_array([[1.0, 0, 0]])).shape
        (1, 3)
    """

    Params = IalsParams
    name = "ials"
    task = "ranking"
    smaller = "choose a smaller latent, or keep fewer users"
    space: ClassVar[Space] = {"latent": Range(16, 512, log=True, whole=True)}  # it chooses its weights

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual, width = super()._forecast(X, measured), -(-self.params.latent // LANES) * LANES
        people = 4.0 * width * X.shape[0]
        turned = 4.0 * width * min(PIECE, max(X.shape)) + SQUARES * width * width
        tries = self._tries(X, measured)
        batch = max(usual.batch, people + (CELL + ASIDE * tries) * X.nnz + turned) + LOOKED * tries + SMALL
        scoring = 8.0 * width * CELLS * measured  # factors of both sides of the cells that are looked at together
        return replace(usual, kept=usual.parameters * measured, batch=batch, scoring=scoring)

    def _fit(self, X: Csr, watch: Watch) -> None:
        with stop_on_interrupt() as request:
            p = self._tried(X, request) if self._tries(X, watch.measure is not None) else self.params
            self._learn(X, p, watch, request)

    def _tries(self, X: Csr, measured: bool) -> bool:
        """Return whether some rows are set aside first, to see where the penalty should end."""
        return not (self.params.l2 or measured or X.shape[0] < LEAST)

    def _tried(self, X: Csr, request: StopRequest) -> IalsParams:
        """Return settings that were best for some rows set aside, in a fit of few factors."""
        trial = Ials(replace(self.params, latent=min(self.params.latent, TRIED)))
        rest, measure = set_aside(X)
        if rest.nnz == 0:
            return self.params
        trial.n_items_, trial.scale_ = X.shape[1], self.scale_
        trial._learn(rest, trial.params, Watch(measure=measure), request)
        return replace(trial.refit_params(), latent=self.params.latent)

    def _learn(self, X: Csr, p: IalsParams, watch: Watch, request: StopRequest) -> None:
        from foretaste.kernels.threads import one_blas_thread  # noqa: PLC0415 (numba loads only when it is used)
        from foretaste.models.ials_sides import Sides  # noqa: PLC0415

        path = Path(p.alpha0, p.l2, p.exponent, p.fall, p.epochs).weights(X, measured=watch.measure is not None)
        path = path[-1:] if request.asked else path  # there is time for one alternation
        with one_blas_thread():
            self._train(Sides(X, p.latent, path[0], p.seed), path, watch, request)

    def _train(self, sides: "Sides", path: list[Weights], watch: Watch, request: StopRequest) -> None:
        p, best, self.best_epoch_ = self.params, np.inf, len(path)
        kept = np.empty_like(sides.item) if watch.measure is not None else sides.item
        for epoch, weights in enumerate(path, 1):
            started = time.perf_counter()
            sides.weigh(weights)
            sides.alternate(p.steps)
            self.show(sides)
            watched = None if watch.measure is None else watch.measure(self)
            if watched is not None and (watched < best or epoch == 1):
                best = np.inf if np.isnan(watched) else watched
                np.copyto(kept, sides.item)
                beside, self.best_epoch_ = (sides.squares, weights), epoch
            if watch.report is not None:
                seconds, best_so_far = time.perf_counter() - started, best if np.isfinite(best) else None
                left, speed = seconds * (len(path) - epoch), sides.by_user.nnz / max(seconds, 1e-9)
                watch.report(Progress(epoch, len(path), 1, 1, _loss(sides), speed, left, watched, best_so_far))
            if request.asked:
                self.stopped_ = "interrupted"
                break
            if watched is not None and epoch - self.best_epoch_ >= p.patience:
                self.stopped_ = "early"
                break
        if watch.measure is not None:
            self.item_, (self.squares_, self.weights_) = kept, beside

    def show(self, sides: "Sides") -> None:
        """Score with what two sides have learnt so far, until they learn more."""
        self.item_, self.squares_, self.weights_ = sides.item, sides.squares, sides.weights

    def refit_params(self) -> IalsParams:
        """Return settings with the weights that were chosen and as many alternations as were best, for a fit on more data."""
        self._check_fitted()
        w, epochs = self.weights_, getattr(self, "best_epoch_", None)  # how a loaded model came about is not saved
        return self.params if epochs is None else replace(self.params, alpha0=w.alpha0, l2=w.l2, epochs=epochs)

    def fold_in(self, X: Csr) -> FloatArray:
        """Return the factors of each row, float32 (rows, padded latent), zeros for an empty one."""
        from foretaste.models.ials_sides import fold_in  # noqa: PLC0415

        return fold_in(X, self.item_, self.squares_, self.weights_)

    def item_vectors(self) -> FloatArray:
        """Return the items' factors; not to be changed."""
        self._check_fitted()
        return self.item_

    def _score(self, X: Csr) -> AnyArray:
        return codes_by_table(self.fold_in(X), self.item_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return cell_dots(self.fold_in(X), self.item_, rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a score apart as Hu, Koren and Volinsky do (section 5): the weight of each item held in the row's regression."""
        penalty = self.weights_.alpha0 * self.squares_.astype(np.float64) + self.weights_.penalties(X)[0]
        held = self.item_[X.indices]
        return Contributions(np.zeros(len(cols)), held @ ridge_answers(held, self.item_[cols], penalty))

    def _arrays(self) -> dict[str, AnyArray]:
        weights = np.array([self.weights_.alpha0, self.weights_.l2], np.float32)
        return {"item_": self.item_, "squares_": self.squares_, "weights_": weights}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        width = -(-self.params.latent // LANES) * LANES
        return {"item_": (self.n_items_, width), "squares_": (width,), "weights_": (2,)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        alpha0, l2 = arrays["weights_"].tolist()
        self.weights_ = Weights(alpha0, l2, self.params.exponent)
        self.item_ = np.ascontiguousarray(arrays["item_"], np.float32)
        self.squares_ = np.ascontiguousarray(arrays["squares_"], np.float32)


def _loss(sides: "Sides") -> float:
    """Return the mean squared error of a sample of stored cells."""
    X = sides.by_user
    cells = seeded_sample(0, X.nnz, SAMPLE)
    rows = np.searchsorted(X.indptr, cells, side="right") - 1
    found = cell_dots(sides.user, sides.item, rows, X.indices[cells])
    return float(np.square(1 - found).mean(dtype=np.float64))
