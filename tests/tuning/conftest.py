"""A small world, and parts of it."""

import pytest

from foretaste.data.synthetic import make_world
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.tuning.parts import Part, make_parts


@pytest.fixture(scope="session")
def source() -> Source:
    """60 users, 30 items, 900 ratings."""
    world = make_world(60, 30, 900, seed=3)
    return Source(world.ratings, world.catalog, name="tiny")


@pytest.fixture(scope="session")
def parts(source: Source) -> list[Part]:
    """One division by people."""
    return make_parts(Recipe(split=SplitParams(seed=1)), source)
