"""What is said below the tables: only of what was measured."""

import pytest

from foretaste.cli.remarks import remarks

TESTS = [{"model": "mean", "p_holm": 0.001}, {"model": "bias", "p_holm": 0.2}]
FOUND = {"metric": "rmse", "subject": "ridge", "floor": 0.0038, "tests": TESTS}
POINTS = [{"value": 1.026}, {"value": 1.0}, {"value": 0.965}]


def test_nothing_is_said_of_what_was_not_measured():
    assert remarks({}) == []
    assert remarks({"significance": FOUND | {"floor": None}, "calibration": {"model": "x", "levels": []}}) == []


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        (TESTS, " Not told apart from ridge: bias (p > 0.05, Holm)."),
        (TESTS[:1], " Every model differs from ridge by more than noise (p < 0.05, Holm)."),
        ([], ""),
        ([{"model": "mean"}], ""),
    ],
)
def test_the_noise_floor_and_who_is_within_it(tests, words):
    floor = "Noise floor: differences in RMSE under 0.0038 mean nothing on this split."
    assert remarks({"significance": FOUND | {"tests": tests}}) == [floor + words]


def test_newcomers_after_none_five_and_twenty_ratings():
    curve = {"metric": "rmse", "given": [0, 1, 5], "people": 9, "models": {"bias": POINTS[::-1], "ridge": POINTS}}
    assert remarks({"newcomers": curve})[0].startswith("A newcomer's RMSE with bias: 0.965 before any rating")
    said = remarks({"newcomers": curve, "significance": FOUND})[1]
    assert said == "A newcomer's RMSE with ridge: 1.026 before any rating, 0.965 after 5."
    told = remarks({"newcomers": curve | {"sentences": {"bias": "It is better."}}})
    assert told == ["A newcomer's RMSE with bias: 0.965 before any rating, 1.026 after 5. It is better."]
    assert remarks({"newcomers": curve | {"models": {"ridge": [{"value": None}] * 3}}}) == []
    assert remarks({"newcomers": curve | {"models": {}}}) == []


def test_seeds_beside_people():
    one = {"values": [1.0, 1.1], "mean": 1.05, "sd_seeds": 0.07, "se_users": 0.01}
    seeds = {"seeds": [0, 1], "metric": "rmse", "models": {"deep": one}}
    assert remarks({"seeds": seeds}) == ["Over 2 seeds deep moves by 0.0700 (sd), over people by 0.0100 (se)."]
    assert remarks({"seeds": seeds | {"models": {"deep": one | {"sd_seeds": None}}}}) == []
    assert remarks({"seeds": seeds | {"models": {}}}) == []


def test_intervals_and_what_they_hold():
    levels = [{"level": 0.8, "coverage": 0.773}, {"level": 0.95, "coverage": 0.9141}]
    words = "Of ridge's intervals, those of 80 % hold 77.3 %, those of 95 % hold 91.4 % of the hidden ratings."
    assert remarks({"calibration": {"model": "ridge", "levels": levels}}) == [words]
