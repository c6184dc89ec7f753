"""The judged model against every other: paired differences, and which of them are more than noise."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from foretaste.digits import fixed
from foretaste.report.drawing import figure
from foretaste.report.parts import Section, Table
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import (
    change_span,
    decided_by,
    difference_key,
    judged_of,
    lower_wins,
    p_value,
    signed,
    size_of,
    title_of,
    unit_of,
)

ALPHA = 0.05
"""A corrected p below this is more than noise."""


def differences_section(report: Mapping[str, Any]) -> Section | None:
    """Return the differences with their corrected p and the noise floor as a band; nothing where there is nobody to compare."""
    tests, floor = paired_of(report), floor_of(report)
    subject = judged_of(report)
    if not tests or subject is None:
        return None
    metric = decided_by(report)
    sizes = {row["model"]: size_of(row, metric) for row in report["models"]}
    tests = [test | {"size": sizes.get(test["model"])} for test in tests]
    rows = [Row(str(t["model"]), t["difference"], t.get("low"), t.get("high"), _words(t), strong=False) for t in tests]
    panel = Panel(
        f"{title_of(metric)} of {subject} minus this model's ({unit_of(metric)})", rows,
        band=None if floor is None else (-floor, floor), line=0.0,
    )  # fmt: skip
    side = "left" if lower_wins(metric) else "right"
    lead = f"Every model against {subject} on the same people. {side.capitalize()} of the line {subject} is better."
    notes = ["Intervals are 95 %, paired over people: what two models get wrong together does not count."]
    if floor is not None:
        notes.insert(
            0, f"The grey band is the noise of this split: differences under {fixed(floor)} mean nothing here."
        )
    if any(t.get("p_holm") is not None for t in tests):
        notes.append(
            "p is corrected for the number of comparisons (Holm): below 0.05 a difference is more than noise. "
            "p says nothing about how large it is."
        )
    label = f"Difference of {title_of(metric)} between {subject} and every other model, with intervals"
    chart = figure(label, partial(rows_chart, [panel]))
    return Section("differences", "Who is better than whom", lead, (chart,), (_table(tests, metric),), notes)


def paired_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the paired differences, of the tests where they were made, else of the rows; the largest gain first."""
    metric = decided_by(report)
    if "significance" in report:
        tests = [dict(test) for test in report["significance"]["tests"] if test.get("difference") is not None]
    else:
        key = difference_key(metric)
        tests = [
            {
                "model": row["model"],
                "difference": row[key],
                "low": row.get(f"{key}_low"),
                "high": row.get(f"{key}_high"),
            }
            for row in report["models"]
            if row.get(key) is not None
        ]
    return sorted(tests, key=lambda test: test["difference"], reverse=lower_wins(metric))


def floor_of(report: Mapping[str, Any]) -> float | None:
    """Return the smallest difference that the split can tell from noise; None where it was not measured."""
    floor = report.get("significance", {}).get("floor")
    return None if floor is None else float(floor)


def _words(test: Mapping[str, Any]) -> str:
    p = test.get("p_holm")
    if p is None:
        return signed(test["difference"], test["size"])
    return f"{signed(test['difference'])}  p {p_value(p) if p < 0.001 else f'= {p_value(p)}'}"


def _table(tests: Sequence[Mapping[str, Any]], metric: str) -> Table:
    known = any(test.get("p_holm") is not None for test in tests)
    head = ("model", "difference", "95 %", *(("p", "p, Holm", "") if known else ()))
    rows = [
        (
            str(t["model"]), signed(t["difference"], t["size"]), change_span(t.get("low"), t.get("high"), t["size"]),
            *((p_value(t.get("p")), p_value(t.get("p_holm")), _meaning(t)) if known else ()),
        )
        for t in tests
    ]  # fmt: skip
    return Table(head, rows, f"The differences of {title_of(metric)} in numbers")


def _meaning(test: Mapping[str, Any]) -> str:
    p = test.get("p_holm")
    return "" if p is None else "more than noise" if p < ALPHA else "within the noise"
