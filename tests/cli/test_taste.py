"""Whose ratings count."""

from dataclasses import replace

import pytest

from foretaste import Bundle
from foretaste.cli.taste import ratings_of, read_people, typed_ratings, warn_of_events
from foretaste.data.readers import ReadOptions
from foretaste.errors import InputError


def test_typed_titles_become_ids(bundle):
    loaded = Bundle.load(bundle)
    assert typed_ratings(loaded, [f"{loaded.catalog.title(0).lower()}=4", "2=3.5"]) == {1: 4.0, 2: 3.5}


def test_what_a_text_was_taken_for_is_told_unless_it_is_exact(bundle, capsys):
    loaded = Bundle.load(bundle)
    title = loaded.catalog.title(0)
    typed_ratings(loaded, [f"{title}=4", "2=3.5"])
    assert capsys.readouterr().err == ""
    short = title.rpartition(" (")[0].upper()
    typed_ratings(loaded, [f"{short}=4", "002=3.5"])
    assert capsys.readouterr().err == f'"{short}" is {title}\n"002" is {loaded.catalog.title(1)}\n'


def test_events_are_no_ratings_and_that_is_told(bundle, tmp_path, capsys):
    loaded = Bundle.load(bundle)
    (tmp_path / "events.csv").write_text("user,item\n1,2\n1,3\n")
    people = read_people(loaded, str(tmp_path / "events.csv"), ReadOptions())
    assert capsys.readouterr().err == (
        "events.csv has no rating column: every row counts as a rating of 1 on a scale of 0.5 to 5\n"
        "hint: name the column with --columns rating=NAME\n"
    )
    warn_of_events(replace(loaded, scale=(1.0, 1.0)), people.log)  # trained on events: nothing to tell
    assert capsys.readouterr().err == ""


def test_an_item_by_title_and_by_id_is_the_same_item(bundle):
    loaded = Bundle.load(bundle)
    with pytest.raises(InputError, match="is rated twice"):
        typed_ratings(loaded, [f"{loaded.catalog.title(0)}=4", "1=3"])


def test_a_user_of_a_file_is_found_by_the_words_of_their_id(bundle, world):
    people = read_people(Bundle.load(bundle), str(world), ReadOptions())
    assert len(ratings_of(people, "7")) == (people.user == 7).sum()
    with pytest.raises(InputError, match="no user 61\nhint: their ids go from 1 to 60"):
        ratings_of(people, "61")
