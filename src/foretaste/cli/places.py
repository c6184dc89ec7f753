"""Where results are to go, looked at before the work: a file, a folder of reports, a checkpoint."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from foretaste.bundle_folder import REPORTS, check_place, reason
from foretaste.errors import InputError
from foretaste.fitting import checkpoint_path

PAGES = (".html", ".htm")
"""How a report's name ends where it is one page and no folder, in letters of any size."""


def is_page(path: Path) -> bool:
    """Return whether a report of that name is one page, and no folder."""
    return path.suffix.lower() in PAGES


def check_file(path: Path, *, beside: str = "") -> None:
    """Refuse a file that could not be written.

    Args:
        path: The file.
        beside: What its name may grow by while it is written.

    Raises:
        InputError: It is a folder, its name is too long, or nothing can be written to its folder.
    """
    check_place(path.parent)
    try:
        if path.is_dir():
            raise InputError(f"cannot write {path}: it is a folder", hint="give the name of a file")
        path.with_name(path.name + beside).lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"cannot write {path}: {reason(error)}", hint="give another name") from error


def check_apart(places: Mapping[str, Path | None]) -> None:
    """Refuse one file for two things, also where the one is to be replaced: what was written first would be lost.

    Args:
        places: Files by what the user calls them; None where there is none.

    Raises:
        InputError: Two are the same.
    """
    there = [(name, path) for name, path in places.items() if path is not None]
    for (first, one), (second, other) in combinations(there, 2):
        if one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other)):
            raise InputError(f"{first} and {second} are the same file: {one}", hint="give each its own name")


def check_report(path: Path) -> None:
    """Refuse a report that could not be written: one page where the name ends in .html, else a folder of reports.

    Raises:
        InputError: It is ``-``, or as `check_file`.
        MissingExtraError: A page is asked for, and what draws it is not installed.
    """
    if path == Path("-"):
        raise InputError('--report is "-", and no report is printed', hint="name a page: --report report.html")
    if not is_page(path):
        check_reports(path)
        return
    check_file(path)
    from foretaste.report import check_extra  # noqa: PLC0415 (nothing but this asks for it so early)

    check_extra()


def check_reports(folder: Path) -> None:
    """Refuse a folder in which the reports could not be written.

    Raises:
        InputError: As `check_file`.
    """
    check_place(folder)
    for name in REPORTS:
        check_file(folder / name)


def check_checkpoint(path: Path, labels: Sequence[str]) -> None:
    """Refuse a checkpoint that could not be kept after the first epoch.

    Args:
        path: What the names of its files begin with.
        labels: Lines of the comparison; their names follow.

    Raises:
        InputError: It is no name of a file, or as `check_file`.
    """
    if path.name in {"", ".."}:
        raise InputError(f'--checkpoint is "{path}", expected the name of a file', hint="such as --checkpoint run")
    longest = max(labels, key=len, default="")
    check_place(path.parent)
    check_file(checkpoint_path(path, longest, "choose"), beside=".part")
