"""What a search may see: training and validation ratings. The test part stays outside, so nothing can be chosen on it."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import Csr, digest_of, pick, seeded_keys
from foretaste.errors import ParamsError
from foretaste.experiment import divide
from foretaste.recipe import Recipe
from foretaste.source import Source
from foretaste.split import Hide, Holdout, Split, split_new_users

NEXT = 1000
"""Distance of the seeds of further divisions, far from those that are reported."""


@dataclass(frozen=True, eq=False)
class Part:
    """One division of everything that is not for judging.

    Args:
        train: Users x items to learn from.
        valid: People to choose on.
    """

    train: Csr
    valid: Holdout

    def digest(self) -> str:
        """Return a digest of all that it holds."""
        return digest_of(self.train, self.valid.seen, self.valid.hidden)

    def fewer_people(self, share: float, seed: int) -> "Part":
        """Return a part that learns from a random share of the people, at least one, and is asked about everybody it was.

        People who are in both halves, as where single ratings are hidden, leave both.
        """
        n = self.train.shape[0]
        order = np.argsort(seeded_keys(seed, n), kind="stable")
        rows = np.sort(order[: max(round(share * n), 1)])
        if self.valid.seen is not self.train:
            return Part(self.train[rows], self.valid)
        train = self.train[rows]
        return Part(train, Holdout(train, self.valid.hidden[rows], self.valid.user_ids[rows]))


def make_parts(recipe: Recipe, source: Source, repeats: int = 1) -> list[Part]:
    """Divide as `train` and `compare` do, and let go of the test part.

    Args:
        recipe: Its split; the first division is the one that `run` makes of it.
        source: The data.
        repeats: Divisions; those after the first divide what is not for judging anew.

    Raises:
        ParamsError: The split cannot be made, or not be made anew.
    """
    split = divide(source, recipe)
    first = Part(split.train, split.valid)
    return [first, *(_divided_anew(split, recipe, source, k) for k in range(1, repeats))]


def _divided_anew(split: Split, recipe: Recipe, source: Source, k: int) -> Part:
    seed, share = recipe.split.seed + NEXT * k, recipe.split.valid_share
    if split.kind in {"random", "given"}:
        keys = seeded_keys(seed, split.full.nnz)
        chosen = np.zeros(split.full.nnz, dtype=bool)
        chosen[np.argsort(keys, kind="stable")[: split.valid.hidden.nnz]] = True
        train = pick(split.full, ~chosen)
        return Part(train, Holdout(train, pick(split.full, chosen), split.valid.user_ids))
    if split.kind != "new-users":
        raise ParamsError(
            f"--split {split.kind} has one division to choose on, not {k + 1}", hint="leave --repeats out"
        )
    table = source.ratings
    rest = table.select(~np.isin(table.user_ids, split.test.user_ids)[table.user_code])
    rule = Hide.parse(split.settings["hide"])
    again = split_new_users(rest, source.catalog, test=share, valid=0.5, rule=rule, seed=seed)
    return Part(again.full, again.test)  # its test people are our validation: nobody is left over
