"""What is trained where nobody names a model: candidates by the data, the choice by validation and nothing else."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from foretaste import choice, lineup
from foretaste.choice import Choice, choose, decide_for, with_candidates
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.experiment import run
from foretaste.fitting import Fitted
from foretaste.models import MODELS
from foretaste.recipe import Recipe
from foretaste.source import Source


@dataclass
class Line:
    """What `choose` reads of a fitted line."""

    label: str
    valid_rmse: float | None
    valid_ndcg: float | None = None
    model: Any = field(init=False)

    def __post_init__(self) -> None:
        self.model = MODELS.get(self.label)


def taken_of(data: Ratings, n_hidden: int = 5000, **rmse: float | None) -> Choice:
    lines: list[Any] = [Line(*pair) for pair in rmse.items()]
    return choose(lines, n_hidden, data)


def ratings(*values: float) -> Ratings:
    n = len(values)
    return Ratings.from_arrays(np.arange(n), np.arange(n), np.array(values, np.float32))


SOME, EQUAL = ratings(1, 5, 3), ratings(1, 1, 1)


def names(recipe: Recipe) -> list[str]:
    return [entry.model for entry in recipe.models]


def test_the_baselines_stand_beside_the_candidates() -> None:
    assert names(with_candidates(Recipe(), SOME)) == [
        "mean", "bias", "biased_mf", "popularity", "ease", "item_knn", "two_sided_ridge", "ridge", "blend", "two_heads",
        "two_heads",
    ]  # fmt: skip


def test_many_ratings_get_one_autoencoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MANY", 3)
    monkeypatch.setattr(lineup, "MANY", 3)
    assert names(with_candidates(Recipe(), SOME)) == [
        "mean", "bias", "biased_mf", "popularity", "ease", "two_sided_ridge", "two_heads",
    ]  # fmt: skip
    why = taken_of(SOME, bias=0.9, two_sided_ridge=0.8).why
    assert why.endswith("; with 3 ratings only the quicker autoencoder was tried.")


def test_clicks_get_models_that_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(with_candidates(Recipe(), EQUAL)) == ["popularity", "cosine_knn", "ials", "ease", "edlae"]
    monkeypatch.setattr(choice, "MANY_ITEMS", 2)
    monkeypatch.setattr(lineup, "MANY_ITEMS", 2)
    assert names(with_candidates(Recipe(), EQUAL)) == ["popularity", "cosine_knn", "ials", "elsa"]


def test_the_best_lists_on_validation_are_taken_where_there_are_only_clicks() -> None:
    lines: list[Any] = [Line("popularity", None, 0.2), Line("ials", None, 0.4), Line("edlae", None, 0.3)]
    taken = choose(lines, 5000, EQUAL)
    assert taken.label == "ials"
    assert taken.why == (
        "ials is taken: of 3 models it had the highest NDCG@100 on validation, 0.4000, before edlae with 0.3000."
    )
    nothing: list[Any] = [Line("popularity", None), Line("edlae", None)]
    assert choose(nothing, 0, EQUAL) == Choice(
        "edlae", "edlae is taken: nobody in validation likes anything hidden, so there is nothing to choose by."
    )


def test_every_candidate_serves_people_it_has_not_met() -> None:
    for data in (SOME, EQUAL):
        for entry in with_candidates(Recipe(), data).models:
            assert not entry.build(0).known_rows


def with_lists(n_hidden: int = 5000, **lines: tuple[float, float]) -> Choice:
    made: list[Any] = [Line(label, *values) for label, values in lines.items()]
    for line in made:
        if line.label.startswith("two_heads"):
            rater = "blend" if line.label.endswith("blend") else "two_sided_ridge"
            line.model = MODELS["two_heads"](rater=rater)
    return choose(made, n_hidden, SOME)


def test_a_pair_is_taken_where_its_lists_are_better_and_its_stars_as_good() -> None:
    taken = with_lists(two_sided_ridge=(0.9, 0.1), blend=(0.8, 0.2), two_heads=(0.9, 0.4), two_heads_blend=(0.8, 0.3))
    assert taken == Choice(
        "two_heads_blend",
        "blend says the stars: of 2 models that predict ratings it had the lowest RMSE on validation, 0.8000, before "
        "two_sided_ridge with 0.9000. two_heads_blend is taken: its lists have NDCG@100 0.3000 on validation, where those of "
        "blend alone have 0.2000.",
    )
    assert with_lists(two_sided_ridge=(0.9, 0.1), blend=(0.8, 0.3), two_heads_blend=(0.8, 0.2)).label == "blend"


def test_the_stars_of_a_pair_are_those_of_the_model_that_is_taken() -> None:
    """A blend that is not trusted is no rater either."""
    lines = {
        "two_sided_ridge": (0.81, 0.1),
        "blend": (0.8, 0.2),
        "two_heads": (0.81, 0.3),
        "two_heads_blend": (0.8, 0.4),
    }
    assert with_lists(100, **lines).label == "two_heads"
    assert with_lists(bias=(0.7, 0.1), **lines).label == "bias"


def test_with_many_items_the_pairs_ranker_is_lean(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_candidates(Recipe(), SOME).models[-2:] == (
        Entry("two_heads"),
        Entry("two_heads", {"rater": "blend"}, "two_heads_blend"),
    )
    monkeypatch.setattr(choice, "MANY_ITEMS", 2)
    assert with_candidates(Recipe(), SOME).models[-1].settings == {"rater": "blend", "ranker": "elsa"}


def test_the_lowest_error_on_validation_is_taken() -> None:
    taken = taken_of(SOME, mean=1.0, bias=0.9, ridge=0.85, two_sided_ridge=0.8, popularity=None)
    assert taken.label == "two_sided_ridge"
    assert taken.why == (
        "two_sided_ridge is taken: of 4 models that predict ratings it had the lowest RMSE on validation, 0.8000, "
        "before ridge with 0.8500."
    )


def test_a_baseline_is_taken_where_it_is_best() -> None:
    assert taken_of(SOME, mean=1.0, bias=0.8, ridge=0.85).label == "bias"


def test_a_blend_is_taken_where_it_is_worth_it() -> None:
    assert taken_of(SOME, ridge=0.85, blend=0.84).label == "blend"
    taken = taken_of(SOME, ridge=0.85, bias=0.9, blend=0.8495)
    assert taken.label == "ridge"
    assert taken.why == (
        "ridge is taken: of 3 models that predict ratings it had the lowest RMSE on validation of a model alone, 0.8500, "
        "before bias with 0.9000; blend with 0.8495 is not better by enough to keep several."
    )
    few = taken_of(SOME, n_hidden=999, ridge=0.85, blend=0.7)
    assert few.label == "ridge"
    assert few.why.endswith("; blend had 0.7000, but 999 hidden ratings are too few to trust weights chosen on them.")


def test_the_test_part_has_no_say() -> None:
    world = make_world(150, 60, 5000, seed=1)
    recipe = with_candidates(Recipe(), world.ratings)
    quick = [
        Entry(e.model, {"epochs": 3} if "ridge" in e.model else {}, e.label)
        for e in recipe.models
        if e.model != "blend"
    ]
    recipe = replace(recipe, models=tuple(quick))
    found = run(recipe, Source(world.ratings, world.catalog), decide=decide_for(world.ratings)).comparison
    taken = choose(found.fitted, found.split["valid_hidden"], world.ratings)
    best = min((line for line in found.fitted if line.valid_rmse is not None and line.label != "two_heads"), key=valid)
    assert taken.label in {best.label, "two_heads"}
    assert found.verdict.startswith(f"{taken.label} ")  # and the verdict is about what is taken


def valid(line: Fitted) -> float:
    assert line.valid_rmse is not None
    return line.valid_rmse
