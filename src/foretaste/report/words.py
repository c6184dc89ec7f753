"""How a report says numbers, names and units."""

from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.digits import change, fixed
from foretaste.metrics.registry import METRICS

UNITS = {
    "rating": "rating points",
    "share": "share, 0 to 1",
    "ratio": "ratio, 0 is as in what people rated",
    "bits": "bits",
}
"""What units of the registry are called on an axis."""
BETTER = {"lower": "lower is better", "higher": "higher is better", "zero": "the nearer to 0 the better"}


def number(value: float | None, digits: int = 4) -> str:
    """Return a number as `fixed` does, or a dash."""
    return "-" if value is None else fixed(value, digits)


def signed(value: float | None, size: float | None = None) -> str:
    """Return a difference as `change` does, or a dash."""
    return "-" if value is None else change(value, size)


def percent(value: float | None) -> str:
    """Return a share in per cent, or a dash."""
    return "-" if value is None else f"{100 * value:.1f} %"


def span(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return the two ends of an interval, or a dash."""
    return "-" if low is None or high is None else f"{fixed(low, digits)} to {fixed(high, digits)}"


def change_span(low: float | None, high: float | None, size: float | None = None) -> str:
    """Return the two ends of an interval of a difference, or a dash."""
    return "-" if low is None or high is None else f"{change(low, size)} to {change(high, size)}"


def p_value(value: float | None) -> str:
    """Return a probability as it is usually printed."""
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def seconds(value: float | None) -> str:
    """Return a time with three digits at most."""
    return "-" if value is None else f"{value:.1f} s"


def megabytes(value: float | None) -> str:
    """Return a memory in MB."""
    return "-" if value is None else f"{value / 1e6:.0f} MB"


def title_of(metric: str) -> str:
    """Return what a metric is called."""
    return METRICS[metric].label if metric in METRICS else metric


def axis_of(metric: str) -> str:
    """Return a metric's name and unit, for an axis."""
    return f"{title_of(metric)} ({UNITS[METRICS[metric].unit]})" if metric in METRICS else metric


def unit_of(metric: str) -> str:
    """Return the unit of a difference in a metric, which has no ends of its own: a share from 0 to 1 differs by a share."""
    return UNITS[METRICS[metric].unit].partition(",")[0] if metric in METRICS else ""


def better_of(metric: str) -> str:
    """Return which way is better."""
    return BETTER[METRICS[metric].better] if metric in METRICS else ""


def lower_wins(metric: str) -> bool:
    """Return whether less is better."""
    return metric in METRICS and METRICS[metric].better == "lower"


def short(text: str, most: int) -> str:
    """Return a text of so many letters at most."""
    return text if len(text) <= most else f"{text[: max(most - 1, 1)].rstrip()}…"


def metric_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what a comparison is decided by: RMSE where any model predicts ratings, else NDCG@100."""
    return "rmse" if any(row.get("rmse") is not None for row in rows) else "ndcg@100"


def decided_by(report: Mapping[str, Any]) -> str:
    """Return the metric that the judged model is compared by: of its tests where they were made, else `metric_of` the rows."""
    return str(report.get("significance", {}).get("metric") or metric_of(report["models"]))


def difference_key(metric: str) -> str:
    """Return under which name rows hold the judged model's value minus theirs."""
    return "difference" if metric == "rmse" else f"{metric}_difference"


def size_of(row: Mapping[str, Any], metric: str) -> float | None:
    """Return how large the values are whose difference a row holds: its error; None of lists, which are shares."""
    return row.get("rmse") if metric == "rmse" else None


def things_of(report: Mapping[str, Any]) -> str:
    """Return the noun for what the data hold: ``click`` where all ratings are one or count as one, else ``rating``."""
    low, high = report["data"].get("scale") or (0, 1)
    clicks = low == high or (report.get("recipe") or {}).get("data", {}).get("task") == "ranking"
    return "click" if clicks else "rating"


def people(n: int) -> str:
    """Return ``1 person``, ``2,000 people``."""
    return "1 person" if n == 1 else f"{n:,} people"


def judged_of(report: Mapping[str, Any]) -> str | None:
    """Return the model that the verdict is about; None where there is none."""
    if "significance" in report:
        return str(report["significance"]["subject"])
    rows, metric = report["models"], metric_of(report["models"])
    key = difference_key(metric)
    able = [row for row in rows if row.get(metric) is not None]
    alone = [row["model"] for row in able if key not in row]
    return alone[0] if len(alone) == 1 else None


def foremost(report: Mapping[str, Any], most: int, among: Sequence[str], metric: str | None = None) -> list[str]:
    """Return the models to draw where there is room for few: the judged one, then the best.

    Args:
        report: With the rows of a comparison.
        most: How many at most.
        among: Those that there is something to draw of.
        metric: What they are best by; None means what the comparison is decided by.
    """
    rows = report["models"]
    metric = metric or metric_of(rows)
    able = [row for row in rows if row["model"] in among]
    sign = 1 if lower_wins(metric) else -1
    judged = judged_of(report)

    def place(row: Mapping[str, Any]) -> tuple[bool, bool, float]:
        value = row.get(metric)
        return row["model"] != judged, value is None, 0.0 if value is None else sign * value

    return [row["model"] for row in sorted(able, key=place)][:most]
