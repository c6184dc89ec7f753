"""Visitors for `bench/serving.py`: each asks for a list again and again, with other ratings each time. A file for locust.

What it is told and what it tells stand in the environment: PATH_ASKED, BODIES (a file, one JSON body a line; none asks by
GET), EACH_PER_S (how often a visitor asks; 0 asks again at once), TOTAL (requests after which it stops; 0 never), and OUT (a
file that is written at the end: seconds since the start and milliseconds of each request, and what failed).
"""

import itertools
import json
import os
import random
import time
from pathlib import Path

import gevent
from locust import FastHttpUser, events, task

PATH = os.environ["PATH_ASKED"]
BODIES = Path(os.environ["BODIES"]).read_bytes().splitlines() if "BODIES" in os.environ else []
RATE, TOTAL = float(os.environ["EACH_PER_S"]), int(os.environ["TOTAL"])
JSON = {"Content-Type": "application/json"}
SETTLED_S = 3.0
"""Seconds after which the first one asks: all are there by then."""
MANY = 20
"""Failures that are told in words."""
started: list[tuple[float, float]] = []
failed: list[str] = []
begin, numbers = time.perf_counter(), itertools.count()


class Visitor(FastHttpUser):
    """Asks at times that are fixed from the beginning, however long answers take as long as it is less than the time between.

    Each of n visitors begins an n-th of that time after the one before. Locust's own pacing counts from when a visitor last
    asked: visitors who were late together once would ask at the same moment ever after.
    """

    due = 0.0
    network_timeout = connection_timeout = 30

    def on_start(self) -> None:
        place = next(numbers) / self.environment.parsed_options.num_users
        self.due = begin + SETTLED_S + place / (RATE or 1)
        gevent.sleep(self.due - time.perf_counter())

    def wait_time(self) -> float:
        self.due += 1 / RATE if RATE else 0
        return max(self.due - time.perf_counter(), 0)

    @task
    def ask(self) -> None:
        if BODIES:
            self.client.post(PATH, data=random.choice(BODIES), headers=JSON)
        else:
            self.client.get(PATH)


@events.request.add_listener
def asked(response_time: float, exception: Exception | None, **_: object) -> None:
    started.append((time.perf_counter() - begin - response_time / 1e3, response_time))
    if exception is not None:
        failed.append(str(exception))


@events.init.add_listener
def stop_at_total(environment, **_: object) -> None:  # type: ignore[no-untyped-def]
    @events.request.add_listener
    def count(**_: object) -> None:
        if len(started) == TOTAL:
            gevent.spawn(environment.runner.quit)  # it ends the visitors, whose own the caller is


@events.quitting.add_listener
def tell(**_: object) -> None:
    Path(os.environ["OUT"]).write_text(json.dumps({"times": started, "failed": len(failed), "why": failed[:MANY]}))
