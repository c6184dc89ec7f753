import pytest

from foretaste.data.columns import (
    ALIASES,
    Columns,
    find_columns,
    fold_name,
    listed,
    printable,
    roles_in,
    usual_place,
    warn_without_rating,
)  # fmt: skip
from foretaste.errors import DataError, InputError


@pytest.mark.parametrize("name", ["userId", "user_id", "USER-ID", "User ID", "user_id:token", " userid "])
def test_a_name_is_folded_to_what_it_says(name: str) -> None:
    assert fold_name(name) == "userid"


def test_no_usual_name_stands_for_two_roles() -> None:
    every = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(every) == len(set(every))
    assert all(fold_name(alias) == alias for alias in every)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["userId", "movieId", "rating", "timestamp"], Columns(0, 1, 2, 3)),
        (["reviewerID", "asin", "overall", "unixReviewTime"], Columns(0, 1, 2, 3)),
        (["User-ID", "ISBN", "Book-Rating"], Columns(0, 1, 2)),
        (["timestamp", "item_id", "customer_id"], Columns(2, 1, None, 0)),
        (["", "member", "song_id", "stars", "created_at", "note"], Columns(1, 2, 3, 4)),
        (["userID", "artistID", "weight"], Columns(0, 1, 2)),
        (["user_id:token", "item_id:token", "rating:float", "timestamp:float"], Columns(0, 1, 2, 3)),
        (["account", "track_id", "preference", "datetime"], Columns(0, 1, 2, 3)),
    ],
)
def test_usual_names_are_found_wherever_they_stand(names: list[str], expected: Columns) -> None:
    assert find_columns(names, None, source="x.csv") == expected


def test_the_more_usual_of_two_names_wins() -> None:
    assert find_columns(["username", "user_id", "item"], None, source="x.csv").user == 1
    assert find_columns(["user", "item", "date", "timestamp"], None, source="x.csv").time == 3


def test_given_names_win_over_usual_ones() -> None:
    names = ["user", "who", "item", "rating", "stars"]
    assert find_columns(names, {"user": "who", "rating": "Stars"}, source="x.csv") == Columns(1, 2, 4)


def test_a_named_column_is_not_used_a_second_time() -> None:
    assert find_columns(["user", "movie", "rating"], {"item": "movie", "time": "rating"}, source="x.csv") == Columns(
        0, 1, None, 2
    )


def test_an_empty_name_says_that_there_is_no_such_column() -> None:
    columns = find_columns(["user", "item", "rating", "time"], {"rating": "", "time": ""}, source="x.csv")
    assert columns == Columns(0, 1)
    assert columns.used() == {"user": 0, "item": 1}


def test_without_a_header_columns_go_by_position_or_number() -> None:
    assert find_columns(["1", "2"], None, source="u.data", header=False) == Columns(0, 1)
    assert find_columns(["1", "2", "3", "4", "5"], None, source="u.data", header=False) == Columns(0, 1, 2, 3)
    swapped = find_columns(["1", "2", "3"], {"user": "2", "item": "1"}, source="u.data", header=False)
    assert swapped == Columns(1, 0, 2)


def test_a_header_without_user_or_item_lists_what_is_there() -> None:
    with pytest.raises(DataError) as caught:
        find_columns(["who", "what", "stars"], None, source="r.csv")
    assert str(caught.value) == (
        "r.csv has no user and no item column; it has: who, what, stars\n"
        "hint: name the columns with --columns user=NAME,item=NAME"
    )
    with pytest.raises(DataError, match=r"r.csv has no item column; it has: user, what"):
        find_columns(["user", "what"], None, source="r.csv")
    with pytest.raises(DataError, match=r"has no user column"):
        find_columns(["user", "item"], {"user": ""}, source="r.csv")


def test_a_wrong_name_offers_the_nearest() -> None:
    with pytest.raises(DataError, match=r'r.csv has no column "strs"') as caught:
        find_columns(["user", "item", "stars"], {"rating": "strs"}, source="r.csv")
    assert caught.value.hint == 'did you mean "stars"?'
    many = [f"column{n}" for n in range(40)]
    with pytest.raises(DataError) as caught:
        find_columns(many, {"user": "who"}, source="r.csv")
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("column19, ... (40 in all)")


def test_a_wrong_role_offers_the_nearest() -> None:
    with pytest.raises(InputError, match=r'columns name a "usr", expected user, item, rating or time') as caught:
        find_columns(["user", "item"], {"usr": "user"}, source="r.csv")
    assert caught.value.hint == 'did you mean "user"?'


def test_one_column_cannot_have_two_roles() -> None:
    with pytest.raises(DataError, match=r'column "id" of r.csv is named for both user and item, expected one use'):
        find_columns(["id", "x"], {"user": "id", "item": "id"}, source="r.csv")


def test_roles_are_recognised_in_names() -> None:
    assert roles_in(["Customer_ID", "x", "SCORE"]) == {"user", "rating"}
    assert roles_in(["1", "2"]) == set()


def test_names_in_messages_are_short_and_printable() -> None:
    assert listed(["a", "", "b"]) == 'a, "", b'
    assert printable("x" * 50) == "x" * 37 + "..."
    assert printable(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf\\xe9"
    assert printable("a\tb\x1b[31m") == "a\\tb\\x1b[31m"


def test_usual_place() -> None:
    assert usual_place(["x", "Movie ID", "film"], "item") == 1
    assert usual_place(["x", "Movie ID", "film"], "item", {1}) == 2
    assert usual_place(["x"], "item") is None


def test_a_missing_rating_column_is_told(caplog: pytest.LogCaptureFixture) -> None:
    warn_without_rating(["u", "i", "liked"], Columns(0, 1), None, source="r.csv")
    assert caplog.messages == [
        "r.csv has no rating column among liked; every row counts as 1 "
        "(hint: name it with --columns rating=NAME, or say that there is none with --columns rating=)"
    ]
    caplog.clear()
    warn_without_rating(["u", "i", "liked"], Columns(0, 1), {"rating": ""}, source="r.csv")
    warn_without_rating(["u", "i", "liked"], Columns(0, 1, 2), None, source="r.csv")
    warn_without_rating(["u", "i"], Columns(0, 1), None, source="r.csv")
    assert caplog.messages == []
