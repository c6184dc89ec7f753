"""What `tune` may try is legal for every model: known settings, the defaults inside, and whatever is drawn builds a model.

And what it does to give up a trial is safe: an exception from the watch leads out of a fit and leaves nothing behind.
"""

import signal

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.errors import NotFittedError
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


class _GivenUp(Exception):  # noqa: N818
    pass


@searched
def test_a_fit_may_be_left_from_its_watch(name: str) -> None:
    def give_up(_: object) -> float:
        calls.append(1)
        raise _GivenUp

    calls: list[int] = []
    X = csr_array(np.random.default_rng(0).integers(1, 6, (12, 7)).astype(np.float32))
    model, before = MODELS[name](), signal.getsignal(signal.SIGINT)
    try:
        model.fit(X, watch=give_up)
    except _GivenUp:
        with pytest.raises(NotFittedError):
            model.score(X)
    assert len(calls) <= 1  # a model without epochs is never watched
    assert signal.getsignal(signal.SIGINT) is before
    assert np.isfinite(model.fit(X).score(X)).all()
