"""RecVAE: a variational autoencoder for clicks whose prior remembers what it was a moment ago."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, codes_by_layer
from foretaste.errors import ParamsError
from foretaste.memory import Forecast
from foretaste.models.activations import ACTIVATIONS
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

PRIOR = (0.15, 0.75, 0.10)
"""Shares of the prior: N(0, 1), the code that the encoder of the pass before gave, and a wide normal."""
WIDE = 10.0
"""Logarithm of the wide one's variance."""
NORM_EPS = 0.1
"""What is added to the variance that a norm divides by."""


@dataclass(frozen=True)
class RecVaeParams:
    """Settings of `RecVae`.

    Args:
        widths: Units of the encoder's layers, all alike: each layer adds all before it.
        latent: Units of the code.
        dropout: Share of a row's clicks that the encoder does not see while it learns; the decoder's steps hide nothing.
        gamma: What the divergence from the prior counts for each click of a row.
        encoder_steps: Steps of the encoder, with a draw of their own each, before one of the decoder.
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

    widths: tuple[int, ...] = (600, 600, 600, 600, 600)
    latent: int = 200
    dropout: float = 0.5
    gamma: float = 0.005
    encoder_steps: int = 3
    balance: float = 0.25
    l2: float = 0.015
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    epochs: int = 15
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    exact_items: int = 50_000
    samples: int = 5_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_settings(self)
        if len(set(self.widths)) > 1:
            raise ParamsError(f"widths are {self.widths}, expected all alike", hint="each layer adds all before it")
        check_range("latent", self.latent, 1, 1_000_000)
        check_range("encoder_steps", self.encoder_steps, 1, 100)
        check_range("gamma", self.gamma, 0)


class RecVae(Recommender[RecVaeParams]):
    """Variational autoencoder with a multinomial likelihood, a linear decoder and a prior made of three.

    Reads x = c / |c|, the row of ones brought to length 1, through layers of which each adds all before it, into mean m and
    variance v of a code z, from which a linear decoder writes logits:

        h_1 = n(W_1 x + b_1),  h_k = n(W_k h_k-1 + b_k + h_1 + ... + h_k-1),  (m, log v) = P h_K,  z ~ N(m, v),  y = d + D z

    Minimises, summed over rows of weight |c|^(-2 balance),

        - sum_i c_i log softmax(y)_i + gamma |c|^2 (log q(z) - log p(z))

    where q is the density of N(m, v) and, unit by unit, p = 0.15 N(0, 1) + 0.75 N(m', v') + 0.10 N(0, e^10), with m', v' what
    the encoder of the pass before says of the whole row. Encoder and decoder take turns: three steps of the one, with dropout
    and the divergence, one of the other, with neither. A row is scored by its mean code.

    Symbols: c row of clicks, |c|^2 how many; n swish, then a norm over units; W, b, P encoder; D, d decoder; q posterior; p
        prior.
    Paper: I. Shenbin, A. Alekseev, E. Tutubalina, V. Malykh, S. Nikolenko, "RecVAE: a new variational autoencoder for top-N
        recommendations with implicit feedback", WSDM 2020, arXiv:1912.11160.
    Differs: The turns are taken batch by batch and not pass by pass: a batch is looked up once, and its prior computed once,
        for four steps. d begins at the logarithm of each item's share of the clicks; rate, batch, balance, decay and softmax
        as in `MultDae`.
    Cost: O(epochs x rows x (items x latent + layers x width^2)) by matrix products; memory as `MultDae`, and the encoder once
        more. 3,500 items: 0.1 GB.

    Example:
        >>> from scipy.sparse import csr_array
        >>> model = RecVae(widths=[4, 4], latent=2, epochs=2).fit(csr_array([[1.0, 1, 0], [1, 0, 1]]))
        >>> model.encode(csr_array([[1.0, 0, 0]])).shape
        (1, 2)
    """

    Params = RecVaeParams
    name = "rec_vae"
    task = "ranking"
    autoencoder = True
    resumes = True
    smaller = "choose smaller widths, or a smaller exact_items to sample the softmax"
    space: ClassVar[Space] = {
        "latent": Choice((64, 128, 200, 400)),
        "dropout": Range(0.1, 0.9),
        "gamma": Range(0.0005, 0.05, log=True),
        "l2": Range(0.001, 0.2, log=True),
        "learning_rate": Range(2e-4, 1e-2, log=True),
    }

    weights_: Mapping[str, AnyArray]
    history_: Any

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.rec_vae_net import RecNet  # noqa: PLC0415 (torch loads only to train)

        fit_clicks(self, RecNet(X, self.params), X, self.params, watch)

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / rows_a_step(self.params.batch_size, n_rows))

    def refit_params(self) -> RecVaeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    def encode(self, X: Csr) -> FloatArray:
        """Return the mean of each row's code, float32 (rows, latent)."""
        w, half, layer = self.weights_, self.params.latent, 1
        code = _normed(sum_clicks(X, w["encoder"]) + w["encoder_bias"], w, 0)
        total = np.zeros_like(code)
        while f"inner{layer}" in w:
            total += code
            code = _normed(codes_by_layer(code, w[f"inner{layer}"]) + w[f"inner{layer}_bias"] + total, w, layer)
            layer += 1
        mean: FloatArray = codes_by_layer(code, w["posterior"][:, :half]) + w["posterior_bias"][:half]
        return mean

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows; not to be changed."""
        self._check_fitted()
        return self.weights_["decoder"]

    def _score(self, X: Csr) -> AnyArray:
        return all_scores(self.encode(X), self.weights_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return cell_scores(self.encode(X), self.weights_, rows, cols)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        p, shapes = self.params, rec_shapes(X.shape[1], self.params.widths, self.params.latent)
        need = forecast_clicks(super()._forecast(X, measured), X, shapes, p, 5 * sum(p.widths) + 8 * p.latent, measured)
        before = need.parameters - 4.0 * X.shape[1] * (p.latent + 1)  # the encoder of the pass before
        return replace(need, optimiser=need.optimiser + before)

    def _arrays(self) -> dict[str, AnyArray]:
        return dict(self.weights_)

    def _shapes(self) -> Shapes:
        return rec_shapes(self.n_items_, self.params.widths, self.params.latent)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = adopt(arrays, self._shapes())


def _normed(pre: FloatArray, weights: Mapping[str, AnyArray], layer: int) -> FloatArray:
    act = ACTIVATIONS["silu"](pre)
    act -= act.mean(1, keepdims=True)
    act /= np.sqrt(np.square(act).mean(1, keepdims=True) + np.float32(NORM_EPS))
    out: FloatArray = act * weights[f"norm{layer}_gain"] + weights[f"norm{layer}_bias"]
    return out


def rec_shapes(n_items: int, widths: tuple[int, ...], latent: int) -> Shapes:
    """Return the name and shape of every weight: a posterior's means, then the logarithms of its variances."""
    width = widths[0]
    shapes: Shapes = {"encoder": (n_items, width), "encoder_bias": (width,)}
    for layer in range(len(widths)):
        if layer:
            shapes |= {f"inner{layer}": (width, width), f"inner{layer}_bias": (width,)}
        shapes |= {f"norm{layer}_gain": (width,), f"norm{layer}_bias": (width,)}
    shapes |= {"posterior": (width, 2 * latent), "posterior_bias": (2 * latent,)}
    return shapes | {"decoder": (n_items, latent), "decoder_bias": (n_items,)}
