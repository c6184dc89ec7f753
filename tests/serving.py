"""What the tests of the service share: small bundles on disk, and a client of an application around one."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from foretaste.bundle import Bundle
from foretaste.calibration import Residuals, fit_calibration
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.models import model_class
from foretaste.order import Order
from foretaste.serve.app import create_app
from foretaste.serve.settings import Settings

WORLD = make_world(120, 60, 3_000, seed=3)
"""120 people, 60 items with titles, years and genres, ratings from 0.5 to 5."""
X = user_item_matrix(WORLD.ratings, WORLD.catalog)
SMALL: dict[str, dict[str, Any]] = {"autorec": {"widths": [8], "epochs": 2}, "two_heads": {"ranker": "ease"}}


@functools.cache
def bundle_of(model: str = "autorec", seed: int = 0) -> Bundle:
    """Return a bundle of a model fitted on the small world, with intervals where it predicts ratings."""
    settings = SMALL.get(model, {})
    kind = model_class(model)
    fitted = kind(**settings, **({"seed": seed} if hasattr(kind.Params(), "seed") else {})).fit(X)
    rating = fitted.task == "rating"
    order = Order.of(X, 0.1) if rating else None
    calibration = None
    if rating and order is not None:
        rows, cols = X.nonzero()
        predicted = fitted.predict(X, rows, cols, clip=False)
        residuals = Residuals(X.data, predicted, np.diff(X.indptr)[rows], order.count[cols], rows)
        calibration = fit_calibration(residuals, scale=WORLD.ratings.scale)
    about = {"label": model, "data": {"source": "small world", "users": X.shape[0], "ratings": X.nnz}}
    return Bundle(fitted, WORLD.catalog, order, WORLD.ratings.scale, about, calibration=calibration)


def saved(folder: Path, model: str = "autorec", seed: int = 0) -> Path:
    """Write a bundle and return its folder."""
    return bundle_of(model, seed).save(folder)


@contextmanager
def client_of(folder: Path, **settings: Any) -> Iterator[TestClient]:
    """Run an application around a bundle's folder, with its store beside it, and yield a client that raises nothing."""
    settings = {"store": f"sqlite:///{folder.parent / 'ratings.db'}"} | settings
    app = create_app(Settings(bundle=folder, **settings))
    here = ("127.0.0.1", 50_000)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, client=here) as client:
        yield client
