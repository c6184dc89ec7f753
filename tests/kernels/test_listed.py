"""All metrics of lists in one pass against plain formulas on sets, on any number of threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.kernels import listed
from foretaste.kernels.listed import KINDS, measure

ITEMS = 12
LISTS = st.lists(st.permutations(range(ITEMS)), min_size=1, max_size=4)
LIKES = st.dictionaries(st.integers(0, ITEMS - 1), st.sampled_from([1.0, 7.0, 15.0, 31.0]), max_size=9)


def starts(likes):
    """Return people's likes, dictionaries of column and gain, as the kernel takes them."""
    cols = [col for own in likes for col in sorted(own)]
    worth = [own[col] for own in likes for col in sorted(own)]
    return np.concatenate([[0], np.cumsum([len(own) for own in likes])]), np.array(cols, int), np.array(worth, float)


def plainly(kind, k, cols, likes, share, information):
    """Return one metric of one list as its formula is written."""
    cols = [col for col in cols[:k] if col >= 0]
    if kind in {"novelty", "popularity"}:
        values = [(information if kind == "novelty" else share)[col] for col in cols]
        return np.mean(values) if values else np.nan
    if not likes:
        return np.nan
    found = [place for place, col in enumerate(cols, start=1) if col in likes]
    best, most = sorted(likes.values(), reverse=True)[:k], min(k, len(likes))
    return {
        "ndcg": sum(1 / np.log2(1 + p) for p in found) / sum(1 / np.log2(1 + p) for p in range(1, most + 1)),
        "ndcg_graded": sum(likes[cols[p - 1]] / np.log2(1 + p) for p in found)
        / sum(worth / np.log2(1 + p) for p, worth in enumerate(best, start=1)),
        "recall": len(found) / most,
        "recall_all": len(found) / len(likes),
        "map": sum((i + 1) / p for i, p in enumerate(found)) / most,
        "mrr": 1 / found[0] if found else 0.0,
        "hit": float(bool(found)),
    }[kind]


@settings(deadline=None, max_examples=100)
@given(LISTS, st.data())
def test_each_metric_is_its_formula(lists, data):
    length = data.draw(st.integers(1, ITEMS))
    cols = np.array(lists, np.int32)[:, :length]
    for row in cols:
        row[data.draw(st.integers(0, length)) :] = -1
    likes = [data.draw(LIKES) for _ in lists]
    rng = np.random.default_rng(0)
    share, information = rng.random(ITEMS), rng.random(ITEMS)
    wanted = [(kind, k) for kind in KINDS for k in (1, 3, length, 20)]
    found = measure(cols, starts(likes), wanted, share, information)
    for values, (kind, k) in zip(found, wanted, strict=True):
        expected = [plainly(kind, k, row, own, share, information) for row, own in zip(cols, likes, strict=True)]
        np.testing.assert_allclose(values, expected, atol=1e-12)


def test_threads_make_no_difference_and_may_measure_together(monkeypatch):
    rng = np.random.default_rng(1)
    cols = np.array([rng.permutation(ITEMS) for _ in range(50)], np.int32)
    likes = [dict.fromkeys(rng.permutation(ITEMS)[: rng.integers(0, 6)].tolist(), 1.0) for _ in range(50)]
    wanted = [(kind, 5) for kind in KINDS]
    alone = measure(cols, starts(likes), wanted)
    monkeypatch.setattr(listed, "PIECE", 7)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: measure(cols, starts(likes), wanted), range(8)):
            np.testing.assert_array_equal(found, alone)


def test_no_lists_are_no_values():
    assert measure(np.empty((0, 3), np.int32), starts([]), [("ndcg", 3)]).shape == (1, 0)
