"""A model gets its calibration from validation people, newcomers among them, and coverage is counted as by hand."""

import numpy as np
import pytest

from foretaste.arrays import pick
from foretaste.calibration import Calibration, Residuals, fit_calibration
from foretaste.cells import Cells, cells_of, join_cells
from foretaste.data.synthetic import make_world
from foretaste.errors import ShapeError
from foretaste.evaluation import predict_hidden
from foretaste.intervals import SHOWN, calibrate, coverage_of, ends_of, join_ends, predicted_bins
from foretaste.models import Bias, ItemRidge, Mean
from foretaste.split import Holdout, split_new_users, split_random
from tests.judging import SPLIT, TEST

WORLD = make_world(500, 120, 20_000, seed=5)
NEW = split_new_users(WORLD.ratings, WORLD.catalog, test=0.4, valid=0.3, seed=1)
COUNTS = np.bincount(NEW.train.indices, minlength=120)


class Recorded(Mean):
    """Keeps what it was asked."""

    name = "recorded"

    def predict(self, X, rows, cols):
        self.asked.append((X, len(rows)))
        return super().predict(X, rows, cols)


@pytest.fixture(scope="module")
def fitted():
    return Bias().fit(NEW.train)


@pytest.fixture(scope="module")
def calibration(fitted):
    return calibrate(fitted, NEW.valid, COUNTS, scale=NEW.scale)


def nothing_of(X):
    return pick(X, np.zeros(X.nnz, bool))


def told_of(calibration, cells, predicted, label="bias", **others):
    scale = tuple(calibration.scale.tolist())
    return coverage_of(ends_of(calibration, cells, predicted), cells, predicted, label=label, scale=scale, **others)


def counted(calibration, cells, predicted, level):
    low, high = calibration.interval(predicted, cells.given, cells.known, level)
    return (cells.actual >= low) & (cells.actual <= high), high - low


def test_people_are_asked_with_all_that_they_show_and_with_less(monkeypatch):
    model = Recorded().fit(NEW.train)
    model.asked = []
    calibrate(model, NEW.valid, COUNTS, scale=NEW.scale)
    (whole, n), *less = model.asked
    assert whole is NEW.valid.seen
    assert n == NEW.valid.hidden.nnz
    for amount, (X, _) in zip(SHOWN, less, strict=True):
        assert set(np.diff(X.indptr).tolist()) == {amount}
        assert X.has_canonical_format
    monkeypatch.setattr("foretaste.intervals.ASKED", 100)
    model.asked = []
    calibrate(model, NEW.valid, COUNTS, scale=NEW.scale)
    assert model.asked[0][1] == NEW.valid.hidden.nnz
    assert all(20 < n < 250 for _, n in model.asked[1:])


def test_what_they_show_then_is_some_of_what_they_show():
    model = Recorded().fit(NEW.train)
    model.asked = []
    calibrate(model, NEW.valid, COUNTS, scale=NEW.scale)
    seen = NEW.valid.seen
    for X, n in model.asked[1:]:
        if n == NEW.valid.hidden.nnz:  # everybody, so rows are the same people
            assert X.multiply(seen != 0).nnz == X.nnz
            assert (X - seen.multiply(X != 0)).count_nonzero() == 0


def test_newcomers_are_covered_because_of_it(fitted, calibration):
    hidden = NEW.test.hidden
    nobody = Holdout(nothing_of(NEW.test.seen), hidden, NEW.test.user_ids)
    cells = cells_of(nobody, COUNTS)
    predicted = predict_hidden(fitted, nobody)
    assert counted(calibration, cells, predicted, 0.8)[0].mean() == pytest.approx(0.8, abs=0.04)
    usual = cells_of(NEW.valid, COUNTS)
    plain = fit_calibration(
        Residuals(usual.actual, predict_hidden(fitted, NEW.valid), usual.given, usual.known), scale=NEW.scale
    )
    assert plain.spread(0, 100) < calibration.spread(0, 100) * plain.spread(40, 100) / calibration.spread(40, 100)


