"""What the usual models would take on some data: memory from their own forecasts, time from what fits took elsewhere."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from foretaste.choice import with_candidates
from foretaste.doctor.case import Case
from foretaste.doctor.finding import Finding, found
from foretaste.doctor.pace import seconds
from foretaste.errors import ForetasteError
from foretaste.memory import total_memory
from foretaste.plan import make_plan
from foretaste.recipe import Recipe


@dataclass(frozen=True)
class Cost:
    """What one fit would take.

    Args:
        model: Its line.
        memory_bytes: What the fit holds at its highest, the ratings among it.
        about_s: Seconds, about (see `pace`); None for a model of which no pace is known.
    """

    model: str
    memory_bytes: int
    about_s: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def costs(case: Case) -> tuple[Cost, ...]:
    """Forecast every model that `train` would try on such data by itself, on the training part of the split."""
    split = case.division
    if isinstance(split, ForetasteError):
        return ()
    entries = with_candidates(Recipe(), case.ratings).models
    plan = make_plan(split, entries)
    return tuple(
        Cost(line.label, round(line.forecast.total), seconds(entry, split.full))
        for entry, line in zip(entries, plan.lines, strict=True)
    )


def too_large(case: Case, taken: tuple[Cost, ...]) -> Iterator[Finding]:
    """Tell of models that would be refused for their memory."""
    have = total_memory()
    large = [cost for cost in taken if cost.memory_bytes > have]
    if large:
        yield found(
            "too-large", f"{len(large)} of {len(taken)} models need more than the {have / 1e9:,.1f} GB of this machine.",
            "Keep fewer items or people, or train another model.",
            examples=tuple(f"{cost.model}: {cost.memory_bytes / 1e9:,.1f} GB" for cost in large),
            command=f"foretaste train {case.said} --min-item-ratings 20 --out BUNDLE",
        )  # fmt: skip
