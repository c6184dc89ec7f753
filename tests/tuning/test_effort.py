"""Every line of a comparison is searched as much as every other, on what it may see."""

from dataclasses import replace

import pytest

from foretaste.arrays import with_values
from foretaste.comparison import compare
from foretaste.entries import Entry
from foretaste.errors import ParamsError
from foretaste.fitting import fit_entry
from foretaste.split import Holdout
from foretaste.tuning.effort import tuned_entries
from tests.judging import SPLIT, TEST

QUICK = {"latent": 2, "implicit": False, "epochs": 5}


def test_each_model_gets_as_many_trials_and_keeps_its_place_and_name():
    told = []
    entries = (
        Entry("mean"), Entry("cosine_knn", gate=True), Entry("bias", label="mine"), Entry("biased_mf", QUICK), Entry("ease"),
    )  # fmt: skip
    found = tuned_entries(SPLIT, entries, trials=4, report=told.append)
    assert [(e.model, e.label, e.gate) for e in found] == [(e.model, e.label, e.gate) for e in entries]
    ended = [standing.label for standing in told if standing.state]
    assert {name: ended.count(name) for name in ended} == {"mine": 4, "biased_mf": 4, "cosine_knn": 4}
    assert (found[0], found[4]) == (entries[0], entries[4])  # nothing to choose
    assert set(found[2].settings) == {"damping_item", "damping_user"}
    assert found[3].settings.items() >= {"latent": 2, "implicit": False}.items()
    assert {standing.metric for standing in told if standing.label == "cosine_knn"} == {"ndcg@100"}


def test_what_is_found_is_no_worse_on_validation_than_the_defaults():
    entry = Entry("bias")
    (found,) = tuned_entries(SPLIT, [entry], trials=8)
    before, after = (fit_entry(line, SPLIT, refit=False).valid_rmse for line in (entry, found))
    assert after < before


def test_the_test_part_has_no_say():
    other = replace(
        SPLIT, test=Holdout(TEST.seen, with_values(TEST.hidden, TEST.hidden.data[::-1].copy()), TEST.user_ids)
    )
    entries = [Entry("bias"), Entry("cosine_knn")]
    assert tuned_entries(SPLIT, entries, trials=5) == tuned_entries(other, entries, trials=5)


def test_where_nobody_likes_anything_rankers_stay_as_they_are():
    low = Holdout(
        SPLIT.valid.seen, with_values(SPLIT.valid.hidden, SPLIT.valid.hidden.data * 0 + 1), SPLIT.valid.user_ids
    )
    entries = (Entry("cosine_knn"), Entry("bias"))
    found = tuned_entries(replace(SPLIT, valid=low), entries, trials=2)
    assert found[0] == entries[0]
    assert found[1].settings


def test_no_trials_are_refused():
    with pytest.raises(ParamsError, match="trials is 0, expected 1 to"):
        tuned_entries(SPLIT, [Entry("bias")], trials=0)


def test_what_is_found_can_be_compared():
    found = tuned_entries(SPLIT, [Entry("mean"), Entry("bias")], trials=2)
    assert [row["model"] for row in compare(SPLIT, found).rows] == ["mean", "bias"]
