"""The one training loop: batches in a seeded order, a schedule, early stopping on what the caller watches, best weights kept.

Every random draw of a batch comes from (seed, epoch, batch), never from a running stream. A run that is stopped after any
epoch and continued from its checkpoint is therefore the same run.
"""

import hashlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from foretaste.arrays import AnyArray, Csr, digest_of
from foretaste.errors import DivergedError
from foretaste.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.training.schedule import learning_rate, rows_a_step
from foretaste.training.watch import Progress, Watch

log = logging.getLogger(__name__)

Arrays = dict[str, AnyArray]


class Trainee(Protocol):
    """What the loop trains."""

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows of the data; return the summed loss and the number of ratings it is over."""

    def live(self) -> Mapping[str, AnyArray]:
        """Return the weights, each as it stands when it is read; `dict` makes a copy of all."""

    def release(self) -> Arrays:
        """Return the weights and let go of everything else, one by one: nothing is learnt after that."""

    def state(self) -> Arrays:
        """Return weights and optimiser state, all that is needed to go on."""

    def load(self, state: Arrays) -> None:
        """Go on from `state`."""


class Settings(Protocol):
    """The settings that the loop reads; the params of every gradient-trained model have them."""

    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def schedule(self) -> str: ...  # noqa: D102
    @property
    def patience(self) -> int: ...  # noqa: D102
    @property
    def stop_after(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


@dataclass
class History:
    """How a run went.

    Args:
        epochs: One dict an epoch: epoch, loss, watched (or None), seconds.
        best: Lowest watched value so far.
        best_epoch: Epoch whose weights are kept, from 1.
        stopped: ``"finished"``, ``"early"`` or ``"interrupted"``.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    best: float = math.inf
    best_epoch: int = 0
    stopped: str = "finished"


def train(
    trainee: Trainee,
    X: Csr,
    settings: Settings,
    watch: Watch,
    measure: Callable[[Mapping[str, AnyArray]], float] | None = None,
) -> tuple[Arrays, History]:
    """Train until the plan is done, the watched value stops improving, or the user asks to stop.

    Beside what the trainee holds there is one copy of its weights, the best so far, and only where there is a measure: the
    weights to be judged are the live ones.

    Args:
        trainee: What learns; changed in place, and not to be used afterwards.
        X: Rows x items.
        settings: Epochs, batch size, rate, patience and seed.
        watch: Progress reports and the checkpoint file.
        measure: Takes the weights after an epoch and returns what to minimise; None keeps the last weights.

    Returns:
        The kept weights and the history.

    Raises:
        DivergedError: The kept weights are not finite.
        InputError: The checkpoint is damaged or belongs to another run.
    """
    run = _fingerprint(X, settings, watch.key)
    history, best = _begin(trainee, watch, run)
    last = _last_epoch(settings)
    with stop_on_interrupt() as request:
        while len(history.epochs) < last and history.stopped == "finished":
            done = _epoch(trainee, X, settings, watch, history, request)
            if request.asked and not done:
                history.stopped = "interrupted"
                break
            live = trainee.live()
            if measure is None:
                history.best_epoch = len(history.epochs)
            elif _better(history, measure(live), settings.patience):
                best = {}  # the old copy goes before the new one is made: there is never a second
                best = dict(live)
            if watch.checkpoint:
                _save(watch.checkpoint, run, history, trainee, best)
            if request.asked:
                history.stopped = "interrupted"
    best = best or trainee.release()  # nothing was measured: what there is in the end, is kept
    if not all(np.isfinite(weights).all() for weights in best.values()):
        epoch = len(history.epochs)
        hint = "lower learning_rate, or raise batch_size"
        raise DivergedError(f"training diverged by epoch {epoch}: a weight is no longer a finite number", hint=hint)
    return best, history


def _begin(trainee: Trainee, watch: Watch, run: str) -> tuple[History, Arrays]:
    """Start afresh, or from the checkpoint; return the history and the best weights so far."""
    saved = load_checkpoint(watch.checkpoint, run) if watch.checkpoint else None
    if saved is None:
        return History(), {}
    history = History(**saved.loop)
    trainee.load({k.removeprefix("state."): v for k, v in saved.arrays.items() if k.startswith("state.")})
    log.info("going on after epoch %d from %s", len(history.epochs), watch.checkpoint)
    return history, {k.removeprefix("best."): v for k, v in saved.arrays.items() if k.startswith("best.")}


def _save(path: Path, run: str, history: History, trainee: Trainee, best: Arrays) -> None:
    """Write the checkpoint; the copy of the state lives no longer than this."""
    arrays = {f"state.{k}": v for k, v in trainee.state().items()} | {f"best.{k}": v for k, v in best.items()}
    save_checkpoint(path, Checkpoint(run, asdict(history), arrays))


def _better(history: History, watched: float, patience: int) -> bool:
    """Note what was measured after an epoch; return whether its weights are the ones to keep."""
    history.epochs[-1]["watched"] = watched
    if watched < history.best or not history.best_epoch:
        history.best = math.inf if math.isnan(watched) else watched
        history.best_epoch = len(history.epochs)
        return True
    if len(history.epochs) - history.best_epoch >= patience:
        history.stopped = "early"
    return False


def _epoch(trainee: Trainee, X: Csr, settings: Settings, watch: Watch, history: History, request: StopRequest) -> bool:
    epoch, n = len(history.epochs), X.shape[0]
    order = np.random.default_rng([settings.seed, epoch]).permutation(n)
    size = rows_a_step(settings.batch_size, n)
    batches = max(math.ceil(n / size), 1)
    total, count, start = 0.0, 0, time.perf_counter()
    for batch in range(batches):
        rows = order[batch * size : (batch + 1) * size]
        done = (epoch + batch / batches) / settings.epochs
        rate = learning_rate(settings.learning_rate, settings.schedule, done)
        loss, ratings = trainee.step(np.sort(rows), rate, np.random.default_rng([settings.seed, epoch, batch]))
        total, count = total + loss, count + ratings
        if watch.report is not None:
            seconds = time.perf_counter() - start
            left = seconds / (batch + 1) * ((_last_epoch(settings) - epoch) * batches - batch - 1)
            watched = history.epochs[-1]["watched"] if history.epochs else None
            best = history.best if math.isfinite(history.best) else None
            mean = total / max(count, 1)
            speed = count / max(seconds, 1e-9)
            watch.report(Progress(epoch + 1, settings.epochs, batch + 1, batches, mean, speed, left, watched, best))
        if request.asked and batch + 1 < batches:
            return False
    seconds = time.perf_counter() - start
    history.epochs.append({"epoch": epoch + 1, "loss": total / max(count, 1), "watched": None, "seconds": seconds})
    return True


def _last_epoch(settings: Settings) -> int:
    return min(settings.stop_after or settings.epochs, settings.epochs)


def _fingerprint(X: Csr, settings: Settings, key: str) -> str:
    return hashlib.sha256(f"{settings!r} {key} {digest_of(X)}".encode()).hexdigest()
