"""The registry is whole: every name once, with words, a direction, bounds and a source."""

import re

import pytest

from foretaste.metrics.registry import EXPOSURE, LISTED, LISTS, METRICS, RATING_METRICS

NAMES = (
    "rmse mae mape smape r2_bias within_half_star concordance ndcg_rated ndcg@20 ndcg@100 recall@20 recall@50 "
    "recall_all@20 recall_all@50 ndcg_graded@20 map@20 mrr@100 hit@20 novelty@20 popularity@20 coverage@20 gini@20"
)


def test_every_metric_has_its_name_once():
    assert list(METRICS) == NAMES.split()
    assert (*RATING_METRICS, *LISTS, *EXPOSURE) == tuple(METRICS)
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_what_stands_in_it(metric):
    for text in (metric.words, metric.formula, metric.over, metric.empty, metric.source, metric.checked):
        assert text
        assert text == text.strip(" .")
    assert metric.bounds[0] < metric.bounds[1]
    if metric.better == "zero":
        assert metric.bounds[0] < 0
    assert metric.k == int((re.search(r"@(\d+)$", metric.name) or [0, 0])[1])
    assert metric.label.endswith(f"@{metric.k}") == (metric.k > 0)
    assert bool(re.search(r"\d{4}|our own", metric.source))


def test_lists_are_as_long_as_their_metrics_look():
    assert {name: METRICS[name].k for name in LISTS} == LISTS
    assert {METRICS[name].k for name in EXPOSURE} == {LISTED}
