"""What may be listed: genres, years, items and exclusions of a request become one mask over the columns.

Nothing is kept between requests: a mask of 60,000 columns is made in less than a tenth of a millisecond.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foretaste.data.catalog import ItemId
from foretaste.data.finding import fold
from foretaste.errors import InputError, nearest
from foretaste.serve.catalogue.shelf import Shelf


class Filtered(NamedTuple):
    """What passed.

    Args:
        allowed: Which columns may be listed, (items,); None where nothing was filtered.
        ignored: Ids that the catalogue does not know, each once, in the order given.
    """

    allowed: NDArray[np.bool_] | None
    ignored: list[ItemId]


def filtered(
    shelf: Shelf,
    *,
    genres: Sequence[str] | None = None,
    first: int | None = None,
    last: int | None = None,
    items: Sequence[ItemId] | None = None,
    exclude: Sequence[ItemId] | None = None,
) -> Filtered:
    """Return the columns that pass all filters; a filter that is None lets everything pass.

    Args:
        shelf: The catalogue.
        genres: An item has one of these; upper and lower case are the same; an empty list lets everything pass.
        first: Of this year or later.
        last: Of this year or earlier; items of unknown years pass only where neither is given.
        items: Only these; an empty list lets nothing pass.
        exclude: Not these.

    Raises:
        InputError: A genre is unknown, or the years end before they begin.
    """
    parts, ignored = [], dict[ItemId, None]()
    if genres:
        parts.append(_of_genres(shelf, genres))
    if first is not None or last is not None:
        parts.append(_of_years(shelf, first, last))
    for ids, are_in in ((items, True), (exclude, False)):
        if ids is not None:
            cols = {item: shelf.catalog.column(item) for item in ids}
            ignored |= dict.fromkeys(item for item, col in cols.items() if col is None)
            part = np.full(len(shelf), not are_in)
            part[[col for col in cols.values() if col is not None]] = are_in
            parts.append(part)
    return Filtered(np.logical_and.reduce(parts) if parts else None, list(ignored))


def _of_genres(shelf: Shelf, genres: Sequence[str]) -> NDArray[np.bool_]:
    mask = np.zeros(len(shelf), np.bool_)
    for name in genres:
        known = name if name in shelf.by_genre else shelf.called.get(fold(name))
        if known is None:
            raise InputError(f'no genre is called "{name}"', hint=nearest(name, shelf.by_genre))
        mask[shelf.by_genre[known]] = True
    return mask


def _of_years(shelf: Shelf, first: int | None, last: int | None) -> NDArray[np.bool_]:
    if first is not None and last is not None and first > last:
        raise InputError(f"years from {first} to {last}, expected the first one first", hint=f"from {last} to {first}")
    mask = shelf.years > 0
    if first is not None:
        mask &= shelf.years >= first
    if last is not None:
        mask &= shelf.years <= last
    return mask
