"""Rankers of irspack and implicit and ours on the same folds of people, full catalogue; everybody is judged once.

They live in a Python of their own, and get each fold as files:

python -m venv OTHER && OTHER/bin/pip install irspack implicit
python bench/ranking_peers.py ml-latest-small --peers-python OTHER/bin/python
python bench/ranking_peers.py world:6000x3500x1000000 --peers-python OTHER/bin/python --folds 10 --only 1

Likes are ratings of at least 4; people with fewer than 5 are left out. Each peer takes the best of a small grid on validation
people; ours choose for themselves or have defaults. All are then fitted on training and validation people together, and score
the test people from 80 % of their likes. `choose` and `fit` are seconds a fold, by turns on one machine.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from foretaste.arrays import AnyArray
from foretaste.data.catalog import Catalog
from foretaste.data.filters import as_clicks, min_counts
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.evaluation import mean_change
from foretaste.experiment import divide_folds
from foretaste.fitting import measure_for
from foretaste.metrics.ranking import ndcg
from foretaste.ranking import rank
from foretaste.recipe import DataParams, Recipe, SplitParams
from foretaste.source import Source, load
from foretaste.split import Split
from foretaste.training.watch import Watch

OURS = "popularity,cosine_knn,ease,edlae,slim,elsa,ials,mult_dae,mult_vae,rec_vae,rank_blend"
THEIRS = "irspack_ease,irspack_edlae,irspack_ials,implicit_als"
CHILD = """
import json, os, sys, time
import numpy as np
from scipy import sparse
from irspack import DenseSLIMRecommender, EDLAERecommender, IALSRecommender
from implicit.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

folder, names, threads = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
read = lambda name: sparse.csr_matrix(sparse.load_npz(f"{folder}/{name}.npz"))
train, full, seen, hidden, asked = map(read, ("train", "full", "valid_seen", "valid_hidden", "test_seen"))
gain = 1 / np.log2(np.arange(2, 102))

def quality(scores):
    scores = np.array(scores, dtype=np.float32)
    scores[seen.nonzero()] = -np.inf
    top = np.argsort(-scores, axis=1, kind="stable")[:, :100]
    found = np.take_along_axis(hidden.toarray() > 0, top, 1) @ gain[: top.shape[1]]
    count = np.minimum(np.diff(hidden.indptr), 100)
    have = count > 0
    return float((found[have] / np.cumsum(gain)[count[have] - 1]).mean())

class Als:
    def __init__(self, X, **settings):
        self.model, self.X = AlternatingLeastSquares(random_state=0, num_threads=threads, **settings), X
    def learn(self):
        with threadpool_limits(1, "blas"):  # as it asks for
            self.model.fit(self.X, show_progress=False)
        return self
    def get_score_cold_user(self, rows):
        users = self.model.recalculate_user(np.arange(rows.shape[0]), rows)
        return np.asarray(users) @ np.asarray(self.model.item_factors).T

