"""ItemSparseFc: SparseFC as it was published, with an item as a row, for the people of the training data."""

from dataclasses import dataclass

from foretaste.models.item_rows import ItemRows
from foretaste.models.sparse_fc import SparseFc, SparseFcParams


@dataclass(frozen=True)
class ItemSparseFcParams(SparseFcParams):
    """Settings of `ItemSparseFc`: those of `SparseFc`, of which people and items keep their names."""


class ItemSparseFc(ItemRows[ItemSparseFcParams]):
    """SparseFC of item rows: reads the ratings that an item got and writes what each person would give it.

    As `SparseFc` on the transposed matrix; `ItemRows` keeps the items' codes and the people's decoder rows.

    Symbols: As in `SparseFc`, with people and items in each other's place.
    Paper: L. Muller, J. Martel, G. Indiveri, "Kernelized synaptic weight matrices", ICML 2018, PMLR 80:3654-3663.
    Differs: As `SparseFc`. Without the second stage of GLocal-K (S. Han et al., CIKM 2021), a 3 x 3 convolution over the matrix
        of items x people in the order of their ids.
    Cost: As `SparseFc` for a matrix of items x people.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[5.0, 1, 0], [4, 2, 5]])
        >>> ItemSparseFc(widths=[4], epochs=2).fit(X).score(X[1:]).shape
        (1, 3)
    """

    Params = ItemSparseFcParams
    name = "item_sparse_fc"
    inner = SparseFc
    space = SparseFc.space
