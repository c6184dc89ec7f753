"""foretaste train: a bundle with its accuracy, and nothing lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from foretaste import Bundle, choice
from foretaste.cli import compare, demo, train
from foretaste.cli.train import chosen_entry
from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.recipe import Recipe

FAST = ["--model", "autorec", "--set", "widths=[8]", "--set", "epochs=2"]


def test_a_bundle_holds_provenance_and_test_results(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["model"] == "autorec"
    assert manifest["params"]["widths"] == [8]
    assert manifest["test"]["n_unpredicted"] == 0
    assert manifest["test"]["rmse_low"] <= manifest["test"]["rmse"] <= manifest["test"]["rmse_high"]
    assert len(manifest["data"]["fingerprint"]) == 64
    assert manifest["recipe"]["split"]["seed"] == 0
    assert {"foretaste", "numpy", "python"} <= set(manifest["versions"])


def test_every_report_holds_the_baselines_and_a_verdict(bundle):
    report = json.loads((bundle / "report.json").read_text())
    names = [row["model"] for row in report["models"]]
    assert names == ["mean", "bias", "item_knn", "biased_mf", "popularity", "ease", "autorec"]
    assert report["verdict"].startswith("autorec ")
    assert all("difference" in row for row in report["models"][:4])
    page = (bundle / "report.html").read_text()
    assert report["verdict"].split(":")[0] in page


def test_a_page_elsewhere_is_written_beside_that_of_the_bundle(say, world, tmp_path):
    options = ("--model", "bias", "--no-gate", "--quiet", "--report", tmp_path / "x.html", "--csv", tmp_path / "x.csv")
    said = say("train", world, "--out", tmp_path / "b", *options, "--json")
    assert said.code == 0, said.err
    assert said.json()["bundle"] == str(tmp_path / "b")
    assert (tmp_path / "x.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()
    assert (tmp_path / "x.csv").is_file()
    (tmp_path / "y.html").mkdir()
    said = say("train", world, "--out", tmp_path / "c", "--model", "bias", "--report", tmp_path / "y.html")
    assert "it is a folder" in said.err
    assert not (tmp_path / "c").exists()


def test_training_prints_the_table_and_where_things_lie(say, world, tmp_path):
    said = say("train", world, "--out", tmp_path / "b", "--model", "bias", "--no-gate", "--quiet")
    assert said.code == 0
    assert "Accuracy on hidden ratings" in said.out
    assert str(tmp_path / "b") in said.err


def test_json_is_the_whole_of_stdout(say, world, tmp_path):
    said = say("train", world, "--out", tmp_path / "b", "--model", "mean", "--no-gate", "--json", "--quiet")
    assert said.json()["models"][0]["model"] == "mean"


def test_an_existing_bundle_is_kept_unless_told(say, bundle, world):
    before = (bundle / "manifest.json").read_bytes()
    said = say("train", world, "--out", bundle, "--model", "mean")
    assert said.code == 2
    assert f"{bundle} exists already" in said.err
    assert (bundle / "manifest.json").read_bytes() == before


def test_a_misspelt_setting_is_refused_before_anything_is_read(say, tmp_path):
    said = say("train", tmp_path, "--out", tmp_path / "b", "--model", "autorec", "--set", "dropuot=0.1")
    assert said.code == 2
    assert 'AutoRec has no setting "dropuot"' in said.err
    assert 'did you mean "dropout"?' in said.err


def test_a_misspelt_model_offers_the_nearest(say, tmp_path):
    said = say("train", tmp_path, "--out", tmp_path / "b", "--model", "autrec")
    assert 'did you mean "autorec"?' in said.err


def test_a_recipe_decides_and_options_override(say, world, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text('seed = 5\n[split]\nhide = "3"\n[[models]]\nmodel = "biased_mf"\nlatent = 2\n')
    said = say("train", world, "--out", tmp_path / "b", "--recipe", recipe, "--seed", 6, "--set", "latent=3", "--quiet")
    assert said.code == 0, said.err
    loaded = Bundle.load(tmp_path / "b")
    assert loaded.model.params.latent == 3
    assert loaded.about["recipe"]["split"] | {"hide": "3", "seed": 6} == loaded.about["recipe"]["split"]


def test_a_model_is_named_by_its_label_where_it_stands_twice():
    recipe = Recipe(models=(Entry("autorec", {"noise": 0.0}, "plain"), Entry("autorec", {}, "hiding")))
    assert chosen_entry(recipe, "plain", {"epochs": 3}).settings == {"noise": 0.0, "epochs": 3}
    with pytest.raises(ParamsError, match='"autorec" stands several times in the recipe'):
        chosen_entry(recipe, "autorec", {})


def test_two_users_cannot_be_divided(say, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("user,item,rating\n1,1,3\n2,1,4\n")
    said = say("train", path, "--out", tmp_path / "b")
    assert said.code == 2
    assert "the data has 2 users, expected at least 3 to divide" in said.err


@pytest.fixture
def never(monkeypatch):
    """No data may be read: what is refused here is refused before."""

    def read(*_, **__):
        raise AssertionError("data were read")

    for module in (train, compare, demo):
        monkeypatch.setattr(module, "load", read)


def file_as_parent(tmp_path):
    (tmp_path / "ok.csv").write_text("x")
    return tmp_path / "ok.csv" / "x"


def dead_link(tmp_path):
    (tmp_path / "dead").symlink_to(tmp_path / "gone")
    return tmp_path / "dead"


def photos(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "family.jpg").write_text("dear")
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (file_as_parent, "ok.csv is not a folder"),
        (dead_link, "dead is a link to nothing"),
        (photos, "photos exists already and is not a bundle"),
        (lambda _: "/proc/x", "cannot write to /proc/x"),
        (lambda tmp_path: tmp_path / ("n" * 256), "file name too long"),
    ],
)
@pytest.mark.parametrize("command", ["train", "demo"])
def test_where_nothing_can_be_written_nothing_is_trained(say, never, tmp_path, command, place, words):
    options = ("train", tmp_path, "--overwrite") if command == "train" else ("demo", "--synthetic")
    said = say(*options, "--out", place(tmp_path))
    assert said.code == 2
    assert words in said.err
    assert "\nhint: name another folder" in said.err
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["", ".", "/", "file/ck"])
def test_a_checkpoint_that_cannot_be_kept_is_refused_before_training(say, never, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    said = say("train", tmp_path, "--out", "b", "--checkpoint", name)
    assert said.code == 2
    assert "expected the name of a file" in said.err or "file is not a folder" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_report_that_cannot_be_written_is_refused_before_training(say, never, tmp_path):
    (tmp_path / "file").write_text("x")
    said = say("compare", tmp_path, "--report", tmp_path / "file")
    assert said.code == 2
    assert "file is not a folder" in said.err


def test_overwriting_keeps_the_notes_of_others(say, world, tmp_path):
    options = ("train", world, "--out", tmp_path / "b", "--model", "mean", "--no-gate", "-q")
    assert say(*options).code == 0
    (tmp_path / "b" / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert say(*options[:3], tmp_path / "link", *options[4:], "--overwrite").code == 0
    assert (tmp_path / "b" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "b" / "report.html").is_file()


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("randon", 'did you mean "random"?'), ("given", "foretaste compare"),
     ("k-fold", "foretaste compare --split k-fold judges models; this command makes one")],
)  # fmt: skip
def test_another_split_is_refused_by_the_name_of_its_option(say, never, tmp_path, kind, hint):
    said = say("train", tmp_path, "--split", kind)
    assert said.code == 2
    words = "new-users, random, time, new-users-time, leave-last-out, leave-one-out"
    assert f'--split is "{kind}", expected one of {words}\nhint: ' in said.err
    assert hint in said.err


def test_ctrl_c_before_the_model_begins_leaves_no_bundle(say, world, tmp_path, monkeypatch):
    def stopped(*_, **__):
        return SimpleNamespace(comparison=SimpleNamespace(fitted=[SimpleNamespace(label="bias")]))

    monkeypatch.setattr(train, "run", stopped)
    said = say("train", world, "--out", tmp_path / "b", "--model", "autorec", "-q")
    assert said.code == 130
    assert said.err == "stopped by Ctrl-C before autorec was fitted: no bundle is written\n"
    assert not (tmp_path / "b").exists()


def test_a_recipe_of_own_files_is_not_for_train(say, never, tmp_path):
    (tmp_path / "r.toml").write_text('[split]\nkind = "given"\n')
    said = say("train", tmp_path, "--recipe", tmp_path / "r.toml")
    assert said.code == 2
    assert "foretaste compare --split given --train FILE --test FILE takes your own files" in said.err


def test_a_recipe_of_folds_is_not_for_train(say, never, tmp_path):
    (tmp_path / "r.toml").write_text("[split]\nfolds = 3\n")
    said = say("train", tmp_path, "--recipe", tmp_path / "r.toml")
    assert said.code == 2
    words = "the recipe divides into 3 folds, and this command makes one model\nhint: foretaste compare judges over folds; set"
    assert words in said.err


@pytest.mark.parametrize("kind", ["time", "new-users-time"])
def test_a_bundle_of_a_split_by_time_is_known_again(say, world, tmp_path, kind):
    said = say("train", world, "--out", tmp_path / "b", "--model", "bias", "--no-gate", "--split", kind, "-q")
    assert said.code == 0, said.err
    about = Bundle.load(tmp_path / "b").about
    assert about["split"]["kind"] == kind
    again = say("evaluate", tmp_path / "b", world, "--json").json()
    assert again["evaluated_on"].startswith("its own test part")
    assert (again["rmse"], again["n_hidden"]) == (about["test"]["rmse"], about["test"]["n_hidden"])


def test_what_is_hidden_of_new_people_means_nothing_where_there_are_none(say, never, tmp_path):
    said = say("train", tmp_path, "--split", "random", "--hide", "5")
    assert said.code == 2
    assert "--hide says what is hidden of new people, and the split random has none\nhint: leave it out" in said.err


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_so_far_and_exits_130(world, tmp_path):
    """A real process, a real SIGINT: the bundle is there and works."""
    code = "import sys; from foretaste.cli import main; sys.argv[0] = 'foretaste'; main()"
    options = ["--out", str(tmp_path / "b"), "--no-gate", "--set", "epochs=100000", "--set", "patience=100000"]
    command = [sys.executable, "-c", code, "train", str(world), *options, "--model", "autorec", "--set", "widths=[8]"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    deadline = time.monotonic() + 60
    for line in process.stderr:
        if "epoch 6/" in line:
            break
        assert time.monotonic() < deadline, "training never began"
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped early by Ctrl-C" in err
    assert Bundle.load(tmp_path / "b").about["stopped"] == "interrupted"


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(say, world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "run", lambda *_, **__: pytest.fail("trained"))
    said = say("train", world, "--dry-run", "--model", "autorec", "--set", "batch_size=10", "--checkpoint", "ck")
    assert said.code == 0, said.err
    assert "tiny, 60 users x 40 items, 900 ratings" in said.out
    assert "5 batches an epoch" in said.out
    assert "autorec" in said.out
    assert "biased_mf" in said.out
    assert said.err == ""
    assert [path for path in tmp_path.iterdir() if path.name != "cache"] == []


def test_a_dry_run_in_json(say, world):
    told = say("train", world, "--dry-run", "--json", "--model", "bias", "--no-gate").json()
    assert told["data"]["ratings"] == 900
    assert [line["model"] for line in told["models"]] == ["bias"]
    assert told["peak_bytes"] > told["held_bytes"] > 0


def test_what_does_not_fit_is_refused_by_a_dry_run_in_the_words_of_training(say, world, tmp_path):
    options = (
        "train",
        world,
        "--model",
        "autorec",
        "--set",
        "widths=[1000000,1000000]",
        "--quiet",
        "--out",
        tmp_path / "b",
    )
    dry, wet = say(*options, "--dry-run"), say(*options)
    assert (dry.code, wet.code) == (2, 2)
    assert dry.err == wet.err
    assert re.fullmatch(
        r"error: AutoRec of \d+ users x 40 items needs about [\d,.]+ GB \(.+\), this machine has [\d,.]+ GB\n"
        r"hint: choose smaller widths\n",
        dry.err,
    )
    assert not (tmp_path / "b").exists()


def test_a_misspelt_gate_is_refused_before_a_dry_run_reads(say, never, tmp_path):
    said = say("train", tmp_path, "--dry-run", "--model", "autorec", "--set", "dropuot=1")
    assert (said.code, 'AutoRec has no setting "dropuot"' in said.err) == (2, True)


@pytest.mark.parametrize("model", ["biased-mf", "mean"])
def test_a_checkpoint_for_a_model_that_keeps_none_is_refused_before_anything_is_read(say, never, tmp_path, model):
    said = say("train", tmp_path, "--model", model, "--checkpoint", tmp_path / "ck")
    assert said.code == 2
    name = model.replace("-", "_")
    assert f"--checkpoint: {name} keeps no state between epochs, a stopped fit begins anew\n" in said.err
    assert "hint: leave --checkpoint out; it is for autorec" in said.err


def test_without_a_name_the_best_on_validation_is_taken_and_said(say, world, tmp_path, monkeypatch):
    quick = (Entry("two_sided_ridge", {"epochs": 2}), Entry("ridge", {"epochs": 2}))
    monkeypatch.setattr(choice, "SMALL", quick)
    said = say("train", world, "--out", tmp_path / "b", "--quiet")
    assert said.code == 0, said.err
    taken = re.search(r"(\w+) is taken: of 6 models that predict ratings", said.out)
    assert taken is not None
    bundle = Bundle.load(tmp_path / "b")
    assert bundle.about["label"] == taken[1] == bundle.model.name
    report = json.loads((tmp_path / "b" / "report.json").read_text())
    assert report["choice"]["label"] == taken[1]
    lines = {row["model"]: row["valid_rmse"] for row in report["models"] if row["valid_rmse"] is not None}
    assert lines[taken[1]] == min(lines.values()) <= lines["bias"]
    assert "is taken: of 6 models" in (tmp_path / "b" / "report.html").read_text()


def test_ctrl_c_without_a_name_keeps_the_best_of_what_was_fitted(say, world, tmp_path, monkeypatch):
    def stopping(recipe, source, **options):
        def stop(label, progress):
            if label == "biased_mf" and progress is None:
                os.kill(os.getpid(), signal.SIGINT)

        return real(recipe, source, **options | {"report": stop})

    real = train.run
    monkeypatch.setattr(train, "run", stopping)
    said = say("train", world, "--out", tmp_path / "b", "-q")
    assert said.code == 130
    assert "stopped early by Ctrl-C: the bundle holds the best of what was fitted until then" in said.err
    assert Bundle.load(tmp_path / "b").model.name in {"bias", "biased_mf"}


def test_the_baselines_cannot_be_left_out_where_they_may_be_taken(say, tmp_path):
    said = say("train", tmp_path, "--no-gate")
    assert said.code == 2
    assert said.err == (
        "error: --no-gate leaves the baselines out, and where no model is named they may be taken\n"
        "hint: name it: --model two_sided_ridge\n"
    )


def test_settings_of_no_model_are_refused_before_anything_is_read(say, tmp_path):
    said = say("train", tmp_path, "--set", "latent=3")
    assert said.code == 2
    assert said.err == (
        "error: --set gives settings of a model, and none is named\nhint: name it: --model two_sided_ridge\n"
    )
