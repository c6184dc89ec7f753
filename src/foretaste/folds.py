"""compare_folds(): the same models fitted anew on every fold, and one table, one verdict over all that was judged.

Errors are pooled, not averaged over folds: every hidden rating counts once, and the sum over folds of a person's errors is
what the bootstrap draws, so somebody who is asked in five folds is one person and not five. Of a fold only such sums stay;
its models are gone before those of the next are made. The mean over folds and its standard deviation stand beside, because
that is how others report.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.comparison import Comparison, Prepare, facts_of, judged, table_row
from foretaste.entries import Entry, check_entries
from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation
from foretaste.fitting import Fitted, Reporter, fit_all
from foretaste.metrics.ranking import LISTS
from foretaste.metrics.ratings import RatingErrors
from foretaste.models.two_heads import HEADS
from foretaste.split.holdout import Split
from foretaste.statistics import sum_by_person
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.verdict import verdict

ADDED = ("test_hidden", "test_hidden_cold")
"""Counts of a split that add up over folds."""
SAME = ("seed", "valid", "folds", "items", "dropped")
"""Numbers of a split that are those of the first fold; of all others the mean is shown."""
SPREAD = ("rmse", "mae", "ndcg@100")
"""Metrics of which the mean over folds and its standard deviation are shown."""
SUMS = 8 + 2 * (len(LISTS) + 1 + len(HEADS))
"""Numbers that are kept of a person and a model; see `_sums`."""


Observe = Callable[[Split, Sequence[Fitted], Sequence[Evaluation]], None]
"""Takes a fold, its fitted models and what they were measured to do."""


def compare_folds(
    splits: Iterable[Split],
    entries: Sequence[Entry],
    *,
    seed: int = 0,
    refit: bool = True,
    report: Reporter | None = None,
    subject: str | None = None,
    prepare: Prepare | None = None,
    observe: Observe | None = None,
) -> Comparison:
    """Do on every split what `compare` does on one, and judge all of them together.

    Args:
        splits: One after the other, as `split_folds` and `split_user_folds` make them, or the caller's own.
        entries: Models with settings; labels must differ.
        seed: Of models and of the bootstrap.
        refit: Whether the chosen model is fitted once more with the ratings of validation, in every fold.
        report: Progress; the label says which fold it is.
        subject: Label of the line that the verdict is about; see `comparison.judge`.
        prepare: Searches settings on the training and validation ratings of a fold before its models are fitted.
        observe: Takes each fold that is judged, while its models are there.

    Returns:
        The table of one split with everything pooled, and the numbers of each fold. After a Ctrl-C, the folds that were whole
        by then; in the first fold, what was fitted by then.

    Raises:
        ParamsError: As `compare`; or there is no split.
    """
    check_entries(entries, seed, subject)
    pool = Pool(seed)
    with stop_on_interrupt() as request:
        for split in splits:
            check_entries(entries, seed, kind=split.kind)
            lines = entries if prepare is None else prepare(split, entries)
            fitted = fit_all(split, lines, seed=seed, refit=refit, report=_in_fold(report, split, len(pool.folds)))
            if not request.asked or not pool.folds:  # a fold that lacks models cannot be added to the others
                results = pool.add(split, fitted)
                if observe is not None:
                    observe(split, fitted, results)
                del results
            del split, fitted  # before the next fold is made
            if request.asked:
                break
        return pool.comparison(subject, interrupted=request.asked)


class Pool:
    """What stays of the folds that are judged.

    Args:
        seed: Of the bootstrap.

    Attributes:
        folds: Of each its number, counts and rows without intervals.
        people: Ids of everybody who was judged in one of them, ascending.
        sums: Hidden ratings of each person over all folds, and what `_sums` says of them for one model after the other,
            (people, 1 + models x SUMS).
        scale: Lowest and highest rating of all.
        encoders: Places of the models that were an autoencoder in one of them; which of its members count may differ for a
            blend.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.folds: list[dict[str, Any]] = []
        self.people: AnyArray = np.empty(0)
        self.sums: AnyArray = np.empty((0, 0))
        self.scale = (np.inf, -np.inf)
        self.encoders: set[int] = set()

    def add(self, split: Split, fitted: Sequence[Fitted]) -> list[Evaluation]:
        """Open the test part of a fold, judge its models, and keep their sums; return what they were measured to do."""
        asked = np.diff(split.test.hidden.indptr)
        results = [judged(line, split, self.seed) for line in fitted]
        rows = [table_row(line, result.points()) for line, result in zip(fitted, results, strict=True)]
        people, sums = split.test.user_ids, np.hstack([asked[:, None], *map(_sums, results)])
        if self.folds:
            people, sums = np.concatenate([self.people, people]), np.concatenate([self.sums, sums])
        self.people, self.sums = np.unique(people), sum_by_person(sums, people)
        self.scale = min(self.scale[0], split.scale[0]), max(self.scale[1], split.scale[1])
        self.encoders |= {i for i, line in enumerate(fitted) if line.encoder}
        self.folds.append({"fold": len(self.folds) + 1, "split": facts_of(split, fitted), "models": rows})
        return results

    def comparison(self, subject: str | None = None, *, interrupted: bool = False) -> Comparison:
        """Return the table and the verdict over all folds.

        Raises:
            ParamsError: No fold was added.
        """
        if not self.folds:
            raise ParamsError("there is no fold to compare on")
        lines = list(zip(*(fold["models"] for fold in self.folds), strict=True))  # of each model its row in every fold
        blocks = np.split(self.sums[:, 1:], len(lines), axis=1)
        results = [_evaluation(sums, rows, self.seed) for sums, rows in zip(blocks, lines, strict=True)]
        chosen_on = [fold["split"]["valid_hidden"] for fold in self.folds]
        table = [_row(result, rows, chosen_on) for result, rows in zip(results, lines, strict=True)]
        sentence = verdict(results, table, sorted(self.encoders), scale=self.scale, seed=self.seed, subject=subject)
        return Comparison(self._facts(), table, sentence, [], self.folds, interrupted)

    def _facts(self) -> dict[str, Any]:
        """Return the counts of all folds: sums of what is judged, means of what trains, and all people who are judged."""
        every = [fold["split"] for fold in self.folds]
        out = {name: value for name, value in every[0].items() if name not in {"fold", "pair"}}
        for name, value in out.items():
            if name in ADDED:
                out[name] = sum(facts[name] for facts in every)
            elif isinstance(value, int) and name not in SAME:
                out[name] = round(sum(facts[name] for facts in every) / len(every))
        return out | {"folds": len(every), "test_users": int((self.sums[:, 0] > 0).sum())}


