"""One file for each part of the API: what a request may ask, and who answers it."""

from foretaste.serve.routes import (
    admin,
    health,
    items,
    metrics,
    model,
    page,
    recommendations,
    similar,
    users,
)
from foretaste.serve.routes import (
    map as taste_map,
)

ROUTERS = (
    recommendations.router,
    users.router,
    similar.router,  # before the items, whose ids may hold a slash
    items.router,
    taste_map.router,
    model.router,
    health.router,
    metrics.router,
    admin.router,
    page.router,
)
"""Every part of the API, in the order in which addresses are tried."""
