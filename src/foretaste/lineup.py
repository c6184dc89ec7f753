"""Which models stand in a comparison: the gate that a trained model has to pass, whole families, and who does not belong."""

from dataclasses import replace

from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.models import MODELS, model_class
from foretaste.recipe import Recipe

GATE = (Entry("mean"), Entry("bias"), Entry("biased_mf"), Entry("popularity"))
"""What every trained model is measured beside: three for predicted ratings, one for lists."""
CLICK_GATE = (Entry("popularity"), Entry("cosine_knn"), Entry("ials"))
"""The same where there are nothing but clicks; none is an autoencoder."""

FIRST = ("mean", "bias", "popularity")
"""Models that open the table of a whole family."""
BLENDS = ("blend", "rank_blend", "two_heads")
"""Models that are made of others, and close it."""


def check_task(recipe: Recipe) -> None:
    """Refuse a model that predicts ratings where ratings become clicks.

    Raises:
        ParamsError: There is one.
    """
    for entry in recipe.models:
        kind = model_class(entry.model)
        if recipe.data.task == "ranking" and kind.task == "rating":
            raise ParamsError(
                f"{kind.name} predicts ratings, and with --task ranking there are none, only clicks",
                hint="leave --task out, or take a model that ranks, such as edlae",
            )


def with_gate(recipe: Recipe, entry: Entry, *, clicks: bool = False) -> Recipe:
    """Return the recipe with the baselines and one model to train, which comes last and which the verdict is about.

    Args:
        recipe: Any.
        entry: To train.
        clicks: Whether there are nothing but clicks; then the baselines are those that rank.
    """
    label = entry.label or model_class(entry.model).name
    baselines = CLICK_GATE if clicks else GATE
    gate = tuple(line for line in baselines if line.model not in {label, model_class(entry.model).name})
    return replace(recipe, models=(*gate, entry), subject=label)


def family(task: str, *, new_people: bool = False) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return a line for every model of a task, and the names of those left out.

    What every other model has to beat comes first, and blends come last: their members need not be fitted again.

    Args:
        task: ``"rating"`` or ``"ranking"``.
        new_people: Whether people are judged whom training never saw; models that cannot score them are left out then.
    """
    able = [name for name, kind in MODELS.items() if kind.task == task and name not in FIRST]
    first = [name for name in FIRST if MODELS[name].task == task]
    names = [*first, *sorted(able, key=lambda name: name in BLENDS)]
    strangers = tuple(name for name in names if new_people and MODELS[name].known_rows)
    return tuple(Entry(name) for name in names if name not in strangers), strangers
