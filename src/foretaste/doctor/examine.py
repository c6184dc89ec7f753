"""All checks in order, and what they found: the diagnosis."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from foretaste.doctor.case import Case
from foretaste.doctor.copies import copied_people, filled_value
from foretaste.doctor.division import division, drawn, split_facts
from foretaste.doctor.files import files
from foretaste.doctor.finding import SEVERITIES, Finding, Severity
from foretaste.doctor.forecast import Cost, costs, too_large
from foretaste.doctor.ids import alike_ids, transposed
from foretaste.doctor.people import constant_people, rates_everything, single_ratings
from foretaste.doctor.repeats import repeats
from foretaste.doctor.rules import RULES
from foretaste.doctor.saved import saved
from foretaste.doctor.shape import facts, popularity, too_small
from foretaste.doctor.times import bulk_people, times
from foretaste.doctor.titles import catalog_ids, mojibake, titles
from foretaste.doctor.turned import reversed_people
from foretaste.doctor.values import all_equal, bad_rows, sentinels, two_scales, zeros

Check = Callable[[Case], Iterator[Finding]]
EACH_FILE: tuple[Check, ...] = (
    bad_rows,
    repeats,
    all_equal,
    zeros,
    sentinels,
    two_scales,
    filled_value,
    alike_ids,
    transposed,
)
"""Checks that the test file gets too."""
CHECKS: tuple[Check, ...] = (
    *EACH_FILE, catalog_ids, titles, mojibake, times, bulk_people, constant_people, copied_people, reversed_people,
    rates_everything, single_ratings, popularity, too_small, files, saved, division, drawn,
)  # fmt: skip
"""Every check, which finds nothing in clean data and what its family is about in others."""

_APART = {
    "transposed", "test-is-train", "shared-ratings", "id-drift", "shifted-ids", "foreign-ids", "known-people", "scales-differ",
    "one-file-rated",
}  # fmt: skip
"""Data of which this is told cannot be divided, or their parts say nothing: neither need be told as well."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Args:
        findings: Errors first, then warnings, then notes; each in the order of `RULES`.
        facts: Sizes, scale and shape of the data.
        split: Counts of the split, or None where the data cannot be divided.
        costs: What the usual models would take, one after the other.
    """

    findings: tuple[Finding, ...]
    facts: dict[str, Any]
    split: dict[str, Any] | None = None
    costs: tuple[Cost, ...] = field(default=())

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(one.severity == severity for one in self.findings)

    def fails(self, limit: str) -> bool:
        """Return whether there is a finding as bad as `limit`, ``"error"`` or ``"warning"``, or worse."""
        worst = SEVERITIES[: SEVERITIES.index(limit) + 1] if limit in SEVERITIES[:2] else ()
        return any(one.severity in worst for one in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "counts": {f"{severity}s": self.count(severity) for severity in SEVERITIES},
            "findings": [one.to_dict() for one in self.findings],
            "facts": self.facts,
            "split": self.split,
            "models": [cost.to_dict() for cost in self.costs],
        }


def examine(case: Case, *, forecast: bool = True) -> Diagnosis:
    """Look at some data from every side.

    Args:
        case: From `open_case`, or made of ratings in memory.
        forecast: Whether to say what the usual models would take, for which the models themselves are loaded.

    Returns:
        The diagnosis. A million ratings take a few seconds; nothing is fitted.
    """
    found = [] if case.test is None else [one for check in EACH_FILE for one in check(case.test)]
    for check in CHECKS:
        if check is not division or not any(one.code in _APART for one in found):
            found += check(case)
    taken = costs(case) if forecast else ()
    found += too_large(case, taken)
    order = list(RULES)
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), order.index(one.code)))
    return Diagnosis(tuple(found), facts(case), split_facts(case), taken)
