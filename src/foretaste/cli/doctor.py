"""foretaste doctor: look at data before anything is fitted, alone or with a test file, a split or a bundle."""

from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer
from rich.console import Console

from foretaste.cli import options as o
from foretaste.cli.locate import locate
from foretaste.cli.tables import console, fitting_table, print_json
from foretaste.doctor import Diagnosis, Finding, examine, open_case
from foretaste.doctor.division import known_to
from foretaste.doctor.finding import SEVERITIES
from foretaste.errors import ParamsError, nearest
from foretaste.models.params import build_params
from foretaste.recipe import SPLITS, SplitParams
from foretaste.split.holdout import RULES

STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold"}
LIMITS = ("never", "warning", "error")
HOW_TOLD = "Memory is each model's own forecast; time is scaled from fits on one core of a server, about."
FAILED = 1
"""Exit code where something as bad as ``--fail-on`` was found; 2 is for what could not be looked at."""
MOST = 80
"""Characters of a line at most: longer ones are hard to read."""


def doctor_command(
    data: o.Data,
    test: Annotated[str | None, typer.Option("--test", help="Your test file; DATA is then the train file.")] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="Bundle that is to be used on DATA.", metavar="BUNDLE")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="How DATA are to be divided, or what your two files are said to be: "
            f"{', '.join(SPLITS[:-1])} or {SPLITS[-1]}.",
        ),
    ] = None,
    hide: Annotated[str | None, typer.Option("--hide", help=f"{RULES}.")] = None,
    seed: o.Seed = 0,
    columns: o.Columns = None,
    separator: o.Separator = None,
    duplicates: o.Duplicates = None,
    fail_on: Annotated[
        str,
        typer.Option("--fail-on", help="Exit with 1 if there is an error, or a warning, or never.", metavar="LEVEL"),
    ] = "never",
    forecast: Annotated[
        bool, typer.Option("--forecast/--no-forecast", help="Say what the usual models would take.")
    ] = True,
    as_json: o.Json = False,
) -> None:
    """Look for what is wrong with ratings, a split or a bundle, and say what to do about it."""
    o.check_split(split, SPLITS)
    if fail_on not in LIMITS:
        raise ParamsError(
            f'--fail-on is "{fail_on}", expected one of {", ".join(LIMITS)}', hint=nearest(fail_on, LIMITS)
        )
    named = {"kind": split, "hide": hide, "seed": seed or None}
    given = {name: word for name, word in named.items() if word is not None}
    params = build_params(SplitParams, given) if given else None
    options = o.reading(columns, separator, None, duplicates)
    locate(data)  # a public set is fetched with a bar
    diagnosis = examine(open_case(data, options, test=test, bundle=bundle, split=params), forecast=forecast)
    if as_json:
        print_json(diagnosis.to_dict())
    else:
        show(console(), diagnosis)
    if diagnosis.fails(fail_on):
        raise typer.Exit(FAILED)


def show(screen: Console, diagnosis: Diagnosis) -> None:
    """Print what was found: a sentence, every finding, the facts, what models would take."""
    screen.print(_summary(diagnosis), style="bold", soft_wrap=True)
    for finding in diagnosis.findings:
        screen.print()
        _show_finding(screen, finding)
    screen.print()
    for name, words in _facts(diagnosis).items():
        _paragraph(screen, f"{name + ':':<10}{words}", " " * 10)
    if diagnosis.costs:
        columns = {
            "model": [cost.model for cost in diagnosis.costs],
            "memory": [f"{cost.memory_bytes / 1e6:,.0f} MB" for cost in diagnosis.costs],
            "about": ["" if cost.about_s is None else _duration(cost.about_s) for cost in diagnosis.costs],
        }
        screen.print()
        screen.print(fitting_table("What one fit would take", columns, ("about",), screen.width))
        _paragraph(screen, HOW_TOLD, "")


def _summary(diagnosis: Diagnosis) -> str:
    facts = diagnosis.facts
    what = "clicks" if facts["implicit"] else "ratings"
    sizes = f"{facts['users']:,} users, {facts['items']:,} items, {facts['ratings']:,} {what}"
    counts = {severity: diagnosis.count(severity) for severity in SEVERITIES}
    told = [f"{n} {severity}{'s' * (n != 1)}" for severity, n in counts.items() if n]
    return f"{sizes}: {', '.join(told) or 'nothing is wrong'}."


def _show_finding(screen: Console, finding: Finding) -> None:
    screen.print(f"{finding.severity.upper()}  {finding.code}", style=STYLES[finding.severity], soft_wrap=True)
    for words in (finding.title, finding.evidence, *(f"- {example}" for example in finding.examples), finding.advice):
        _paragraph(screen, words, "  ")
    if finding.command:
        screen.print(f"    {finding.command}", soft_wrap=True)  # a line to copy is not broken


def _paragraph(screen: Console, words: str, indent: str) -> None:
    first = "" if words.startswith(tuple(f"{name}:" for name in ("data", "scale", "spread", "split"))) else indent
    width = min(screen.width, MOST)
    for line in wrap(words, width, initial_indent=first, subsequent_indent=indent) or [""]:
        screen.print(line, soft_wrap=True)


def _facts(diagnosis: Diagnosis) -> dict[str, str]:
    facts, split = diagnosis.facts, diagnosis.split
    low, high = facts["scale"]
    dates = "no times" if facts["dates"] is None else f"{facts['dates'][0]} to {facts['dates'][1]}"
    law = "" if facts["power_law"] is None else f", power law exponent {facts['power_law']:.2f}"
    out = {
        "data": f"density {100 * facts['density']:.3g} %, {dates}; {facts['titled']:,} of {facts['items']:,} items have a "
        "title",
        "scale": f"{low:g} to {high:g}, mean {facts['mean']:.3g}",
        "spread": f"ratings per user {_five(facts['per_user'])}, per item {_five(facts['per_item'])} (least, quartiles, "
        f"most); {facts['users_with_one']:,} users and {facts['items_with_one']:,} items have one; items: "
        f"Gini {facts['gini']:.2f}{law}, the most rated hundredth has {100 * facts['top_share']:.0f} % of the ratings",
    }
    if split is not None:
        out["split"] = _split(split)
    return out


def _split(split: dict[str, Any]) -> str:
    cold = 100 * split["test_hidden_cold"] / max(split["test_hidden"], 1)
    words = f"{split['kind']}: {split['test_hidden']:,} hidden ratings of {split['test_users']:,} people, "
    words += f"{cold:.1f} % of them of items that training does not know"
    return words + known_to(split["noise"] or 0.0)


def _five(numbers: list[float]) -> str:
    return ", ".join(f"{number:,.0f}" for number in numbers)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 0.1):.1g} s" if seconds < 10 else f"{round(seconds, -1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
