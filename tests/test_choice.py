"""What is trained where nobody names a model: candidates by the data, the choice by validation and nothing else."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from foretaste import choice
from foretaste.choice import choose, with_candidates
from foretaste.comparison import Comparison, Entry, Fitted
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.experiment import Source, run
from foretaste.models import MODELS
from foretaste.recipe import Recipe


@dataclass
class Line:
    """What `choose` reads of a fitted line."""

    label: str
    valid_rmse: float | None
    model: Any = field(init=False)

    def __post_init__(self) -> None:
        self.model = MODELS[self.label]


def comparison(valid_hidden: int = 5000, **rmse: float | None) -> Comparison:
    lines: list[Any] = [Line(*pair) for pair in rmse.items()]
    return Comparison({"valid_hidden": valid_hidden}, [], "", lines)


def ratings(*values: float) -> Ratings:
    n = len(values)
    return Ratings.from_arrays(np.arange(n), np.arange(n), np.array(values, np.float32))


SOME, EQUAL = ratings(1, 5, 3), ratings(1, 1, 1)


def names(recipe: Recipe) -> list[str]:
    return [entry.model for entry in recipe.models]


def test_the_baselines_stand_beside_the_candidates() -> None:
    assert names(with_candidates(Recipe(), SOME)) == [
        "mean", "bias", "biased_mf", "popularity", "item_knn", "two_sided_ridge", "ridge", "blend",
    ]  # fmt: skip


def test_many_ratings_get_one_autoencoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MANY", 3)
    assert names(with_candidates(Recipe(), SOME))[-2:] == ["popularity", "two_sided_ridge"]
    why = choose(comparison(bias=0.9, two_sided_ridge=0.8), SOME).why
    assert why.endswith("; with 3 ratings only the quicker autoencoder was tried.")


def test_equal_ratings_get_the_most_popular_items() -> None:
    assert names(with_candidates(Recipe(), EQUAL)) == ["mean", "bias", "biased_mf", "popularity"]
    taken = choose(comparison(mean=0.0, bias=0.0, popularity=None), EQUAL)
    assert taken.label == "popularity"
    assert taken.why == "popularity is taken: all ratings are 1, so there is nothing to predict about them."


def test_every_candidate_serves_people_it_has_not_met() -> None:
    for data in (SOME, EQUAL):
        for entry in with_candidates(Recipe(), data).models:
            assert not entry.build(0).known_rows


def test_the_lowest_error_on_validation_is_taken() -> None:
    taken = choose(comparison(mean=1.0, bias=0.9, ridge=0.85, two_sided_ridge=0.8, popularity=None), SOME)
    assert taken.label == "two_sided_ridge"
    assert taken.why == (
        "two_sided_ridge is taken: of 4 models that predict ratings it had the lowest RMSE on validation, 0.8000, "
        "before ridge with 0.8500."
    )


def test_a_baseline_is_taken_where_it_is_best() -> None:
    assert choose(comparison(mean=1.0, bias=0.8, ridge=0.85), SOME).label == "bias"


def test_a_blend_is_taken_where_it_is_worth_it() -> None:
    assert choose(comparison(ridge=0.85, blend=0.84), SOME).label == "blend"
    taken = choose(comparison(ridge=0.85, bias=0.9, blend=0.8495), SOME)
    assert taken.label == "ridge"
    assert taken.why == (
        "ridge is taken: of 3 models that predict ratings it had the lowest RMSE on validation of a model alone, 0.8500; "
        "blend with 0.8495 is not better by enough to keep several."
    )
    assert choose(comparison(valid_hidden=999, ridge=0.85, blend=0.7), SOME).label == "ridge"


def test_the_test_part_has_no_say() -> None:
    world = make_world(150, 60, 5000, seed=1)
    recipe = with_candidates(Recipe(), world.ratings)
    quick = [Entry(e.model, {"epochs": 3} if "ridge" in e.model else {}) for e in recipe.models if e.model != "blend"]
    found = run(replace(recipe, models=tuple(quick)), Source(world.ratings, world.catalog)).comparison
    taken = choose(found, world.ratings)
    worst_on_test = [replace_row(row, row["model"] == taken.label) for row in found.rows]
    assert choose(replace(found, rows=worst_on_test), world.ratings) == taken
    best = min((line for line in found.fitted if line.valid_rmse is not None), key=valid)
    assert taken.label == best.label


def replace_row(row: dict[str, Any], spoil: bool) -> dict[str, Any]:
    return row | ({"rmse": 99.0} if spoil else {})


def valid(line: Fitted) -> float:
    assert line.valid_rmse is not None
    return line.valid_rmse
