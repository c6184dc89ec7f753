"""A bundle says in few words how good its model is: beside the others, for whom, and nothing that was not measured."""

import json

import pytest

from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.experiment import run
from foretaste.recipe import Recipe
from foretaste.source import Source
from foretaste.summary import TOLD, summary_of

WORLD = make_world(200, 80, 6_000, seed=1)


@pytest.fixture(scope="module")
def experiment():
    entries = (Entry("mean"), Entry("bias"), Entry("popularity"), Entry("autorec", {"widths": (8,), "epochs": 2}))
    return run(Recipe(models=entries), Source(WORLD.ratings, WORLD.catalog), details=True)


def test_the_table_is_all_models_with_few_metrics_and_their_intervals(experiment):
    rows = experiment.comparison.rows
    told = summary_of(rows, {}, "autorec")
    assert set(told) == {"comparison"}
    assert [row["model"] for row in told["comparison"]] == ["mean", "bias", "popularity", "autorec"]
    for row, full in zip(told["comparison"], rows, strict=True):
        for name in TOLD:
            if full[name] is None:
                assert name not in row
            else:
                assert row[name] == pytest.approx(full[name], abs=1e-5)
                assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    assert "rmse" not in told["comparison"][2]
    assert "recall@50" not in told["comparison"][3]


def test_slices_are_of_this_model_and_of_the_one_it_is_measured_against(experiment):
    details = experiment.comparison.details
    told = summary_of(experiment.comparison.rows, details, "autorec")["slices"]
    assert [(part["by"], part["metric"]) for part in told] == [
        (part["by"], part["metric"]) for part in details["slices"]
    ]
    part, full = told[0], details["slices"][0]
    for one, whole in zip(part["bins"], full["bins"], strict=True):
        assert (one["label"], one["n"], one["people"]) == (whole["label"], whole["n"], whole["people"])
        assert one["value"] == pytest.approx(whole["models"]["autorec"]["value"], abs=1e-5)
        assert one["against"] == pytest.approx(whole["models"][full["against"]]["value"], abs=1e-5)
        assert one["difference"] == pytest.approx(one["value"] - one["against"], abs=3e-5)


def test_a_model_has_the_slices_of_what_it_does_and_what_is_unknown_is_left_out():
    figure = {"value": 0.123456789, "low": None, "high": None}
    bins = [{"label": "1", "n": 5, "people": 2, "models": {"ease": figure}}]
    errors = [{**bins[0], "models": {"bias": figure}}]
    details = {
        "slices": [
            {"by": "given", "title": "errors", "metric": "rmse", "against": "bias", "bins": errors},
            {"by": "given", "title": "lists", "metric": "ndcg@20", "against": "popularity", "bins": bins},
        ]
    }
    assert summary_of([{"model": "ease", "rmse": None, "ndcg@20": 0.5}], details, "ease") == {
        "comparison": [{"model": "ease", "ndcg@20": 0.5}],
        "slices": [
            {
                "by": "given", "title": "lists", "metric": "ndcg@20", "against": "popularity",
                "bins": [{"label": "1", "n": 5, "people": 2, "value": 0.12346}],
            }
        ],
    }  # fmt: skip


def test_calibration_is_told_of_the_model_that_it_is_of(experiment):
    details = experiment.comparison.details
    label = details["calibration"]["model"]
    told = summary_of(experiment.comparison.rows, details, label)["calibration"]
    assert [level["level"] for level in told] == [0.5, 0.8, 0.9, 0.95]
    assert set(told[0]) == {"level", "n", "coverage", "low", "high", "width"}
    others = {row["model"] for row in experiment.comparison.rows} - {label}
    assert all("calibration" not in summary_of(experiment.comparison.rows, details, other) for other in others)


def test_a_bundle_carries_it_through_its_manifest_and_it_is_small(experiment, tmp_path):
    bundle = experiment.bundle()
    again = type(bundle).load(bundle.save(tmp_path / "b"))
    for part in ("comparison", "slices"):
        assert again.about[part] == bundle.about[part]
    assert (tmp_path / "b" / "manifest.json").stat().st_size < 100_000
    assert len(json.dumps(again.about["slices"])) < 30_000
