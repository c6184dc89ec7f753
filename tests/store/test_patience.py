"""A server that stops answering and does not hang up is given up, and the connections after it are sound."""

import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from foretaste.errors import StoreError
from foretaste.store import Store, engine
from foretaste.store import store as module
from foretaste.store.address import read_address
from foretaste.store.engine import make_engine
from foretaste.store.patience import Patient


def backend(store):
    """Return the process that answers a store's only connection."""
    with store.reading(single=True) as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()


@contextmanager
def stopped(process):
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_an_idle_connection_whose_server_stopped_is_replaced(database, monkeypatch):
    monkeypatch.setattr(engine, "PING_S", 0.4)
    with Store(database) as store, stopped(backend(store)):
        began = time.monotonic()
        assert store.put("anna", 1, 2).rating == 2
        assert 0.4 < time.monotonic() - began < 10


def test_a_server_that_stops_in_the_middle_is_said_in_words(database, monkeypatch):
    monkeypatch.setattr(module, "READ_S", 0.4)
    with Store(database) as store:
        with pytest.raises(StoreError, match=r"cannot be reached: no answer within 0.4 s\nhint: see whether it runs"):  # noqa: PT012, SIM117
            with store.reading(single=True) as connection:
                number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                with stopped(number):
                    connection.execute(text("SELECT 1"))
        assert store.put("anna", 1, 2).rating == 2


def test_a_statement_that_takes_long_is_waited_for_where_it_may(database, monkeypatch):
    monkeypatch.setattr(engine, "ANSWER_S", 0.4)
    slow = text("SELECT count(*) FROM pg_sleep(0.8)")
    with Store(database) as store:
        for block in (store.reading(), store.writing(long=True)):
            with block as connection:
                assert connection.execute(slow).scalar_one() == 1
                assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"
        with pytest.raises(StoreError, match="cannot be reached"), store.writing() as connection:
            connection.execute(slow)
        with store.reading(single=True) as connection:  # and the next is limited again
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == f"{engine.STATEMENT_S}s"


def test_the_server_itself_breaks_off_what_takes_too_long(database, monkeypatch):
    monkeypatch.setattr(engine, "STATEMENT_S", 1)
    with Store(database) as store, pytest.raises(StoreError, match="took too long"), store.writing() as connection:
        connection.execute(text("SELECT pg_sleep(20)"))


def test_what_answers_in_time_is_as_ever(database):
    with Patient.connect(database) as connection:
        connection.patience_s = 20
        assert connection.execute("SELECT 7").fetchone() == (7,)
        connection.patience_s = None
        threads = [threading.Thread(target=connection.execute, args=("SELECT pg_sleep(0.1)",)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not connection.closed


def test_a_machine_that_is_gone_is_noticed_unless_the_address_says_otherwise(database):
    for query, wanted in (("", 30_000), ("?tcp_user_timeout=7000", 7000)):
        made = make_engine(read_address(database + query))
        with made.connect() as connection:
            told = connection.connection.dbapi_connection.info.get_parameters()
            assert int(told["tcp_user_timeout"]) == wanted
            assert (told["keepalives_idle"], told["keepalives_interval"], told["keepalives_count"]) == ("30", "10", "3")
            assert told["connect_timeout"] == "10"
        made.dispose()
