"""What is noted of a fit while everything is handed on."""

import numpy as np
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models import AutoRec
from foretaste.training.curves import Curve
from foretaste.training.watch import Progress, Watch


def step(epoch, batch, loss, part=""):
    return Progress(epoch, 2, batch, 2, loss, 1.0, 1.0, part=part)


def test_the_last_batch_of_an_epoch_stays_and_all_are_handed_on():
    told = []
    curve = Curve(told.append)
    steps = [step(1, 1, 4.0), step(1, 2, 3.0), step(2, 1, 2.0), step(2, 2, 1.0)]
    measure = curve.measured(lambda model: model)
    assert measure(9.0) == 9.0  # before the first epoch: nothing to note it for
    for at, value in enumerate((0.5, 0.25)):
        for one in steps[2 * at : 2 * at + 2]:
            curve.report(one)
        assert measure(value) == value
    assert told == steps
    expected = [{"epoch": 1, "train": 3.0, "valid": 0.5}, {"epoch": 2, "train": 1.0, "valid": 0.25}]
    assert curve.plain() == [{"part": "", "epochs": expected}]
    assert [point["valid"] for point in curve.plain(sign=-1)[0]["epochs"]] == [-0.5, -0.25]


def test_without_a_measure_there_is_none():
    curve = Curve()
    curve.report(step(1, 2, 3.0))
    assert curve.measured(None) is None
    assert curve.plain() == [{"part": "", "epochs": [{"epoch": 1, "train": 3.0, "valid": None}]}]
    assert Curve().plain() == []


def test_parts_of_a_blend_have_a_curve_each():
    curve = Curve()
    for part in ("a", "b"):
        curve.report(step(1, 2, 1.0, part))
        curve.measured(lambda _: 2.0)(None)
    assert [(line["part"], line["epochs"][0]["valid"]) for line in curve.plain()] == [("a", 2.0), ("b", 2.0)]


def test_a_real_fit_is_noted_epoch_by_epoch():
    rng = np.random.default_rng(0)
    X = as_csr(sparse.csr_array(rng.integers(1, 6, (40, 12)) * (rng.random((40, 12)) < 0.5)))
    curve, values = Curve(), iter([0.9, 0.8, 0.85])
    watch = Watch(measure=curve.measured(lambda _: next(values)), report=curve.report)
    AutoRec(widths=[4], epochs=3, patience=5).fit(X, watch=watch)
    epochs = curve.plain()[0]["epochs"]
    assert [point["valid"] for point in epochs] == [0.9, 0.8, 0.85]
    assert all(np.isfinite(point["train"]) for point in epochs)
