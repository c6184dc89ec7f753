"""foretaste explain: what each rating does to one item of somebody's list, and what would push it off."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.tables import console, print_json
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
from foretaste.errors import InputError
from foretaste.explanation import Changed, Effect, Explanation, Rated, Removed, explain

ROWS, NAMED = 15, 5
"""Ratings in the table, and ratings named in a sentence, at most."""
BAR = 8
"""Length of the longest bar, to either side."""


def explain_command(
    bundle: o.BundlePath,
    rate: o.Rate = None,
    user: Annotated[str | None, typer.Option("--user", help="A user of --data.")] = None,
    data: Annotated[str | None, typer.Option("--data", help="Ratings of people.")] = None,
    item: Annotated[
        str | None, typer.Option("--item", "-i", help="Title or id of an item; without it, the first of the list.")
    ] = None,
    k: Annotated[int, typer.Option("--k", "-k", help="Length of the list that it is to be pushed off.", min=1)] = 10,
    columns: o.Columns = None,
    separator: o.Separator = None,
    bad_rows: o.BadRows = None,
    duplicates: o.Duplicates = None,
    as_json: o.Json = False,
) -> None:
    """Explain an item by somebody's ratings: what would change without each, and what would push it off their list."""
    reading = o.reading(columns, separator, bad_rows, duplicates)
    if rate and (data is not None or user is not None):
        other = "--data" if data is not None else "--user"
        raise InputError(f"--rate and {other} are both given", hint="choose whose ratings count")
    if not rate and (data is None or user is None):
        raise InputError("whose ratings count is not clear", hint="give --rate, or --data with --user")
    loaded = Bundle.load(bundle)
    taste = typed_ratings(loaded, rate) if data is None else ratings_of(read_people(loaded, data, reading), str(user))
    asked = None if item is None else loaded.catalog.item_ids[[loaded.catalog.find(item)]].tolist()[0]
    found = explain(loaded, taste, asked, k=k)
    if as_json:
        print_json(asdict(found) | {"together": found.together, "one_by_one": found.one_by_one})
        return
    screen = console()
    wrap = not screen.is_terminal  # in a terminal lines are broken between words
    for line in head(found):
        screen.print(line, soft_wrap=wrap)
    if found.effects and (found.effects[0].effect or found.effects[0].on_list):
        screen.print(effect_table(found))
    for line in (*sums(found, loaded), *pushes(found)):
        screen.print(line, soft_wrap=wrap)
    if found.ignored:
        typer.echo(f"ignored, not in the bundle: {', '.join(map(str, found.ignored))}", err=True)


def head(found: Explanation) -> list[str]:
    """Return what is explained, and what the model says of somebody who has rated nothing."""
    place = f"{ordinal(found.place)} in the list"
    if found.predicted is None:
        show = shown([found.value, found.nobody])
        first, nobody = f"{found.title}: score {show(found.value)}, {place}.", show(found.nobody)
    else:
        first, nobody = f"{found.title}: predicted {found.predicted:.2f}, {place}.", f"{found.nobody:.2f}"
        if abs(found.value - found.predicted) > 5e-3:
            first += f" The model says {found.value:.2f}, beyond the scale; effects are on that."
    if not found.effects:
        return [first, "Nothing is rated: it says so of anybody."]
    return [first, f"For somebody who has rated nothing: {nobody}, {ordinal(found.nobody_place)} in the list."]


def effect_table(found: Explanation) -> Table:
    """Return what each rating does, the largest first, with a bar to the left where it lowers and to the right where not."""
    columns = _columns(found)
    by = next(iter(columns.values()))
    least = {name: max(abs(value(e)) for e in found.effects) / 1000 for name, value in columns.items()}
    listed = [e for e in found.effects if any(abs(value(e)) > least[name] for name, value in columns.items())][:ROWS]
    rest = [effect for effect in found.effects if effect not in listed]
    if len(rest) == 1:
        listed, rest = [*listed, *rest], []
    longest = abs(by(found.effects[0]))
    show = {name: _writer(found, map(value, found.effects), name) for name, value in columns.items()}
    table = Table(header_style="bold")
    table.add_column("rated", overflow="fold")
    for name in ("given", *columns):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("lowers | raises".center(2 * BAR + 1), no_wrap=True)
    for effect in listed:
        cells = [show[name](value(effect)) for name, value in columns.items()]
        table.add_row(effect.title, f"{effect.rating:g}", *cells, bar(by(effect), longest))
    if rest:
        cells = [show[name](sum(map(value, rest))) for name, value in columns.items()]
        table.add_row(f"{len(rest)} others", "", *cells, "")
    return table


def _columns(found: Explanation) -> dict[str, Callable[[Effect], float]]:
    """Return the columns of numbers, first the one that the rest is sorted by."""
    out: dict[str, Callable[[Effect], float]] = {"effect": lambda effect: effect.effect}
    if found.arranges:
        out = {"on list": lambda effect: effect.on_list, "on rating": lambda effect: effect.effect}
    if found.predicted is None:
        out["share"] = lambda effect: effect.share
    if found.base is not None and not found.additive:
        out["part"] = lambda effect: effect.part or 0.0
    return out


