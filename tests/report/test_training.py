"""Training curves: loss and validation apart, epoch by epoch."""

import re

from foretaste.report.training import curves_section

EPOCHS = [
    {"epoch": 1, "train": 1.5, "valid": 0.99},
    {"epoch": 2, "train": 1.2, "valid": 0.91},
    {"epoch": 3, "train": 1.1, "valid": 0.93},
]
CURVE = {"model": "autorec", "phase": "choose", "metric": "rmse", "epochs": EPOCHS}


def titles(svg):
    return re.findall("<title>(.*?)</title>", svg)


def test_both_curves_are_drawn_and_the_best_epoch_is_named():
    section = curves_section({"curves": [CURVE]})
    for svg in (section.figures[0].wide, section.figures[0].narrow):
        assert titles(svg) == [f"epoch {n}: loss {v}" for n, v in ((1, "1.5000"), (2, "1.2000"), (3, "1.1000"))] + [
            f"epoch {n}: RMSE {v}" for n, v in ((1, "0.9900"), (2, "0.9100"), (3, "0.9300"))
        ]
        for words in (
            "best RMSE 0.9100 at epoch 2",
            "training loss",
            "RMSE on validation",
            "epoch (passes over the data)",
        ):
            assert words in svg
    assert section.tables[0].rows[1] == ("autorec", "2", "1.2000", "0.9100")


def test_of_lists_the_highest_is_best():
    curve = CURVE | {"metric": "ndcg@100", "phase": "refit"}
    svg = curves_section({"curves": [curve]}).figures[0].wide
    assert "autorec (refit): best NDCG@100 0.9900 at epoch 1" in svg


def test_what_was_not_watched_or_has_no_epoch_is_left_out():
    unwatched = CURVE | {"epochs": [{"epoch": 1, "train": 1.5, "valid": None}]}
    svg = curves_section({"curves": [unwatched]}).figures[0].wide
    assert titles(svg) == ["epoch 1: loss 1.5000"]
    assert "validation" not in svg.partition(">")[2]
    assert curves_section({"curves": [CURVE | {"epochs": []}]}) is None
    assert curves_section({}) is None


def test_many_epochs_have_few_numbers_below():
    many = CURVE | {"epochs": [{"epoch": n, "train": 1 / n, "valid": 1.0} for n in range(1, 201)]}
    svg = curves_section({"curves": [many]}).figures[0].narrow
    assert len(re.findall(r">(?:25|50|75|100|125|150|175|200)<", svg)) == 16
