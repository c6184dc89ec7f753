"""Checks of a train file and a test file against each other: ids first, since nothing else can be said where these differ."""

from collections.abc import Iterator

import numpy as np

from foretaste.data.ratings import Ratings
from foretaste.doctor.case import Case, counted_values
from foretaste.doctor.drift import crossed, drift, shift
from foretaste.doctor.finding import FEW, Finding, found, share
from foretaste.doctor.overlap import ROLES, counts_of, in_both, moved
from foretaste.doctor.scale import LEAST, spans_a_scale
from foretaste.doctor.times import day
from foretaste.split.holdout import NEW_PEOPLE

FOREIGN = 0.9
"""Where nine of ten ids of a file are in no other, it is another catalogue; new items alone are never so many."""
NEWER = 0.75
"""Of ratings drawn at random half are newer than the middle of any other such; three quarters are no chance."""
LEAK = 0.001
"""Of a split by time, as the caller says it is, hardly a rating that trains may be as new as what is asked."""
DOUBLE = 2
"""Scales whose highest ratings differ by two or more are not one scale: 1 and 5, 5 and 10, 5 and 100."""

_COUNT = "One file counts from 0 and the other from 1: count from the same number in both."


def files(case: Case) -> Iterator[Finding]:
    """Compare the test file with the train file."""
    if case.test is None or case.test.swapped:  # which is told where that file is looked at
        return
    yield from _rated(case, case.test)
    told = list(_ids(case, case.test.ratings))
    yield from told
    if not told:
        for check in (_cells, _people, _times, _scales):
            yield from check(case, case.test.ratings)


def _rated(case: Case, test: Case) -> Iterator[Finding]:
    here, there = case.rows.log.implicit, test.rows.log.implicit
    if here != there:
        names = ("train", "test") if there else ("test", "train")
        yield found(
            "one-file-rated", f"The {names[0]} file has a column of ratings, and in the {names[1]} file every row counts as 1.",
            "Name the column of ratings (--columns rating=NAME), or take both files as clicks:",
            command=f"foretaste compare --split given --train {case.said} --test {test.path} --task ranking",
        )  # fmt: skip


def _ids(case: Case, test: Ratings) -> Iterator[Finding]:
    train = case.ratings
    across = crossed(
        *((getattr(table, f"{role}_ids"), counts_of(table, role)) for table in (train, test) for role in ROLES)
    )
    if across is not None:
        yield found(
            "transposed",
            f"What is rated often by the item column of the train file is so by the user column of the test file (correlation "
            f"{across[0]:.2f}), and not by its item column ({across[1]:.2f}).",
            "Name the columns of both files the same way round; a file without a header goes by number, and 2 is the item.",
        )  # fmt: skip
        return
    told = [finding for role in ROLES if (finding := _role(train, test, role))]
    yield from told or filter(None, [_moved(train, test)])


def _role(train: Ratings, test: Ratings, role: str) -> Finding | None:
    known, other = (getattr(table, f"{role}_ids") for table in (train, test))
    met = drift(known, other)
    if met.folded - met.plain >= FEW:
        return found(
            "id-drift",
            f"{100 * met.plain:.1f} % of the {role} ids of the test file are in the train file as written, "
            f"{100 * met.folded:.1f} % without {met.how}.",
            "Write ids in one way in both files, as text or as numbers.", examples=met.examples,
        )  # fmt: skip
    off = shift(known, counts_of(train, role), other, counts_of(test, role))
    if off is not None:
        return found(
            "shifted-ids",
            f"With {off[0]:+d} on every {role} id of the test file the two files rate the same ones often (correlation "
            f"{off[1]:.2f}); as they are, they do not ({off[2]:.2f}).", _COUNT,
        )  # fmt: skip
    if role == "item" and met.plain < 1 - FOREIGN:
        return found(
            "foreign-ids", f"{100 * met.plain:.1f} % of the item ids of the test file are in the train file.",
            "Take two files of one data set, or name the columns of each rightly.",
            examples=tuple(f"{name}: {ids.tolist()[0]!r}" for name, ids in (("train", known), ("test", other))),
        )  # fmt: skip
    return None


