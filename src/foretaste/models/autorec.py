"""AutoRec: an autoencoder that reads the ratings somebody gave and writes the ratings they would give."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import CELLS, AnyArray, Csr, FloatArray, codes_by_layer, row_of, with_values
from foretaste.kernels.optimiser import PANEL
from foretaste.memory import Forecast
from foretaste.models.activations import ACTIVATIONS
from foretaste.models.base import ROWS, Recommender
from foretaste.models.baselines import Bias
from foretaste.models.linear_output import LinearOutput
from foretaste.models.params import check_choice, check_range
from foretaste.models.space import Choice, Range, Space
from foretaste.training.schedule import rows_a_step
from foretaste.training.watch import Watch

TABLES = {"encoder", "mask", "decoder", "decoder_bias"}
"""Weights of which an item has a row."""
CELL, ROW, SCORED = 128, 40, 20
"""Bytes a step takes for each rating of a batch and for each unit of a row's layers, and predicting for each unit of a row."""
SMALL = 48_000_000
"""Bytes of small arrays that the allocator keeps once they were used."""


LARGE = 1 << 22
"""Ratings x width from which rows are summed by compiled code: below, loading it would take longer."""


@dataclass(frozen=True)
class AutoRecParams:
    """Settings of `AutoRec`.

    Args:
        widths: Units of each hidden layer, from the input side; ``(1500,)`` is one layer, ``(1500, 500, 1500)`` is deep.
        activation: Of every hidden layer; the output is linear.
        dropout: Share of hidden units dropped in training, after every hidden layer.
        noise: Each row hides a share of its ratings from the input, drawn uniformly between 0 and this; 0 hides nothing.
        shown_weight: What a rating counts in the loss where it is shown to the input; a hidden one counts 1.
        mask_input: Whether the encoder also sees *which* items were rated, by a table of its own.
        center: Whether ratings are centred by the bias model before they enter and de-centred when they leave.
        refeed: Dense re-feeding steps after each batch (see `AutoRec`).
        l2: Decoupled weight decay: at the peak rate, a pass of s steps shrinks every weight by l2 * sqrt(s). A ridge
            penalty of fixed size would not depend on s, a decay of fixed size per step would grow with s and forget what
            is rare in large data; the root between them carried over from 14 to 130 steps an epoch.
        damping_item: Of the bias model.
        damping_user: Of the bias model.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        optimiser: Of the outer tables: ``"adam"``, ``"rmsprop"``, ``"adagrad"`` or ``"sgd"``; inner layers use AdamW.
        state: ``"full"`` or ``"row"``: second moments of every weight, or of groups of a row's weights (less memory).
        epochs: Passes over the rows at most.
        batch_size: Rows a step; 0 takes about 80 steps a pass, of 4 to 512 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        seed: Of initial weights, order, hiding and dropout.
    """

    widths: tuple[int, ...] = (512,)
    activation: str = "selu"
    dropout: float = 0.5
    noise: float = 0.7
    shown_weight: float = 1.0
    mask_input: bool = True
    center: bool = True
    refeed: int = 0
    l2: float = 0.015
    damping_item: float = 5.0
    damping_user: float = 5.0
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    optimiser: str = "adam"
    state: str = "row"
    epochs: int = 40
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("number of widths", len(self.widths), 1, 20)
        for width in self.widths:
            check_range("widths", width, 1, 1_000_000)
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        check_choice("schedule", self.schedule, ("cosine", "constant"))
        check_choice("optimiser", self.optimiser, ("adam", "rmsprop", "adagrad", "sgd"))
        check_choice("state", self.state, ("full", "row"))
        for name in ("dropout", "noise"):
            check_range(name, getattr(self, name), 0, 0.99)
        for name in ("l2", "damping_item", "damping_user"):
            check_range(name, getattr(self, name), 0)
        check_range("shown_weight", self.shown_weight, 0 if self.noise else 0.01, 1)  # something must be asked
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        for name in ("epochs", "patience"):
            check_range(name, getattr(self, name), 1, 10_000_000)
        for name in ("batch_size", "refeed", "stop_after", "seed"):
            check_range(name, getattr(self, name), 0, 2**62)


