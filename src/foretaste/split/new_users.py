"""The talk's split: people are divided, so everyone who is judged is somebody that training never saw."""

import numpy as np

from foretaste.arrays import AnyArray, seeded_keys
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import time_matrix, user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split.holdout import Hide, Holdout, Split, hide


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
    for name, share in (("test", test), ("valid", valid)):
        if not 0 < share < 1:
            raise ParamsError(f"{name} is {share:g}, expected a share between 0 and 1")
    n = ratings.n_users
    if n < 3:
        raise DataError(
            f"the data has {n} user{'s' * (n != 1)}, expected at least 3 to divide",
            hint="hide single ratings instead: --split random",
        )
    rule = rule or Hide()
    X = user_item_matrix(ratings, catalog)
    time = time_matrix(ratings, catalog) if rule.how.startswith("newest") else None
    order = np.argsort(seeded_keys(seed, n), kind="stable")
    n_test = min(max(round(test * n), 1), n - 2)
    n_valid = min(max(round(valid * (n - n_test)), 1), n - n_test - 1)
    parts = [np.sort(order[a:b]) for a, b in ((0, n_test), (n_test, n_test + n_valid), (n_test + n_valid, n))]

    def held_out(rows: AnyArray, part: int) -> Holdout:
        starts, stops = X.indptr[rows], X.indptr[rows + 1]
        times = None if time is None else np.concatenate([time[a:b] for a, b in zip(starts, stops, strict=True)])
        seen, hidden = hide(X[rows], rule, seed=seed + 1 + part, time=times)
        return Holdout(seen, hidden, ratings.user_ids[rows])

    settings = {"seed": seed, "test": test, "valid": valid, "hide": str(rule)}
    return Split(
        train=X[parts[2]], valid=held_out(parts[1], 1), test=held_out(parts[0], 0),
        full=X[np.sort(np.concatenate(parts[1:]))], kind="new-users", scale=ratings.scale, settings=settings,
        n_ratings=len(ratings),
    )  # fmt: skip
