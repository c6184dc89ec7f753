"""Which model answers whom; a change happens in one step, is remembered, reaches everybody, and frees what it replaces."""

import gc
import json
import logging
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.errors import BundleError, InputError, NotFoundError, StoreError
from foretaste.serve.deploy import deployment as module
from foretaste.serve.deploy.deployment import Arms, Deployment, position
from foretaste.serve.deploy.loading import load_served, version_of
from foretaste.serve.deploy.record import Record, key_of
from foretaste.serve.deploy.served import Served
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused
from foretaste.store import Store
from tests.serve.deploy.test_loading import BAD, spoilt
from tests.serving import bundle_of, saved

PEOPLE = [f"person {n}" for n in range(20_000)]


class Notes(dict):
    """A store in memory."""

    def get_state(self, name):
        return self.get(name)

    def replace_state(self, name, before, after):
        if self.get(name) != before:
            return False
        self[name] = json.loads(json.dumps(after))
        return True


@pytest.fixture
def settings(tmp_path):
    for seed, name in enumerate(("films", "second", "third")):
        saved(tmp_path / "models" / name, seed=seed)
    return Settings(bundle=tmp_path / "models" / "films")


@pytest.fixture
def deployment(settings):
    return Deployment(settings, Notes())


def named(deployment):
    return [(served.name, arm) for arm, served in deployment.now.loaded()]


def arms(share, versions=("a", "b")):
    main, challenger = (Served(bundle_of(), name, name) for name in versions)
    return Arms(main, challenger, share)


def in_challenger(share, versions=("a", "b")):
    made = arms(share, versions)
    return {person for person in PEOPLE if made.choose(person, None)[0] == "challenger"}


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_share_of_people_gets_the_challenger(share):
    spread = np.sqrt(len(PEOPLE) * share * (1 - share))
    assert abs(len(in_challenger(share)) - len(PEOPLE) * share) < 4 * spread


def test_a_larger_share_takes_nobody_out_of_the_challenger():
    groups = [in_challenger(share) for share in (0.0, 0.1, 0.3, 1.0)]
    assert groups[0] == set()
    assert groups[1] < groups[2] < groups[3] == set(PEOPLE)


def test_another_main_model_moves_nobody_and_another_challenger_divides_anew():
    assert in_challenger(0.3) == in_challenger(0.3, ("c", "b"))
    both = len(in_challenger(0.3) & in_challenger(0.3, ("a", "c"))) / len(PEOPLE)
    assert abs(both - 0.09) < 0.01


@given(st.text(max_size=40))
def test_everybody_stands_between_0_and_1_and_always_at_the_same_place(visitor):
    assert 0 <= position(visitor, "a") < 1
    assert position(visitor, "a") == position(visitor, "a")


def test_positions_are_the_same_in_every_process_and_release():
    assert position("anna", "0123456789ab") == pytest.approx(0.12348, abs=1e-5)
    assert 0 <= position("\ud800", "a") < 1


def test_who_has_no_id_and_who_chooses_gets_what_is_said():
    made = arms(1.0)
    assert made.choose(None, None) == ("main", made.main)
    assert made.choose("anna", None) == ("challenger", made.challenger)
    assert made.choose("anna", "a") == ("main", made.main)
    assert Arms(made.main).choose("anna", None) == ("main", made.main)
    with pytest.raises(Refused, match='no model "nix" is served') as caught:
        made.choose("anna", "nix")
    assert caught.value.status == 404


def test_a_test_is_named_after_all_that_it_compares():
    made = arms(0.5)
    assert made.test == "a-b-0.5"
    assert Arms(made.main).test is None
    assert len({arms(0.5).test, arms(0.4).test, arms(0.5, ("c", "b")).test, arms(0.5, ("a", "c")).test}) == 4


