"""What a fit takes is what was forecast: measured by the operating system, in a process of its own."""

import json
import subprocess
import sys

import pytest

CHILD = """
import ctypes, gc, json, sys
import numpy as np
from scipy.sparse import csr_array
from foretaste.arrays import row_of
from foretaste.memory import peak_memory, used_memory
from foretaste.models import MODELS

name, settings, users, items, ratings, measured = json.loads(sys.argv[1])

def matrix(users, items, ratings):
    rng = np.random.default_rng(0)
    cells = np.unique(rng.integers(0, users * items, ratings))
    return csr_array((rng.integers(1, 6, len(cells)), (cells // items, cells % items)), (users, items), dtype=np.float32)

def fit(X):
    shown = X[:200]
    def measure(model):
        return float(np.square(model.predict(shown, row_of(shown), shown.indices) - shown.data).mean())
    MODELS[name](**settings).fit(X, watch=measure if measured else None)

fit(matrix(200, 300, 5000))  # libraries and compiled kernels are there from now on
X = matrix(users, items, ratings)
gc.collect()
ctypes.CDLL(None).malloc_trim(0)
forecast, before = MODELS[name](**settings).forecast(X, measured=measured), used_memory()
with peak_memory() as peak:
    fit(X)
print(json.dumps([forecast.new, peak.bytes - before]))
"""
PAIR = {
    "members": ["autorec", "biased_mf"],
    "settings": ["autorec.widths=[520]", "autorec.epochs=2", "biased_mf.epochs=2"],
}
FACTORS = {"members": ["bias", "biased_mf"], "settings": ["biased_mf.epochs=2"]}
WIDE = {"widths": [520], "epochs": 2, "batch_size": 64}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux measures the peak of a stretch of work")
@pytest.mark.parametrize(
    ("name", "settings", "users", "items", "ratings", "measured"),
    [
        ("autorec", WIDE, 800, 20_000, 60_000, True),
        ("autorec", WIDE, 800, 20_000, 60_000, False),
        ("autorec", WIDE | {"optimiser": "sgd", "mask_input": False}, 800, 20_000, 60_000, False),
        ("autorec", WIDE | {"refeed": 1}, 400, 20_000, 30_000, False),
        ("biased_mf", {"epochs": 2}, 20_000, 3_000, 3_000_000, True),
        ("biased_mf", {"latent": 100, "epochs": 1}, 100_000, 20_000, 200_000, False),
        ("elsa", {"epochs": 1}, 3_000, 40_000, 100_000, True),
        ("elsa", {"epochs": 1}, 20_000, 3_000, 3_000_000, False),
        ("elsa", {"epochs": 1, "latent": 32}, 100_000, 20_000, 600_000, True),
        ("ease", {}, 20_000, 3_000, 3_000_000, False),
        ("edlae", {"l2": 100.0}, 800, 8_000, 60_000, True),
        ("cosine_knn", {}, 20_000, 3_000, 3_000_000, True),
        ("cosine_knn", {}, 2_000, 20_000, 200_000, False),
        ("ials", {"epochs": 2}, 20_000, 3_000, 3_000_000, True),
        ("ials", {"latent": 256, "epochs": 2}, 60_000, 20_000, 400_000, False),
        ("ials", {"latent": 256, "epochs": 2}, 2_000, 60_000, 400_000, True),
        ("item_autorec", WIDE, 20_000, 800, 60_000, True),
        ("slim", {}, 20_000, 3_000, 1_000_000, False),
        ("slim", {"neighbours": 100, "kept": 100, "l2": 100.0}, 2_000, 20_000, 200_000, True),
        ("sparse_fc", WIDE, 800, 20_000, 60_000, True),
        ("sparse_fc", WIDE | {"widths": [300, 300], "mask_input": False}, 2_000, 3_000, 1_000_000, False),
        ("item_sparse_fc", WIDE, 20_000, 800, 60_000, False),
        ("item_knn", {}, 20_000, 3_000, 3_000_000, True),
        ("item_knn", {}, 2_000, 20_000, 200_000, False),
        ("ridge", {"epochs": 1}, 20_000, 3_000, 3_000_000, True),
        ("ridge", {"epochs": 1, "batch_size": 20_000}, 20_000, 3_000, 3_000_000, True),
        ("ridge", {"latent": 100, "epochs": 1, "members": 2}, 800, 60_000, 200_000, True),
        ("two_sided_ridge", {"latent": 100, "epochs": 1}, 60_000, 800, 200_000, True),
        ("item_ridge", {"latent": 100, "epochs": 1}, 60_000, 800, 200_000, True),
        ("mult_dae", {"widths": [520], "epochs": 2, "exact_items": 0}, 800, 20_000, 60_000, True),
        ("mult_vae", {"epochs": 2}, 800, 20_000, 60_000, True),
        ("mult_vae", {"epochs": 1}, 20_000, 3_000, 1_000_000, False),
        ("rec_vae", {"widths": [520, 520], "epochs": 1}, 800, 20_000, 60_000, True),
        ("blend", PAIR, 800, 20_000, 60_000, True),
        ("blend", PAIR | {"weights": [0.5, 0.5]}, 800, 20_000, 60_000, False),
        ("blend", FACTORS, 20_000, 3_000, 3_000_000, True),
    ],
)  # fmt: skip
def test_a_fit_takes_no_more_than_was_forecast_and_at_least_half(name, settings, users, items, ratings, measured):
    words = json.dumps([name, settings, users, items, ratings, measured])
    done = subprocess.run([sys.executable, "-c", CHILD, words], capture_output=True, text=True, check=True)
    forecast, took = json.loads(done.stdout)
    assert 0.5 * forecast <= took <= forecast, f"forecast {forecast / 1e6:.0f} MB, took {took / 1e6:.0f} MB"
