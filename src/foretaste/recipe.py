"""A recipe: an experiment as a TOML file, checked name by name before anything is read or fitted."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

from foretaste.data.filters import Policy
from foretaste.entries import Entry, check_entries
from foretaste.errors import NotFoundError, ParamsError, nearest
from foretaste.metrics.registry import METRICS
from foretaste.models.params import build_params, check_choice, check_range, check_share
from foretaste.split.holdout import NEW_PEOPLE, Hide

SPLITS = (
    "new-users", "random", "k-fold", "time", "new-users-time", "leave-last-out", "leave-one-out", "given", "official-folds",
)  # fmt: skip
TASKS = ("rating", "ranking")
FOLDED = ("k-fold", "random", "new-users")
"""Kinds of split that may be made so many times that everything is judged once."""
FOLDS = 5
"""Folds where nothing says how many."""
LEFT_OUT = ("leave-last-out", "leave-one-out")
"""Kinds of split that ask one rating of everybody."""


@dataclass(frozen=True)
class DataParams:
    """Which ratings: the ``[data]`` table.

    Args:
        top_users: Keep this many of the most active users; 0 keeps all.
        min_user_ratings: Keep users with at least so many ratings.
        min_item_ratings: Keep items with at least so many ratings.
        top_items: Keep this many of the most rated items; 0 keeps all.
        min_rating: Keep ratings of at least this, such as 4 for what people like; None keeps all.
        duplicates: What becomes of a repeated (user, item) pair.
        bad_rows: ``"error"`` or ``"skip"``.
        separator: Of a text file; found by itself where empty.
        task: ``"rating"`` predicts ratings; ``"ranking"`` makes lists from clicks, and every rating counts as one; empty is
            ranking where the file has no ratings or all are equal.
        like: With ranking, the rating from which one counts as a click, such as 4; others count as nothing.
    """

    top_users: int = 0
    min_user_ratings: int = 1
    min_item_ratings: int = 1
    top_items: int = 0
    min_rating: float | None = None
    duplicates: str = "last"
    bad_rows: str = "error"
    separator: str = ""
    task: str = ""
    like: float | None = None

    def __post_init__(self) -> None:
        check_choice("task", self.task or TASKS[0], TASKS)
        if self.like is not None:
            check_range("like", self.like, -1e300, 1e300)
            if self.task != "ranking":
                raise ParamsError(
                    f"like = {self.like:g} says which ratings count as clicks, and the task is not ranking",
                    hint="say --task ranking too, or leave --like out",
                )
        check_range("top_users", self.top_users, 0)
        check_range("top_items", self.top_items, 0)
        check_range("min_user_ratings", self.min_user_ratings, 1)
        check_range("min_item_ratings", self.min_item_ratings, 1)
        check_choice("bad_rows", self.bad_rows, ("error", "skip"))
        check_choice("duplicates", self.duplicates, get_args(Policy))


@dataclass(frozen=True)
class SplitParams:
    """How it is divided: the ``[split]`` table, which says everything about a protocol but the data.

    Args:
        kind: ``"new-users"``, ``"random"``, ``"k-fold"`` (random, in folds), ``"time"`` (a cut in time, the same for all),
            ``"new-users-time"`` (people who came after a cut), ``"leave-last-out"`` (the newest rating of everybody),
            ``"leave-one-out"`` (a random one of everybody), ``"given"`` (a train and a test file) or ``"official-folds"``
            (a folder of such files).
        test: Share of the users (new-users, new-users-time) or of the ratings (random, time) to judge on; without meaning
            elsewhere.
        valid: Share of the rest to choose on; 0 takes the kind's usual share (0.2 of users, 0.1 of ratings).
        hide: What is hidden of a held-out user (new-users, new-users-time), in the words of `Hide.parse`: ``"20%"``, ``"5"``,
            ``"given:10"``, ``"newest:20%"``; empty takes the kind's usual: 20 %, and the newest 20 % after a cut in time.
        seed: Of the split.
        folds: Divide so many times that everything is judged once: ratings (k-fold, and random as another word for it) or
            users (new-users); 0 divides once, or 5 times where the kind is k-fold.
        pairs: Which pairs of files of official-folds, such as ``("ua", "ub")``; without any, those with a number.
    """

    kind: str = "new-users"
    test: float = 0.1
    valid: float = 0.0
    hide: str = ""
    seed: int = 0
    folds: int = 0
    pairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, SPLITS)
        check_share("test", self.test)
        check_share("valid", self.valid, zero=True)
        check_range("seed", self.seed, 0)
        _ = self.rule
        if self.folds < 0 or self.folds == 1:
            raise ParamsError(f"folds is {self.folds}, expected 0 or at least 2", hint="folds = 0 divides once")
        if self.folds and self.kind == "official-folds":
            raise ParamsError(f"folds is {self.folds}, and the files say how many there are", hint="leave folds out")
        if self.pairs and self.kind != "official-folds":
            raise ParamsError(
                f"pairs are {', '.join(self.pairs)}, and the split {self.kind} reads none",
                hint="pairs go with the split official-folds",
            )
        if self.folds and self.kind not in FOLDED:
            raise ParamsError(
                f"folds is {self.folds}, and the split {self.kind} divides once",
                hint=f"folds go with {', '.join(FOLDED)}",
            )
        if self.n_folds and self.test != type(self).test:
            raise ParamsError(
                f"test is {self.test:g}, and each of {self.n_folds} folds judges its part of everything",
                hint="leave test out, or say it by the number of folds",
            )
        if self.kind in LEFT_OUT and (self.test != type(self).test or self.valid):
            name, share = ("valid", self.valid) if self.valid else ("test", self.test)
            raise ParamsError(
                f"{name} is {share:g}, and the split {self.kind} takes one rating of everybody",
                hint=f"leave {name} out, or hide a share: --split random",
            )

    @property
    def n_folds(self) -> int:
        """How many folds there are, as far as the recipe says it; 0 where the data are divided once."""
        return self.folds or len(self.pairs) or (FOLDS if self.kind in {"k-fold", "official-folds"} else 0)

    @property
    def new_people(self) -> bool:
        """Whether everybody who is judged is somebody that training never saw."""
        return self.kind in NEW_PEOPLE

    @property
    def valid_share(self) -> float:
        """The share of the rest to choose on."""
        return self.valid or (0.2 if self.new_people else 0.1)

    @property
    def rule(self) -> Hide:
        """What is hidden of a held-out user."""
        return Hide.parse(self.hide or ("newest:20%" if self.kind == "new-users-time" else "20%"))


@dataclass(frozen=True)
class Reference:
    """A number printed elsewhere, shown beside ours.

    Args:
        label: Whose number it is.
        metric: What it claims to be.
        value: The number.
        beside: Label of our line that it belongs to, and ``.`` and the metric to show.
        note: Why the two differ.
        split: Kind of split that it was measured on, where that is known.
        square: Whether ours is squared to be of the same kind, as where an RMSE stands beside a mean squared error.
    """

    label: str
    metric: str
    value: float
    beside: str
    note: str
    square: bool = False
    split: str = ""

    def __post_init__(self) -> None:
        check_range("value", self.value, -1e300, 1e300)
        check_choice("split", self.split or SPLITS[0], SPLITS)

    def apart(self, ours: SplitParams) -> str:
        """Say why the number cannot be compared with one of ours; nothing where the kind of split does not forbid it."""
        if not self.split or (self.split in NEW_PEOPLE) == ours.new_people:
            return ""
        known, new = "in training (weak generalisation)", "whom training never saw (strong generalisation)"
        theirs, mine = (new, known) if self.split in NEW_PEOPLE else (known, new)
        return f"Not comparable: it is about people {theirs}, ours about people {mine}."


@dataclass(frozen=True)
class Protocol:
    """A published way of judging: the ``[protocol]`` table.

    Args:
        name: What ``--protocol`` calls it.
        source: Authors, year, title, and DOI or arXiv number of who described it.
        differences: What is done otherwise here, a sentence each.
        metrics: Names of the numbers that the source tells, or of ours that come nearest.
    """

    name: str
    source: str
    differences: tuple[str, ...]
    metrics: tuple[str, ...]

    def __post_init__(self) -> None:
        for metric in self.metrics:
            check_choice("metric", metric, tuple(METRICS))


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an experiment but the data itself.

    Args:
        title: In words.
        data: Filters.
        split: Division.
        models: Lines of the comparison.
        seed: Of models and bootstrap.
        refit: Whether the validation ratings train too once everything is chosen.
        references: Numbers printed elsewhere.
        subject: Label of the model that the verdict is about; None means the best autoencoder.
        seeds: With how many seeds, from `seed` on, models are fitted to see how far they move; not for folds.
        protocol: Whose way of judging this is.
    """

    title: str = ""
    data: DataParams = field(default_factory=DataParams)
    split: SplitParams = field(default_factory=SplitParams)
    models: tuple[Entry, ...] = ()
    seed: int = 0
    refit: bool = True
    references: tuple[Reference, ...] = ()
    subject: str | None = None
    protocol: Protocol | None = None
    seeds: int = 1

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0)
        check_range("seeds", self.seeds, 1)
        if self.seeds > 1 and self.split.n_folds:
            raise ParamsError(
                f"seeds is {self.seeds}, and the split is in {self.split.n_folds} folds, which are fitted anew already",
                hint="seeds are of one split: --split random or --split new-users, without folds",
            )

    def with_seed(self, seed: int) -> "Recipe":
        """Return the recipe with one seed for split, models and bootstrap."""
        return replace(self, seed=seed, split=replace(self.split, seed=seed))

    def to_dict(self) -> dict[str, Any]:
        """Return the tables of the recipe's TOML file as plain values: `parse_recipe` gives the same recipe back."""
        entries = [{"model": e.model, "label": e.label, "gate": e.gate or None, **e.settings} for e in self.models]
        models = [{k: v for k, v in entry.items() if v is not None} for entry in entries]
        out = asdict(self) | {"models": models, "references": [asdict(r) for r in self.references]}
        return {k: v for k, v in out.items() if v is not None}


