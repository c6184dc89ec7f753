"""What goes over the wire: the shapes of requests and answers, which are also the API's documentation.

Requests are strict: `true` is no number and no id, and a field that is not known is refused, so that a misspelt one is not
silently ignored. Answers are built as plain values; these shapes describe them, and a test holds the two together.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from foretaste.calibration import HIGHEST, LOWEST

ID_LENGTH = 512
ItemIn = Annotated[
    Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)] | Annotated[StrictStr, Field(max_length=ID_LENGTH)],
    Field(description="An item's id, as the data set writes it."),
]
Ids = Annotated[list[ItemIn], Field(fail_fast=True)]
"""A list of ids; what is wrong is said of its first wrong one, since to look for all takes longer than to answer."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
USER = r"^[\w.@:+=~-]{1,128}$"
"""An id of a user: letters and digits of any script, and a few signs."""
USER_TOLD = {"pattern": r"^[^\s/\\?#%&<>\"'();,*!$|`{}\[\]^]{1,128}$", "minLength": 1, "maxLength": 128}
"""What the API's description says of it: the language of its patterns knows no letters but English ones."""
UserId = Annotated[
    StrictStr, Field(pattern=USER, description="A user of the ratings store.", json_schema_extra={**USER_TOLD})
]
Name = Annotated[StrictStr, Field(min_length=1, max_length=128)]


class In(BaseModel):
    """What a request may hold."""

    model_config = ConfigDict(extra="forbid")


class RatingIn(In):
    """One rating."""

    item: ItemIn
    rating: Number = Field(description="On the scale of the data, see /v1/model.")


class Years(In):
    """A span of years; an end that is absent is open."""

    first: StrictInt | None = Field(None, alias="from", ge=0, le=9999)
    last: StrictInt | None = Field(None, alias="to", ge=0, le=9999)


class PersonIn(In):
    """Whose taste counts: ratings in the request, or a stored user; neither is somebody who has rated nothing."""

    ratings: Annotated[list[RatingIn], Field(fail_fast=True)] | None = Field(
        None, description="Ratings of somebody who need not be known."
    )
    user: UserId | None = Field(None, description="Take the stored ratings of this user instead.")
    intervals: StrictBool = Field(
        False, description="Give the interval that each rating lies in with a chance of `level`."
    )
    level: Number = Field(0.8, ge=LOWEST, le=HIGHEST)
    explain: StrictBool = Field(False, description="Say what each rating did to each item.")
    model: Name | None = Field(None, description="One of /v1/models; absent takes the one that the visitor is given.")
    visitor: Annotated[StrictStr, Field(max_length=128)] | None = Field(
        None, description="An opaque id that keeps a visitor with the same model in an A/B test."
    )


class RecommendIn(PersonIn):
    """A list is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"ratings": [{"item": 1, "rating": 5}, {"item": 3, "rating": 2}], "k": 10}]},
    )

    k: StrictInt = Field(10, ge=1, description="Length of the list.")
    genres: list[Annotated[StrictStr, Field(max_length=100)]] | None = Field(
        None, max_length=100, description="Only items of one of these."
    )
    years: Years | None = Field(None, description="Only items of these years.")
    items: Ids | None = Field(None, description="Only these.")
    exclude: Ids | None = Field(None, description="Not these.")
    adventure: Number = Field(
        0.0, ge=-1, le=1, description="-1 familiar to 1 adventurous; 0 is the order that was measured."
    )
    sure: StrictBool = Field(False, description="Sort by what is liked at least: the lower ends of the intervals.")


class PredictIn(PersonIn):
    """Ratings of some items are asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"ratings": [{"item": 1, "rating": 5}], "items": [2, 3]}]},
    )

    items: Ids


class Film(BaseModel):
    """An item."""

    item: int | str
    title: str
    year: int | None = None
    genres: list[str] = []
    n_ratings: int | None = Field(
        None,
        description="People in training who have it; the data may have more, as a part is held back to test the model.",
    )


class Because(BaseModel):
    """What one rating did."""

    item: int | str
    title: str
    rating: float
    effect: float = Field(
        description="What is predicted with this rating minus without it: in units of ratings where the model predicts ratings"
        " and sorts by them, else in those of `score`. Above 0 it speaks for the item."
    )


class Line(Film):
    """An item with what is predicted for somebody."""

    predicted: float | None = Field(description="Predicted rating; null for a model that only ranks.")
    score: float = Field(
        description="What lists are sorted by, in units of the model's own: of use only within one list."
    )
    low: float | None = None
    high: float | None = None
    because: list[Because] | None = None


class ModelRef(BaseModel):
    """Which model answered."""

    name: str
    version: str
    arm: str


class Recommendations(BaseModel):
    """A list, best first."""

    items: list[Line]
    ignored: list[int | str] = Field(description="Ids that the model does not know.")
    considered: int = Field(description="Items that passed the filters and are not rated.")
    model: ModelRef
    level: float | None = Field(description="With what chance the intervals hold; null without any.")
    fallback: str | None = Field(
        description="In words, where a model that ranks has nothing to go by: the list is then what most people have, and"
        " each score is how many have it. Null where the model moved the list."
    )


class Predictions(BaseModel):
    """Predicted ratings, in the order asked for."""

    predictions: list[Line]
    ignored: list[int | str]
    model: ModelRef
    level: float | None


class Place(BaseModel):
    """Where in a request something is wrong."""

    path: str
    message: str


class Problem(BaseModel):
    """What is wrong, in words."""

    code: str
    message: str
    hint: str | None
    fields: list[Place]
    request: str | None


class Problems(BaseModel):
    """Every error has this shape."""

    error: Problem


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problems, "description": words}
    for status, words in (
        (400, "Not a request that is understood."),
        (404, "There is no such thing."),
        (413, "The body is too large."),
        (415, "The body is not JSON."),
        (422, "A value is wrong; the message says which."),
        (429, "Too many requests."),
        (503, "Not ready, or too much is waiting."),
    )
}
"""What any route may answer instead."""
