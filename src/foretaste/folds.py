"""compare_folds(): the same models fitted anew on every fold, and one table, one verdict over all that was judged.

Errors are pooled, not averaged over folds: every hidden rating counts once, and the sum over folds of a person's errors is
what the bootstrap draws, so somebody who is asked in five folds is one person and not five. Of a fold only sums per person
and lists stay; its models are gone before those of the next are made. The mean over folds and its standard deviation stand
beside, because that is how others report.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.comparison import Comparison, Prepare, facts_of, judge_lines, table_row
from foretaste.entries import Entry, check_entries
from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation
from foretaste.fitting import Fitted, Reporter, fit_all
from foretaste.metrics.ratings import RatingErrors
from foretaste.split.holdout import Split
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.verdict import verdict

ADDED = ("test_hidden", "test_hidden_cold", "test_hidden_unseen", "test_seen")
"""Counts of a split that add up over folds; people do not, since somebody may be asked in several."""
SAME = ("seed", "valid", "folds", "items", "dropped")
"""Numbers of a split that are those of the first fold; of all others the mean is shown."""
SPREAD = ("rmse", "mae", "ndcg@100")
"""Metrics of which the mean over folds and its standard deviation are shown."""
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
        KeyboardInterrupt: Ctrl-C while settings were searched for the first fold.
    """
    check_entries(entries, seed, subject)
    pool = Pool(seed)
    with stop_on_interrupt() as request:
        for split in splits:
            check_entries(entries, seed, kind=split.kind)
            lines = entries if prepare is None else prepare(split, entries)
            halved = request.asked
            if halved:  # half of a search is no equal effort
                if not pool.folds:
                    raise KeyboardInterrupt
                break
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
        people: Of each the ids of its people, and how many ratings of each are hidden and how many are shown.
        results: Of each what its models were measured to do, without their predictions.
        scale: Lowest and highest rating of all.
        named: Places of the models that are no baselines.
        encoders: Places of the models that were an autoencoder in one of them; which of its members count may differ for a
            blend.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.folds: list[dict[str, Any]] = []
        self.people: list[tuple[AnyArray, AnyArray, AnyArray]] = []
        self.results: list[list[Evaluation]] = []
        self.scale = (np.inf, -np.inf)
        self.encoders: set[int] = set()
        self.named: list[int] = []

    def add(self, split: Split, fitted: Sequence[Fitted]) -> list[Evaluation]:
        """Open the test part of a fold, judge its models, and keep their sums; return what they were measured to do."""
        results = judge_lines(split, fitted, self.seed)
        rows = [table_row(line, result.points()) for line, result in zip(fitted, results, strict=True)]
        self.people.append((split.test.user_ids, *(np.diff(X.indptr) for X in (split.test.hidden, split.test.seen))))
        self.results.append([replace(result, predicted=None) for result in results])
        self.scale = min(self.scale[0], split.scale[0]), max(self.scale[1], split.scale[1])
        self.encoders |= {i for i, line in enumerate(fitted) if line.encoder}
        self.named = [i for i, line in enumerate(fitted) if not line.gate]
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
        ids = [people for people, *_ in self.people]
        results = [pool_evaluations(own, ids) for own in zip(*self.results, strict=True)]
        chosen_on = [fold["split"]["valid_hidden"] for fold in self.folds]
        table = [_row(result, rows, chosen_on) for result, rows in zip(results, lines, strict=True)]
        told = verdict(
            results, table, sorted(self.encoders), scale=self.scale, seed=self.seed, subject=subject, named=self.named
        )
        return Comparison(
            self._facts(), table, told.sentence, [], self.folds, interrupted, significance=told.significance
        )

    def _facts(self) -> dict[str, Any]:
        """Return the counts of all folds: sums of what is judged, means of what trains, and all people who are judged.

        Who is asked in one fold and shows something in others is asked; who shows nothing where he is asked, in one fold or in
        several, is unseen.
        """
        every = [fold["split"] for fold in self.folds]
        people, hidden, seen = (np.concatenate(parts) for parts in zip(*self.people, strict=True))
        asked = np.unique(people[hidden > 0])
        counts = {
            "test_users": len(asked),
            "test_users_unasked": len(np.setdiff1d(people[(hidden == 0) & (seen > 0)], asked)),
            "test_users_unseen": len(np.unique(people[(hidden > 0) & (seen == 0)])),
        }
        out = {name: value for name, value in every[0].items() if name not in {"fold", "pair"}}
        for name, value in out.items():
            if name in ADDED:
                out[name] = sum(facts[name] for facts in every)
            elif isinstance(value, int) and name not in SAME:
                out[name] = round(sum(facts[name] for facts in every) / len(every))
        return out | {"folds": len(every)} | {name: value for name, value in counts.items() if name in out}


