"""The scorer: batches grow only under load, company changes nothing, and what cannot be scored is nobody else's trouble."""

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from foretaste.arrays import FEW, Csr, as_csr
from foretaste.bundle import Bundle
from foretaste.errors import InputError
from foretaste.models import MODELS
from foretaste.order import Order
from foretaste.ranking import rank
from foretaste.serve.answers import scorer as module
from foretaste.serve.answers.scorer import Scorer, Scores, stack
from foretaste.serve.deploy.served import Served
from foretaste.serve.wire.problems import Refused
from tests.serving import WORLD, X

ROWS = [as_csr(X[n : n + 1]) for n in range(X.shape[0])]
PATIENCE_S = 30


class Slow:
    """Stands where a bundle does: it scores when it is let, and remembers what it was given."""

    def __init__(self, *, free: bool = False) -> None:
        self.go, self.entered, self.batches = threading.Event(), threading.Event(), []
        if free:
            self.go.set()

    def scored(self, rows: Csr) -> tuple[Any, Any]:
        self.entered.set()
        assert self.go.wait(PATIENCE_S)
        self.batches.append(rows.toarray())
        if (rows.data < 0).any():
            raise InputError("a rating is below zero")
        dense = rows.toarray()
        return dense * 2, dense


def served(bundle: Any, version: str = "1") -> Served:
    return Served(bundle, "films", version)


def row(*values: float) -> Csr:
    return Csr(np.array([values], dtype=np.float32))


async def until(true: Any) -> None:
    for _ in range(PATIENCE_S * 1000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen")


async def gather_behind(scorer: Scorer, slow: Slow, one: Served, rows: list[Csr]) -> list[Any]:
    """Ask for a first row, for others while it is being scored, and return what all got."""
    first = asyncio.ensure_future(scorer.score(one, row(9, 9, 9)))
    await until(slow.entered.is_set)
    others = [asyncio.ensure_future(scorer.score(one, each)) for each in rows]
    await until(lambda: scorer.waiting == len(rows))
    slow.go.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_a_row_alone_waits_for_nobody() -> None:
    slow, sizes = Slow(free=True), []
    scorer = Scorer(observe=sizes.append)
    scores = asyncio.run(scorer.score(served(slow), row(1, 0, 2)))
    np.testing.assert_array_equal(scores.by, [2, 0, 4])
    np.testing.assert_array_equal(scores.predicted, [1, 0, 2])
    assert sizes == [1]


def test_what_waits_meanwhile_is_scored_together() -> None:
    slow, sizes = Slow(), []
    scorer = Scorer(observe=sizes.append)
    rows = [row(n, 0, 1) for n in range(1, 8)]
    answers = asyncio.run(gather_behind(scorer, slow, served(slow), rows))
    assert sizes == [1, 7]
    for n, scores in enumerate(answers[1:], start=1):
        np.testing.assert_array_equal(scores.by, [2 * n, 0, 2])
    assert scorer.waiting == 0


def test_batches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [row(n, 1, 1) for n in range(1, FEW + 6)]
    for name, value, sizes in (
        ("FEW", FEW, [1, FEW, 5]),
        ("RATINGS", 6, [1, *[2] * 10, 1]),
        ("RATINGS", 1, [1] * 22),
        ("BATCH_BYTES", 4 * 3 * 5, [1, 5, 5, 5, 5, 1]),
        ("BATCH_BYTES", 1, [1] * 22),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            slow, seen = Slow(), []
            scorer = Scorer(observe=seen.append)
            answers = asyncio.run(gather_behind(scorer, slow, served(slow), many))
            assert seen == sizes, name
            assert [scores.by[0] for scores in answers[1:]] == [2.0 * n for n in range(1, FEW + 6)]


def test_only_rows_of_one_model_are_scored_together() -> None:
    async def ask() -> list[Any]:
        slow, other = Slow(), Slow(free=True)
        scorer = Scorer()
        first = asyncio.ensure_future(scorer.score(served(slow), row(9, 9, 9)))
        await until(slow.entered.is_set)
        pair = served(slow, "a"), served(other, "b")
        asked = [asyncio.ensure_future(scorer.score(pair[n % 2], row(n, 1, 1))) for n in range(1, 7)]
        await until(lambda: scorer.waiting == 6)
        slow.go.set()
        await asyncio.gather(first, *asked)
        return [len(batch) for batch in slow.batches], [len(batch) for batch in other.batches]

    assert asyncio.run(ask()) == ([1, 3], [3])


def test_a_row_that_cannot_be_scored_is_no_matter_of_its_company() -> None:
    slow = Slow()
    rows = [row(1, 1, 1), row(-1, 1, 1), row(2, 1, 1)]
    answers = asyncio.run(gather_behind(Scorer(), slow, served(slow), rows))
    assert isinstance(answers[2], InputError)
    assert [answers[n].by[0] for n in (1, 3)] == [2, 4]


def test_whoever_left_is_not_scored() -> None:
    async def ask() -> list[Any]:
        slow, scorer = Slow(), Scorer()
        one = served(slow)
        first = asyncio.ensure_future(scorer.score(one, row(9, 9, 9)))
        await until(slow.entered.is_set)
        asked = [asyncio.ensure_future(scorer.score(one, row(n, 1, 1))) for n in range(1, 4)]
        await until(lambda: scorer.waiting == 3)
        asked[1].cancel()
        await asyncio.sleep(0)
        slow.go.set()
        await asyncio.gather(first, asked[0], asked[2])
        return slow.batches

    assert asyncio.run(ask())[1][:, 0].tolist() == [1, 3]


def test_whoever_leaves_while_being_scored_stops_nothing() -> None:
    async def ask() -> Scores:
        slow, scorer = Slow(), Scorer()
        first = asyncio.ensure_future(scorer.score(served(slow), row(9, 9, 9)))
        await until(slow.entered.is_set)
        first.cancel()
        await asyncio.sleep(0)
        slow.go.set()
        return await scorer.score(served(slow), row(1, 1, 1))

    assert asyncio.run(ask()).by[0] == 2


def test_too_much_that_waits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 2)

    async def ask() -> Refused:
        slow, scorer = Slow(), Scorer()
        one = served(slow)
        asked = [asyncio.ensure_future(scorer.score(one, row(9, 9, 9)))]
        await until(slow.entered.is_set)
        asked += [asyncio.ensure_future(scorer.score(one, row(n, 1, 1))) for n in range(1, 3)]
        await until(lambda: scorer.waiting == 2)
        with pytest.raises(Refused) as refused:
            await scorer.score(one, row(5, 5, 5))
        slow.go.set()
        await asyncio.gather(*asked)
        return refused.value

    refused = asyncio.run(ask())
    assert (refused.status, refused.headers) == (503, {"Retry-After": "1"})
    assert str(refused) == "2 requests are waiting already"
    assert refused.hint == "try again in a second"


def test_other_work_runs_one_at_a_time_and_no_list_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 1)

    async def ask() -> list[int]:
        scorer, go, inside, most = Scorer(), threading.Event(), [], []

        def work(n: int, *, plus: int) -> int:
            inside.append(n)
            most.append(len(inside))
            assert go.wait(PATIENCE_S)
            inside.remove(n)
            return n + plus

        first = asyncio.ensure_future(scorer.call(work, 1, plus=10))
        await until(lambda: inside)
        second = asyncio.ensure_future(scorer.call(work, 2, plus=10))
        await asyncio.sleep(0)
        assert (await scorer.score(served(Slow(free=True)), row(1, 1, 1))).by[0] == 2
        with pytest.raises(Refused, match="1 requests are waiting already"):
            await scorer.call(work, 3, plus=10)
        go.set()
        found = await asyncio.gather(first, second)
        assert max(most) == 1
        return found

    assert asyncio.run(ask()) == [11, 12]


