"""Slices and newcomers."""

from foretaste.report.slices import newcomers_section, slices_section

ROWS = [{"model": f"m{n}", "rmse": 0.8 + n / 100, "difference": 0.1} for n in range(8)] + [
    {"model": "ridge", "rmse": 0.9}
]


def part(names, labels=("few", "many"), by="given", metric="rmse"):
    bins = [
        {
            "label": label,
            "n": 1000,
            "people": 5,
            "models": {name: {"value": 0.5, "low": 0.4, "high": 0.6} for name in names},
        }
        for label in labels
    ]
    return {"by": by, "title": f"by {by}", "metric": metric, "bins": bins}


def test_the_foremost_are_drawn_and_all_are_in_the_table():
    section = slices_section({"models": ROWS, "slices": [part([row["model"] for row in ROWS])]})
    svg = section.figures[0].wide
    assert all(f">{name}<" in svg for name in ("ridge", "m0", "m1", "m2"))
    assert ">m3<" not in svg
    assert section.tables[0].rows[0] == ("hidden ratings", "1,000", "1,000")
    assert len(section.tables[0].rows) == 10
    assert section.notes == [
        "Bars are the 95 % interval of ridge; a slice with few ratings has a wide one.",
        "The 4 foremost models are drawn; the tables hold all of them.",
    ]
    assert section.figures[0].caption == "RMSE by by given. At the right: hidden ratings."
    likes = slices_section({"models": ROWS, "slices": [part(["ridge"], metric="ndcg@20")]})
    assert likes.figures[0].caption == "NDCG@20 by by given. At the right: hidden likes."


def test_a_slice_of_many_genres_has_a_line_a_genre():
    genres = [f"genre {n}" for n in range(12)]
    few = slices_section({"models": ROWS, "slices": [part(["ridge", "m0"], genres, "genre")]}).tables[0]
    assert few.head == ("genre", "ratings", "ridge", "m0")
    assert few.rows[11] == ("genre 11", "1,000", "0.500", "0.500")
    many = slices_section({"models": ROWS, "slices": [part([row["model"] for row in ROWS], genres, "genre")]}).tables[0]
    assert many.head == ("slice", "model", "RMSE", "ratings")
    assert many.rows[10] == ("genre 1", "m1", "0.500", "1,000")
    assert len(many.rows) == 12 * 9


def test_without_slices_there_is_no_section():
    assert slices_section({"models": ROWS}) is None
    empty = part(["ridge"])
    for one in empty["bins"]:
        one["models"]["ridge"]["value"] = None
    assert slices_section({"models": ROWS, "slices": [empty]}) is None


def curve(names, metric="rmse", people=1234):
    points = [{"value": 1.0, "low": 0.9, "high": 1.1}, {"value": 0.9, "low": 0.8, "high": 1.0}]
    return {"metric": metric, "given": [0, 5], "people": people, "models": dict.fromkeys(names, points)}


def test_newcomers_have_a_curve_of_errors_and_one_of_lists():
    section = newcomers_section(
        {"models": ROWS, "newcomers": curve(["ridge", "m0"]), "newcomer_lists": curve(["ridge"], "ndcg@20")}
    )
    errors, lists = section.figures
    assert "RMSE (rating points)" in errors.wide
    assert "ridge at 5: 0.9000, 95 % 0.8000 to 1.0000" in errors.wide
    assert errors.caption == "RMSE of newcomers. Lower is better."
    assert "NDCG@20 (share, 0 to 1)" in lists.wide
    assert lists.caption == "NDCG@20 of newcomers. Higher is better."
    assert section.tables[0].head == ("model", "0 shown", "5 shown")
    assert section.tables[0].rows[0] == ("ridge", "1.0000", "0.9000")
    assert "1,234 people" in section.lead
    told = curve(["ridge"]) | {"sentences": {"ridge": "ridge is better from 5 ratings on.", "m0": "not so."}}
    assert newcomers_section({"models": ROWS, "newcomers": told}).notes[0] == "ridge is better from 5 ratings on."


def test_of_many_models_six_are_drawn():
    section = newcomers_section({"models": ROWS, "newcomers": curve([row["model"] for row in ROWS], people=None)})
    assert section.figures[0].wide.count("at 5:") == 6
    assert "The 6 foremost models are drawn" in section.notes[1]
    assert "people whom" not in section.lead


def test_without_newcomers_there_is_no_section():
    assert newcomers_section({"models": ROWS}) is None
    assert newcomers_section({"models": ROWS, "newcomers": curve([])}) is None
