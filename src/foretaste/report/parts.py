"""What a report is made of, before it is a page: sections of figures, tables and words, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """A chart in its two versions.

    Args:
        label: What it shows, in words for those who do not see it.
        wide: SVG for a desk or a sheet of paper.
        narrow: SVG for a phone, with letters of the same size.
        caption: Words below.
    """

    label: str
    wide: str
    narrow: str
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Numbers in rows.

    Args:
        head: Names of the columns.
        rows: Cells as they are printed, the first of each a name.
        summary: What a reader clicks on to see it; empty where it is open from the start.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    summary: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Args:
        name: Its anchor.
        title: Its heading.
        lead: One sentence that says what is to be seen.
        figures: Charts.
        tables: Numbers.
        notes: How to read them; a `Markup` keeps its tags, anything else is escaped.
    """

    name: str
    title: str
    lead: str = ""
    figures: Sequence[Figure] = field(default_factory=tuple)
    tables: Sequence[Table] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
