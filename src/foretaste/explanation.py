"""Why this item? What each rating that somebody gave does to a prediction, and what would push the item off their list.

Effects are of the model, not of the world: what it would say without a rating, with everything it has learnt left as it is.
They are exact for any model that reads any row (`influence`). Where a prediction is a sum over the ratings, its parts stand
beside them (`Recommender.contributions`): parts say how it is made up, effects what would be missed; they are the same only
where the model is additive.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray, Csr
from foretaste.bundle import Bundle
from foretaste.counterfactual import Question, fewest_removed, rating_steps, smallest_shift
from foretaste.data.catalog import ItemId
from foretaste.errors import InputError, ParamsError
from foretaste.influence import Influence, check_open, drop_one, place_of


@dataclass(frozen=True)
class Rated:
    """One rating of somebody's.

    Args:
        item_id: As the data set calls it.
        title: In words.
        rating: As it was given.
    """

    item_id: ItemId
    title: str
    rating: float


@dataclass(frozen=True)
class Effect:
    """What one rating does.

    Args:
        item_id: Of what was rated.
        title: In words.
        rating: As it was given.
        effect: The prediction (the score, of a model that ranks) with all ratings minus that without this one.
        on_list: The same of what the list is sorted by.
        share: The effect as a share of all effects added up whatever their signs, with its own sign; 0 where there are none.
        part: What this rating adds to the sum that the prediction is; None where it is no such sum. The same as `effect` only
            of an additive model.
    """

    item_id: ItemId
    title: str
    rating: float
    effect: float
    on_list: float
    share: float
    part: float | None


@dataclass(frozen=True)
class Removed:
    """The fewest ratings found that, taken away, push an item off a list. Items that lost their rating stay off it too.

    Args:
        ratings: Those; empty where none were found.
        place: Of the item then, from 1.
        tried: All sets of up to so many ratings were tried.
        proven: Whether no fewer do it; where none were found, whether none do.
    """

    ratings: tuple[Rated, ...]
    place: int | None
    tried: int
    proven: bool


@dataclass(frozen=True)
class Changed:
    """The smallest change of one rating found that pushes an item off a list.

    Args:
        rating: That rating; None where none was found.
        to: What it would be.
        place: Of the item then, from 1.
        proven: Whether no smaller change of one rating does it; where none was found, whether none does.
    """

    rating: Rated | None
    to: float | None
    place: int | None
    proven: bool


@dataclass(frozen=True)
class Explanation:
    """Why an item has its place in somebody's list.

    Args:
        item_id: As the data set calls it.
        title: In words.
        predicted: Predicted rating; None for a model that only ranks.
        value: The same before it is kept inside the scale; the score of a model that ranks. Effects are on this.
        score: What the list is sorted by.
        place: In the list, from 1.
        k: Length of the list.
        nobody: The value for somebody who has rated nothing.
        nobody_place: The place for them, of what is not rated here.
        base: Where the prediction is a sum: what the parts are added to; else None.
        additive: Whether parts are effects.
        arranges: Whether the model sorts lists by something else than its predictions; then `on_list` is in other units.
        effects: Of each rating, the largest first: by `on_list` where the model arranges, else by `effect`.
        fewest: What to take away to push it off the list; None where that was not asked, or it is not in the list.
        smallest: What to rate otherwise, for a model of ratings; None as there.
        ignored: Ids that the bundle does not know.
    """

    item_id: ItemId
    title: str
    predicted: float | None
    value: float
    score: float
    place: int
    k: int
    nobody: float
    nobody_place: int
    base: float | None
    additive: bool
    arranges: bool
    effects: tuple[Effect, ...]
    fewest: Removed | None
    smallest: Changed | None
    ignored: tuple[ItemId, ...]

    @property
    def together(self) -> float:
        """What all ratings do together: the value minus that of somebody who has rated nothing."""
        return self.value - self.nobody

    @property
    def one_by_one(self) -> float:
        """The effects added up; less than `together` where several ratings say the same."""
        return sum(effect.effect for effect in self.effects)


def explain(
    bundle: Bundle, ratings: Mapping[ItemId, float], item: ItemId | None = None, *, k: int = 10, push: bool = True
) -> Explanation:
    """Explain an item by the ratings that somebody gave.

    Args:
        bundle: With a model that reads any row.
        ratings: Rating by item id; ids that the bundle does not know are returned under `ignored`.
        item: Id of the item, which must not be rated; None takes the first of the list.
        k: Length of the list that it is pushed off.
        push: Whether to look for what would push it off.

    Raises:
        InputError: As `Bundle.recommend`; or the item is unknown or rated, or the model knows its own rows only.
        ParamsError: k is below 1.
    """
    check_open(bundle.model)
    if k < 1:
        raise ParamsError(f"k is {k!r}, expected a whole number from 1")
    whole, ignored = bundle.row(ratings)
    col = _asked(bundle, whole, item)
    row, model, order = bundle.shown(whole), bundle.model, bundle.order
    found, column = drop_one(model, row, col, order), np.array([col])
    place, nobody_place = (
        place_of(model, X, whole, column, order)[0] or 0 for X in (row, Csr(row.shape, dtype=np.float32))
    )
    made = model.contributions(row, column)
    fewest = smallest = None
    if push and place <= k and whole.nnz:
        fewest, smallest = _pushed(bundle, Question(model, row, whole, col, k, order), whole, found)
    return Explanation(
        item_id=bundle.catalog.item_ids[column].tolist()[0],
        title=bundle.catalog.title(col),
        predicted=float(np.clip(found.value, *model.scale_)) if model.task == "rating" else None,
        value=found.value, score=found.score, place=place, k=k, nobody=found.nobody, nobody_place=nobody_place,
        base=None if made is None else float(made.base[0]), additive=model.additive, arranges=model.arranges,
        effects=_effects(bundle, whole, row, found, None if made is None else made.parts[:, 0]),
        fewest=fewest, smallest=smallest, ignored=tuple(ignored),
    )  # fmt: skip


def _asked(bundle: Bundle, whole: Csr, item: ItemId | None) -> int:
    """Return the column that is to be explained."""
    if item is None:
        first = int(bundle.rank_rows(whole, 1)[0].cols[0, 0])
        if first < 0:
            raise InputError("everything in the bundle is rated, and the list is empty", hint="rate fewer items")
        return first
    col = bundle.catalog.column(item)
    if col is None:
        raise InputError(f"the bundle has no item {item!r}", hint="give an id of the data it was trained on")
    given = whole.data[whole.indices == col]
    if len(given):
        raise InputError(
            f"{bundle.catalog.title(col)} is rated already, {given[0]:g}, and lists leave out what is rated",
            hint="leave that rating out to see what would be predicted without it",
        )
    return col


def _effects(bundle: Bundle, whole: Csr, row: Csr, found: Influence, parts: AnyArray | None) -> tuple[Effect, ...]:
    """Return what each rating does, also those of which the model is not told: nothing."""
    told = np.isin(whole.indices, row.indices)
    values = np.zeros((3, whole.nnz))
    values[:, told] = found.effects, found.on_list, np.zeros(row.nnz) if parts is None else parts
    total = np.abs(values[0]).sum()
    share = values[0] / total if total > 0 else np.zeros(whole.nnz)
    by = np.argsort(-np.abs(values[1 if bundle.model.arranges else 0]), kind="stable")
    return tuple(
        Effect(
            *_named(bundle, whole, entry), float(values[0, entry]), float(values[1, entry]), float(share[entry]),
            None if parts is None else float(values[2, entry]),
        )
        for entry in by.tolist()
    )  # fmt: skip


def _pushed(bundle: Bundle, question: Question, whole: Csr, found: Influence) -> tuple[Removed, Changed | None]:
    """Return what would push the item off the list; ratings of which the model is not told cannot."""
    places = np.searchsorted(whole.indices, question.row.indices)
    out = fewest_removed(question)
    entries = () if out.entries is None else tuple(places[list(out.entries)].tolist())
    ratings = tuple(Rated(*_named(bundle, whole, entry)) for entry in entries)
    removed = Removed(ratings, out.place, out.tried, out.proven)
    if bundle.model.task != "rating":
        return removed, None
    steps = rating_steps(bundle.scale, question.row.data)
    strongest = np.lexsort((-np.abs(found.effects), -np.abs(found.on_list)))  # clipped predictions hide the second
    shift = smallest_shift(question, steps, strongest)
    rating = None if shift.entry is None else Rated(*_named(bundle, whole, int(places[shift.entry])))
    return removed, Changed(rating, shift.value, shift.place, shift.proven)


def _named(bundle: Bundle, whole: Csr, entry: int) -> tuple[ItemId, str, float]:
    """Return id, title and rating of an entry."""
    col = int(whole.indices[entry])
    return bundle.catalog.item_ids[[col]].tolist()[0], bundle.catalog.title(col), float(whole.data[entry])
