"""Checks of a split: can the data be divided so, and does what is hidden say anything about a model?"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from foretaste.arrays import row_of
from foretaste.doctor.case import Case
from foretaste.doctor.finding import Finding, found, percent, share
from foretaste.errors import ForetasteError
from foretaste.split import Split
from foretaste.split.holdout import hides_by_person

WIDE = 0.15
"""Two models are compared on the same ratings, so their difference is known better than either, to about two fifths of it (0.3
to 0.55, neighbours against Bias, on worlds of 2,500 to 100,000 ratings): 0.06 here, about what a good model gains on Bias."""
PAIRED = 0.4
PEOPLE = 30
"""Lists are judged person by person, with a standard deviation of about 0.3 in NDCG: 30 people leave plus or minus 0.1, and
fewer say little about how far apart they are."""
COLD = 0.2
"""From one hidden rating in five on, an error is about guessing for the unknown as much as about the model."""
NOT_DRAWN = ("time", "new-users-time", "given", "official-folds")
"""Splits by time, and those that somebody else has made."""
UNASKED = 1 / 3
"""A third of the test people with nothing to hide: those who are judged are no longer the people there are."""


def division(case: Case) -> Iterator[Finding]:
    """Look at the parts of the split that was named; of the usual one where none was, and then only notes are made."""
    split = case.division
    asked = case.split is not None or case.test is not None
    if isinstance(split, ForetasteError):
        yield found(
            "no-split", split.message + ("" if split.message.endswith(".") else "."),
            split.hint or "Mend what the other findings say first.", minor=not asked,
        )  # fmt: skip
        return
    told = split.describe()
    hidden = max(told["test_hidden"], 1)
    folds = case.split.n_folds if case.split else 0  # which are judged together
    noise, people = noise_of(split) / np.sqrt(max(folds, 1)), told["test_users"] * max(folds, 1)
    if noise > WIDE or people < PEOPLE:
        yield found(
            "noisy-split", f"{told['test_hidden']:,} hidden ratings of {people:,} people{known_to(noise)}.",
            "Judge everything once, over folds, or hide more.", minor=not asked,
            command=case.line("--split k-fold", split="k-fold"),
        )  # fmt: skip
    if told["test_hidden_cold"] >= COLD * hidden:
        yield found(
            "cold-items", f"{share(told['test_hidden_cold'], told['test_hidden'])} hidden ratings.",
            "Models fall back to a guess there. Read the RMSE of warm items too, or leave rare items out:", minor=not asked,
            command=case.line("--min-item-ratings 5", per_item=5),
        )  # fmt: skip
    alone = _alone(split)
    if alone >= COLD * hidden:
        yield found(
            "strangers", f"{share(alone, told['test_hidden'])} hidden ratings.",
            "All are given what suits everybody. Ask about people who show something first:", minor=not asked,
            command=case.line("--split new-users-time", split="new-users-time"),
        )  # fmt: skip
    unasked = told["test_users_unasked"] * max(folds, 1) if hides_by_person(told) else 0
    if unasked >= UNASKED * (people + unasked):
        yield found(
            "unasked-people", f"{share(unasked, people + unasked)} people of the test part.",
            "They are in no number. To leave them out of training as well:",
            command=case.line("--min-user-ratings 5", per_user=5),
        )  # fmt: skip


def drawn(case: Case) -> Iterator[Finding]:
    """Note that a split at random lets a model see the future, where there are times and nobody divides by them."""
    time = case.ratings.time
    if (
        case.split is None
        or case.test is not None
        or case.split.kind in NOT_DRAWN
        or isinstance(case.division, ForetasteError)  # which is told
        or time is None
        or time.min() == time.max()
    ):
        return
    days = (int(time.max()) - int(time.min())) / 86_400
    yield found(
        "random-in-time", f"The split {case.split.kind} goes by no point in time, and the ratings go over {days:,.0f} days.",
        "Fine to compare models with each other; too kind for what a service would see. To know the latter:",
        command=case.line("--split time", split="time"),
    )  # fmt: skip


def noise_of(split: Split) -> float:
    """Return half the 95 % interval of the RMSE of the mean rating on what is hidden, as a share of it; 0 for clicks.

    Args:
        split: With something hidden for test, or nothing, of which it is infinite, as of one person.

    Returns:
        1.96 sqrt(sum over people of (their squared errors - n_u MSE)^2) / (2 n MSE): the delta method over people, as people
        are what is drawn. Better models have smaller errors and about the same share.
    """
    hidden = split.test.hidden
    if not hidden.nnz or not split.full.nnz:
        return np.inf
    if np.count_nonzero(np.diff(hidden.indptr)) < 2:  # one person says nothing of how far people lie apart
        return np.inf
    error = (hidden.data.astype(np.float64) - split.full.data.mean(dtype=np.float64)) ** 2
    mse = error.mean()
    if mse == 0:
        return 0.0
    off = np.bincount(row_of(hidden), error - mse, minlength=hidden.shape[0])
    return float(1.96 * np.sqrt((off**2).sum()) / (2 * hidden.nnz * mse))


def known_to(noise: float) -> str:
    """Return in words how well errors are known, or nothing where there are none."""
    if not 0 < noise < np.inf:
        return ""
    pair = f"a difference of two models to ±{percent(PAIRED * noise)}"
    return f"; an RMSE there is known to about ±{percent(noise)}, {pair}"


def _alone(split: Split) -> int:
    """Hidden ratings of people who show nothing."""
    return int(np.diff(split.test.hidden.indptr)[np.diff(split.test.seen.indptr) == 0].sum())


def split_facts(case: Case) -> dict[str, Any] | None:
    """Return the counts of the split and how well its RMSE is known, or None where the data cannot be divided."""
    split = case.division
    if isinstance(split, ForetasteError):
        return None
    noise = noise_of(split)
    return split.describe() | {"noise": noise if np.isfinite(noise) else None}
