"""The noun Case: the data that a doctor looks at, and what several checks count in it, each counted once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from shlex import quote

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.data.filters import Policy, drop_duplicates, min_counts
from foretaste.data.items import Film
from foretaste.data.ratings import Ratings
from foretaste.doctor.columns import swapped
from foretaste.doctor.scale import Numbers, marks, odd_zeros
from foretaste.errors import ForetasteError
from foretaste.experiment import divide, divide_folds
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.split import Split
from foretaste.split.given import joint_catalog


@dataclass(frozen=True, eq=False)
class Case:
    """What is looked at.

    Args:
        rows: Ratings as they stand in the file, repeated pairs and all; of the train file where there is a test file.
        catalog: Holds every item of the ratings.
        path: What the user calls the data, as a word of the shell.
        columns: Names of columns that the caller gave, which a line of the shell has to repeat.
        separator: What the caller says stands between fields, the same.
        films: The catalogue file as it stands, or None where there is none.
        bad: What is wrong with the first bad rows.
        test: The caller's own test file, a case of its own.
        bundle: A saved model that is to be used on the data.
        bundle_path: What the user calls it.
        bundle_own: Whether it was trained from these very data; None where that is not known.
        split: How the data are to be divided; None where nobody has said.
        duplicates: Which rating of a repeated pair stays for all other checks.
        now: Unix seconds; later times are in the future.
    """

    rows: Ratings
    catalog: Catalog
    path: str = "DATA"
    columns: Mapping[str, str] | None = None
    separator: str | None = None
    films: tuple[Film, ...] | None = None
    bad: tuple[str, ...] = ()
    test: "Case | None" = None
    bundle: Bundle | None = None
    bundle_path: str = "BUNDLE"
    bundle_own: bool | None = None
    split: SplitParams | None = None
    duplicates: Policy = "last"
    now: int = field(default_factory=lambda: int(time.time()))

    @cached_property
    def ratings(self) -> Ratings:
        """One rating of each pair."""
        return drop_duplicates(self.rows, self.duplicates) if self.rows.log.duplicates else self.rows

    @cached_property
    def per_user(self) -> NDArray[np.int64]:
        """Ratings of each user, (users,)."""
        return np.bincount(self.ratings.user_code, minlength=self.ratings.n_users)

    @cached_property
    def per_item(self) -> NDArray[np.int64]:
        """Ratings of each item, (items,)."""
        return np.bincount(self.ratings.item_code, minlength=self.ratings.n_items)

    @cached_property
    def values(self) -> tuple[Numbers, AnyArray]:
        """Distinct ratings, ascending, and how often each stands there."""
        return counted_values(self.ratings)

    @cached_property
    def marks(self) -> tuple[float, ...]:
        """Values far outside the scale."""
        return () if self.rows.log.implicit else marks(*self.values)

    @cached_property
    def zeros(self) -> tuple[str, bool] | None:
        """Why 0 looks like no rating, in words, and whether there are few such."""
        if self.rows.log.implicit:
            return None
        values, counts = self.values
        kept = ~np.isin(values, self.marks)
        return odd_zeros(values[kept], counts[kept])

    @cached_property
    def plain(self) -> Ratings:
        """Ratings without marks and odd zeros; all of them if there is nothing else."""
        odd = [*self.marks, *([0.0] if self.zeros else [])]
        if not odd:
            return self.ratings
        kept = ~np.isin(self.ratings.rating, np.array(odd, np.float32))
        return self.ratings.select(kept) if kept.any() else self.ratings

    @cached_property
    def swapped(self) -> tuple[str, ...]:
        """Signs that the columns of users and items are swapped, in words; none where they are not."""
        ids = None if self.films is None else [film_id for film_id, _, _ in self.films]
        return swapped(self.ratings, ids)

    @cached_property
    def division(self) -> Split | ForetasteError:
        """The data divided as was said, else by people, else by ratings; or why they cannot be."""
        named = self.split if self.test is None else SplitParams("given")
        kinds = [named] if named else [SplitParams(), SplitParams("random")]
        problem: ForetasteError | None = None
        for params in kinds:
            try:
                return self._divided(params)
            except ForetasteError as error:
                problem = problem or error
        assert problem is not None  # noqa: S101 (there is one kind at least)
        return problem

    def _divided(self, params: SplitParams) -> Split:
        catalog = self.catalog if self.test is None else joint_catalog(self.catalog, self.test.catalog)
        return _divided(Source(self.ratings, catalog, None if self.test is None else self.test.ratings), params)

    @property
    def said(self) -> str:
        """The data as words of the shell, with what the caller said about how to read them."""
        return self.said_with({})

    def said_with(self, columns: Mapping[str, str]) -> str:
        """Return the same with other names of some columns; an empty name says that there is no such column."""
        names = ",".join(f"{role}={name}" for role, name in {**(self.columns or {}), **columns}.items())
        bad = "skip" if self.rows.log.rows_bad else None
        options = {"--columns": names, "--separator": self.separator, "--bad-rows": bad}
        return " ".join([self.path, *(f"{option} {quote(word)}" for option, word in options.items() if word)])

    def line(self, more: str, *, split: str = "new-users", per_user: int = 1, per_item: int = 1) -> str | None:
        """Return a line of the shell that compares models, or None where the data could not be divided so, or nothing hidden.

        Args:
            more: Its options.
            split: The kind of split that they mean.
            per_user: Ratings that they want of everybody.
            per_item: Ratings that they want of every item.
        """
        try:
            kept = min_counts(self.ratings, per_user=per_user, per_item=per_item)
            hidden = _divided(Source(kept, self.catalog), SplitParams(split)).test.hidden
        except ForetasteError:
            return None
        return f"foretaste compare {self.said} {more}" if hidden.nnz else None


def _divided(source: Source, params: SplitParams) -> Split:
    """The data divided; the first fold where there are several."""
    recipe = Recipe(split=params)
    return next(iter(divide_folds(source, recipe))) if params.n_folds else divide(source, recipe)


def counted_values(ratings: Ratings) -> tuple[Numbers, AnyArray]:
    """Return distinct ratings, ascending, as the shortest numbers that they are, and how often each stands there."""
    values, counts = np.unique(ratings.rating, return_counts=True)
    return np.array([float(str(value)) for value in values]) if len(values) <= 1000 else values.astype(float), counts
