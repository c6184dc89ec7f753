"""The nouns of a split, and `hide`, the only place where ratings are hidden."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, Csr, as_csr, pick, row_of, seeded_keys
from foretaste.errors import ParamsError, ShapeError

NEW_PEOPLE = ("new-users", "new-users-time", "given-new-users")
"""Kinds of splits in which models are shown rows that training does not hold."""
RULES = "20%, 5 (or all-but:5), given:5, total:2000, newest:20%, newest:5 or first:5"
"""How a rule of what is hidden is written, for help and hints."""
_FORMS = {"all-but": "per-user", "given": "given", "total": "total", "newest": "newest", "first": "first"}


@dataclass(frozen=True, eq=False)
class Holdout:
    """People whose ratings are in two halves: what a model may see of them, and what it is asked.

    Args:
        seen: Rows x items, csr.
        hidden: Rows x items, csr; no cell of `seen`.
        user_ids: Ids of the rows, (rows,).
    """

    seen: Csr
    hidden: Csr
    user_ids: AnyArray

    def __post_init__(self) -> None:
        if self.seen.shape != self.hidden.shape:
            raise ShapeError(f"seen is {self.seen.shape} and hidden is {self.hidden.shape}; expected equal shapes")
        if len(self.user_ids) != self.seen.shape[0]:
            raise ShapeError(f"{len(self.user_ids)} user ids for {self.seen.shape[0]} rows")
        if self.n_common():
            raise ShapeError(f"{self.n_common()} cells are both seen and hidden")

    def n_common(self) -> int:
        """Return the number of cells that are both seen and hidden; 0 by construction."""
        width = self.seen.shape[1]
        cells = [row_of(X).astype(np.int64) * width + X.indices for X in (self.seen, self.hidden)]
        return int(np.isin(cells[0], cells[1], assume_unique=True).sum())

    def whole(self) -> Csr:
        """Return seen and hidden ratings together, as the rows were before hiding."""
        rows = np.concatenate([row_of(self.seen), row_of(self.hidden)])
        cols = np.concatenate([self.seen.indices, self.hidden.indices])
        data = np.concatenate([self.seen.data, self.hidden.data])
        order = np.argsort(rows.astype(np.int64) * self.seen.shape[1] + cols, kind="stable")  # merges two sorted runs
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=self.seen.shape[0]))])
        start = indptr.astype(self.seen.indptr.dtype)
        return as_csr(type(self.seen)((data[order], cols[order], start), shape=self.seen.shape))


@dataclass(frozen=True, eq=False)
class Split:
    """Matrices for training, choosing and judging.

    Args:
        train: Users x items to learn from while settings and epochs are chosen.
        valid: People to choose on; hidden ratings not in `train`.
        test: People to judge on, once; hidden ratings in neither `train` nor `full`.
        full: What may be learnt from once everything is chosen: `train` and the ratings of `valid`.
        kind: ``"new-users"``, ``"random"``, ``"k-fold"``, ``"time"``, ``"new-users-time"``, ``"leave-last-out"``,
            ``"leave-one-out"``, ``"given"``, ``"given-new-users"`` or ``"official-folds"``.
        scale: Lowest and highest rating of the whole file.
        settings: How it was made, for the report.
        n_ratings: Ratings that came in, from which those that went missing are counted; None where that is not known.
        new: Which rows of `test` are people of whom `full` holds nothing, bool (rows,); None where `kind` says it of all.
    """

    train: Csr
    valid: Holdout
    test: Holdout
    full: Csr
    kind: str
    scale: tuple[float, float]
    settings: dict[str, Any] = field(default_factory=dict)
    n_ratings: int | None = None
    new: AnyArray | None = None

    @property
    def new_people(self) -> bool:
        """Whether people are judged whom training does not know; of a caller's files, whether most of them are."""
        return self.kind in NEW_PEOPLE if self.new is None else mostly_new(self.test, self.new)

    @property
    def newcomers(self) -> Holdout:
        """The people of `test` whom training does not know, where `new_people`."""
        if self.new is None:
            return self.test
        rows = np.flatnonzero(self.new)
        return Holdout(self.test.seen[rows], self.test.hidden[rows], self.test.user_ids[rows])

    def describe(self, learnt: Csr | None = None) -> dict[str, Any]:
        """Return the counts of every part, and how many hidden ratings are of items that nobody in training rated.

        Args:
            learnt: What the models were fitted on in the end; `full` where it is not given.
        """
        learnt = self.full if learnt is None else learnt
        known = np.bincount(learnt.indices, minlength=learnt.shape[1]) > 0
        placed = self.full.nnz + self.test.hidden.nnz + (self.test.seen.nnz if self.kind in NEW_PEOPLE else 0)
        return {
            "kind": self.kind,
            **self.settings,
            "items": self.train.shape[1],
            "train_users": int((np.diff(self.train.indptr) > 0).sum()),
            "train_ratings": self.train.nnz,
            "valid_users": _asked(self.valid),
            "valid_users_unasked": _unasked(self.valid),
            "valid_hidden": self.valid.hidden.nnz,
            "test_users": _asked(self.test),
            "test_users_unasked": _unasked(self.test),
            "test_seen": self.test.seen.nnz,
            "test_hidden": self.test.hidden.nnz,
            "test_hidden_cold": int((~known[self.test.hidden.indices]).sum()),
            "dropped": 0 if self.n_ratings is None else self.n_ratings - placed,
        }


