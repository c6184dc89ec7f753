"""The notebook: its two files are in step, what is committed is small and of no machine, and it runs from top to bottom."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from foretaste.recipe import read_recipe

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SCRIPT, NOTEBOOK = DOCS / "tour.py", DOCS / "tour.ipynb"
PRINTED = ("0.8848", "0.3325", "65.16", "9.66", "0.3124", "0.6130")
OURS = {"batch_size"}  # what the notebook leaves to the model, and the talk's recipe says


def cells_of(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def said_by(notebook):
    """Return everything that cells have shown, as text."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            shown += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join(shown)


def assigned(name):
    """Return the value given to a name in the script."""
    for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    raise AssertionError(f"the script assigns no {name}")


@pytest.fixture(scope="module")
def committed():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_script_and_notebook_are_in_step(committed):
    script = jupytext.read(SCRIPT)
    assert cells_of(script) == cells_of(committed), "edit docs/tour.py, then: make tour"
    again = jupytext.reads(jupytext.writes(committed, "py:percent"), "py:percent")
    assert cells_of(again) == cells_of(script)


def test_both_name_the_pair(committed):
    assert committed.metadata["jupytext"]["formats"] == "ipynb,py:percent"
    assert jupytext.read(SCRIPT).metadata["jupytext"]["formats"] == "ipynb,py:percent"


def test_notebook_is_valid_and_was_run_whole(committed):
    nbformat.validate(committed)
    code = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    assert not [output for cell in code for output in cell.outputs if output.get("name") == "stderr"]


def test_notebook_is_small_and_of_no_machine(committed):
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert not [run for run in re.findall(r"[A-Za-z0-9+/=]{200,}", text) if len(run) > 40_000]
    said = said_by(committed)
    assert not re.search(r"/(?:home|root|tmp|work|Users|usr)/|[A-Z]:\\\\", said)
    assert not re.search(r"0x[0-9a-f]{6,}", said)
    assert all(not cell.metadata for cell in committed.cells)


def test_charts_show_values_where_they_are_pointed_at(committed):
    charts = [
        o.data["text/html"] for c in committed.cells for o in c.get("outputs", ()) if "text/html" in o.get("data", {})
    ]
    assert len(charts) >= 5
    for chart in charts:
        assert "<svg" in chart
        assert "<title>" in chart
        assert "http" not in chart.replace("http://www.w3.org", "")


def test_every_printed_number_of_the_talk_is_told(committed):
    prose = "\n".join(cell.source for cell in committed.cells if cell.cell_type == "markdown")
    last = next(text for text in said_by(committed).split("\n\n") if "| printed |" in text)
    for number in PRINTED:
        assert f"\n## {number}" in prose
        assert f"| {number} |" in last


def test_networks_are_those_of_the_talks_recipe():
    talk = {entry.label: entry.settings for entry in read_recipe(ROOT / "recipes" / "talk.toml").models}
    shared = ast.literal_eval(assigned("NETWORK"))
    for name, label in (("SIMPLE", "simple 1500"), ("DEEP", "deep 1500-500-1500")):
        call = assigned(name)
        own = ast.literal_eval(call.args[1].right)
        assert ast.literal_eval(call.keywords[0].value) == label
        settings = {key: list(v) if isinstance(v, tuple) else v for key, v in talk[label].items() if key not in OURS}
        assert shared | own == settings
    factors = assigned("FACTORS")
    assert ast.literal_eval(factors.args[1]) == talk[ast.literal_eval(factors.keywords[0].value)]
    assert ast.literal_eval(assigned("SEED")) == 333


def test_links_lead_somewhere(committed):
    for cell in committed.cells:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", cell.source if cell.cell_type == "markdown" else ""):
            assert (DOCS / target).exists(), target


@pytest.mark.slow
def test_notebook_runs_from_top_to_bottom(tmp_path):
    """On the data that are there; what the text claims is asserted in its cells, so that a claim that fails is an error."""
    places = {name: str(tmp_path / name) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    out = tmp_path / "tour.ipynb"
    done = subprocess.run(
        [sys.executable, str(DOCS / "execute.py"), str(out)], capture_output=True, text=True, check=False,
        env=dict(os.environ) | places,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    ran = nbformat.read(out, as_version=4)
    test_notebook_is_valid_and_was_run_whole(ran)
    test_notebook_is_small_and_of_no_machine(ran)
    assert cells_of(ran) == cells_of(jupytext.read(SCRIPT))
    assert json.loads(out.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"] == "python3"
