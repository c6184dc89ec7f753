"""Checks of a bundle against the data it is to be used on: ids, scale, and what it knows already."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from foretaste.bundle import Bundle
from foretaste.doctor.case import Case
from foretaste.doctor.drift import drift, shift
from foretaste.doctor.files import DOUBLE
from foretaste.doctor.finding import FEW, Finding, found, share
from foretaste.doctor.times import day

MANY = 0.1
"""A bundle that is silent about one rating in ten answers for another catalogue than the one that is used."""


def saved(case: Case) -> Iterator[Finding]:
    """Compare the bundle with the data."""
    if case.bundle is None:
        return
    told = list(_ids(case, case.bundle))
    yield from told
    if not told:
        yield from _scale(case, case.bundle)
    yield from _known(case, case.bundle)


def _ids(case: Case, bundle: Bundle) -> Iterator[Finding]:
    ids = case.ratings.item_ids
    cols = bundle.catalog.columns(ids)
    known = ids[cols >= 0]
    met = drift(bundle.catalog.item_ids, np.setdiff1d(ids, known)) if (cols < 0).any() else None
    if met is not None and met.folded * (cols < 0).mean() >= FEW:
        yield found(
            "bundle-ids",
            f"The bundle knows {share(len(known), len(ids))} item ids as they are written, and {100 * met.folded:.1f} % of "
            f"the others without {met.how}.",
            "Write the ids as the bundle's training data did.", examples=met.examples,
        )  # fmt: skip
        return
    if bundle.order is not None and ids.dtype == bundle.catalog.item_ids.dtype:
        order = np.argsort(bundle.catalog.item_ids)
        counts = np.maximum(bundle.order.count[order], 1)
        off = shift(bundle.catalog.item_ids[order], counts, ids, case.per_item)
        if off is not None:
            yield found(
                "shifted-ids",
                f"With {off[0]:+d} on every item id the data rate what the bundle's training rated (correlation {off[1]:.2f}); "
                f"as they are, they do not ({off[2]:.2f}).",
                "One counts from 0 and the other from 1: use the ids of the training data.",
            )  # fmt: skip
            return
    outside = int(case.per_item[cols < 0].sum())
    if outside:
        yield found(
            "bundle-items", f"{share(outside, len(case.ratings))} ratings, of {share(int((cols < 0).sum()), len(ids))} items.",
            "It passes over these. Train anew if they are new items.", minor=outside < MANY * len(case.ratings),
            examples=tuple(f"item {one}" for one in ids[cols < 0][:3].tolist()),
            command=f"foretaste train {case.said} --out NEW",
        )  # fmt: skip


def _scale(case: Case, bundle: Bundle) -> Iterator[Finding]:
    if case.ratings.log.implicit:
        return
    low, high = bundle.scale
    rating = case.ratings.rating
    outside = int(((rating < np.float32(low)) | (rating > np.float32(high))).sum())
    top = case.plain.scale[1]
    if outside or (low < high and DOUBLE * top <= high):
        yield found(
            "bundle-scale",
            f"The bundle's scale is {low:g} to {high:g}; the data go from {rating.min():g} to {rating.max():g}, and "
            f"{share(outside, len(rating))} ratings are outside.",
            "Bring the data to the bundle's scale, or train on them.", command=f"foretaste train {case.said} --out NEW",
        )  # fmt: skip


def _known(case: Case, bundle: Bundle) -> Iterator[Finding]:
    until = learnt_until(bundle)
    asked = case.ratings if case.test is None else case.test.ratings
    if case.bundle_own:
        yield found(
            "bundle-knows-people", "The data have the fingerprint of those that the bundle was trained from.",
            "Measure it on its own test people, whom it has not met; foretaste evaluate does so by itself.",
            command=f"foretaste evaluate {case.bundle_path} {case.said}",
        )  # fmt: skip
    elif until is not None and asked.time is not None and until >= int(asked.time.min()):
        newer = int((asked.time <= until).sum())
        yield found(
            "bundle-future",
            f"The bundle learnt from ratings until {day(until)}; {share(newer, len(asked))} ratings that it is asked about "
            f"are not newer, the first of {day(int(asked.time.min()))}.",
            "It may know these very ratings, and it knows what came after them. Train it on what is older.",
            minor=case.test is None, command=case.line("--split time", split="time"),
        )  # fmt: skip
    elif case.bundle_own is False:
        yield found(
            "bundle-other-data", "The fingerprints of the data differ.",
            "Fine if that is meant. People of these data may have been in its training all the same.",
        )  # fmt: skip


def learnt_until(bundle: Bundle) -> int | None:
    """Return the time of the newest rating that a bundle learnt from, in Unix seconds, or None where it does not say."""
    data, split = bundle.about.get("data"), bundle.about.get("split")
    dates = data.get("dates") if isinstance(data, dict) else None
    end = dates[1] if isinstance(dates, list | tuple) and len(dates) == 2 else None
    if isinstance(split, dict) and isinstance(split.get("test_from"), str):
        end = split["test_from"]
    try:
        return None if end is None else int(datetime.fromisoformat(str(end)).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
