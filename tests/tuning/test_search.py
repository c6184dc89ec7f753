"""How much is tried, and words for times."""

import math
import re

import pytest

from foretaste.errors import ParamsError
from foretaste.tuning.search import QUICK_S, QUICK_TRIALS, Search, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), ("1.5h", 5400), (" 2 m ", 120), ("0.5m", 30)]
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "10 min", "1d", "1h30m", "1e3s", "infs"])
def test_what_is_no_time_is_refused_with_words(text: str) -> None:
    words = re.escape(f'cannot read the time "{text}", expected a number with s, m or h\nhint: such as 90s, 10m or 1h')
    with pytest.raises(ParamsError, match=words):
        parse_time(text)


def test_trials_count_for_each_model_and_no_time_does() -> None:
    search = Search(trials=7)
    assert search.most == 7
    assert search.seconds(3) is None


def test_a_budget_is_divided_equally() -> None:
    search = Search(budget_s=90)
    assert math.isinf(search.most)
    assert search.seconds(3) == 30
    assert search.seconds(0) == 90


def test_a_quick_search_has_a_time_and_an_end() -> None:
    assert Search().seconds(3) == QUICK_S < 300
    assert Search().most == QUICK_TRIALS


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"trials": 3, "budget_s": 4}, "trials and budget are both given\nhint: give one of them"),
        ({"trials": 0}, "trials is 0, expected 1 to 1000000"),
        ({"budget_s": 0.5}, "budget is 0.5, expected at least 1"),
        ({"repeats": 0}, "repeats is 0, expected 1 to 100"),
        ({"jobs": 0}, "jobs is 0, expected 1 to 256"),
    ],
)
def test_searches_that_make_no_sense_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        Search(**settings)
