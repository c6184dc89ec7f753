"""Words of the command line become values, or one clear sentence."""

import pytest

from foretaste.cli.options import check_split, parse_columns, parse_rates, parse_settings, reading
from foretaste.data.readers import ReadOptions
from foretaste.errors import InputError, ParamsError


def test_columns_are_read_by_role():
    assert parse_columns("user=who, rating=stars") == {"user": "who", "rating": "stars"}
    assert parse_columns(None) is None
    assert parse_columns("time=,rating=") == {"time": "", "rating": ""}  # columns that look like these and are none


def test_a_column_named_twice_is_refused():
    with pytest.raises(InputError, match='--columns "user=a,user=b" names the user twice, expected one column each'):
        parse_columns("user=a,user=b")


@pytest.mark.parametrize("text", ["user", "user=", "item=", "=who", ""])
def test_columns_of_another_form_are_refused(text):
    with pytest.raises(InputError, match=r"cannot read --columns .*\nhint: write user=NAME"):
        parse_columns(text)


def test_settings_are_toml_and_bare_words():
    assert parse_settings(["widths=[6, 2]", "activation=tanh", "learning-rate=1e-3", "center=false"]) == {
        "widths": [6, 2], "activation": "tanh", "learning_rate": 1e-3, "center": False,
    }  # fmt: skip


def test_a_setting_given_twice_is_refused():
    with pytest.raises(ParamsError, match="l2 is set twice"):
        parse_settings(["l2=1", "l2=2"])


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(ParamsError, match='cannot read the setting "l2", expected name=value'):
        parse_settings(["l2"])


def test_the_last_equals_sign_divides_title_and_rating():
    assert parse_rates(["E=mc2 (2005)=4.5", "12=1"]) == [("E=mc2 (2005)", 4.5), ("12", 1.0)]


@pytest.mark.parametrize("text", ["Heat", "Heat=five", "=5", ""])
def test_a_rating_of_another_form_is_refused(text):
    with pytest.raises(InputError, match="cannot read --rate"):
        parse_rates([text])


def test_words_that_are_not_given_are_the_usual_ones():
    assert reading(None, None, None, None) == ReadOptions()
    assert reading("user=who", "~", "skip", "mean") == ReadOptions({"user": "who"}, "~", "skip", "mean")


def test_a_split_is_refused_by_the_name_of_its_option():
    check_split(None, ["random"])
    check_split("random", ["random"])
    with pytest.raises(ParamsError, match='--split is "rand", expected one of random, new-users\nhint: did you mean'):
        check_split("rand", ["random", "new-users"])
    with pytest.raises(ParamsError, match=r"hint: foretaste compare --split given --train FILE --test FILE"):
        check_split("given", ["random", "new-users"])
    with pytest.raises(
        ParamsError, match=r"hint: foretaste compare --split k-fold judges models; this command makes one"
    ):
        check_split("k-fold", ["random", "new-users"])


def test_reading_options_are_checked():
    with pytest.raises(InputError, match="bad_rows"):
        reading(None, None, "ignore", "last")
