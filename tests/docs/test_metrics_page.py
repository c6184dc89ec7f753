"""The page of metrics says what the registry says: one line for each, in its order, and nothing else."""

import re
from pathlib import Path

import pytest

from foretaste.metrics import beyond
from foretaste.metrics.registry import METRICS, Metric

PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "metrics.md"
HEADS = {
    "ratings": "## Predicted ratings",
    "lists": "## Lists, person by person",
    "exposure": "## Lists of all people together",
}
BETTER = {"lower": "lower", "higher": "higher", "zero": "near 0"}


def line(metric: Metric) -> str:
    """Return the row of a metric as the page has it."""
    told = (metric.words, metric.formula, metric.over, metric.empty, BETTER[metric.better], metric.unit)
    cells = (f"`{metric.name}`", *told, metric.source, metric.checked)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"  # a bar would begin a cell


def section(kind: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(HEADS[kind]) :].partition("\n## ")[0]


@pytest.mark.parametrize("kind", HEADS)
def test_each_metric_has_its_line_in_the_order_of_tables(kind):
    rows = [row for row in section(kind).splitlines() if row.startswith("| `")]
    assert rows == [line(metric) for metric in METRICS.values() if metric.kind == kind]


def test_what_is_told_per_user_too_is_said():
    text = PAGE.read_text(encoding="utf-8")
    told = re.search(r"`NAME_per_user`\s+for (.*?):", text, flags=re.DOTALL)
    assert re.findall(r"`(\w+)`", told[1]) == [metric.name for metric in METRICS.values() if metric.per_user]


def test_what_intervals_of_exposure_hold_is_said_once():
    said = r"h[eo]ld the truth (\d+ to \d+) times in 100"
    assert re.search(said, beyond.__doc__)[1] == re.search(said, section("exposure"))[1] == "92 to 97"
