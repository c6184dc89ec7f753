"""What a fit takes, about: seconds per rating, per pair of ratings of one person, and per item squared and cubed.

The paces are of `bench/pace.py`: defaults of every model, two cores of a server, worlds of 6,000 to 300,000 ratings. They are
within a factor of two there; another machine has a factor of its own, and a model with other settings another pace.
"""

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import Csr
from foretaste.entries import Entry
from foretaste.models import model_class

PACES: dict[str, tuple[float, float, float, float, float]] = {}
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
