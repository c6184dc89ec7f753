"""What a comparison would take, before any of it is done: each model's memory by part, and whether it fits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from foretaste.arrays import BLOCK_BYTES
from foretaste.entries import Entry
from foretaste.memory import Forecast, free_memory, total_memory, used_memory
from foretaste.models.base import Recommender
from foretaste.models.lending import wanted
from foretaste.split.holdout import Split

LIBRARIES = 550e6
"""Bytes that torch and numba take once they are loaded and the kernels are compiled."""
JUDGING = 4 * BLOCK_BYTES
"""Bytes that judging takes: a block of scores, its order, its lists."""


@dataclass(frozen=True)
class Line:
    """A model that would be fitted.

    Args:
        label: What the line is called.
        model: Unfitted.
        forecast: The fit that takes most: on the training part, or again with validation, beside the first one.
        shape: Users x items of that fit.
        parameters: Numbers that are learnt.
        batches: Batches an epoch on the training part; None for a model without batches, or one that decides how many.
    """

    label: str
    model: Recommender[Any]
    forecast: Forecast
    shape: tuple[int, int]
    parameters: int
    batches: int | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that would be fitted, and the machine it would be fitted on.

    Args:
        split: Counts of the split.
        lines: In the order of fitting; models stay until all are judged.
        held_bytes: What this process holds already: the data, read and divided.
        total_bytes: What this process may have.
        free_bytes: What it may still take without pushing others out.
    """

    split: dict[str, Any]
    lines: tuple[Line, ...]
    held_bytes: int
    total_bytes: int
    free_bytes: int

    @property
    def peak_bytes(self) -> float:
        """What the process would hold at its highest."""
        kept = sum(4.0 * line.parameters for line in self.lines)
        return self.held_bytes + LIBRARIES + max(kept + JUDGING, *(line.forecast.new for line in self.lines))

    def check(self) -> None:
        """Refuse a plan of which a line does not fit.

        Raises:
            ResourceError: With the forecast of the first such line.
        """
        for line in self.lines:
            line.model.check_fits(line.forecast, line.shape)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        lines = [
            {
                "model": line.label,
                "class": line.model.name,
                "parameters": line.parameters,
                "batches": line.batches,
                "forecast_bytes": {part: round(size) for part, size in asdict(line.forecast).items()},
                "total_bytes": round(line.forecast.total),
            }
            for line in self.lines
        ]
        machine = {"total_bytes": self.total_bytes, "free_bytes": self.free_bytes}
        return {
            "split": self.split,
            "models": lines,
            "held_bytes": self.held_bytes,
            "peak_bytes": round(self.peak_bytes),
            "machine": machine,
        }


def make_plan(
    split: Split, entries: Sequence[Entry], *, seed: int = 0, refit: bool = True, checkpoint: bool = False
) -> Plan:
    """Forecast every fit of a comparison without making any of it.

    Args:
        split: The parts.
        entries: Models with settings, checked.
        seed: Of models whose settings name none.
        refit: Whether the chosen model is fitted once more, with the ratings of validation.
        checkpoint: Whether models that can go on keep their state after each epoch.
    """
    lines: list[Line] = []
    models, held = [entry.build(seed) for entry in entries], 0.0
    for entry, model, again in zip(entries, models, wanted(models), strict=True):
        lines.append(_line(model, entry.label, split, held, refit=refit, checkpoint=checkpoint))
        held += 4.0 * lines[-1].parameters * (1 + (again and refit))  # for a blend below, the first fit stays too
    return Plan(split.describe(), tuple(lines), used_memory(), total_memory(), free_memory())


def _line(
    model: Recommender[Any], label: str | None, split: Split, earlier: float, *, refit: bool, checkpoint: bool
) -> Line:
    choice = model.forecast(split.train, measured=True, checkpoint=checkpoint)
    fits = [(choice, split.train.shape)]
    if refit:  # the first fit stays until the second is whole, where there is anything between
        again = model.forecast(split.full, measured=False, checkpoint=checkpoint)
        fits.append((replace(again, kept=again.kept + choice.parameters * (not model.at_once)), split.full.shape))
    most, shape = max(fits, key=lambda fit: fit[0].total)
    return Line(
        label=label or model.name,
        model=model,
        forecast=replace(most, kept=most.kept + earlier),
        shape=shape,
        parameters=model.n_parameters(shape[1], shape[0]),
        batches=model.batches(*split.train.shape),
    )
