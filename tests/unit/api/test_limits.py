"""How often one address may ask, and whose address it is."""

import random
from ipaddress import ip_network

import pytest

from oracle.api.limits import RateLimit, client_address


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_at_once_then_one_at_a_time() -> None:
    clock = Clock()
    limit = RateLimit(60, clock)
    assert [limit.take("a") for _ in range(61)] == [0] * 60 + [1]
    assert limit.take("b") == 0
    clock.now = 1.0
    assert (limit.take("a"), limit.take("a")) == (0, 1)
    clock.now = 1000.0
    assert sum(limit.take("a") == 0 for _ in range(100)) == 60
    assert limit.refused == 42


def test_it_says_how_long_to_wait_and_that_is_long_enough() -> None:
    clock = Clock()
    limit = RateLimit(1, clock)
    assert limit.take("a") == 0
    wait = limit.take("a")
    assert wait == 60
    clock.now = wait - 1
    assert limit.take("a") > 0
    clock.now = wait
    assert limit.take("a") == 0


def test_over_any_minute_no_client_gets_more_than_twice_its_share() -> None:
    rng, clock, served = random.Random(5), Clock(), []
    limit = RateLimit(30, clock)
    for _ in range(5000):
        clock.now += rng.random() / 5
        if limit.take("a") == 0:
            served.append(clock.now)
    assert max(sum(start <= at < start + 60 for at in served) for start in served) <= 60


def test_memory_is_bounded_and_a_flood_of_addresses_does_not_reset_the_one_that_asks() -> None:
    clock = Clock()
    limit = RateLimit(2, clock, max_clients=100)
    for number in range(10_000):
        limit.take(f"other {number}")
        limit.take("a")
    assert len(limit) == 100
    assert limit.take("a") > 0


PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: what it says of itself is nothing
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # what a client wrote before the proxy did
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["not an address"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("2001:db8::1", [], "2001:db8::/64"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("testclient", [], "testclient"),
    ],
)
def test_whose_request_it_is(peer: str, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client
