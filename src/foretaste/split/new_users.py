"""The talk's split: people are divided, so everyone who is judged is somebody that training never saw."""

from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, seeded_keys, with_values
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import time_matrix, user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError
from foretaste.split.holdout import Hide, Holdout, Split, check_share, hide, strangers


def split_new_users(
    ratings: Ratings,
    catalog: Catalog,
    *,
    test: float = 0.1,
    valid: float = 0.2,
    rule: Hide | None = None,
    seed: int = 0,
) -> Split:
    """Divide users into train, validation and test, and hide part of what the last two have rated.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Columns; covers the whole file, so an item that no training user rated keeps its column.
        test: Share of all users, 0 to 1.
        valid: Share of the remaining users, 0 to 1.
        rule: Which ratings are hidden; 20 % of each person's by default.
        seed: The same seed gives the same split on every machine.

    Returns:
        Rows of each part in ascending order of user id; every rating of the table is in exactly one part.

    Raises:
        DataError: Fewer than three users.
        ParamsError: A share outside 0 to 1.
    """
    check_share("test", test)
    check_share("valid", valid)
    n = ratings.n_users
    if n < 3:
        raise DataError(
            f"the data has {n} user{'s' * (n != 1)}, expected at least 3 to divide",
            hint="hide single ratings instead: --split random",
        )
    rule = rule or Hide()
    order = np.argsort(seeded_keys(seed, n), kind="stable")
    n_test = min(max(round(test * n), 1), n - 2)
    settings = {"seed": seed, "test": test, "valid": valid, "hide": str(rule)}
    X, time = rows_and_times(ratings, catalog, rule)
    return divide_people(X, time, ratings, order, n_test, rule=rule, settings=settings)


def rows_and_times(ratings: Ratings, catalog: Catalog, rule: Hide) -> tuple[Csr, Csr | None]:
    """Return users x items, and the times of the same cells where the rule asks for them."""
    X = user_item_matrix(ratings, catalog)
    return X, with_values(X, time_matrix(ratings, catalog)) if rule.by_time else None


def divide_people(
    X: Csr, time: Csr | None, ratings: Ratings, order: AnyArray, n_test: int, *, rule: Hide, settings: dict[str, Any],
) -> Split:  # fmt: skip
    """Give the first people of an order to test, the next to validation and the others to training.

    Args:
        X: All ratings, users x items.
        time: Of each cell of `X`, or None where the rule asks for none.
        ratings: What `X` was made of.
        order: Rows of `X`, each once, (users,).
        n_test: How many are for test.
        rule: What is hidden of people of test and validation.
        settings: Of the split; `valid` is the share of the others to choose on, `seed` decides what is hidden.
    """
    n, seed = len(order), settings["seed"]
    n_valid = min(max(round(settings["valid"] * (n - n_test)), 1), n - n_test - 1)
    parts = [np.sort(order[a:b]) for a, b in ((0, n_test), (n_test, n_test + n_valid), (n_test + n_valid, n))]
    test, chosen = (held_out(X, rows, ratings, rule, seed + 1 + i, time) for i, rows in enumerate(parts[:2]))
    if rule.how == "total":  # which may take all that somebody has
        settings = settings | strangers("test", test) | strangers("valid", chosen)
    return Split(
        train=X[parts[2]], valid=chosen, test=test, full=X[np.sort(np.concatenate(parts[1:]))], kind="new-users",
        scale=ratings.scale, settings=settings, n_ratings=len(ratings),
    )  # fmt: skip


def held_out(X: Csr, rows: AnyArray, ratings: Ratings, rule: Hide, seed: int, time: Csr | None) -> Holdout:
    """Return some people with part of what they rated hidden.

    Args:
        X: Users x items.
        rows: Of the people, ascending.
        ratings: Names the users.
        rule: What is hidden.
        seed: Of what is hidden.
        time: Of each cell of `X`, or None.
    """
    seen, hidden = hide(X[rows], rule, seed=seed, time=None if time is None else time[rows].data)
    return Holdout(seen, hidden, ratings.user_ids[rows])
