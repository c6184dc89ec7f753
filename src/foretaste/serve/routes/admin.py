"""/v1/admin: which models answer is looked at and changed, one change at a time, while requests go on being answered."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictStr

from foretaste.serve.deploy.trial import Arm, Difference, read_trial
from foretaste.serve.wire.shapes import REFUSALS, In, ModelRef, Number

BundleName = Annotated[
    StrictStr, Field(min_length=1, max_length=128, description="Name of a bundle's folder in the folder of models.")
]


class SwapIn(In):
    """A bundle is to answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"bundle": "films-2"}]})

    bundle: BundleName


class ChallengerIn(In):
    """A second bundle is to answer some of the visitors."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"bundle": "films-2", "share": 0.1}]})

    bundle: BundleName
    share: Number = Field(0.5, ge=0, le=1, description="Of the visitors.")


class Version(BaseModel):
    """A bundle and the version that it had."""

    name: str
    version: str


class Change(BaseModel):
    """What was deployed, and when."""

    at: str
    action: str
    main: Version
    challenger: Version | None
    share: float


class Deployed(BaseModel):
    """What is deployed."""

    main: Version
    challenger: Version | None
    share: float = Field(description="Of the visitors that get the challenger.")
    previous: Version | None = Field(description="What a rollback deploys.")
    history: list[Change] = Field(description="The latest changes, oldest first.")
    available: list[str] = Field(description="Bundles that can be deployed.")


class Trial(BaseModel):
    """What came of two models so far."""

    main: ModelRef | None
    challenger: ModelRef | None
    share: float
    arms: list[Arm]
    differences: list[Difference]
    reading: str = Field(description="What that says, in words.")


REFUSED = REFUSALS | {
    401: REFUSALS[404] | {"description": "A key is needed."},
    403: REFUSALS[404] | {"description": "Nothing can be changed here."},
    409: REFUSALS[404] | {"description": "Another change is under way, or it cannot be done now."},
}
router = APIRouter(prefix="/v1/admin", tags=["admin"], responses=REFUSED)


@router.get("/deployment", response_model=Deployed)
def deployment(request: Request) -> Any:
    """Say what is deployed, what was before, and what could be."""
    return request.app.state.deployment.described()


@router.post("/swap", response_model=Deployed)
def swap(request: Request, asked: SwapIn) -> Any:
    """Load a bundle, check it, and let it answer from now on; a bad one is refused and nothing changes."""
    request.app.state.deployment.swap(asked.bundle)
    return request.app.state.deployment.described()


@router.post("/rollback", response_model=Deployed)
def rollback(request: Request) -> Any:
    """Let the bundle answer again that did before the last change."""
    request.app.state.deployment.rollback()
    return request.app.state.deployment.described()


@router.put("/challenger", response_model=Deployed)
def set_challenger(request: Request, asked: ChallengerIn) -> Any:
    """Let a second bundle answer a share of the visitors, each of whom stays with it."""
    request.app.state.deployment.set_challenger(asked.bundle, asked.share)
    return request.app.state.deployment.described()


@router.delete("/challenger", response_model=Deployed)
def clear_challenger(request: Request) -> Any:
    """Let the main model answer everybody again."""
    request.app.state.deployment.clear_challenger()
    return request.app.state.deployment.described()


@router.get("/arms", response_model=Trial)
async def arms(request: Request) -> Any:
    """Say what came of the two models so far, and whether that is more than chance."""
    state = request.app.state
    now = state.deployment.now
    counts = await state.storing.write(state.tally.counts, now.test) if now.test else {}
    models = {arm: served.ref(arm) for arm, served in now.loaded()}
    told = read_trial(counts, now.share, now.main.bundle.scale)
    return {"main": models["main"], "challenger": models.get("challenger"), "share": now.share, **told}
