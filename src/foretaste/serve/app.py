"""The application: what it is made of, and the routes that it has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from foretaste import __version__
from foretaste.errors import NotFoundError
from foretaste.kernels.threads import one_blas_thread
from foretaste.memory import hand_back
from foretaste.serve.answers.scorer import Scorer
from foretaste.serve.answers.storing import Storing
from foretaste.serve.deploy.arms import Tally
from foretaste.serve.deploy.deployment import Deployment
from foretaste.serve.deploy.following import following
from foretaste.serve.deploy.loading import version_of
from foretaste.serve.door.access import Access
from foretaste.serve.door.guard import Guard
from foretaste.serve.door.headers import Headers
from foretaste.serve.meaning.maps import Maps, preparing
from foretaste.serve.routes import ROUTERS
from foretaste.serve.settings import Settings
from foretaste.serve.telemetry.logged import Logged
from foretaste.serve.telemetry.metrics import Measured, Metrics
from foretaste.serve.wire.openapi import describe
from foretaste.serve.wire.problems import add_handlers
from foretaste.serve.wire.unknown import check_query
from foretaste.store import Store

ABOUT = """Recommendations for anybody from a model that foretaste trained: ratings in, a list out.

Ids go in and come out as the data set writes them; ids that the model does not know come back under `ignored`. Every error has
one shape, `{"error": {"code", "message", "hint", "fields", "request"}}`.
"""


def create_app(settings: Settings) -> FastAPI:
    """Build the service around a bundle, which is loaded here: an application that exists can answer.

    Args:
        settings: What to serve, and how.

    Raises:
        ForetasteError: The bundle cannot be served, or the store not be opened.
    """
    hand_back()
    access = Access(settings)  # first, since a file of keys that does not do is told at once
    version_of(settings.bundle)  # and so is a folder that is no bundle, before a store is made for it
    store = _store(settings)
    try:
        deployment = Deployment(settings, store)
    except BaseException:
        if store is not None:
            store.close()
        raise
    app = FastAPI(
        title="foretaste",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send people to whatever the Host header names
        lifespan=_life,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(check_query)],
    )
    app.state.settings, app.state.deployment = settings, deployment
    app.state.store, app.state.tally = store, Tally(None if settings.read_only else store)
    app.state.metrics = metrics = Metrics()
    app.state.scorer = scorer = Scorer(observe=metrics.batches.observe)
    app.state.access = access
    app.state.maps = Maps(None if settings.cache is None else settings.cache / "maps")
    app.state.storing = Storing()
    add_handlers(app)
    app.add_middleware(Guard, settings=settings, access=access)
    app.add_middleware(Logged)
    app.add_middleware(Headers)  # around it, since its refusals are answers too
    app.add_middleware(Measured, metrics=metrics, cache=scorer.cache)  # the last is the first that a request meets
    for router in ROUTERS:
        app.include_router(router)
    app.state.routes = tuple(route for router in ROUTERS for route in router.routes)
    describe(app)
    return app


def _store(settings: Settings) -> Store | None:
    """Open the store; a service that only reads has none where nobody has written yet."""
    try:
        return Store(settings.store, read_only=settings.read_only)
    except NotFoundError:
        if settings.read_only:
            return None
        raise


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    deployment, maps = app.state.deployment, app.state.maps
    async with (
        following(deployment, app.state.tally),
        preparing(maps, lambda: [served for _, served in deployment.now.loaded()]),
    ):
        with one_blas_thread():  # more of them wait for one another where other threads work too
            yield
    close_app(app)


def close_app(app: FastAPI) -> None:
    """Let go of what an application holds; it answers nothing any more."""
    app.state.scorer.close()
    app.state.maps.close()
    if app.state.store is not None:
        app.state.store.close()
