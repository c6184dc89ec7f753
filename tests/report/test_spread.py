"""Folds and seeds."""

from foretaste.report.spread import folds_section, seeds_section

ROW = {
    "model": "mean",
    "rmse": 0.95,
    "rmse_fold_mean": 0.9123,
    "rmse_fold_sd": 0.0045,
    "mae_fold_mean": 0.7012,
    "mae_fold_sd": None,
}
FOLDS = [{"fold": n, "models": [{"rmse": 0.9 + n / 10}]} for n in (1, 2)]


def test_folds_are_drawn_and_told_one_by_one():
    section = folds_section({"models": [ROW], "folds": FOLDS})
    assert section.title == "RMSE by fold"
    assert section.tables[0].head == ("model", "mean", "sd", "1", "2", "MAE mean", "sd")
    assert section.tables[0].rows == [("mean", "0.9123", "0.0045", "1.000", "1.100", "0.7012", "-")]
    for words in ("mean: 1.0000", "mean: 1.1000", ">0.9123 ± 0.0045<"):
        assert words in section.figures[0].wide
    assert "over the 2 folds" in section.notes[0]
    assert folds_section({"models": [ROW]}) is None


def test_folds_of_lists_have_no_errors():
    row = {"model": "ease", "rmse": None, "ndcg@100": 0.4, "ndcg@100_fold_mean": 0.35, "ndcg@100_fold_sd": None}
    section = folds_section({"models": [row], "folds": [{"fold": 1, "models": [{"ndcg@100": 0.36}]}]})
    assert section.tables[0].rows == [("ease", "0.3500", "-", "0.360")]
    assert ">0.3500<" in section.figures[0].wide
    none = folds_section({"models": [row], "folds": [{"fold": 1, "models": [{"ndcg@100": None}]}]})
    assert none.figures == []


def test_seeds_stand_beside_what_people_do():
    seeds = {
        "seeds": [0, 1],
        "metric": "rmse",
        "models": {"deep": {"values": [0.8, 0.82], "mean": 0.81, "sd_seeds": 0.0141, "se_users": 0.006}},
    }
    section = seeds_section({"models": [ROW], "seeds": seeds})
    assert section.tables[0].rows == [("deep", "0.8100", "0.0141", "0.0060")]
    assert ">0.8100 ± 0.0141<" in section.figures[0].wide
    assert section.notes[0].startswith("Seeds 0, 1.")
    assert seeds_section({"models": [ROW]}) is None
    assert seeds_section({"models": [ROW], "seeds": seeds | {"models": {}}}) is None
