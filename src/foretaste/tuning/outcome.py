"""What a search found: a line for each model, every trial, and a recipe that `train` and `compare` take."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import foretaste
from foretaste.data.ratings import counted
from foretaste.entries import Entry
from foretaste.errors import InputError
from foretaste.recipe import DataParams, Recipe, SplitParams
from foretaste.tuning.goal import Errors, Goal
from foretaste.tuning.noise import Gain
from foretaste.tuning.study import Trial, best_of

ALWAYS = {("split", "kind"), ("split", "test"), ("split", "seed")}
"""Settings that a recipe says even where they are as usual."""


@dataclass(frozen=True, eq=False)
class Line:
    """One model.

    Args:
        label: What it is called.
        model: Key of `MODELS`.
        fixed: Settings that every trial had.
        trials: On everything, the defaults first.
        few: On a share of the people.
        share: That share; 1 where the search had one stage.
        seconds: Of the whole search.
        gain: Of the best against the defaults; None where one of the two has no value.
        goal: What made a setting good.
    """

    label: str
    model: str
    fixed: Mapping[str, Any]
    trials: tuple[Trial, ...]
    few: tuple[Trial, ...]
    share: float
    seconds: float
    gain: Gain | None
    goal: Goal = field(default_factory=Errors)

    @property
    def default(self) -> Trial | None:
        """The trial of the defaults."""
        return next((trial for trial in self.trials if trial.number == 0), None)

    @property
    def best(self) -> Trial | None:
        """The best trial on everything; the defaults where nothing was better."""
        return best_of(self.trials)

    def settings(self) -> dict[str, Any]:
        """Return the settings of the best trial: fixed, searched, and those that the fit chose, such as epochs."""
        best = self.best
        return dict(self.fixed) if best is None else {**self.fixed, **best.settings, **best.score.chosen}

    def told(self, trial: Trial | None) -> float | None:
        """Return what a trial has reached, as people know it: RMSE, or NDCG@100, of which more is better."""
        return self.goal.told(trial.score.value) if trial is not None and trial.done else None

    def count(self, state: str) -> int:
        """Return how many trials, on few people too, ended so."""
        return sum(trial.score.state == state for trial in (*self.trials, *self.few))

    def to_json(self) -> dict[str, Any]:
        """Return everything about it as plain values."""
        metric = self.goal.metric
        gained: list[float | None] = [None] * 3
        if self.gain is not None:
            value, *ends = map(self.goal.told, (self.gain.difference, self.gain.low, self.gain.high))
            gained = [value, *sorted(ends)]
        return {
            "model": self.label,
            "class": self.model,
            f"default_{metric}": self.told(self.default),
            f"best_{metric}": self.told(self.best),
            "difference": gained[0],
            "difference_low": gained[1],
            "difference_high": gained[2],
            "beyond_noise": self.gain is not None and self.gain.beyond_noise,
            "people": None if self.gain is None else self.gain.people,
            "settings": self.settings(),
            "trials": len(self.trials),
            "few_trials": len(self.few),
            "few_share": self.share,
            "pruned": self.count("pruned"),
            "failed": self.count("failed"),
            "seconds": round(self.seconds, 3),
            "tried": [self._plain(t, share) for some, share in ((self.trials, 1.0), (self.few, self.share)) for t in some],
        }  # fmt: skip

    def _plain(self, trial: Trial, share: float) -> dict[str, Any]:
        score = trial.score
        out = {"number": trial.number, "people": share, "state": score.state, self.goal.metric: self.told(trial)}
        out |= {"seconds": round(score.seconds, 3), "settings": dict(trial.settings), "chosen": dict(score.chosen)}
        return out | ({"why": score.why} if score.why else {})


@dataclass(frozen=True, eq=False)
class Tuned:
    """What came out of a search.

    Args:
        lines: One a model, in the order asked for.
        about: Data, division, seed and version.
        asked: The recipe that was searched.
        interrupted: Whether the user stopped it.
    """

    lines: tuple[Line, ...]
    about: Mapping[str, Any]
    asked: Recipe
    interrupted: bool = False

    def entries(self) -> tuple[Entry, ...]:
        """Return the models with their best settings, the best on validation last: it is the one that `train` takes."""
        found = [(best.score.value, line) for line in self.lines if (best := line.best) is not None]
        found.sort(key=lambda pair: -pair[0])
        return tuple(
            Entry(line.model, line.settings(), line.label if line.label != line.model else None) for _, line in found
        )

    def recipe(self) -> Recipe:
        """Return the best settings with the filters, division and seeds of the search: its test part is the same again."""
        return replace(self.asked, title="", models=self.entries(), references=(), subject=None)

    def to_json(self) -> dict[str, Any]:
        """Return what ``tune --json`` writes."""
        lines = [line.to_json() for line in self.lines]
        return {**self.about, "models": lines, "interrupted": self.interrupted}

    def recipe_text(self) -> str:
        """Return `recipe` as TOML, with where it comes from.

        Raises:
            InputError: Nothing was found.
        """
        recipe = self.recipe()
        if not recipe.models:
            raise InputError("no trial came to its end, so there are no settings to keep", hint="give it more time")
        data, repeats = self.about["data"], counted(self.about["repeats"], "division")
        text = [
            f"Settings found by foretaste tune {foretaste.__version__}, on validation ratings only.",
            f"Data: {data['source']}, {data['ratings']:,} ratings, fingerprint {data['fingerprint']}.",
            f"Chosen on {repeats} of everything but the test part, which [data], [split] and the seeds give again.",
            *(_sentence(line) for line in self.lines if line.best is not None),
        ]
        comment = "".join(f"# {line}\n" for line in text)
        plain = f"\n{_table({'seed': recipe.seed, 'refit': None if recipe.refit else False})}"
        whose = "" if recipe.protocol is None else f"\n[protocol]\n{_table(asdict(recipe.protocol))}"
        tables = f"{whose}{_params('data', recipe.data)}{_params('split', recipe.split)}"
        return comment + plain + tables + "".join(f"\n[[models]]\n{_table(_row(entry))}" for entry in recipe.models)


def _sentence(line: Line) -> str:
    name = line.goal.metric.upper()
    before, after = (
        f"{name} {'none' if value is None else f'{value:.4f}'}" for value in map(line.told, (line.default, line.best))
    )
    tried = counted(len(line.trials), "trial") + (
        f" and {len(line.few)} on {line.share:g} of the people" if line.few else ""
    )
    return f"{line.label}: {before} with the defaults, {after} with these; {tried}, {line.seconds:.0f} s."


def _row(entry: Entry) -> dict[str, Any]:
    return {"model": entry.model, "label": entry.label, **entry.settings}


def _params(name: str, params: DataParams | SplitParams) -> str:
    """Return a table of what is not as usual; of a split, what decides most is always said."""
    said = {
        field.name: getattr(params, field.name)
        for field in fields(params)
        if getattr(params, field.name) != field.default or (name, field.name) in ALWAYS
    }
    return f"\n[{name}]\n{_table(said)}" if said else ""


def _table(settings: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in settings.items() if value is not None)


def _toml(value: object) -> str:
    """Return a value as TOML writes it; for numbers, words and lists of them, JSON is TOML."""
    if isinstance(value, float):
        return repr(value)
    words = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)  # TOML has no surrogates
    return words.replace("\x7f", "\\u007f")
