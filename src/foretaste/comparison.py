"""compare(): many models on one split, each chosen on validation, all judged on the same hidden ratings, once."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from foretaste.entries import Entry, check_entries
from foretaste.evaluation import Evaluation, bias_predictions, evaluate
from foretaste.fitting import Fitted, Reporter, fit_all
from foretaste.metrics.beyond import Popularity
from foretaste.models.blend import best_part
from foretaste.split.holdout import Split
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.verdict import verdict


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
        results: What each model of `rows` was measured to do, person by person.
        details: What stands behind the table, by part of a report; see `details.details_of`.
        significance: What the verdict rests on, see `verdict.Verdict`; None where there is nothing to compare.
    """

    split: dict[str, Any]
    rows: list[dict[str, Any]]
    verdict: str
    fitted: list[Fitted]
    folds: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False
    results: list[Evaluation] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    significance: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what ``compare --json`` writes."""
        out = {"split": self.split, "models": self.rows, "verdict": self.verdict, **self.details}
        if self.significance is not None:
            out["significance"] = self.significance
        return out | {"folds": self.folds} if self.folds else out


Prepare = Callable[[Split, Sequence[Entry]], Sequence[Entry]]
"""Takes a split and the entries before anything is fitted, and returns those to fit, such as with settings that were found."""
Decide = Callable[[Sequence[Fitted], Split], str]
"""Takes the fitted lines before any is judged, and returns the label of the one to take."""


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


def judge(
    split: Split, fitted: Sequence[Fitted], *, seed: int = 0, subject: str | None = None, chosen: str | None = None
) -> Comparison:
    """Open the test part and evaluate models that are fitted.

    Args:
        split: The parts.
        fitted: From `fit_entry`.
        seed: Of the bootstrap.
        subject: Label of the line that the verdict is about; None means one of those that are no baselines; see `verdict`.
        chosen: Label of the line that stands for the autoencoders where there is no subject; see `verdict`.
    """
    results = judge_lines(split, fitted, seed)
    rows = [table_row(line, result.summary()) for line, result in zip(fitted, results, strict=True)]
    encoders = [i for i, line in enumerate(fitted) if line.encoder]
    named = [i for i, line in enumerate(fitted) if not line.gate]
    told = verdict(results, rows, encoders, scale=split.scale, seed=seed, subject=subject, chosen=chosen, named=named)
    return Comparison(
        facts_of(split, fitted),
        rows,
        told.sentence,
        list(fitted),
        interrupted=any(line.stopped == "interrupted" for line in fitted),
        results=results,
        significance=told.significance,
    )


def judge_lines(split: Split, fitted: Sequence[Fitted], seed: int = 0) -> list[Evaluation]:
    """Evaluate lines on the test part, a blend beside its best member, and all of them against one bias model."""
    learnt = split.full if all(line.refitted for line in fitted) else split.train
    beside: dict[str, Any] = {
        "bias": bias_predictions([line.model for line in fitted], learnt, split.test),
        "popularity": Popularity.of(learnt),
    }
    return [
        evaluate(
            line.model, split.test, scale=split.scale, order=line.order, seed=seed, member=line.best_member, **beside
        )
        for line in fitted
    ]


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
        "settings": asdict(line.model.params),
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
