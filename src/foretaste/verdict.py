"""The sentence under a comparison: does the model win, tie or lose, and is that more than noise?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foretaste.errors import ParamsError
from foretaste.evaluation import LIST_METRIC, Evaluation, rmse_change
from foretaste.statistics import bootstrap_sums, interval

FEWEST_PEOPLE = 10
"""People with hidden ratings below which a bootstrap over users says nothing."""


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
        rows: Their lines of the table, each with ``model`` and ``valid_rmse``; the judged model's paired differences are
            added to the others' as ``difference``, ``difference_low`` and ``difference_high``.
        encoders: Places of the autoencoders.
        scale: Lowest and highest rating.
        seed: Of the bootstrap.
        subject: The ``model`` the sentence is about; None means the autoencoder that was best on validation, against the best
            of all that are none, or the best on validation where there is no autoencoder.
        chosen: The ``model`` that stands for the autoencoders where there is no subject; against all others if it is none.
    """
    rated = [i for i, result in enumerate(results) if result.errors is not None]
    named = next((i for i, row in enumerate(rows) if row["model"] == subject), None)
    if named is not None and named not in rated:
        return _list_verdict(named, results, rows, seed)
    if not rated:
        return "No model here predicts ratings, so there is no RMSE to judge."
    among = [i for i in encoders if i in rated] or rated
    taken = next((i for i in rated if rows[i]["model"] == chosen), None)
    judged = (
        named
        if named is not None
        else taken
        if taken is not None
        else min(among, key=lambda i: _on_validation(rows[i]))
    )
    apart = encoders if named is None and judged in encoders else ()
    for i in rated:
        if i != judged:
            value, low, high = rmse_difference(results[judged], results[i], seed=seed)
            rows[i].update({"difference": value, "difference_low": low, "difference_high": high})
    if scale[0] == scale[1]:
        return f"All ratings are {scale[0]:g}: there is nothing to predict about them. Judge the lists, by NDCG@20."
    rivals = [i for i in rated if i != judged and i not in apart]
    if not rivals:
        return f"{rows[judged]['model']} has RMSE {rows[judged]['rmse']:.4f}; there is nothing to compare it with."
    rival = min(rivals, key=lambda i: rows[i]["rmse"])
    people = int((results[judged].errors.n > 0).sum())  # type: ignore[union-attr]
    difference = tuple(rows[rival][f"difference{end}"] for end in ("", "_low", "_high"))
    return _sentence("RMSE", rows[judged], rows[rival], difference, people)


def _list_verdict(judged: int, results: Sequence[Evaluation], rows: Sequence[dict[str, Any]], seed: int) -> str:
    """Judge a model that predicts no ratings by its lists, against the best list of the others."""
    rivals = [i for i in range(len(rows)) if i != judged and rows[i][LIST_METRIC] is not None]
    if not rivals or rows[judged][LIST_METRIC] is None:
        return f"{rows[judged]['model']} predicts no ratings, and there is no list to compare its lists with."
    rival = max(rivals, key=lambda i: rows[i][LIST_METRIC])
    change = results[rival].lists - results[judged].lists  # turned round: below 0 is a win, as with errors
    change = change[np.isfinite(change)]
    low, high = interval(bootstrap_sums(change[:, None], seed=seed)[:, 0] / len(change))
    return _sentence("NDCG@20", rows[judged], rows[rival], (float(change.mean()), low, high), len(change))


def _sentence(
    metric: str, judged: dict[str, Any], rival: dict[str, Any], difference: tuple[float, ...], people: int
) -> str:
    """Say who wins; a difference below 0 is in favour of the judged model."""
    name, other, key = judged["model"], rival["model"], metric.lower()
    value, low, high = difference if metric == "RMSE" else (-difference[0], -difference[2], -difference[1])
    value, low, high = value + 0.0, low + 0.0, high + 0.0  # no minus before a zero
    span = f"{metric} {judged[key]:.4f} against {rival[key]:.4f}, difference {value:+.4f}"
    if people < FEWEST_PEOPLE:
        one = f"{people} person was" if people == 1 else f"{people} people were"
        return f"{name} against {other}: {span}; only {one} asked, too few to say who wins."
    span += f", 95 % {low:+.4f} to {high:+.4f}"
    if difference[2] < 0:
        return f"{name} wins against {other}, the best of the others: {span}."
    if difference[1] > 0:
        return f"{name} loses to {other}: {span}."
    return f"{name} ties with {other}, the best of the others: {span}, which is within the noise."


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


def _on_validation(row: dict[str, Any]) -> float:
    value = row["valid_rmse"]
    return np.inf if value is None or np.isnan(value) else float(value)