def test_the_command_line_is_served_until_something_else_is_deployed(settings):
    one = Deployment(settings)
    assert (one.main.name, one.challenger, one.served(None)) == ("films", None, one.main)
    two = Deployment(Settings(bundle=settings.bundle, challenger=settings.folder / "second", share=0.25))
    assert named(two) == [("films", "main"), ("second", "challenger")]
    assert [line["share"] for line in two.listed()] == [0.75, 0.25]
    assert two.served("second") is two.challenger


def test_a_swap_puts_another_in_its_place_and_a_rollback_puts_it_back(deployment):
    deployment.swap("second")
    assert (deployment.main.name, deployment.record.previous.name) == ("second", "films")
    deployment.swap("third")
    deployment.rollback()
    assert (deployment.main.name, deployment.record.previous.name) == ("second", "third")
    deployment.rollback()
    assert deployment.main.name == "third"
    told = deployment.described()
    assert [line["action"] for line in told["history"]] == ["swap", "swap", "rollback", "rollback"]
    assert (told["main"]["name"], told["previous"]["name"]) == ("third", "second")
    assert told["available"] == ["films", "second", "third"]


def test_what_is_served_already_is_neither_loaded_nor_deployed_again(deployment):
    before = deployment.main
    deployment.swap("films")
    assert deployment.main is before
    assert deployment.described()["history"] == []


def test_what_was_written_over_in_its_place_is_loaded_anew(deployment, settings):
    before = deployment.main.version
    bundle_of(seed=9).save(settings.bundle, overwrite=True)
    deployment.swap("films")
    assert deployment.main.version == version_of(settings.bundle) != before
    with pytest.raises(BundleError, match=f"expected {before}"):
        deployment.rollback()


def test_without_a_change_there_is_nothing_to_roll_back_to(deployment):
    with pytest.raises(Refused, match="nothing to roll back to") as caught:
        deployment.rollback()
    assert caught.value.status == 409


def test_a_challenger_comes_changes_its_share_is_promoted_and_goes(deployment):
    deployment.set_challenger("second", 0.1)
    second = deployment.challenger
    deployment.set_challenger("second", 0.4)
    assert (deployment.challenger is second, deployment.now.share) == (True, 0.4)
    deployment.swap("third")
    assert named(deployment) == [("third", "main"), ("second", "challenger")]
    deployment.swap("second")
    assert deployment.main is second
    assert (deployment.challenger, deployment.record.challenger, deployment.now.share) == (None, None, 0.0)
    deployment.set_challenger("films", 1.0)
    deployment.clear_challenger()
    assert named(deployment) == [("second", "main")]
    for change, status in (
        (deployment.clear_challenger, 404),
        (lambda: deployment.set_challenger("second", 0.5), 409),
    ):
        with pytest.raises(Refused) as caught:
            change()
        assert caught.value.status == status


def test_an_answer_belongs_to_the_test_of_its_moment(deployment):
    assert deployment.test_of("main", deployment.main) is None
    deployment.set_challenger("second", 0.5)
    before = deployment.main
    assert deployment.test_of("main", before) == deployment.now.test
    deployment.swap("third")
    assert deployment.test_of("main", before) is None


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("change", [Deployment.swap, lambda d, name: d.set_challenger(name, 0.5)], ids=["swap", "arm"])
def test_a_bad_bundle_is_refused_and_nothing_has_changed(deployment, settings, kind, change):
    spoilt(settings.folder / "bad", kind)
    before, record = deployment.now, deployment.record
    with pytest.raises((BundleError, NotFoundError)) as caught:
        change(deployment, "bad")
    assert str(settings.folder) not in str(caught.value)
    assert (deployment.now is before, deployment.record is record) == (True, True)
    deployment.swap("second")  # and it may be changed again


def test_a_change_that_cannot_be_written_down_does_not_count(settings):
    class Full(Notes):
        def replace_state(self, *_):
            raise StoreError("the disk is full")

    deployment = Deployment(settings, Full())
    with pytest.raises(StoreError, match="the disk is full"):
        deployment.swap("second")
    assert deployment.main.name == "films"


