"""What a dry run says: counts, a table of memory that fits 80 columns, and the machine."""

import json
import re

import pytest
from rich.console import Console

from foretaste.cli.forecast import forecast_table, show_plan
from foretaste.entries import Entry
from foretaste.plan import make_plan
from tests.judging import SPLIT

DATA = {"source": "a/[b].csv", "users": 1234, "items": 5, "ratings": 6789}
GATE = [Entry(name) for name in ("mean", "bias", "biased_mf", "popularity")]


@pytest.fixture
def plan():
    return make_plan(SPLIT, [*GATE, Entry("autorec", {"batch_size": 8})])


def test_people_see_what_would_be_trained_what_it_takes_and_what_there_is(capsys, plan):
    show_plan(DATA, plan, as_json=False)
    out = capsys.readouterr().out
    last = plan.lines[-1]
    assert out.startswith("Dry run: nothing is trained, nothing is written.\n")
    assert "data:    a/[b].csv, 1,234 users x 5 items, 6,789 ratings\n" in out
    assert f"autorec, {last.parameters:,} parameters, {last.batches} batches an epoch, 40 epochs at most\n" in out
    for label in ("mean", "bias", "biased_mf", "popularity", "autorec"):
        assert re.search(rf"│ {label} +│", out)
    assert f"{last.forecast.total / 1e9:.3f} │\n" in out
    assert re.search(r"\npeak:    [\d,.]+ GB\nmachine: [\d,.]+ GB, of which [\d,.]+ GB are free\n$", out)


def test_the_table_fits_80_columns_and_no_cell_wraps(plan):
    screen = Console(width=80, record=True, file=None, force_terminal=False)
    with screen.capture() as shown:
        screen.print(forecast_table(plan))
    lines = shown.get().rstrip("\n").split("\n")
    assert len(lines) == 4 + 5 + 1
    assert max(map(len, lines)) <= 80
    assert "…" not in shown.get()


def test_a_model_without_batches_says_no_pace(capsys):
    show_plan(DATA, make_plan(SPLIT, GATE[:1]), as_json=False)
    assert re.search(r"\nmodel:   mean, 1 parameters\n", capsys.readouterr().out)


def test_programs_see_json_alone(capsys, plan):
    show_plan(DATA, plan, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == {"data": DATA} | plan.to_json()
