"""A node's sampling of several sites: none holds up another."""

import time
from collections.abc import Callable, Iterator
from threading import Event, Timer
from typing import Any

import pytest

from oracle.domain.reading import TrustLevel
from oracle.node import sampling as sampling_module
from oracle.node.sampling import Sampler
from oracle.node.sites import Site

GENESIS = 1_700_006_400


class PlayedSource:
    """Does `what` at each take and notes when it was asked."""

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = False

    def __init__(self, what: Callable[[], object] = lambda: None) -> None:
        self.what = what
        self.taken: list[int] = []
        self.since: list[int | None] = []

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """As Source says."""
        self.taken.append(now - GENESIS)
        self.since.append(since)
        self.what()


class Bench:
    """A sampler on sites that do as they are told, every 10 s, and what it logged."""

    def __init__(self) -> None:
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.sampler = Sampler([], self.log)

    def start(self, *sources: PlayedSource, waits: bool = True) -> Sampler:
        """With a site a source."""
        sites = [Site(fleet, "dcgm", 10, "", "", source) for fleet, source in enumerate(sources, 1)]
        self.sampler = Sampler(sites, self.log, waits=waits)
        return self.sampler

    def log(self, event: str, **fields: Any) -> None:
        """Notes a line."""
        self.logged.append((event, fields))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.sampler.close()


def raises(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OverflowError("too large"), ValueError("no number"), KeyError("no such")])
def test_a_site_whose_data_breaks_something_is_unreachable_and_told_of_once(bench: Bench, error: Exception) -> None:
    poisoned, good = PlayedSource(raises(error)), PlayedSource()
    sampler = bench.start(poisoned, good)
    for now in (10, 20, 30):
        sampler.sample(GENESIS + now, 0)
    assert good.taken == poisoned.taken == [10, 20, 30]
    assert bench.logged[0] == ("site unreachable", {"fleet": 1, "reason": repr(error)})
    assert len([event for event, _ in bench.logged if event == "site unreachable"]) == 1


def test_sites_that_hang_are_let_be_and_the_others_are_sampled_on_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling_module, "SAMPLE_WAIT_S", 0.05)
    released = Event()
    hanging = [PlayedSource(lambda: released.wait(30)) for _ in range(20)]
    good = PlayedSource()
    sampler = bench.start(*hanging, good)
    begun = time.monotonic()
    for now in (10, 20, 30):
        sampler.sample(GENESIS + now, 0)
    assert good.taken == [10, 20, 30]
    assert [source.taken for source in hanging] == [[10]] * 20
    assert time.monotonic() - begun < 10
    released.set()
    for _ in range(200):  # what was late ends by itself, and then is sampled again
        if all(take.done.done() for take in bench.sampler._takes.values()):
            break
        time.sleep(0.01)
    sampler.sample(GENESIS + 40, 0)
    assert hanging[0].taken == [10, 40]


def test_by_the_machines_clock_nobody_waits_for_a_site_that_hangs(bench: Bench) -> None:
    released = Event()
    hanging, good = PlayedSource(lambda: released.wait(30)), PlayedSource()
    sampler = bench.start(hanging, good, waits=False)
    begun = time.monotonic()
    for now in (10, 20, 25, 30):
        sampler.sample(GENESIS + now, 0)
        for _ in range(200):
            if good.taken[-1:] == [now // 10 * 10]:
                break
            time.sleep(0.01)
    assert time.monotonic() - begun < 5
    assert (good.taken, hanging.taken) == ([10, 20, 30], [10])
    released.set()


def test_before_an_observation_all_that_can_catch_up_are_asked_from_its_beginning_on(bench: Bench) -> None:
    log, exporter = PlayedSource(), PlayedSource()
    log.catches_up = True
    sampler = bench.start(log, exporter, waits=False)
    sampler.sample(GENESIS + 30, 1, since=GENESIS)
    assert (log.taken, log.since, exporter.taken) == ([30], [GENESIS], [])
    sampler.sample(GENESIS + 30, 1, since=GENESIS)  # though it was asked at this very moment: more may have come
    assert log.taken == [30, 30]


def test_a_take_under_way_is_waited_for_and_the_last_look_made_all_the_same(bench: Bench) -> None:
    log, released = PlayedSource(), Event()
    log.catches_up, log.what = True, lambda: released.wait(10)
    sampler = bench.start(log, waits=False)
    sampler.sample(GENESIS + 10, 0)
    Timer(0.2, released.set).start()
    sampler.sample(GENESIS + 30, 1, since=GENESIS)
    assert (log.taken, log.since) == ([10, 30], [None, GENESIS])


def test_the_agents_and_meters_beside_a_site_are_sampled_with_it_and_fail_alone(bench: Bench) -> None:
    own, agent, power = PlayedSource(), PlayedSource(raises(ValueError("no"))), PlayedSource()
    site = Site(1, "dcgm", 10, "", "", own, {4: agent}, power)  # type: ignore[arg-type]
    bench.sampler = sampler = Sampler([site], bench.log)
    sampler.sample(GENESIS + 10, 0)
    assert [source.taken for source in (own, agent, power)] == [[10]] * 3
    assert (site.last_error, site.last_sampled) == ("", GENESIS + 10)
    assert [feed.failed for feed in site.feeds] == [0, 1, 0]
    assert bench.logged == [("site unreachable", {"fleet": 1, "reason": "ValueError('no')"})]
