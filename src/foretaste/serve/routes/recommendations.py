"""POST /v1/recommendations and /v1/predictions: what somebody should see next, and what they would rate."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

from foretaste.arrays import AnyArray, Csr
from foretaste.data.catalog import ItemId
from foretaste.serve.answers.adventure import adventurous, free_of
from foretaste.serve.answers.answering import (
    DIGITS,
    check_intervals,
    columns_of,
    fallback_of,
    lines,
    list_items,
    predicted_at,
    sorted_surely,
)
from foretaste.serve.answers.because import Reason, because
from foretaste.serve.answers.filters import filtered
from foretaste.serve.answers.people import check_length, ratings_of, row_of
from foretaste.serve.answers.scorer import Scores
from foretaste.serve.deploy.served import Served
from foretaste.serve.wire.direct import Direct, answer_json
from foretaste.serve.wire.problems import Refused
from foretaste.serve.wire.shapes import REFUSALS, PersonIn, PredictIn, Predictions, Recommendations, RecommendIn, Years

router = APIRouter(tags=["recommendations"], route_class=Direct)


@router.post("/v1/recommendations", response_model=Recommendations, responses=REFUSALS)
async def recommend(request: Request, asked: RecommendIn) -> Response:
    """Recommend items to anybody, from the ratings in the request or those of a stored user."""
    state = request.app.state
    if asked.k > state.settings.max_k:
        raise Refused(422, f"k is {asked.k:,}, expected {state.settings.max_k:,} at most")
    for name in ("items", "exclude"):
        check_length(getattr(asked, name), state.settings.max_items, name)
    arm, served, row, ignored, scores = await _scored(request, asked, sure=asked.sure)
    by = scores.by
    if asked.sure:
        by = await state.scorer.call(sorted_surely, served.bundle, scores, row, asked.level)
    years = asked.years or Years.model_validate({})
    passed = filtered(
        served.shelf, genres=asked.genres, first=years.first, last=years.last, items=asked.items, exclude=asked.exclude
    )
    ignored = list(dict.fromkeys([*ignored, *passed.ignored]))
    if asked.adventure:
        free = free_of(row, passed.allowed)
        by = adventurous(by, served.counts, free=free, k=asked.k, adventure=asked.adventure)
    listed = list_items(by, row, asked.k, passed.allowed)
    _note(request, asked, (arm, served), row, listed.cols)
    state.metrics.listed(arm, served, row.nnz, len(ignored), listed.cols)
    answer = await _lines(request, served, row, listed.cols, listed.scores, scores, asked)
    told = {"ignored": ignored, "considered": listed.considered, "model": served.ref(arm)}
    told["level"] = asked.level if asked.intervals or asked.sure else None
    return answer_json({"items": answer, **told, "fallback": fallback_of(served, row, scores.by)})


@router.post("/v1/predictions", response_model=Predictions, responses=REFUSALS)
async def predict(request: Request, asked: PredictIn) -> Response:
    """Predict somebody's ratings of some items."""
    check_length(asked.items, request.app.state.settings.max_items, "items")
    arm, served, row, ignored, scores = await _scored(request, asked)
    cols, unknown = columns_of(served, asked.items)
    request.app.state.metrics.ignored.inc(len(ignored) + len(unknown))
    answer = await _lines(request, served, row, cols, scores.by[cols], scores, asked)
    level = asked.level if asked.intervals else None
    return answer_json(
        {"predictions": answer, "ignored": [*ignored, *unknown], "model": served.ref(arm), "level": level}
    )


async def _scored(
    request: Request, asked: PersonIn, *, sure: bool = False
) -> tuple[str, Served, Csr, list[ItemId], Scores]:
    """Return arm, model, row, ids that the model does not know, and scores."""
    state = request.app.state
    ratings = await ratings_of(request, asked)
    arm, served = state.deployment.choose(asked.visitor or asked.user, asked.model)
    check_intervals(served.bundle, asked.level if asked.intervals or sure else None)
    row, ignored = row_of(served.bundle, asked, ratings)
    scores = await state.scorer.score(served, row)
    state.metrics.predicted(arm, served, scores.predicted)
    return arm, served, row, ignored, scores


def _note(request: Request, asked: PersonIn, by: tuple[str, Served], row: Csr, cols: AnyArray) -> None:
    """Count a list for the A/B test that it belongs to, unless the model was chosen by whoever asked."""
    state, person, (arm, served) = request.app.state, counted_as(asked), by
    test = state.deployment.test_of(arm, served) if asked.model is None else None
    if test is not None and person is not None:
        rated = zip(map(served.item_id, row.indices.tolist()), row.data.tolist(), strict=True)
        state.tally.listed(test, arm, person, map(served.item_id, cols.tolist()), dict(rated))


def counted_as(asked: PersonIn) -> str | None:
    """Return whose counts a list belongs to: a stored user's or a visitor's, which are never the same person.

    Anybody may send any `visitor`; only who may look a user up may add to what is counted of that user.
    """
    if asked.visitor in {None, "", asked.user}:
        return asked.user
    return f"visitor/{asked.visitor}"  # no user's id holds a slash


async def _lines(
    request: Request, served: Served, row: Csr, cols: AnyArray, by: AnyArray, scores: Scores, asked: PersonIn
) -> list[dict[str, Any]]:
    """Put some columns in words."""
    if scores.predicted is None:
        predicted = await request.app.state.scorer.call(predicted_at, served.bundle, scores, row, cols)
    else:
        predicted = predicted_at(served.bundle, scores, row, cols)
    level = asked.level if asked.intervals or getattr(asked, "sure", False) else None
    answer = lines(served, row, cols, np.asarray(by), predicted, level)
    if asked.explain:
        reasons = await request.app.state.scorer.call_long(because, served.bundle, row, cols)
        for line, why in zip(answer, reasons, strict=True):
            line["because"] = [_reason(served, reason) for reason in why]
    return answer


def _reason(served: Served, reason: Reason) -> dict[str, Any]:
    film = served.shelf.film(reason.col)
    effect = round(reason.effect, DIGITS)
    return {"item": film["item"], "title": film["title"], "rating": reason.rating, "effect": effect}