def read_recipe(path: str | Path) -> Recipe:
    """Read a TOML recipe.

    Raises:
        NotFoundError: There is no such file.
        ParamsError: It is not TOML, or a table, model or setting is unknown or out of range; names the file.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise NotFoundError(f"cannot read the recipe {path}", hint="recipes/ holds examples") from error
    except (ValueError, RecursionError) as error:
        raise ParamsError(f"{path} is not TOML: {error}") from error
    try:
        return parse_recipe(table)
    except ParamsError as error:
        raise ParamsError(f"{path}: {error.message}", hint=error.hint) from error


def parse_recipe(table: Mapping[str, Any]) -> Recipe:
    """Build a recipe from plain tables.

    Raises:
        ParamsError: As `read_recipe`.
    """
    known = [f.name for f in fields(Recipe)]
    for name in table:
        if name not in known:
            raise ParamsError(f'a recipe has no "{name}"', hint=nearest(name, known))
    recipe = Recipe(
        title=_typed(table, "title", str, ""),
        data=build_params(DataParams, _table(table, "data")),
        split=build_params(SplitParams, _table(table, "split")),
        models=tuple(_entry(row) for row in _tables(table, "models")),
        seed=_typed(table, "seed", int, 0),
        refit=_typed(table, "refit", bool, True),
        subject=_typed(table, "subject", str, None) if "subject" in table else None,
        references=tuple(build_params(Reference, row) for row in _tables(table, "references")),
        protocol=build_params(Protocol, _table(table, "protocol")) if "protocol" in table else None,
        seeds=_typed(table, "seeds", int, 1),
    )
    if recipe.models:
        check_entries(recipe.models, recipe.seed, recipe.subject)
    return recipe


def _entry(row: Mapping[str, Any]) -> Entry:
    settings = dict(row)
    model, label, gate = (settings.pop(name, None) for name in ("model", "label", "gate"))
    if not isinstance(model, str):
        raise ParamsError('a table of [[models]] has no model = "NAME"')
    if label is not None and not isinstance(label, str):
        raise ParamsError(f"label is {label!r}, expected a word")
    if not isinstance(gate, bool | None):
        raise ParamsError(f"gate is {gate!r}, expected true or false")
    return Entry(model, settings, label, bool(gate))


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, Mapping):
        raise ParamsError(f"{name} is {value!r}, expected a table: [{name}]")
    return value


def _tables(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ParamsError(f"{name} is {value!r}, expected tables: [[{name}]]")
    return value


def _typed(table: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = table.get(name, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {int: "a whole number", bool: "true or false", str: "words in quotes"}
        raise ParamsError(f"{name} is {value!r}, expected {words[kind]}")
    return value
