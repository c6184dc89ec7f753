"""Files are read leniently, and what is no table of ratings is refused as the readers refuse it."""

import shlex

import pytest

from foretaste import Entry, ReadOptions, Recipe
from foretaste.doctor import examine, open_case
from foretaste.errors import BundleError, DataError, NotFoundError
from foretaste.experiment import run
from foretaste.recipe import DataParams, SplitParams
from foretaste.source import load
from tests.doctor.planting import Table


@pytest.fixture
def folder(tmp_path):
    return Table(60, 40, 900).write(tmp_path / "data")


def test_bad_rows_and_repeated_pairs_are_kept_in_mind(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("user,item,rating\na,x,3\na,x,4\nb,y,good\nb,x,2\n")
    case = open_case(path)
    assert case.bad == ('line 4: rating is "good", expected a number',)
    assert (len(case.rows), len(case.ratings), case.rows.log.rows_bad) == (3, 2, 1)
    assert case.ratings.rating.tolist() == [4, 2]
    assert case.path == str(path)


def test_names_are_words_of_the_shell(tmp_path):
    path = tmp_path / "my ratings.csv"
    path.write_text("user,item,rating\na,x,3\na,x,4\nb,x,2\n")
    (repeated,) = [
        one for one in examine(open_case(path), forecast=False).findings if one.code == "contradicting-pairs"
    ]
    assert shlex.split(repeated.command)[:4] == ["foretaste", "data", "convert", str(path)]


@pytest.mark.parametrize(("policy", "kept"), [("first", 3), ("mean", 3.5), ("error", 4), ("keep", 4)])
def test_the_policy_is_the_callers_but_nothing_is_refused(tmp_path, policy, kept):
    path = tmp_path / "r.csv"
    path.write_text("user,item,rating\na,x,3\na,x,4\nb,x,2\n")
    assert open_case(path, ReadOptions(duplicates=policy)).ratings.rating.max() == kept


def test_films_come_as_the_file_has_them(folder):
    assert len(open_case(folder).films) == 40
    assert open_case(folder / "ratings.csv").films is not None
    (folder / "movies.csv").unlink()
    assert open_case(folder).films is None


def test_what_is_no_table_is_refused_with_the_readers_words(tmp_path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="has no column"):
        open_case(tmp_path / "r.csv", ReadOptions(columns={"user": "who"}))
    (tmp_path / "bad.csv").write_text("user,item,rating\na,x,no\n")
    with pytest.raises(DataError, match="all 1 rows are bad"):
        open_case(tmp_path / "bad.csv")
    (tmp_path / "comma.csv").write_text("user;item;rating\na;x;4,5\nb;x;3,0\n")
    with pytest.raises(DataError, match=r'all 2 rows are bad.*line 2: rating is "4,5".*line 3') as error:
        open_case(tmp_path / "comma.csv")
    assert "decimal comma" in error.value.hint
    with pytest.raises(NotFoundError):
        open_case(tmp_path / "nothing.csv")
    with pytest.raises((BundleError, NotFoundError)):
        open_case(Table(20, 10, 90).write(tmp_path / "w"), bundle=tmp_path / "none")


def test_a_test_file_of_lists_is_read_as_the_train_file(tmp_path):
    (tmp_path / "train.txt").write_text(
        "".join(f"{u} {' '.join(str(u + k) for k in range(1 + u % 7))}\n" for u in range(30))
    )
    (tmp_path / "test.txt").write_text("0 41 42\n1 43 44\n")
    case = open_case(tmp_path / "train.txt", ReadOptions(separator="lists"), test=tmp_path / "test.txt")
    assert len(case.test.rows) == 4
    assert case.test.path.endswith("test.txt")


@pytest.fixture
def bundle(folder, tmp_path):
    recipe = Recipe(models=(Entry("bias"),), data=DataParams(min_user_ratings=5))
    return run(recipe, load(folder, recipe.data)).bundle().save(tmp_path / "films")


def test_a_bundle_knows_its_own_data_by_their_fingerprint(folder, bundle, tmp_path):
    assert open_case(folder, bundle=bundle).bundle_own is True
    other = Table(60, 40, 900, seed=9).write(tmp_path / "other")
    assert open_case(other, bundle=bundle).bundle_own is False
    few = Table(3, 4, 6).write(tmp_path / "few")
    assert open_case(few, bundle=bundle).bundle_own is False


def test_a_bundle_tells_when_it_learnt(folder, bundle):
    case = open_case(folder, bundle=bundle, split=SplitParams("random"))
    assert len(case.bundle.about["data"]["dates"]) == 2
    assert case.split.kind == "random"
