"""Surprise's best models and ours on the same folds: every rating is judged once, none is dropped.

Surprise wants numpy 1, so it lives in a Python of its own, and gets each fold as two files:

python -m venv OTHER && OTHER/bin/pip install scikit-surprise "numpy<2"
python bench/surprise_peers.py ml-latest-small --surprise-python OTHER/bin/python

Everything runs with its defaults, but KNNBaseline, which is item-based with ``pearson_baseline`` similarities, the best of its
choices. Our number of epochs is chosen on a tenth of a fold's training ratings, then all of them are fitted; Surprise gets all
of them at once. Seconds are of the fit on all, by turns on one machine.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from foretaste.arrays import Csr, row_of
from foretaste.entries import Entry
from foretaste.experiment import divide_folds
from foretaste.fitting import fit_entry
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import load

OURS = ("bias", "item_knn", "biased_mf")
CHILD = """
import json, sys, time
from surprise import SVD, BaselineOnly, Dataset, KNNBaseline, Reader, SVDpp

train, test, low, high, names = sys.argv[1:3] + [float(word) for word in sys.argv[3:5]] + [sys.argv[5]]
reader = Reader(line_format="user item rating", sep=",", rating_scale=(low, high))
data = Dataset.load_from_folds([(train, test)], reader)
from surprise.model_selection import PredefinedKFold
(fold,) = PredefinedKFold().split(data)
similarity = {"name": "pearson_baseline", "user_based": False, "shrinkage": 100}
models = {
    "Baseline": lambda: BaselineOnly(verbose=False),
    "KNNBaseline": lambda: KNNBaseline(sim_options=similarity, verbose=False),
    "SVD": lambda: SVD(random_state=0),
    "SVD++": lambda: SVDpp(random_state=0),
}
for name in names.split(","):
    started = time.perf_counter()
    model = models[name]().fit(fold[0])
    fit_s = time.perf_counter() - started
    error = [found.est - found.r_ui for found in model.test(fold[1])]
    print(json.dumps([name, fit_s, len(error), sum(e * e for e in error), sum(abs(e) for e in error)]), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--surprise-python", required=True, help="a Python that has scikit-surprise")
    parser.add_argument("--theirs", default="Baseline,KNNBaseline,SVD,SVD++")
    parser.add_argument("--ours", default=",".join(OURS))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    recipe = Recipe(split=SplitParams(kind="random", folds=args.folds, seed=args.seed))
    sums: dict[str, list[float]] = {}  # seconds, ratings, squared and absolute errors
    for split in divide_folds(load(args.data), recipe):
        for name, *numbers in (*ours(split, args.ours.split(",")), *theirs(split, args)):
            sums[name] = [a + b for a, b in zip(sums.get(name, [0] * 4), numbers, strict=True)]
    rows = {
        name: {"rmse": (squared / n) ** 0.5, "mae": absolute / n, "n": int(n), "fit_s": seconds / args.folds}
        for name, (seconds, n, squared, absolute) in sums.items()
    }
    if args.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"| {args.folds} folds | RMSE | MAE | fit |\n|---|---|---|---|")
    for name, row in rows.items():
        print(f"| {name} | {row['rmse']:.4f} | {row['mae']:.4f} | {row['fit_s']:.1f} s |")


def ours(split, names):  # type: ignore[no-untyped-def]
    """Yield name, seconds of the fit on all, and what is summed over folds."""
    hidden = split.test.hidden
    for name in names:
        chosen = fit_entry(Entry(name), split, refit=False).model
        started = time.perf_counter()
        model = type(chosen)(chosen.refit_params()).fit(split.full)
        seconds = time.perf_counter() - started
        error = model.predict(split.test.seen, row_of(hidden), hidden.indices).astype(np.float64) - hidden.data
        yield name, seconds, hidden.nnz, float(np.square(error).sum()), float(np.abs(error).sum())


def theirs(split, args):  # type: ignore[no-untyped-def]
    """Yield the same, from the other Python."""
    with tempfile.TemporaryDirectory() as folder:
        files = [
            str(write(part, Path(folder) / name)) for part, name in ((split.full, "train"), (split.test.hidden, "test"))
        ]
        command = [args.surprise_python, "-c", CHILD, *files, *(str(end) for end in split.scale), args.theirs]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        name, *numbers = json.loads(line)
        yield f"Surprise {name}", *numbers


def write(part: Csr, path: Path) -> Path:
    """Write ratings as lines of row, column and value."""
    np.savetxt(path, np.column_stack([row_of(part), part.indices, part.data]), fmt=("%d", "%d", "%g"), delimiter=",")
    return path


if __name__ == "__main__":
    main()
