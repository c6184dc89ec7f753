"""kill -9 and go on: the resumed run is the unbroken run, bit for bit."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.models import AutoRec
from foretaste.training.watch import Progress, Watch

SETTINGS = {"widths": [8, 4], "epochs": 6, "batch_size": 16, "learning_rate": 0.01, "l2": 0.5, "seed": 4}
KILLED_IN, ITEMS = 4, 400

CHILD = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

spec = spec_from_file_location("resume", sys.argv[1])
resume = module_from_spec(spec)
spec.loader.exec_module(resume)

def report(progress):
    if progress.batch == 2:
        sys.stdout.write(f"{progress.epoch}\\n")
        sys.stdout.flush()
    if (progress.epoch, progress.batch) == (resume.KILLED_IN, 2):
        sys.stdin.read()  # until the parent's signal comes

resume.fit(Path(sys.argv[2]), report)
"""


def ratings() -> csr_array:
    """Return sparse rows: every batch leaves most items alone, so there is always weight decay that is due."""
    rng = np.random.default_rng(0)
    row, col = np.nonzero(rng.random((90, ITEMS)) < 0.03)
    return csr_array((rng.integers(1, 6, len(row)), (row, col)), shape=(90, ITEMS))


def measure(model: AutoRec) -> float:
    """Return something to minimise that moves up and down, and draws nothing."""
    return float(np.square(model.score(csr_array(([5.0], ([0], [3])), shape=(1, ITEMS))) - 3).mean())


def fit(checkpoint: Path | None, report: object = None) -> AutoRec:
    return AutoRec(**SETTINGS).fit(ratings(), watch=Watch(measure, report, checkpoint))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_run_killed_between_batches_goes_on_bit_for_bit(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    command = [sys.executable, "-c", CHILD, __file__, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(KILLED_IN)]
        child.send_signal(signal.SIGKILL)
        assert child.wait(timeout=60) == -signal.SIGKILL
    assert told == [1, 2, 3, 4]
    assert [p.name for p in tmp_path.iterdir()] == [file.name]

    seen: list[Progress] = []
    resumed, unbroken = fit(file, seen.append), fit(None)
    assert (seen[0].epoch, seen[0].batch) == (KILLED_IN, 1)
    arrays = unbroken.arrays()
    assert set(resumed.arrays()) == set(arrays)
    for name, value in resumed.arrays().items():
        assert value.tobytes() == arrays[name].tobytes(), name
    watched = [[e["watched"] for e in model.history_.epochs] for model in (resumed, unbroken)]
    assert watched[0] == watched[1]
    assert resumed.history_.best_epoch == unbroken.history_.best_epoch
    assert resumed.score(ratings()).tobytes() == unbroken.score(ratings()).tobytes()


def test_a_fit_that_keeps_checkpoints_is_the_fit_that_keeps_none(tmp_path: Path) -> None:
    with_file, without = fit(tmp_path / "run.safetensors"), fit(None)
    for name, value in with_file.arrays().items():
        assert value.tobytes() == without.arrays()[name].tobytes(), name
