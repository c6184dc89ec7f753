"""RankBlend: several rankers' scores in common units, weighed by what people chose that no member has seen."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, ones, row_blocks, seeded_sample
from foretaste.metrics.ranking import ndcg
from foretaste.models.blend import Blend, MixParams
from foretaste.models.list_weights import LIST, Block, search_weights, standardise
from foretaste.ranking import rank
from foretaste.training.watch import Measure

CELLS = 50_000_000
"""Scores kept while weights are chosen, at most; of more people than give so many, a seeded sample is taken."""


@dataclass(frozen=True)
class RankBlendParams(MixParams):
    """Settings of `RankBlend`.

    Args:
        members: Names of models that rank.
        settings: Of the members, as in `MixParams`, as are weights, share and seed: ``"ials.latent=128"``.
        weights: One for each member.
        share: Of the clicks, set aside.
        seed: Of the members.
    """

    members: tuple[str, ...] = ("edlae", "ials", "mult_vae")


class RankBlend(Blend):
    """A weighted sum of other rankers' scores, each in standard deviations; weights are chosen by the lists they make.

    Each member is fitted as it would be alone. Of a row, its scores z^m_ui are counted from their mean over the items not seen,
    in their standard deviation over those. Then

        y_ui = sum_m w_m z^m_ui,    w >= 0,    sum_m w_m = 1

    with the w whose lists have the highest mean NDCG@100, found by a search by coordinates. A comparison chooses on the hidden
    clicks of validation people; a plain ``fit(X)`` sets a share of X aside and fits the members once more, on all of X.

    Symbols: w weights of M members; z^m standardised scores.
    Paper: E. Fox, J. Shaw, "Combination of multiple searches", TREC-2, 1994, for weighted sums of scores; a coordinate search
        of a list metric as in D. Metzler, W. B. Croft, "Linear feature-based models for information retrieval", Information
        Retrieval 2007, doi:10.1007/s10791-006-9019-z.
    Differs: Scores are standardised per person, over what they have not seen (others scale to 0 to 1); that did better than
        ranks or their logarithms.
    Cost: The members' time and memory added up; a plain ``fit(X)`` fits twice. A row costs all members' scores of all items,
        also where only some cells are asked for: mean and deviation are of all.

    Example:
        >>> from scipy.sparse import csr_array
        >>> X = csr_array([[1.0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]])
        >>> RankBlend(members=["popularity", "ease"], weights=[0.5, 0.5]).fit(X).score(X).shape
        (3, 4)
    """

    Params: ClassVar[type[Any]] = RankBlendParams
    name = "rank_blend"
    smaller = "name fewer members, or such as need less memory: elsa or slim instead of ease and edlae"
    task = "ranking"

    def _measure(self, seen: Csr, hidden: Csr) -> Measure:
        rows = self._asked(hidden)
        return lambda model: -float(_list_quality(model.score(seen[rows]), seen[rows], hidden[rows]).mean())

    def _chosen(self, seen: Csr, hidden: Csr) -> AnyArray:
        return search_weights(self._standard(seen, hidden), len(self.members_))

    def _measured(self, seen: Csr, hidden: Csr) -> AnyArray:
        """Note how good each member is at hidden clicks."""
        self._standard(seen, hidden)
        return np.empty(0)

    def _standard(self, seen: Csr, hidden: Csr) -> list[Block]:
        """Return the members' standardised scores of people with hidden clicks, and note how good each member is."""
        rows = self._asked(hidden)
        seen, hidden = seen[rows], ones(hidden[rows])
        blocks, quality = [], np.zeros(len(self.members_))
        for part in row_blocks(*seen.shape):
            scores = [model.score(seen[part]) for model in self.members_.values()]
            quality += [_list_quality(score, seen[part], hidden[part]).sum() for score in scores]
            z = np.stack([standardise(score, seen[part]) for score in scores])
            blocks.append((z, seen[part], hidden[part]))
        if len(rows):
            self._alone = dict(zip(self.members_, (quality / len(rows)).tolist(), strict=True))
        return blocks

    def _asked(self, hidden: Csr) -> AnyArray:
        """Return the rows of people with hidden clicks, or a sample of them."""
        rows = np.flatnonzero(np.diff(hidden.indptr))
        most = max(CELLS // (hidden.shape[1] * max(len(self._labels), 1)), 1)
        return rows[seeded_sample(self.params.seed, len(rows), most)]

    def _score(self, X: Csr) -> AnyArray:
        out = np.zeros(X.shape, np.float32)
        for label, weight in zip(self._labels, self.weights_, strict=True):
            if weight:
                out += weight * standardise(self.members_[label].score(X), X)
        return out

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        out = np.empty(len(rows), np.float32)
        order = np.argsort(rows, kind="stable")
        for part in row_blocks(*X.shape):
            first, last = np.searchsorted(rows[order], [part.start, part.stop])
            if first < last:
                cells = order[first:last]
                out[cells] = self._score(X[part])[rows[cells] - part.start, cols[cells]]
        return out


def _list_quality(scores: AnyArray, seen: Csr, hidden: Csr) -> AnyArray:
    return ndcg(rank(scores, seen, LIST), hidden)