def test_a_model_that_knows_its_people_is_asked_once():
    split = split_random(WORLD.ratings, WORLD.catalog, seed=0)
    model = ItemRidge().fit(split.train)
    counts = np.bincount(split.train.indices, minlength=120)
    made = calibrate(model, split.valid, counts, scale=split.scale)
    cells = cells_of(split.valid, counts)
    inside, _ = counted(made, cells, predict_hidden(model, split.valid), 0.8)
    assert made.n == len(cells)
    assert inside.mean() == pytest.approx(0.8, abs=0.005)  # a little more than 0.8, as others are to have


def test_the_same_seed_gives_the_same_calibration(fitted, calibration):
    again, other = (calibrate(fitted, NEW.valid, COUNTS, scale=NEW.scale, seed=seed) for seed in (0, 1))
    for name, values in calibration.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], values)
    assert not np.array_equal(other.terms, calibration.terms)


def test_what_cannot_be_predicted_counts_as_the_middle():
    class Lost(Mean):
        name = "lost"

        def predict(self, X, rows, cols):  # noqa: ARG002
            return np.full(len(rows), np.nan, np.float32)

    made = calibrate(Lost().fit(SPLIT.train), SPLIT.valid, np.ones(20), scale=(1.0, 5.0))
    np.testing.assert_array_equal(made.sides[0], [3.0])
    cells = cells_of(TEST, np.ones(20))
    told = told_of(made, cells, np.full(len(cells), np.nan, np.float32))
    assert told["levels"][0]["coverage"] > 0.4


def test_nothing_hidden_is_said(fitted):
    empty = Holdout(NEW.valid.seen, nothing_of(NEW.valid.hidden), NEW.valid.user_ids)
    with pytest.raises(ShapeError, match="there is no rating to calibrate on"):
        calibrate(fitted, empty, COUNTS, scale=NEW.scale)


def test_coverage_is_counted_as_by_hand(fitted, calibration):
    cells, predicted = cells_of(NEW.test, COUNTS), predict_hidden(fitted, NEW.test)
    told = told_of(calibration, cells, predicted)
    assert (told["model"], told["n"], told["level"]) == ("bias", len(cells), 0.8)
    assert [level["level"] for level in told["levels"]] == [0.5, 0.8, 0.9, 0.95]
    for level in told["levels"]:
        inside, width = counted(calibration, cells, predicted, level["level"])
        assert level["coverage"] == pytest.approx(inside.mean())
        assert level["width"] == pytest.approx(width.mean(dtype=np.float64), rel=1e-6)
        assert level["people"] == pytest.approx(np.mean([inside[cells.person == p].mean() for p in set(cells.person)]))
        assert level["low"] < level["coverage"] < level["high"]
        assert level["coverage"] == pytest.approx(level["level"], abs=0.03)


def test_slices_divide_the_same_ratings(fitted, calibration):
    cells, predicted = cells_of(NEW.test, COUNTS), predict_hidden(fitted, NEW.test)
    told = told_of(calibration, cells, predicted)
    whole = told["levels"][1]["coverage"]
    assert [one["by"] for one in told["slices"]] == ["given", "popularity", "predicted"]
    for one in told["slices"]:
        n = [group["n"] for group in one["bins"]]
        assert sum(n) == len(cells)
        assert np.average([group["coverage"] for group in one["bins"]], weights=n) == pytest.approx(whole)
        assert set(one["bins"][0]) == {"label", "n", "coverage", "low", "high", "width"}
    (by_prediction,) = (one["bins"] for one in told["slices"] if one["by"] == "predicted")
    inside, width = counted(calibration, cells, predicted, 0.8)
    group = next(group for group in by_prediction if group["label"] == "3 to 3.5")
    some = (predicted >= 3) & (predicted < 3.5)
    assert (group["n"], group["coverage"]) == (some.sum(), pytest.approx(inside[some].mean()))
    assert group["width"] == pytest.approx(width[some].mean(dtype=np.float64))
    known = told_of(calibration, cells, predicted, new_people=False)["slices"][0]
    assert (known["by"], known["title"]) == ("activity", "the person's ratings in training")