def test_what_a_list_is_made_of_does_not_wait_for_long_work() -> None:
    async def ask() -> None:
        scorer, go, inside = Scorer(), threading.Event(), threading.Event()

        def long(n: int) -> int:
            inside.set()
            assert go.wait(PATIENCE_S)
            return n

        asked = [asyncio.ensure_future(scorer.call_long(long, n)) for n in range(3)]
        await until(inside.is_set)
        assert await asyncio.wait_for(scorer.call(max, 3, 5), PATIENCE_S) == 5
        go.set()
        assert await asyncio.gather(*asked) == [0, 1, 2]

    asyncio.run(ask())


def test_a_batch_that_cannot_be_counted_is_answered_and_so_is_the_next(caplog: pytest.LogCaptureFixture) -> None:
    counted: list[int] = []

    def observe(rows: int) -> None:
        counted.append(rows)
        raise OSError(28, "no space left on device")

    async def ask() -> list[float]:
        scorer, one = Scorer(observe=observe), served(Slow(free=True))
        return [float((await asyncio.wait_for(scorer.score(one, row(n, 1, 1)), PATIENCE_S)).by[0]) for n in (1, 2)]

    assert asyncio.run(ask()) == [2, 4]
    assert counted == [1, 1]
    assert "a batch of 1 could not be counted: [Errno 28] no space left on device" in caplog.text


