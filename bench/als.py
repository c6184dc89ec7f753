"""Seconds an alternation of matrix factorisation takes, against the same equations solved row by row in numpy, and `implicit`.

python bench/als.py --users 43200 --items 26672 --ratings 12000000 --latent 20 --epochs 10

What is timed are the two solves alone (``implicit=False``); what is expected of factors takes more than as long again.
numpy solves a sample of rows of both sides in double precision, as one writes it down, and its time is scaled up by their
ratings; `difference` is the largest between its solutions and foretaste's. Where the package implicit is installed, its
alternation takes turns with foretaste's: another objective (clicks, no effects, no variances), but the same work, a sum of
outer products over a row's entries and a Cholesky solve (``use_cg=False``).
"""

import argparse
import json
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit asks for it: its threads are its own

import numpy as np

from foretaste.arrays import Csr
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.kernels.ridge_rows import solve_rows_with_spread
from foretaste.kernels.threads import count
from foretaste.memory import peak_memory
from foretaste.models.factorization import BiasedMf
from foretaste.training.watch import Progress, Watch

SAMPLE = 400
"""Rows of each side that numpy solves."""


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.ratings, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    del world
    BiasedMf(latent=args.latent, epochs=1, implicit=False).fit(X[:50])  # compiled before anything is timed
    ticks: list[float] = []

    def tick(_: Progress) -> None:
        ticks.append(time.perf_counter())

    with peak_memory() as peak:
        started = time.perf_counter()
        model = BiasedMf(latent=args.latent, epochs=args.epochs, implicit=False).fit(X, watch=Watch(None, tick))
        seconds = time.perf_counter() - started
    epoch = float(np.median(np.diff(ticks))) if args.epochs > 1 else ticks[0] - started
    k = args.latent + 1
    work = 2 * X.nnz * k * (k + 1) + sum(X.shape) * 4 * k**3 / 3  # half of each outer product; factor, and its inverse
    numpy_s, difference = in_numpy(model, X)
    out = {
        "seconds_per_epoch": epoch,
        "seconds": seconds,
        "ratings_per_s": X.nnz / epoch,
        "gflop_per_s": work / epoch / 1e9,
        "peak_bytes": peak.bytes,
        "threads": count(),
        "numpy_seconds_per_epoch": numpy_s,
        "difference": difference,
        "times_faster": {"numpy": numpy_s / epoch},
        "fold_in_us": fold_in_us(model, X),
    }
    theirs = in_turns_with_implicit(X, args.latent)
    if theirs is not None:
        out["implicit_seconds_per_epoch"] = theirs[0]
        out["times_faster"]["implicit"] = theirs[0] / theirs[1]  # type: ignore[index]
    print(json.dumps(out, indent=2) if args.json else _words(out, X, args))


def in_numpy(model: BiasedMf, X: Csr) -> tuple[float, float]:
    """Return the seconds both half steps would take in numpy, and the largest difference of the rows that were solved."""
    rng, total, largest = np.random.default_rng(0), 0.0, 0.0
    l2 = np.full(model.params.latent + 1, model.params.l2)
    for side in (X, X.T.tocsr()):
        features = rng.normal(0, 0.3, (side.shape[1], len(l2))).astype(np.float32)
        doubt = rng.uniform(0, 0.1, features.shape).astype(np.float32)
        rows = np.sort(rng.permutation(np.flatnonzero(np.diff(side.indptr)))[:SAMPLE])
        part = side[rows]
        found, own = solve_rows_with_spread(part, features, l2, spread=doubt)
        wanted, wanted_own = np.empty(found.shape), np.empty(found.shape)
        started = time.perf_counter()
        for row in range(len(rows)):
            cells = slice(part.indptr[row], part.indptr[row + 1])
            cols = part.indices[cells]
            F = features[cols].astype(np.float64)
            inverse = np.linalg.inv(F.T @ F + np.diag(l2 + doubt[cols].sum(0, dtype=np.float64)))
            wanted[row], wanted_own[row] = inverse @ (F.T @ part.data[cells]), np.diag(inverse)
        total += (time.perf_counter() - started) * side.nnz / part.nnz
        largest = max(largest, float(np.abs(found - wanted).max()), float(np.abs(own - wanted_own).max()))
    return total, largest


def fold_in_us(model: BiasedMf, X: Csr) -> float:
    """Return the microseconds of one person's vector, the median of many."""
    times = []
    for row in range(300):
        one = X[row : row + 1]
        started = time.perf_counter()
        model.fold_in(one)
        times.append(time.perf_counter() - started)
    return 1e6 * float(np.median(times))


def in_turns_with_implicit(X: Csr, latent: int) -> tuple[float, float] | None:
    """Return the seconds of an alternation of implicit's and of foretaste's, medians of some by turns; None without it."""
    try:
        from implicit.cpu.als import AlternatingLeastSquares  # noqa: PLC0415 (an option)
    except ImportError:
        return None
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    model = AlternatingLeastSquares(factors=latent, use_cg=False, num_threads=count(), iterations=1, random_state=0)
    step = model.solver  # compiled
    users, rng = csr_matrix(X), np.random.default_rng(0)
    items = users.T.tocsr()
    sides = [rng.normal(0, 0.1, (n, latent)).astype(np.float32) for n in X.shape]
    by_user, by_item, l2 = X, X.T.tocsr(), np.full(latent + 1, 7.0)
    own = [np.column_stack([np.ones(len(side), np.float32), side]) for side in sides]
    times: list[tuple[float, float]] = []
    for _ in range(5):
        started = time.perf_counter()
        step(users, sides[0], sides[1], model.regularization, num_threads=count())
        step(items, sides[1], sides[0], model.regularization, num_threads=count())
        between = time.perf_counter()
        for side, other in ((by_user, own[1]), (by_item, own[0])):
            solve_rows_with_spread(side, other, l2, spread=np.abs(other))
        times.append((between - started, time.perf_counter() - between))
    return tuple(np.median(times[1:], axis=0).tolist())


def _words(out, X, args):  # type: ignore[no-untyped-def]
    lines = [
        f"{X.shape[0]:,} x {X.shape[1]:,}, {X.nnz:,} ratings, {args.latent} factors, {out['threads']} threads",
        f"an alternation {out['seconds_per_epoch']:.2f} s, {out['ratings_per_s'] / 1e6:,.0f} million ratings/s, "
        f"{out['gflop_per_s']:.0f} GFLOP/s; {args.epochs} with all before them {out['seconds']:.1f} s, "
        f"peak {out['peak_bytes'] / 1e9:.2f} GB",
        f"numpy, row by row: {out['numpy_seconds_per_epoch']:.1f} s, {out['times_faster']['numpy']:.0f} times as long; "
        f"largest difference {out['difference']:.1e}",
    ]
    if "implicit" in out["times_faster"]:
        lines.append(
            f"implicit: {out['implicit_seconds_per_epoch']:.2f} s, {out['times_faster']['implicit']:.1f} times as long"
        )
    return "\n".join([*lines, f"folding in one person {out['fold_in_us']:.0f} us"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = {"users": 43_200, "items": 26_672, "ratings": 12_000_000, "latent": 20, "epochs": 10}
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
