"""Files in the form in which MovieLens 100K ships its folds, made of a synthetic world."""

from pathlib import Path

import numpy as np

from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world


def world_of_stars(users: int = 60, items: int = 40, n: int = 900) -> Ratings:
    """Return whole stars from 1 to 5, with times."""
    ratings = make_world(users, items, n, seed=3).ratings
    return Ratings.from_arrays(ratings.user, ratings.item, np.ceil(ratings.rating), ratings.time)


def write_official(folder: Path, ratings: Ratings, *, folds: int = 5) -> Path:
    """Write u.data, u1.base and u1.test and so on, and ua and ub, whose test files have two ratings of everybody."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.lexsort((ratings.item, ratings.user))
    rank = np.empty(len(ratings), int)
    rank[order] = np.arange(len(ratings)) - np.repeat(*_starts(ratings.user[order]))
    tests = {f"u{k + 1}": np.arange(len(ratings)) * folds // len(ratings) == k for k in range(folds)}
    tests |= {"ua": rank < 2, "ub": (rank >= 2) & (rank < 4)}
    _write(folder / "u.data", ratings)
    for name, tested in tests.items():
        _write(folder / f"{name}.base", ratings.select(~tested))
        _write(folder / f"{name}.test", ratings.select(tested))
    return folder


def _starts(users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, first, counts = np.unique(users, return_index=True, return_counts=True)
    return first, counts


def _write(path: Path, ratings: Ratings) -> None:
    columns = (ratings.user, ratings.item, ratings.rating.astype(int), ratings.time)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in zip(*columns, strict=True)))
