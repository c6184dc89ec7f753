"""The data of an experiment: what is filtered, what counts as a like, and files that belong together."""

from dataclasses import replace

import numpy as np
import pytest

from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.data.writers import write_ratings
from foretaste.errors import DataError, NotFoundError, ParamsError
from foretaste.recipe import DataParams
from foretaste.source import Source, load, load_folds
from tests.official_files import world_of_stars, write_official


@pytest.fixture(scope="module")
def source():
    world = make_world(60, 40, 900, seed=3)
    return Source(world.ratings, world.catalog)


def test_filters_of_the_recipe_apply_and_the_catalogue_keeps_the_whole_file(source, tmp_path):
    write_ratings(source.ratings, tmp_path / "r.csv")
    loaded = load(tmp_path / "r.csv", DataParams(top_users=10, min_item_ratings=3))
    assert loaded.ratings.n_users <= 10
    assert np.bincount(loaded.ratings.item_code).min() >= 3
    assert len(loaded.catalog) == 40
    liked = load(tmp_path / "r.csv", DataParams(min_rating=4, top_items=5)).ratings
    assert liked.rating.min() == 4
    assert liked.n_items == 5


def test_data_that_are_not_there_are_said_so(tmp_path):
    with pytest.raises(NotFoundError, match="there is no file, folder or public data set"):
        load(tmp_path / "absent")


def test_the_scale_is_that_of_both_files(source):
    low = source.ratings.select(source.ratings.rating < 3)
    assert replace(source, ratings=low, test=source.ratings).scale == (0.5, 5.0)
    assert replace(source, ratings=low).scale[1] < 3


def written(tmp_path, *ratings):
    lines = [f"{row % 4},{row},{rating}" for row, rating in enumerate(ratings)]
    (tmp_path / "r.csv").write_text("user,item,rating\n" + "\n".join(lines) + "\n")
    return tmp_path / "r.csv"


def test_what_counts_as_a_click_is_what_a_bundle_will_count(tmp_path):
    """The highest of all floors; nothing where all ratings are equal, and so clicks already."""
    file = written(tmp_path, 1, 2, 3, 4, 5, 5, 5, 5)
    kept = [
        (load(file, DataParams(task="ranking", **floors)).like, load(file, DataParams(task="ranking", **floors)).rated)
        for floors in ({}, {"like": 4}, {"min_rating": 3}, {"min_rating": 4, "like": 2})
    ]
    assert kept == [(1, (1, 5)), (4, (1, 5)), (3, (1, 5)), (4, (1, 5))]
    source = load(written(tmp_path, 3, 3, 3, 3), DataParams(task="ranking"))
    assert (source.like, source.rated, source.clicks) == (None, None, True)
    assert load(file).like is None


def test_a_task_of_ratings_needs_ratings_that_differ(tmp_path):
    with pytest.raises(DataError) as caught:
        load(written(tmp_path, 3, 3, 3, 3), DataParams(task="rating"))
    words = "all ratings are 3, so there is nothing to predict about them\nhint: --task ranking makes lists of clicks"
    assert str(caught.value) == words


def test_a_test_file_without_likes_is_named(tmp_path):
    train = written(tmp_path, 1, 5, 5, 5)
    (tmp_path / "t.csv").write_text("user,item,rating\n1,9,1\n2,9,2\n")
    with pytest.raises(DataError, match=r"t\.csv: no rating is at least 4\nhint: the ratings go from 1 to 2"):
        load(train, DataParams(task="ranking", like=4), test=tmp_path / "t.csv")


def test_one_file_for_two_things_is_refused_by_any_of_its_names(tmp_path):
    train = written(tmp_path, 1, 2, 3, 4)
    (tmp_path / "other.csv").symlink_to(train)
    (tmp_path / "t.csv").write_text("user,item,rating\n1,9,1\n2,9,2\n")
    words = (
        "the train and the test file are the same: {}\n"
        "hint: nobody is judged by what a model was shown; divide one file: --split random"
    )
    for test in (train, tmp_path / "other.csv"):
        with pytest.raises(ParamsError) as caught:
            load(train, test=test)
        assert str(caught.value) == words.format(train)
    with pytest.raises(ParamsError, match="the test and the seen file are the same: "):
        load(train, test=tmp_path / "t.csv", seen=tmp_path / "t.csv")


