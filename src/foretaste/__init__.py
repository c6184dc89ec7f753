"""A recommendation engine built on autoencoders: ratings in, honest accuracy and recommendations for anyone out.

Names load when they are first used, so `import foretaste` costs next to nothing.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# torch and numba each keep a team of OpenMP threads, and a training step alternates between them. Threads that spin while they
# wait take the other team's cores: on a busy machine training was 40 to 100 times slower. It counts only before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_HOME = {
    "AutoRec": "models",
    "Bias": "models",
    "BiasedMf": "models",
    "Blend": "models",
    "Bundle": "bundle",
    "Catalog": "data.catalog",
    "Ease": "models",
    "Edlae": "models",
    "Elsa": "models",
    "Entry": "entries",
    "ForetasteError": "errors",
    "Hide": "split",
    "Holdout": "split",
    "Ials": "models",
    "ItemAutoRec": "models",
    "ItemKnn": "models",
    "ItemRidge": "models",
    "MODELS": "models",
    "Mean": "models",
    "MultVae": "models",
    "Popularity": "models",
    "RankBlend": "models",
    "Ranking": "ranking",
    "Ratings": "data.ratings",
    "ReadOptions": "data.readers",
    "RecVae": "models",
    "Recipe": "recipe",
    "RidgeAutoencoder": "models",
    "Search": "tuning",
    "Split": "split",
    "TwoHeads": "models",
    "TwoSidedRidge": "models",
    "Watch": "training.watch",
    "compare": "comparison",
    "compare_folds": "folds",
    "evaluate": "evaluation",
    "explain": "explanation",
    "load": "source",
    "load_folds": "source",
    "make_world": "data.synthetic",
    "rank": "ranking",
    "read_data": "data.readers",
    "read_protocol": "protocols",
    "read_ratings": "data.readers",
    "read_recipe": "recipe",
    "run": "experiment",
    "split_folds": "split",
    "split_given": "split",
    "split_leave_last_out": "split",
    "split_leave_one_out": "split",
    "split_new_users": "split",
    "split_new_users_time": "split",
    "split_random": "split",
    "split_time": "split",
    "split_user_folds": "split",
    "tune": "tuning",
}

__all__ = [  # noqa: RUF022 (sorted as people read: nouns, then verbs)
    "AutoRec", "Bias", "BiasedMf", "Blend", "Bundle", "Catalog", "Ease", "Edlae", "Elsa", "Entry", "ForetasteError", "Hide",
    "Holdout", "Ials", "ItemAutoRec", "ItemKnn", "ItemRidge", "MODELS", "Mean", "MultVae", "Popularity", "RankBlend",
    "Ranking", "Ratings", "ReadOptions", "RecVae", "Recipe", "RidgeAutoencoder", "Search", "Split", "TwoHeads",
    "TwoSidedRidge", "Watch", "compare", "compare_folds", "evaluate", "explain", "load", "load_folds", "make_world", "rank",
    "read_data", "read_protocol", "read_ratings", "read_recipe", "run", "split_folds", "split_given", "split_leave_last_out",
    "split_leave_one_out", "split_new_users", "split_new_users_time", "split_random", "split_time", "split_user_folds",
    "tune",
]  # fmt: skip

if TYPE_CHECKING:
    from foretaste.bundle import Bundle
    from foretaste.comparison import compare
    from foretaste.data.catalog import Catalog
    from foretaste.data.ratings import Ratings
    from foretaste.data.readers import ReadOptions, read_data, read_ratings
    from foretaste.data.synthetic import make_world
    from foretaste.entries import Entry
    from foretaste.errors import ForetasteError
    from foretaste.evaluation import evaluate
    from foretaste.experiment import run
    from foretaste.explanation import explain
    from foretaste.folds import compare_folds
    from foretaste.models import (
        MODELS,
        AutoRec,
        Bias,
        BiasedMf,
        Blend,
        Ease,
        Edlae,
        Elsa,
        Ials,
        ItemAutoRec,
        ItemKnn,
        ItemRidge,
        Mean,
        MultVae,
        Popularity,
        RankBlend,
        RecVae,
        RidgeAutoencoder,
        TwoHeads,
        TwoSidedRidge,
    )  # fmt: skip
    from foretaste.protocols import read_protocol
    from foretaste.ranking import Ranking, rank
    from foretaste.recipe import Recipe, read_recipe
    from foretaste.source import load, load_folds
    from foretaste.split import (
        Hide,
        Holdout,
        Split,
        split_folds,
        split_given,
        split_leave_last_out,
        split_leave_one_out,
        split_new_users,
        split_new_users_time,
        split_random,
        split_time,
        split_user_folds,
    )  # fmt: skip
    from foretaste.training.watch import Watch
    from foretaste.tuning import Search, tune


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'foretaste' has no attribute {name!r}")
    return getattr(import_module(f"foretaste.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