def _writer(found: Explanation, values: Iterable[float], name: str = "effect") -> Callable[[float], str]:
    """Return how to write the numbers of a column with their signs: shares in per cent, ratings with 3 digits at most."""
    if name == "share":
        return lambda value: f"{round(100 * value) + 0:+d} %"
    rating = found.predicted is not None and name != "on list"
    return shown(values, sign=True, most=3 if rating else 6)


def sums(found: Explanation, bundle: Bundle) -> list[str]:
    """Return the largest effect in a sentence, what all ratings do together, and what the columns are."""
    if not found.effects:
        return []
    out = [] if bundle.like is None else _told(found, bundle.like)
    strongest = found.effects[0]
    if not (strongest.effect or strongest.on_list):
        return [*out, "None of these ratings changes anything about it."]
    out.append(without(found, strongest))
    show, n = _writer(found, [found.together, found.one_by_one]), len(found.effects)
    if found.additive:
        out.append(f"The score is a sum: {shown([found.nobody])(found.nobody)} for nobody, and all effects.")
    elif n > 1:
        out.append(
            f"{'Both' if n == 2 else f'All {n}'} ratings together change it by {show(found.together)}; one by one their "
            f"effects add up to {show(found.one_by_one)}. The two need not agree: what several ratings say alike is not "
            "missed while one of them is there."
        )
    if found.base is not None and not found.additive:
        show = shown([found.base, found.value])
        out.append(
            f"part: what a rating adds where the prediction is written as a sum, {show(found.base)} and all parts making "
            f"{show(found.value)}. It is not what would be missed without it."
        )
    return out


def without(found: Explanation, effect: Effect) -> str:
    """Return what would be different without one rating."""
    what, way = "score" if found.predicted is None else "predicted rating", "lower" if effect.effect > 0 else "higher"
    amount = _writer(found, [effect.effect])(effect.effect).lstrip("+-")
    change = f"its {what} would be {amount} {way}" if effect.effect else f"its {what} would be the same"
    if found.arranges:
        verb, show = "lose" if effect.on_list > 0 else "gain", shown([effect.on_list, found.score])
        own = f"it would {verb} {show(abs(effect.on_list))} of the {show(found.score)} that the list is sorted by"
        change = f"{own}, and {change}"
    return f"Without {_name(effect)} {change}."


def pushes(found: Explanation) -> list[str]:
    """Return what would push the item off the list."""
    if found.fewest is None:
        there = found.place <= found.k or not found.effects
        return [] if there else [f"It is not in the first {found.k}, so there is nothing to push it off."]
    out = [_removed(found.fewest, found.k, len(found.effects))]
    if found.smallest is not None:
        out.append(_changed(found.smallest, found.k))
    return out


def _removed(found: Removed, k: int, n: int) -> str:
    if not found.ratings:
        if found.proven:
            return f"Whatever ratings are taken away, it stays in the first {k}."
        most = "No one of them" if found.tried == 1 else f"No {found.tried} of them or fewer"
        return f"{most}, taken away, would push it off the first {k}, and a search among more found none that would."
    size, names = len(found.ratings), [_name(rated) for rated in found.ratings]
    if size == n > 1:
        words = f"Without any of the {n} ratings"
    else:
        more = [f"{size - NAMED} others"] if size > NAMED else []
        words = "Without " + _and([*names[:NAMED], *more])
    words += f" it would be {ordinal(found.place or 0)}, off the first {k}"
    if found.proven:
        return words + ("." if size == 1 else "; no fewer ratings do that.")
    fewer = "no one rating does that" if found.tried == 1 else f"no {found.tried} or fewer do that"
    return f"{words}: at most {size} ratings; {fewer}, and whether fewer than {size} do was not found out."


def _changed(found: Changed, k: int) -> str:
    if found.rating is None or found.to is None:
        tried = (
            "No single rating given otherwise" if found.proven else "None of the strongest ratings, given otherwise,"
        )
        return f"{tried} would push it off the first {k}."
    words = f"With {found.rating.title} rated {found.to:g} instead of {found.rating.rating:g} it would be "
    least = "; no smaller change of one rating does that" if found.proven else ""
    return f"{words}{ordinal(found.place or 0)}{least}."


def _told(found: Explanation, like: float) -> list[str]:
    """Return how many ratings say nothing to a model that learnt from likes."""
    below = sum(effect.rating < like for effect in found.effects)
    one = "1 rating below it says" if below == 1 else f"{below} ratings below it say"
    return [f"The model learnt from likes, ratings of {like:g} or more; {one} nothing to it."] if below else []


def _name(rated: Rated | Effect) -> str:
    return f"{rated.title}, rated {rated.rating:g},"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{' '.join(words[:-1])} and {words[-1]}"


def bar(value: float, longest: float) -> str:
    """Return a bar of plain characters to the left or the right of a middle, ``2 * BAR + 1`` wide."""
    size = round(BAR * abs(value) / longest) if longest else 0
    left, right = ("-" * size, "") if value < 0 else ("", "+" * size)
    return f"{left:>{BAR}}|{right:<{BAR}}"


def shown(values: Iterable[float], *, sign: bool = False, most: int = 6) -> Callable[[float], str]:
    """Return how to write numbers so that the largest of some has three digits that count, and 2 to `most` behind the point."""
    largest = max(map(abs, values), default=0.0)
    digits = min(max(2 - math.floor(math.log10(largest)), 2), most) if largest > 0 else 2
    return lambda value: f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"


def ordinal(n: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if n % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
