"""What is said below the tables of a comparison: the noise floor, newcomers, intervals, seeds; each where it was measured."""

from collections.abc import Mapping
from typing import Any

from foretaste.digits import fixed
from foretaste.metrics.registry import METRICS

STEPS = (0, 5, 20)
"""Ratings shown of which a newcomer's sentence tells."""


def remarks(report: Mapping[str, Any]) -> list[str]:
    """Return the sentences for those parts of a report that are there."""
    makers = (_floor, _seeds, _newcomers, _calibration)
    return [words for make in makers if (words := make(report))]


def _floor(report: Mapping[str, Any]) -> str:
    """Say what difference the split can tell from noise, and which of the models are that far away."""
    found = report.get("significance")
    if not found or found.get("floor") is None:
        return ""
    label = METRICS[found["metric"]].label if found["metric"] in METRICS else found["metric"]
    text = f"Noise floor: differences in {label} under {fixed(found['floor'])} mean nothing on this split."
    tested = [test for test in found["tests"] if test.get("p_holm") is not None]
    within = [test["model"] for test in tested if test["p_holm"] > 0.05]
    if tested and not within:
        return f"{text} Every model differs from {found['subject']} by more than noise (p < 0.05, Holm)."
    if within:
        text += f" Not told apart from {found['subject']}: {', '.join(within)} (p > 0.05, Holm)."
    return text


def _seeds(report: Mapping[str, Any]) -> str:
    """Say what moves the judged model more: its seed, or the choice of people."""
    found = report.get("seeds")
    name = _subject(report, found)
    if found is None or name is None:
        return ""
    one = found["models"][name]
    if one.get("sd_seeds") is None or one.get("se_users") is None:
        return ""
    seeds, people = f"{fixed(one['sd_seeds'])} (sd)", f"{fixed(one['se_users'])} (se)"
    return f"Over {len(found['seeds'])} seeds {name} moves by {seeds}, over people by {people}."


def _newcomers(report: Mapping[str, Any]) -> str:
    """Say how good the judged model is for somebody new."""
    found = report.get("newcomers")
    name = _subject(report, found)
    if found is None or name is None:
        return ""
    points = dict(zip(found["given"], found["models"][name], strict=True))
    told = [(step, points[step]["value"]) for step in STEPS if step in points and points[step].get("value") is not None]
    if not told:
        return ""
    words = [f"{fixed(value, 3)} {'before any rating' if step == 0 else f'after {step}'}" for step, value in told]
    label = METRICS[found["metric"]].label if found["metric"] in METRICS else found["metric"]
    sentence = found.get("sentences", {}).get(name, "")
    return f"A newcomer's {label} with {name}: {', '.join(words)}. {sentence}".rstrip()


def _calibration(report: Mapping[str, Any]) -> str:
    """Say whether the intervals of predicted ratings hold what they promise."""
    found = report.get("calibration")
    if not found or not found.get("levels"):
        return ""
    words = [f"those of {100 * one['level']:g} % hold {100 * one['coverage']:.1f} %" for one in found["levels"]]
    return f"Of {found['model']}'s intervals, {', '.join(words)} of the hidden ratings."


def _subject(report: Mapping[str, Any], found: Mapping[str, Any] | None) -> str | None:
    """Return the judged model where a part tells of it, else the first that it tells of; None where it tells of none."""
    names = list(found["models"]) if found else []
    subject = report.get("significance", {}).get("subject")
    return subject if subject in names else next(iter(names), None)
