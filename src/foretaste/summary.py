"""What a bundle says of how good its model is: the comparison's table and the slices, cut to what is asked of one model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TOLD = ("rmse", "mae", "ndcg@20", "ndcg@100", "recall@20", "coverage@20", "novelty@20")
"""Metrics of each model that are told, each with its interval."""
DIGITS = 5
"""Decimals that are kept: more is noise, and a manifest is read whole."""
FIGURES = ("value", "low", "high", "difference", "difference_low", "difference_high")


def summary_of(rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return what a comparison says that concerns one of its models, as plain values.

    Args:
        rows: Of `Comparison`.
        details: Of `Comparison`.
        label: Of the model.

    Returns:
        ``comparison``, the table with few metrics; ``slices``, errors and lists of this model and of the one that it is
        measured against there; ``calibration``, what its intervals hold by level. What was not computed is not there.
    """
    out: dict[str, Any] = {"comparison": [_row(row) for row in rows]}
    slices = [_slice(part, label) for part in details.get("slices", ()) if label in part["bins"][0]["models"]]
    if slices:
        out["slices"] = slices
    calibration = details.get("calibration")
    if calibration is not None and calibration["model"] == label:
        names = ("level", "n", "coverage", "low", "high", "width")
        out["calibration"] = [_kept(level, names) for level in calibration["levels"]]
    return out


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"{name}{end}" for name in TOLD for end in ("", "_low", "_high")]
    return _kept(row, ["model", "class", *names, "difference", "difference_low", "difference_high", "p_holm", "fit_s"])


def _slice(part: Mapping[str, Any], label: str) -> dict[str, Any]:
    bins = [
        {
            "label": one["label"], "n": one["n"], "people": one["people"], **_kept(one["models"][label], FIGURES),
            "against": one["models"].get(part["against"], {}).get("value"),
        }
        for one in part["bins"]
    ]  # fmt: skip
    return {**_kept(part, ("by", "title", "metric", "against")), "bins": [_kept(one, one) for one in bins]}


def _kept(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return some of the values, numbers rounded; None, and what is not there, is left out."""
    found = {name: values.get(name) for name in names}
    return {
        name: round(one, DIGITS) if isinstance(one, float) else one for name, one in found.items() if one is not None
    }
