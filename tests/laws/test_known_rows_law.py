"""Models that score only known rows, in the corridor: judged rightly, refused where nobody is known, honest to strangers."""

import os
import signal

import numpy as np
import pytest

from foretaste.arrays import row_of
from foretaste.cli.app import run as run_command
from foretaste.comparison import compare, judge
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.errors import InputError, ParamsError
from foretaste.evaluation import evaluate, hidden_rmse
from foretaste.experiment import run
from foretaste.fitting import fit_entry
from foretaste.models import MODELS
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.split import split_given, split_new_users, split_random
from foretaste.training.watch import Watch

FAST = {"widths": [8], "epochs": 2}
WORLD = make_world(60, 40, 900, seed=3)
SPLIT = split_random(WORLD.ratings, WORLD.catalog, test=0.2, seed=1)

every_known = pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.known_rows])


def entry(name: str) -> Entry:
    return Entry(name, {k: v for k, v in FAST.items() if k in MODELS[name].Params.__dataclass_fields__})


def by_hand(model, seen, hidden) -> float:
    error = model.predict(seen, row_of(hidden), hidden.indices).astype(np.float64) - hidden.data
    return float(np.sqrt(np.square(error).mean()))


def test_there_are_such_models():
    assert "item_autorec" in [name for name, kind in MODELS.items() if kind.known_rows]


@every_known
def test_the_longer_row_of_a_person_is_a_strangers_so_there_is_no_reconstruction(name):
    model = entry(name).build(0).fit(SPLIT.full)
    found = evaluate(model, SPLIT.test, scale=SPLIT.scale)
    assert found.summary()["reconstruction_rmse"] is None
    assert found.summary()["rmse"] == pytest.approx(by_hand(model, SPLIT.full, SPLIT.test.hidden))


@every_known
def test_without_a_refit_people_are_judged_by_what_was_learnt_of_them(name):
    fitted = fit_entry(entry(name), SPLIT, refit=False)
    assert not fitted.refitted
    row = judge(SPLIT, [fitted]).rows[0]
    plain = entry(name).build(0).fit(SPLIT.train, watch=lambda model: hidden_rmse(model, SPLIT.valid))
    assert row["rmse"] == pytest.approx(by_hand(plain, SPLIT.train, SPLIT.test.hidden), abs=1e-6)
    assert row["n_list_users"] > 10


@every_known
def test_with_a_refit_the_second_model_is_judged(name):
    fitted = fit_entry(entry(name), SPLIT)
    assert fitted.refitted
    assert judge(SPLIT, [fitted]).rows[0]["rmse"] == pytest.approx(by_hand(fitted.model, SPLIT.full, SPLIT.test.hidden))


@every_known
def test_a_second_fit_that_is_stopped_leaves_a_model_that_can_be_judged(name, monkeypatch):
    kind, calls = MODELS[name], []
    fit = kind.fit

    def stopping(self, X, *, watch=None):
        calls.append(X.nnz)
        out = fit(self, X, watch=watch)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            self.stopped_ = "interrupted"
        return out

    monkeypatch.setattr(kind, "fit", stopping)
    fitted = fit_entry(entry(name), SPLIT)
    assert (calls, fitted.refitted, fitted.stopped) == ([SPLIT.train.nnz, SPLIT.full.nnz], False, "interrupted")
    row = judge(SPLIT, [fitted]).rows[0]
    assert row["rmse"] == pytest.approx(by_hand(fitted.model, SPLIT.train, SPLIT.test.hidden))


@every_known
def test_people_that_only_the_test_file_has_are_people_of_whom_nothing_is_known(name):
    ratings, ids = WORLD.ratings, np.unique(WORLD.ratings.user)
    late = np.isin(ratings.user, ids[-5:]) | (np.arange(len(ratings)) % 5 == 0)
    split = split_given(*(ratings.select(np.flatnonzero(part)) for part in (~late, late)), WORLD.catalog)
    row = compare(split, [entry(name)]).rows[0]
    assert (row["n_unpredicted"], split.settings["test_users_unseen"]) == (0, 5)
    assert 0 < row["rmse"] < 2


