"""The same effort for every line of a comparison: each model that has something to choose is searched with as many trials.

The search sees the training and validation ratings of the very split on which the models are judged later, and never its test
part; over folds it is made anew in each.
"""

from collections.abc import Sequence
from dataclasses import replace

import foretaste
from foretaste.entries import Entry
from foretaste.models import model_class
from foretaste.split import Split
from foretaste.tuning.driver import Report, search_parts
from foretaste.tuning.goal import Errors, Goal, Lists
from foretaste.tuning.parts import Part
from foretaste.tuning.search import Search


def tuned_entries(
    split: Split, entries: Sequence[Entry], *, trials: int, seed: int = 0, report: Report | None = None
) -> tuple[Entry, ...]:
    """Return the entries with the best settings on validation, in the order given.

    Models that predict ratings are chosen by RMSE, models that rank by NDCG@100 of hidden likes. Those without a search space
    (mean, popularity, blends; EASE, whose penalty chooses itself) stay as they are, and so do rankers where nobody in
    validation likes anything hidden.

    Args:
        split: The test part is not touched.
        entries: Checked; settings that they have are fixed.
        trials: Settings to try of each model, the defaults among them.
        seed: Of models and sampler.
        report: Progress.

    Raises:
        ParamsError: `trials` is below 1.
    """
    search, part = Search(trials=trials), Part(split.train, split.valid)
    about = {"data": {"fingerprint": ""}, "split": {}, "repeats": 1, "seed": seed, "version": foretaste.__version__}
    found = list(entries)
    goals: tuple[tuple[str, Goal], ...] = (("rating", Errors()), ("ranking", Lists(split.scale)))
    for task, goal in goals:
        able = [i for i, entry in enumerate(entries) if _searched(entry, task)]
        if not able or not goal.asked(part.valid).any():
            continue
        lines, interrupted = search_parts(
            [entries[i] for i in able], [part], goal, about, search, seed=seed, report=report
        )
        for i, line in zip(able, lines, strict=False):
            found[i] = replace(entries[i], settings=line.settings())
        if interrupted:
            break
    return tuple(found)


def _searched(entry: Entry, task: str) -> bool:
    kind = model_class(entry.model)
    return kind.task == task and any(name not in entry.settings for name in kind.space)
