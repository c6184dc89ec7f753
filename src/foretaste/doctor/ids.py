"""Checks of ids: swapped columns, and ids of one file that are the same thing written in two ways."""

from collections import defaultdict
from collections.abc import Iterator

from foretaste.arrays import AnyArray
from foretaste.doctor.case import Case
from foretaste.doctor.finding import FEW, Finding, found, share


def transposed(case: Case) -> Iterator[Finding]:
    """Tell of columns of users and items that look swapped."""
    if case.swapped:
        old = case.columns or {}
        names = {"user": old.get("item", "ITEM_COLUMN"), "item": old.get("user", "USER_COLUMN")}
        yield found(
            "transposed", f"{'; '.join(case.swapped)}.".capitalize(),
            "If so, name the columns the other way round. In a file without a header they go by number: 2 is the user.",
            command=f"foretaste data describe {case.said_with(names)}",
        )  # fmt: skip


def alike_ids(case: Case) -> Iterator[Finding]:
    """Tell of ids that are equal once case, blanks, leading zeros and a final .0 are gone; only ids of text can be."""
    for role, ids in (("user", case.ratings.user_ids), ("item", case.ratings.item_ids)):
        groups = [group for group in _by_plain(ids) if len(group) > 1]
        if groups:
            surplus = sum(len(group) - 1 for group in groups)
            yield found(
                "alike-ids", f"{share(surplus, len(ids))} {role} ids are another one once they are written alike.",
                "Write every id in one way where the file is made; as it is, each way is somebody else.",
                minor=surplus < FEW * len(ids),
                examples=tuple(f"{role} " + " and ".join(f'"{one}"' for one in group[:3]) for group in groups[:3]),
            )  # fmt: skip


def _by_plain(ids: AnyArray) -> list[list[str]]:
    if ids.dtype != object:
        return []
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for one in ids.tolist():
        groups[plain_id(one)].append(one)
    return list(groups.values())


def plain_id(one: int | str) -> str:
    """Return an id without what people and programs add to it: case, blanks, quotes, leading zeros, a final ``.0``."""
    text = "".join(str(one).split()).strip("\"'").casefold()
    text = text.removesuffix(".0")
    return text.lstrip("0") or "0" if text.isdecimal() else text
