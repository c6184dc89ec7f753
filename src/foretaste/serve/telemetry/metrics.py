"""What Prometheus reads at /metrics: how requests went, how rows were scored, and what the answers look like.

With one process the numbers live in it. With several, each writes its own to files in one folder, which the environment names
before the first of them starts, and whichever is asked adds them up.
"""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foretaste.arrays import AnyArray, FloatArray
from foretaste.serve.answers.cache import Cache
from foretaste.serve.deploy.served import Served
from foretaste.serve.telemetry.drift import Recent
from foretaste.serve.telemetry.logged import route_of

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable by which the processes of one service find each other's numbers."""
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
BATCHES = (1, 2, 4, 8, 16)
EVERY = 64
"""Lists after which their variety is looked at again."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
GONE = 499
"""Status of a request whose client left before it was answered."""


class Metrics:
    """The numbers of one application; called from its event loop, but for `batches`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.seconds = self._histogram("request_seconds", "Time to answer.", ("method", "route"), SECONDS)
        self.responses = self._counter("responses", "Answers by status.", ("method", "route", "status"))
        self.in_flight = self._gauge("requests_in_flight", "Requests under way.", (), "livesum")
        self.batches = self._histogram("batch_rows", "Rows that were scored together.", (), BATCHES)
        self.rated = self._histogram(
            "request_ratings", "Ratings behind a list.", (), (0, 1, 2, 5, 10, 20, 50, 100, 500, 2000)
        )
        self.ignored = self._counter("ignored_ids", "Ids in requests that the model does not know.", ())
        self.cached = self._counter("score_cache", "Rows looked up in the cache of scores.", ("found",))
        arm = ("arm",)
        self.distinct = self._gauge("list_distinct_share", "Different items among those of the last lists.", arm)
        self.distance = self._gauge("list_genre_distance", "Mean genre distance within the last lists.", arm)
        when = ("arm", "when")
        self.mean = self._gauge("prediction_mean", "Mean prediction over items, first and last rows.", when)
        self.spread = self._gauge("prediction_spread", "Standard deviation of the same.", when)
        self.drift = self._gauge("prediction_drift", "last - first mean, in first standard deviations.", arm)
        self.model = self._gauge("model_info", "1 for each model that answers.", ("arm", "name", "version", "model"))
        self._recent: dict[str, tuple[str, Recent, list[int]]] = {}
        self._known: dict[str, tuple[str, str, str, str]] = {}
        self._counted = [0, 0]
        self._children = lru_cache(maxsize=1024)(self._child)

    def listed(self, arm: str, served: Served, n_ratings: int, ignored: int, cols: AnyArray) -> None:
        """Count a list that was given.

        Args:
            arm: That the model answers as.
            served: The model.
            n_ratings: Ratings that it was made from.
            ignored: Ids that the model does not know.
            cols: Of the list, best first.
        """
        self.rated.observe(n_ratings)
        self.ignored.inc(ignored)
        recent, lists = self._of(arm, served)
        recent.add_list(cols)
        lists[0] += 1
        if lists[0] % EVERY == 0:
            self._show_lists(arm, recent)

    def predicted(self, arm: str, served: Served, predicted: FloatArray | None) -> None:
        """Look at what is predicted for one row, (items,); None where the model arranges its lists."""
        if predicted is None:
            return
        recent, _ = self._of(arm, served)
        if not recent.add_row(predicted):
            return
        for when, level in (("first", recent.first), ("last", recent.last)):
            if level is not None:
                self.mean.labels(arm, when).set(level.mean)
                self.spread.labels(arm, when).set(level.spread)
        self.drift.labels(arm).set(recent.drift or 0.0)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        histogram, counter = self._children(method, route_of(scope), status)
        histogram.observe(seconds)
        counter.inc()

    def looked_up(self, cache: Cache[Any]) -> None:
        """Count what was looked up in the cache of scores since the last time."""
        for place, (now, found) in enumerate(((cache.hits, "yes"), (cache.misses, "no"))):
            if now > self._counted[place]:
                self.cached.labels(found).inc(now - self._counted[place])
                self._counted[place] = now

    def text(self, arms: list[tuple[str, Served]]) -> bytes:
        """Return all numbers in Prometheus' own format.

        Args:
            arms: The models that answer now, with what they answer as.
        """
        known = {arm: (arm, one.name, one.version, one.bundle.model.name) for arm, one in arms}
        for arm, labels in self._known.items():
            if known.get(arm) != labels:
                self.model.labels(*labels).set(0)
        for labels in known.values():
            self.model.labels(*labels).set(1)
        self._known = known
        self._recent = {arm: recent for arm, recent in self._recent.items() if arm in known}
        for arm, (_, recent, _) in self._recent.items():
            self._show_lists(arm, recent)
        folder = os.environ.get(FOLDER)
        return generate_latest(self._registry) if folder is None else _added_up(Path(folder))

    def _of(self, arm: str, served: Served) -> tuple[Recent, list[int]]:
        """Return what is remembered of an arm; a new model begins anew."""
        found = self._recent.get(arm)
        if found is None or found[0] != served.version:
            found = self._recent[arm] = (served.version, Recent(served.shelf), [0])
        return found[1], found[2]

    def _show_lists(self, arm: str, recent: Recent) -> None:
        for gauge, value in ((self.distinct, recent.distinct), (self.distance, recent.distance)):
            if value is not None:
                gauge.labels(arm).set(value)

    def _child(self, method: str, route: str, status: int) -> tuple[Histogram, Counter]:
        return self.seconds.labels(method, route), self.responses.labels(method, route, str(status))

    def _counter(self, name: str, words: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"foretaste_{name}", words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str, labels: tuple[str, ...], mode: Any = "livemostrecent") -> Gauge:
        return Gauge(f"foretaste_{name}", words, labels, registry=self._registry, multiprocess_mode=mode)

    def _histogram(self, name: str, words: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"foretaste_{name}", words, labels, registry=self._registry, buckets=buckets)


def _added_up(folder: Path) -> bytes:
    """Return the numbers of all processes, without what those that are gone had under way."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except (ProcessLookupError, PermissionError):  # it is gone, and its number may be somebody else's by now
            with suppress(FileNotFoundError):  # another worker, asked at the same moment, was faster
                mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(together)


class Measured:
    """Counts every request, whatever becomes of it.

    Args:
        app: What answers.
        metrics: Where it is counted.
        cache: Of scores, which is counted too.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, cache: Cache[Any]) -> None:
        self.app, self._metrics, self._cache = app, metrics, cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and watch."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = GONE, perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self.app(scope, receive, sent)
        finally:
            self._metrics.in_flight.dec()
            self._metrics.answered(scope, status, perf_counter() - started)
            self._metrics.looked_up(self._cache)
