"""The ratings store: who rated what, kept in SQLite or PostgreSQL so that no acknowledged write is lost.

`Store` loads SQLAlchemy when it is first used; `address` does without, so that commands can speak of a store for nothing.
"""

from typing import TYPE_CHECKING, Any

from foretaste.errors import MissingExtraError

if TYPE_CHECKING:
    from foretaste.store.store import Store, Stored

__all__ = ["Store", "Stored"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'foretaste.store' has no attribute {name!r}")
    try:
        from foretaste.store import store  # noqa: PLC0415 (loads a database library)
    except ModuleNotFoundError as error:
        if error.name != "sqlalchemy":
            raise
        raise MissingExtraError(
            "a store of ratings needs sqlalchemy, which is not installed", hint="pip install 'foretaste[store]'"
        ) from error
    return getattr(store, name)
