"""compare(): many models on one split, each chosen on validation, all judged on the same hidden ratings, once."""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from foretaste.arrays import Csr, digest_of
from foretaste.entries import Entry, check_entries
from foretaste.evaluation import Evaluation, evaluate, hidden_ndcg, hidden_rmse
from foretaste.memory import peak_memory
from foretaste.models import model_class
from foretaste.models.base import Recommender
from foretaste.models.blend import Blend, Part, best_part
from foretaste.models.lending import Lender
from foretaste.models.two_heads import TwoHeads
from foretaste.order import Order, choose_order, likes
from foretaste.split.holdout import Split
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Measure, Progress, Watch
from foretaste.verdict import verdict


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

    @property
    def best_member(self) -> Recommender[Any] | None:
        """The member of a blend that was best by itself on validation, as it is fitted; None for any other model."""
        label = best_part(self.parts)
        return self.model.members_[label] if label is not None and isinstance(self.model, Blend) else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everything that came out.

    Args:
        split: Counts of the split; over folds, the mean of what trains in each, and all that is judged.
        rows: One dict a model: model (its label), class, metrics with intervals, fit_s, peak_bytes, differences.
        verdict: One sentence: who wins, by how much, and whether that is more than noise.
        fitted: The fitted models, in the order of `rows`; none where they were fitted anew in each of several folds.
        folds: Of each fold its number, counts and rows without intervals.
        interrupted: Whether a Ctrl-C ended it early.
    """

    split: dict[str, Any]
    rows: list[dict[str, Any]]
    verdict: str
    fitted: list[Fitted]
    folds: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what ``compare --json`` writes."""
        out = {"split": self.split, "models": self.rows, "verdict": self.verdict}
        return out | {"folds": self.folds} if self.folds else out


Decide = Callable[[Sequence[Fitted], Split], str]
"""Takes the fitted lines before any is judged, and returns the label of the one to take."""
Reporter = Callable[[str, Progress | None], None]
"""Called with a label and its progress; None as progress says that the line begins."""


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

    def fit(unfitted: Recommender[Any], X: Csr, phase: str) -> None:
        where = checkpoint_path(checkpoint, label, phase) if checkpoint is not None and model.resumes else None
        watch, began = _watch(split if phase == "choose" else None, unfitted, label, report, where), time.perf_counter()
        before = lender.lent_s
        unfitted.fit(X, watch=replace(watch, known=lambda member: lender.find(phase, member)))
        lender.keep(phase, asked, unfitted, time.perf_counter() - began + lender.lent_s - before)

    if report is not None:
        report(label, None)
    started, order, valid_rmse = time.perf_counter(), None, None
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
    return Fitted(label, model, order, seconds, peak.bytes, stopped, valid_rmse, valid_ndcg, refitted, parts)


def _watch(
    split: Split | None, model: Recommender[Any], label: str, report: Reporter | None, checkpoint: Path | None
) -> Watch:
    """Return what a fit is watched by, and what it chooses on; None where nothing is to be chosen."""
    tell = None if report is None else (lambda progress: report(label, progress))
    if split is None:
        return Watch(report=tell, checkpoint=checkpoint)
    valid = split.valid
    return Watch(
        measure=measure_for(model, split),
        report=tell,
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


def compare(
    split: Split,
    entries: Sequence[Entry],
    *,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
) -> Comparison:
    """Fit every entry, then open the test part once and judge them all on it.

    Args:
        split: The parts.
        entries: Models with settings; labels must differ.
        seed: Of models and of the bootstrap.
        refit: See `fit_entry`.
        report: Progress.

    Raises:
        ParamsError: No entry, a label twice, or a wrong setting; all settings are checked before anything is fitted.
    """
    check_entries(entries, seed, kind=split.kind)
    return fit_and_judge(split, entries, seed=seed, refit=refit, report=report)


def fit_and_judge(
    split: Split,
    entries: Sequence[Entry],
    *,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
    checkpoint: Path | None = None,
    subject: str | None = None,
    decide: Decide | None = None,
) -> Comparison:
    """Do what `compare` does with entries that are checked; after a Ctrl-C, what is fitted by then is judged.

    Args:
        split: The parts.
        entries: Models with settings.
        seed: Of models and of the bootstrap.
        refit: See `fit_entry`.
        report: Progress.
        checkpoint: See `fit_entry`.
        subject: See `judge`.
        decide: Called when all are fitted and nothing is judged; returns what `judge` takes as `chosen`.
    """
    with stop_on_interrupt():
        fitted = fit_all(split, entries, seed=seed, refit=refit, report=report, checkpoint=checkpoint)
        chosen = None if decide is None else decide(fitted, split)
        return judge(split, fitted, seed=seed, subject=subject, chosen=chosen)


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


def judge(
    split: Split, fitted: Sequence[Fitted], *, seed: int = 0, subject: str | None = None, chosen: str | None = None
) -> Comparison:
    """Open the test part and evaluate models that are fitted.

    Args:
        split: The parts.
        fitted: From `fit_entry`.
        seed: Of the bootstrap.
        subject: Label of the line that the verdict is about; None means the autoencoder that was best on validation, against
            the best of all that are none, or the best line on validation where there is no autoencoder.
        chosen: Label of the line that stands for the autoencoders where there is no subject; see `verdict`.
    """
    results = [judged(line, split, seed) for line in fitted]
    rows = [table_row(line, result.summary()) for line, result in zip(fitted, results, strict=True)]
    encoders = [i for i, line in enumerate(fitted) if line.model.autoencoder]
    sentence = verdict(results, rows, encoders, scale=split.scale, seed=seed, subject=subject, chosen=chosen)
    interrupted = any(line.stopped == "interrupted" for line in fitted)
    return Comparison(facts_of(split, fitted), rows, sentence, list(fitted), interrupted=interrupted)


def judged(line: Fitted, split: Split, seed: int = 0) -> Evaluation:
    """Evaluate a line on the test part, a blend beside its best member."""
    return evaluate(line.model, split.test, scale=split.scale, order=line.order, seed=seed, member=line.best_member)


def table_row(line: Fitted, numbers: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the table: what was measured, and what it took to fit."""
    half = None if line.order is None else line.order.half
    cost = {"fit_s": round(line.fit_s, 3), "peak_bytes": line.peak_bytes}
    return {
        "model": line.label,
        "class": line.model.name,
        **numbers,
        **cost,
        "valid_rmse": line.valid_rmse,
        "valid_ndcg": line.valid_ndcg,
        "order_half": half,
        **blend_facts(line),
    }


def blend_facts(line: Fitted) -> dict[str, Any]:
    """Return what a blend is made of, and which member was best by itself on validation; nothing for any other model."""
    if not line.parts:
        return {}
    members = [
        {"model": part.label, "weight": part.weight, "valid_rmse": part.rmse, "valid_ndcg": part.ndcg}
        for part in line.parts
    ]
    return {"members": members, "best_member": best_part(line.parts)}


def facts_of(split: Split, fitted: Sequence[Fitted]) -> dict[str, Any]:
    """Return the counts of a split, seen from what the models learnt from in the end."""
    return split.describe(split.full if all(line.refitted for line in fitted) else split.train)
