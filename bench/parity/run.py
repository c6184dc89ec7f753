"""The same split files for foretaste and for other libraries, and one judge for all: anybody can check our tables so.

A peer lives in a Python of its own, which you name. It gets the split as files, fits with its public API and writes its
predictions or lists; everything is then measured here, by the same code on the same hidden ratings. Who is not installed is
skipped, and the reason is said.

python -m venv OTHER && OTHER/bin/pip install implicit irspack
python bench/parity/run.py ml-latest-small --task ranking --peer implicit=OTHER/bin/python --peer irspack=OTHER/bin/python
python bench/parity/run.py ml-latest-small --task rating --peer surprise=ANOTHER/bin/python --peer lenskit=A_THIRD/bin/python

Everybody is known to training, since most peers score nobody else: single ratings are hidden. All run with the defaults of
their library, or with what the adapter's first lines say; ours with theirs. Seconds are of one fit on one machine, ours on
everything that is not hidden, after whatever they chose on validation; look at ratios.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, as_csr, row_of
from foretaste.entries import Entry
from foretaste.experiment import divide
from foretaste.figures import figures
from foretaste.fitting import fit_entry
from foretaste.metrics.ranking import measure_lists
from foretaste.order import listed
from foretaste.ranking import Ranking
from foretaste.recipe import DataParams, Recipe, SplitParams
from foretaste.source import load
from foretaste.split import Split

PEERS = ("surprise", "lenskit", "implicit", "irspack", "cornac", "recbole")
OURS = {"rating": "bias,item_knn,biased_mf,two_sided_ridge", "ranking": "popularity,cosine_knn,ials,ease,edlae"}
ABSENT = 3
"""Exit code of an adapter whose library is not there."""
K = 100
LISTS = ("ndcg@100", "recall_all@20", "ndcg@20")


@dataclass(frozen=True, eq=False)
class Line:
    """What one model answered.

    Args:
        name: Library and model.
        fit_s: Seconds of the fit.
        answer: Predictions of the hidden ratings, (n,), nan where there is none; or lists of columns, (people, K), padded by
            -1.
    """

    name: str
    fit_s: float
    answer: AnyArray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--task", choices=sorted(OURS), default="rating")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help=", ".join(PEERS))
    parser.add_argument("--ours", default=None, help="our models; the first family of the task by default")
    parser.add_argument("--against", default=None, help="the line of ours that differences are told against; our best")
    parser.add_argument("--like", type=float, default=4.0)
    parser.add_argument("--test", type=float, default=0.1, help="share of the ratings that is hidden")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    peers = [named(text) for text in args.peer]
    ranking = args.task == "ranking"
    params = DataParams(task="ranking", like=args.like, min_user_ratings=5) if ranking else DataParams()
    source = load(args.data, params)
    recipe = Recipe(data=params, split=SplitParams(kind="random", test=args.test, seed=args.seed))
    split = divide(source, recipe)
    lines, skipped = list(ours(split, (args.ours or OURS[args.task]).split(","), args.seed)), []
    own = [line.name for line in lines]
    for name, python in peers:
        found, reason = theirs(split, name, python, args)
        lines += found
        skipped += [f"{name} is skipped: {reason}"] * (reason is not None)
    table = judge(split, lines, own, args.against, args.seed)
    if args.json:
        print(json.dumps({"lines": table, "skipped": skipped, "hidden": split.test.hidden.nnz}, indent=2))
    else:
        show(table, split, ranking=ranking)
        print("\n".join(skipped), file=sys.stderr)


def named(text: str) -> tuple[str, str]:
    """Read ``NAME=PYTHON``."""
    name, equals, python = text.partition("=")
    if not equals or name not in PEERS:
        sys.exit(f'cannot read --peer "{text}", expected NAME=PYTHON with one of {", ".join(PEERS)}')
    return name, python


def ours(split: Split, names: list[str], seed: int) -> Iterator[Line]:
    """Yield our lines; settings are chosen on validation, and everything that is not hidden is fitted."""
    for name in names:
        chosen = fit_entry(Entry(name), split, seed=seed, refit=False)
        began = time.perf_counter()
        model = type(chosen.model)(chosen.model.refit_params()).fit(split.full)
        fit_s = time.perf_counter() - began
        seen, hidden = split.test.seen, split.test.hidden
        if model.task == "rating":
            yield Line(name, fit_s, model.predict(seen, row_of(hidden), hidden.indices).astype(np.float64))
        else:
            blocks = listed(model, [None], seen[asked(split)], [K])
            yield Line(name, fit_s, np.concatenate([ranking.cols for _, _, ranking in blocks]))


def asked(split: Split) -> AnyArray:
    """Return the rows of which something is hidden."""
    return np.flatnonzero(np.diff(split.test.hidden.indptr))


def theirs(split: Split, name: str, python: str, args: argparse.Namespace) -> tuple[list[Line], str | None]:
    """Return the lines of a peer, and why there are none."""
    adapter = Path(__file__).with_name(f"peer_{name}.py")
    with tempfile.TemporaryDirectory() as folder:
        write(split, Path(folder), args)
        try:
            done = subprocess.run([python, adapter, folder], capture_output=True, text=True, check=False)
        except OSError as error:
            return [], f"{python}: {error.strerror}"
        if done.returncode == ABSENT:
            return [], done.stderr.strip().splitlines()[-1]
        if done.returncode:
            last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
            return [], f"its adapter ended with code {done.returncode}: {last}"
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        lines = [Line(one["name"], one["fit_s"], np.load(Path(folder) / one["file"])) for one in told]
        return lines, None if lines else f"it has no model for the task {args.task}"


def write(split: Split, folder: Path, args: argparse.Namespace) -> None:
    """Write the split as files: what may be learnt from, what is asked, and what the answer has to look like."""
    low, high = split.scale
    table(folder / "train.csv", split.full, "user,item,rating")
    table(folder / "ask.csv", split.test.hidden, "user,item")
    np.savetxt(folder / "people.csv", asked(split), fmt="%d", header="user", comments="")
    facts = {
        "task": args.task, "k": K, "seed": args.seed, "threads": args.threads, "low": low, "high": high,
        "users": split.full.shape[0], "items": split.full.shape[1],
    }  # fmt: skip
    (folder / "meta.json").write_text(json.dumps(facts), encoding="utf-8")


def table(path: Path, X: Csr, header: str) -> None:
    """Write ratings as lines of row, column and, where the header asks for it, value."""
    columns, formats = [row_of(X), X.indices], ["%d", "%d"]
    if "rating" in header:
        columns, formats = [*columns, X.data], [*formats, "%g"]
    np.savetxt(path, np.column_stack(columns), fmt=formats, delimiter=",", header=header, comments="")


def judge(split: Split, lines: list[Line], own: list[str], against: str | None, seed: int) -> list[dict[str, Any]]:
    """Return one dict a line: metrics with intervals over people, and the difference of the first metric to a line of ours."""
    ranking = any(line.answer.ndim == 2 for line in lines)
    metrics = LISTS if ranking else ("rmse", "mae")
    out: list[dict[str, Any]] = [{"model": line.name, "fit_s": round(line.fit_s, 2)} for line in lines]
    hidden = split.test.hidden
    rows = asked(split)
    counts = (np.ones(len(rows)) if ranking else np.diff(hidden.indptr)[rows].astype(np.float64))[:, None]
    for place, metric in enumerate(metrics):
        sums = {line.name: (lists if ranking else errors)(line, split, rows, metric)[:, None] for line in lines}
        means = {name: float(values.sum() / counts.sum()) for name, values in sums.items()}
        best = against or (max if ranking else min)(own, key=means.__getitem__)
        told = figures(counts, sums, metric if ranking or metric == "rmse" else "mae", against=best, seed=seed)
        for one in out:
            one[metric] = told[one["model"]][0]
            if place == 0:
                one["against"] = best
    for one, line in zip(out, lines, strict=True):
        one["unanswered"] = int(np.isnan(line.answer).sum()) if not ranking else int((line.answer[:, 0] < 0).sum())
    return out


def errors(line: Line, split: Split, rows: AnyArray, metric: str) -> AnyArray:
    """Return what each person adds to an error; where there is no prediction, the mean of what may be learnt from counts."""
    hidden = split.test.hidden
    error = np.where(np.isnan(line.answer), split.full.data.mean(dtype=np.float64), line.answer) - hidden.data
    values = error**2 if metric == "rmse" else np.abs(error)
    return np.bincount(row_of(hidden), weights=values, minlength=hidden.shape[0])[rows]


def lists(line: Line, split: Split, rows: AnyArray, metric: str) -> AnyArray:
    """Return a metric of each person's list."""
    ranking = Ranking(line.answer.astype(np.int32), np.zeros(line.answer.shape, np.float32))
    return measure_lists(ranking, as_csr(split.test.hidden[rows]), [metric])[0]


def show(table: list[dict[str, Any]], split: Split, *, ranking: bool) -> None:
    """Print Markdown."""
    first, *rest = LISTS if ranking else ("rmse", "mae")
    hidden = split.test.hidden
    print(
        f"{hidden.nnz:,} hidden ratings of {len(asked(split)):,} people; 95 % over people; "
        f"difference to {table[0]['against']}.\n"
    )
    print(
        f"| model | {first.upper()} | 95 % | difference | 95 % | {' | '.join(m.upper() for m in rest)} | unanswered | fit |"
    )
    print("|---" * (7 + len(rest)) + "|")
    for one in table:
        value = one[first]
        gap = (
            f"{value['difference']:+.4f} | {value['difference_low']:+.4f} to {value['difference_high']:+.4f}"
            if "difference" in value
            else " | "
        )
        others = " | ".join(f"{one[metric]['value']:.4f}" for metric in rest)
        print(
            f"| {one['model']} | {value['value']:.4f} | {value['low']:.4f} to {value['high']:.4f} | {gap} | {others} | "
            f"{one['unanswered']:,} | {one['fit_s']:.1f} s |"
        )


if __name__ == "__main__":
    main()
