"""The page of what numbers mean names the right models: those not searched, and those that are Bias of unrated items."""

import re
from pathlib import Path

import numpy as np
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models import MODELS
from tests.laws.test_model_laws import QUICK

PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "evaluation.md"


def test_what_trials_do_not_search_is_named():
    sentence = re.search(r"has a search space\. (.*?) have none", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence[1])) == {name for name, kind in MODELS.items() if not kind.space}


def test_which_models_predict_of_unrated_items_what_bias_does_is_named():
    """All rating models say the same of two items that nobody rated, and those that are named say what Bias says."""
    rng = np.random.default_rng(0)
    dense = rng.integers(1, 6, (60, 30)) * (rng.random((60, 30)) < 0.4)
    dense[:, [7, 20]] = 0
    X = as_csr(sparse.csr_array(dense))
    told = {}
    for name, kind in MODELS.items():
        if kind.task == "rating" and not kind.known_rows:
            told[name] = kind(**QUICK.get(name, {})).fit(X).score(X)[:, [7, 20]]
            np.testing.assert_allclose(*told[name].T, atol=1e-5)
    sentence = re.search(r"Of ([^.]*) that is the prediction of `bias`", PAGE.read_text(encoding="utf-8"))
    same = {name for name, values in told.items() if np.allclose(values, told["bias"], atol=1e-5)}
    assert set(re.findall(r"`(\w+)`", sentence[1])) == same - {"bias"}
