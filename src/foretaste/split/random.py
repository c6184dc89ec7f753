"""The split of most rating papers: single ratings are hidden, and everybody stays in training with the rest."""

from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, pick, seeded_keys
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError
from foretaste.split.holdout import Holdout, Split, check_share


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
    check_share("test", test)
    check_share("valid", valid)
    n = len(ratings)
    if n < 3:
        raise DataError(f"the data has {n} rating{'s' * (n != 1)}, expected at least 3 to divide")
    X = user_item_matrix(ratings, catalog)
    order = np.argsort(seeded_keys(seed, n), kind="stable")
    n_test = min(max(round(test * n), 1), n - 2)
    settings = {"seed": seed, "test": test, "valid": valid}
    return divide_ratings(X, ratings, order, n_test, kind="random", settings=settings)


def divide_ratings(
    X: Csr, ratings: Ratings, order: AnyArray, n_test: int, *, kind: str, settings: dict[str, Any]
) -> Split:
    """Give the first ratings of an order to test, the next to validation and the others to training.

    Args:
        X: All ratings, users x items.
        ratings: What `X` was made of.
        order: Places in the storage order of `X`, each once, (n,).
        n_test: How many are for test.
        kind: Of the split.
        settings: Of the split; `valid` is the share of the others to choose on.
    """
    n = len(order)
    n_valid = min(max(round(settings["valid"] * (n - n_test)), 1), n - n_test - 1)
    part = np.zeros(n, dtype=np.int8)  # 0 train, 1 test, 2 validation
    part[order[:n_test]] = 1
    part[order[n_test : n_test + n_valid]] = 2
    return split_of_parts(X, part, ratings, kind=kind, settings=settings)


def split_of_parts(X: Csr, part: AnyArray, ratings: Ratings, *, kind: str, settings: dict[str, Any]) -> Split:
    """Return the split in which every part has a row for every user.

    Args:
        X: All ratings, users x items.
        part: 0 train, 1 test, 2 validation, in the storage order of `X`, (n,).
        ratings: What `X` was made of.
        kind: Of the split.
        settings: Of the split.
    """
    train, full = pick(X, part == 0), pick(X, part != 1)
    return Split(
        train=train, full=full, kind=kind, scale=ratings.scale,
        valid=Holdout(train, pick(X, part == 2), ratings.user_ids),
        test=Holdout(full, pick(X, part == 1), ratings.user_ids),
        settings=settings, n_ratings=len(ratings),
    )  # fmt: skip
