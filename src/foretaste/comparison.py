"""compare(): many models on one split, each chosen on validation, all judged on the same hidden ratings, once."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation, evaluate, hidden_rmse
from foretaste.memory import peak_memory
from foretaste.metrics.ratings import pooled
from foretaste.models import model_class
from foretaste.models.base import Recommender
from foretaste.models.params import build_params, check_range
from foretaste.order import Order, choose_order
from foretaste.split.holdout import Split
from foretaste.statistics import bootstrap_sums, interval
from foretaste.training.watch import Progress, Watch


@dataclass(frozen=True)
class Entry:
    """A line of a comparison.

    Args:
        model: Key of `MODELS`; hyphens accepted.
        settings: The model's settings, by name.
        label: What the line is called; the model's name by default.
    """

    model: str
    settings: dict[str, Any] = field(default_factory=dict)
    label: str | None = None

    def build(self, seed: int) -> Recommender[Any]:
        """Return the unfitted model; `seed` fills in where the settings name none.

        Raises:
            ParamsError: The model or a setting is unknown or out of range.
        """
        kind = model_class(self.model)
        known = kind.Params.__dataclass_fields__
        settings = {"seed": seed, **self.settings} if "seed" in known else self.settings
        return kind(build_params(kind.Params, settings))


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted line.

    Args:
        label: What the line is called.
        model: Fitted; on training and validation ratings where `refit` was asked for.
        order: How its predictions are sorted into lists; None for a ranking model.
        fit_s: Seconds of all fitting, choosing included.
        peak_bytes: Highest resident set of the process meanwhile.
        stopped: ``"interrupted"`` where the user stopped it.
        valid_rmse: RMSE on the hidden ratings of validation before the second fit; None for a ranking model.
    """

    label: str
    model: Recommender[Any]
    order: Order | None
    fit_s: float
    peak_bytes: int
    stopped: str = "finished"
    valid_rmse: float | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everything that came out.

    Args:
        split: Counts of the split.
        rows: One dict a model: model (its label), class, metrics with intervals, fit_s, peak_bytes, differences.
        verdict: One sentence: who wins, by how much, and whether that is more than noise.
        fitted: The fitted models, in the order of `rows`.
    """

    split: dict[str, Any]
    rows: list[dict[str, Any]]
    verdict: str
    fitted: list[Fitted]

    def to_json(self) -> dict[str, Any]:
        """Return what ``compare --json`` writes."""
        return {"split": self.split, "models": self.rows, "verdict": self.verdict}


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
) -> Fitted:
    """Fit a model on the training part, choose epochs and order on validation, and let the validation ratings train too.

    Args:
        entry: Model and settings.
        split: The parts; the test part is not touched.
        seed: Of the model where its settings name none.
        refit: Whether the chosen model is fitted once more on training and validation ratings together.
        report: Progress.
        checkpoint: Where a gradient-trained model keeps its state while epochs are chosen; the second fit keeps its own.
    """
    label = entry.label or model_class(entry.model).name
    model = entry.build(seed)

    def watch(measured: bool, name: str) -> Watch:
        where = None if checkpoint is None else checkpoint.with_suffix(f".{name}.safetensors")
        tell = None if report is None else (lambda progress: report(label, progress))
        return Watch((lambda m: hidden_rmse(m, split.valid)) if measured else None, tell, where)

    if report is not None:
        report(label, None)
    started = time.perf_counter()
    with peak_memory() as peak:
        model.fit(split.train, watch=watch(model.task == "rating", "choose"))
        stopped = getattr(getattr(model, "history_", None), "stopped", "finished")
        order, valid_rmse = None, None
        if model.task == "rating":
            valid_rmse = hidden_rmse(model, split.valid)
            order = choose_order(model, split.train, split.valid.seen, split.valid.hidden, scale=split.scale)
        if refit and stopped != "interrupted":
            again = type(model)(model.refit_params())
            again.fit(split.full, watch=watch(False, "refit"))
            stopped = getattr(getattr(again, "history_", None), "stopped", "finished")
            if stopped != "interrupted":  # half of a second fit is worse than the whole first one
                model, order = again, None if order is None else replace(order, count=_count(split))
    return Fitted(label, model, order, time.perf_counter() - started, peak.bytes, stopped, valid_rmse)


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
    check_entries(entries, seed)
    fitted: list[Fitted] = []
    for entry in entries:
        fitted.append(fit_entry(entry, split, seed=seed, refit=refit, report=report))
        if fitted[-1].stopped == "interrupted":
            break
    return judge(split, fitted, seed=seed)


def check_entries(entries: Sequence[Entry], seed: int = 0) -> None:
    """Refuse a list of models that could not be compared, before any time is spent.

    Raises:
        ParamsError: As `compare`.
    """
    labels = [entry.label or model_class(entry.model).name for entry in entries]
    if not labels:
        raise ParamsError("no model is named", hint="for example --models mean,bias,biased_mf,autorec")
    check_range("seed", seed, 0)
    for label in labels:
        if labels.count(label) > 1:
            raise ParamsError(f'"{label}" stands twice among the models', hint="give each its own label in a recipe")
    for entry in entries:
        entry.build(seed)


def judge(split: Split, fitted: Sequence[Fitted], *, seed: int = 0) -> Comparison:
    """Open the test part and evaluate models that are fitted; see `compare`."""
    results = [evaluate(f.model, split.test, scale=split.scale, order=f.order, seed=seed) for f in fitted]
    rows = []
    for line, result in zip(fitted, results, strict=True):
        row = {"model": line.label, "class": line.model.name, **result.summary()}
        row |= {"fit_s": round(line.fit_s, 3), "peak_bytes": line.peak_bytes}
        row["valid_rmse"] = line.valid_rmse
        row["order_half"] = None if line.order is None else line.order.half
        rows.append(row)
    verdict = _verdict(fitted, results, rows, seed)
    return Comparison(split.describe(), rows, verdict, list(fitted))


def rmse_difference(first: Evaluation, second: Evaluation, *, seed: int = 0) -> tuple[float, float, float]:
    """Return RMSE of the first minus the second on the same ratings, with its paired 95 % interval over users."""
    if first.errors is None or second.errors is None:
        raise ParamsError("a ranking model has no RMSE to compare")
    columns = np.column_stack([first.errors.squared, second.errors.squared, first.errors.n])
    draws = bootstrap_sums(columns, seed=seed)
    change = pooled("rmse", draws[:, 0], draws[:, 2]) - pooled("rmse", draws[:, 1], draws[:, 2])
    total = columns.sum(0)
    return (float(np.sqrt(total[0] / total[2]) - np.sqrt(total[1] / total[2])), *interval(change))


def _verdict(fitted: Sequence[Fitted], results: Sequence[Evaluation], rows: list[dict[str, Any]], seed: int) -> str:
    rated = [i for i, result in enumerate(results) if result.errors is not None]
    if not rated:
        return "No model here predicts ratings, so there is no RMSE to judge."
    best = min(rated, key=lambda i: rows[i]["rmse"])
    encoders = [i for i in rated if fitted[i].model.autoencoder]
    subject = min(encoders, key=lambda i: _on_validation(fitted[i])) if encoders else best
    for i in rated:
        if i != subject:
            value, low, high = rmse_difference(results[subject], results[i], seed=seed)
            rows[i] |= {"difference": value, "difference_low": low, "difference_high": high}
    rivals = [i for i in rated if i != subject and not (encoders and fitted[i].model.autoencoder)]
    if not rivals:
        return f"{rows[subject]['model']} has RMSE {rows[subject]['rmse']:.4f}; there is nothing to compare it with."
    rival = min(rivals, key=lambda i: rows[i]["rmse"])
    name, other, row = rows[subject]["model"], rows[rival]["model"], rows[rival]
    value, low, high = row["difference"], row["difference_low"], row["difference_high"]
    span = f"RMSE {rows[subject]['rmse']:.4f} against {row['rmse']:.4f}, "
    span += f"difference {value:+.4f}, 95 % {low:+.4f} to {high:+.4f}"
    if high < 0:
        return f"{name} wins against {other}, the best of the others: {span}."
    if low > 0:
        return f"{name} loses to {other}: {span}."
    return f"{name} ties with {other}, the best of the others: {span}, which is within the noise."


def _on_validation(line: Fitted) -> float:
    return np.inf if line.valid_rmse is None or np.isnan(line.valid_rmse) else line.valid_rmse


def _count(split: Split) -> Any:
    return np.bincount(split.full.indices, minlength=split.full.shape[1]).astype(np.float32)
