"""foretaste data import and export, and train --store: ratings go round through a store and come back the same."""

import json

import pytest

from foretaste import load, read_data, read_ratings
from foretaste.errors import ParamsError
from foretaste.store import Store

TRAIN = ("--model", "bias", "--no-gate", "--quiet")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'ratings.db'}"


def test_round_through_a_store(say, world, tmp_path, url):
    said = say("data", "import", world, "--store", url)
    assert (said.code, said.out) == (0, "")
    assert said.err == f"900 ratings into {url}: 900 new, 0 in the place of an earlier one; titles of 40 items\n"
    said = say("data", "export", tmp_path / "ratings.csv", "--store", url, "--items", tmp_path / "movies.csv")
    assert (said.code, said.out) == (0, "")
    assert f"900 ratings of {url}: {tmp_path / 'ratings.csv'}\n40 items: {tmp_path / 'movies.csv'}\n" in said.err
    (ratings, catalog), (before, films) = read_data(tmp_path), read_data(world)
    assert sorted(zip(ratings.user, ratings.item, ratings.rating, ratings.time, strict=True)) == sorted(
        zip(before.user, before.item, before.rating, before.time, strict=True)
    )
    assert (catalog.titles, catalog.genres) == (films.titles, films.genres)


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.csv.gz", "r.parquet"])
def test_every_format_that_convert_writes(say, world, tmp_path, url, name):
    say("data", "import", world, "--store", url)
    assert say("data", "export", tmp_path / name, "--store", url).code == 0
    read, before = read_ratings(tmp_path / name), read_ratings(world)
    assert (read.n_users, read.n_items, len(read)) == (before.n_users, before.n_items, 900)
    assert read.user_ids.dtype == before.user_ids.dtype
    assert read.rating.sum() == before.rating.sum()


def test_importing_again_replaces_and_tells(say, world, url):
    say("data", "import", world, "--store", url)
    with Store(url) as store:
        user, item = str(read_ratings(world).user[0]), str(read_ratings(world).item[0])
        store.put(user, item, 0.5)
    said = say("data", "import", world, "--store", url)
    assert "0 new, 899 in the place of an earlier one, 1 left out, as the store has a later one" in said.err
    told = say("data", "import", world, "--store", url, "--json").json()
    assert (told["store"], told["ratings"], told["added"], told["older"]) == (url, 900, 0, 1)


def test_what_is_left_out_or_guessed_is_told(say, tmp_path, url):
    (tmp_path / "r.csv").write_text("user,item,rating\nann smith,1,3\nbob,2,4\nbob,3,x\n")
    said = say("data", "import", tmp_path / "r.csv", "--store", url, "--bad-rows", "skip")
    assert said.code == 0
    assert "1 bad row left out" in said.err
    assert "the file has no times: its ratings count as given now" in said.err
    assert "1 user with an id that no address can name" in said.err


def test_a_model_is_trained_from_a_store_as_from_the_file(say, world, tmp_path, url):
    say("data", "import", world, "--store", url)
    said = say("train", "--store", url, "--out", tmp_path / "one", *TRAIN)
    assert said.code == 0, said.err
    say("train", world, "--out", tmp_path / "two", *TRAIN)
    one, two = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two"))
    assert one["data"].pop("source") == "ratings.db"
    two["data"].pop("source")
    assert one["data"] == two["data"], "the same ratings, the same fingerprint"
    assert {name: one["test"][name] for name in ("rmse", "mae")} == {
        name: two["test"][name] for name in ("rmse", "mae")
    }
    catalogs = [json.loads((tmp_path / name / "catalog.json").read_text()) for name in ("one", "two")]
    assert catalogs[0] == catalogs[1]


def test_splits_by_time_know_the_times_of_a_store(say, world, tmp_path, url):
    say("data", "import", world, "--store", url)
    said = say("train", "--store", url, "--out", tmp_path / "b", "--split", "time", *TRAIN)
    assert said.code == 0, said.err


def test_the_library_loads_a_store(say, world, url):
    say("data", "import", world, "--store", url)
    source, file = load(url), load(world)
    assert source.describe() == file.describe() | {"source": "ratings.db"}
    assert source.catalog.titles == file.catalog.titles
    assert source.ratings.fingerprint() == file.ratings.fingerprint()
    with pytest.raises(ParamsError, match="columns and separators are of files, and the data is a store"):
        load(url, columns={"user": "who"})
    with pytest.raises(ParamsError, match="the test data is a store, expected a file\nhint: foretaste data export"):
        load(world, test=url)


def test_clicks_stay_clicks(say, tmp_path, url):
    (tmp_path / "r.csv").write_text("user,item\n" + "".join(f"{n % 30},{n * 7 % 20}\n" for n in range(300)))
    assert say("data", "import", tmp_path / "r.csv", "--store", url).code == 0
    assert load(url).clicks
    assert load(url).ratings.log.implicit


def test_data_comes_from_one_place(say, world, url):
    said = say("train", world, "--store", url)
    assert (said.code, f'DATA is "{world}" and --store is given too' in said.err) == (2, True)
    said = say("train")
    assert (said.code, "no data is named\nhint: foretaste train DATA, or" in said.err) == (2, True)


def test_a_store_that_is_not_there_or_empty(say, tmp_path, url):
    for words in (("train", "--store", url), ("data", "export", tmp_path / "r.csv", "--store", url)):
        said = say(*words)
        assert said.code == 2
        assert f"there is no store {url}\nhint: foretaste data import" in said.err
    Store(url).close()
    for name in ("r.csv", "r.parquet"):
        said = say("data", "export", tmp_path / name, "--store", url)
        assert (said.code, f"the store {url} has no ratings" in said.err) == (2, True)
        assert not (tmp_path / name).exists()
    assert "has no ratings" in say("train", "--store", url).err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("r.jsonl",), "cannot write r.jsonl: expected .csv, .tsv, .csv.gz, .tsv.gz or .parquet"),
        (("r.csv", "--items", "r.csv"), "FILE and --items are the same file"),
        (("r.csv", "--items", "m.parquet"), "cannot write m.parquet: expected .csv or .tsv"),
        (("nix/r.csv",), "nix"),
    ],
)
def test_places_that_will_not_do(say, world, url, tmp_path, monkeypatch, words, text):
    monkeypatch.chdir(tmp_path)
    say("data", "import", world, "--store", url)
    said = say("data", "export", *words, "--store", url)
    assert said.code == 2, said.err
    assert text in said.err


def test_the_address_of_a_store_is_no_file(say):
    for command in (("compare",), ("doctor",), ("data", "describe"), ("train",)):
        said = say(*command, "postgresql://anna:hush@host/r")
        assert said.code == 2
        assert "postgresql://anna:***@host/r is the address of a store, expected a file" in said.err
        assert "foretaste data export FILE --store URL" in said.err
        assert "hush" not in said.err


def test_no_password_goes_anywhere(say, world, tmp_path, database):
    assert say("data", "import", world, "--store", database).code == 0
    said = say("train", "--store", database, "--out", tmp_path / "b", *TRAIN, "--json")
    assert said.code == 0, said.err
    assert "postgresql://anna:***@127.0.0.1" in said.out, "the command, as it may be shown"
    for path in (tmp_path / "b").iterdir():
        assert b"s3cret" not in path.read_bytes(), path.name
    assert "s3cret" not in said.out + said.err
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["data"]["source"] == "postgres"
    said = say("data", "import", world, "--store", database.replace("s3cret", "wr0ng"))
    assert (said.code, "wr0ng" in said.err) == (2, False)
