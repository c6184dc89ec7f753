"""What an explanation costs: effects and parts of 20 and of 100 ratings, and the search for what pushes the item off the list.

python bench/explaining.py ml-latest-small

Networks are fitted for one epoch: what scoring costs does not depend on how good they are. Times are medians; one thread where
OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and NUMBA_NUM_THREADS say so. Beside them stands what one list costs.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from foretaste import MODELS, Bundle, load, split_random
from foretaste.arrays import Csr
from foretaste.counterfactual import Question, fewest_removed, rating_steps, smallest_shift
from foretaste.influence import drop_one
from foretaste.order import Order

LINES: dict[str, dict[str, object]] = {
    "bias": {},
    "item_knn": {},
    "biased_mf": {},
    "two_sided_ridge": {"epochs": 2},
    "autorec": {"epochs": 1},
    "blend": {"members": ("biased_mf", "item_knn")},
    "ease": {"l2": 300.0},
    "ials": {},
    "mult_vae": {"epochs": 1},
    "rank_blend": {"members": ("ials", "ease"), "settings": ("ease.l2=300",), "weights": (0.5, 0.5)},
    "two_heads": {"ranker": "ease", "rater": "biased_mf", "settings": ("ranker.l2=300",)},
}
COUNTS = (20, 100)
TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--models", nargs="*", default=list(LINES))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    source, out = load(args.data), []
    X = split_random(source.ratings, source.catalog, test=0.1, seed=0).full
    longest = X[[int(np.argmin(np.abs(np.diff(X.indptr) - 150)))]]
    for name in args.models:
        model = MODELS[name](**LINES[name]).fit(X)
        order = Order.of(X, 0.1) if model.task == "rating" else None
        bundle = Bundle(model, source.catalog, order, tuple(map(float, model.scale_)))
        for n in COUNTS:
            row = _first(longest, n)
            line = {"model": name, "ratings": n, "items": X.shape[1], **measure(bundle, row)}
            out.append(line)
            print(
                f"{name:16} {n:4} ratings: list {line['list_ms']:7.1f} ms, effects {line['effects_ms']:7.1f} ms, "
                f"parts {line['parts_ms'] or 0:6.1f} ms, taken away {line['removed_s']:6.2f} s ({line['removed']}), "
                f"changed {line['changed_s'] or 0:6.2f} s",
                flush=True,
            )
    if args.json:
        print(json.dumps(out, indent=2))


def measure(bundle: Bundle, row: Csr) -> dict[str, object]:
    """Time everything about the first item of one list."""
    model, order = bundle.model, bundle.order
    col = int(bundle.rank_rows(row, 1)[0].cols[0, 0])
    question = Question(model, row, row, col, 10, order)
    effects = drop_one(model, row, col, order)
    out: dict[str, object] = {
        "list_ms": 1e3 * median(lambda: bundle.rank_rows(row, 10)),
        "effects_ms": 1e3 * median(lambda: drop_one(model, row, col, order)),
        "parts_ms": None,
        "changed_s": None,
    }
    if model.contributions(row, np.array([col])) is not None:
        out["parts_ms"] = 1e3 * median(lambda: model.contributions(row, np.array([col])))
    started = time.perf_counter()
    found = fewest_removed(question)
    out["removed_s"] = time.perf_counter() - started
    size = "none" if found.entries is None else len(found.entries)
    out["removed"] = f"{size}, {'proven' if found.proven else 'not proven'}"
    if model.task == "rating":
        steps, strongest = rating_steps(bundle.scale, row.data), np.argsort(-np.abs(effects.on_list), kind="stable")
        started = time.perf_counter()
        smallest_shift(question, steps, strongest)
        out["changed_s"] = time.perf_counter() - started
    return out


def median(call: Callable[[], object]) -> float:
    call()
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _first(row: Csr, n: int) -> Csr:
    keep = np.sort(np.random.default_rng(0).permutation(row.nnz)[:n])
    return csr_array((row.data[keep], row.indices[keep], np.array([0, len(keep)], np.int32)), shape=row.shape)


if __name__ == "__main__":
    main()
