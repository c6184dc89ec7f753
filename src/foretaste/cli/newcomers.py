"""foretaste newcomers: how good a bundle is for somebody who has rated nothing yet, one item, two, five and so on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.asked import Asked, asked_of
from foretaste.cli.tables import console, fitting_table, number, print_json, print_line, print_note, signed
from foretaste.errors import InputError, ParamsError
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias, Popularity
from foretaste.newcomers import FEWEST, newcomers_of
from foretaste.order import Order

TITLES = {"newcomers": "RMSE of hidden ratings", "newcomer_lists": "NDCG@20 of hidden likes"}
NOTE = (
    "shown: how many of their ratings the model sees, drawn at random; the same {people:,} people and hidden ratings in every "
    "row. 95 % by bootstrap over people"
)
PAIRED = "; difference: {label} minus the model beside it, paired"


@dataclass(frozen=True, eq=False)
class _Line:
    """What is asked: a label, a fitted model, and how its scores are sorted."""

    label: str
    model: Recommender[Any]
    order: Order | None


def newcomers_command(
    bundle: o.BundlePath,
    data: o.Data,
    hidden: o.Hidden = None,
    seed: o.Seed = 0,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Say from how many ratings on a bundle is better than the simplest model, for people whom it does not know.

    The people are its own test people if DATA is what it was trained from, else everybody in DATA. On its own data the bias
    model and the popularity model are fitted beside it.
    """
    loaded = Bundle.load(bundle)
    name = loaded.model.name
    if loaded.model.known_rows:
        raise ParamsError(
            f"{name} scores nobody but the people it was fitted on, so it has no newcomers",
            hint="train a model that reads anybody's ratings, such as autorec",
        )
    words = {"separator": separator, "bad_rows": bad_rows, "duplicates": duplicates}
    asked = asked_of(loaded, data, hidden=hidden, seed=seed, columns=columns, words=words)
    scale = loaded.scale if loaded.like is None else (1.0, 1.0)
    label = str(loaded.about.get("label", name))
    curves = newcomers_of(_lines(loaded, label, asked), asked.holdout, scale=scale, seed=asked.seed)
    if not curves:
        had = asked.about.replace(":", " has", 1)
        raise InputError(
            f"too few people for a curve ({had}): it takes {FEWEST} of whom something is hidden and shown",
            hint="ask about more people: foretaste newcomers BUNDLE DATA of other people",
        )
    if as_json:
        print_json({"model": label, "evaluated_on": asked.about, "n_outside": asked.outside, **curves})
        return
    screen = console()
    for key, curve in curves.items():
        screen.print(curve_table(curve, label, TITLES[key], width=screen.width))
        print_line(screen, curve["sentences"].get(label, ""))
    curve = next(iter(curves.values()))
    note = NOTE + PAIRED * (curve["against"] is not None) + "."
    print_line(screen, note.format(people=curve["people"], label=label))
    asked.warn()
    if asked.split is not None and not asked.split.new_people:
        print_note("these people were in training, so newcomers fare worse: train with --split new-users")


def curve_table(curve: Mapping[str, Any], label: str, title: str, *, width: int = 120) -> Table:
    """Return the points of a model's curve one below the other, beside those of the simplest model where it is there.

    Args:
        curve: From `newcomers_of`.
        label: Of the model.
        title: What is measured.
        width: Of the terminal.
    """
    points, other = curve["models"][label], curve["against"]
    columns = {
        "shown": [str(n) for n in curve["given"]],
        label: [number(one["value"], 4) for one in points],
        "95 %": [_span(one, "", 3) for one in points],
    }
    if other is not None and other != label:
        columns[other] = [number(one["value"], 4) for one in curve["models"][other]]
        columns["difference"] = [f"{signed(one['difference'])}, {_span(one, 'difference_', 4)}" for one in points]
    return fitting_table(title, columns, ("95 %",), width)


def _span(one: Mapping[str, Any], name: str, digits: int) -> str:
    """Return the two ends of an interval."""
    low, high = (one[f"{name}{end}"] for end in ("low", "high"))
    return f"{low:+.{digits}f} to {high:+.{digits}f}" if name else f"{low:.{digits}f} to {high:.{digits}f}"


def _lines(bundle: Bundle, label: str, asked: Asked) -> Sequence[_Line]:
    """Return the bundle's model, and behind it the simplest ones, fitted on what it was fitted on where that is known."""
    own = _Line(label, bundle.model, bundle.order)
    if asked.split is None:
        return [own]
    recipe = bundle.about.get("recipe")
    learnt = asked.split.full if isinstance(recipe, Mapping) and recipe.get("refit", True) else asked.split.train
    simple: list[_Line] = [_Line("popularity", Popularity(), None)]
    if bundle.model.task == "rating":
        simple.append(_Line("bias", Bias(), bundle.order))
    for line in simple:
        line.model.fit(learnt)
    return [own, *(line for line in simple if line.model.name != bundle.model.name)]
