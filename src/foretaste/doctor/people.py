"""Checks of people: those who say the same of everything, those who rate everything, those who came once."""

from collections.abc import Iterator

import numpy as np

from foretaste.doctor.case import Case, counted_values
from foretaste.doctor.finding import Finding, found, share
from foretaste.doctor.groups import spans

SAME = 10
"""Ratings that somebody must have for saying always the same to mean something."""
SOME, MANY = 0.01, 0.1
"""One person in a hundred who says the same of everything, beyond those whom chance makes do so, is worth a note; one in ten is
how the file was made."""
EVERYTHING, LITTLE = 0.8, 0.05
"""The busiest people of public sets rated up to two thirds of the catalogue; who rated more than 0.8 of it, where half of the
people rated less than a twentieth, did not see it."""
CATALOGUE = 100
"""Items from which nobody is expected to know nearly all."""
ONCE = 0.5
"""Where half of the people or more have one rating, nothing can be hidden of most of them."""


def constant_people(case: Case) -> Iterator[Finding]:
    """Tell of people all of whose ratings are equal, more than the shares of the values explain."""
    plain = case.plain
    values, counts = counted_values(plain)
    if plain.log.implicit or len(values) < 2:
        return
    per_user = np.bincount(plain.user_code, minlength=plain.n_users)
    enough = per_user >= SAME
    if not enough.any():
        return
    same = enough & (spans(plain.rating, plain.user_code, plain.n_users) == 0)
    n, of = int(same.sum()), int(enough.sum())
    chance = sum(float(((c / len(plain)) ** per_user[enough]).sum()) for c in counts.tolist()[:1000])
    if n - chance >= max(SOME * of, 3 * chance**0.5):  # three standard deviations of a count
        yield found(
            "constant-people", f"{share(n, of)} people with {SAME} ratings or more; chance would make {chance:,.1f} of them.",
            "They say what they like by what they rate, not by how. Lists may be better made of clicks.",
            minor=n - chance < MANY * of, command=f"foretaste compare {case.said} --task ranking",
            examples=tuple(
                f"user {plain.user_ids[user]}: {per_user[user]:,} ratings" for user in np.flatnonzero(same)[:3]
            ),
        )  # fmt: skip


def rates_everything(case: Case) -> Iterator[Finding]:
    """Tell of accounts that rated nearly the whole catalogue, where most rated next to nothing of it."""
    items = case.ratings.n_items
    if case.swapped or items < CATALOGUE or np.median(case.per_user) > LITTLE * items:
        return
    busy = np.flatnonzero(case.per_user > EVERYTHING * items)
    if len(busy):
        rows = int(case.per_user[busy].sum())
        yield found(
            "rates-everything",
            f"{share(len(busy), case.ratings.n_users)} people, with {share(rows, len(case.ratings))} ratings; "
            f"the median is {np.median(case.per_user):,.0f} of {items:,} items.",
            "Look at whose accounts these are: programs and tests teach a model nothing about people.",
            examples=tuple(f"user {case.ratings.user_ids[user]}: {case.per_user[user]:,} ratings" for user in busy[:3]),
        )  # fmt: skip


def single_ratings(case: Case) -> Iterator[Finding]:
    """Tell of people with one rating, where they are most."""
    once = int((case.per_user == 1).sum())
    if case.swapped or once < ONCE * case.ratings.n_users or case.ratings.n_users < 3:
        return
    yield found(
        "single-ratings", f"{share(once, case.ratings.n_users)} people.",
        "Nothing can be hidden of them, so they are in training only. To judge and learn from the others:",
        command=case.line("--min-user-ratings 5", per_user=5),
    )  # fmt: skip
