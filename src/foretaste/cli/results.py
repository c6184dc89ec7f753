"""What train, compare and demo say at the end: the table, the verdict, and the files."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from foretaste.cli.called import COMMAND
from foretaste.cli.exports import as_csv, as_markdown
from foretaste.cli.list_tables import print_quality
from foretaste.cli.metric_tables import metric_tables
from foretaste.cli.places import check_apart, check_file, check_report, is_page
from foretaste.cli.remarks import remarks
from foretaste.cli.tables import console, print_json, print_line, split_line
from foretaste.data.ratings import counted
from foretaste.errors import InputError, MissingExtraError
from foretaste.experiment import Experiment
from foretaste.protocols import protocol_lines
from foretaste.provenance import command_line
from foretaste.report.words import things_of

STDOUT = Path("-")
ODD = "backslashreplace"
"""What becomes of a file name in the report that is not text in any encoding."""


def report_of(experiment: Experiment) -> dict[str, Any]:
    """Return the report of an experiment, with the command that repeats it and whether it was stopped."""
    report = experiment.report()
    if COMMAND.get():
        report["made"] = report["made"] | {"command": command_line(COMMAND.get())}
    return report | ({"interrupted": True} if experiment.comparison.interrupted else {})


def show_comparison(report: Mapping[str, Any], *, all_metrics: bool = False) -> None:
    """Print a comparison on stdout for people.

    Args:
        report: From `Experiment.report()`.
        all_metrics: Whether the table of every metric is printed too.
    """
    screen = console()
    data, thing = report["data"], things_of(report)
    counts = ", ".join(
        counted(data[f"{noun}s"], name) for noun, name in (("user", "user"), ("item", "item"), ("rating", thing))
    )
    dropped = f"{counted(data['duplicates'], 'repeated pair')}, {counted(data['bad_rows'], 'bad row')}"
    print_line(screen, f"{data['source']}: {counts}; {dropped}.")
    print_line(screen, split_line(report["split"]).replace("rating", thing))
    print_quality(screen, report)
    for table in metric_tables(report["models"], width=screen.width) if all_metrics else ():
        screen.print(table)
    for line in report.get("references", ()):
        ours = "nothing" if line["ours"] is None else f"{line['ours']:.4f}"
        words = (
            f"{line['label']}: {line['metric']} {line['value']:.4f}; ours, {line['ours_is']}: {ours}. {line['note']}"
        )
        print_line(screen, words)
    for line in protocol_lines(report["protocol"], report["models"]) if "protocol" in report else ():
        print_line(screen, line)
    print_line(screen, report["verdict"], "bold")
    if "choice" in report:
        print_line(screen, report["choice"]["why"])
    for line in remarks(report):
        print_line(screen, line)


@dataclass(frozen=True)
class Outputs:
    """Where the numbers of a comparison go, beside the terminal.

    Args:
        as_json: Whether all of them are printed as JSON.
        report: A page where the name ends in .html, else a folder for page and JSON.
        csv: A file with a line a model; ``-`` is stdout.
        markdown: A file with a table for a pull request; ``-`` is stdout.
        all_metrics: Whether the tables for people hold every metric.
    """

    as_json: bool = False
    report: Path | None = None
    csv: Path | None = None
    markdown: Path | None = None
    all_metrics: bool = False

    def check(self) -> None:
        """Refuse what could not be written, before the work.

        Raises:
            InputError: A place cannot be written, or two outputs go to the same one.
            MissingExtraError: See `places.check_report`.
        """
        files = {"--csv": self.csv, "--markdown": self.markdown}
        printed = [name for name, path in files.items() if path == STDOUT]
        if len(printed) + self.as_json > 1:
            first, second = [*(["--json"] if self.as_json else []), *printed][:2]
            raise InputError(f"{first} and {second} both print on stdout", hint="give one of them the name of a file")
        for path in files.values():
            if path is not None and path != STDOUT:
                check_file(path)
        if self.report is not None:
            check_report(self.report)
        page = {"--report": self.report if self.report and is_page(self.report) else None}
        check_apart(page | {name: None if path == STDOUT else path for name, path in files.items()})

    def tell(self, report: Mapping[str, Any]) -> None:
        """Write the files, and print the tables where nothing else goes to stdout."""
        if self.report is not None:
            typer.echo(f"report: {write_report(report, self.report)}", err=True)
        for name, path, made in (("csv", self.csv, as_csv), ("markdown", self.markdown, as_markdown)):
            if path == STDOUT:
                sys.stdout.write(_printable(made(report)))
            elif path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(made(report), encoding="utf-8", errors=ODD, newline="\n")
                typer.echo(f"{name}: {path}", err=True)
        if self.as_json:
            print_json(report)
        elif STDOUT not in {self.csv, self.markdown}:
            show_comparison(report, all_metrics=self.all_metrics)


def _printable(text: str) -> str:
    """Return text with escapes for what stdout cannot print."""
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, errors=ODD).decode(encoding)


def write_report(report: Mapping[str, Any], place: Path) -> Path:
    """Write a page where the name ends in .html; else report.json, and report.html where the extra is installed.

    Args:
        report: From `Experiment.report()`.
        place: The page, or a folder, which is made.

    Returns:
        What to look at.
    """
    from foretaste.report import finite, render_report  # noqa: PLC0415 (plotting loads only here)

    if is_page(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(render_report(report), encoding="utf-8", errors=ODD)
        return place
    place.mkdir(parents=True, exist_ok=True)
    numbers, page = place / "report.json", place / "report.html"
    text = json.dumps(finite(report), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    numbers.write_text(text, encoding="utf-8", errors=ODD)
    try:
        page.write_text(render_report(report), encoding="utf-8", errors=ODD)
    except MissingExtraError as error:
        typer.echo(str(error), err=True)
        return numbers
    return page