grids = {
    "irspack_ease": (DenseSLIMRecommender, [dict(reg=r) for r in (50, 100, 200, 400, 800)]),
    "irspack_edlae": (EDLAERecommender, [dict(reg=r, dropout_p=p) for r in (50, 150, 450) for p in (0.2, 0.4, 0.6)]),
    "irspack_ials": (IALSRecommender, [
        dict(n_components=f, alpha0=a, reg=r, n_threads=threads)
        for f in (64, 256) for a in (0.03, 0.1, 0.3) for r in (0.001, 0.003, 0.01)]),
    "implicit_als": (Als, [
        dict(factors=f, alpha=a, regularization=r) for f in (64, 256) for a in (1, 4, 16) for r in (0.1, 1.0, 10.0)]),
}
for name in names:
    kind, grid = grids[name]
    began = time.perf_counter()
    best = max(grid, key=lambda settings: quality(kind(train, **settings).learn().get_score_cold_user(seen)))
    choose_s = time.perf_counter() - began
    began = time.perf_counter()
    model = kind(full, **best).learn()
    fit_s = time.perf_counter() - began
    np.save(f"{folder}/{name}.npy", np.asarray(model.get_score_cold_user(asked), dtype=np.float32))
    print("\\n" + json.dumps([name, choose_s, fit_s, best]), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small", help="file, name, or world:USERSxITEMSxRATINGS")
    parser.add_argument("--peers-python", help="a Python that has irspack and implicit; without it, ours alone")
    parser.add_argument("--ours", default=OURS)
    parser.add_argument("--theirs", default=THEIRS)
    parser.add_argument("--against", default="ials", help="the line that all others are compared with")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, default=None, help="so many of the folds")
    parser.add_argument("--like", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    recipe = Recipe(split=SplitParams(kind="new-users", folds=args.folds, seed=args.seed))
    lists: dict[str, list[AnyArray]] = {}
    seconds: dict[str, list[tuple[float, float]]] = {}
    for split in islice(divide_folds(source_of(args.data, args.like), recipe), args.only):
        print(f"{split.train.shape[0]:,} of {split.full.shape[0]:,} people, {split.full.shape[1]:,} items", flush=True)
        for name, choose_s, fit_s, values in chain(ours(split, args.ours.split(",")), theirs(split, args)):
            lists.setdefault(name, []).append(values)
            seconds.setdefault(name, []).append((choose_s, fit_s))
            print(
                f"  {name:14s} NDCG@100 {values.mean():.4f}   choose {choose_s:6.1f} s   fit {fit_s:6.1f} s", flush=True
            )
    report(lists, seconds, args)


def source_of(data: str, like: float) -> Source:
    """Return the likes of a data set, or of a synthetic world, of people who have five."""
    if not data.startswith("world:"):
        return load(data, DataParams(task="ranking", like=like, min_user_ratings=5))
    users, items, ratings = (int(word) for word in data.removeprefix("world:").split("x"))
    liked = min_counts(as_clicks(make_world(users, items, ratings, seed=1).ratings, like), per_user=5)
    return Source(liked, Catalog(liked.item_ids), name=data)


def ours(split: Split, names: list[str]) -> Iterator[tuple[str, float, float, AnyArray]]:
    """Yield each model's name, seconds of choosing and of fitting on everybody, and NDCG@100 of the test people."""
    for name in names:
        model = Entry(name).build(0)
        watch = Watch(measure=measure_for(model, split), holdout=(split.valid.seen, split.valid.hidden))
        began = time.perf_counter()
        model.fit(split.train, watch=watch)
        middle = time.perf_counter()
        again = type(model)(model.refit_params()).fit(split.full)
        ended = time.perf_counter()
        yield name, middle - began, ended - middle, quality(again.score(split.test.seen), split)


def theirs(split: Split, args: argparse.Namespace) -> Iterator[tuple[str, float, float, AnyArray]]:
    """Yield the same of the peers."""
    if args.peers_python is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        parts = {"train": split.train, "full": split.full, "valid_seen": split.valid.seen}
        parts |= {"valid_hidden": split.valid.hidden, "test_seen": split.test.seen}
        for name, X in parts.items():
            sparse.save_npz(Path(folder) / f"{name}.npz", sparse.csr_matrix(X))
        command = [args.peers_python, "-c", CHILD, folder, args.theirs, str(args.threads)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["')]  # they say more
        for name, choose_s, fit_s, best in told:
            print(f"  {name} takes {best}", flush=True)
            yield name, choose_s, fit_s, quality(np.load(Path(folder) / f"{name}.npy"), split)


def quality(scores: AnyArray, split: Split) -> AnyArray:
    """Return NDCG@100 of each test person with hidden likes."""
    values = ndcg(rank(np.ascontiguousarray(scores, np.float32), split.test.seen, 100), split.test.hidden)
    return values[np.isfinite(values)]


def report(lists: dict[str, list[AnyArray]], seconds: dict[str, Any], args: argparse.Namespace) -> None:
    """Print the pooled table, best first, with paired differences."""
    pooled = {name: np.concatenate(parts) for name, parts in lists.items()}
    base = pooled.get(args.against)
    rows = {}
    for name, values in pooled.items():
        error = float(values.std(ddof=1) / np.sqrt(len(values)))
        row = {"ndcg@100": float(values.mean()), "standard_error": error, "people": len(values)}
        row |= dict(zip(("choose_s", "fit_s"), np.mean(seconds[name], axis=0).tolist(), strict=True))
        if base is not None:
            row["difference"] = list(mean_change(values, base))
        rows[name] = row
    if args.json:
        print(json.dumps(rows, indent=2))
        return
    for name, row in sorted(rows.items(), key=lambda pair: -pair[1]["ndcg@100"]):
        words = f"{name:14s} {row['ndcg@100']:.4f} +- {row['standard_error']:.4f}"
        words += f"  choose {row['choose_s']:6.1f} s  fit {row['fit_s']:6.1f} s"
        if "difference" in row:
            value, low, high = row["difference"]
            words += f"   minus {args.against}: {value:+.4f}, 95 % {low:+.4f} to {high:+.4f}"
        print(words)


if __name__ == "__main__":
    main()
