"""What evaluating costs beside scoring and ranking the same people: all metrics, with their intervals.

    python bench/evaluating.py                       # 6,000 people x 26,672 items, 256 numbers an item
    python bench/evaluating.py --users 2000 --json

Two models with random weights, as large as trained ones: Elsa, which ranks, and AutoRec, which predicts ratings, so that its
lists are made twice, by evidence and as they are. Scoring and ranking (the 100 best unseen items), making and measuring lists,
all of `evaluate` with its intervals, and what of that is predicting hidden ratings take turns in one process. Ratios are
medians over turns.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from foretaste.arrays import Csr, row_of
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.evaluation import evaluate, predict_hidden
from foretaste.evaluation_lists import judge_lists
from foretaste.metrics.beyond import Popularity
from foretaste.models import AutoRec, Bias, Elsa
from foretaste.models.autorec import AutoRecParams, weight_shapes
from foretaste.models.elsa import ElsaParams
from foretaste.order import Order, listed
from foretaste.split import Hide, Holdout, hide

SCALE = (0.5, 5.0)


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.users * args.rated, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    holdout = Holdout(*hide(X, Hide("fraction", 0.2), seed=0), np.arange(X.shape[0]))
    bias, known = Bias().fit(X), Popularity.of(X)
    of_bias = predict_hidden(bias, holdout)  # once for all models of a comparison
    models = ("elsa", elsa(X, args.width, bias), None), ("autorec", autorec(X, args.width, bias), Order.of(X, 0.03))
    out = {}
    for name, model, order in models:
        jobs = {
            "score_and_rank": lambda m=model, o=order: [None for _ in listed(m, [o], holdout.seen, [100])],
            "lists": lambda m=model, o=order: judge_lists(m, holdout, scale=SCALE, order=o, popularity=known),
            "evaluate": lambda m=model, o=order: evaluate(
                m, holdout, scale=SCALE, order=o, bias=of_bias, popularity=known
            ).summary(),
        }
        if model.task == "rating":
            jobs["predict"] = lambda m=model: predict_twice(m, holdout)
        out[name] = timed(jobs, args.turns)
    report(args, X, holdout, out)


def elsa(X: Csr, width: int, bias: Bias) -> Elsa:
    """Return Elsa with random vectors."""
    vectors = np.random.default_rng(0).standard_normal((X.shape[1], width), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = {name: bias.arrays()[name] for name in ("n_items_", "scale_")}
    return Elsa.from_arrays(ElsaParams(latent=width), known | {"factors_": vectors})


def autorec(X: Csr, width: int, bias: Bias) -> AutoRec:
    """Return an autoencoder with random weights."""
    params, draw = AutoRecParams(widths=(width,)), np.random.default_rng(0)
    arrays = {
        name: draw.standard_normal(shape, dtype=np.float32) * np.float32(shape[-1] ** -0.5)
        for name, shape in weight_shapes(params, X.shape[1]).items()
    }
    arrays |= {name: bias.arrays()[name] for name in ("n_items_", "scale_", "mean_", "item_effect_")}
    return AutoRec.from_arrays(params, arrays | {"sigma_": bias.residual_spread(X)})


def predict_twice(model: AutoRec, holdout: Holdout) -> None:
    """Predict the hidden ratings from what was seen, and once more with themselves shown, as evaluation does."""
    predict_hidden(model, holdout)
    model.predict(holdout.whole(), row_of(holdout.hidden), holdout.hidden.indices)


def timed(jobs: dict[str, Callable[[], Any]], turns: int) -> dict[str, Any]:
    """Run the jobs by turns, the first turn for nothing, and return seconds and ratios to the first job."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns + 1):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - started)
    first, *_ = (np.array(values[1:]) for values in seconds.values())
    return {
        name: {"seconds": float(np.median(values[1:])), "ratio": float(np.median(np.array(values[1:]) / first))}
        for name, values in seconds.items()
    }


def report(args: argparse.Namespace, X: Csr, holdout: Holdout, out: dict[str, Any]) -> None:
    if args.json:
        print(json.dumps(out, indent=2))
        return
    fond = int((holdout.hidden.max(axis=1).toarray() >= 0.75 * SCALE[1]).sum())
    print(
        f"{X.shape[0]:,} people ({fond:,} like something hidden) x {X.shape[1]:,} items, {args.width} numbers an item"
    )
    for name, jobs in out.items():
        for job, one in jobs.items():
            print(f"{name:8} {job:15} {one['seconds']:7.2f} s   x {one['ratio']:.2f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("users", 6000), ("items", 26_672), ("rated", 140), ("width", 256), ("turns", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
