"""Which model to train where nobody names one: candidates by the size and kind of the data, the choice by validation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from foretaste.comparison import Decide, Entry, Fitted
from foretaste.data.ratings import Ratings
from foretaste.experiment import GATE
from foretaste.recipe import Recipe

MANY = 5_000_000
"""Ratings from which a fit takes minutes, and one autoencoder is tried instead of several."""
TRUSTED = 1_000
"""Hidden ratings of validation from which a blend, which has chosen its weights on them, is believed what it says."""
WORTH = 0.0025
"""Share of the RMSE by which a blend must be better than any model alone, to be worth the memory and time of several."""
SMALL = (Entry("item_knn"), Entry("two_sided_ridge"), Entry("ridge"), Entry("blend"))
LARGE = (Entry("two_sided_ridge"),)
EQUAL = (Entry("popularity"),)


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
    low, high = ratings.scale
    tried = EQUAL if low == high else LARGE if len(ratings) >= MANY else SMALL
    names = {entry.model for entry in tried}
    return replace(recipe, models=(*(entry for entry in GATE if entry.model not in names), *tried))


def choose(fitted: Sequence[Fitted], n_hidden: int, ratings: Ratings) -> Choice:
    """Take the line that was best on the hidden ratings of validation, the baselines among them; the test part has no say.

    Args:
        fitted: Lines of a recipe from `with_candidates`; fewer after a Ctrl-C.
        n_hidden: Hidden ratings of validation.
        ratings: As there.

    Returns:
        The most popular items where all ratings are equal, since there is nothing to predict about them.
    """
    low, high = ratings.scale
    if low == high:
        last = fitted[-1].label
        return Choice(last, f"{last} is taken: all ratings are {low:g}, so there is nothing to predict about them.")
    able = {line.label: line.valid_rmse for line in fitted if line.valid_rmse is not None}
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
    return Choice(first, f"{why}.")


def decide_for(ratings: Ratings) -> Decide:
    """Return `choose` in the form in which `run` asks, so that the verdict is about what is taken."""
    return lambda fitted, split: choose(fitted, split.valid.hidden.nnz, ratings).label