@pytest.mark.parametrize(
    ("read_only", "store", "words"), [(True, Notes(), "this service is read-only"), (False, None, "there is no store")]
)
def test_where_nothing_can_be_kept_nothing_is_changed(settings, read_only, store, words):
    deployment = Deployment(Settings(bundle=settings.bundle, read_only=read_only), store)
    changes = (
        lambda: deployment.swap("second"),
        deployment.rollback,
        deployment.clear_challenger,
        lambda: deployment.set_challenger("second", 0.5),
    )
    for change in changes:
        with pytest.raises(Refused, match=words) as caught:
            change()
        assert (caught.value.status, caught.value.hint is None) == (403, False)


class SlowLoading:
    """Loading that has begun waits until it is let go."""

    def __init__(self, monkeypatch):
        self.begun, self.goes_on = threading.Event(), threading.Event()
        monkeypatch.setattr(module, "load_served", self.load)

    def load(self, folder, **rest):
        self.begun.set()
        assert self.goes_on.wait(20)
        return load_served(folder, **rest)


def test_while_one_change_is_under_way_another_is_refused_and_answers_go_on(deployment, monkeypatch):
    loading = SlowLoading(monkeypatch)
    first = threading.Thread(target=deployment.swap, args=("second",))
    first.start()
    assert loading.begun.wait(20)
    with pytest.raises(Refused, match="another change is under way") as caught:
        deployment.swap("third")
    assert caught.value.status == 409
    assert deployment.choose(None, None)[1].name == "films"
    loading.goes_on.set()
    first.join(20)
    assert deployment.main.name == "second"


def test_what_is_deployed_survives_a_restart(settings, tmp_path):
    with Store(f"sqlite:///{tmp_path / 'ratings.db'}") as store:
        first = Deployment(settings, store)
        first.swap("second")
        first.set_challenger("third", 0.25)
    with Store(f"sqlite:///{tmp_path / 'ratings.db'}") as store:
        again = Deployment(settings, store)
        assert named(again) == [("second", "main"), ("third", "challenger")]
        assert (again.now.share, again.record) == (0.25, first.record)
        again.rollback()
        assert again.main.name == "films"


def test_another_command_line_counts_whatever_was_deployed_before(settings):
    store = Notes()
    Deployment(settings, store).swap("second")
    assert Deployment(settings, store).main.name == "second"
    assert Deployment(Settings(bundle=settings.folder / "third"), store).main.name == "third"
    tested = Settings(bundle=settings.bundle, challenger=settings.folder / "third")
    assert named(Deployment(tested, store)) == [("films", "main"), ("third", "challenger")]


@pytest.mark.parametrize("spoil", ["gone", "replaced", "damaged"])
def test_where_what_was_deployed_cannot_be_served_the_command_line_is_and_it_is_said(settings, spoil, caplog):
    store = Notes()
    Deployment(settings, store).swap("second")
    folder = settings.folder / "second"
    if spoil == "gone":
        folder.rename(settings.folder / "elsewhere")
    elif spoil == "replaced":
        bundle_of(seed=9).save(folder, overwrite=True)
    else:
        (folder / "catalog.json").write_text("[]")
    with caplog.at_level(logging.WARNING, "foretaste.serve"):
        again = Deployment(settings, store)
    assert again.main.name == "films"
    assert "what was deployed cannot be served, so it is what the command line names" in caplog.text
    caplog.clear()
    again.refresh()  # and it is not tried every second
    assert caplog.text == ""
    again.swap("third")
    assert [line["action"] for line in again.described()["history"]] == ["swap", "swap"]


def test_a_challenger_that_is_gone_is_left_out_and_it_is_said(settings, caplog):
    store = Notes()
    Deployment(settings, store).set_challenger("second", 0.5)
    (settings.folder / "second").rename(settings.folder / "elsewhere")
    with caplog.at_level(logging.WARNING, "foretaste.serve"):
        assert named(Deployment(settings, store)) == [("films", "main")]
    assert "the challenger cannot be served" in caplog.text


