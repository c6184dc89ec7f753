"""Whom a bundle is asked about; what commands make of it stands in the tests of evaluate and newcomers."""

import numpy as np
import pytest

from foretaste.bundle import Bundle
from foretaste.cli.asked import asked_of
from foretaste.errors import ParamsError

WORDS = {"separator": None, "bad_rows": None, "duplicates": None}


def test_its_own_data_are_divided_as_they_were(bundle, world):
    loaded = Bundle.load(bundle)
    asked = asked_of(loaded, str(world), hidden=None, seed=9, columns=None, words=WORDS)
    assert asked.split is not None
    assert asked.holdout is asked.split.test
    assert asked.seed == loaded.about["recipe"]["seed"] == 0
    assert asked.about == f"its own test part: {asked.holdout.hidden.nnz} hidden ratings of 6 people"


def test_of_other_data_everybody_is_asked(bundle, tmp_path, capsys):
    lines = [f"{user},{item},{1 + (user + item) % 5}" for user in range(1, 9) for item in range(1, 11)]
    (tmp_path / "other.csv").write_text("user,item,rating\n" + "\n".join([*lines, "1,5000,3"]) + "\n")
    asked = asked_of(Bundle.load(bundle), str(tmp_path / "other.csv"), hidden="3", seed=9, columns=None, words=WORDS)
    assert (asked.split, asked.seed, asked.outside) == (None, 9, 1)
    assert (np.diff(asked.holdout.hidden.indptr) == 3).all()
    assert asked.about == "other data: 24 hidden ratings of 8 people"
    asked.warn()
    said = capsys.readouterr().err
    assert "1 rating is of an item that the bundle does not know" in said
    assert "these numbers flatter the model" in said


def test_what_cannot_be_read_is_said_before_the_data_are(bundle):
    with pytest.raises(ParamsError, match='cannot read --hide "half"'):
        asked_of(Bundle.load(bundle), "nowhere.csv", hidden="half", seed=0, columns=None, words=WORDS)
