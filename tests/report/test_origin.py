"""Where numbers come from: the recipe as TOML gives the same recipe back."""

import tomllib

import pytest

from foretaste.recipe import parse_recipe
from foretaste.report.origin import facts, made, protocol_section, recipe_text, references_section

RECIPE = {
    "title": 'A "title" with \\ and \x7f and \N{BRIDGE AT NIGHT}',
    "seed": 3,
    "refit": False,
    "data": {"min_rating": 3.5, "top_users": 10},
    "split": {"kind": "random", "test": 0.25},
    "models": [{"model": "bias"}, {"model": "autorec", "label": "deep", "widths": (8, 4), "l2": 1e-05, "epochs": 2}],
    "references": [{"label": "the talk", "metric": "MAPE", "value": 0.31, "beside": "deep.mape", "note": "Why."}],
}


def test_a_recipe_comes_back_from_its_toml():
    recipe = parse_recipe(
        RECIPE | {"models": [row | ({"widths": [8, 4]} if "widths" in row else {}) for row in RECIPE["models"]]}
    )
    text = recipe_text(recipe.to_dict())
    assert parse_recipe(tomllib.loads(text)) == recipe
    assert "[[models]]" in text
    assert "None" not in text


@pytest.mark.parametrize("value", [True, 3, 0.1, "words", [1, 2], ["a", "b"], {"x": 1.5}, []])
def test_values_are_written_as_toml_reads_them(value):
    text = recipe_text({"models": [{"model": "x", "odd key": 1, "value": value}]})
    table = tomllib.loads(text)["models"][0]
    assert table["odd key"] == 1
    assert table.get("value", value) == value


def test_references_stand_beside_ours():
    assert references_section({}) is None
    line = {"label": "<i>", "metric": "MAPE", "value": 0.31, "ours": None, "ours_is": "mape of x", "note": "Why & how."}
    section = references_section({"references": [line]})
    assert section.tables[0].rows == [("<i>", "MAPE", "0.3100", "- (mape of x)")]
    assert section.notes == ["<b>&lt;i&gt;, MAPE.</b> Why &amp; how."]


def test_a_protocol_is_told_with_what_differs_and_what_was_changed():
    assert protocol_section({}) is None
    found = {"name": "p", "source": "S.", "differences": ["<D>."], "metrics": ["rmse", "mae"], "changed": ["C."]}
    rows = [{"model": "a", "rmse": 0.9, "rmse_low": 0.8, "rmse_high": 1.0}, {"model": "b", "rmse": None}]
    section = protocol_section({"protocol": found, "models": rows})
    assert (section.title, section.lead) == ("Protocol: p", "S.")
    assert section.tables[0].head == ("model", "rmse")
    assert section.tables[0].rows == [("a", "0.9000 (0.8000 to 1.0000)")]
    assert section.notes == ["<b>Changed here:</b> C.", "<b>Differs:</b> &lt;D&gt;."]
    assert protocol_section({"protocol": found, "models": []}).tables == ()


def test_facts_are_in_words():
    report = {
        "data": {"source": "x", "ratings": 12345, "steps": ["a", "b"], "scale": [1, 5], "none": []},
        "split": {"seed": 12345, "x": None},
    }
    assert facts(report) == [
        ("source", "x"),
        ("ratings", "12,345"),
        ("steps", "a; b"),
        ("scale", "[1, 5]"),
        ("seed", "12345"),
    ]


def test_what_repeats_a_report_is_told():
    assert made({}) == []
    found = {
        "command": "foretaste compare x",
        "seed": 0,
        "fingerprint": "9f",
        "versions": {"numpy": "2", "torch": "3"},
        "machine": {"cpus": 2, "memory_bytes": 25_000_000_000},
    }
    assert made({"made": found}) == [
        ("command", "foretaste compare x"),
        ("seed", "0"),
        ("fingerprint", "9f"),
        ("versions", "numpy 2, torch 3"),
        ("machine", "2 processors, 25.0 GB of memory"),
    ]