def _in_fold(report: Reporter | None, split: Split, done: int) -> Reporter | None:
    """Return a reporter whose label says which fold it is."""
    if report is None:
        return None
    of = f" of {split.settings['folds']}" if "folds" in split.settings else ""
    return lambda label, progress: report(f"{label}, fold {done + 1}{of}", progress)


def _sums(result: Evaluation) -> AnyArray:
    """Return everything about one model that adds up over the folds of a person, float64 (people, SUMS)."""
    none = np.zeros(len(result.raw_lists))
    e = result.errors
    columns = [none] * 5 if e is None else [e.n, e.squared, e.absolute, e.relative, e.n_relative]
    columns.extend((none, none) if result.warm is None else result.warm)
    columns.append(none if result.member is None else result.member)
    heads = [getattr(result, head) for head in HEADS]
    for values in (
        *result.lists.values(),
        result.raw_lists,
        *(none * np.nan if head is None else head for head in heads),
    ):
        have = np.isfinite(values)
        columns += [np.where(have, values, 0), have]
    return np.column_stack(columns).astype(np.float64)


def _evaluation(sums: AnyArray, rows: Sequence[dict[str, Any]], seed: int) -> Evaluation:
    """Return one model's evaluation over all folds from its sums per person and its row in each."""
    n, squared, absolute, relative, n_relative, warm, n_warm, member, *lists = sums.T
    with np.errstate(invalid="ignore"):  # whoever likes nothing that was hidden has no list
        quality = [top / bottom for top, bottom in zip(lists[::2], lists[1::2], strict=True)]
    rated = rows[0]["rmse"] is not None
    asked = [row["n_hidden"] for row in rows]
    return Evaluation(
        errors=RatingErrors(n, squared, absolute, relative, n_relative) if rated else None,
        lists=dict(zip(LISTS, quality, strict=False)),
        raw_lists=quality[len(LISTS)],
        reconstruction_rmse=_root_mean([row["reconstruction_rmse"] for row in rows], asked),
        n_hidden=sum(asked),
        n_unpredicted=sum(row["n_unpredicted"] for row in rows),
        seed=seed,
        warm=None if rows[0]["n_hidden_cold"] is None else (warm, n_warm),
        member=member if all(row.get("best_member") for row in rows) else None,
        **{
            head: values
            for head, values in zip(HEADS, quality[-len(HEADS) :], strict=True)
            if f"{head}_ndcg@100" in rows[0]
        },
    )


def _row(result: Evaluation, rows: Sequence[dict[str, Any]], chosen_on: Sequence[int]) -> dict[str, Any]:
    """Return one model's line of the pooled table."""
    out = {"model": rows[0]["model"], "class": rows[0]["class"], **result.summary()}
    out["fit_s"] = round(sum(row["fit_s"] for row in rows), 3)
    out["peak_bytes"] = max(row["peak_bytes"] for row in rows)
    out["valid_rmse"] = _root_mean([row["valid_rmse"] for row in rows], chosen_on)
    out["valid_ndcg"] = _mean([row["valid_ndcg"] for row in rows])
    out["order_half"] = _mean([row["order_half"] for row in rows])
    for metric in SPREAD:
        values = [row[metric] for row in rows]
        known = None not in values
        out[f"{metric}_fold_mean"] = float(np.mean(values)) if known else None
        out[f"{metric}_fold_sd"] = float(np.std(values, ddof=1)) if known and len(values) > 1 else None
    return out | _members(rows, chosen_on)


def _members(rows: Sequence[dict[str, Any]], chosen_on: Sequence[int]) -> dict[str, Any]:
    """Return what a blend is made of on average, and which members were best by themselves; nothing for any other model."""
    if "members" not in rows[0]:
        return {}
    members = [
        {
            "model": same[0]["model"],
            "weight": float(np.mean([part["weight"] for part in same])),
            "valid_rmse": _root_mean([part["valid_rmse"] for part in same], chosen_on),
            "valid_ndcg": _mean([part["valid_ndcg"] for part in same]),
        }
        for same in zip(*(row["members"] for row in rows), strict=True)
    ]
    best = dict.fromkeys(row["best_member"] for row in rows if row["best_member"] is not None)
    return {"members": members, "best_member": " or ".join(best) or None}


def _mean(values: Sequence[float | None]) -> float | None:
    return None if None in values else float(np.mean(np.array(values, float)))


def _root_mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    """Return the RMSE over all folds from that of each and its number of ratings."""
    if any(value is None for value in values):
        return None
    return float(np.sqrt(np.average(np.square(np.array(values, float)), weights=weights)))
