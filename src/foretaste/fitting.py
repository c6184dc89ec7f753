"""One line of a comparison: a model is fitted and chosen on validation, and then learns from those ratings too."""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foretaste.arrays import Csr, digest_of
from foretaste.calibration import Calibration
from foretaste.entries import Entry
from foretaste.evaluation import hidden_ndcg, hidden_rmse
from foretaste.intervals import calibrate
from foretaste.memory import peak_memory
from foretaste.models import model_class
from foretaste.models.base import Recommender
from foretaste.models.blend import Blend, Part, best_part
from foretaste.models.lending import Lender
from foretaste.models.two_heads import TwoHeads
from foretaste.order import Order, choose_order, likes
from foretaste.split.holdout import Split
from foretaste.training.curves import Curve
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Measure, Progress, Watch

Reporter = Callable[[str, Progress | None], None]
"""Called with a label and its progress; None as progress says that the line begins."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted line.

    Args:
        label: What the line is called.
        model: Fitted; on training and validation ratings where `refit` was asked for.
        order: How its predictions are sorted into lists; None for a ranking model.
        fit_s: Seconds of all fitting, choosing included, and of what another line has fitted for this one.
        peak_bytes: Highest resident set of the process meanwhile.
        stopped: ``"interrupted"`` where the user stopped it.
        valid_rmse: RMSE on the hidden ratings of validation before the second fit; None for a ranking model.
        valid_ndcg: NDCG@100 of hidden likes of validation, likewise; None where nobody likes any.
        refitted: Whether the model was fitted again with the ratings of validation.
        parts: Of a blend its members, with their weights and their RMSE on validation.
        curves: Training loss and what was measured on validation by epoch, of a model with epochs; see `training.curves.Curve`.
        gate: Whether it stands there as a baseline; see `Entry`.
        calibration: Intervals of its predictions, from what it predicted for validation before the second fit; None for a
            ranking model.
    """

    label: str
    model: Recommender[Any]
    order: Order | None
    fit_s: float
    peak_bytes: int
    stopped: str = "finished"
    valid_rmse: float | None = None
    valid_ndcg: float | None = None
    refitted: bool = False
    parts: tuple[Part, ...] = ()
    curves: tuple[dict[str, Any], ...] = ()
    gate: bool = False
    calibration: Calibration | None = None

    @property
    def encoder(self) -> bool:
        """Whether a verdict may be about it: it is an autoencoder, and no baseline."""
        return self.model.autoencoder and not self.gate

    @property
    def best_member(self) -> Recommender[Any] | None:
        """The member of a blend that was best by itself on validation, as it is fitted; None for any other model."""
        label = best_part(self.parts)
        return self.model.members_[label] if label is not None and isinstance(self.model, Blend) else None


