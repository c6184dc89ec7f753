"""A report becomes one self-contained HTML page: no script, no outside request. Needs the extra `report`."""

from foretaste.report.page import render_report

__all__ = ["render_report"]
