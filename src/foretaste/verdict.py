"""The sentence under a comparison: does the model win, tie or lose, and is that more than noise?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation, mean_change, rmse_change
from foretaste.metrics.registry import CLICK_METRIC, LIST_METRIC

FEWEST_PEOPLE = 10
"""People with hidden ratings below which a bootstrap over users says nothing."""


ENDS = ("", "_low", "_high")


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
) -> str:
    """Say in one sentence who wins, by how much, and whether that is more than noise.

    Args:
        results: One evaluation a model.
        rows: Their lines of the table, each with ``model``, ``valid_rmse`` and ``valid_ndcg``; the judged model's paired
            differences are added to the others' as ``difference``, ``difference_low`` and ``difference_high``, where lists
            decide as ``ndcg@100_difference`` and so on.
        encoders: Places of the autoencoders.
        scale: Lowest and highest rating.
        seed: Of the bootstrap.
        subject: The ``model`` the sentence is about; None means the autoencoder that was best on validation, against the best
            of all that are none, or the best on validation where there is no autoencoder.
        chosen: The ``model`` that stands for the autoencoders where there is no subject; against all others if it is none.
    """
    metric, able = _judged_by(results, rows, scale, subject)
    if not able:
        return "Nobody likes anything that is hidden, so there is no list to judge."
    named = _place(rows, subject, able)
    judged = _place(rows, chosen, able) if named is None else named
    if judged is None:
        judged = max([i for i in encoders if i in able] or able, key=lambda i: _on_validation(rows[i], metric))
    apart = encoders if named is None and judged in encoders else ()
    key = "difference" if metric == "rmse" else f"{metric}_difference"
    for i in able:
        if i != judged:
            change = _difference(results[judged], results[i], metric, seed)
            rows[i].update({f"{key}{end}": value for end, value in zip(ENDS, change, strict=True)})
    rivals = [i for i in able if i != judged and i not in apart]
    if not rivals:
        value = rows[judged][metric]
        return f"{rows[judged]['model']} has {metric.upper()} {value:.4f}; there is nothing to compare it with."
    best = min if metric == "rmse" else max
    rival = best(rivals, key=lambda i: rows[i][metric])
    return _sentence(
        metric, rows[judged], rows[rival], [rows[rival][f"{key}{end}"] for end in ENDS], _asked(results[judged], metric)
    )


def _judged_by(
    results: Sequence[Evaluation], rows: Sequence[dict[str, Any]], scale: tuple[float, float], subject: str | None
) -> tuple[str, list[int]]:
    """Return the metric that decides, and the places of the models that have it.

    Where all ratings are equal there is nothing to predict about them, and a list is all there is; where the sentence is about
    a model that ranks, or all of them do, lists decide too.
    """
    rated = [i for i, result in enumerate(results) if result.errors is not None]
    metric = CLICK_METRIC if scale[0] == scale[1] else LIST_METRIC
    if metric == LIST_METRIC and rated and _place(rows, subject, range(len(rows))) in {None, *rated}:
        return "rmse", rated
    return metric, [i for i, row in enumerate(rows) if row[metric] is not None]


def _place(rows: Sequence[dict[str, Any]], label: str | None, able: Sequence[int]) -> int | None:
    return next((i for i in able if rows[i]["model"] == label), None)


def _difference(first: Evaluation, second: Evaluation, metric: str, seed: int) -> tuple[float, float, float]:
    if metric == "rmse":
        return rmse_difference(first, second, seed=seed)
    return list_difference(first, second, metric, seed=seed)


def _asked(result: Evaluation, metric: str) -> int:
    """Return how many people there are whose errors, or whose lists, are compared."""
    if metric == "rmse" and result.errors is not None:
        return int((result.errors.n > 0).sum())
    return int(np.isfinite(result.lists[metric]).sum())


def list_difference(first: Evaluation, second: Evaluation, metric: str, *, seed: int = 0) -> tuple[float, float, float]:
    """Return a list metric of the first minus the second, with its paired 95 % interval over users."""
    return mean_change(first.lists[metric], second.lists[metric], seed=seed)


def _sentence(
    metric: str, judged: dict[str, Any], rival: dict[str, Any], difference: Sequence[float], people: int
) -> str:
    """Say who wins, and whether that is more than noise: of an error less is better, of a list more."""
    name, other = judged["model"], rival["model"]
    value, low, high = (end + 0.0 for end in difference)  # no minus before a zero
    span = f"{metric.upper()} {judged[metric]:.4f} against {rival[metric]:.4f}, difference {value:+.4f}"
    if people < FEWEST_PEOPLE:
        one = f"{people} person was" if people == 1 else f"{people} people were"
        return f"{name} against {other}: {span}; only {one} asked, too few to say who wins."
    span += f", 95 % {low:+.4f} to {high:+.4f}"
    if low <= 0 <= high:
        return f"{name} ties with {other}, the best of the others: {span}, which is within the noise."
    if (high < 0) == (metric == "rmse"):
        return f"{name} wins against {other}, the best of the others: {span}."
    return f"{name} loses to {other}: {span}."


def blend_sentence(row: Mapping[str, Any]) -> str:
    """Say what a blend is made of, and what it gains over the member that was best by itself on validation.

    Args:
        row: Its line of the table, with ``members``.
    """
    parts = sorted(row["members"], key=lambda part: -part["weight"])
    made = " + ".join(f"{part['weight']:.2f} {part['model']}" for part in parts)
    text = f"{row['model']} is {made}."
    if row.get("member_difference") is None:
        return text
    value, low, high = (f"{row[f'member_difference{end}'] + 0.0:+.4f}" for end in ("", "_low", "_high"))
    against = f"RMSE minus that of {row['best_member']}, its best member on validation"
    return f"{text} {against}: {value}, 95 % {low} to {high}, paired over users."


def pair_sentence(row: Mapping[str, Any]) -> str:
    """Say how a pair's lists compare with those of each head by itself, from its line of the table."""
    words = []
    for head, what in (("ranker", "its ranker's"), ("rater", "its rating model's")):
        alone = row.get(f"{head}_ndcg@100")
        if alone is not None and row.get(f"{head}_difference") is not None:
            value, low, high = (f"{row[f'{head}_difference{end}'] + 0.0:+.4f}" for end in ENDS)
            words.append(f"{what} alone {alone:.4f} (difference {value}, 95 % {low} to {high})")
    if not words:
        return ""
    return f"{row['model']} lists with NDCG@100 {row['ndcg@100']:.4f}; {', '.join(words)}. Its stars are the rating model's."


def _on_validation(row: dict[str, Any], metric: str) -> float:
    """Return how good a model was on validation, higher is better; the least where that was not measured."""
    value, sign = (row["valid_rmse"], -1.0) if metric == "rmse" else (row["valid_ndcg"], 1.0)
    return -np.inf if value is None or np.isnan(value) else sign * float(value)
