"""Mult-VAE and Mult-DAE: a row of clicks as draws from one distribution over all items, and an autoencoder that gives it."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, codes_by_layer
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.clicks import (
    Shapes,
    adopt,
    all_scores,
    cell_scores,
    check_settings,
    fit_clicks,
    forecast_clicks,
    sum_clicks,
)
from foretaste.models.params import check_range
from foretaste.models.space import Choice, Range, Space
from foretaste.training.schedule import rows_a_step
from foretaste.training.watch import Watch


@dataclass(frozen=True)
class MultDaeParams:
    """Settings of `MultDae`.

    Args:
        widths: Units of each hidden layer, from the input side.
        dropout: Share of a row's clicks that its input does not show in training.
        balance: A row of n clicks counts n ** -balance in the loss: at 0 every click counts alike, at 1 every row.
        l2: Decoupled weight decay: at the peak rate, a pass of s steps shrinks every weight by l2 * sqrt(s), as in `AutoRec`.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most.
        batch_size: Rows a step; 0 takes about 80 steps a pass, of 4 to 512 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        exact_items: Up to so many items the softmax is over all of them, beyond it is sampled.
        samples: Items that a sampled softmax draws for a batch, beside the batch's own.
        seed: Of initial weights, order, dropout and samples.
    """

    widths: tuple[int, ...] = (200,)
    dropout: float = 0.5
    balance: float = 0.25
    l2: float = 0.015
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    epochs: int = 20
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    exact_items: int = 50_000
    samples: int = 5_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_settings(self)


class MultDae(Recommender[MultDaeParams]):
    """Denoising autoencoder with a multinomial likelihood: a softmax over all items behind tanh layers.

    Reads x = c / |c|, the row of ones brought to length 1, of which training drops a random share, and writes logits

        y = d + D f(b + sum over shown items j of x_j E_j)

    Minimises, summed over rows of weight n^-balance, minus the log-likelihood of all n items that the row holds,
    - sum_i c_i log softmax(y)_i, with decoupled weight decay. Only which cells are stored counts, not their values.

    Symbols: c row of clicks; E item rows of the encoder, b its biases; f tanh, and a tanh layer for each further
        width; D item rows of the decoder, d biases.
    Paper: D. Liang, R. Krishnan, M. Hoffman, T. Jebara, "Variational autoencoders for collaborative filtering", WWW 2018,
        arXiv:1802.05814.
    Differs: d begins at the logarithm of each item's share of the clicks, so that training begins at popularity; the rate
        falls along a cosine and the batch follows the number of rows, where the paper takes 1e-3, 500 rows and 200 epochs;
        long rows count less for each click (`balance`), since a list is judged for a person;
        untouched encoder rows keep their moments; weight decay is decoupled and not a penalty. Above `exact_items` the softmax
        is over the batch's items and a sample of all others (see `kernels.softmax`).
    Cost: O(epochs x rows x items x width) by matrix products; memory: two tables of items x width with their gradient and
        moments, 7 in all and 1 copy of the best, and one block of a batch's rows x items. 3,500 items: 50 MB.

    Example:
        >>> from scipy.sparse import csr_array
        >>> MultDae(widths=[4], epochs=2).fit(csr_array([[1.0, 1, 0], [1, 0, 1]])).score(csr_array([[1.0, 0, 0]])).shape
        (1, 3)
    """

    Params = MultDaeParams
    name = "mult_dae"
    task = "ranking"
    autoencoder = True
    resumes = True
    smaller = "choose smaller widths, or a smaller exact_items to sample the softmax"
    space: ClassVar[Space] = {
        "widths": Choice(((100,), (200,), (400,), (600,))),
        "dropout": Range(0.1, 0.9),
        "l2": Range(0.001, 0.2, log=True),
        "learning_rate": Range(2e-4, 1e-2, log=True),
    }

    weights_: Mapping[str, AnyArray]
    history_: Any

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.mult_vae_net import MultNet  # noqa: PLC0415 (torch loads only to train)

        fit_clicks(self, MultNet(X, self._shapes(), self.params), X, self.params, watch)

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / rows_a_step(self.params.batch_size, n_rows))

    def refit_params(self) -> MultDaeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    def encode(self, X: Csr) -> FloatArray:
        """Return each row's last hidden layer, float32 (rows, last width)."""
        return hidden(X, self.weights_)

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows; not to be changed."""
        self._check_fitted()
        return self.weights_["decoder"]

    def _score(self, X: Csr) -> AnyArray:
        return all_scores(self.encode(X), self.weights_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return cell_scores(self.encode(X), self.weights_, rows, cols)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        p = self.params
        return forecast_clicks(
            super()._forecast(X, measured), X, dae_shapes(X.shape[1], p.widths), p, sum(p.widths), measured
        )

    def _arrays(self) -> dict[str, AnyArray]:
        return dict(self.weights_)

    def _shapes(self) -> Shapes:
        return dae_shapes(self.n_items_, self.params.widths)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = adopt(arrays, self._shapes())


@dataclass(frozen=True)
class MultVaeParams:
    """Settings of `MultVae`.

    Args:
        widths: Units of each hidden layer between input and code; the way out has the same, the other way round.
        latent: Units of the code.
        dropout: Share of a row's clicks that its input does not show in training.
        beta: What the KL divergence counts in the end.
        anneal: Share of all planned steps over which that rises from 0.
        balance: A row of n clicks counts n ** -balance in the loss: at 0 every click counts alike, at 1 every row.
        l2: Decoupled weight decay: at the peak rate, a pass of s steps shrinks every weight by l2 * sqrt(s), as in `AutoRec`.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most.
        batch_size: Rows a step; 0 takes about 80 steps a pass, of 4 to 512 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        exact_items: Up to so many items the softmax is over all of them, beyond it is sampled.
        samples: Items that a sampled softmax draws for a batch, beside the batch's own.
        seed: Of initial weights, order, dropout, noise and samples.
    """

    widths: tuple[int, ...] = (600,)
    latent: int = 200
    dropout: float = 0.5
    beta: float = 0.2
    anneal: float = 0.5
    balance: float = 0.25
    l2: float = 0.015
    learning_rate: float = 3e-3
    schedule: str = "cosine"
    epochs: int = 20
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    exact_items: int = 50_000
    samples: int = 5_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 1_000_000)
        check_range("beta", self.beta, 0)
        check_range("anneal", self.anneal, 0, 1)
        check_settings(self)


class MultVae(Recommender[MultVaeParams]):
    """Variational autoencoder with a multinomial likelihood: a row is a normal distribution over codes.

    Reads x = c / |c| as `MultDae` does, and from it mean m and variance v of a code z, from which logits are written:

        h = f(b + sum over shown items j of x_j E_j),   (m, log v) = P h + p,   z ~ N(m, v),   y = d + D g(Q z + q)

    Minimises, summed over rows of weight n^-balance, minus the log-likelihood of all n items that the row holds plus beta times
    the divergence of its code,

        - sum_i c_i log softmax(y)_i + beta / 2 sum_k (v_k + m_k^2 - 1 - log v_k)

    where beta rises linearly from 0. A row is scored by its mean code, z = m.

    Symbols: c row of clicks; E, b encoder; f, g tanh layers; P, p posterior; Q, q, D, d decoder; beta weight of
        the divergence from N(0, 1).
    Paper: D. Liang, R. Krishnan, M. Hoffman, T. Jebara, "Variational autoencoders for collaborative filtering", WWW 2018,
        arXiv:1802.05814.
    Differs: beta rises over a share of the planned steps, where the paper takes 200,000 steps, which small data never reach;
        the rest as in `MultDae`.
    Cost: O(epochs x rows x items x width) by matrix products; memory as `MultDae`: 3,500 items, width 600: 0.1 GB.

    Example:
        >>> from scipy.sparse import csr_array
        >>> model = MultVae(widths=[4], latent=2, epochs=2).fit(csr_array([[1.0, 1, 0], [1, 0, 1]]))
        >>> model.encode(csr_array([[1.0, 0, 0]])).shape
        (1, 2)
    """

    Params = MultVaeParams
    name = "mult_vae"
    task = "ranking"
    autoencoder = True
    resumes = True
    smaller = "choose smaller widths, or a smaller exact_items to sample the softmax"
    space: ClassVar[Space] = {
        "widths": Choice(((200,), (400,), (600,), (1000,))),
        "latent": Choice((64, 128, 200, 400)),
        "dropout": Range(0.1, 0.9),
        "beta": Range(0.02, 2, log=True),
        "l2": Range(0.001, 0.2, log=True),
        "learning_rate": Range(2e-4, 1e-2, log=True),
    }

    weights_: Mapping[str, AnyArray]
    history_: Any

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.mult_vae_net import MultNet  # noqa: PLC0415 (torch loads only to train)

        fit_clicks(self, MultNet(X, self._shapes(), self.params), X, self.params, watch)

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / rows_a_step(self.params.batch_size, n_rows))

    def refit_params(self) -> MultVaeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    def encode(self, X: Csr) -> FloatArray:
        """Return the mean of each row's code, float32 (rows, latent)."""
        w, half = self.weights_, self.params.latent
        mean: FloatArray = codes_by_layer(hidden(X, w), w["posterior"][:, :half]) + w["posterior_bias"][:half]
        return mean

    def _decode(self, X: Csr) -> FloatArray:
        return layers(self.encode(X), self.weights_, "outer", 0)

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows; not to be changed."""
        self._check_fitted()
        return self.weights_["decoder"]

    def _score(self, X: Csr) -> AnyArray:
        return all_scores(self._decode(X), self.weights_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return cell_scores(self._decode(X), self.weights_, rows, cols)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        p, usual = self.params, super()._forecast(X, measured)
        shapes = vae_shapes(X.shape[1], p.widths, p.latent)
        return forecast_clicks(usual, X, shapes, p, 2 * sum(p.widths) + 4 * p.latent, measured)

    def _arrays(self) -> dict[str, AnyArray]:
        return dict(self.weights_)

    def _shapes(self) -> Shapes:
        return vae_shapes(self.n_items_, self.params.widths, self.params.latent)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = adopt(arrays, self._shapes())


def hidden(X: Csr, weights: Mapping[str, AnyArray]) -> FloatArray:
    """Return the last hidden layer on the way in, float32 (rows, last width)."""
    first = np.tanh(sum_clicks(X, weights["encoder"]) + weights["encoder_bias"])
    return layers(first, weights, "inner", 1)


def layers(code: FloatArray, weights: Mapping[str, AnyArray], name: str, number: int) -> FloatArray:
    """Return what tanh layers make of a code, (rows, units): all that are called `name` and a number, from `number` on."""
    while f"{name}{number}" in weights:
        code = np.tanh(codes_by_layer(code, weights[f"{name}{number}"]) + weights[f"{name}{number}_bias"])
        number += 1
    return code


def dae_shapes(n_items: int, widths: tuple[int, ...]) -> Shapes:
    """Return the name and shape of every weight of `MultDae`."""
    shapes: Shapes = {"encoder": (n_items, widths[0]), "encoder_bias": (widths[0],)}
    shapes |= _dense("inner", 1, widths)
    return shapes | {"decoder": (n_items, widths[-1]), "decoder_bias": (n_items,)}


def vae_shapes(n_items: int, widths: tuple[int, ...], latent: int) -> Shapes:
    """Return the name and shape of every weight of `MultVae`: a posterior's means, then the logarithms of its variances."""
    shapes: Shapes = {"encoder": (n_items, widths[0]), "encoder_bias": (widths[0],)}
    shapes |= _dense("inner", 1, widths) | {"posterior": (widths[-1], 2 * latent), "posterior_bias": (2 * latent,)}
    shapes |= _dense("outer", 0, (latent, *reversed(widths)))
    return shapes | {"decoder": (n_items, widths[0]), "decoder_bias": (n_items,)}


def _dense(name: str, first: int, widths: tuple[int, ...]) -> Shapes:
    shapes: Shapes = {}
    for number, pair in enumerate(itertools.pairwise(widths), first):
        shapes |= {f"{name}{number}": pair, f"{name}{number}_bias": pair[1:]}
    return shapes
