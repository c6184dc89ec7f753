"""The memory of a search: which settings were tried, what they were worth, and which come next. The only user of optuna.

What is tried as number n follows from the seed, n, and the trials that were learnt before: there is no running stream of random
numbers. A search that was stopped and goes on is therefore the same search.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretaste.errors import InputError
from foretaste.models.space import Space
from foretaste.tuning import records
from foretaste.tuning.objective import Score

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

STARTUP = 6
"""Random settings before the sampler begins to learn from what it has seen."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A finished trial.

    Args:
        number: Its place, from 0.
        settings: What was searched, by name.
        score: What came out; losses by person are kept only where it was the best until then.
    """

    number: int
    settings: Mapping[str, Any]
    score: Score

    @property
    def done(self) -> bool:
        """Whether it came to its end and has a value."""
        return self.score.state == "done"


def best_of(trials: Iterable[Trial]) -> Trial | None:
    """Return the best trial that is done, None where none is; of equals the first."""
    done = [trial for trial in trials if trial.done]
    return min(done, key=lambda trial: (trial.score.value, trial.number), default=None)


class Study:
    """Trials of one model on the same data.

    Args:
        name: Of the study in the file.
        space: What is searched.
        identity: What every trial depends on beside its settings; a file in which it differs is refused.
        seed: Of the sampler.
        path: File that keeps it; None keeps it in memory.

    Attributes:
        trials: Finished ones, in the order in which they were told.
        learnt: Those on which the next ones depend.
        spent_s: Seconds that the search has taken, also before it was stopped.

    Raises:
        InputError: The file holds something else or is damaged, or holds a search of other data, settings or versions.
        MissingExtraError: optuna is not installed.
    """

    def __init__(
        self, name: str, space: Space, identity: Mapping[str, str], *, seed: int = 0, path: Path | None = None
    ) -> None:
        self.space, self.seed = space, seed
        self.trials: list[Trial] = []
        self.spent_s = 0.0
        self._path, self._file = path, None if path is None else records.open_file(path, name, identity)
        self._memory = records.new_study(name)
        self._asked: dict[int, optuna.Trial] = {}
        self._told: dict[int, FrozenTrial] = {}
        if self._file is not None:
            try:
                self._recall(self._file)
            except records.DAMAGE as error:
                raise InputError(
                    f"{path} is damaged: what it keeps of {name} cannot be read",
                    hint="give --study the name of a new file",
                ) from error
        self.learnt = list(self.trials)

    def _recall(self, file: "optuna.Study") -> None:
        """Take what a file keeps."""
        self.spent_s = float(file.user_attrs.get("spent_s", 0))
        if not 0 <= self.spent_s < math.inf:
            raise ValueError(self.spent_s)
        for frozen in file.trials:
            self._memory.add_trial(frozen)
            number, score = records.read_trial(frozen)
            self.trials.append(Trial(number, records.values(self.space, frozen.params), score))

    @property
    def best(self) -> Trial | None:
        """The best trial that is done."""
        return best_of(self.trials)

    def ask(self, number: int, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the settings of a trial.

        Args:
            number: Its place; decides, with the seed and all that was learnt, what is drawn.
            given: Settings to take instead, such as the defaults.
        """
        draw = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
        self._memory.sampler = records.sampler(draw, STARTUP)
        if given is not None:
            self._memory.enqueue_trial(records.words(self.space, given))
        trial = self._asked[number] = self._memory.ask(records.distributions(self.space))
        return records.values(self.space, trial.params)

    def tell(self, number: int, score: Score) -> None:
        """Take what came out of a trial that was asked for; one that was late or interrupted counts as never asked for.

        Raises:
            InputError: Another search writes to the same file.
        """
        trial, best = self._asked[number], self.best
        if score.state in {"late", "interrupted"}:
            records.forget(self._memory, self._asked.pop(number))
            return
        if best is not None and best.score.value < score.value:
            score = replace(score, losses=np.zeros(0, np.float32))
        if self._file is not None and len(self._file.get_trials(deepcopy=False)) != len(self.trials):
            raise InputError(
                f"another search writes to {self._path}",
                hint="give each its own --study; one search in several processes: --jobs",
            )
        self.trials.append(Trial(number, records.values(self.space, trial.params), score))
        self._told[number] = records.freeze(number, trial.params, self.space, score)
        if self._file is not None:
            self._file.add_trial(self._told[number])

    def learn(self, number: int) -> None:
        """Let what comes next depend on a trial that was told; of one that counts as never asked for, nothing is learnt."""
        if number in self._told:
            records.finish(self._memory, self._asked.pop(number), self._told.pop(number))
            self.learnt.append(next(trial for trial in self.trials if trial.number == number))

    def spend(self, seconds: float) -> None:
        """Count time, in the file too."""
        self.spent_s += seconds
        if self._file is not None:
            self._file.set_user_attr("spent_s", round(self.spent_s, 3))
