"""ItemRidge: the ridge autoencoder with an item as a row, for the people of the training data."""

from dataclasses import dataclass

from foretaste.models.item_rows import ItemRows
from foretaste.models.ridge import RidgeAutoencoder, RidgeParams


@dataclass(frozen=True)
class ItemRidgeParams(RidgeParams):
    """Settings of `ItemRidge`: those of `RidgeAutoencoder`, of which people and items keep their names."""


class ItemRidge(ItemRows[ItemRidgeParams]):
    """The ridge autoencoder of item rows: an item's code is one small regression of the ratings it got.

    As `RidgeAutoencoder` on the transposed matrix: columns are people, so an item's code starts from what the people who rated
    it say by having rated it, and moves by what they gave. `ItemRows` keeps the items' codes and the people's decoder rows.

    Symbols: As in `RidgeAutoencoder`, with people and items in each other's place.
    Paper: None: a model of this project.
    Differs: See `RidgeAutoencoder`.
    Cost: As `RidgeAutoencoder` for a matrix of items x people.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[5.0, 1, 0], [4, 2, 5]])
        >>> ItemRidge(latent=2, epochs=2).fit(X).score(X[1:]).shape
        (1, 3)
    """

    Params = ItemRidgeParams
    name = "item_ridge"
    inner = RidgeAutoencoder
    space = RidgeAutoencoder.space
