"""SparseFc: an autoencoder whose weights are held to a pattern, by a kernel between places that it learns itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import CELLS, AnyArray, Csr, FloatArray
from foretaste.kernels.optimiser import PANEL
from foretaste.memory import Forecast
from foretaste.models.autorec import CELL, ROW, SCORED, SMALL, AutoRec, AutoRecParams, weight_shapes
from foretaste.models.base import ROWS, Recommender
from foretaste.models.linear_output import LinearOutput
from foretaste.models.params import check_choice, check_range
from foretaste.models.space import Choice, Range, Space
from foretaste.training.schedule import rows_a_step
from foretaste.training.watch import Watch

CHUNK = 1 << 22
"""Numbers gathered at once for the output: 16 MB in float32."""
GATHERED = 18
"""Bytes for each of them: from codes, from the table, their product, and what the allocator keeps."""
TOUCHED = 60
"""Bytes a step takes for each unit of each column that the batch touches: weights, kernels, products, gradients of all."""


@dataclass(frozen=True)
class SparseFcParams:
    """Settings of `SparseFc`.

    Args:
        widths: Units of each hidden layer, from the input side; the paper's is ``(500, 500)``.
        activation: Of every hidden layer; the output is linear.
        dims: Numbers that a place has.
        sparsity: Penalty on the mean squared kernel, in units of the mean squared error of the bias model.
        dropout: Share of hidden units dropped in training, after every hidden layer.
        noise: Each row hides a share of its ratings from the input, drawn uniformly between 0 and this; 0 hides nothing.
        shown_weight: What a rating counts in the loss where it is shown to the input; a hidden one counts 1.
        mask_input: Whether the encoder also sees *which* columns were rated, by a table of its own under the same kernel.
        center: Whether ratings are centred by the bias model before they enter and de-centred when they leave.
        l2: Decoupled weight decay: at the peak rate, a pass of s steps shrinks every weight by l2 * sqrt(s), as in `AutoRec`.
        damping_item: Of the bias model.
        damping_user: Of the bias model.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most.
        batch_size: Rows a step; 0 takes about 80 steps a pass, of 4 to 512 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        seed: Of initial weights and places, order, hiding and dropout.
    """

    widths: tuple[int, ...] = (512,)
    activation: str = "selu"
    dims: int = 5
    sparsity: float = 0.03
    dropout: float = 0.5
    noise: float = 0.8
    shown_weight: float = 0.3
    mask_input: bool = True
    center: bool = True
    l2: float = 0.015
    damping_item: float = 5.0
    damping_user: float = 5.0
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    epochs: int = 40
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        self.network()  # checks what the two have in common
        check_choice("schedule", self.schedule, ("cosine", "constant"))
        check_range("dims", self.dims, 1, 1000)
        check_range("sparsity", self.sparsity, 0, 1e6)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)

    def network(self) -> AutoRecParams:
        """Return the settings of the plain network that scores once the kernels are multiplied in."""
        shared = {name: value for name, value in vars(self).items() if name not in {"dims", "sparsity"}}
        return AutoRecParams(**shared)


class SparseFc(Recommender[SparseFcParams]):
    """Autoencoder over user rows with kernelised weights: a weight counts as far as its two ends are close to each other.

    Every unit and every column has a learnt place, a point of `dims` numbers, and a weight between two of them is

        W_ij max(0, 1 - |u_i - v_j|^2)

    in all layers. All places start together, where every kernel is 1; the penalty on squared kernels drives them apart, until
    most weights are cut and the rest form a pattern. Network, input, output and what is hidden in training are those of
    `AutoRec`; minimise the masked squared error in units of sigma plus sparsity x mean kernel^2, with decoupled decay of W.
    Once trained, the kernels are multiplied in and forgotten: it scores as `AutoRec` does.

    Symbols: W weights; u, v places of the two ends of a weight; sigma as in `AutoRec`.
    Paper: L. Muller, J. Martel, G. Indiveri, "Kernelized synaptic weight matrices", ICML 2018, PMLR 80:3654-3663.
    Differs: The paper's rows are items (`ItemSparseFc`), raw, with zeros for missing ones, nothing is hidden, and it fits by
        L-BFGS with fixed ridge penalties on W and on the kernels; here both are relative (decay as in `AutoRec`, a mean over
        kernels), so that they mean the same on small and large data. Hiding, centring, mask and dropout are ours and helped
        on validation ratings. In a step only the kernels of columns that the batch touches are computed and penalised.
    Cost: O(epochs (ratings x width + touched columns x width x dims + rows x inner layers)) time; memory as `AutoRec` with the
        mask, and some batches' touched columns x width.

    Example:
        >>> from scipy.sparse import csr_array
        >>> SparseFc(widths=[4], epochs=2).fit(csr_array([[5.0, 1, 0], [4, 2, 5]])).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)
    """

    Params = SparseFcParams
    name = "sparse_fc"
    autoencoder = True
    clips = True
    resumes = True
    smaller = "choose smaller widths"
    space: ClassVar[Space] = {
        "widths": Choice(((128,), (256,), (512,), (256, 256), (512, 512))),
        "sparsity": Range(0.001, 1, log=True),
        "dropout": Range(0, 0.8),
        "noise": Range(0, 0.95),
        "l2": Range(0.001, 0.2, log=True),
        "learning_rate": Range(2e-4, 1e-2, log=True),
    }

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.sparse_fc_net import SparseFcNet  # noqa: PLC0415 (torch loads only to train)
        from foretaste.training.loop import train  # noqa: PLC0415

        p, network, measure = self.params, AutoRec(self.params.network()), watch.measure
        network.n_items_, network.scale_, self.network_ = self.n_items_, self.scale_, network
        network.center_on(X)
        net = SparseFcNet(X, network.bias_, network.sigma_, p)

        def watched(weights: Mapping[str, AnyArray]) -> float:
            network.weights_ = weights
            return measure(self) if measure is not None else 0.0

        network.weights_, self.history_ = train(net, X, p, watch, None if measure is None else watched)
        self.stopped_ = self.history_.stopped

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / rows_a_step(self.params.batch_size, n_rows))

    def refit_params(self) -> SparseFcParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    @property
    def code_width(self) -> int:
        """Units of the last hidden layer."""
        return self.params.widths[-1]

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return each row's code in rating units, and how scores follow from it."""
        self._check_fitted()
        return self.network_.linear_output(X)

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows; not to be changed."""
        self._check_fitted()
        return self.network_.item_vectors()

    def item_views(self) -> tuple[FloatArray, ...]:
        """Return the network's tables; not to be changed."""
        self._check_fitted()
        return self.network_.item_views()

    def _score(self, X: Csr) -> AnyArray:
        return self.linear_output(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.linear_output(X).cells(rows, cols)

    def _arrays(self) -> dict[str, AnyArray]:
        learnt = self.network_.arrays()
        return {name: learnt[name] for name in self._shapes()}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        bias: dict[str, tuple[int, ...]] = {"mean_": (1,), "item_effect_": (self.n_items_,), "sigma_": (1,)}
        return bias | weight_shapes(self.params.network(), self.n_items_)

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.network_ = AutoRec.from_arrays(self.params.network(), arrays)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        p, usual = self.params, super()._forecast(X, measured)
        columns, widths = X.shape[1], p.widths
        tables = (
            (2 + p.mask_input) * -(-max(widths) // PANEL) * PANEL * columns
        )  # one with its Adam state is two of them
        rows = min(rows_a_step(p.batch_size, X.shape[0]), X.shape[0])
        cells = int(np.sort(np.diff(X.indptr))[-rows:].sum())
        touched, gathered = min(cells, columns) * max(widths), GATHERED * min(CHUNK, cells * widths[-1])
        block = min(ROWS, X.shape[0])
        judged = SCORED * block * max(widths) + 8 * CELLS * widths[-1] + 40 * block * X.nnz // X.shape[0]
        return replace(
            usual,
            optimiser=4.0 * 2 * tables - usual.parameters,
            kept=usual.parameters if measured else 0,
            batch=max(usual.batch, TOUCHED * touched + ROW * rows * sum(widths) + CELL * cells + gathered) + SMALL,
            scoring=4.0 * columns * (2 * max(widths) + 4 * PANEL) + judged * measured,
        )
