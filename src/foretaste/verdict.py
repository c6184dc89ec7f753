"""The sentence under a comparison: does the model win, tie or lose, and is that more than noise?

The judged model is compared with every other one, so one of so many differences may seem real by luck alone. A win or a loss is
therefore decided by Holm's corrected p; the interval beside it is that of the one difference. Where the two part, it is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.digits import change, fixed
from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation, mean_change, rmse_change
from foretaste.metrics.registry import CLICK_METRIC, LIST_METRIC
from foretaste.significance import SURE, Standing, holm, noise_floor, pairs

FEWEST_PEOPLE = 10
"""People with hidden ratings below which a bootstrap over users says nothing."""

ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class Verdict:
    """Who wins, and what that rests on.

    Args:
        sentence: In words.
        significance: The metric that decides, the judged model as ``subject``, the ``floor`` of the split and the ``tests`` of
            the judged model against each other one; None where there is nothing to compare.
    """

    sentence: str
    significance: dict[str, Any] | None = None


def rmse_difference(first: Evaluation, second: Evaluation, *, seed: int = 0) -> tuple[float, float, float]:
    """Return RMSE of the first minus the second on the same ratings, with its paired 95 % interval over users."""
    if first.errors is None or second.errors is None:
        raise ParamsError("a ranking model has no RMSE to compare")
    return rmse_change(first.errors.squared, second.errors.squared, first.errors.n, seed=seed)


def verdict(
    results: Sequence[Evaluation],
    rows: Sequence[dict[str, Any]],
    encoders: Sequence[int],
    *,
    scale: tuple[float, float],
    seed: int = 0,
    subject: str | None = None,
    chosen: str | None = None,
    named: Sequence[int] | None = None,
) -> Verdict:
    """Say in one sentence who wins, by how much, and whether that is more than noise.

    Args:
        results: One evaluation a model.
        rows: Their lines of the table, each with ``model``, ``valid_rmse`` and ``valid_ndcg``; the judged model's paired
            differences are added to the others' as ``difference``, ``difference_low`` and ``difference_high``, where lists
            decide as ``ndcg@100_difference`` and so on, with the test's ``p`` and, corrected for all of them, ``p_holm``.
        encoders: Places of the autoencoders that are no baselines.
        scale: Lowest and highest rating.
        seed: Of the bootstrap.
        subject: The ``model`` the sentence is about. None means, of those that are `named`, the autoencoder that was best on
            validation, against the best of all but the other autoencoders among them; or the best of them on validation where
            there is no autoencoder.
        chosen: The ``model`` that stands for the autoencoders where there is no subject; against all others if it is none.
        named: Places of the models that are no baselines; None, or none, means all.
    """
    named = named or range(len(rows))
    if subject is not None and all(row["model"] != subject for row in rows):
        return Verdict(f"{subject} was not fitted, so nothing is said about it.")
    metric, able = _judged_by(results, rows, scale, subject, named)
    if not able:
        return Verdict("Nobody likes anything that is hidden, so there is no list to judge.")
    asked = _place(rows, subject, able)
    judged = _place(rows, chosen, able) if asked is None else asked
    if judged is None:
        ours = [i for i in named if i in able]
        judged = max([i for i in ours if i in encoders] or ours or able, key=lambda i: _on_validation(rows[i], metric))
    found = significance(results, rows, metric, rows[judged]["model"], seed)
    if found is None:
        value = rows[judged][metric]
        return Verdict(
            f"{rows[judged]['model']} has {metric.upper()} {value:.4f}; there is nothing to compare it with."
        )
    key = "difference" if metric == "rmse" else f"{metric}_difference"
    for test in found["tests"]:
        row = next(row for row in rows if row["model"] == test["model"])
        row.update({f"{key}{end}": test[name] for end, name in zip(ENDS, ("difference", "low", "high"), strict=True)})
        row |= {"p": test["p"], "p_holm": test["p_holm"]}
    apart = encoders if asked is None and judged in encoders else ()
    rivals = [i for i in able if i != judged and i not in apart]
    if not rivals:
        value = rows[judged][metric]
        return Verdict(
            f"{rows[judged]['model']} has {metric.upper()} {value:.4f}; there is nothing to compare it with.", found
        )
    best = min if metric == "rmse" else max
    rival = rows[best(rivals, key=lambda i: rows[i][metric])]
    test = next(test for test in found["tests"] if test["model"] == rival["model"])
    rest = "the best of the others" if len(rivals) == len(able) - 1 else "the best apart from the other autoencoders"
    words = _sentence(metric, rows[judged], (rival, rest), test, _asked(results[judged], metric), len(found["tests"]))
    return Verdict(words, found)


def significance(
    results: Sequence[Evaluation], rows: Sequence[Mapping[str, Any]], metric: str, subject: str, seed: int = 0
) -> dict[str, Any] | None:
    """Compare one model with each other that has a metric, on the same people.

    Args:
        results: One evaluation a model.
        rows: Their lines of the table, for ``model`` and which of them have the metric.
        metric: ``rmse``, or the name of a metric of lists.
        subject: The ``model`` that is compared.
        seed: Of the bootstrap.

    Returns:
        ``metric``, ``subject``, ``floor`` (see `noise_floor`; None of fewer than ten people) and ``tests``: of each other model
        its name, the subject's value minus its own as ``difference`` with ``low`` and ``high``, and ``p`` by itself and
        corrected for all of them. None where there is no other.
    """
    able = {
        row["model"]: _standing(result, metric)
        for result, row in zip(results, rows, strict=True)
        if row[metric] is not None
    }
    others = [label for label in able if label != subject]
    if not others:
        return None
    found = pairs([(able[subject], able[label]) for label in others], seed=seed)
    corrected = holm([pair.p for pair in found])
    tests = [
        {
            "model": label, "difference": pair.difference, "low": _plain(pair.low), "high": _plain(pair.high),
            "p": _plain(pair.p), "p_holm": _plain(p),
        }
        for label, pair, p in zip(others, found, corrected, strict=True)
    ]  # fmt: skip
    enough = (able[subject].share > 0).sum() >= FEWEST_PEOPLE
    floor = noise_floor(list(able.values()), seed=seed) if enough else None
    return {"metric": metric, "subject": subject, "floor": floor, "tests": tests}


def _standing(result: Evaluation, metric: str) -> Standing:
    if metric == "rmse" and result.errors is not None:
        return Standing.of(result.errors.squared, result.errors.n, root=True)
    values = result.lists[metric]
    have = np.isfinite(values)
    return Standing.of(np.where(have, values, 0), have.astype(np.float64))


def _judged_by(
    results: Sequence[Evaluation],
    rows: Sequence[dict[str, Any]],
    scale: tuple[float, float],
    subject: str | None,
    named: Sequence[int],
) -> tuple[str, list[int]]:
    """Return the metric that decides, and the places of the models that have it.

    Where all ratings are equal there is nothing to predict about them, and a list is all there is; where the sentence is about
    a model that ranks, or all that it may be about do, lists decide too: by what the table shows of them.
    """
    rated = [i for i, result in enumerate(results) if result.errors is not None]
    metric = CLICK_METRIC if scale[0] == scale[1] or not rated else LIST_METRIC
    asked = _place(rows, subject, range(len(rows)))
    if metric == LIST_METRIC and not set(rated).isdisjoint(named if asked is None else (asked,)):
        return "rmse", rated
    return metric, [i for i, row in enumerate(rows) if row[metric] is not None]


def _place(rows: Sequence[dict[str, Any]], label: str | None, able: Sequence[int]) -> int | None:
    return next((i for i in able if rows[i]["model"] == label), None)


def _asked(result: Evaluation, metric: str) -> int:
    """Return how many people there are whose errors, or whose lists, are compared."""
    if metric == "rmse" and result.errors is not None:
        return int((result.errors.n > 0).sum())
    return int(np.isfinite(result.lists[metric]).sum())


def list_difference(first: Evaluation, second: Evaluation, metric: str, *, seed: int = 0) -> tuple[float, float, float]:
    """Return a list metric of the first minus the second, with its paired 95 % interval over users."""
    return mean_change(first.lists[metric], second.lists[metric], seed=seed)


def _sentence(
    metric: str,
    judged: Mapping[str, Any],
    against: tuple[Mapping[str, Any], str],
    test: Mapping[str, Any],
    people: int,
    comparisons: int,
) -> str:
    """Say who wins, and whether that is more than noise: of an error less is better, of a list more."""
    rival, rest = against
    name, other = judged["model"], rival["model"]
    value = test["difference"] + 0.0  # no minus before a zero
    size = judged[metric] if metric == "rmse" else None
    span = f"{metric.upper()} {fixed(judged[metric])} against {fixed(rival[metric])}, difference {change(value, size)}"
    if people < FEWEST_PEOPLE:
        one = f"{people} person was" if people == 1 else f"{people} people were"
        return f"{name} against {other}: {span}; only {one} asked, too few to say who wins."
    span += f", 95 % {change(test['low'], size)} to {change(test['high'], size)}"
    if test["p"] > SURE:
        return f"{name} ties with {other}, {rest}: {span}, which is within the noise."
    if test["p_holm"] > SURE:
        words = f"of {comparisons} comparisons one may look like this by luck (Holm's p {test['p_holm']:.2f})"
        return f"{name} ties with {other}, {rest}: {span}, which is within the noise: {words}."
    if (value < 0) == (metric == "rmse"):
        return f"{name} wins against {other}, {rest}: {span}."
    return f"{name} loses to {other}: {span}."


def blend_sentence(row: Mapping[str, Any]) -> str:
    """Say what a blend is made of, and what it gains over the member that was best by itself on validation.

    Args:
        row: Its line of the table, with ``members``.
    """
    parts = sorted(row["members"], key=lambda part: -part["weight"])
    made = " + ".join(f"{part['weight']:.2f} {part['model']}" for part in parts)
    text = f"{row['model']} is {made}."
    if row.get("member_difference_low") is None:
        return text
    value, low, high = (f"{row[f'member_difference{end}'] + 0.0:+.4f}" for end in ("", "_low", "_high"))
    against = f"RMSE minus that of {row['best_member']}, its best member on validation"
    return f"{text} {against}: {value}, 95 % {low} to {high}, paired over users."


def pair_sentence(row: Mapping[str, Any]) -> str:
    """Say how a pair's lists compare with those of each head by itself, from its line of the table."""
    words = []
    for head, what in (("ranker", "its ranker's"), ("rater", "its rating model's")):
        alone = row.get(f"{head}_ndcg@100")
        if alone is not None and row.get(f"{head}_difference_low") is not None:
            value, low, high = (f"{row[f'{head}_difference{end}'] + 0.0:+.4f}" for end in ENDS)
            words.append(f"{what} alone {alone:.4f} (difference {value}, 95 % {low} to {high})")
    if not words:
        return ""
    return f"{row['model']} lists with NDCG@100 {row['ndcg@100']:.4f}; {', '.join(words)}. Its stars are the rating model's."


def _on_validation(row: dict[str, Any], metric: str) -> float:
    """Return how good a model was on validation, higher is better; the least where that was not measured."""
    value, sign = (row["valid_rmse"], -1.0) if metric == "rmse" else (row["valid_ndcg"], 1.0)
    return -np.inf if value is None or np.isnan(value) else sign * float(value)


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
