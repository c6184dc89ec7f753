"""Buckets of tokens, against a count of what a bucket would hold if time were played through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.serve.door.rate import Buckets, bucket_of, is_local


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


def test_a_burst_then_one_by_one():
    clock = Clock()
    buckets = Buckets(2.0, 3, clock=clock)
    assert [buckets.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.wait_s("a") == pytest.approx(0.5)
    assert buckets.wait_s("a") == pytest.approx(0.5), "asking in vain costs nothing"
    clock.now += 0.5
    assert buckets.wait_s("a") == 0
    assert buckets.wait_s("a") == pytest.approx(0.5)
    assert buckets.wait_s("b") == 0, "each client has its own"
    clock.now += 100
    assert [buckets.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.wait_s("a") > 0, "a full bucket holds no more than the burst"


@given(
    rate=st.sampled_from([0.5, 1.0, 4.0]),
    burst=st.integers(1, 5),
    steps=st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0, 8.0]), st.sampled_from("ab")), max_size=60),
)
def test_as_a_bucket_that_is_filled_step_by_step(rate, burst, steps):
    clock, tokens = Clock(), {"a": float(burst), "b": float(burst)}
    buckets = Buckets(rate, burst, clock=clock, most=2)
    for pause, client in steps:
        clock.now += pause
        tokens = {name: min(burst, n + pause * rate) for name, n in tokens.items()}
        if tokens[client] >= 1:
            assert buckets.wait_s(client) == 0
            tokens[client] -= 1
        else:
            assert buckets.wait_s(client) == pytest.approx((1 - tokens[client]) / rate)


def test_memory_is_bounded_and_the_quietest_are_forgotten():
    clock = Clock()
    buckets = Buckets(0.001, 1, clock=clock, most=100)
    for n in range(1_000):
        assert buckets.wait_s(str(n)) == 0
        assert len(buckets) <= 100
    assert buckets.wait_s("999") > 0
    assert buckets.wait_s("0") == 0


def test_full_buckets_are_dropped():
    clock = Clock()
    buckets = Buckets(10.0, 5, clock=clock)
    for n in range(1_000):
        buckets.wait_s(str(n))
    clock.now += 60
    for n in range(600):
        clock.now += 0.1
        assert buckets.wait_s(f"new {n % 3}") == 0
    assert len(buckets) == 1, "only who has just asked"


def test_who_is_local():
    assert all(is_local(host) for host in (None, "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"))
    assert not any(is_local(host) for host in ("10.0.0.1", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "0.0.0.0"))


@pytest.mark.parametrize(
    "host", ["unknown", "_hidden", "", "127.0.0.1:80", "203.0.113.9:4711", "[::1]:443", "localhost"]
)
def test_what_is_no_address_is_somebody_elses(host):
    assert not is_local(host)


def test_whose_bucket():
    assert bucket_of("192.0.2.1") == bucket_of("::ffff:192.0.2.1") != bucket_of("192.0.2.2")
    assert bucket_of("2001:db8::1") == bucket_of("2001:db8:0:0:ffff::9") != bucket_of("2001:db8:0:1::1")
    assert bucket_of("fe80::1%eth0") == bucket_of("fe80::2")
    assert bucket_of("x" * 10_000) == "x" * 100
