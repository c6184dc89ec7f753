"""What a bundle answers: the nouns Recommended, Answer and Predicted, plain values that JSON and tables are made of."""

from dataclasses import dataclass
from typing import NamedTuple

from foretaste.data.catalog import ItemId


@dataclass(frozen=True)
class Recommended:
    """One line of a list.

    Args:
        item_id: As the data set calls it.
        title: In words.
        predicted: Predicted rating; None for a model that only ranks.
        score: What the list is sorted by.
        n_ratings: How many people's ratings stand behind the item; None for a model that only ranks.
        genres: Where the data set has them.
        low: Lower end of the interval of the rating, where one was asked for.
        high: Upper end.
    """

    item_id: ItemId
    title: str
    predicted: float | None
    score: float
    n_ratings: int | None
    genres: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Answer:
    """A list for somebody, best first, and the ids that the model does not know."""

    items: list[Recommended]
    ignored: list[ItemId]


class Predicted(NamedTuple):
    """A predicted rating and the ends of its interval."""

    value: float
    low: float
    high: float