def _asked(part: Holdout) -> int:
    """Return how many people have a hidden rating."""
    return int((np.diff(part.hidden.indptr) > 0).sum())


def _unasked(part: Holdout) -> int:
    """Return how many people show something and have nothing hidden; see `hides_by_person` for what that says of them."""
    return int(((np.diff(part.hidden.indptr) == 0) & (np.diff(part.seen.indptr) > 0)).sum())


@dataclass(frozen=True)
class Hide:
    """Which ratings of a held-out person are hidden.

    Args:
        how: ``"fraction"`` of each person's ratings, ``"per-user"`` so many of each person's, ``"total"`` so many over all
            people (a person may lose all), ``"newest-fraction"`` or ``"newest"`` the latest by time; or all but so many that
            are shown: ``"given"`` at random, ``"first"`` the earliest by time. Nothing is hidden of people who have no more
            than that to show.
        amount: The fraction (0 to 1) or the number.
    """

    how: str = "fraction"
    amount: float = 0.2

    def __post_init__(self) -> None:
        known = ("fraction", "per-user", "given", "total", "newest", "newest-fraction", "first")
        if self.how not in known:
            raise ParamsError(f'hide is "{self.how}", expected {", ".join(known[:-1])} or {known[-1]}')
        if "fraction" in self.how and not 0 < self.amount < 1:
            raise ParamsError(f"the fraction to hide is {self.amount:g}, expected a number between 0 and 1")
        if "fraction" not in self.how and not (1 <= self.amount <= 2**53 and self.amount == int(self.amount)):
            verb = "show" if self.how in {"given", "first"} else "hide"
            raise ParamsError(f"the number of ratings to {verb} is {self.amount:g}, expected a whole number from 1")

    @classmethod
    def parse(cls, text: str) -> "Hide":
        """Read ``20%``, ``5`` (hidden of each person, also ``all-but:5``), ``given:5`` (shown), ``total:2000`` and so on.

        Raises:
            ParamsError: It is none of these.
        """
        match = re.fullmatch(rf"(?:({'|'.join(_FORMS)}):)?(\d+(?:\.\d+)?)(%?)", text.strip())
        if match is None or (match[1] not in {None, "newest"} and match[3]):
            raise ParamsError(f'cannot read --hide "{text}"', hint=f"write {RULES}")
        how = _FORMS[match[1] or "all-but"]
        if match[3]:
            how = "newest-fraction" if match[1] else "fraction"
        try:
            return cls(how, float(match[2]) / (100 if match[3] else 1))
        except ParamsError as error:  # said as it was written
            raise ParamsError(f'--hide is "{text}": {error.message}', hint=f"write {RULES}") from error

    @property
    def by_time(self) -> bool:
        """Whether it asks for times."""
        return self.how in {"newest", "newest-fraction", "first"}

    def wanted(self, count: AnyArray) -> AnyArray:
        """Return how many are hidden of people with so many ratings, where each keeps one; not for ``total``."""
        if "fraction" in self.how:
            wanted = np.maximum(np.floor(self.amount * count + 0.5), 1)
        elif self.how in {"given", "first"}:
            wanted = count - self.amount
        else:
            wanted = np.full(len(count), self.amount)
        return np.clip(wanted, 0, np.maximum(count - 1, 0)).astype(np.int64)

    def __str__(self) -> str:
        amount = f"{100 * self.amount:g}%" if "fraction" in self.how else f"{self.amount:g}"
        word = self.how.removesuffix("fraction").removesuffix("-")
        return amount if word in {"", "per-user"} else f"{word}:{amount}"


