"""The tables of a comparison and its first chart: every model with its interval, and what stands beside the errors."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from foretaste.data.ratings import counted
from foretaste.report.drawing import figure
from foretaste.report.parts import Figure, Section, Table
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import (
    axis_of,
    better_of,
    change_span,
    decided_by,
    difference_key,
    judged_of,
    lower_wins,
    megabytes,
    metric_of,
    number,
    percent,
    seconds,
    signed,
    size_of,
    span,
    title_of,
)  # fmt: skip
from foretaste.verdict import blend_sentence, pair_sentence

Rows = Sequence[Mapping[str, Any]]


def accuracy_section(report: Mapping[str, Any]) -> Section:
    """Return the chart and the tables of a comparison: of errors, or of lists where no model predicts ratings."""
    rows = report["models"]
    lists = metric_of(rows) != "rmse"
    chart = metric_figure(rows, judged_of(report))
    return Section(
        "accuracy",
        "Lists of what people like" if lists else "Accuracy on hidden ratings",
        "" if chart is None else f"{title_of(metric_of(rows))}: {better_of(metric_of(rows))}. Bars are 95 % intervals "
        "over people.",
        () if chart is None else (chart,),
        (_list_table(report),) if lists else (_error_table(rows),),
        _list_notes(report) if lists else _error_notes(),
    )  # fmt: skip


def metric_figure(rows: Rows, judged: str | None = None) -> Figure | None:
    """Return each model's RMSE with its 95 % interval, or its NDCG@100 where no model predicts ratings; best first.

    Args:
        rows: Of a comparison.
        judged: The model that the verdict is about.

    Returns:
        Nothing where nobody has either.
    """
    metric = metric_of(rows)
    able = [row for row in rows if row.get(metric) is not None]
    if not able:
        return None
    able.sort(key=lambda row: row[metric], reverse=not lower_wins(metric))
    lines = [
        Row(
            str(row["model"]), row[metric], row.get(f"{metric}_low"), row.get(f"{metric}_high"), number(row[metric]),
            strong=row["model"] == judged,
        )
        for row in able
    ]  # fmt: skip
    panel = Panel(axis_of(metric), lines)
    label = f"{title_of(metric)} of each model with its interval, best first; the numbers stand in the table below"
    return figure(label, partial(rows_chart, [panel]))


def _error_table(rows: Rows) -> Table:
    return Table(
        ("model", "RMSE", "95 %", "per user", "MAE", "MAPE", "NDCG@20", "fit", "memory"),
        [
            (
                str(row["model"]), number(row.get("rmse")), span(row.get("rmse_low"), row.get("rmse_high")),
                number(row.get("rmse_per_user")), number(row.get("mae")), percent(row.get("mape")),
                number(row.get("ndcg@20"), 3), seconds(row.get("fit_s")), megabytes(row.get("peak_bytes")),
            )
            for row in rows
        ],
    )  # fmt: skip


def _list_table(report: Mapping[str, Any]) -> Table:
    rows, key = report["models"], difference_key(decided_by(report))
    return Table(
        ("model", "NDCG@100", "95 %", "difference", "recall@20", "recall@50", "fit", "memory"),
        [
            (
                str(row["model"]), number(row.get("ndcg@100")), span(row.get("ndcg@100_low"), row.get("ndcg@100_high")),
                change_span(row.get(f"{key}_low"), row.get(f"{key}_high")),
                number(row.get("recall@20")), number(row.get("recall@50")), seconds(row.get("fit_s")),
                megabytes(row.get("peak_bytes")),
            )
            for row in rows
        ],
    )  # fmt: skip


def _error_notes() -> tuple[str, ...]:
    return (
        Markup(
            "RMSE, MAE and MAPE: lower is better. <em>NDCG@20</em>: hidden likes in the list, higher is better. Intervals: "
            "95 %, bootstrap over users. MAPE leaves out ratings nearer to zero than 5 % of the scale. Time and peak memory "
            "are of this machine, fitting and choosing included."
        ),
    )


def _list_notes(report: Mapping[str, Any]) -> tuple[str, ...]:
    judged = judged_of(report)
    told = "the judged model" if judged is None else judged
    return (
        Markup(
            "Lists of the whole catalogue, without what somebody has shown, judged by what they like of the rest; higher is "
            "better. <em>recall@k</em>: what is liked in the first k / min(k, all that is liked). <em>difference</em>: "
            "{} of {} minus this one, 95 % interval, paired over users. Intervals: 95 %, bootstrap over "
            "users. Time and peak memory are of this machine, fitting and choosing included."
        ).format(title_of(decided_by(report)), told),
    )


def beside_section(report: Mapping[str, Any]) -> Section | None:
    """Return what stands beside the errors: paired differences, cold items left out, reconstruction, raw lists."""
    rows, split = report["models"], report["split"]
    notes = [*_sentences(rows)]
    if metric_of(rows) != "rmse":
        return Section("beside", "What they are made of", notes=notes) if notes else None
    decides = decided_by(report)
    warm, key = bool(split.get("test_hidden_cold")), difference_key(decides)
    table = Table(
        ("model", "difference", "95 %", *(["warm"] if warm else []), "rebuilt", "raw"),
        [
            (
                str(row["model"]), signed(row.get(key), size_of(row, decides)),
                change_span(row.get(f"{key}_low"), row.get(f"{key}_high"), size_of(row, decides)),
                *([number(row.get("rmse_warm"))] if warm else []), number(row.get("reconstruction_rmse"), 3),
                number(row.get("ndcg@20_raw") if row.get("rmse") is not None else None, 3),
            )
            for row in rows
        ],
    )  # fmt: skip
    notes.insert(0, _beside_note(report))
    return Section("beside", "Beside the errors", tables=(table,), notes=notes)


def _beside_note(report: Mapping[str, Any]) -> Markup:
    """Return what the columns beside the errors are; warm is there where somebody is asked about a cold item."""
    split, told = report["split"], judged_of(report) or "the judged model"
    cold = split.get("test_hidden_cold") or 0
    share = percent(cold / split["test_hidden"]) if split.get("test_hidden") else "-"
    warm = Markup("<em>warm</em>: RMSE without the {} ({}) of items that nobody in training rated. ")
    return Markup(
        "<em>difference</em>: {} of {} minus this one on the same ratings, with its interval, paired over users. {}"
        "<em>rebuilt</em>: RMSE on the same ratings when they are shown to the model; this is not accuracy. <em>raw</em>: "
        "NDCG@20 of lists sorted by predicted rating as they are, not by evidence."
    ).format(title_of(decided_by(report)), told, warm.format(counted(cold, "hidden rating"), share) if cold else "")


def _sentences(rows: Rows) -> list[str]:
    """Return what is to be said of single models: what blends and pairs are made of, and what was not predicted."""
    out = [blend_sentence(row) for row in rows if row.get("members")]
    out += [words for row in rows if "ranker_ndcg@100" in row and (words := pair_sentence(row))]
    out += [
        Markup("<b>{}</b> has no finite prediction for {} of {}; the middle of the scale is counted there.").format(
            row["model"], f"{row['n_unpredicted']:,}", counted(row["n_hidden"], "hidden rating")
        )
        for row in rows
        if row.get("n_unpredicted")
    ]
    return out
