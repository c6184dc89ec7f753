"""Which model to train where nobody names one: candidates by the size and kind of the data, the choice by validation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from foretaste.comparison import Decide
from foretaste.data.ratings import Ratings
from foretaste.entries import Entry
from foretaste.fitting import Fitted
from foretaste.lineup import MANY, MANY_ITEMS, gate_for, gated
from foretaste.recipe import Recipe

TRUSTED = 1_000
"""Hidden ratings of validation from which a blend, which has chosen its weights on them, is believed what it says."""
WORTH = 0.0025
"""Share of the RMSE by which a blend must be better than any model alone, to be worth the memory and time of several."""
SMALL: tuple[Entry, ...] = (
    Entry("item_knn"), Entry("two_sided_ridge"), Entry("ridge"), Entry("blend"), Entry("two_heads"),
    Entry("two_heads", {"rater": "blend"}, "two_heads_blend"),
)  # fmt: skip
LARGE = (Entry("two_sided_ridge"), Entry("two_heads"))
CLICKS = (Entry("edlae"),)
MANY_CLICKED = (Entry("elsa"),)


@dataclass(frozen=True)
class Choice:
    """The model that was taken.

    Args:
        label: Its line of the comparison.
        why: In a sentence.
    """

    label: str
    why: str


def with_candidates(recipe: Recipe, ratings: Ratings) -> Recipe:
    """Return the recipe with the baselines and what is worth trying on such data; all of it scores people it has not met.

    Args:
        recipe: Without models.
        ratings: After the recipe's filters.
    """
    gate, _ = gate_for(clicks=_clicks(ratings), ratings=len(ratings), items=ratings.n_items)
    if _clicks(ratings):
        return replace(recipe, models=gated(CLICKS if ratings.n_items < MANY_ITEMS else MANY_CLICKED, gate))
    tried: tuple[Entry, ...] = LARGE if len(ratings) >= MANY else SMALL
    if ratings.n_items >= MANY_ITEMS:
        tried = tuple(_lean(entry) for entry in tried)
    return replace(recipe, models=gated(tried, gate))


def _lean(entry: Entry) -> Entry:
    """Return the entry with a ranker whose memory follows the items, if it is a pair."""
    return replace(entry, settings=entry.settings | {"ranker": "elsa"}) if entry.model == "two_heads" else entry


def _clicks(ratings: Ratings) -> bool:
    low, high = ratings.scale
    return low == high


def choose(fitted: Sequence[Fitted], n_hidden: int, ratings: Ratings) -> Choice:
    """Take the line that was best on the hidden ratings of validation, the baselines among them; the test part has no say.

    Args:
        fitted: Lines of a recipe from `with_candidates`; fewer after a Ctrl-C.
        n_hidden: Hidden ratings of validation.
        ratings: As there.
    """
    if _clicks(ratings):
        return _choose_list(fitted)
    pairs = [line for line in fitted if line.model.name == "two_heads"]
    able = {line.label: line.valid_rmse for line in fitted if line.valid_rmse is not None and line not in pairs}
    blends = {line.label for line in fitted if line.model.name == "blend"}
    first, *rest = sorted(able, key=able.__getitem__)
    doubt = ""
    if first in blends and rest and n_hidden < TRUSTED:
        doubt = f"; {first} had {able[first]:.4f}, but {n_hidden:,} hidden ratings are too few to trust weights chosen on them"
    elif first in blends and rest and able[first] > (1 - WORTH) * able[rest[0]]:
        doubt = f"; {first} with {able[first]:.4f} is not better by enough to keep several"
    if doubt:
        first, rest = rest[0], rest[1:]
    alone = " of a model alone" if doubt else ""
    why = f"{first} is taken: of {len(able)} models that predict ratings it had the lowest RMSE on validation{alone}, "
    why += f"{able[first]:.4f}" + (f", before {rest[0]} with {able[rest[0]]:.4f}" if rest else "") + doubt
    if len(ratings) >= MANY:
        why += f"; with {len(ratings):,} ratings only the quicker autoencoder was tried"
    taken = next(line for line in fitted if line.label == first)
    pair = _with_a_ranker(taken, pairs)
    if pair is None:
        return Choice(first, f"{why}.")
    return Choice(pair.label, f"{why.replace('is taken', 'says the stars', 1)}. {pair.why}")


def _with_a_ranker(taken: Fitted, pairs: Sequence[Fitted]) -> Choice | None:
    """Return the pair with the model that predicts best as its rater, if its lists are better than that one's; else None."""
    for pair in pairs:
        if pair.valid_ndcg is None or taken.valid_ndcg is None or pair.model.params.rater != taken.model.name:
            continue
        if pair.valid_ndcg > taken.valid_ndcg:
            why = (
                f"{pair.label} is taken: its lists have NDCG@100 {pair.valid_ndcg:.4f} on validation, where those of "
                f"{taken.label} alone have {taken.valid_ndcg:.4f}."
            )
            return Choice(pair.label, why)
    return None


def _choose_list(fitted: Sequence[Fitted]) -> Choice:
    able = {line.label: line.valid_ndcg for line in fitted if line.valid_ndcg is not None}
    if not able:
        last = fitted[-1].label
        return Choice(
            last, f"{last} is taken: nobody in validation likes anything hidden, so there is nothing to choose by."
        )
    first, *rest = sorted(able, key=able.__getitem__, reverse=True)
    why = f"{first} is taken: of {len(able)} models it had the highest NDCG@100 on validation, {able[first]:.4f}"
    return Choice(first, why + (f", before {rest[0]} with {able[rest[0]]:.4f}." if rest else "."))


def decide_for(ratings: Ratings) -> Decide:
    """Return `choose` in the form in which `run` asks, so that the verdict is about what is taken."""
    return lambda fitted, split: choose(fitted, split.valid.hidden.nnz, ratings).label
