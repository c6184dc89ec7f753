"""The corridor as one function: a file and a recipe go in, a comparison and a bundle come out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foretaste.bundle import Bundle
from foretaste.comparison import Comparison, Decide, Prepare, fit_and_judge
from foretaste.data.describe import dates, step
from foretaste.data.matrix import user_item_matrix
from foretaste.details import FoldAnswers, details_of
from foretaste.entries import check_entries
from foretaste.errors import ParamsError
from foretaste.fitting import Reporter
from foretaste.folds import compare_folds
from foretaste.lineup import check_task
from foretaste.plan import make_plan
from foretaste.protocols import protocol_facts
from foretaste.provenance import machine, versions
from foretaste.recipe import LEFT_OUT, Recipe, SplitParams
from foretaste.seeds import compare_seeds
from foretaste.source import Source
from foretaste.split import (
    Split,
    split_folds,
    split_given,
    split_leave_last_out,
    split_leave_one_out,
    split_new_users,
    split_new_users_time,
    split_official_folds,
    split_random,
    split_time,
    split_user_folds,
)
from foretaste.summary import summary_of
from foretaste.training.interrupt import stop_on_interrupt


@dataclass(frozen=True, eq=False)
class Experiment:
    """What came out.

    Args:
        recipe: What was asked for.
        source: The data.
        split: The matrices; None where there were folds, which are gone.
        comparison: The table and the verdict.
    """

    recipe: Recipe
    source: Source
    split: Split | None
    comparison: Comparison

    def report(self) -> dict[str, Any]:
        """Return everything that a report shows, as plain values."""
        log = self.source.ratings.log
        logs = [log] if self.source.test is None else [log, self.source.test.log]
        return {
            "title": self.recipe.title,
            "data": {
                **self.source.describe(),
                "scale": list(self.source.scale),
                "bad_rows": sum(log.rows_bad for log in logs),
                "duplicates": sum(log.duplicates for log in logs),
                "steps": list(log.steps),
            },
            **self.comparison.to_json(),
            "references": references(self.recipe, self.comparison.rows),
            "recipe": self.recipe.to_dict(),
            "made": {
                "seed": self.recipe.seed,
                "fingerprint": self.source.ratings.fingerprint(),
                "versions": versions(),
                "machine": machine(),
            },
            **({"protocol": protocol_facts(self.recipe)} if self.recipe.protocol else {}),
        }

    def bundle(self, label: str | None = None) -> Bundle:
        """Return one fitted model with its provenance and test results; the last of the recipe by default.

        Raises:
            ParamsError: There were folds: their models are gone.
        """
        if not self.comparison.fitted:
            raise ParamsError(
                "a comparison over folds keeps no model to bundle", hint="run it once more on one split: folds = 0"
            )
        labels = [line.label for line in self.comparison.fitted]
        chosen = labels.index(label) if label is not None else len(labels) - 1
        line, row = self.comparison.fitted[chosen], self.comparison.rows[chosen]
        if line.model.known_rows:  # whoever is asked about from the file comes with the ratings of the test part
            line.model.recognise(user_item_matrix(self.source.ratings, self.source.catalog))
        about = {
            "label": line.label,
            "data": {
                "fingerprint": self.source.ratings.fingerprint(),
                "dates": dates(self.source.ratings),
                "step": None if self.source.rated else step(self.source.ratings),
                **self.source.describe(),
            },
            "split": self.comparison.split,
            "test": row,
            "verdict": self.comparison.verdict,
            "recipe": self.recipe.to_dict(),
            "stopped": line.stopped,
            **summary_of(self.comparison.rows, self.comparison.details, line.label),
        }
        source = self.source
        return Bundle(
            line.model, source.catalog, line.order, source.rated or source.scale, about, source.like, line.calibration
        )


def divide(source: Source, recipe: Recipe) -> Split:
    """Divide the data once, as the recipe says.

    Raises:
        ParamsError: Files that do not belong to the kind of split, or the recipe asks for folds.
        DataError: The data cannot be divided so.
    """
    params = recipe.split
    _check_files(source, params)
    if params.n_folds:
        raise ParamsError(
            f"the split is in {params.n_folds} folds, expected one",
            hint="foretaste compare judges over folds; without them: --split random or --split new-users",
        )
    data, test, valid, seed = (source.ratings, source.catalog), params.test, params.valid_share, params.seed
    if source.test is not None:
        return split_given(source.ratings, source.test, source.catalog, seen=source.seen, valid=valid, seed=seed)
    if params.kind == "random":
        return split_random(*data, test=test, valid=valid, seed=seed)
    if params.kind == "time":
        return split_time(*data, test=test, valid=valid)
    if params.kind in LEFT_OUT:
        leave_out = split_leave_last_out if params.kind == "leave-last-out" else split_leave_one_out
        return leave_out(*data, seed=seed)
    newcomers = split_new_users if params.kind == "new-users" else split_new_users_time
    return newcomers(*data, test=test, valid=valid, rule=params.rule, seed=seed)


def divide_folds(source: Source, recipe: Recipe) -> Iterator[Split]:
    """Divide the data into the recipe's folds, one after the other.

    Raises:
        ParamsError: Files that do not belong to the kind of split.
        DataError: The data are too few for so many folds.
    """
    params = recipe.split
    _check_files(source, params)
    folds, valid, seed = params.n_folds, params.valid_share, params.seed
    if source.pairs:
        return split_official_folds(source.pairs, source.catalog, valid=valid, seed=seed)
    if params.new_people:
        rule = params.rule
        return split_user_folds(source.ratings, source.catalog, folds=folds, valid=valid, rule=rule, seed=seed)
    return split_folds(source.ratings, source.catalog, folds=folds, valid=valid, seed=seed)


def _check_files(source: Source, params: SplitParams) -> None:
    if (params.kind == "official-folds") != bool(source.pairs):
        raise ParamsError(
            f"the split is {params.kind} {'with' if source.pairs else 'without'} pairs of train and test files",
            hint="use --split official-folds together with a folder of such pairs",
        )
    if (params.kind == "given") != (source.test is not None):
        raise ParamsError(
            f"the split is {params.kind} {'without' if source.test is None else 'with'} a test file",
            hint="use --split given together with --train FILE --test FILE",
        )


def run(
    recipe: Recipe,
    source: Source,
    *,
    report: Reporter | None = None,
    checkpoint: str | Path | None = None,
    decide: Decide | None = None,
    prepare: Prepare | None = None,
    details: bool = False,
) -> Experiment:
    """Divide, fit every model of the recipe, judge them once; or do so in every fold, and judge all folds together.

    Args:
        recipe: With at least one model.
        source: From `load`.
        report: Progress.
        checkpoint: Beginning of the names of files in which gradient-trained models keep their state after each epoch; not
            for folds.
        decide: Names the line that the verdict is about, from what was measured on validation; not for folds.
        prepare: Searches settings on a split before its models are fitted, such as `tuning.tuned_entries`; in every fold anew.
        details: Whether to look behind the table too: slices, newcomers, curves; see `details.details_of`.

    Raises:
        ForetasteError: As its parts do; settings and memory are checked before anything is fitted.
        KeyboardInterrupt: Ctrl-C while settings were searched.
    """
    with stop_on_interrupt() as request:  # around all of it: what is fitted is not lost to a Ctrl-C a moment late
        kind = recipe.split.kind if source.seen is None else "given-new-users"
        check_entries(recipe.models, recipe.seed, recipe.subject, kind=kind)
        check_task(recipe)
        checkpoint = None if checkpoint is None else Path(checkpoint)
        if recipe.split.n_folds:
            if checkpoint is not None:
                raise ParamsError("a comparison over folds keeps no checkpoints", hint="leave checkpoint out")
            return _run_folds(recipe, source, report, prepare, details=details)
        split = divide(source, recipe)
        keep = checkpoint is not None
        make_plan(split, recipe.models, seed=recipe.seed, refit=recipe.refit, checkpoint=keep).check()
        entries = recipe.models if prepare is None else prepare(split, recipe.models)
        if request.asked:  # half of a search is no equal effort, and nothing is fitted yet
            raise KeyboardInterrupt
        comparison = fit_and_judge(
            split, entries, seed=recipe.seed, refit=recipe.refit, report=report, checkpoint=checkpoint,
            subject=recipe.subject, decide=decide,
        )  # fmt: skip
        if details and comparison.fitted and not comparison.interrupted:
            behind = details_of(
                split, comparison.fitted, comparison.results, genres=source.catalog.genres, seed=recipe.seed
            )
            comparison = replace(comparison, details=comparison.details | behind)
        if recipe.seeds > 1 and not comparison.interrupted:
            again = compare_seeds(
                split, entries, comparison, seeds=recipe.seeds, seed=recipe.seed, refit=recipe.refit, report=report
            )
            comparison = replace(comparison, details=comparison.details | {"seeds": again})
        return Experiment(recipe, source, split, comparison)


def _run_folds(
    recipe: Recipe, source: Source, report: Reporter | None, prepare: Prepare | None, *, details: bool
) -> Experiment:
    answers = FoldAnswers(recipe.seed)

    def checked() -> Iterator[Split]:
        for split in divide_folds(source, recipe):
            make_plan(split, recipe.models, seed=recipe.seed, refit=recipe.refit).check()
            yield split

    comparison = compare_folds(
        checked(), recipe.models, seed=recipe.seed, refit=recipe.refit, report=report, subject=recipe.subject,
        prepare=prepare, observe=answers.keep if details else None,
    )  # fmt: skip
    if not comparison.interrupted:
        comparison = replace(comparison, details=comparison.details | answers.details(source.catalog.genres))
    return Experiment(recipe, source, None, comparison)


def references(recipe: Recipe, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the recipe's foreign numbers, each beside ours."""
    out = []
    for reference in recipe.references:
        label, _, metric = reference.beside.rpartition(".")
        ours = next((row.get(metric) for row in rows if row["model"] == label), None)
        ours = float(ours) if isinstance(ours, (int, float)) else None
        if reference.square and ours is not None:
            ours **= 2
        out.append(
            {
                "label": reference.label, "metric": reference.metric, "value": reference.value,
                "ours": ours, "ours_is": f"{metric}{' squared' * reference.square} of {label}",
                "note": " ".join(filter(None, (reference.apart(recipe.split), reference.note))),
            }
        )  # fmt: skip
    return out
