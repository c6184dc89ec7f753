"""How often intervals hold that few ratings calibrate, on average over calibrations, in a simulation.

python bench/coverage_of_few.py

Errors are normal, and larger where less is known. Where people give more than one rating, the number of theirs is geometric,
and each has a generosity and a whim of their own.
"""

import argparse

import numpy as np

from foretaste.calibration import Residuals, fit_calibration

EACH = (1, 4, 10)
"""Mean ratings of a person."""
LEVELS = (0.8, 0.9, 0.95)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, nargs="*", default=[20, 60, 100, 400])
    parser.add_argument("--draws", type=int, default=300)
    args = parser.parse_args()
    for each in EACH:
        others = draw(20_000, each, np.random.default_rng(5))
        for n in args.ratings:
            rng = np.random.default_rng(n)
            shares = 100 * np.array([held(draw(n, each, rng), others) for _ in range(args.draws)])
            error = shares.std(0) / np.sqrt(args.draws)
            print(f"{n:4} ratings, {each:2} of a person: {text(shares.mean(0), 1)} (standard errors {text(error, 2)})")


def text(values: np.ndarray, digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def held(asked: Residuals, others: Residuals) -> list[float]:
    """Return the share of others inside the intervals that `asked` calibrates, at each of the levels."""
    made, out = fit_calibration(asked, scale=(-50, 60)), []
    for level in LEVELS:
        low, high = made.interval(others.predicted, others.given, others.known, level)
        out.append(float(((others.actual >= low) & (others.actual <= high)).mean()))
    return out


def draw(n: int, each: int, rng: np.random.Generator) -> Residuals:
    """Return n ratings of people who give so many on average, and 60 at most."""
    sizes = [] if each > 1 else [1] * n
    while sum(sizes) < n:
        sizes.append(min(int(rng.geometric(1 / each)), 60, n - sum(sizes)))
    person = np.repeat(np.arange(len(sizes)), sizes)
    own, whim = np.zeros(len(sizes)), np.ones(len(sizes))
    if each > 1:
        own, whim = rng.normal(0, 0.4, len(sizes)), np.sqrt(0.84) * np.exp(rng.normal(0, 0.25, len(sizes)))
    given, known = rng.geometric(0.02, len(sizes))[person], rng.geometric(0.01, n)
    predicted = rng.uniform(4, 6, n)
    usual = np.sqrt(0.2 + 8 / (given + 1) + 6 / (known + 1))
    error = usual * (own[person] + whim[person] * rng.normal(0, 1, n))
    return Residuals(predicted + error, predicted, given, known, person)


if __name__ == "__main__":
    main()
