"""Weights while they train: each is copied when it is asked for and kept by nobody, so that judging takes one, not all."""

from collections.abc import Callable, Collection, Iterator, Mapping

from foretaste.arrays import AnyArray


class Live(Mapping[str, AnyArray]):
    """Arrays by name, read at the moment they are asked for.

    Args:
        names: Of all arrays.
        read: Returns one of them as it stands; `dict(live)` is therefore a copy of all.
    """

    def __init__(self, names: Collection[str], read: Callable[[str], AnyArray]) -> None:
        self._names, self._read = tuple(names), read

    def __getitem__(self, name: str) -> AnyArray:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
