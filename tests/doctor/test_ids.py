"""Ids that are one thing in two spellings."""

from dataclasses import replace

import pytest

from foretaste.doctor.ids import alike_ids, plain_id, transposed
from tests.doctor.planting import case_of, codes, world_case


@pytest.mark.parametrize(
    ("one", "plain"),
    [
        (7, "7"),
        ("007", "7"),
        ("7.0", "7"),
        (" Ann\t", "ann"),
        ('"B1"', "b1"),
        ("000", "0"),
        ("ANN", "ann"),
        ("u07", "u07"),
        ("1.05", "1.05"),
    ],
)
def test_what_is_left_of_an_id(one, plain):
    assert plain_id(one) == plain


def test_spellings_of_one_id_are_told_for_people_and_items():
    case = case_of(["ann", "Ann", "bob", "ANN"], ["007", "7", "x", "y"], [1.0, 2, 3, 4])
    user, item = alike_ids(case)
    assert user.evidence.startswith("2 of 4 (50 %) user ids")
    assert user.examples == ('user "ANN" and "Ann" and "ann"',)
    assert item.examples == ('item "007" and "7"',)
    assert (user.code, user.severity) == ("alike-ids", "warning")


def test_one_id_in_a_thousand_is_a_note_and_numbers_are_never_alike():
    names = [f"name {n}" for n in range(2_000)] + ["NAME 5"]
    assert codes(alike_ids(case_of(names, [1] * len(names), [3.0] * len(names)))) == ["-alike-ids"]
    assert list(alike_ids(world_case())) == []


def test_swapped_columns_are_told_with_their_signs():
    case = world_case(900, 90, 9_000)
    turned = case_of(
        case.ratings.item, case.ratings.user, case.ratings.rating, case.ratings.time, films=case.films, path="r.csv"
    )
    (only,) = transposed(turned)
    assert only.evidence.startswith("100 % of the user ids are items of the catalogue file")
    assert "--columns user=ITEM_COLUMN,item=USER_COLUMN" in only.command
    assert list(transposed(case)) == []


def test_columns_that_were_named_are_named_the_other_way_round():
    case = replace(case_of([1], [1], path="r.csv"), columns={"user": "film", "item": "who", "time": "at"})
    vars(case)["swapped"] = ("a sign",)
    assert next(transposed(case)).command == "foretaste data describe r.csv --columns user=who,item=film,time=at"
