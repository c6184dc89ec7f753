"""What train, compare and demo say at the end: the table, the verdict, and the files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from foretaste.cli.list_tables import print_quality
from foretaste.cli.tables import console, print_json, split_line
from foretaste.errors import MissingExtraError
from foretaste.protocols import protocol_lines

ODD = "backslashreplace"
"""What becomes of a file name in the report that is not text in any encoding."""


def show_comparison(report: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a comparison on stdout, as JSON or for people."""
    if as_json:
        print_json(report)
        return
    screen = console()
    data = report["data"]
    counts = f"{data['users']:,} users, {data['items']:,} items, {data['ratings']:,} ratings"
    dropped = f"; {data['duplicates']:,} repeated pairs, {data['bad_rows']:,} bad rows"
    screen.print(f"{data['source']}: {counts}{dropped}.", soft_wrap=True)
    screen.print(split_line(report["split"]), soft_wrap=True)
    print_quality(screen, report)
    for line in report.get("references", ()):
        ours = "nothing" if line["ours"] is None else f"{line['ours']:.4f}"
        words = (
            f"{line['label']}: {line['metric']} {line['value']:.4f}; ours, {line['ours_is']}: {ours}. {line['note']}"
        )
        screen.print(words, soft_wrap=True)
    for line in protocol_lines(report["protocol"], report["models"]) if "protocol" in report else ():
        screen.print(line, soft_wrap=True)
    screen.print(report["verdict"], style="bold", soft_wrap=True)
    if "choice" in report:
        screen.print(report["choice"]["why"], soft_wrap=True)


def write_report(report: Mapping[str, Any], folder: Path) -> Path:
    """Write report.json, and report.html where the extra is installed; return what to look at."""
    numbers = folder / "report.json"
    numbers.write_text(json.dumps(report, indent=2, ensure_ascii=False, default=str), encoding="utf-8", errors=ODD)
    try:
        from foretaste.report import render_report  # noqa: PLC0415 (plotting loads only here)

        page = folder / "report.html"
        page.write_text(render_report(report), encoding="utf-8", errors=ODD)
    except MissingExtraError as error:
        typer.echo(str(error), err=True)
        return numbers
    return page
