"""The noun Finding: one thing that is wrong with some data, how bad it is, what shows it and what to do."""

from dataclasses import asdict, dataclass
from math import floor
from typing import Any, Literal

from foretaste.doctor.rules import RULES

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first. An error: results from such data are wrong or there are none. A warning: they may mislead. A note: true, and
worth knowing."""
FEW = 0.001
"""Below one row in a thousand a fault is only noted: it cannot move a result that is printed with three digits."""
SHOWN = 3
"""Examples that a finding carries."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        code: Stable name, a key of `RULES`; for programs, and to look it up in the guide.
        severity: How bad it is.
        title: What is wrong, in one sentence.
        evidence: What shows it, in numbers.
        advice: What to do, in words.
        examples: Some of the rows, ids or titles that it is about.
        command: What to do as a line of the shell, or None where there is none.
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    advice: str
    examples: tuple[str, ...] = ()
    command: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"examples": list(self.examples)}


def found(
    code: str, evidence: str, advice: str, *, examples: tuple[str, ...] = (), command: str | None = None, minor: bool = False
) -> Finding:  # fmt: skip
    """Return a finding with the severity and title of its rule.

    Args:
        code: A key of `RULES`.
        evidence: What shows it, in numbers.
        advice: What to do.
        examples: The first `SHOWN` of them are kept.
        command: What to do as a line of the shell.
        minor: Whether it is so little that it is only a note.
    """
    rule = RULES[code]
    severity: Severity = "note" if minor else rule.severity
    if command is None and advice.endswith(":"):  # there is nothing to follow
        advice = f"{advice[:-1]}."
    return Finding(code, severity, rule.title, evidence, advice, examples[:SHOWN], command)


def share(part: int, whole: int) -> str:
    """Return ``12 of 900 (1.3 %)``."""
    return f"{part:,} of {whole:,} ({percent(part / max(whole, 1))})"


def percent(part: float) -> str:
    """Return a share in two digits without an exponent: ``1.3 %``; just below all it is ``99.9 %``, not ``100 %``.

    Args:
        part: 0 to 1, or more where it is no share of anything.
    """
    points = 100 * part
    if points >= 99.5:
        return f"{points:.0f} %" if part >= 1 else f"{floor(10 * points) / 10:g} %"
    shown = float(f"{points:.2g}")
    return "under 0.0001 %" if 0 < shown < 0.0001 else f"{shown:.5f}".rstrip("0").rstrip(".") + " %"
