"""From settings to a process that listens: one worker runs here, several are started and watched over by uvicorn."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from foretaste.serve.app import create_app
from foretaste.serve.settings import Settings

SETTINGS = "FORETASTE_SERVE"
"""Environment variable in which worker processes find their settings, as JSON."""
GRACE_S = 10
"""How long requests under way may take once the service is told to stop."""


def run_service(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        ForetasteError: What is asked for cannot be served.
    """
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "timeout_graceful_shutdown": GRACE_S,
        "access_log": False,
        "server_header": False,
    }
    if settings.workers == 1:
        uvicorn.run(create_app(settings), **options)
        return
    create_app(settings)  # what cannot be served is refused here, in words, and not by workers that die again and again
    os.environ[SETTINGS] = to_json(settings)
    uvicorn.run("foretaste.serve.run:app_of_worker", factory=True, workers=settings.workers, **options)


def app_of_worker() -> FastAPI:
    """Build the application in a worker process, from the settings in its environment."""
    return create_app(from_json(os.environ[SETTINGS]))


def to_json(settings: Settings) -> str:
    """Return settings as text."""
    return json.dumps(asdict(settings), default=str)


def from_json(text: str) -> Settings:
    """Rebuild what `to_json` wrote."""
    values = json.loads(text)
    for name in ("bundle", "challenger", "models", "keys"):
        values[name] = None if values[name] is None else Path(values[name])
    return Settings(**values)
