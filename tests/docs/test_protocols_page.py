"""The page of protocols says what the recipes say, and names every kind of split and every rule of what is hidden."""

import json
import re
from pathlib import Path

import numpy as np

from foretaste.protocols import protocol_names, protocol_settings, read_protocol
from foretaste.recipe import SPLITS
from foretaste.split import Hide
from foretaste.split.holdout import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "protocols.md"
BEGIN, END = "<!-- from recipes/protocols: begin -->", "<!-- from recipes/protocols: end -->"


def told(name: str) -> str:
    """Return what the page says of a protocol, made of its file alone."""
    recipe = read_protocol(name)
    about = recipe.protocol
    settings = "; ".join(
        f"{table}: " + ", ".join(f"`{key} = {json.dumps(value)}`" for key, value in said.items())
        for table, said in protocol_settings(recipe).items()
    )
    lines = [
        f"### `{name}`", "", f"{recipe.title}.", "", f"- Source: {about.source}", f"- {settings}",
        f"- Reports {', '.join(f'`{metric}`' for metric in about.metrics)}.", "- Differs:",
        *(f"  - {text}" for text in about.differences), "",
    ]  # fmt: skip
    return "\n".join(lines)


def test_the_page_tells_every_protocol_as_its_file_does():
    """Where this fails, the text between the two marks is to be what `told` returns."""
    text = PAGE.read_text(encoding="utf-8")
    between = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()
    assert between == "\n".join(map(told, protocol_names())).strip()


def test_the_page_names_every_kind_of_split_and_every_rule():
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in SPLITS if f"| `{kind}` |" not in text] == []
    rules = re.findall(r"^\| `([^`]+)`.* \| ([\d to]+) \|", text, flags=re.MULTILINE)
    assert {Hide.parse(rule).how for rule, _ in rules} == {
        "fraction",
        "per-user",
        "given",
        "total",
        "newest",
        "newest-fraction",
        "first",
    }
    assert all(rule in RULES for rule, _ in rules)


def test_what_a_rule_hides_of_ten_ratings_is_what_the_page_says():
    rules = re.findall(r"^\| `([^`]+)`.* \| ([\d to]+) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for text, hidden in rules:
        rule = Hide.parse(text)
        assert rule.how == "total" or rule.wanted(np.array([10])).tolist() == [int(hidden)], text
