"""The nouns of a report: what may be left out is empty."""

from foretaste.report.parts import Figure, Section, Table


def test_a_section_needs_nothing_but_a_name_and_a_title():
    section = Section("x", "X")
    assert (section.lead, section.figures, section.tables, section.notes) == ("", (), (), ())
    assert Table(("a",), [("b",)]).summary == ""
    assert Figure("what", "<svg/>", "<svg/>").caption == ""
