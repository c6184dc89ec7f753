"""What the multinomial autoencoders share outside of torch: clicks as input, logits as output, settings, how a fit goes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from foretaste.arrays import CELLS, AnyArray, Csr, FloatArray, cell_dots, codes_by_table, row_of, with_values
from foretaste.kernels.optimiser import PANEL
from foretaste.memory import Forecast
from foretaste.models.base import ROWS
from foretaste.models.params import check_choice, check_range
from foretaste.training.schedule import rows_a_step
from foretaste.training.watch import Watch

LARGE = 1 << 22
"""Clicks x width from which rows are summed by compiled code: below, loading it would take longer."""
CELL, ROW, SMALL = 112, 40, 48_000_000
"""Bytes of a step for each click of a batch and for each unit of a row's layers, and of what the allocator keeps."""
Shapes = dict[str, tuple[int, ...]]


class ClickSettings(Protocol):
    """The settings that every multinomial autoencoder has."""

    @property
    def widths(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def dropout(self) -> float: ...  # noqa: D102
    @property
    def balance(self) -> float: ...  # noqa: D102
    @property
    def l2(self) -> float: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def schedule(self) -> str: ...  # noqa: D102
    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def patience(self) -> int: ...  # noqa: D102
    @property
    def stop_after(self) -> int: ...  # noqa: D102
    @property
    def exact_items(self) -> int: ...  # noqa: D102
    @property
    def samples(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


class Fitted(Protocol):
    """What `fit_clicks` fills in."""

    weights_: Mapping[str, AnyArray]
    history_: Any
    stopped_: str


def check_settings(p: ClickSettings) -> None:
    """Refuse settings that no multinomial autoencoder can take.

    Raises:
        ParamsError: One is outside its range.
    """
    check_range("number of widths", len(p.widths), 1, 20)
    for width in p.widths:
        check_range("widths", width, 1, 1_000_000)
    check_choice("schedule", p.schedule, ("cosine", "constant"))
    check_range("dropout", p.dropout, 0, 0.99)
    check_range("balance", p.balance, 0, 1)
    check_range("l2", p.l2, 0)
    check_range("learning_rate", p.learning_rate, 1e-9, 10)
    for name in ("epochs", "patience", "samples"):
        check_range(name, getattr(p, name), 1, 10_000_000)
    for name in ("batch_size", "stop_after", "exact_items", "seed"):
        check_range(name, getattr(p, name), 0, 2**62)


def fit_clicks(model: Fitted, net: Any, X: Csr, settings: ClickSettings, watch: Watch) -> None:
    """Train a network on rows of clicks and keep its best weights, its history and how it stopped in the model."""
    from foretaste.training.loop import train  # noqa: PLC0415 (whoever has a network has torch already)

    measure = watch.measure

    def watched(weights: Mapping[str, AnyArray]) -> float:
        model.weights_ = weights
        return measure(model) if measure is not None else 0.0

    model.weights_, model.history_ = train(net, X, settings, watch, None if measure is None else watched)
    model.stopped_ = model.history_.stopped


def adopt(arrays: Mapping[str, AnyArray], shapes: Shapes) -> dict[str, AnyArray]:
    """Return the weights out of a saved model's arrays."""
    return {name: np.asarray(arrays[name]) for name in shapes}


def sum_clicks(X: Csr, table: AnyArray) -> FloatArray:
    """Return each row's sum of table rows, over what it holds, divided by the root of how much that is.

    Args:
        X: Rows x items; only which cells are stored counts.
        table: float32 (items, width).

    Returns:
        float32 (rows, width), zeros for an empty row: the row of ones, brought to length 1, times the table.
    """
    scale = (1 / np.sqrt(np.maximum(np.diff(X.indptr), 1))).astype(np.float32)
    unit = with_values(X, scale[row_of(X)])
    if X.nnz * table.shape[1] < LARGE:
        out: FloatArray = unit @ table
        return out
    from foretaste.kernels.row_sums import sum_rows  # noqa: PLC0415 (numba loads only where there is enough to do)

    return sum_rows(unit, table)


def all_scores(codes: FloatArray, weights: Mapping[str, AnyArray]) -> FloatArray:
    """Return the logits of all items, float32 (rows, items)."""
    scores = codes_by_table(codes, weights["decoder"])
    scores += weights["decoder_bias"]
    return scores


def cell_scores(codes: FloatArray, weights: Mapping[str, AnyArray], rows: AnyArray, cols: AnyArray) -> FloatArray:
    """Return the logits of chosen cells, float32 (n,)."""
    out: FloatArray = cell_dots(codes, weights["decoder"], rows, cols) + weights["decoder_bias"][cols]
    return out


def forecast_clicks(usual: Forecast, X: Csr, shapes: Shapes, p: ClickSettings, units: int, measured: bool) -> Forecast:
    """Return what training a multinomial autoencoder holds at its peak.

    Args:
        usual: Its forecast by the base, with ratings and parameters.
        X: Rows x items.
        shapes: Of all weights.
        p: The settings.
        units: Of all layers of a row, however often a step computes them.
        measured: Whether something is measured after each epoch.
    """
    n, rows = X.shape[1], min(rows_a_step(p.batch_size, X.shape[0]), X.shape[0])
    width, last = shapes["encoder"][1], shapes["decoder"][1]
    cells = int(np.sort(np.diff(X.indptr))[-rows:].sum())
    state = n * _table_state(width)
    if n <= p.exact_items:
        state += 3 * n * (last + 1)  # gradient and two moments
        block = 4 * rows * n
    else:
        state += n * (_table_state(last) + 5)
        touched = min(n, p.samples + cells)
        block = 8 * n + touched * (12 * rows + 44 * last)
    outer = {"encoder", "decoder", "decoder_bias"}
    inner = sum(int(np.prod(shape)) for name, shape in shapes.items() if name not in outer)
    scored = min(ROWS, X.shape[0])
    judged = 20 * scored * max(width, last) + 8 * CELLS * last + 40 * scored * X.nnz // X.shape[0]
    return replace(
        usual,
        optimiser=4.0 * (state + 3 * inner),
        kept=usual.parameters if measured else 0,
        batch=max(usual.batch, block + CELL * cells + ROW * rows * units) + SMALL,
        scoring=4.0 * n * max(width, last)
        + judged * measured,  # a table is copied to be looked at, and to be handed over
    )


def _table_state(width: int) -> int:
    """Return how many numbers of state `RowTable` keeps for a row beside its weights, under Adam with state ``"row"``."""
    panels = -(-width // PANEL)
    return panels * PANEL - width + panels * PANEL + panels + 3
