"""What is deployed: which model answers whom, and how that changes while requests are answered.

The models of a moment are one frozen `Arms`; a change puts another in its place in a single step. Whoever has begun with a
model keeps it, and its memory is freed when the last of them is done. What is deployed is kept in the store, where every
process looks.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any, Protocol

from foretaste.errors import ForetasteError, InputError
from foretaste.serve.deploy.loading import available, by_name, find_bundle, load_served, version_of
from foretaste.serve.deploy.record import Record, Ref, key_of, started_with
from foretaste.serve.deploy.served import Served
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused

log = logging.getLogger("foretaste.serve")
MAIN, CHALLENGER = "main", "challenger"


class States(Protocol):
    """What is asked of a store here."""

    def get_state(self, name: str) -> dict[str, Any] | None:
        """Return what was last set under a name, or None."""

    def replace_state(self, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        """Keep plain values under a name if those before are still there; return whether they were."""


@dataclass(frozen=True, eq=False)
class Arms:
    """The models that answer at one moment.

    Args:
        main: Answers whoever gets no other.
        challenger: The second model.
        share: Of visitors that get it.
    """

    main: Served
    challenger: Served | None = None
    share: float = 0.0

    @property
    def test(self) -> str | None:
        """What an A/B test between just these is called; None where nothing is tested."""
        if self.challenger is None:
            return None
        return f"{self.main.version}-{self.challenger.version}-{self.share:g}"

    def loaded(self) -> list[tuple[str, Served]]:
        """Return the models with their arms."""
        return [(MAIN, self.main), *([] if self.challenger is None else [(CHALLENGER, self.challenger)])]

    def choose(self, visitor: str | None, model: str | None) -> tuple[str, Served]:
        """Return the arm and the model that answer somebody.

        Args:
            visitor: Whoever gives the same id gets the same arm, as long as there is the same challenger; a larger share takes
                nobody out of it. Without an id it is the main one, as nothing would keep somebody in the other.
            model: Name of the one that is wanted whoever asks.

        Raises:
            Refused: No such model is served.
        """
        if model is not None:
            for arm, served in self.loaded():
                if served.name == model:
                    return arm, served
            raise Refused(404, f'no model "{model[:100]}" is served', "see /v1/models")
        if self.challenger is None or visitor is None or position(visitor, self.challenger.version) >= self.share:
            return MAIN, self.main
        return CHALLENGER, self.challenger


def position(visitor: str, key: str) -> float:
    """Return where a visitor stands between 0 and 1: the same everywhere, and with another key independently of that."""
    digest = blake2b(visitor.encode("utf-8", "surrogatepass"), key=key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class Deployment:
    """The models of a service, and the only place where they change.

    Args:
        settings: What the command line says.
        store: Where what is deployed is kept; None, and nothing can be changed.

    Raises:
        ForetasteError: The bundles of the command line cannot be served.
    """

    def __init__(self, settings: Settings, store: States | None = None) -> None:
        self.settings, self._store = settings, store
        self._turn, self._trouble = threading.Lock(), ""
        self._key, self._started_with = (
            key_of(settings),
            started_with(settings),
        )  # once: a link may lead elsewhere later
        self._stored: dict[str, Any] | None = None
        self.record, self.now = self._begin()

    @property
    def main(self) -> Served:
        """The model that answers whoever gets no other."""
        return self.now.main

    @property
    def challenger(self) -> Served | None:
        """The second model."""
        return self.now.challenger

    def choose(self, visitor: str | None, model: str | None) -> tuple[str, Served]:
        """Return the arm and the model that answer somebody; see `Arms.choose`."""
        return self.now.choose(visitor, model)

    def test_of(self, arm: str, served: Served) -> str | None:
        """Return the A/B test that an answer belongs to; None where there is none, or the models have changed meanwhile."""
        now = self.now
        return now.test if dict(now.loaded()).get(arm) is served else None

    def served(self, name: str | None) -> Served:
        """Return a model by name; None is the main one.

        Raises:
            Refused: No such model is served.
        """
        return self.choose(None, name)[1]

    def listed(self) -> list[dict[str, Any]]:
        """Return what visitors may choose between."""
        now = self.now
        return [
            served.ref(arm) | {"share": 1 - now.share if arm == MAIN else now.share} for arm, served in now.loaded()
        ]

    def described(self) -> dict[str, Any]:
        """Return what is deployed, what it was before, and what could be, as plain values."""
        record = self.record
        previous = None if record.previous is None else asdict(record.previous)
        told = {"previous": previous, "history": list(record.history), "available": available(self.settings)}
        return record.deployed() | told

    def swap(self, name: str) -> None:
        """Let another bundle answer as the main one; a challenger that is promoted so is none any more.

        Raises:
            ForetasteError: It cannot be served; nothing has changed then.
            Refused: Nothing can be changed here, or another change is under way.
        """
        with self._changing():
            served = self._load(name, None, self.now)
            if Ref.of(served) == self.record.main:
                return
            check_scale(served, self.now.main)
            if self.now.challenger is not None and self.now.challenger.name != served.name:
                check_scale(self.now.challenger, served)
            self._install("swap", served)

    def rollback(self) -> None:
        """Let the bundle answer again that was the main one before, whatever its scale: this is for when things go wrong.

        Raises:
            ForetasteError: As `swap`; or it is not what it was.
            Refused: As `swap`; or there was none before.
        """
        with self._changing():
            previous = self.record.previous
            if previous is None:
                raise Refused(409, "there is nothing to roll back to: the main model has not been changed")
            self._install("rollback", self._load(previous.name, previous.version, self.now))

    def set_challenger(self, name: str, share: float) -> None:
        """Let a second bundle answer a share of the visitors.

        Raises:
            ForetasteError: As `swap`.
            Refused: As `swap`; or it is the main one.
        """
        with self._changing():
            served = self._load(name, None, self.now)
            if served.name == self.now.main.name:
                raise Refused(409, f"{served.name} is the main model already", "challenge it with another")
            check_scale(served, self.now.main)
            record = self.record.changed("challenger", challenger=Ref.of(served), share=share)
            self._keep(record, Arms(self.now.main, served, share))

    def clear_challenger(self) -> None:
        """Let the main model answer everybody.

        Raises:
            Refused: As `swap`; or there is no challenger.
        """
        with self._changing():
            if self.now.challenger is None:
                raise Refused(404, "there is no challenger")
            self._keep(self.record.changed("no challenger", challenger=None, share=0.0), Arms(self.now.main))

    def refresh(self) -> None:
        """Follow what another process has deployed; what cannot be loaded is logged, and what answers goes on answering."""
        if not self._turn.acquire(blocking=False):  # before looking: what was seen first could undo a change made since
            return
        try:
            self._follow()
        except ForetasteError as error:
            if error.message != self._trouble:  # said once, not every second
                log.warning("what is deployed cannot be looked up: %s", error.message)
            self._trouble = error.message
        else:
            self._trouble = ""
        finally:
            self._turn.release()

    def _follow(self) -> None:
        """Deploy here what the store says; whoever calls has the turn.

        Raises:
            ForetasteError: The store does not say.
        """
        record = self._read()
        if record is None or record.token == self.record.token:
            return
        try:
            self.now, self.record = self._arms(record, self.now), record
        except ForetasteError as error:
            self.record = replace(self.record, token=record.token, history=record.history)  # not tried every second
            log.warning("another process has deployed what cannot be served here: %s", error.message)

    def _begin(self) -> tuple[Record, Arms]:
        settings, record = self.settings, None
        _check_names(settings)
        try:
            record = self._read()
            if record is not None:
                return record, self._arms(record, None)
        except ForetasteError as error:
            log.warning("what was deployed cannot be served, so it is what the command line names: %s", error.message)
        main = load_served(settings.bundle)
        challenger = None if settings.challenger is None else load_served(settings.challenger)
        if challenger is not None:
            check_scale(challenger, main)
        second = None if challenger is None else Ref.of(challenger)
        arms = Arms(main, challenger, settings.share if challenger else 0.0)
        begun = Record(Ref.of(main), second, arms.share, started_with=self._started_with)
        return begun if record is None else replace(begun, token=record.token, history=record.history), arms

    def _read(self) -> Record | None:
        """Return what is deployed as the store says it; None where it says nothing for this command line."""
        self._stored = values = None if self._store is None else self._store.get_state(self._key)
        record = None if values is None else Record.from_json(values)
        return record if record is not None and record.started_with == self._started_with else None

    def _arms(self, record: Record, now: Arms | None) -> Arms:
        """Load what a record names; a challenger that cannot be served is left out."""
        main, challenger = self._load(record.main.name, record.main.version, now), None
        if record.challenger is not None:
            try:
                challenger = self._load(record.challenger.name, record.challenger.version, now)
            except ForetasteError as error:
                log.warning("the challenger cannot be served: %s", error.message)
        return Arms(main, challenger, record.share if challenger else 0.0)

    def _load(self, name: str, version: str | None, now: Arms | None) -> Served:
        """Return a model that may answer; one that answers already is not loaded again."""
        loaded = {} if now is None else {Ref.of(served): served for _, served in now.loaded()}
        if version is not None and Ref(name, version) in loaded:  # even where its folder is gone by now
            return loaded[Ref(name, version)]
        folder = find_bundle(self.settings, name)
        with by_name(folder):
            found = Ref(folder.resolve().name, version_of(folder))
        return loaded[found] if version is None and found in loaded else load_served(folder, version=version)

    def _install(self, action: str, main: Served) -> None:
        now, record = self.now, self.record
        stays = now.challenger is not None and now.challenger.name != main.name
        arms = Arms(main, now.challenger, now.share) if stays else Arms(main)
        second = record.challenger if stays else None
        after = record.changed(action, main=Ref.of(main), challenger=second, share=arms.share, previous=record.main)
        self._keep(after, arms)

    def _keep(self, record: Record, arms: Arms) -> None:
        """Write a change down if nobody else has written since this one began, then let it count."""
        assert self._store is not None  # noqa: S101 (nothing is changed without)
        if not self._store.replace_state(self._key, self._stored, record.to_json()):
            raise Refused(409, "another process has changed what is deployed meanwhile", "look at it, and ask again")
        self.record, self.now = record, arms
        log.info("deployed: %s", record.deployed())

    @contextmanager
    def _changing(self) -> Iterator[None]:
        if self.settings.read_only:
            raise Refused(403, "this service is read-only: what it serves is not changed", "serve without --read-only")
        if self._store is None:
            raise Refused(403, "there is no store to keep in mind what is deployed", "serve with --store")
        if not self._turn.acquire(blocking=False):
            raise Refused(409, "another change is under way", "ask again when it is done")
        try:
            with suppress(InputError):  # what no foretaste writes is written over
                self._follow()  # another process may have made the last change, and this one has not looked yet
            yield
        finally:
            self._turn.release()


def check_scale(served: Served, main: Served) -> None:
    """Refuse a model that cannot read what people have rated for another one.

    Raises:
        InputError: Its scale does not hold the other's.
    """
    try:
        served.bundle.check_scale(main.bundle.scale)
    except InputError as error:
        (low, high), (least, most) = served.bundle.scale, main.bundle.scale
        raise InputError(
            f"{served.name} reads ratings from {low:g} to {high:g}, and {main.name} takes them from {least:g} to {most:g}",
            hint="train it from ratings on the same scale",
        ) from error


def _check_names(settings: Settings) -> None:
    """Refuse a command line whose two models could not be told apart."""
    if settings.challenger is None:
        return
    main, challenger = settings.bundle.resolve(), settings.challenger.resolve()
    if main == challenger:
        raise InputError(f"{main.name} is the main model already", hint="challenge it with another")
    if main.name == challenger.name:
        hint = "give one another name: requests choose a model by the name of its folder"
        raise InputError(f"both models are called {main.name}", hint=hint)
