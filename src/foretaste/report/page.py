"""The page: words and tables by jinja2, charts as inline SVG."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from foretaste.errors import MissingExtraError
from foretaste.verdict import blend_sentence, pair_sentence


def render_report(report: Mapping[str, Any]) -> str:
    """Return the HTML of a report.

    Args:
        report: From `Experiment.report()`.

    Raises:
        MissingExtraError: The extra `report` is not installed.
    """
    try:
        import jinja2  # noqa: PLC0415 (optional)

        from foretaste.report.charts import metric_chart  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            f"the HTML report needs {error.name}, which is not installed", hint="pip install 'foretaste[report]'"
        ) from error
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["number"] = number
    environment.filters["percent"] = percent
    environment.filters["signed"] = signed
    environment.filters["blend"] = blend_sentence
    environment.filters["pair"] = pair_sentence
    template = environment.from_string((files("foretaste.report") / "page.html").read_text(encoding="utf-8"))
    lists = all(row["rmse"] is None for row in report["models"])
    return template.render(report=report, lists=lists, chart=metric_chart(report["models"]))


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many digits, or a dash."""
    return "-" if value is None else f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """Return a difference with its sign, or a dash."""
    return "-" if value is None else f"{value + 0.0:+.4f}"


def percent(value: float | None) -> str:
    """Return a share in per cent, or a dash."""
    return "-" if value is None else f"{100 * value:.1f} %"
