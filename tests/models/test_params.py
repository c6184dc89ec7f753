"""Settings from keywords, TOML and the command line: what is taken, what is refused and in which words."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from foretaste.errors import ParamsError
from foretaste.models import MODELS
from foretaste.models.params import build_params, check_choice, check_range, check_share, parse_setting


@dataclass(frozen=True)
class SoupParams:
    salt: float = 1.0
    peas: int = 10
    spicy: bool = False
    name: str = "soup"
    spoons: tuple[int, ...] = (1,)
    guests: int | None = None


def test_nothing_given_is_the_defaults() -> None:
    assert build_params(SoupParams, {}) == SoupParams()


def test_lists_become_tuples_and_whole_numbers_floats() -> None:
    soup = build_params(SoupParams, {"salt": 2, "spoons": [3, 4]})
    assert soup == SoupParams(salt=2.0, spoons=(3, 4))
    assert isinstance(soup.salt, float)
    assert build_params(SoupParams, {"spoons": 5}).spoons == (5,)
    assert build_params(SoupParams, {"spoons": ()}).spoons == ()


def test_what_may_be_none_may_be_none() -> None:
    assert build_params(SoupParams, {"guests": None}).guests is None
    assert build_params(SoupParams, {"guests": 3}).guests == 3
    with pytest.raises(ParamsError, match="guests is 'many', expected a whole number"):
        build_params(SoupParams, {"guests": "many"})


def test_numpy_numbers_are_numbers() -> None:
    soup = build_params(SoupParams, {"peas": np.int64(4), "salt": np.float32(0.5), "spoons": (np.int32(1), 2)})
    assert soup == SoupParams(peas=4, salt=0.5, spoons=(1, 2))
    assert type(soup.peas) is int  # so that it can be written to a manifest
    assert type(soup.salt) is float


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"peas": 2.5}, "peas is 2.5, expected a whole number"),
        ({"peas": "2"}, "peas is '2', expected a whole number"),
        ({"peas": True}, "peas is True, expected a whole number"),
        ({"salt": "much"}, "salt is 'much', expected a number"),
        ({"salt": False}, "salt is False, expected a number"),
        ({"salt": None}, "salt is None, expected a number"),
        ({"spicy": 1}, "spicy is 1, expected true or false"),
        ({"name": 3}, "name is 3, expected a word"),
        ({"spoons": ["a"]}, "spoons is 'a', expected a whole number"),
        ({"spoons": "ab"}, "spoons is 'ab', expected a whole number"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        build_params(SoupParams, settings)
    assert str(caught.value) == words


def test_an_unknown_name_offers_the_nearest_one() -> None:
    with pytest.raises(ParamsError, match='Soup has no setting "salts"') as caught:
        build_params(SoupParams, {"salts": 1})
    assert caught.value.hint == 'did you mean "salt"?'
    with pytest.raises(ParamsError) as caught:
        build_params(SoupParams, {"zzz": 1})
    assert caught.value.hint == "choose one of: guests, name, peas, salt, spicy, spoons"


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("widths=[600, 200]", ("widths", [600, 200])),
        ("l2 = 0.02", ("l2", 0.02)),
        ("epochs=3", ("epochs", 3)),
        ("learning-rate=1e-3", ("learning_rate", 0.001)),
        ("center=false", ("center", False)),
        ("activation=selu", ("activation", "selu")),
        ('activation="selu"', ("activation", "selu")),
        ("name=a=b", ("name", "a=b")),
        ("name=", ("name", "")),
    ],
)
def test_a_setting_of_the_command_line(text: str, pair: tuple[str, object]) -> None:
    assert parse_setting(text) == pair


@pytest.mark.parametrize("text", ["epochs", "=3", " = 3", ""])
def test_a_setting_without_name_or_sign_is_refused_with_words(text: str) -> None:
    with pytest.raises(ParamsError, match="expected name=value") as caught:
        parse_setting(text)
    assert f'"{text}"' in caught.value.message
    assert caught.value.hint == "for example --set l2=0.02"


def test_the_ends_of_a_range_belong_to_it() -> None:
    check_range("x", 0, 0, 1)
    check_range("x", 1, 0, 1)
    check_range("x", 1e300, 0)


@pytest.mark.parametrize(
    ("value", "high", "words"),
    [
        (-1, math.inf, "x is -1, expected at least 0"),
        (1.5, 1, "x is 1.5, expected 0 to 1"),
        (math.nan, 1, "x is nan, expected 0 to 1"),
        (10_000_001, 10_000_000, "x is 10000001, expected 0 to 10000000"),
    ],
)
def test_a_value_outside_its_range_is_refused_with_words(value: float, high: float, words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        check_range("x", value, 0, high)
    assert str(caught.value).replace(",", "") == words.replace(",", "")  # thousands may be marked


def test_a_word_outside_the_choice_is_refused_with_the_nearest() -> None:
    check_choice("fruit", "pear", ("apple", "pear"))
    with pytest.raises(ParamsError, match='fruit is "pears", expected one of apple, pear') as caught:
        check_choice("fruit", "pears", ("apple", "pear"))
    assert caught.value.hint == 'did you mean "pear"?'


@pytest.mark.parametrize(
    ("model", "setting", "words"),
    [
        ("autorec", {"widths": []}, "number of widths is 0, expected 1 to 20"),
        ("autorec", {"widths": [0]}, "widths is 0, expected 1 to"),
        ("autorec", {"activation": "rely"}, 'activation is "rely", expected one of elu, identity, relu'),
        ("autorec", {"schedule": "linear"}, 'schedule is "linear", expected one of cosine, constant'),
        ("autorec", {"dropout": 1.0}, "dropout is 1, expected 0 to 0.99"),
        ("autorec", {"noise": -0.1}, "noise is -0.1, expected 0 to 0.99"),
        ("autorec", {"l2": -1.0}, "l2 is -1, expected at least 0"),
        ("autorec", {"damping_item": -1.0}, "damping_item is -1, expected at least 0"),
        ("autorec", {"damping_user": -1.0}, "damping_user is -1, expected at least 0"),
        ("autorec", {"learning_rate": 0.0}, "learning_rate is 0, expected 1e-09 to 10"),
        ("autorec", {"epochs": 0}, "epochs is 0, expected 1 to"),
        ("autorec", {"batch_size": -1}, "batch_size is -1, expected 0 to"),
        ("autorec", {"patience": 0}, "patience is 0, expected 1 to"),
        ("autorec", {"refeed": -1}, "refeed is -1, expected 0 to"),
        ("autorec", {"stop_after": -1}, "stop_after is -1, expected 0 to"),
        ("autorec", {"seed": -1}, "seed is -1, expected 0 to"),
        ("bias", {"damping_item": -1.0}, "damping_item is -1, expected at least 0"),
        ("bias", {"damping_user": -1.0}, "damping_user is -1, expected at least 0"),
        ("bias", {"epochs": 0}, "epochs is 0, expected 1 to 1000"),
        ("biased_mf", {"latent": 0}, "latent is 0, expected 1 to 2000"),
        ("biased_mf", {"l2": 0.0}, "l2 is 0, expected at least 1e-06"),
        ("biased_mf", {"damping_item": 0.0}, "damping_item is 0, expected at least 1e-06"),
        ("biased_mf", {"damping_user": 0.0}, "damping_user is 0, expected at least 1e-06"),
        ("biased_mf", {"epochs": 0}, "epochs is 0, expected 1 to 10000"),
        ("biased_mf", {"patience": 0}, "patience is 0, expected at least 1"),
        ("biased_mf", {"seed": -1}, "seed is -1, expected at least 0"),
    ],
)
def test_each_model_guards_its_settings(model: str, setting: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        MODELS[model](**setting)
    assert words.replace(",", "") in str(caught.value).replace(",", "")


def test_a_share_lies_between_0_and_1():
    check_share("test", 0.1)
    check_share("valid", 0, zero=True)
    for value in (0, 1, -0.1, 1.5, float("nan")):
        with pytest.raises(ParamsError, match=f"test is {value:g}, expected a share between 0 and 1"):
            check_share("test", value)
    with pytest.raises(ParamsError, match="valid is 1, expected 0, or a share between 0 and 1"):
        check_share("valid", 1, zero=True)


def test_what_is_not_finite_is_outside_every_range():
    for value in (float("inf"), float("-inf"), float("nan")):
        with pytest.raises(ParamsError, match=r"l2 is .*, expected at least 0"):
            check_range("l2", value, 0)


def test_a_missing_setting_is_named_with_all_that_are_needed():
    @dataclass(frozen=True)
    class NeedyParams:
        name: str
        size: int
        extra: int = 3

    assert build_params(NeedyParams, {"name": "a", "size": 2}) == NeedyParams("a", 2)
    with pytest.raises(ParamsError, match=r'Needy lacks "size"\nhint: it needs name, size, extra'):
        build_params(NeedyParams, {"name": "a"})
