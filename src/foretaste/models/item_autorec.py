"""ItemAutoRec: AutoRec with an item as a row, for the people of the training data."""

from dataclasses import dataclass

from foretaste.models.autorec import AutoRec, AutoRecParams
from foretaste.models.item_rows import ItemRows


@dataclass(frozen=True)
class ItemAutoRecParams(AutoRecParams):
    """Settings of `ItemAutoRec`: those of `AutoRec`, of which people and items keep their names."""

    noise: float = 0.8
    shown_weight: float = 0.3


class ItemAutoRec(ItemRows[ItemAutoRecParams]):
    """AutoRec of item rows: reads the ratings that an item got and writes what each person would give it.

    As `AutoRec` on the transposed matrix: x holds what people gave the item, less the bias model, and y_u is read off for
    every person u of the training data. `ItemRows` keeps the items' codes and the people's decoder rows.

    Symbols: As in `AutoRec`, with people and items in each other's place.
    Paper: S. Sedhain, A. Menon, S. Sanner, L. Xie, "AutoRec: autoencoders meet collaborative filtering", WWW 2015,
        doi:10.1145/2740908.2742726 (I-AutoRec).
    Differs: As `AutoRec`; the paper's I-AutoRec reads raw ratings with zeros for missing ones and hides nothing: set
        ``noise=0, mask_input=False, center=False, activation="sigmoid", dropout=0`` for its network.
    Cost: As `AutoRec` for a matrix of items x people.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[5.0, 1, 0], [4, 2, 5]])
        >>> ItemAutoRec(widths=[4], epochs=2).fit(X).score(X[1:]).shape
        (1, 3)
    """

    Params = ItemAutoRecParams
    name = "item_autorec"
    inner = AutoRec
    space = AutoRec.space
