"""A report becomes one self-contained HTML page: no outside request. Needs the extra `report`."""

from foretaste.report.page import check_extra, finite, render_report

__all__ = ["check_extra", "finite", "render_report"]
