"""GET /v1/model and /v1/models: what answers here, what it was made from and how good it is."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Query, Request

from foretaste.errors import ForetasteError
from foretaste.serve.deploy.served import Served
from foretaste.serve.wire.shapes import REFUSALS

router = APIRouter(tags=["model"])
TOLD = (
    "label", "data", "split", "test", "verdict", "stopped", "recipe", "comparison", "slices", "calibration",
)  # fmt: skip
"""What a manifest says of where a model comes from and how good it is."""
LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Levels of intervals that a person may choose."""


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """List the models that a visitor may choose between."""
    return {"models": request.app.state.deployment.listed()}


@router.get("/v1/model", responses=REFUSALS)
async def model(
    request: Request, name: str | None = Query(None, max_length=128, description="One of /v1/models.")
) -> dict[str, Any]:
    """Say what a model is, what it was made from and what it reached on hidden ratings."""
    arm, served = request.app.state.deployment.choose(None, name)
    return described(served) | {"arm": arm}


def described(served: Served) -> dict[str, Any]:
    """Return what is known about a model, as plain values; parts that its bundle lacks are None."""
    bundle, shelf = served.bundle, served.shelf
    about = bundle.about
    levels = [level for level in LEVELS if _has_level(served, level)]
    return {
        "name": served.name,
        "version": served.version,
        "made": served.made,
        "versions": served.versions,
        "model": bundle.model.name,
        "task": bundle.model.task,
        "scale": list(bundle.scale),
        "step": (about.get("data") or {}).get("step") or rating_step(bundle.scale),
        "items": len(bundle.catalog),
        "things": shelf.things,
        "interval_levels": levels or None,
        "genres": [{"name": genre, "items": len(cols)} for genre, cols in shelf.by_genre.items()],
        "years": None if shelf.span is None else list(shelf.span),
        "explains": not bundle.model.known_rows,
        "like": bundle.like,
        **{key: about.get(key) for key in TOLD},
    }


def rating_step(scale: tuple[float, float]) -> float:
    """Return the step in which ratings are given: a half on a scale of stars, a unit on a wider one, or a hundredth."""
    span = scale[1] - scale[0]
    return 0.5 if span <= 5 else max(1.0, float(np.ceil(span / 100)))


def _has_level(served: Served, level: float) -> bool:
    try:
        served.bundle.check_intervals(level)
    except ForetasteError:
        return False
    return True
