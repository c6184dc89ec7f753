"""foretaste predict: chosen items, from a bundle alone."""

import polars as pl
import pytest

from foretaste import Bundle


def test_predictions_are_those_of_the_bundle(say, bundle):
    lines = say("predict", bundle, "--rate", "3=5", "--item", "4", "--item", "5", "--json").json()
    expected = Bundle.load(bundle).predict({3: 5.0}, [4, 5])
    assert {line["item_id"]: line["predicted"] for line in lines} == expected
    assert "predicted" in say("predict", bundle, "--rate", "3=5", "--item", "4").out


def test_a_user_of_a_file(say, bundle, world):
    lines = say("predict", bundle, "--data", world, "--user", 7, "--item", "4", "--json").json()
    assert 0.5 <= lines[0]["predicted"] <= 5


def test_pairs_of_a_file(say, bundle, world, tmp_path):
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\n7,5\n999,4\n8,999\n")
    said = say("predict", bundle, "--data", world, "--pairs", tmp_path / "pairs.csv", "--out", tmp_path / "p.csv")
    assert said.code == 0, said.err
    assert "2 predictions" in said.err
    assert "2 pairs with an unknown user or item left out" in said.err
    one = say("predict", bundle, "--data", world, "--user", 7, "--item", "4", "--json").json()[0]["predicted"]
    assert pl.read_csv(tmp_path / "p.csv")["predicted"][0] == pytest.approx(one, abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "3=5"], "no item is named"),
        (["--item", "3"], "whose ratings count is not clear"),
        (["--rate", "3=5", "--item", "zzzz"], 'no item is called "zzzz"'),
        (["--pairs", "x.csv"], "--pairs goes with --data and --out alone"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(say, bundle, arguments, words):
    said = say("predict", bundle, *arguments)
    assert said.code == 2
    assert words in said.err
