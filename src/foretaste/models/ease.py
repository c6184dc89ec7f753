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
        growth: See `Edlae`; 0 is the paper's.
        tilt: See `Edlae`; 0 is the paper's.
    """


class Ease(ItemWeights[EaseParams]):
    """Linear autoencoder without a hidden layer: each item is predicted from all others, in closed form.

    Minimises |X - X B|^2 + l2 |B|^2 with a diagonal of 0, so no item explains itself. With P = (X'X + l2 I)^-1 that is

        B_ij = -P_ij / P_jj,    score of item j = sum of B_ij over the items i of a row

    Values do not count: whatever is stored is 1.

    Symbols: X rows x items; B item weights; P inverse of the penalised sums of products.
    Paper: H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019, arXiv:1905.03375.
    Differs: l2 is chosen by trials on the most popular items. `length`, `growth` and `tilt`, off here, are explained in
        `Edlae`.
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
        length: Exponent a of the number of entries by which longer rows count less; 0 is the paper's.
        growth: Exponent g of the number of entries by which popular items are penalised more; 0 is the paper's.
        tilt: Exponent t by which items that the others explain well give way to those they do not; 0 is the paper's.
        dropout: Share of the entries of a row that are left out while learning.
    """

    length: float = 0.25
    growth: float = 0.25
    tilt: float = 0.25
    dropout: float = 0.33

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("dropout", self.dropout, 0, 0.99)


class Edlae(ItemWeights[EdlaeParams]):
    """Linear autoencoder that learns to fill in what was dropped from a row, in closed form.

    Minimises the squared error of X predicted from rows of which a share p is dropped, on average over all ways to drop, with
    l2 |B|^2 and a diagonal of 0. That is `Ease` with another penalty for each item, and here with three exponents more:

        B_ij = -P_ij / P_jj (P_jj / mean P_jj)^t,    G = X' diag(n_u^-a) X
        P = (G + p / (1 - p) diag(G) + l2 diag(max(G_ii, 1) / 100)^g)^-1

    With a > 0 who holds much counts less for each thing held: the weights are to be right for people, not for entries. With
    g > 0 the penalty grows with an item's popularity, as the one by dropout does, only slower. 1 / P_jj is what the regression
    on the others leaves of item j; it is large for popular ones, and all scores of a column carry it as a factor. With t > 0
    they do so less, which lifts items that fewer people hold.

    Symbols: As in `Ease`; p dropout; n_u entries of row u, scaled so that an entry weighs 1 on average; a `length`; g `growth`;
        t `tilt`.
    Paper: H. Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020. That rows and items are better
        scaled by their counts is in S. Park et al., "Why is normalization necessary for linear recommenders?", SIGIR 2025; a
        softer zero diagonal, of which t is a smooth form, in J. Moon et al., "It's enough: relaxing diagonal constraints in
        linear autoencoders for recommendation", SIGIR 2023.
    Differs: l2 is chosen by trials on the most popular items. With a = g = t = 0 it is the paper's; the defaults, 1/4 each,
        were a little better on validation people of the three data sets they were chosen on, one real and two synthetic.
    Cost: As `Ease`.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Edlae(l2=1).fit(csr_array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])).score(csr_array([[1.0, 0, 0]])).round(2)
        array([[0.  , 0.59, 0.  ]], dtype=float32)
    """

    Params = EdlaeParams
    name = "edlae"
    space: ClassVar[Space] = {"dropout": Range(0.1, 0.8)}

    def _dropout(self) -> float:
        return self.params.dropout
