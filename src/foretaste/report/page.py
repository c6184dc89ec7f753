"""The page: sections in their order, words and tables by jinja2, charts as inline SVG, and nothing from anywhere else."""

import base64
import hashlib
import math
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from foretaste.data.ratings import counted
from foretaste.errors import MissingExtraError

if TYPE_CHECKING:
    from foretaste.report.parts import Section


NEEDED = ("altair", "jinja2", "vl_convert")
"""What draws a report; the extra `report` installs it."""


def check_extra() -> None:
    """Say what is not installed, before the work.

    Raises:
        MissingExtraError: One of `NEEDED` is not there.
    """
    for name in NEEDED:
        if find_spec(name) is None:
            raise MissingExtraError(
                f"the HTML report needs {name}, which is not installed", hint="pip install 'foretaste[report]'"
            )


def render_report(report: Mapping[str, Any]) -> str:
    """Return the HTML of a report.

    Args:
        report: From `Experiment.report()`; parts that are not there are left out.

    Raises:
        MissingExtraError: The extra `report` is not installed.
    """
    check_extra()
    import jinja2  # noqa: PLC0415 (optional)

    from foretaste.report.hero import hero_of  # noqa: PLC0415
    from foretaste.report.origin import facts, made, recipe_text  # noqa: PLC0415
    from foretaste.report.words import metric_of, people, things_of  # noqa: PLC0415

    report = finite(report)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _text("page.js").strip()
    return environment.from_string(_text("page.html")).render(
        report=report,
        lists=metric_of(report["models"]) != "rmse",
        thing=things_of(report),
        counted=counted,
        people=people,
        hero=hero_of(report),
        sections=list(sections(report)),
        facts=facts(report),
        made=made(report),
        recipe=recipe_text(report["recipe"]) if report.get("recipe") else "",
        style=style_sheet(),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def style_sheet() -> str:
    """Return how pages look, light and dark, their charts too."""
    from foretaste.report.drawing import dark_rules  # noqa: PLC0415 (plotting loads only here)

    return f"{_text('page.css')}\n@media screen and (prefers-color-scheme: dark) {{\n{dark_rules()}\n}}"


def sections(report: Mapping[str, Any]) -> Iterator["Section"]:
    """Yield the parts of a report in the order of the page, those that there is something to say of.

    Args:
        report: From `Experiment.report()`.
    """
    from foretaste.report import (  # noqa: PLC0415 (plotting loads only here)
        accuracy,
        calibration,
        costs,
        differences,
        lists,
        origin,
        scatter,
        slices,
        spread,
        training,
    )

    makers = (
        accuracy.accuracy_section, differences.differences_section, accuracy.beside_section, training.curves_section,
        scatter.scatter_section, slices.slices_section, slices.newcomers_section, calibration.calibration_section,
        lists.lists_section, costs.costs_section, origin.protocol_section, origin.references_section, spread.folds_section,
        spread.seeds_section, lists.every_metric,
    )  # fmt: skip
    for make in makers:
        section = make(report)
        if section is not None:
            yield section


def finite(value: Any) -> Any:
    """Return plain values with None for what is not finite: an end of an interval that nobody knows."""
    if isinstance(value, Mapping):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(name: str) -> str:
    return (files("foretaste.report") / name).read_text(encoding="utf-8")
