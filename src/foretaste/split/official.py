"""Folds that somebody else has made and published as files: each pair of train and test file is one fold.

Numbers from the same folds can be compared; numbers from folds of one's own, or from the first pair alone, cannot. What models
are chosen on is drawn from each train file, as in `split_given`, and never from a test file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split.given import split_given
from foretaste.split.holdout import Split


def split_official_folds(
    pairs: Sequence[tuple[str, Ratings, Ratings]], catalog: Catalog, *, valid: float = 0.1, seed: int = 0
) -> Iterator[Split]:
    """Take train and test files as folds.

    Args:
        pairs: Name, train file and test file of each.
        catalog: Columns; covers all files (see `joint_catalog`).
        valid: Share of the ratings of each train file to choose on, 0 to 1.
        seed: Draws what to choose on.

    Returns:
        One split after the other, as `split_given` makes it; the settings tell the name of the pair.

    Raises:
        ParamsError: There is no pair, or `valid` is not between 0 and 1.
        DataError: As `split_given`, with the name of the pair.
    """
    if not pairs:
        raise ParamsError("there is no pair of a train and a test file, expected one for each fold")

    def fold(place: int) -> Split:
        name, train, test = pairs[place]
        try:
            split = split_given(train, test, catalog, valid=valid, seed=seed)
        except DataError as error:
            raise DataError(f"{name}: {error.message}", hint=error.hint) from error
        about = {"seed": seed, "fold": place + 1, "folds": len(pairs), "pair": name, "valid": valid}
        return replace(split, kind="official-folds", settings=about | split.settings)

    return map(fold, range(len(pairs)))
