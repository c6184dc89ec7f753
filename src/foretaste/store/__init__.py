"""The ratings store: who rated what, kept in SQLite or PostgreSQL so that no acknowledged write is lost.

`Store` loads SQLAlchemy when it is first used; `address` does without, so that commands can speak of a store for nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretaste.store.store import Store, Stored

__all__ = ["Store", "Stored"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'foretaste.store' has no attribute {name!r}")
    from foretaste.store import store  # noqa: PLC0415 (loads a database library)

    return getattr(store, name)
