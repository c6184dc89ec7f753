"""Which model answers whom; a change happens in one step, is remembered, reaches everybody, and frees what it replaces."""

import gc
import logging
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.errors import BundleError, InputError, NotFoundError, StoreError
from foretaste.serve.deploy import deployment as module
from foretaste.serve.deploy.deployment import Arms, Deployment, position
from foretaste.serve.deploy.loading import load_served, version_of
from foretaste.serve.deploy.record import Record
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

    def set_state(self, name, value):
        self[name] = value


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
        def set_state(self, *_):
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
    store = Notes({f"deployment:{settings.bundle.name}": {"main": 5}})
    with caplog.at_level(logging.WARNING, "foretaste.serve"), pytest.raises(InputError):
        Record.from_json(store[f"deployment:{settings.bundle.name}"])
    assert Deployment(settings, store).main.name == "films"


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
