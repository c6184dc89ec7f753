"""TwoSidedRidge: items are coded by the ridge autoencoder, and whoever comes by one more regression on those codes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr, FloatArray, as_csr, stored_bytes
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions, ridge_answers
from foretaste.models.item_rows import turned
from foretaste.models.linear_output import LinearOutput
from foretaste.models.params import check_range
from foretaste.models.ridge import RidgeAutoencoder, RidgeParams, standardised
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch


@dataclass(frozen=True)
class TwoSidedRidgeParams(RidgeParams):
    """Settings of `TwoSidedRidge`: those of `RidgeAutoencoder` for item rows, people and items keeping their names.

    Args:
        penalty_user: Penalty on each entry of a person's vector, in ratings.
    """

    penalty_user: float = 8.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("penalty_user", self.penalty_user, 1e-6)


class TwoSidedRidge(Recommender[TwoSidedRidgeParams]):
    """Item codes from the ridge autoencoder, and a person's vector from a ridge regression on them: it serves anybody.

    A `RidgeAutoencoder` is fitted on item rows; the codes z_i and biases a_i of the items stay. A person with ratings r_j, in
    units of sigma above the mean, has

        (c, p) = argmin sum_j (r_j - a_j - c - p . z_j)^2 + damping_user (c - c0)^2 + penalty_user |p - p0|^2

    and the prediction mean + sigma (a_i + c + p . z_i), where (c0, p0) is the mean over the people of training, as the
    autoencoder learnt them. Items are coded from all that is known of them, who rated them included; people need no training.
    With several members, their codes stand side by side, each divided by the root of their number.

    Symbols: z_i, a_i codes and biases of items; c, p bias and vector of a person.
    Paper: None: a model of this project; see `RidgeAutoencoder`.
    Differs: From matrix factorisation, items are coded by an autoencoder that was trained to predict what it was not shown.
    Cost: As `RidgeAutoencoder` for a matrix of items x people; then items x latent x members numbers, and one solve a person.

    Example:
        >>> from scipy.sparse import csr_array
        >>> TwoSidedRidge(latent=2, epochs=2).fit(csr_array([[5.0, 1, 0], [4, 2, 5]])).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)
    """

    Params = TwoSidedRidgeParams
    name = "two_sided_ridge"
    autoencoder = True
    clips = True
    resumes = True
    smaller = "choose a smaller latent"
    space: ClassVar[Space] = {**RidgeAutoencoder.space, "penalty_user": Range(2, 32, log=True)}

    def _fit(self, X: Csr, watch: Watch) -> None:
        rows, inner = as_csr(X.T.tocsr()), self._inner()
        measure = watch.measure

        def watched(model: RidgeAutoencoder) -> float:
            self._take(model, rows)
            return measure(self) if measure is not None else 0.0

        inner.fit(rows, watch=replace(watch, measure=None if measure is None else watched))
        self._take(inner, rows)
        again = vars(turned(inner.refit_params()))
        self._again, self.stopped_ = replace(self.params, **again), inner.stopped_

    def _inner(self) -> RidgeAutoencoder:
        shared = {f.name: getattr(self.params, f.name) for f in fields(RidgeParams)}
        return RidgeAutoencoder(turned(RidgeParams(**shared)))

    def _take(self, model: RidgeAutoencoder, rows: Csr) -> None:
        """Keep what scoring needs of the autoencoder as it stands."""
        codes, k = model.encode(rows), self.params.latent + 1
        members = len(codes)
        self.mean_, self.sigma_ = model.mean_, model.sigma_
        self.code_ = np.zeros((rows.shape[0], self.params.latent * self.params.members), np.float32)
        self.code_[:, : members * (k - 1)] = np.concatenate(codes[:, :, 1:], axis=1) / np.sqrt(members)
        self.item_effect_ = codes[:, :, 0].mean(0)
        people = np.bincount(rows.indices, minlength=rows.shape[1]) > 0
        tables = [member["table_"][people].mean(0) for member in model.members_]
        self.person_ = np.zeros(1 + self.code_.shape[1], np.float32)
        self.person_[0] = np.mean([table[k] for table in tables])
        self.person_[1 : 1 + members * (k - 1)] = np.concatenate([table[1:k] for table in tables]) / np.sqrt(members)

    def refit_params(self) -> TwoSidedRidgeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        return getattr(self, "_again", self.params)  # how a loaded model came about is not saved

    def fold_in(self, X: Csr) -> FloatArray:
        """Return the bias and the vector of each row, in units of sigma, float32 (rows, 1 + latent x members)."""
        from foretaste.kernels.ridge_rows import solve_rows  # noqa: PLC0415 (numba loads only when it is used)

        self._check_fitted()
        values = standardised(X, self.mean_[0], self.sigma_[0])
        cols, indices, start = slice(None), X.indices, X.indptr
        if X.nnz < X.shape[1]:  # a few ratings do not look at all items
            cols, indices = X.indices, np.arange(X.nnz, dtype=np.int32)
        codes = self.code_[cols]
        features = np.column_stack([np.ones(len(codes), np.float32), codes])
        offset = self.item_effect_[cols] + features @ self.person_
        penalty = np.array([self.params.damping_user] + [self.params.penalty_user] * codes.shape[1])
        own = csr_array((values, indices, start), shape=(X.shape[0], len(codes)))
        return solve_rows(own, features, penalty, offset=offset) + self.person_

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return the rows of `X` as vectors and offsets, with the items' codes."""
        person, unit = self.fold_in(X), self.sigma_[0]
        return LinearOutput(
            person[:, 1:] * unit, self.code_, self.mean_[0] + unit * person[:, 0], unit * self.item_effect_
        )

    def item_vectors(self) -> FloatArray:
        """Return the items' codes; not to be changed."""
        self._check_fitted()
        return self.code_

    def _score(self, X: Csr) -> AnyArray:
        return self.linear_output(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.linear_output(X).cells(rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a prediction apart into what the mean person (c0, p0) would give, and of each rating how far it is from that.

        A part is the rating less what the mean person would give its own item, times its weight in the ridge regression.
        """
        held, wanted = (np.column_stack([np.ones(len(at), np.float32), self.code_[at]]) for at in (X.indices, cols))
        person, p = self.person_.astype(np.float64), self.params
        penalty = np.array([p.damping_user] + [p.penalty_user] * self.code_.shape[1])
        surprise = standardised(X, self.mean_[0], self.sigma_[0]) - self.item_effect_[X.indices] - held @ person
        base = float(self.mean_[0]) + self.sigma_[0] * (self.item_effect_[cols] + wanted @ person)
        parts = (held @ ridge_answers(held, wanted, penalty)) * surprise[:, None]
        return Contributions(base, self.sigma_[0] * parts)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        columns = as_csr(X.T.tocsr())
        need = self._inner().forecast(columns, measured=measured)
        own = 4 * self.n_parameters(X.shape[1], X.shape[0])
        return replace(need, ratings=stored_bytes(X), parameters=own, batch=need.batch + need.parameters + need.ratings)

    def _arrays(self) -> dict[str, AnyArray]:
        return {name: getattr(self, name) for name in self._shapes()}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        width = self.params.latent * self.params.members
        shapes: dict[str, tuple[int, ...]] = {"mean_": (1,), "sigma_": (1,), "code_": (self.n_items_, width)}
        return shapes | {"item_effect_": (self.n_items_,), "person_": (1 + width,)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        for name in self._shapes():
            setattr(self, name, np.asarray(arrays[name]))
