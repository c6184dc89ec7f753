"""The linear autoencoders with a closed form: EASE, and EDLAE, which drops out entries without ever drawing any."""

from dataclasses import dataclass
from typing import ClassVar

from foretaste.models.item_weights import ItemWeights, ItemWeightsParams
from foretaste.models.params import check_range
from foretaste.models.space import Range, Space


@dataclass(frozen=True)
class EaseParams(ItemWeightsParams):
    """Settings of `Ease`.

    Args:
        l2: Penalty on the weights; 0 chooses it on validation, or on a tenth of the rows where there is none.
        length: See `Edlae`; 0 is the paper's.
        tilt: See `Edlae`; 0 is the paper's.
    """


class Ease(ItemWeights[EaseParams]):
    """Linear autoencoder without a hidden layer: each item is predicted from all others, in closed form.

    Minimises |X - X B|^2 + l2 |B|^2 with a diagonal of 0, so no item explains itself. With P = (X'X + l2 I)^-1 that is

        B_ij = -P_ij / P_jj,    score of item j = sum of B_ij over the items i of a row

    Values do not count: whatever is stored is 1.

    Symbols: X rows x items; B item weights; P inverse of the penalised sums of products.
    Paper: H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019, arXiv:1905.03375.
    Differs: l2 is chosen by trials on the most popular items. `length` and `tilt`, off here, are explained in `Edlae`.
    Cost: O(items^3) time, 4 items^2 bytes and 28 bytes an entry.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Ease(l2=1).fit(csr_array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])).score(csr_array([[1.0, 0, 0]])).round(2)
        array([[0.  , 0.67, 0.  ]], dtype=float32)
    """

    Params = EaseParams
    name = "ease"


@dataclass(frozen=True)
class EdlaeParams(ItemWeightsParams):
    """Settings of `Edlae`.

    Args:
        l2: Penalty on the weights; 0 chooses it on validation, or on a tenth of the rows where there is none.
        length: People with many entries count less: each row by its number of entries to the power of minus this.
        tilt: See the class; 0 is the paper's.
        dropout: Share of the entries of a row that are left out while learning.
    """

    dropout: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("dropout", self.dropout, 0, 0.99)


class Edlae(ItemWeights[EdlaeParams]):
    """Linear autoencoder that learns to fill in what was dropped from a row, in closed form.

    Minimises the squared error of X predicted from rows of which a share p is dropped, on average over all ways to drop, with
    l2 |B|^2 and a diagonal of 0. That is `Ease` with another penalty for each item:

        B_ij = -P_ij / P_jj,    P = (G + l2 I + p / (1 - p) diag(G))^-1,    G = X'X

    Symbols: As in `Ease`; p dropout.
    Paper: H. Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020.
    Differs: l2 is chosen by trials on the most popular items.
    Cost: As `Ease`.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Edlae(l2=1).fit(csr_array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])).score(csr_array([[1.0, 0, 0]])).round(2)
        array([[0. , 0.4, 0. ]], dtype=float32)
    """

    Params = EdlaeParams
    name = "edlae"
    space: ClassVar[Space] = {"dropout": Range(0.1, 0.8)}

    def _dropout(self) -> float:
        return self.params.dropout
