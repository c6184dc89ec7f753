"""From settings to a process that listens: one worker runs here, several are started and watched over by uvicorn.

The port is bound first and listened to last: a port that is taken is refused before a model is loaded, and nobody is let in
before there is somebody to answer.
"""

import gc
import json
import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from foretaste import __version__
from foretaste.bundle_folder import reason
from foretaste.errors import InputError
from foretaste.serve.app import close_app, create_app
from foretaste.serve.deploy.served import Served
from foretaste.serve.door.connection import Connection
from foretaste.serve.settings import Settings
from foretaste.serve.telemetry.logs import clean, configure, secrets_of, share_key
from foretaste.serve.telemetry.metrics import FOLDER

log = logging.getLogger("foretaste.serve")
SETTINGS = "FORETASTE_SERVE"
"""Environment variable in which worker processes find their settings, as JSON."""
GRACE_S = 10
"""How long requests under way may take once the service is told to stop."""


def run_service(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until told to stop by SIGINT or SIGTERM; requests under way are answered first.

    Args:
        settings: What to serve, and how.
        announce: Told the address once requests are answered there, for a person who watches; the log tells it anyway.

    Raises:
        ForetasteError: What is asked for cannot be served, or the port not be bound.
    """
    share_key()
    configure(settings.store)
    spare_collector()
    with bind(settings) as listener:
        app = create_app(settings)
        where = address(settings, listener)
        facts = begun(settings, where, app.state.deployment.now.loaded())
        if settings.workers == 1:
            config = uvicorn.Config(app, **options())
            listener.listen(config.backlog)  # who comes from now on waits for the loop to start, and is not turned away
            announce(where)
            log.info("serving", extra={"fields": facts})
            uvicorn.Server(config).run(sockets=[listener])
            return
        close_app(app)  # it was loaded to refuse in words what cannot be served: workers would only die
        del app
        os.environ[SETTINGS] = to_json(settings)
        config = uvicorn.Config(
            "foretaste.serve.run:app_of_worker", factory=True, workers=settings.workers, **options()
        )
        with TemporaryDirectory(prefix="foretaste-metrics-") as folder:
            os.environ[FOLDER] = folder
            listener.listen(config.backlog)
            announce(where)
            log.info("serving", extra={"fields": facts})
            Multiprocess(config, sockets=[listener]).run()


def begun(settings: Settings, where: str, models: Sequence[tuple[str, Served]]) -> dict[str, Any]:
    """Return what the log says of a service that begins: where it answers with what, and who may do what.

    Args:
        settings: Of the command line.
        where: Its address.
        models: What answers, with arms.
    """
    loaded = {arm: f"{served.name} {served.version}" for arm, served in models}
    return {
        "address": where,
        "bundle": loaded["main"],
        "challenger": loaded.get("challenger"),
        "store": clean(settings.store, secrets_of(settings.store)),
        "keys": settings.keys is not None,
        "read_only": settings.read_only,
        "workers": settings.workers,
        "foretaste": __version__,
    }


def options() -> dict[str, Any]:
    """Return how uvicorn is set up, whatever is served."""
    return {
        "timeout_graceful_shutdown": GRACE_S,
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "http": Connection,
        "ws": "none",
    }


def bind(settings: Settings) -> socket.socket:
    """Return a socket at the address of the settings.

    Raises:
        InputError: It is taken, or no address of this machine.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(
            settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind)) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place)
            listener = made.dup()
    except OSError as error:
        raise InputError(
            f"cannot listen at {settings.host}, port {settings.port}: {reason(error)}",
            hint="choose another with --port; 0 takes a free one",
        ) from error
    listener.set_inheritable(True)
    return listener


def address(settings: Settings, listener: socket.socket) -> str:
    """Return where a browser finds the service."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}/"


def app_of_worker() -> FastAPI:
    """Build the application in a worker process, from the settings in its environment; they may hold a password, and go."""
    settings = from_json(os.environ.pop(SETTINGS))
    configure(settings.store)
    spare_collector()
    return create_app(settings)


def spare_collector() -> None:
    """Tell the collector of garbage that what was imported stays: looking through it takes 60 ms in which nobody is answered.

    Loading a model makes it look through everything. Models are loaded after this, so that those that are swapped out do go.
    """
    gc.freeze()


def to_json(settings: Settings) -> str:
    """Return settings as text."""
    return json.dumps(asdict(settings), default=str)


def from_json(text: str) -> Settings:
    """Rebuild what `to_json` wrote."""
    values = json.loads(text)
    for name in ("bundle", "challenger", "models", "keys", "cache"):
        values[name] = None if values[name] is None else Path(values[name])
    values["names"] = tuple(values["names"])
    return Settings(**values)
