"""What a fit costs: seconds and peak memory of each rating model on a synthetic world, each in a process of its own.

python bench/costs.py --users 6000 --items 3500 --ratings 1000000
python bench/costs.py --users 60000 --items 26672 --ratings 16700000 --models bias,biased_mf,two_sided_ridge --set latent=40
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.memory import peak_memory, used_memory
from foretaste.models import MODELS
from foretaste.models.params import build_params, parse_setting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=6_000)
    parser.add_argument("--items", type=int, default=3_500)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--models", default=",".join(name for name, kind in MODELS.items() if kind.task == "rating"))
    parser.add_argument("--set", action="append", default=[], help="a setting, for the models that have it")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    settings = dict(parse_setting(text) for text in args.set)
    if args.child:
        print(json.dumps(measure(*args.child, settings)))
        return
    world = make_world(args.users, args.items, args.ratings, seed=0)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "world.npz")
        sparse.save_npz(path, sparse.csr_matrix(user_item_matrix(world.ratings, world.catalog)), compressed=False)
        del world
        for name in args.models.split(","):
            words = [word for text in args.set for word in ("--set", text)]
            command = [sys.executable, __file__, "--child", name, path, *words]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            print(f"{name}: {rows[-1]}", file=sys.stderr)
    if args.json:
        print(json.dumps({"users": args.users, "items": args.items, "ratings": args.ratings, "models": rows}, indent=2))
        return
    print(f"{args.users:,} users x {args.items:,} items, {args.ratings:,} ratings\n")
    print(
        "| model | fit | peak of the process | of it forecast for the fit | 1,000 people scored |\n|---|---|---|---|---|"
    )
    for row in rows:
        print(
            f"| `{row['model']}` | {row['fit_s']:.1f} s | {row['peak_bytes'] / 1e9:.2f} GB | "
            f"{row['forecast_bytes'] / 1e9:.2f} GB | {row['score_s']:.2f} s |"
        )


def measure(name: str, path: str, settings: dict[str, object]) -> dict[str, object]:
    """Fit one model once its compiled code is loaded; return seconds and bytes."""
    kind = MODELS[name]
    fitting = {key: value for key, value in settings.items() if key in kind.Params.__dataclass_fields__}
    X = as_csr(sparse.load_npz(path))
    few = {key: 1 for key in ("epochs",) if key in kind.Params.__dataclass_fields__}
    kind(build_params(kind.Params, fitting | few)).fit(X[:200])  # libraries and compiled code are there from now on
    model = kind(build_params(kind.Params, fitting))
    forecast, before, started = model.forecast(X, measured=False).new, used_memory(), time.perf_counter()
    with peak_memory() as peak:
        model.fit(X)
    fit_s = time.perf_counter() - started
    people = X if kind.known_rows else X[np.arange(min(1000, X.shape[0]))]
    started = time.perf_counter()
    model.score(people[:1000])
    return {
        "model": name,
        "fit_s": fit_s,
        "peak_bytes": peak.bytes,
        "before_bytes": before,
        "forecast_bytes": forecast,
        "score_s": time.perf_counter() - started,
    }


if __name__ == "__main__":
    main()
