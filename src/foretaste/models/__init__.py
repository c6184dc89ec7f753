"""A matrix becomes a model: one file per paper or family, and the one dict that names them all."""

from typing import Any

from foretaste.errors import ParamsError, nearest
from foretaste.models.autorec import AutoRec
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias, Mean, Popularity
from foretaste.models.blend import Blend
from foretaste.models.cosine_knn import CosineKnn
from foretaste.models.ease import Ease, Edlae
from foretaste.models.elsa import Elsa
from foretaste.models.factorization import BiasedMf
from foretaste.models.ials import Ials
from foretaste.models.item_autorec import ItemAutoRec
from foretaste.models.item_knn import ItemKnn
from foretaste.models.item_ridge import ItemRidge
from foretaste.models.item_rows import ItemRows
from foretaste.models.item_sparse_fc import ItemSparseFc
from foretaste.models.mult_vae import MultDae, MultVae
from foretaste.models.rank_blend import RankBlend
from foretaste.models.rec_vae import RecVae
from foretaste.models.ridge import RidgeAutoencoder
from foretaste.models.slim import Slim
from foretaste.models.sparse_fc import SparseFc
from foretaste.models.two_heads import TwoHeads
from foretaste.models.two_sided import TwoSidedRidge

MODELS: dict[str, type[Recommender[Any]]] = {
    model.name: model
    for model in (
        AutoRec, Bias, BiasedMf, Blend, CosineKnn, Ease, Edlae, Elsa, Ials, ItemAutoRec, ItemKnn, ItemRidge, ItemSparseFc,
        Mean, MultDae, MultVae, Popularity, RankBlend, RecVae, RidgeAutoencoder, Slim, SparseFc, TwoHeads, TwoSidedRidge,
    )
}  # fmt: skip
"""Every model by its name on the command line, in recipes and in bundles."""


def model_class(name: str) -> type[Recommender[Any]]:
    """Return the class behind a name; hyphens and capitals are accepted.

    Raises:
        ParamsError: There is no such model; the nearest name is offered.
    """
    key = name.strip().lower().replace("-", "_")
    if key not in MODELS:
        raise ParamsError(f'there is no model "{name}"', hint=nearest(key, MODELS))
    return MODELS[key]


__all__ = [
    "MODELS",
    "AutoRec",
    "Bias",
    "BiasedMf",
    "Blend",
    "CosineKnn",
    "Ease",
    "Edlae",
    "Elsa",
    "Ials",
    "ItemAutoRec",
    "ItemKnn",
    "ItemRidge",
    "ItemRows",
    "ItemSparseFc",
    "Mean",
    "MultDae",
    "MultVae",
    "Popularity",
    "RankBlend",
    "RecVae",
    "Recommender",
    "RidgeAutoencoder",
    "Slim",
    "SparseFc",
    "TwoHeads",
    "TwoSidedRidge",
    "model_class",
]
