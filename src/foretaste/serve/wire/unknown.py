"""Fields and parameters that nobody knows: refused with the nearest name, since a misspelt filter would filter nothing."""

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel

from foretaste.errors import InputError, nearest

API = "/v1/"
"""Where parameters are checked; addresses of pages may carry what they like."""


async def check_query(request: Request) -> None:  # a plain function would be run in a thread, for every request
    """Refuse parameters in the address that the route does not know.

    Raises:
        InputError: There is one.
    """
    if not request.scope["query_string"] or not request.scope["path"].startswith(API):
        return
    dependant = getattr(request.scope.get("route"), "dependant", None)
    known = {field.alias for field in dependant.query_params} if dependant else set()
    for name in request.query_params:
        if name not in known:
            hint = nearest(name, known) if known else "leave it out"
            raise InputError(f'there is no parameter "{name[:60]}"', hint=hint)


def words_for(place: Sequence[object], route: object) -> str:
    """Return what is said of a field of a body that nobody knows.

    Args:
        place: Where it stands, as validation has it: ``("body", "ratings", 0, "itm")``.
        route: That was asked.
    """
    name = str(place[-1])[:60]
    body = getattr(getattr(route, "body_field", None), "field_info", None)
    known = set() if body is None else _names_at(body.annotation, place[1:-1])
    return f'there is no field "{name}"; {nearest(name, known)}' if known else f'there is no field "{name}"'


def _names_at(annotation: Any, place: Iterable[object]) -> set[str]:
    """Return the names of the fields of a model that stands somewhere in another."""
    model = _model_in(annotation)
    for part in place:
        if model is None:
            return set()
        if isinstance(part, str):
            inside = {(field.alias or name): field for name, field in model.model_fields.items()}.get(part)
            model = None if inside is None else _model_in(inside.annotation)
    return set() if model is None else {field.alias or name for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``list[Rating] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(inner) for inner in get_args(annotation))
    return next((model for model in found if model is not None), None)