def _moved(train: Ratings, test: Ratings) -> Finding | None:
    """Ids that are off by one, where nobody is more popular than others: by the ratings that both files then share."""
    off = moved(train, test)
    if off is None:
        return None
    role, by, both = off
    return found(
        "shifted-ids",
        f"The files share {both:,} ratings, and none with {by:+d} on every {role} id of the test file.", _COUNT,
    )  # fmt: skip


def _cells(case: Case, test: Ratings) -> Iterator[Finding]:
    train, both = case.ratings, np.flatnonzero(in_both(case.ratings, test))
    if not len(both):
        return
    same = len(both) == len(test) == len(train)
    first = both[:3]
    yield found(
        "test-is-train" if same else "shared-ratings", f"{share(len(both), len(test))} ratings of the test file.",
        "Give another test file."
        if same
        else "Leave what is asked out of the train file; what a model has seen it need not predict.",
        examples=tuple(
            f"user {user}, item {item}" for user, item in zip(test.user[first].tolist(), test.item[first].tolist(), strict=True)
        ),
        command=case.line("--split random", split="random") if same else None,
    )  # fmt: skip


def _people(case: Case, test: Ratings) -> Iterator[Finding]:
    if case.split is None or case.split.kind not in NEW_PEOPLE:
        return
    both = np.intersect1d(case.ratings.user_ids, test.user_ids)
    if len(both):
        yield found(
            "known-people", f"{share(len(both), test.n_users)} people of the test file.",
            "Leave them out of the train file, or judge people whom training knows.",
            examples=tuple(f"user {one}" for one in both[:3].tolist()),
            command=f"foretaste compare --split given --train {case.said} --test {case.test.path if case.test else 'TEST'}",
        )  # fmt: skip


def _times(case: Case, test: Ratings) -> Iterator[Finding]:
    train = case.ratings.time
    if train is None or test.time is None or train.min() == train.max():
        return
    middle, first = int(np.median(test.time)), int(test.time.min())
    newer, leaked = float((train > middle).mean()), float((train >= first).mean())
    by_time = case.split is not None and "time" in case.split.kind
    evidence = (
        f"{100 * leaked:.1f} % of the train file is not older than the first rating of the test file ({day(first)}), "
        f"{100 * newer:.1f} % is newer than half of it ({day(middle)})."
    )
    if newer > NEWER or (by_time and leaked > LEAK):
        yield found(
            "train-after-test", evidence,
            "A model that knows the future looks better than it will be. Divide by one point in time:",
            command=case.line("--split time", split="time"),
        )  # fmt: skip
    elif leaked > LEAK:
        yield found(
            "random-in-time", evidence, "Fine to compare models with each other; too kind for what a service would see.",
            command=case.line("--split time", split="time"),
        )  # fmt: skip


def _scales(case: Case, test: Ratings) -> Iterator[Finding]:
    if test.log.implicit or case.ratings.log.implicit or case.test is None:
        return
    plain = case.test.plain
    why = other_scale(case.plain, plain)
    if why:
        yield found(
            "scales-differ",
            f"{why} in the test file.",
            "Bring both files to one scale; as they are, no error means anything.",
        )


def other_scale(here: Ratings, there: Ratings) -> str:
    """Return what the scales of two tables are, in words, where they cannot be one scale; else nothing."""
    if min(len(here), len(there)) < LEAST or not all(spans_a_scale(*counted_values(table)) for table in (here, there)):
        return ""
    (low, high), (other_low, other_high) = here.scale, there.scale
    small, large = sorted((high, other_high))
    if large - small < (DOUBLE - 1) * max(small, 0) or large == small:
        return ""
    return f"Ratings go from {low:g} to {high:g} here, and from {other_low:g} to {other_high:g}"
