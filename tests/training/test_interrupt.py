"""Ctrl-C: the first is a request, the second an exception, and afterwards all is as before."""

import os
import signal
import threading

import pytest

from foretaste.training.interrupt import stop_on_interrupt


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_nobody_has_asked_at_first() -> None:
    with stop_on_interrupt() as request:
        assert not request.asked


def test_the_first_interrupt_is_a_request_and_the_second_an_exception() -> None:
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt() as request:  # noqa: PT012 (what comes before is the point)
        interrupt()
        assert request.asked
        interrupt()


def test_the_handler_from_before_is_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_the_handler_is_back_after_an_error_too() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), stop_on_interrupt():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is before


def test_one_request_does_not_reach_the_next_block() -> None:
    with stop_on_interrupt() as first:
        interrupt()
    with stop_on_interrupt() as second:
        assert first.asked
        assert not second.asked


def test_another_thread_changes_nothing() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with stop_on_interrupt() as request:
            found.extend([signal.getsignal(signal.SIGINT), request.asked])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before, False]


def test_nested_blocks_share_one_request() -> None:
    with stop_on_interrupt() as outer:
        with stop_on_interrupt() as inner:
            interrupt()
            assert inner.asked
        assert outer.asked
        with stop_on_interrupt() as later:
            assert later.asked
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
