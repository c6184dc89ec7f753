"""Lines leave in their order, never hold up who logs, and are counted where they are lost."""

import io
import json
import logging
import threading
import time

from foretaste.serve.telemetry.log_stream import Background


class Slow(io.StringIO):
    """A stream whose first writing waits until it may go on."""

    def __init__(self):
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def write(self, text):
        self.began.set()
        self.go.wait(10)
        return super().write(text)


class Gone(io.StringIO):
    """A stream that nobody reads any more."""

    def write(self, _):
        raise BrokenPipeError


def logger_of(handler):
    logger = logging.Logger("test", logging.INFO)
    logger.addHandler(handler)
    return logger


def test_every_line_in_its_order():
    stream = io.StringIO()
    handler = Background(stream)
    logger = logger_of(handler)
    for n in range(2_000):
        logger.info("line %d", n)
    handler.close()
    assert stream.getvalue().splitlines() == [f"line {n}" for n in range(2_000)]


def test_a_line_is_out_soon_without_closing():
    stream = io.StringIO()
    handler = Background(stream)
    logger_of(handler).info("now")
    deadline = time.monotonic() + 5
    while stream.getvalue() != "now\n":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    handler.close()


def test_a_stream_that_stands_still_holds_nobody_up_and_what_is_lost_is_told():
    stream = Slow()
    handler = Background(stream, most=10)
    logger = logger_of(handler)
    logger.info("first")
    assert stream.began.wait(10)
    started = time.monotonic()
    for n in range(1_000):
        logger.info("line %d", n)
    assert time.monotonic() - started < 5
    stream.go.set()
    handler.close()
    first, *kept, told = stream.getvalue().splitlines()
    assert (first, kept) == ("first", [f"line {n}" for n in range(10)])
    assert json.loads(told) == {"level": "warning", "event": "log lines lost", "lines": 990}


def test_a_stream_that_is_gone_or_a_line_that_cannot_be_made_fails_nothing(capsys):
    handler = Background(Gone())
    logger_of(handler).info("into the void")
    handler.close()
    stream = io.StringIO()
    handler = Background(stream)
    logger_of(handler).info("%d", "not a number")
    logger_of(handler).info("after it")
    handler.close()
    assert stream.getvalue() == "after it\n"
    assert "not a number" in capsys.readouterr().err