def test_a_command_line_that_names_a_bad_bundle_is_an_error(settings, tmp_path):
    with pytest.raises(BundleError, match="does not answer as it did"):
        Deployment(Settings(bundle=spoilt(tmp_path / "bad", "changed")), Notes())


def test_others_follow_and_load_only_what_is_new(settings):
    store = Notes()
    one, two = Deployment(settings, store), Deployment(settings, store)
    two.refresh()
    one.set_challenger("second", 0.5)
    main = two.main
    two.refresh()
    assert named(two) == named(one)
    assert two.main is main
    assert two.record == one.record
    one.swap("third")
    two.refresh()
    two.rollback()
    one.refresh()
    assert one.main.name == two.main.name == "films"


def test_a_change_begins_from_what_another_process_has_just_deployed(settings):
    store = Notes()
    one, two = Deployment(settings, store), Deployment(settings, store)
    one.set_challenger("second", 0.5)
    two.swap("third")  # two has not looked yet
    assert named(two) == [("third", "main"), ("second", "challenger")]
    one.swap("films")
    two.rollback()
    assert two.main.name == "third"
    one.refresh()
    assert one.record == two.record
    assert [line["action"] for line in one.record.history] == ["challenger", "swap", "swap", "rollback"]


def test_of_two_changes_at_one_moment_the_later_is_refused_and_nothing_is_lost(settings, monkeypatch):
    store = Notes()
    one, two = Deployment(settings, store), Deployment(settings, store)
    loading = SlowLoading(monkeypatch)
    caught = []

    def late():
        with pytest.raises(Refused, match="another process has changed what is deployed meanwhile") as refused:
            one.swap("second")
        caught.append(refused.value)

    thread = threading.Thread(target=late)
    thread.start()
    assert loading.begun.wait(20)
    monkeypatch.setattr(module, "load_served", load_served)
    two.swap("third")
    loading.goes_on.set()
    thread.join(20)
    assert [(error.status, error.hint) for error in caught] == [(409, "look at it, and ask again")]
    assert one.main.name == "films"
    one.refresh()
    assert one.record == two.record
    assert one.main.name == "third"


def test_a_look_that_began_before_a_change_does_not_undo_it(settings):
    class Slow(Notes):
        looked, goes_on, slow = threading.Event(), threading.Event(), False

        def get_state(self, name):
            seen = super().get_state(name)
            if self.slow:
                self.looked.set()
                assert self.goes_on.wait(20)
            return seen

    store = Slow()
    deployment = Deployment(settings, store)
    deployment.swap("second")
    store.slow = True
    look = threading.Thread(target=deployment.refresh)
    look.start()
    assert store.looked.wait(20)
    with pytest.raises(Refused, match="another change is under way"):
        deployment.swap("third")
    store.slow = False
    store.goes_on.set()
    look.join(20)
    deployment.swap("third")
    assert deployment.main.name == "third"


def test_services_of_bundles_with_one_name_share_a_store_and_nothing_else(settings, tmp_path):
    saved(tmp_path / "others" / "films", seed=7)
    saved(tmp_path / "others" / "new", seed=8)
    store = Notes()
    one, two = Deployment(settings, store), Deployment(Settings(bundle=tmp_path / "others" / "films"), store)
    one.swap("second")
    two.refresh()
    assert two.main.name == "films"
    two.swap("new")
    one.refresh()
    assert one.main.name == "second"


def test_a_link_that_leads_elsewhere_meanwhile_changes_nothing(settings):
    store, link = Notes(), settings.folder / "latest"
    link.symlink_to(settings.bundle)
    one, two = (Deployment(Settings(bundle=link), store) for _ in range(2))
    link.unlink()
    link.symlink_to(settings.folder / "third")
    one.swap("second")
    two.refresh()
    assert two.main.name == "second"