def test_levels_that_were_not_to_be_had_are_left_out(fitted):
    cells, predicted = cells_of(NEW.test, COUNTS), predict_hidden(fitted, NEW.test)
    nine = Residuals(cells.actual[:9], predicted[:9], cells.given[:9], cells.known[:9])
    told = told_of(fit_calibration(nine, scale=NEW.scale), cells, predicted)
    assert [level["level"] for level in told["levels"]] == [0.5, 0.8, 0.9]
    three = Residuals(cells.actual[:3], predicted[:3], cells.given[:3], cells.known[:3])
    told = told_of(fit_calibration(three, scale=NEW.scale), cells, predicted)
    assert ([level["level"] for level in told["levels"]], told["slices"]) == ([0.5], [])


def test_splits_are_counted_together(fitted, calibration):
    """The same people twice, as in two splits: as many inside, and the same people, so the interval is as wide."""
    cells, predicted = cells_of(NEW.test, COUNTS), predict_hidden(fitted, NEW.test)
    ends = ends_of(calibration, cells, predicted)
    both = join_cells([(cells, NEW.test.user_ids)] * 2)
    fewer = {level: pair for level, pair in ends.items() if level < 0.95}
    joined = join_ends([ends, fewer])
    assert list(joined) == [0.5, 0.8, 0.9]
    told = coverage_of(joined, both, np.tile(predicted, 2), label="bias", scale=NEW.scale)
    once = told_of(calibration, cells, predicted)
    assert told["n"] == 2 * once["n"]
    for two, one in zip(told["levels"], once["levels"], strict=False):
        assert {**two, "n": one["n"]} == pytest.approx(one)


def test_of_few_people_there_are_no_ends(calibration):
    few = np.arange(30, dtype=np.int32)
    cells = Cells(few % 3, few, np.full(30, 3.0, np.float32), few, few)
    told = told_of(calibration, cells, np.full(30, 3.0, np.float32))
    assert (told["levels"][0]["coverage"], told["levels"][0]["low"], told["levels"][0]["high"]) == (1.0, None, None)
    assert "predicted" not in [one["by"] for one in told["slices"]]  # one group alone divides nothing


@pytest.mark.parametrize(
    ("scale", "values", "labels"),
    [
        ((0.5, 5.0), [0.7, 2.2, 2.4, 2.6, 5.0], ("under 2.5", "2.5 or more")),
        ((1.0, 5.0), [2.2, 2.6, 5.0], ("2 to 2.5", "2.5 to 3", "4.5 to 5")),
        ((0.0, 100.0), [3.0, 57.0, 100.0], ("0 to 10", "50 to 60", "90 to 100")),
        ((-10.0, 10.0), [-9.0, 0.5], ("-10 to -8", "0 to 2")),
        ((3.0, 3.0), [3.0], ("3 to 3",)),
    ],
)
def test_predictions_are_grouped_in_round_steps(scale, values, labels):
    """Each value ten times, of ten people, but of the first and last of five values, which one person alone gives."""
    times = [1 if len(values) == 5 and value in (values[0], values[-1]) else 10 for value in values]
    bins = predicted_bins(
        np.repeat(values, times), np.concatenate([np.arange(n) for n in times]).astype(np.int32), scale
    )
    assert bins.labels == labels
    assert np.bincount(bins.bin).sum() == sum(times)


def test_the_calibration_of_a_comparison_is_that_of_the_first_fit():
    from foretaste.entries import Entry  # noqa: PLC0415
    from foretaste.fitting import fit_entry  # noqa: PLC0415

    line = fit_entry(Entry("bias"), SPLIT)
    first = Bias().fit(SPLIT.train)
    made = calibrate(first, SPLIT.valid, np.bincount(SPLIT.train.indices, minlength=20), scale=SPLIT.scale)
    assert isinstance(line.calibration, Calibration)
    assert line.refitted
    np.testing.assert_array_equal(line.calibration.quantiles, made.quantiles)
    assert fit_entry(Entry("popularity"), SPLIT).calibration is None
