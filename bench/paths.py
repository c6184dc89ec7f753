"""What the paths of the outer layers cost, and that they and the row state lose no accuracy.

python bench/paths.py                              milliseconds of a step by density: where dense products begin to pay
python bench/paths.py ml-latest-small --seeds 5    RMSE on validation ratings: fast, reference, and fast with full state

No test part is opened. Never run on a GPU.
"""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.entries import Entry
from foretaste.experiment import divide
from foretaste.fitting import fit_entry
from foretaste.kernels.batch import make_batch
from foretaste.kernels.layers import choose_path, decode_cells, encode_rows
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.models.autorec_net import SWITCH
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import load

SHAPES = ((128, 2000, 512), (512, 1000, 500))
DENSITIES = (0.01, 0.05, 0.2, 0.5, 0.7, 1.0)
STEPS = 9
VARIANTS = {"fast": ("fast", {}), "reference": ("reference", {}), "fast, full state": ("fast", {"state": "full"})}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", help="measure accuracy on this data instead of time")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    out = accuracy(args) if args.data else times()
    if args.json:
        print(json.dumps(out, indent=2))


def times() -> list[dict[str, object]]:
    """Time one step of items-width-items on random cells, paths taking turns."""
    rng, out = np.random.default_rng(0), []
    for rows, items, width in SHAPES:
        for density in DENSITIES:
            batch = make_batch(as_csr(csr_array((rng.random((rows, items)) < density).astype(np.float32))))
            tables = {path: _tables(items, width) for path in ("fast", "dense", "reference")}
            ms: dict[str, list[float]] = {path: [] for path in tables}
            for _ in range(STEPS):
                for path, (encoder, decoder, bias) in tables.items():
                    started = time.perf_counter()
                    code = torch.relu(encode_rows(encoder, torch.ones(len(batch)), batch, path))
                    (decode_cells(code, decoder, bias, batch, path) - 1).square().mean().backward()  # type: ignore[no-untyped-call]
                    ms[path].append(1e3 * (time.perf_counter() - started))
            median = {path: float(np.median(values[2:])) for path, values in ms.items()}
            chosen = choose_path("auto", "cpu", batch)
            out.append({"rows": rows, "items": items, "width": width, "density": density, "ms": median, "auto": chosen})
            line = "  ".join(f"{path} {value:8.1f} ms" for path, value in median.items())
            print(f"{rows} x {items}, width {width}, {density:4.0%} observed: {line}   auto: {chosen}", flush=True)
    return out


def _tables(items: int, width: int) -> tuple[RowTable, RowTable, RowTable]:
    rule = RowOptimiser("adam", "row")
    tables = tuple(
        RowTable(0.01 * torch.randn(items, w), rule, panel) for w, panel in ((width, 64), (width, 64), (1, 1))
    )
    for table in tables:
        table.rate = 1e-4
    return tables  # type: ignore[return-value]


def accuracy(args: argparse.Namespace) -> dict[str, object]:
    """Fit autorec on the same splits by each variant; compare each with the first, split by split."""
    source, found = load(args.data), {name: [] for name in VARIANTS}  # type: ignore[var-annotated]
    for seed in range(args.seeds):
        split = divide(source, Recipe(split=SplitParams(seed=seed)))
        for name, (path, settings) in VARIANTS.items():
            os.environ[SWITCH] = path
            fitted = fit_entry(Entry("autorec", settings | {"epochs": args.epochs}), split, seed=seed, refit=False)
            found[name].append(fitted.valid_rmse)
            print(f"seed {seed}: {name} {fitted.valid_rmse:.5f} in {fitted.fit_s:.0f} s", flush=True)
    out: dict[str, object] = {"valid_rmse": found}
    fast = np.array(found["fast"])
    for name, values in found.items():
        low, high = _interval(np.array(values))
        change = np.array(values) - fast
        between = "" if name == "fast" else f"; minus fast, same split: {change.mean():+.5f} (95 % {_words(change)})"
        print(f"{name:18} RMSE {np.mean(values):.4f}, 95 % over seeds {low:.4f} to {high:.4f}{between}")
    return out


def _interval(values: np.ndarray) -> tuple[float, float]:
    from scipy.stats import t  # noqa: PLC0415

    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)


def _words(values: np.ndarray) -> str:
    low, high = _interval(values)
    return f"{low:+.5f} to {high:+.5f}"


if __name__ == "__main__":
    main()