@every_known
def test_where_new_people_are_asked_about_it_is_refused_before_anything_is_fitted(name):
    split = split_new_users(WORLD.ratings, WORLD.catalog)
    source = Source(WORLD.ratings, WORLD.catalog)
    words = f"{name} scores nobody but the people it was fitted on, and the split new-users asks about others"
    for call in (
        lambda: compare(split, [Entry("mean"), entry(name)], report=lambda *_: pytest.fail("begun")),
        lambda: run(Recipe(models=(Entry("mean"), entry(name))), source, report=lambda *_: pytest.fail("begun")),
    ):
        with pytest.raises(ParamsError, match=words) as caught:
            call()
        assert caught.value.hint == "use --split random, or leave it out; autorec reads anybody's ratings"


@every_known
def test_people_of_training_who_show_more_are_refused_as_well(name):
    third = np.arange(len(WORLD.ratings)) % 3
    train, test, seen = (WORLD.ratings.select(np.flatnonzero(third == part)) for part in range(3))
    split = split_given(train, test, WORLD.catalog, seen=seen)
    words = "the split given-new-users asks about others, or about people who show more than the train file has"
    with pytest.raises(ParamsError, match=words):
        compare(split, [entry(name)])


@every_known
@pytest.mark.parametrize("refit", [True, False])
def test_a_bundle_knows_the_people_of_its_file(name, refit, tmp_path):
    recipe = Recipe(models=(entry(name),), split=SplitParams(kind="random"), refit=refit)
    bundle = run(recipe, Source(WORLD.ratings, WORLD.catalog)).bundle()
    mine = WORLD.ratings.user == WORLD.ratings.user[0]
    taste = dict(zip(WORLD.ratings.item[mine].tolist(), WORLD.ratings.rating[mine].tolist(), strict=True))
    found = type(bundle).load(bundle.save(tmp_path / "b")).recommend(taste, 5)
    assert len(found.items) == 5
    assert not {line.item_id for line in found.items} & set(taste)
    with pytest.raises(InputError, match=f"is nobody that this {name} was fitted on"):
        bundle.recommend(dict(list(taste.items())[:-1]))
    assert bundle.recommend({}, 3).items == bundle.recommend({}, 3).items


@every_known
def test_a_run_goes_on_from_a_checkpoint_as_its_inner_model_does(name, tmp_path):
    if not MODELS[name].resumes:
        return
    first, again = (entry(name).build(0).fit(SPLIT.train, watch=Watch(checkpoint=tmp_path / "run")) for _ in range(2))
    assert (tmp_path / "run").is_file()
    np.testing.assert_array_equal(first.score(SPLIT.train), again.score(SPLIT.train))
    np.testing.assert_array_equal(first.score(SPLIT.train), entry(name).build(0).fit(SPLIT.train).score(SPLIT.train))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with data and a bundle of item_autorec, trained from the command line."""
    folder = tmp_path_factory.mktemp("known")
    words = ["--split", "random", "--model", "item_autorec", "--set", "widths=[8]", "--set", "epochs=2", "--quiet"]
    assert run_command(["data", "synth", str(folder / "w"), "--users", "60", "--items", "40", "--ratings", "900"]) == 0
    assert run_command(["train", str(folder / "w"), "--out", str(folder / "b"), *words]) == 0
    return folder


@pytest.mark.parametrize("command", [["recommend"], ["predict", "--item", "3"]], ids=lambda words: words[0])
def test_commands_answer_people_of_the_file_and_refuse_strangers_in_words(command, trained, capsys):
    verb, *rest = command
    ask = [verb, str(trained / "b"), *rest]
    assert run_command([*ask, "--data", str(trained / "w"), "--user", "7"]) == 0
    capsys.readouterr()
    assert run_command([*ask, "--rate", "1=5"]) == 2
    error = capsys.readouterr().err
    assert "row 0, with 1 rating, is nobody that this item_autorec was fitted on" in error
    assert "hint: ask about people of the training data" in error


def test_everyone_of_the_file_gets_a_list_and_the_bundle_is_measured_as_it_was(trained, capsys):
    bundle, world = str(trained / "b"), str(trained / "w")
    assert run_command(["recommend", bundle, "--data", world, "--out", str(trained / "all.csv"), "--quiet"]) == 0
    assert len((trained / "all.csv").read_text().splitlines()) == 60 * 10 + 1
    assert run_command(["evaluate", bundle, world]) == 0
    assert "its own test part" in " ".join(capsys.readouterr().out.split())


def test_training_for_new_people_is_refused_at_the_command_line_too(trained, capsys):
    assert run_command(["train", str(trained / "w"), "--model", "item_autorec", "--dry-run"]) == 2
    assert "hint: use --split random" in capsys.readouterr().err
