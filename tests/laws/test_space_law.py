"""What `tune` may try is legal for every model: known settings, the defaults inside, and whatever is drawn builds a model."""

import numpy as np
import pytest

from foretaste.models import MODELS
from foretaste.models.params import build_params

searched = pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.space])


def test_models_with_settings_that_matter_can_be_searched() -> None:
    assert {"autorec", "bias", "biased_mf"} <= {name for name, kind in MODELS.items() if kind.space}


@searched
def test_everything_in_a_space_is_a_setting(name: str) -> None:
    assert set(MODELS[name].space) <= set(MODELS[name].Params.__dataclass_fields__)


@searched
def test_the_defaults_lie_inside_their_space(name: str) -> None:
    space, defaults = MODELS[name].space, vars(MODELS[name].Params())
    assert {key: defaults[key] for key in space if not space[key].contains(defaults[key])} == {}


@searched
def test_whatever_is_drawn_builds_a_model(name: str) -> None:
    kind, rng = MODELS[name], np.random.default_rng(0)
    for _ in range(200):
        drawn = {key: where.draw(rng) for key, where in kind.space.items()}
        params = build_params(kind.Params, drawn)
        assert all(kind.space[key].contains(getattr(params, key)) for key in drawn)
        assert {key: getattr(params, key) for key in drawn} == drawn