def hide(X: Csr, rule: Hide, *, seed: int, time: NDArray[np.int64] | None = None) -> tuple[Csr, Csr]:
    """Divide the ratings of held-out people into seen and hidden.

    Under every rule but ``total`` each person keeps at least one seen rating, so someone with a single rating has none
    hidden. Fractions are rounded to the nearest number, at least one where there are two or more ratings.

    Args:
        X: People x items.
        rule: Which are hidden.
        seed: The same seed hides the same cells on every machine.
        time: Unix seconds in the storage order of `X`, (nnz,); needed by rules by time. Ties are broken at random.

    Returns:
        Seen and hidden, two csr of the shape of `X`.

    Raises:
        ParamsError: A rule by time without times, or more to hide in total than there are ratings.
    """
    keys = seeded_keys(seed, X.nnz)
    if rule.how == "total":
        if rule.amount >= X.nnz:
            raise ParamsError(
                f"cannot hide {rule.amount:g} of {X.nnz} ratings",
                hint="hide fewer, or a fraction: --hide 20%",
            )
        mask = np.zeros(X.nnz, dtype=bool)
        mask[np.argsort(keys, kind="stable")[: int(rule.amount)]] = True
        return pick(X, ~mask), pick(X, mask)
    if rule.by_time:
        if time is None:
            raise ParamsError(
                "cannot hide the newest ratings: they have no times", hint="hide at random: --hide 20% or given:5"
            )
        order = np.lexsort((keys, -time, row_of(X)))
    else:
        order = np.lexsort((keys, row_of(X)))
    count = np.diff(X.indptr)
    rank_in_row = np.arange(X.nnz) - X.indptr[:-1].repeat(count)
    mask = np.zeros(X.nnz, dtype=bool)
    mask[order] = rank_in_row < rule.wanted(count).repeat(count)
    return pick(X, ~mask), pick(X, mask)


def check_share(name: str, share: float) -> None:
    """Refuse a share that leaves one part of a split without anything.

    Raises:
        ParamsError: It is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ParamsError(f"{name} is {share:g}, expected a share between 0 and 1")


def hides_by_person(facts: Mapping[str, Any]) -> bool:
    """Return whether a split, from its `describe`, hides something of everybody who has enough: others have too little, then.

    Elsewhere whoever is asked nothing may have rated much, such as before a cut in time.
    """
    alone = facts.get("kind") in {"leave-last-out", "leave-one-out"}
    people = facts.get("kind") in {"new-users", "new-users-time"}
    return alone or (people and not str(facts.get("hide", "")).startswith("total"))


def mostly_new(part: Holdout, new: AnyArray) -> bool:
    """Return whether most people of whom something is hidden are new, bool (rows,), and show something."""
    asked = np.diff(part.hidden.indptr) > 0
    return 2 * int((asked & new & (np.diff(part.seen.indptr) > 0)).sum()) > int(asked.sum())


def strangers(name: str, part: Holdout) -> dict[str, int]:
    """Count the people of whom something is hidden and nothing is seen, and their hidden ratings."""
    hidden = np.diff(part.hidden.indptr)
    unseen = (hidden > 0) & (np.diff(part.seen.indptr) == 0)
    return {f"{name}_users_unseen": int(unseen.sum()), f"{name}_hidden_unseen": int(hidden[unseen].sum())}
