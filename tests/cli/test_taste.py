"""Whose ratings count."""

import pytest

from foretaste import Bundle
from foretaste.cli.taste import ratings_of, read_people, typed_ratings
from foretaste.data.readers import ReadOptions
from foretaste.errors import InputError


def test_typed_titles_become_ids(bundle):
    loaded = Bundle.load(bundle)
    assert typed_ratings(loaded, [f"{loaded.catalog.title(0).lower()}=4", "2=3.5"]) == {1: 4.0, 2: 3.5}


def test_an_item_by_title_and_by_id_is_the_same_item(bundle):
    loaded = Bundle.load(bundle)
    with pytest.raises(InputError, match="is rated twice"):
        typed_ratings(loaded, [f"{loaded.catalog.title(0)}=4", "1=3"])


def test_a_user_of_a_file_is_found_by_the_words_of_their_id(bundle, world):
    people = read_people(Bundle.load(bundle), str(world), ReadOptions())
    assert len(ratings_of(people, "7")) == (people.user == 7).sum()
    with pytest.raises(InputError, match="no user 61\nhint: their ids go from 1 to 60"):
        ratings_of(people, "61")