def fit_entry(
    entry: Entry,
    split: Split,
    *,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
    checkpoint: Path | None = None,
    lender: Lender | None = None,
) -> Fitted:
    """Fit a model on the training part, choose epochs and order on validation, and let the validation ratings train too.

    Args:
        entry: Model and settings.
        split: The parts; the test part is not touched.
        seed: Of the model where its settings name none.
        refit: Whether the chosen model is fitted once more on training and validation ratings together.
        report: Progress.
        checkpoint: Beginning of the names of files in which a gradient-trained model keeps its state, see `checkpoint_path`.
        lender: Fits of other lines that this one may use, if it is a blend; takes what it fits itself.
    """
    label = entry.label or model_class(entry.model).name
    model, lender = entry.build(seed), lender or Lender([])
    asked, rated, borrowed = entry.build(seed), model.task == "rating", lender.lent_s
    tell = None if report is None else (lambda progress: report(label, progress))
    curve = Curve(tell)

    def fit(unfitted: Recommender[Any], X: Csr, phase: str) -> None:
        where = checkpoint_path(checkpoint, label, phase) if checkpoint is not None and model.resumes else None
        watch = _watch(split, unfitted, curve, where) if phase == "choose" else Watch(report=tell, checkpoint=where)
        began, before = time.perf_counter(), lender.lent_s
        unfitted.fit(X, watch=replace(watch, known=lambda member: lender.find(phase, member)))
        lender.keep(phase, asked, unfitted, time.perf_counter() - began + lender.lent_s - before)

    if report is not None:
        report(label, None)
    started, order, valid_rmse, calibration = time.perf_counter(), None, None, None
    with peak_memory() as peak, stop_on_interrupt() as request:
        fit(model, split.train, "choose")
        parts = model.parts if isinstance(model, Blend) else ()
        if rated:
            valid_rmse = hidden_rmse(model, split.valid)
            order = (
                model.order_
                if isinstance(model, TwoHeads)
                else choose_order(model, split.train, split.valid.seen, split.valid.hidden, scale=split.scale)
            )
            calibration = calibrate(model, split.valid, order.count, scale=split.scale, seed=seed)
        liked = hidden_ndcg(model, split.valid, scale=split.scale, order=order)
        refitted = refit and not request.asked
        if refitted:
            again = type(model)(model.refit_params())
            model = again if model.at_once else model  # its weights may be gigabytes: they go before others are made
            fit(again, split.full, "refit")
            refitted = again.stopped_ != "interrupted"  # half of a second fit is worse than the whole first one
        if refitted:
            model, order = again, None if order is None else order.grown(split.full)
        elif model.known_rows:  # the people who are to be judged show their ratings of validation too
            model.recognise(split.full)
        stopped = "interrupted" if request.asked else model.stopped_
    seconds = time.perf_counter() - started + lender.lent_s - borrowed
    valid_ndcg = None if math.isnan(liked) else liked
    went = tuple(curve.plain(sign=1.0 if rated else -1.0))
    return Fitted(
        label, model, order, seconds, peak.bytes, stopped, valid_rmse, valid_ndcg, refitted, parts, went, entry.gate,
        calibration,
    )  # fmt: skip


def _watch(split: Split, model: Recommender[Any], curve: Curve, checkpoint: Path | None) -> Watch:
    """Return what a fit is watched by, and what it chooses on."""
    valid = split.valid
    return Watch(
        measure=curve.measured(measure_for(model, split)),
        report=curve.report,
        checkpoint=checkpoint,
        key="" if checkpoint is None else digest_of(valid.seen, valid.hidden),
        holdout=(valid.seen, valid.hidden),
    )


def measure_for(model: Recommender[Any], split: Split) -> Measure | None:
    """Return what a fit is to minimise on validation: RMSE of a model that predicts ratings, minus NDCG@100 of any other.

    None where nobody in validation likes anything hidden: there are no lists to choose by.
    """
    if model.task == "rating":
        return lambda fitted: hidden_rmse(fitted, split.valid)
    if not likes(split.valid.hidden, split.scale).nnz:
        return None
    return lambda fitted: -hidden_ndcg(fitted, split.valid, scale=split.scale)


def checkpoint_path(base: Path, label: str, phase: str) -> Path:
    """Return where a line of a comparison keeps its state: beside `base`, under the names of line and phase."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", label)
    return base.with_name(f"{base.name}.{plain}.{phase}.safetensors")


def fit_all(
    split: Split,
    entries: Sequence[Entry],
    *,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
    checkpoint: Path | None = None,
) -> list[Fitted]:
    """Fit one entry after the other, see `fit_entry`; after a Ctrl-C, return those that are fitted by then."""
    fitted: list[Fitted] = []
    lender = Lender([entry.build(seed) for entry in entries])
    with stop_on_interrupt() as request:
        for entry in entries:
            fitted.append(
                fit_entry(entry, split, seed=seed, refit=refit, report=report, checkpoint=checkpoint, lender=lender)
            )
            if request.asked:
                break
    return fitted