def _in_fold(report: Reporter | None, split: Split, done: int) -> Reporter | None:
    """Return a reporter whose label says which fold it is."""
    if report is None:
        return None
    of = f" of {split.settings['folds']}" if "folds" in split.settings else ""
    return lambda label, progress: report(f"{label}, fold {done + 1}{of}", progress)


def pool_evaluations(results: Sequence[Evaluation], ids: Sequence[AnyArray]) -> Evaluation:
    """Return one model's evaluation over several folds: what adds up is added up person by person.

    Args:
        results: Of each fold.
        ids: Of each fold the ids of its people, (users,).

    Returns:
        One over all people, ascending by id. Quality of lists is a person's mean over the folds with a list; of what not all
        folds have, nothing stays.
    """
    everybody, place = np.unique(np.concatenate(ids), return_inverse=True)
    first, asked = results[0], [result.n_hidden for result in results]

    def total(values: Sequence[AnyArray]) -> AnyArray:
        return np.bincount(place, weights=np.concatenate(values), minlength=len(everybody))

    def totals(pairs: Sequence[tuple[AnyArray, AnyArray] | None]) -> tuple[AnyArray, AnyArray] | None:
        every = [pair for pair in pairs if pair is not None]
        return (total([top for top, _ in every]), total([n for _, n in every])) if len(every) == len(pairs) else None

    def mean(values: Sequence[AnyArray]) -> AnyArray:
        top, n = (total(half) for half in zip(*map(_added, values), strict=True))
        with np.errstate(invalid="ignore"):  # whoever likes nothing that was hidden has no list
            return top / n

    def head(values: Sequence[AnyArray | None]) -> AnyArray | None:
        every = [value for value in values if value is not None]
        return mean(every) if len(every) == len(values) else None

    members = [result.member for result in results if result.member is not None]
    return replace(
        first,
        errors=_pool_errors([result.errors for result in results], total),
        lists={name: mean([result.lists[name] for result in results]) for name in first.lists},
        raw_lists=mean([result.raw_lists for result in results]),
        reconstruction_rmse=_root_mean([result.reconstruction_rmse for result in results], asked),
        n_hidden=sum(asked),
        n_unpredicted=sum(result.n_unpredicted for result in results),
        warm=totals([result.warm for result in results]),
        member=total(members) if len(members) == len(results) else None,
        ranker=head([result.ranker for result in results]),
        rater=head([result.rater for result in results]),
        popularity=totals([result.popularity for result in results]),
        shown=tuple(part for result in results for part in result.shown),
    )


def _added(values: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return values (users,) and whether there are any, with 0 for none."""
    have = np.isfinite(values)
    return np.where(have, values, 0), have.astype(np.float64)


def _pool_errors(
    errors: Sequence[RatingErrors | None], total: Callable[[Sequence[AnyArray]], AnyArray]
) -> RatingErrors | None:
    """Return the errors over several folds, with the metrics that all of them have."""
    every = [one for one in errors if one is not None]
    if len(every) < len(errors):
        return None
    names = [name for name in every[0].more if all(name in one.more for one in every)]
    own = [
        total([getattr(one, name) for one in every]) for name in ("n", "squared", "absolute", "relative", "n_relative")
    ]
    more = {
        name: (total([one.more[name][0] for one in every]), total([one.more[name][1] for one in every]))
        for name in names
    }
    return RatingErrors(own[0], own[1], own[2], own[3], own[4], more)


def _row(result: Evaluation, rows: Sequence[dict[str, Any]], chosen_on: Sequence[int]) -> dict[str, Any]:
    """Return one model's line of the pooled table."""
    out = {"model": rows[0]["model"], "class": rows[0]["class"], **result.summary()}
    out["fit_s"] = round(sum(row["fit_s"] for row in rows), 3)
    out["peak_bytes"] = max(row["peak_bytes"] for row in rows)
    out["valid_rmse"] = _root_mean([row["valid_rmse"] for row in rows], chosen_on)
    out["valid_ndcg"] = _mean([row["valid_ndcg"] for row in rows])
    out["order_half"] = _mean([row["order_half"] for row in rows])
    chosen = rows[0]["settings"].items()  # what was searched in each fold may differ: what they share is told
    out["settings"] = {name: value for name, value in chosen if all(row["settings"].get(name) == value for row in rows)}
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