def test_after_a_failure_that_nobody_thought_of_the_next_row_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> float:
        scorer, one = Scorer(), served(Slow(free=True))
        with monkeypatch.context() as patch:
            failed: list[Any] = []
            patch.setattr(module, "_answers", lambda batch: failed.append(batch) or 1 / 0)
            lost = asyncio.ensure_future(scorer.score(one, row(1, 1, 1)))
            await until(lambda: failed and not scorer._busy)
        lost.cancel()
        return float((await asyncio.wait_for(scorer.score(one, row(2, 1, 1)), PATIENCE_S)).by[0])

    assert asyncio.run(ask()) == 4


def test_a_rating_that_came_in_makes_another_row() -> None:
    slow = Slow(free=True)
    scorer = Scorer()

    async def ask() -> list[float]:
        asked = [
            (served(slow), row(1, 0, 0)),
            (served(slow), row(1, 0, 0)),
            (served(slow), row(1, 0, 2)),  # one more
            (served(slow), row(1.5, 0, 0)),  # another opinion
            (served(slow), row(0, 1, 0)),  # of another item
            (served(slow, "2"), row(1, 0, 0)),  # asked of another model
        ]
        return [float((await scorer.score(*each)).by.sum()) for each in asked]

    assert asyncio.run(ask()) == [2, 2, 6, 3, 2, 2]
    assert (scorer.cache.hits, len(slow.batches)) == (1, 5)


def test_what_is_kept_cannot_be_changed() -> None:
    answers = asyncio.run(gather_behind(Scorer(), slow := Slow(), served(slow), [row(1, 1, 1), row(2, 1, 1)]))
    for scores in answers:
        assert scores.predicted.base is None or len(scores.predicted.base) == 1  # nobody else's row is kept with it
        with pytest.raises(ValueError, match="read-only"):
            scores.by[0] = 5


def test_lists_are_those_of_the_bundle_however_many_ask() -> None:
    bundle, sizes, slow = quick("autorec"), [], Slow()
    scorer = Scorer(cache_bytes=0, observe=sizes.append)

    async def ask() -> list[Scores]:
        held = asyncio.ensure_future(scorer.score(served(slow), ROWS[0]))
        await until(slow.entered.is_set)
        one = served(bundle)
        asked = [asyncio.ensure_future(scorer.score(one, each)) for each in ROWS]
        await until(lambda: scorer.waiting == len(ROWS))
        slow.go.set()
        await held
        return await asyncio.gather(*asked)

    together = asyncio.run(ask())
    assert sizes[1:] != [1] * len(ROWS)
    assert sum(sizes[1:]) == len(ROWS)
    for each, scores in zip(ROWS, together, strict=True):
        expected, _ = bundle.rank_rows(each, 10)
        np.testing.assert_array_equal(rank(scores.by[None], each, 10).cols, expected.cols)


def test_without_a_cache_every_row_is_scored() -> None:
    slow, scorer = Slow(free=True), Scorer(cache_bytes=0)
    for _ in range(3):
        asyncio.run(scorer.score(served(slow), row(1, 0, 0)))
    assert len(slow.batches) == 3


def test_it_ends_when_it_is_closed() -> None:
    scorer = Scorer()
    asyncio.run(scorer.score(served(Slow(free=True)), row(1, 0, 0)))
    scorer.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(scorer.score(served(Slow(free=True)), row(2, 0, 0)))


def test_rows_are_stacked_as_they_are() -> None:
    stacked = stack([row(0, 2, 1), row(0, 0, 0), row(3, 0, 0)])
    np.testing.assert_array_equal(stacked.toarray(), [[0, 2, 1], [0, 0, 0], [3, 0, 0]])
    assert as_csr(stacked).indices.dtype == np.int32


def quick(model: str) -> Bundle:
    """Return a bundle of a model that need not be good."""
    kind = MODELS[model]
    fields = kind.Params.__dataclass_fields__
    settings = {"epochs": 1} if "epochs" in fields else {}
    settings |= {"widths": (40, 40)} if "widths" in fields else {}
    fitted = kind(**settings).fit(X)
    return Bundle(fitted, WORLD.catalog, Order.of(X, 0.1) if fitted.task == "rating" else None, WORLD.ratings.scale)


@pytest.mark.parametrize("model", [name for name, kind in MODELS.items() if not kind.known_rows])
def test_no_score_depends_on_the_company_it_was_asked_in(model: str) -> None:
    bundle = quick(model)
    rows = [ROWS[n] for n in range(12)]
    alone = [bundle.scored(each) for each in rows]
    for size in (2, 3, 8, 12):
        by, predicted = bundle.scored(stack(rows[:size]))
        for n in range(size):
            np.testing.assert_array_equal(by[n], alone[n][0][0])
            if predicted is not None:
                np.testing.assert_array_equal(predicted[n], alone[n][1][0])
