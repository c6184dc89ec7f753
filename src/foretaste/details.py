"""What stands behind the table of a comparison: how fits went, for whom models are good, what newcomers get, and more.

Everything here is made from models that are fitted and judged; nothing is chosen by it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foretaste.answers import Answers, answers_of, baselines, found_in_lists, join_answers
from foretaste.arrays import AnyArray, Csr, count_by_column
from foretaste.evaluation import Evaluation
from foretaste.fitting import Fitted
from foretaste.intervals import Ends, coverage_of, ends_of, join_ends
from foretaste.metrics.registry import CLICK_METRIC
from foretaste.newcomers import Steps, join_steps, newcomer_curves, newcomers_of, steps_of
from foretaste.slices import scatter_of, slice_answers
from foretaste.split.holdout import Split

Genres = Sequence[tuple[str, ...]] | None


def details_of(
    split: Split, fitted: Sequence[Fitted], results: Sequence[Evaluation], *, genres: Genres = None, seed: int = 0
) -> dict[str, Any]:
    """Return the parts of a report that follow from one split, as plain values by the name of the part.

    Args:
        split: Whose test part has been opened.
        fitted: Lines of the comparison.
        results: What each of them was measured to do.
        genres: Of each item; None where the data have none.
        seed: Of samples and of the bootstrap.

    Returns:
        ``curves`` of the fits that chose, ``slices``, ``scatter`` and ``calibration`` of the named model that was best on
        validation, and where people are new ``newcomers`` and ``newcomer_lists``, without those whom training knows; what would
        be empty is not there.
    """
    against = baselines(fitted)
    answers = answers_on(split, fitted, results, seed=seed)
    out = {
        "curves": curves_of(fitted),
        "slices": slice_answers(answers, new_people=split.new_people, genres=genres, against=against, seed=seed),
        **_best(split, fitted, answers, seed),
    }
    if split.new_people:
        out |= newcomers_of(fitted, split.newcomers, scale=split.scale, seed=seed)
    return {name: part for name, part in out.items() if part}


def answers_on(split: Split, fitted: Sequence[Fitted], results: Sequence[Evaluation], *, seed: int = 0) -> Answers:
    """Return what fitted models answered about the test part of a split, with what their lists found."""
    found = {line.label: found_in_lists(line, split.test, scale=split.scale, seed=seed) for line in fitted}
    by_label = {line.label: result for line, result in zip(fitted, results, strict=True)}
    return answers_of(split.test, by_label, count_by_column(learnt_from(split, fitted)), scale=split.scale, found=found)


def learnt_from(split: Split, fitted: Sequence[Fitted]) -> Csr:
    """Return the ratings that models were fitted on in the end."""
    return split.full if all(line.refitted for line in fitted) else split.train


class FoldAnswers:
    """What is kept of folds after their models are gone: all answers, so that details are of everything that was judged.

    Args:
        seed: Of samples and of the bootstrap.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.parts: list[tuple[Answers, AnyArray]] = []
        self.steps: list[Steps] = []
        self.ends: list[Ends] = []
        self.against: tuple[str | None, str | None] = (None, None)
        self.best: str | None = None
        self.new_people, self.scale = True, (np.inf, -np.inf)

    def keep(self, split: Split, fitted: Sequence[Fitted], results: Sequence[Evaluation]) -> None:
        """Take a fold that is judged; the model that was best on validation in the first is looked at closely in all."""
        answers = answers_on(split, fitted, results, seed=self.seed)
        if not self.parts and split.scale[0] < split.scale[1]:
            self.best = best_on_validation(fitted)
        self.parts.append((answers, split.test.user_ids))
        self.against, self.new_people = baselines(fitted), split.new_people
        self.scale = min(self.scale[0], split.scale[0]), max(self.scale[1], split.scale[1])
        if split.new_people:
            self.steps.append(steps_of(fitted, split.newcomers, scale=split.scale, seed=self.seed))
        calibration = next((line.calibration for line in fitted if line.label == self.best), None)
        if calibration is not None and self.best is not None:
            self.ends.append(ends_of(calibration, answers.cells, answers.predicted[self.best]))

    def details(self, genres: Genres = None) -> dict[str, Any]:
        """Return what all folds say together; somebody who is asked in five of them is one person."""
        if not self.parts:
            return {}
        joined, new_people = join_answers(self.parts), self.new_people
        told = slice_answers(joined, new_people=new_people, genres=genres, against=self.against, seed=self.seed)
        out: dict[str, Any] = {"slices": told} if told else {}
        if self.best is not None:
            predicted = joined.predicted[self.best]
            out["scatter"] = scatter_of(self.best, joined.cells.actual, predicted, scale=self.scale)
            if len(self.ends) == len(self.parts):
                out["calibration"] = coverage_of(
                    join_ends(self.ends), joined.cells, predicted, label=self.best, scale=self.scale,
                    new_people=new_people, seed=self.seed,
                )  # fmt: skip
        return out | (newcomer_curves(join_steps(self.steps), seed=self.seed) if self.steps else {})


def best_on_validation(fitted: Sequence[Fitted]) -> str | None:
    """Return the label of the model that predicted best on validation; None where none predicts ratings.

    What stands there as a baseline is looked at only where nothing else predicts: a report is about what was named.
    """
    named = [line for line in fitted if line.valid_rmse is not None and not line.gate]
    able = {line.label: line.valid_rmse for line in named or fitted if line.valid_rmse is not None}
    return min(able, key=lambda label: able[label]) if able else None


def curves_of(fitted: Sequence[Fitted]) -> list[dict[str, Any]]:
    """Return training loss and what was measured on validation by epoch, one dict a model with epochs; a blend has several."""
    return [
        {
            "model": f"{line.label}: {curve['part']}" if curve["part"] else line.label,
            "phase": "choose",
            "metric": "rmse" if line.model.task == "rating" else CLICK_METRIC,
            "epochs": curve["epochs"],
        }
        for line in fitted
        for curve in line.curves
        if len(curve["epochs"]) > 1
    ]


def _best(split: Split, fitted: Sequence[Fitted], answers: Answers, seed: int) -> dict[str, Any]:
    """Return scatter and calibration of the model that predicted best on validation."""
    label = best_on_validation(fitted)
    if label is None or split.scale[0] == split.scale[1]:
        return {}
    predicted, cells = answers.predicted[label], answers.cells
    out = {"scatter": scatter_of(label, cells.actual, predicted, scale=split.scale)}
    calibration = next(line.calibration for line in fitted if line.label == label)
    if calibration is not None:
        ends, new_people = ends_of(calibration, cells, predicted), split.new_people
        out["calibration"] = coverage_of(
            ends, cells, predicted, label=label, scale=split.scale, new_people=new_people, seed=seed
        )
    return out
