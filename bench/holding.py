"""How often 95 % intervals hold the truth, and how often paired tests find what is not there, in worlds whose truth is known.

python bench/holding.py                       # the tables of docs/concepts/statistics.md, in some minutes
python bench/holding.py --users 60 --worlds 500

Sizes are log-normal with the spread of MovieLens: 60 people say as much as some 20 of equal size.
"""

import argparse
from collections.abc import Callable
from functools import cache

import numpy as np

from foretaste.significance import Paired, Standing, pairs
from foretaste.statistics import POSITIVE, SHARE, Bounds, Ratio, bootstrap_sums, ratio_intervals

Made = tuple[np.ndarray, np.ndarray]
MANY = 1_000_000
"""Users from whom the truth is told."""
TOGETHER = 100
"""Worlds that are judged by the same bootstrap samples."""


def sizes(rng: np.random.Generator, users: int) -> np.ndarray:
    """Return hidden ratings of each user: half have fewer than 14, a few have hundreds."""
    return np.maximum(1, np.round(np.exp(rng.normal(np.log(14), 1.15, users))))


def squared(rng: np.random.Generator, n: np.ndarray) -> np.ndarray:
    """Return sums of squared errors; some people are harder to predict, and those who rate much are easier."""
    own = np.exp(rng.normal(-0.35, 0.55, len(n)) - 0.15 * (np.log(n) - np.log(14)))
    return own * rng.chisquare(n)


def pooled_errors(rng: np.random.Generator, users: int) -> Made:
    n = sizes(rng, users)
    return squared(rng, n), n


def relative_errors(rng: np.random.Generator, users: int) -> Made:
    n = sizes(rng, users)
    own = np.exp(rng.normal(-1.2, 0.8, users) - 0.1 * (np.log(n) - np.log(14)))
    return own * rng.gamma(0.7 * n) / 0.7, n


def errors_per_user(rng: np.random.Generator, users: int) -> Made:
    top, n = pooled_errors(rng, users)
    return np.sqrt(top / n), np.ones(users)


def list_quality(rng: np.random.Generator, users: int) -> Made:
    return np.where(rng.random(users) < 0.3, 0, rng.beta(1, 2.5, users)), np.ones(users)


def poor_lists(rng: np.random.Generator, users: int) -> Made:
    return np.where(rng.random(users) < 0.85, 0, rng.beta(2, 2, users)), np.ones(users)


def rare_hits(rng: np.random.Generator, users: int) -> Made:
    return (rng.random(users) < 0.1).astype(float), np.ones(users)


NUMBERS: dict[str, tuple[Callable[[np.random.Generator, int], Made], Bounds]] = {
    "pooled errors (RMSE, MAE)": (pooled_errors, POSITIVE),
    "relative errors (MAPE)": (relative_errors, POSITIVE),
    "mean over users of their RMSE": (errors_per_user, POSITIVE),
    "list quality, 0 for 30 %": (list_quality, SHARE),
    "list quality, 0 for 85 %": (poor_lists, SHARE),
    "hit rate of 10 %": (rare_hits, SHARE),
}
"""Numbers: how each user adds to them, and where they can lie."""


def equal_errors(
    rng: np.random.Generator, users: int, better: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return squared errors of two models, the first better by a share of its error, and ratings, of each user."""
    n = sizes(rng, users)
    base = squared(rng, n)
    noise = rng.normal(0, 0.06, (2, users)) + rng.normal(0, 0.25, (2, users)) / np.sqrt(n)
    first, second = base * np.exp(noise)
    return first * (1 - better), second, n


def equal_lists(rng: np.random.Generator, users: int, better: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return list qualities of two models that differ for some people, and ones."""
    both = list_quality(rng, users)[0]
    own, change = rng.beta(1, 2.5, (2, users)), rng.random((2, users)) < 0.25
    first, second = np.where(change, own, both)
    return first + better, second, np.ones(users)


def far_worse_for_few(
    rng: np.random.Generator, users: int, better: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return errors of two models, equal on the whole: the first is 30 % worse for a tenth of people, a little better else."""
    n = sizes(rng, users)
    base, gain = squared(rng, n), np.where(rng.random(users) < 0.1, 0.3, -0.1 * 0.3 / 0.9)
    return base * (1 + gain + rng.normal(0, 0.2, users) / np.sqrt(n)) * (1 - better), base, n


COUPLES = {
    "errors": (equal_errors, True),
    "lists": (equal_lists, False),
    "errors, far worse for a tenth": (far_worse_for_few, True),
}
"""Two models that are equally good: what each user adds, and whether the root of the mean is told."""


@cache
def truth(number: str) -> float:
    """Return the value of a number over very many users."""
    top, bottom = NUMBERS[number][0](np.random.default_rng(99), MANY)
    return float(top.sum() / bottom.sum())


def percentile(ratios: list[Ratio], *, seed: int) -> list[tuple[float, float]]:
    """Return plain percentile intervals, for comparison."""
    draws = bootstrap_sums(np.column_stack([part for r in ratios for part in (r.top, r.bottom)]), seed=seed)
    low, high = np.quantile(draws[:, ::2] / draws[:, 1::2], [0.025, 0.975], axis=0)
    return list(zip(low, high, strict=True))


def coverage(number: str, users: int, worlds: int, *, method: Callable[..., list] = ratio_intervals) -> float:
    """Return the share of worlds in which the interval of a number holds its truth."""
    make, bounds = NUMBERS[number]
    rng, value, held = np.random.default_rng(1), truth(number), 0
    for seed in range(worlds // TOGETHER):
        ratios = [Ratio(*make(rng, users), bounds) for _ in range(TOGETHER)]
        held += sum(low <= value <= high for low, high in method(ratios, seed=seed))
    return held / (worlds // TOGETHER * TOGETHER)


def compared(kind: str, users: int, worlds: int, *, better: float = 0.0) -> list[Paired]:
    """Return the test of two models in each world."""
    make, root = COUPLES[kind]
    rng, found = np.random.default_rng(2), []
    for seed in range(worlds // TOGETHER):
        made = [make(rng, users, better) for _ in range(TOGETHER)]
        couples = [tuple(Standing.of(top, n, root=root) for top in (first, second)) for first, second, n in made]
        found += pairs(couples, seed=seed)
    return found


def rejected(kind: str, users: int, worlds: int, *, better: float = 0.0) -> float:
    """Return the share of worlds in which two models are told apart."""
    return float(np.mean([test.p <= 0.05 for test in compared(kind, users, worlds, better=better)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", default="30,60,200,1000")
    parser.add_argument("--worlds", type=int, default=2000)
    args = parser.parse_args()
    users = [int(n) for n in args.users.split(",")]
    print("| 95 % interval of | " + " | ".join(f"{n:,} users" for n in users) + " |\n|---|" + "---:|" * len(users))
    for number in NUMBERS:
        cells = []
        for n in users:
            ours, plain = (100 * coverage(number, n, args.worlds, method=how) for how in (ratio_intervals, percentile))
            cells.append(f"{ours:.1f} ({plain:.1f})")
        print(f"| {number} | " + " | ".join(cells) + " |", flush=True)
    print(
        "\n| two models, rejected | " + " | ".join(f"{n:,} users" for n in users) + " |\n|---|" + "---:|" * len(users)
    )
    for kind, better in [*((kind, 0.0) for kind in COUPLES), ("errors", 0.04), ("lists", 0.02)]:
        cells = [f"{100 * rejected(kind, n, args.worlds, better=better):.1f}" for n in users]
        words = f"better by {better:g}" if better else "equally good"
        print(f"| {kind}, {words} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
