"""What every adapter does: read the split, answer model by model, say what is not installed. Needs numpy and nothing else."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np

ABSENT = 3


@dataclass(frozen=True)
class Task:
    """The split as a peer sees it.

    Args:
        folder: Where the files lie and answers go.
        facts: Of meta.json.
        train: Row, column and rating of everything that may be learnt from, (n, 3).
        ask: Row and column of hidden ratings, (m, 2).
        people: Rows that lists are wanted for.
    """

    folder: Path
    facts: dict[str, Any]
    train: np.ndarray
    ask: np.ndarray
    people: np.ndarray

    @property
    def ranking(self) -> bool:
        """Whether lists are wanted."""
        return bool(self.facts["task"] == "ranking")

    def matrix(self) -> Any:
        """Return what may be learnt from as a sparse matrix."""
        from scipy.sparse import csr_matrix

        rows, cols = self.train[:, 0].astype(int), self.train[:, 1].astype(int)
        return csr_matrix(
            (self.train[:, 2].astype(np.float32), (rows, cols)), shape=(self.facts["users"], self.facts["items"])
        )

    def top(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the k best columns of some people by dense scores, without what they have shown."""
        scores = np.array(scores, dtype=np.float64)
        seen = self.matrix()[rows]
        scores[seen.nonzero()] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, : self.facts["k"]]
        return np.where(np.take_along_axis(scores, best, 1) > -np.inf, best, -1)


def read() -> Task:
    """Return the split in the folder that the command line names."""
    folder = Path(sys.argv[1])
    load = lambda name, width: np.loadtxt(folder / name, delimiter=",", skiprows=1, ndmin=2).reshape(-1, width)
    facts = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    people = load("people.csv", 1)[:, 0].astype(int)
    return Task(folder, facts, load("train.csv", 3), load("ask.csv", 2).astype(int), people)


def library(name: str, package: str | None = None) -> str:
    """Return the version of a library, or leave with the reason why there is nothing to do."""
    try:
        import_module(name)
        return metadata.version(package or name)
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(ABSENT)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Yield what says how many seconds the block took."""
    began = time.perf_counter()
    ended: list[float] = []
    yield lambda: ended[0]
    ended.append(time.perf_counter() - began)


def answer(task: Task, name: str, fit_s: float, values: np.ndarray) -> None:
    """Hand in predictions in the order asked, nan where there is none, or lists of columns in the order of `people`."""
    file = f"{name.replace(' ', '_').replace('/', '_')}.npy"
    wanted = (len(task.people), task.facts["k"]) if task.ranking else (len(task.ask),)
    if values.shape != wanted:
        sys.exit(f"{name} answered {values.shape}, expected {wanted}")
    np.save(task.folder / file, values)
    print("\n" + json.dumps({"name": name, "fit_s": fit_s, "file": file}), flush=True)


def padded(lists: list[Any], k: int) -> np.ndarray:
    """Return lists of columns as one array, short ones padded by -1."""
    out = np.full((len(lists), k), -1, dtype=np.int64)
    for row, cols in enumerate(lists):
        out[row, : min(len(cols), k)] = np.asarray(cols)[:k]
    return out
