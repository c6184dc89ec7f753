"""The members of a blend: from words to unfitted models, and back from a fit to the words for the next one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from foretaste.arrays import AnyArray, Csr, seeded_keys
from foretaste.errors import ParamsError, nearest
from foretaste.models.base import Recommender
from foretaste.models.params import build_params, parse_setting
from foretaste.training.watch import Measure, Watch

COMPOSED = ("blend", "rank_blend", "two_heads")
"""Models that are made of others, and cannot be a member of one another."""
SHARED = ("n_items_", "scale_")
"""Arrays that such a model and its members have in common."""


def build_members(
    names: Sequence[str], settings: Iterable[str], seed: int, *, task: str = "rating", blends: bool = False
) -> dict[str, Recommender[Any]]:
    """Return unfitted models by what they are called: a model's name, or ``NAME#2`` where it stands a second time.

    Args:
        names: Of models of the task; hyphens are accepted, and so is ``NAME#2`` itself.
        settings: Each as ``MEMBER.name=value``; of two for one name the last counts.
        seed: Of the first of each name where its settings name none; the others' seeds are derived from it.
        task: What all of them do, ``"rating"`` or ``"ranking"``.
        blends: Whether a blend may be one of them.

    Raises:
        ParamsError: A model, member or setting is unknown or out of range, or a model cannot be a member.
    """
    kinds: dict[str, tuple[type[Recommender[Any]], int]] = {}
    for text in names:
        kind, number = _read(text, task, COMPOSED[-1:] if blends else COMPOSED)
        while (label := _label(kind.name, number)) in kinds:
            number += 1
        kinds[label] = kind, number
    own = _by_member(settings, kinds)
    out: dict[str, Recommender[Any]] = {}
    for label, (kind, number) in kinds.items():
        known = kind.Params.__dataclass_fields__
        usual = {"seed": _seed(seed, number)} if "seed" in known else {}
        out[label] = kind(build_params(kind.Params, usual | own.get(label, {})))
    return out


def owner(text: str) -> str:
    """Return the member whose setting a text is about."""
    return parse_setting(text)[0].rpartition(".")[0]


def setting_words(label: str, before: object, after: object) -> tuple[str, ...]:
    """Return what makes the settings `after` of those `before`, as `build_members` reads it.

    Args:
        label: What the member is called.
        before: Its params as they were built.
        after: Its params for another fit.
    """
    changed = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
    return tuple(f"{label}.{name}={json.dumps(value)}" for name, value in changed.items())


def member_arrays(members: Mapping[str, Recommender[Any]]) -> dict[str, AnyArray]:
    """Return what members have learnt, each array under ``MEMBER.name``, without what is common to all."""
    return {
        f"{label}.{name}": value
        for label, model in members.items()
        for name, value in model.arrays().items()
        if name not in SHARED
    }


def adopt_member(label: str, plain: Recommender[Any], arrays: Mapping[str, AnyArray]) -> Recommender[Any] | None:
    """Return a member with what `member_arrays` says of it; None where it says nothing.

    Args:
        label: What it is called.
        plain: The member, unfitted.
        arrays: Of all members, and what is common to them.
    """
    mine = {k.removeprefix(f"{label}."): v for k, v in arrays.items() if k.startswith(f"{label}.")}
    if not mine:
        return None
    return type(plain).from_arrays(plain.params, {**{name: arrays[name] for name in SHARED}, **mine})


def about(watch: Watch, label: str) -> Watch:
    """Return a watch of one member, whose progress says which it is."""
    report = watch.report
    return watch if report is None else replace(watch, report=lambda step: report(replace(step, part=label)))


def of_people(X: Csr, measure: Measure) -> Measure:
    """Return the caller's measure for members that were fitted on a part of X: it asks about people by their rows of X."""

    def measured(model: Recommender[Any]) -> float:
        if getattr(model, "known_rows", False):  # a penalty on trial has only scores
            model.recognise(X)
        return measure(model)

    return measured


def _read(text: str, task: str, out: Sequence[str]) -> tuple[type[Recommender[Any]], int]:
    """Return the class and the number of a member that is named in words."""
    from foretaste.models import MODELS, model_class  # noqa: PLC0415 (a blend is one of these models itself)

    name, mark, number = text.partition("#")
    if mark and not (number.isdecimal() and int(number) > 0):
        raise ParamsError(f'a member is called "{text}", expected a model or, for a second one, {name}#2')
    kind = model_class(name)
    able = [other.name for other in MODELS.values() if task == other.task and other.name not in out]
    if kind.name not in able:
        why = "predicts no ratings" if task == "rating" else "predicts ratings"
        why = "is made of other models" if kind.name in out else why
        raise ParamsError(f"{kind.name} {why} and cannot be a member", hint=f"members can be: {', '.join(able)}")
    return kind, int(number or 1)


def _label(name: str, number: int) -> str:
    return name if number == 1 else f"{name}#{number}"


def _seed(seed: int, number: int) -> int:
    return seed if number == 1 else int(seeded_keys(seed, number)[-1] >> 2)


def _by_member(settings: Iterable[str], labels: Iterable[str]) -> dict[str, dict[str, object]]:
    """Return the settings of each member that has some."""
    out: dict[str, dict[str, object]] = {}
    known: Mapping[str, None] = dict.fromkeys(labels)
    for text in settings:
        path, value = parse_setting(text)
        label, dot, name = path.rpartition(".")
        if not dot:
            raise ParamsError(
                f'"{text}" does not say whose setting it is', hint=f'for example "{next(iter(known))}.{text}"'
            )
        if label not in known:
            raise ParamsError(
                f'"{text}" is about the member "{label}", and there is none of that name', hint=nearest(label, known)
            )
        out.setdefault(label, {})[name] = value
    return out
