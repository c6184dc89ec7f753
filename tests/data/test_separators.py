import pytest

from foretaste.data.lines import BLANKS
from foretaste.data.separators import find_separator, sample_rows, spelled
from foretaste.errors import DataError, InputError


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("1,2,3.5,100\n4,5,2,200\n", ","),
        ("1\t2\t3\t100\n4\t5\t2\t200\n", "\t"),
        ("1::2::3::100\n4::5::2::200\n", "::"),
        ("1|2|3\n4|5|2\n", "|"),
        ("1;2;3,5\n4;5;2\n7;8;4,5\n", ";"),
        ("1 2  3\n4 5 2\n", BLANKS),
        ('"User-ID";"ISBN";"Book-Rating"\n"1";"0195153448";"0"\n', ";"),
        ("user,item,rating,date\n1,a b,4,2020-01-01 10:00:00\n2,c d,4,2020-01-01 11:00:00\n", ","),
        ("user id\titem id\trating\n1\t2\t3\n", "\t"),
        ("user id, movie id, rating\n1, 2, 3\n4, 5, 3\n", ","),
        ("User ID , Movie ID , Rating , Time Stamp\n1 , 2 , 3 , 4\n", ","),
        ("Customer Id, Product Id, Rating Value\n1, 2, 3\n", ","),
        ("user id,item id\nann lee,big film\n", ","),
        ("mary ann lee,the dark knight rises,5\n", ","),
        ("ann lee,up\nbob,it\n", ","),
        ("userId\tmovie title\n1\tHeat, The (1999)\n", "\t"),
        ("61\t15\t3.5\t5 stars\n", "\t"),
        ("a b\tthe dark, knight\t5\t1600000000\n", "\t"),
        ("1  2\t3\n4  5\t6\n", BLANKS),
        ("1,Star Wars: A New Hope\n2,Up\n", ","),
        ("1\t2\t5\tgood, very, good, film\n1\t3\t4\tso, so, so, so\n", "\t"),
        ("1,2,3;4;5;6;7\n", ","),
        ("1 2 3,5\n4 5 2,5\n", BLANKS),
        ("1\tAmerican President, The\t5\n2\tUp\t4\n", "\t"),
        ("1,2,5,Drama|Comedy|War|Crime\n", ","),
        ("user\titem\trating\tnote\n1\t2\t5\tgood, very, good\n", "\t"),
    ],
)
def test_the_separator_is_found(text: str, separator: str) -> None:
    assert find_separator(text, None, {}, source="r.txt") == separator


def test_one_column_is_no_table() -> None:
    with pytest.raises(
        DataError, match=r'r.csv has one column: "user"; expected a user and an item at least'
    ) as caught:
        find_separator("user\n1\n2\n", None, {}, source="r.csv")
    assert caught.value.hint == 'name the separator, as in --separator "~"'


def test_a_wrong_separator_shows_the_line() -> None:
    with pytest.raises(DataError, match=r'r.csv is not split by ";": "user,item"; expected') as caught:
        find_separator("user,item\n1,2\n", ";", {}, source="r.csv")
    assert caught.value.hint == "leave the separator out: it is found from the file"


@pytest.mark.parametrize("given", ["", '"', ";;", "comma separated", "é", "→"])
def test_an_impossible_separator(given: str) -> None:
    with pytest.raises(
        InputError, match=rf'separator is "{given}", expected one ASCII character, "::", "tab", "space" or "lists"'
    ) as caught:
        spelled(given)
    assert caught.value.hint == "leave it out: it is found by itself"


def test_a_hundred_thousand_columns_are_no_table() -> None:
    with pytest.raises(DataError, match=r"r.csv has 100,000 columns, expected one rating per line"):
        find_separator(",".join(["1"] * 100_000) + "\n1,2\n", None, {}, source="r.csv")


def test_an_open_quote_in_the_first_row_is_named() -> None:
    with pytest.raises(DataError, match=r"r.csv line 1: a quote opens there and does not close before line 3"):
        find_separator('user,item,"a long title\n1,2,so it is\n1,3,as it was\n', None, {}, source="r.csv")


def test_a_later_open_quote_ends_the_sample() -> None:
    assert sample_rows('1,2\n3,4\n5,"6\n', ",", source="r.csv") == [(1, ["1", "2"]), (2, ["3", "4"])]


def test_named_columns_count_like_known_ones() -> None:
    text = "who is;what is, or was;much\n1;2;3\n"
    assert find_separator(text, None, {"user": "who is", "item": "what is, or was"}, source="r.csv") == ";"
