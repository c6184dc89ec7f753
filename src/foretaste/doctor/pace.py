"""What a fit takes, about: seconds per rating, per pair of ratings of one person, and per item squared and cubed.

The paces are of `bench/pace.py`: defaults of every model, one core of a server, worlds of 6,000 to 300,000 ratings. They hold
there within a third; another machine has a factor of its own, two cores take a little more than half, and other settings have
another pace.
"""

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import Csr
from foretaste.entries import Entry
from foretaste.models import model_class

PACES: dict[str, tuple[float, float, float, float, float]] = {
    "mean": (0.0022, 1.6e-09, 9e-12, 0, 0),
    "bias": (0.0024, 9.9e-08, 0, 0, 1.2e-15),
    "item_knn": (0.0053, 2.2e-07, 2.4e-09, 2.1e-08, 0),
    "biased_mf": (0.059, 5.6e-06, 0, 1.8e-08, 0),
    "two_sided_ridge": (0.89, 3.8e-05, 0, 0, 1.7e-11),
    "ridge": (0.76, 3e-05, 0, 1.5e-07, 0),
    "autorec": (5.9, 4e-05, 6.5e-08, 1.5e-07, 0),
    "popularity": (0.0017, 1.4e-09, 2.6e-11, 6.2e-12, 0),
    "cosine_knn": (0.0077, 8.9e-08, 7.2e-10, 1.6e-08, 0),
    "ials": (0.12, 2.2e-06, 3.3e-09, 7.6e-09, 0),
    "ease": (0.029, 9.2e-08, 9.7e-09, 1.9e-07, 1.5e-12),
    "edlae": (0.022, 0, 6.8e-09, 1.7e-07, 1.4e-13),
    "elsa": (0.18, 5.6e-06, 0, 1.3e-07, 0),
}
"""Seconds: once, per rating, per pair of ratings of one person, per item squared, per item cubed."""
PARTS = {"blend": ("members",), "rank_blend": ("members",), "two_heads": ("rater", "ranker")}
"""Settings of models made of others that name these; each is fitted, and a blend fits its members twice."""


def sums(X: Csr) -> NDArray[np.float64]:
    """Return what the paces are per: 1, ratings, pairs of ratings of one person, items squared and cubed.

    Args:
        X: What is learnt from, users x items.
    """
    n_u = np.diff(X.indptr).astype(np.float64)
    items = float((np.bincount(X.indices, minlength=1) > 0).sum())
    return np.array([1.0, X.nnz, (n_u**2).sum(), items**2, items**3])


def seconds(entry: Entry, X: Csr) -> float | None:
    """Return about how long one fit takes, in seconds, or None where no pace of the model, or of a part of it, is known.

    Args:
        entry: The model.
        X: What it would learn from, users x items.
    """
    name = model_class(entry.model).name
    if name not in PARTS:
        return float(sums(X) @ PACES[name]) if name in PACES else None
    params = entry.build(0).params
    named = [part for field in PARTS[name] for part in _names(getattr(params, field))]
    each = [seconds(Entry(part), X) for part in named]
    times = 2 if PARTS[name] == ("members",) else 1
    return None if None in each else times * sum(one for one in each if one is not None)


def _names(value: object) -> tuple[str, ...]:
    return (
        (value,) if isinstance(value, str) else tuple(str(part) for part in value) if isinstance(value, tuple) else ()
    )
