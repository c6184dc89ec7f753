"""Folds: the data are divided k times, so that everything is judged once and chance has less to say.

Folds of single ratings are the way of most rating papers and of the tools that print one number over five of them; folds of
people ask the harder question, about everybody as somebody new. Each fold is a split like any other, with a validation part of
its own, and folds are made one after the other: k of them are never in memory at once.
"""

from collections.abc import Iterator

import numpy as np

from foretaste.arrays import AnyArray, seeded_keys
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError, ParamsError
from foretaste.split.holdout import Hide, Split, check_share
from foretaste.split.new_users import divide_people, rows_and_times
from foretaste.split.random import divide_ratings


def split_folds(
    ratings: Ratings, catalog: Catalog, *, folds: int = 5, valid: float = 0.1, seed: int = 0
) -> Iterator[Split]:
    """Divide single ratings into folds: every rating is in the test part of exactly one.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Columns; covers the whole file.
        folds: How many, 2 or more; their test parts differ by one rating at most.
        valid: Share of a fold's other ratings to choose on, 0 to 1.
        seed: The same seed gives the same folds on every machine.

    Returns:
        One split after the other, with the rows of `split_random`: all users, in ascending order of id.

    Raises:
        DataError: Fewer ratings than folds, or fewer than three.
        ParamsError: Fewer than two folds, or `valid` is outside 0 to 1.
    """
    n = len(ratings)
    _check(folds, valid, n, "rating")
    X = user_item_matrix(ratings, catalog)
    order = np.argsort(seeded_keys(seed, n), kind="stable")

    def fold(place: int) -> Split:
        turned, n_test = _turned(order, place, folds)
        settings = {"seed": seed, "fold": place + 1, "folds": folds, "valid": valid}
        return divide_ratings(X, ratings, turned, n_test, kind="k-fold", settings=settings)

    return map(fold, range(folds))


def split_user_folds(
    ratings: Ratings,
    catalog: Catalog,
    *,
    folds: int = 5,
    valid: float = 0.2,
    rule: Hide | None = None,
    seed: int = 0,
) -> Iterator[Split]:
    """Divide people into folds: everybody is in the test part of exactly one, as somebody that its training never saw.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Columns; covers the whole file.
        folds: How many, 2 or more; their test parts differ by one person at most.
        valid: Share of a fold's other people to choose on, 0 to 1.
        rule: Which ratings of a person are hidden; 20 % of each person's by default. A rule of so many in total counts anew
            in each fold.
        seed: The same seed gives the same folds on every machine.

    Returns:
        One split after the other, with the rows of `split_new_users`.

    Raises:
        DataError: Fewer people than folds, or fewer than three.
        ParamsError: Fewer than two folds, or `valid` is outside 0 to 1.
    """
    n = ratings.n_users
    _check(folds, valid, n, "user")
    rule = rule or Hide()
    X, time = rows_and_times(ratings, catalog, rule)
    order = np.argsort(seeded_keys(seed, n), kind="stable")

    def fold(place: int) -> Split:
        turned, n_test = _turned(order, place, folds)
        settings = {"seed": seed, "fold": place + 1, "folds": folds, "valid": valid, "hide": str(rule)}
        return divide_people(X, time, ratings, turned, n_test, rule=rule, settings=settings)

    return map(fold, range(folds))


def _turned(order: AnyArray, place: int, folds: int) -> tuple[AnyArray, int]:
    """Return the order with a fold's own part in front, and how long that is."""
    start, stop = (edge * len(order) // folds for edge in (place, place + 1))
    return np.roll(order, -start), stop - start


def _check(folds: int, valid: float, n: int, noun: str) -> None:
    check_share("valid", valid)
    if folds < 2:
        raise ParamsError(f"folds is {folds}, expected at least 2")
    least = 4 if folds == 2 else folds  # one to ask, one to choose on and one to learn from
    if n < least:
        raise DataError(
            f"the data has {counted(n, noun)}, expected at least {least} for {folds} folds",
            hint="take fewer folds, or one split: --split random" if noun == "rating" else "take fewer folds",
        )
