"""Which models stand in a comparison: the gate that a trained model has to pass, whole families, and who does not belong."""

from collections.abc import Sequence
from dataclasses import replace

from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.models import MODELS, model_class
from foretaste.recipe import Recipe

GATE = tuple(Entry(name, gate=True) for name in ("mean", "bias", "item_knn", "biased_mf", "popularity", "ease"))
"""What every model is measured beside: four for predicted ratings, two for lists."""
CLICK_GATE = tuple(Entry(name, gate=True) for name in ("popularity", "cosine_knn", "ials", "ease"))
"""The same where there are nothing but clicks."""
MANY = 5_000_000
"""Ratings from which a fit takes minutes, and the gate holds no neighbours."""
MANY_ITEMS = 15_000
"""Items from which weights between all pairs of them take gigabytes, and the gate holds no EASE."""

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


def gate_for(*, clicks: bool = False, ratings: int = 0, items: int = 0) -> tuple[tuple[Entry, ...], str]:
    """Return the baselines for data of a size, and in a sentence what is left out of them; empty where nothing is.

    Args:
        clicks: Whether there are nothing but clicks; then the baselines are those that rank.
        ratings: Ratings, or clicks.
        items: Items.
    """
    big = {"ease": items >= MANY_ITEMS, "item_knn": ratings >= MANY}
    baselines = CLICK_GATE if clicks else GATE
    out = [entry.model for entry in baselines if big.get(entry.model)]
    size = " and ".join(
        f"{count:,} {what}"
        for name, count, what in (("item_knn", ratings, "ratings"), ("ease", items, "items"))
        if name in out
    )
    words = (
        f"left out of the baselines for their size ({size}): {', '.join(out)}; name them to have them" if out else ""
    )
    return tuple(entry for entry in baselines if entry.model not in out), words


def gated(entries: Sequence[Entry], gate: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the baselines that are not among some models, and then these; a baseline that is named beside others stays one.

    Args:
        entries: Whatever is to be compared.
        gate: From `gate_for`.
    """
    usual = {line.model for line in gate}
    ours = [entry for entry in entries if model_class(entry.model).name not in usual]
    lines = entries if not ours else [entry if entry in ours else replace(entry, gate=True) for entry in entries]
    there = {model_class(entry.model).name for entry in entries} | {entry.label for entry in entries}
    return (*(line for line in gate if line.model not in there), *lines)


def with_gate(recipe: Recipe, entry: Entry, gate: Sequence[Entry] = GATE) -> Recipe:
    """Return the recipe with the baselines and one model to train, which comes last and which the verdict is about."""
    return replace(recipe, models=gated((entry,), gate), subject=entry.label or model_class(entry.model).name)


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