def test_official_folds_are_read_with_one_catalogue(tmp_path):
    ratings = world_of_stars()
    made = load_folds(write_official(tmp_path / "set", ratings))
    assert [name for name, *_ in made.pairs] == ["u1", "u2", "u3", "u4", "u5"]
    assert made.describe() == {"source": "set: u1, u2, u3, u4, u5", "users": 60, "items": 40, "ratings": 900}
    assert [(len(train), len(test)) for _, train, test in made.pairs] == [(720, 180)] * 5
    assert (made.scale, made.like, made.test) == ((1, 5), None, None)
    assert made.catalog.item_ids.tolist() == sorted(set(ratings.item.tolist()))
    assert made.ratings.log.rows_read == 900
    same = Ratings.from_arrays(made.ratings.user, made.ratings.item, made.ratings.rating, made.ratings.time)
    assert sorted(zip(same.user, same.item, same.rating, same.time, strict=True)) == sorted(
        zip(ratings.user, ratings.item, ratings.rating, ratings.time, strict=True)
    )


def test_other_pairs_of_the_folder_are_named_and_may_become_likes(tmp_path):
    folder = write_official(tmp_path / "set", world_of_stars())
    made = load_folds(folder, DataParams(task="ranking", like=4), pairs=("ua", "ub"))
    assert [name for name, *_ in made.pairs] == ["ua", "ub"]
    assert (made.clicks, made.like, made.rated) == (True, 4, (1, 5))
    assert made.ratings.time is not None


def test_folds_of_one_division_are_told_from_others(tmp_path, caplog):
    """Folds of one division give no word; a train file that lost ratings, and a rating that two files test, do."""
    folder = write_official(tmp_path / "set", world_of_stars())
    for pairs in ((), ("ua", "ub")):
        assert load_folds(folder, pairs=pairs).ratings.log.steps == ()
    assert caplog.text == ""
    lines = (folder / "u3.base").read_text().splitlines(keepends=True)
    (folder / "u3.base").write_text("".join(lines[7:]))
    steps = load_folds(folder).ratings.log.steps
    assert steps == ("u3 hold other ratings than u1: models learn from different data",)
    assert f"set: {steps[0]}" in caplog.text
    (folder / "u2.base").write_text((folder / "u1.base").read_text())
    (folder / "u2.test").write_text((folder / "u1.test").read_text())
    assert (
        load_folds(folder).ratings.log.steps[1]
        == "180 of 720 ratings are in several test files and count several times"
    )


def test_files_without_times_are_folds_too(tmp_path):
    folder = write_official(tmp_path / "set", world_of_stars())
    for path in folder.iterdir():
        path.write_text("".join(line.rsplit("\t", 1)[0] + "\n" for line in path.read_text().splitlines()))
    assert load_folds(folder).ratings.time is None


def test_a_file_beside_on_a_scale_of_its_own_is_refused(tmp_path):
    train = made(tmp_path, "train", np.tile([0.5, 3, 5], 20))
    for name, ratings, ends in (
        ("tens", np.tile([10, 60, 100], 5), "10 to 100"),
        ("wide", np.tile([0.5, 3, 60], 5), "0.5 to 60"),
        ("percent", np.tile([0.1, 0.2, 0.3], 5), "0.1 to 0.3"),
    ):
        with pytest.raises(DataError) as caught:
            load(train, test=made(tmp_path, name, ratings))
        assert f"{name}.csv: its ratings go from {ends}, and those of the train file from 0.5 to 5" in str(caught.value)
        assert "hint: bring both to one scale first; foretaste doctor TRAIN --test TEST" in str(caught.value)
    for name, ratings in (
        ("fives", np.full(5, 5.0)),
        ("fine", np.tile([1, 2, 4], 5)),
        ("beyond", np.tile([0, 1, 2], 5)),
    ):
        assert load(train, test=made(tmp_path, name, ratings)).test is not None


def test_filters_of_the_train_file_do_not_make_the_test_file_strange(tmp_path):
    train, test = made(tmp_path, "train", np.tile([1, 3, 5], 20)), made(tmp_path, "test", np.tile([1, 2, 3], 5))
    assert load(train, DataParams(min_rating=5.0), test=test).test is not None


def test_clicks_beside_ratings_are_refused_and_wanted_for_lists(tmp_path):
    train, clicks = made(tmp_path, "train", np.tile([0.5, 3, 5], 20)), tmp_path / "clicks.csv"
    clicks.write_text("user,item\n" + "\n".join(f"{n},{n}" for n in range(9)) + "\n")
    words = (
        "clicks.csv: it has no ratings, and the train file has\nhint: name the column: --columns rating=NAME; or judge"
    )
    with pytest.raises(DataError, match=words):
        load(train, test=clicks)
    with pytest.raises(DataError, match=r"train\.csv: the train file has no ratings, and it has"):
        load(clicks, test=train)
    assert load(train, DataParams(task="ranking", like=3.0), test=clicks).clicks


def made(tmp_path, name, ratings):
    """A file of one rating a user, of a few items."""
    path = tmp_path / f"{name}.csv"
    lines = [f"{row},{row % 7},{value:g}" for row, value in enumerate(ratings)]
    path.write_text("user,item,rating\n" + "\n".join(lines) + "\n")
    return path