class AutoRec(Recommender[AutoRecParams]):
    """Autoencoder over user rows with a masked squared error, at a cost that follows the ratings.

    Reads x_j = s (r_j - c_j) / sigma for the ratings it is shown, where c is the bias model, sigma the standard deviation of
    what it leaves over in training, and s = 1 / sqrt(number shown), and writes

        y_i = c_i + sigma (d_i + f(... f(b + sum_j x_j E_j + s sum_j M_j) ...) . D_i)

    In training each row hides a random share of its ratings from the sums and is asked for all of its ratings back:
    minimise sum over observed cells of ((r_ui - y_ui) / sigma)^2, with decoupled weight decay. Unobserved cells are in neither
    the loss nor the memory. What is hidden is hidden from the bias model's user effect too, so training meets what a newcomer
    brings.

    Symbols: E, M item rows of the encoder for values and for mask; b biases; f activation; D item rows and d biases of the
        decoder; c mean + item effect + user effect of `Bias`.
    Paper: S. Sedhain, A. Menon, S. Sanner, L. Xie, "AutoRec: autoencoders meet collaborative filtering", WWW 2015,
        doi:10.1145/2740908.2742726; dense re-feeding from O. Kuchaiev, B. Ginsburg, arXiv:1708.01715, 2017.
    Differs: The paper's U-AutoRec reads raw ratings with zeros for missing ones, hides nothing and fits by Rprop or L-BFGS; set
        ``noise=0, mask_input=False, center=False, activation="sigmoid"`` for its network. `noise` follows denoising
        autoencoders, the mask and the centring are ours. An item without training ratings has D_i = d_i = 0: the bias
        model; where nothing is centred, its d_i says the middle of the scale.
        Re-feeding takes f(x) over all rated items as a fixed dense input and target, without weight decay, and each further
        re-feeding takes the output of the one before; it is the one option that needs batch x items memory.
    Cost: O(epochs x ratings x width + rows x inner layers) time. Memory (`forecast`): ratings, 2 or 3 tables of items x width,
        the optimiser's state (one more table each under Adam, two more under ``state="full"``), one copy of the best weights
        where something is measured, one batch, and one table that is looked at. 26,672 items, width 1500: 0.16 GB a table,
        2.0 GB in all with the mask and 1.5 GB without.

    Example:
        >>> from scipy.sparse import csr_array
        >>> AutoRec(widths=[4], epochs=2).fit(csr_array([[5.0, 1, 0], [4, 2, 5]])).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)
    """

    Params = AutoRecParams
    name = "autorec"
    autoencoder = True
    clips = True
    resumes = True
    smaller = "choose smaller widths"
    space: ClassVar[Space] = {
        "widths": Choice(((128,), (256,), (512,), (1024,))),
        "dropout": Range(0, 0.8),
        "noise": Range(0, 0.95),
        "shown_weight": Range(0.1, 1),
        "l2": Range(0.001, 0.2, log=True),
        "learning_rate": Range(2e-4, 1e-2, log=True),
    }

    weights_: Mapping[str, AnyArray]

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.autorec_net import AutoRecNet  # noqa: PLC0415 (torch loads only to train)
        from foretaste.training.loop import train  # noqa: PLC0415

        p = self.params
        self.center_on(X)
        net = AutoRecNet(X, self.bias_, self.sigma_, p)
        measure = watch.measure

        def watched(arrays: Mapping[str, AnyArray]) -> float:
            self.weights_ = arrays
            return measure(self) if measure is not None else 0.0

        self.weights_, self.history_ = train(net, X, p, watch, None if measure is None else watched)
        self.stopped_ = self.history_.stopped

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / rows_a_step(self.params.batch_size, n_rows))

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        p, shapes = self.params, weight_shapes(self.params, X.shape[1])
        usual = super()._forecast(X, measured)
        state, adam = 0, p.optimiser == "adam"
        for name in TABLES & shapes.keys():
            width = math.prod(shapes[name][1:])
            panels = 1 if name == "decoder_bias" else -(-width // PANEL)
            wide = width if name == "decoder_bias" else panels * PANEL
            second = 0 if p.optimiser == "sgd" else wide if p.state == "full" else panels
            state += X.shape[1] * (
                wide - width + adam * wide + second + 3
            )  # 3: the row's steps, and its decay in float64
        inner = sum(math.prod(shape) for name, shape in shapes.items() if name not in TABLES)
        rows = min(rows_a_step(p.batch_size, X.shape[0]), X.shape[0])
        cells = int(np.sort(np.diff(X.indptr))[-rows:].sum())
        batch = CELL * cells + ROW * rows * sum(p.widths)
        if p.refeed:  # tables are read, and their gradients stored, whole
            batch += 4 * (2 * usual.parameters / 4 + 4 * X.shape[1] * max(p.widths) + 6 * rows * X.shape[1])
        block = min(ROWS, X.shape[0])
        judged = SCORED * block * max(p.widths) + 8 * CELLS * p.widths[-1] + 40 * block * X.nnz // X.shape[0]
        table = 4.0 * X.shape[1] * (max(p.widths) + 4 * PANEL)
        return replace(
            usual,
            optimiser=4.0 * (state + 3 * inner),
            kept=usual.parameters if measured else 0,
            batch=max(usual.batch, batch) + SMALL,
            scoring=table + judged * measured,  # a table is copied to be looked at, and to be handed over
        )

    def center_on(self, X: Csr) -> None:
        """Fit what ratings are centred by, and the unit of what that leaves over."""
        p = self.params
        self.bias_ = Bias(damping_item=p.damping_item, damping_user=p.damping_user)
        self.bias_.fit(X)
        self.sigma_ = self.bias_.residual_spread(X)
        if not p.center:
            self.bias_.mean_ = np.zeros(1, np.float32)
            self.bias_.item_effect_ = np.zeros(X.shape[1], np.float32)

    def refit_params(self) -> AutoRecParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    def encode(self, X: Csr) -> tuple[FloatArray, FloatArray]:
        """Return each row's code, float32 (rows, last width), and its user effect, (rows,).

        Sums run in the same order however many rows come at once; for many they are rounded as fused operations, so last bits
        may differ.
        """
        self._check_fitted()
        w = self.weights_
        effect = self.bias_.user_effect(X) if self.params.center else np.zeros(X.shape[0], np.float32)
        count = np.diff(X.indptr)
        scale = (1 / np.sqrt(np.maximum(count, 1))).astype(np.float32)
        rows = row_of(X)
        values = (X.data - self.bias_.base(X.indices) - effect[rows]) * (scale / self.sigma_[0])[rows]
        act = ACTIVATIONS[self.params.activation]
        pre = _sum_rows(with_values(X, values), w["encoder"]) + w["encoder_bias"]
        if self.params.mask_input:
            pre += _sum_rows(with_values(X, scale[rows]), w["mask"])
        code = act(pre)
        for layer in range(1, len(self.params.widths)):
            code = act(codes_by_layer(code, w[f"inner{layer}"]) + w[f"inner{layer}_bias"])
        return code, effect

    @property
    def code_width(self) -> int:
        """Units of the last hidden layer."""
        return self.params.widths[-1]

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return each row's code in rating units, and how scores follow from it."""
        code, effect = self.encode(X)
        middle = 0 if self.params.center else np.float32(self.scale_.mean())
        change = self.bias_.item_effect_ + self.sigma_[0] * self.weights_["decoder_bias"] - middle
        code *= self.sigma_[0]
        return LinearOutput(code, self.weights_["decoder"], effect + self.bias_.mean_[0] + middle, change)

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows; not to be changed."""
        self._check_fitted()
        return self.weights_["decoder"]

    def item_views(self) -> tuple[FloatArray, ...]:
        """Return the decoder's rows, of what is liked alike, and the mask's where there is one, of what is seen alike."""
        mask = self.weights_.get("mask")
        return (self.item_vectors(),) if mask is None else (self.item_vectors(), mask)

    def _score(self, X: Csr) -> AnyArray:
        return self.linear_output(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.linear_output(X).cells(rows, cols)

    def _arrays(self) -> dict[str, AnyArray]:
        bias = {"mean_": self.bias_.mean_, "item_effect_": self.bias_.item_effect_, "sigma_": self.sigma_}
        return {**bias, **self.weights_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        bias: dict[str, tuple[int, ...]] = {"mean_": (1,), "item_effect_": (self.n_items_,), "sigma_": (1,)}
        return bias | weight_shapes(self.params, self.n_items_)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        p = self.params
        self.bias_ = Bias.from_arrays(
            Bias.Params(p.damping_item, p.damping_user),
            {k: arrays[k] for k in ("n_items_", "scale_", "mean_", "item_effect_")},
        )
        self.sigma_ = np.asarray(arrays["sigma_"])
        self.weights_ = {name: np.asarray(arrays[name]) for name in weight_shapes(p, self.n_items_)}


def _sum_rows(X: Csr, table: AnyArray) -> AnyArray:
    if X.nnz * table.shape[1] < LARGE:
        return X @ table
    from foretaste.kernels.row_sums import sum_rows  # noqa: PLC0415 (numba loads only where there is enough to do)

    return sum_rows(X, table)


def weight_shapes(params: AutoRecParams, n_items: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every learnt weight."""
    widths = params.widths
    shapes: dict[str, tuple[int, ...]] = {"encoder": (n_items, widths[0]), "encoder_bias": (widths[0],)}
    if params.mask_input:
        shapes["mask"] = (n_items, widths[0])
    for layer in range(1, len(widths)):
        shapes |= {f"inner{layer}": (widths[layer - 1], widths[layer]), f"inner{layer}_bias": (widths[layer],)}
    return shapes | {"decoder": (n_items, widths[-1]), "decoder_bias": (n_items,)}
