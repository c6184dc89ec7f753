"""Seconds and memory of the Gram matrix of all items and of its inverse, in one buffer; against numpy's and scipy's inverse.

python bench/gram.py --users 43200 --items 26672 --ratings 12000000 --compare 6000

The world is made by a process of its own, so that the peak counts what the work needs: Python, the ratings, the matrix.
`peak_share` is that peak in units of the matrix, 4 n^2 bytes. The others invert the first `--compare` items, by turns with
foretaste and on copies made beforehand: numpy in double precision inside, scipy in single precision, without symmetry.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy
from scipy.sparse import csr_array

from foretaste.arrays import Csr
from foretaste.kernels.gram import gram, invert
from foretaste.memory import peak_memory

ROUNDS = 3


def main() -> None:
    args = _arguments()
    if args.child:
        make(args)
        return
    with tempfile.TemporaryDirectory(prefix="foretaste-bench-") as folder:
        path = Path(folder) / "X.npz"
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--child", str(path)], check=True)
        with np.load(path) as file:
            X = csr_array((file["data"], file["indices"], file["indptr"]), shape=tuple(file["shape"]))
    gram(X[:20, :20].tocsr())  # compiled before anything is timed
    out = whole(X, args.l2)
    out["compared"] = compare(X[:, : min(args.compare, X.shape[1])].tocsr(), args.l2) if args.compare else {}
    print(json.dumps(out, indent=2) if args.json else _words(out, X))


def whole(X: Csr, l2: float) -> dict[str, object]:
    """Time Gram matrix and inverse of all items, with the peak, and look at some columns of their product."""
    n = X.shape[1]
    with peak_memory() as peak:
        started = time.perf_counter()
        G = gram(X, l2=l2)
        between = time.perf_counter()
        some = np.linspace(0, n - 1, 8).astype(int)
        rows = G[some].astype(np.float64)
        inverting = time.perf_counter()
        invert(G)
        done = time.perf_counter()
    product = np.stack([np.array([row @ G[j] for j in range(n)]) for row in rows])
    product[np.arange(len(some)), some] -= 1
    return {
        "gram_seconds": between - started,
        "invert_seconds": done - inverting,
        "gflop_per_s": n**3 / (done - inverting) / 1e9,
        "peak_bytes": peak.bytes,
        "peak_share": peak.bytes / (4 * n * n),
        "residual": float(np.abs(product).max()),
    }


def compare(X: Csr, l2: float) -> dict[str, dict[str, float]]:
    """Invert a smaller matrix in several ways by turns; seconds are the least of some rounds."""
    G = gram(X, l2=l2)
    exact = G.astype(np.float64)
    ways = {
        "foretaste": _in_place,
        "numpy": np.linalg.inv,
        "scipy": lambda A: scipy.linalg.inv(A, overwrite_a=True, check_finite=False, assume_a="general"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    residual: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            A = G.copy()
            started = time.perf_counter()
            found = way(A)
            times[name].append(time.perf_counter() - started)
            residual[name] = float(np.abs(exact[:8] @ found.astype(np.float64) - np.eye(8, len(G))).max())
    return {name: {"seconds": min(times[name]), "residual": residual[name]} for name in ways}


def _in_place(A: np.ndarray) -> np.ndarray:
    invert(A)
    return A


def make(args: argparse.Namespace) -> None:
    from foretaste.data.matrix import user_item_matrix  # noqa: PLC0415 (only the child needs tables)
    from foretaste.data.synthetic import make_world  # noqa: PLC0415

    world = make_world(args.users, args.items, args.ratings, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    np.savez(args.child, data=X.data, indices=X.indices, indptr=X.indptr, shape=X.shape)


def _words(out, X):  # type: ignore[no-untyped-def]
    lines = [
        f"{X.shape[0]:,} x {X.shape[1]:,}, {X.nnz:,} ratings",
        f"Gram matrix {out['gram_seconds']:.1f} s, inverse {out['invert_seconds']:.1f} s ({out['gflop_per_s']:.0f} GFLOP/s); "
        f"peak {out['peak_bytes'] / 1e9:.2f} GB, {out['peak_share']:.3f} matrices; residual {out['residual']:.1e}",
    ]
    lines += [f"  {name:9s} {v['seconds']:6.2f} s, residual {v['residual']:.1e}" for name, v in out["compared"].items()]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = {"users": 43_200, "items": 26_672, "ratings": 12_000_000, "compare": 6000}
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--l2", type=float, default=500.0)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
