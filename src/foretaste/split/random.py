"""The split of most rating papers: single ratings are hidden, and everybody stays in training with the rest."""

import numpy as np

from foretaste.arrays import pick, seeded_keys
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split.holdout import Holdout, Split


def split_random(ratings: Ratings, catalog: Catalog, *, test: float = 0.1, valid: float = 0.1, seed: int = 0) -> Split:
    """Hide a random share of all ratings for test, and of the rest for validation.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Columns; covers the whole file.
        test: Share of all ratings, 0 to 1.
        valid: Share of the remaining ratings, 0 to 1.
        seed: The same seed gives the same split on every machine.

    Returns:
        All parts have a row for every user, in ascending order of id. The seen half of `test` holds the validation ratings
        too: at that point everything is chosen. A user all of whose ratings are hidden has an empty row.

    Raises:
        DataError: Fewer than three ratings.
        ParamsError: A share outside 0 to 1.
    """
    for name, share in (("test", test), ("valid", valid)):
        if not 0 < share < 1:
            raise ParamsError(f"{name} is {share:g}, expected a share between 0 and 1")
    n = len(ratings)
    if n < 3:
        raise DataError(f"the data has {n} rating{'s' * (n != 1)}, expected at least 3 to divide")
    X = user_item_matrix(ratings, catalog)
    order = np.argsort(seeded_keys(seed, n), kind="stable")
    n_test = min(max(round(test * n), 1), n - 2)
    n_valid = min(max(round(valid * (n - n_test)), 1), n - n_test - 1)
    part = np.zeros(n, dtype=np.int8)  # 0 train, 1 test, 2 validation
    part[order[:n_test]] = 1
    part[order[n_test : n_test + n_valid]] = 2
    train, full = pick(X, part == 0), pick(X, part != 1)
    return Split(
        train=train, full=full, kind="random", scale=ratings.scale,
        valid=Holdout(train, pick(X, part == 2), ratings.user_ids),
        test=Holdout(full, pick(X, part == 1), ratings.user_ids),
        settings={"seed": seed, "test": test, "valid": valid}, n_ratings=n,
    )  # fmt: skip
