"""The picture of a search: every trial is in it, it asks nobody for anything, and foreign words do no harm."""

import importlib
import re
import sys
from typing import Any

import pytest

from foretaste.errors import MissingExtraError
from foretaste.report import search as module
from foretaste.report.search import search_chart, search_page


def trial(number: int, rmse: float | None, people: float = 1.0, **settings: object) -> dict[str, Any]:
    state = "pruned" if rmse is None else "done"
    return {"number": number, "people": people, "state": state, "rmse": rmse, "settings": settings}


def found(*tried: dict[str, Any], name: str = "autorec") -> dict[str, Any]:
    line = {
        "model": name, "default_rmse": 0.9, "best_rmse": 0.8, "trials": len(tried), "pruned": 1,
        "settings": {"l2": 0.5, "widths": (8, 4)}, "tried": list(tried), "few_trials": 0, "few_share": 1.0,
    }  # fmt: skip
    return {"data": {"source": "films <1>"}, "metric": "rmse", "models": [line]}


TRIED = [
    trial(0, 0.9, l2=1.0, widths=(8,), mask=True),
    trial(1, 0.8, l2=0.01, widths=(8, 4), mask=False),
    trial(2, None, l2=0.5, widths=(8,), mask=True),
    trial(3, 0.85, l2=0.1, widths=(8,), mask=True),
]


def test_every_finished_trial_is_drawn_in_every_chart() -> None:
    svg = search_chart(found(*TRIED))
    assert svg.startswith("<svg")
    assert svg.count('aria-roledescription="circle"') == 3 * 4
    for words in ("trial", "l2", "widths", "mask", "[8, 4]", "RMSE on validation", "defaults", "autorec"):
        assert words in svg


def ranked() -> dict[str, Any]:
    """Return the same search by NDCG@100, which is the better the higher it is."""
    out = found(*TRIED)
    line = out["models"][0]
    tried = [{"ndcg@100" if name == "rmse" else name: value for name, value in trial.items()} for trial in TRIED]
    line |= {"default_ndcg@100": line.pop("default_rmse"), "best_ndcg@100": 0.9, "tried": tried}
    del line["best_rmse"]
    return out | {"metric": "ndcg@100"}


def test_lists_are_drawn_by_their_ndcg_and_the_best_so_far_rises() -> None:
    svg, page = search_chart(ranked()), search_page(ranked())
    assert svg.count('aria-roledescription="circle"') == 3 * 4
    assert "NDCG@100 on validation" in svg
    assert "RMSE" not in svg + page
    assert "<p>NDCG@100 on validation, higher is better; the test part was not looked at.</p>" in page
    assert "Defaults 0.9000, best 0.9000 in 4 trials" in page
    rows = [{"number": n, "ndcg@100": value, "settings": {}} for n, value in enumerate((0.2, 0.1, 0.3))]
    for metric, best in (("ndcg@100", [0.2, 0.2, 0.3]), ("rmse", [0.2, 0.1, 0.1])):
        points = [{**row, metric: row["ndcg@100"]} for row in rows]
        chart = module._over_time(points, metric, "m").to_dict()
        assert [row["best"] for row in next(iter(chart["datasets"].values()))] == best


def test_the_page_asks_nobody_for_anything() -> None:
    page = search_page(found(*TRIED))
    assert not re.findall(r"(?:src|href)\s*=", page.replace("xlink:href", "").replace('xmlns:xlink="', ""))
    assert "<script" not in page
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in page
    assert "prefers-color-scheme: dark" in page
    assert "films &lt;1&gt;" in page
    words = "in 4 trials; 1 of them were given up and are not drawn. l2 = 0.5, widths = [8, 4]."
    assert f"Defaults 0.9000, best 0.8000 {words}" in page


def test_two_stages_are_told() -> None:
    staged = found(*TRIED)
    staged["models"][0] |= {"few_trials": 7, "few_share": 0.25}
    assert "in 4 trials and 7 on 0.25 of the people; " in search_page(staged)


def test_options_stand_in_their_order() -> None:
    points = [trial(n, 0.9, widths=value, mask=n > 0) for n, value in enumerate(((512,), (64, 8), (1024,)))]
    assert module._against(points, "rmse", "widths").to_dict()["encoding"]["x"]["sort"] == [
        "[64, 8]",
        "[512]",
        "[1024]",
    ]
    assert module._against(points, "rmse", "mask").to_dict()["encoding"]["x"]["sort"] == ["False", "True"]


@pytest.mark.parametrize(("trials", "ticks"), [(1, [1]), (2, [1, 2]), (60, list(range(1, 61, 3)))])
def test_trials_are_numbered_by_whole_numbers(trials: int, ticks: list[int]) -> None:
    chart = module._over_time([trial(n, 0.9) for n in range(trials)], "rmse", "m").to_dict()
    assert chart["layer"][0]["encoding"]["x"]["axis"]["values"] == ticks


def test_two_values_are_not_drawn_setting_by_setting() -> None:
    assert search_chart(found(*TRIED[:2])).count('aria-roledescription="circle"') == 2


def test_a_wide_range_is_drawn_by_factors_and_a_narrow_one_is_not() -> None:
    wide, narrow = (
        [trial(n, 0.9, x=x) for n, x in enumerate(values)] for values in ((0.01, 0.1, 1.0), (1.0, 2.0, 3.0))
    )
    assert module._against(wide, "rmse", "x").to_dict()["encoding"]["x"]["scale"]["type"] == "log"
    assert module._against(narrow, "rmse", "x").to_dict()["encoding"]["x"]["scale"]["type"] == "linear"
    assert (
        module._against([trial(0, 0.9, x=0.0), *wide], "rmse", "x").to_dict()["encoding"]["x"]["scale"]["type"]
        == "linear"
    )


def test_trials_on_few_people_are_drawn_apart() -> None:
    svg = search_chart(
        found(*TRIED, *(trial(n, 1.0 + n, 0.25, l2=0.1 * n, widths=(8,), mask=True) for n in range(1, 6)))
    )
    assert svg.count('aria-roledescription="circle"') == 3 * 4 + 5 * 4
    assert "on 0.25 of the people" in svg


def test_a_search_that_found_nothing_has_a_page_too() -> None:
    nothing = found(trial(0, None))
    nothing["models"][0] |= {"best_rmse": None, "default_rmse": None}
    assert "No trial came to its end." in search_page(nothing)


def test_a_model_with_nothing_to_choose_has_one_chart() -> None:
    assert search_chart(found(trial(0, 0.9))).count('aria-roledescription="circle"') == 1


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    monkeypatch.delitem(sys.modules, "foretaste.report.search")
    words = "a plot needs altair, which is not installed\nhint: pip install 'foretaste\\[report\\]'"
    with pytest.raises(MissingExtraError, match=words):
        importlib.import_module("foretaste.report.search")
