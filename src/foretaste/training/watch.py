"""What a caller may look at, and decide, while a model trains."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from foretaste.arrays import Csr

Measure: TypeAlias = Callable[[Any], float]
"""Takes the model as it stands after an epoch and returns what to minimise, such as the RMSE of hidden ratings."""


@dataclass(frozen=True)
class Progress:
    """Where training stands, sent after every batch; `watched` and `best` are those of the epochs before.

    Args:
        epoch: Running from 1.
        epochs: Planned.
        batch: Batches done in this epoch.
        batches: Batches in an epoch.
        loss: Mean training loss of this epoch so far.
        ratings_per_s: Ratings trained on per second in this epoch.
        left_s: Seconds left if no early stop comes.
        watched: What the measure returned for the last epoch, or None.
        best: The best of it so far, or None.
        part: Which member of a blend is being fitted; empty for any other model.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    ratings_per_s: float
    left_s: float
    watched: float | None = None
    best: float | None = None
    part: str = ""


@dataclass(frozen=True)
class Watch:
    """What happens beside the training itself.

    Args:
        measure: Called after each epoch; early stopping and the choice of the best weights follow it.
        report: Called after each batch with the progress.
        checkpoint: File that holds the state after each epoch; when it exists and fits, training goes on from it.
        key: What the measure depends on beside the model, in words or a digest; a checkpoint made under another key is refused.
        holdout: What the people of validation have shown and what is hidden of them, two csr of one shape, for a model that
            chooses by more than one number.
        known: Takes an unfitted model and returns one that has been fitted with its settings, on this matrix and under this
            watch; None where there is none.
    """

    measure: Measure | None = None
    report: Callable[[Progress], None] | None = None
    checkpoint: Path | None = None
    key: str = ""
    holdout: tuple[Csr, Csr] | None = None
    known: Callable[[Any], Any | None] | None = None


WatchLike: TypeAlias = Watch | Measure | None


def as_watch(watch: WatchLike) -> Watch:
    """Return a `Watch` for whatever `fit` was given: one, a plain function, or None."""
    return watch if isinstance(watch, Watch) else Watch(measure=watch)
