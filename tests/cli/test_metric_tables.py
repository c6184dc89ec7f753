"""Every metric at 80 columns: nothing is cut, every model and every number is there."""

import io

import pytest
from rich.console import Console

from foretaste.cli.metric_tables import metric_tables
from foretaste.metrics.registry import METRICS

FAMILY = [f"a_model_called_{n}" for n in range(11)] + ["a_model_whose_name_goes_on_and_on_for_sixty_letters"]
ROWS = [
    {"model": name, **{metric: place + n / 100 for n, metric in enumerate(METRICS)}}
    for place, name in enumerate(FAMILY)
]


@pytest.mark.parametrize("width", [80, 120, 30])
def test_all_models_are_readable(width):
    screen = Console(file=io.StringIO(), width=width, markup=False)
    tables = metric_tables(ROWS, width=width)
    for table in tables:
        screen.print(table)
    out = screen.file.getvalue()
    if width >= 80:
        assert max(map(len, out.splitlines())) <= width
        for name in FAMILY[:11]:
            assert out.count(f" {name} ") == 1
        assert " a_model_whose_name_go... " in out
        assert "…" not in out
        assert all(f"{row['rmse']:.4f}" in out for row in ROWS)
    assert out.count("Every metric (+ higher is better, - lower, 0 the nearer to it)") <= 1
    assert sum(len(table.columns) - 1 for table in tables) == len(ROWS)


def test_what_nobody_has_is_no_line_and_what_one_lacks_is_empty():
    (table,) = metric_tables(
        [{"model": "mean", "rmse": 1.0, "ndcg@20": None}, {"model": "ease", "rmse": None, "ndcg@20": 0.25}]
    )
    cells = {str(column.header): list(column.cells) for column in table.columns}
    assert cells == {"metric": ["RMSE -", "NDCG@20 +"], "mean": ["1.0000", ""], "ease": ["", "0.2500"]}
    assert metric_tables([{"model": "none"}]) == []