def test_a_challenger_of_the_command_line_is_another_model_by_another_name(settings, tmp_path):
    link = tmp_path / "models" / "again"
    link.symlink_to(settings.bundle)
    for same in (settings.bundle, link):
        with pytest.raises(InputError, match="films is the main model already\nhint: challenge it with another"):
            Deployment(Settings(bundle=settings.bundle, challenger=same))
    namesake = saved(tmp_path / "others" / "films", seed=7)
    with pytest.raises(InputError, match="both models are called films\nhint: give one another name"):
        Deployment(Settings(bundle=settings.bundle, challenger=namesake))


def of_scale(folder, low, high):
    replace(bundle_of(), scale=(low, high), calibration=None, golden=None).save(folder)
    return folder


def test_a_model_that_cannot_read_what_people_have_rated_is_refused(settings, tmp_path):
    wide = of_scale(tmp_path / "models" / "wide", 0.5, 10)
    words = (
        "films reads ratings from 0.5 to 5, and wide takes them from 0.5 to 10\nhint: train it from ratings on the same"
    )
    deployment = Deployment(settings, Notes())
    deployment.set_challenger("second", 0.5)
    with pytest.raises(InputError, match=r"second reads ratings from 0\.5 to 5, and wide takes them from 0.5 to 10"):
        deployment.swap("wide")
    assert named(deployment) == [("films", "main"), ("second", "challenger")]
    deployment.clear_challenger()
    deployment.swap("wide")
    for change in (deployment.swap, lambda name: deployment.set_challenger(name, 0.5)):
        with pytest.raises(InputError, match=words):
            change("films")
    with pytest.raises(InputError, match=words):
        Deployment(Settings(bundle=wide, challenger=settings.bundle))
    deployment.rollback()  # whatever its scale
    assert deployment.main.name == "films"


def test_what_cannot_be_followed_is_said_once_and_answers_go_on(settings, caplog):
    store = Notes()
    one, two = Deployment(settings, store), Deployment(settings, store)
    one.swap("second")
    (settings.folder / "second" / "catalog.json").write_text("[]")
    with caplog.at_level(logging.WARNING, "foretaste.serve"):
        two.refresh()
        two.refresh()
    assert two.main.name == "films"
    assert caplog.text.count("another process has deployed what cannot be served here") == 1


def test_a_store_that_does_not_answer_is_said_once_until_it_does(settings, caplog):
    class Down(Notes):
        down = False

        def get_state(self, name):
            if self.down:
                raise StoreError("the database is gone")
            return super().get_state(name)

    store = Down()
    deployment = Deployment(settings, store)
    with caplog.at_level(logging.WARNING, "foretaste.serve"):
        for down in (True, True, False, True):
            store.down = down
            deployment.refresh()
    assert caplog.text.count("what is deployed cannot be looked up: the database is gone") == 2


def test_what_another_foretaste_wrote_is_no_reason_not_to_serve(settings, caplog):
    store = Notes({key_of(settings): {"main": 5}})
    with caplog.at_level(logging.WARNING, "foretaste.serve"):
        deployment = Deployment(settings, store)
        deployment.refresh()
    assert caplog.text.count("what no foretaste writes") == 2
    assert deployment.main.name == "films"
    deployment.swap("second")  # and it is written over
    assert Record.from_json(store[key_of(settings)]).main.name == "second"


def test_whoever_began_with_a_model_keeps_it_and_then_its_memory_is_freed(deployment):
    _, held = deployment.choose(None, None)
    model, arrays = weakref.ref(held.bundle.model), weakref.ref(held)
    before = held.bundle.recommend({1: 5.0}, 5)
    deployment.swap("second")
    gc.collect()
    assert model() is not None
    assert held.bundle.recommend({1: 5.0}, 5) == before
    del held
    gc.collect()
    assert (model(), arrays()) == (None, None)
