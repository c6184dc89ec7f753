"""How a fit went, epoch by epoch: training loss and what was measured on validation, kept for a picture."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from foretaste.training.watch import Measure, Progress


@dataclass
class Curve:
    """Notes what passes by; hands everything on.

    Args:
        tell: Whoever else wants to know of the progress.

    Attributes:
        epochs: Training loss and measured value (or None) by part of the model and epoch; only a blend has parts.
    """

    tell: Callable[[Progress], None] | None = None
    epochs: dict[tuple[str, int], list[float | None]] = field(default_factory=dict)

    def report(self, progress: Progress) -> None:
        """Take what a fit says after each batch; the last of an epoch stays."""
        self.epochs.setdefault((progress.part, progress.epoch), [None, None])[0] = progress.loss
        if self.tell is not None:
            self.tell(progress)

    def measured(self, measure: Measure | None) -> Measure | None:
        """Return the measure, noting what it finds for the epoch that has just been reported."""
        if measure is None:
            return None

        def noted(model: Any) -> float:
            value = measure(model)
            if self.epochs:  # what is measured before the first epoch chooses a penalty
                next(reversed(self.epochs.values()))[1] = value
            return value

        return noted

    def plain(self, *, sign: float = 1.0) -> list[dict[str, Any]]:
        """Return one dict a part: ``part``, and ``epochs`` with ``epoch``, ``train`` and ``valid``.

        Args:
            sign: -1 where what is measured is minus a quality.
        """
        out: dict[str, list[dict[str, Any]]] = {}
        for (part, epoch), (train, valid) in self.epochs.items():
            told = None if valid is None else sign * valid
            out.setdefault(part, []).append({"epoch": epoch, "train": train, "valid": told})
        return [{"part": part, "epochs": epochs} for part, epochs in out.items()]
