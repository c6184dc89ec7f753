"""A comparison for other programs and other people: one line a model as CSV, and a Markdown table for a pull request."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.cli.remarks import remarks
from foretaste.cli.tables import number, signed
from foretaste.data.ratings import counted
from foretaste.digits import change, fixed
from foretaste.metrics.registry import METRICS
from foretaste.report.words import decided_by, difference_key, metric_of, people, size_of, things_of

ENDS = ("", "_low", "_high")
FIRST = ("model", "class")
LAST = (
    "difference_metric", "difference", "difference_low", "difference_high", "p", "p_holm", "rmse_warm", "reconstruction_rmse",
    "n_hidden", "n_hidden_cold", "n_unpredicted", "fit_s", "peak_bytes",
)  # fmt: skip
COLUMNS = (*FIRST, *(f"{name}{end}" for name in METRICS for end in ENDS), *LAST)
"""Columns of the CSV file: always all of them in this order, empty where nothing was measured."""
SHOWN = {"rmse": ("rmse", "mae", "ndcg@20"), "ndcg@100": ("ndcg@100", "recall@20", "ndcg@20")}
"""Columns of the Markdown table, by what a comparison is decided by; the first has its interval."""
SPECIAL = re.compile(r"([\\`*_<>|\[\]~#])")
"""What Markdown would read as more than a letter."""


def as_csv(report: Mapping[str, Any]) -> str:
    """Return a comparison as CSV, one line a model, the columns always the same."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    decides, tests = decided_by(report), _tests(report)
    for row in report["models"]:
        found = tests.get(row["model"], {})
        line = {name: row.get(name) for name in COLUMNS if row.get(name) is not None}
        line |= {f"difference{end}": value for end in ENDS if (value := _difference(row, end, decides)) is not None}
        line |= {name: found[name] for name in ("p", "p_holm") if found.get(name) is not None}
        if line.get("difference") is not None:
            line["difference_metric"] = decides
        writer.writerow(line)
    return out.getvalue()


def as_markdown(report: Mapping[str, Any]) -> str:
    """Return a comparison as Markdown: the verdict, a table with intervals and differences, and what is said below it."""
    columns, data, split = _columns(report), report["data"], report["split"]
    heads = [head for head, _ in columns]
    lines = [f"**{_plain(report['verdict'])}**", "", _row(heads), _row([":--", *["--:"] * (len(heads) - 1)])]
    lines += [_row(cells) for cells in zip(*(cells for _, cells in columns), strict=True)]
    thing = things_of(report)
    counts = ", ".join(counted(data[f"{noun}s"], noun) for noun in ("user", "item"))
    counts += f", {counted(data['ratings'], thing)}"
    asked = f"{split['test_hidden']:,} of {people(split['test_users'])} hidden"
    told = [f"{data['source']}: {counts}; {asked}. 95 % by bootstrap over users.", *remarks(report)]
    lines += [line for words in told for line in ("", _plain(words))]
    return "\n".join(lines) + "\n"


def _columns(report: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the columns of the Markdown table: name, and a cell a model."""
    rows, decides, tests = report["models"], decided_by(report), _tests(report)
    first, *others = SHOWN[metric_of(rows)]
    out = [("model", [_plain(str(row["model"])) for row in rows])]
    out.append((METRICS[first].label, [number(row.get(first), 4) for row in rows]))
    out.append(("95 %", [_span(row.get(f"{first}_low"), row.get(f"{first}_high")) for row in rows]))
    if any(_difference(row, "", decides) is not None for row in rows):
        name = "difference" if decides == first else f"difference in {METRICS[decides].label}"
        out.append((name, [signed(_difference(row, "", decides), size_of(row, decides)) for row in rows]))
        out.append(("95 %", [_change_span(row, decides) for row in rows]))
    if tests:
        out.append(("p (Holm)", [_p(tests.get(row["model"], {}).get("p_holm")) for row in rows]))
    out += [(METRICS[name].label, [number(row.get(name), 4) for row in rows]) for name in others]
    if any(row.get("fit_s") is not None for row in rows):
        out.append(("fit", ["" if row.get("fit_s") is None else f"{row['fit_s']:.1f} s" for row in rows]))
    return out


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _tests(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the paired tests by model; none where they were not made."""
    return {test["model"]: test for test in report.get("significance", {}).get("tests", ())}


def _difference(row: Mapping[str, Any], end: str, metric: str) -> float | None:
    """Return the judged model minus this one, or an end of its interval, of what decides."""
    value = row.get(f"{difference_key(metric)}{end}")
    return None if value is None else float(value)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{fixed(low)} to {fixed(high)}"


def _change_span(row: Mapping[str, Any], metric: str) -> str:
    low, high = (_difference(row, end, metric) for end in ENDS[1:])
    size = size_of(row, metric)
    return "" if low is None or high is None else f"{change(low, size)} to {change(high, size)}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return words of the data as Markdown prints them as they are, in one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
