"""A node's sampling of several sites: none holds up another."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from oracle.domain.meters import MeterSet
from oracle.domain.reading import TrustLevel
from oracle.domain.report import Domain
from oracle.exchange.fetch import Fetcher
from oracle.node import sampling as sampling_module
from oracle.node.node import Node, Parts
from oracle.node.posting import Posting
from oracle.node.sampling import Sampler
from oracle.node.sites import Site
from oracle.store.database import open_database
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from oracle.store.telemetry import TelemetryStore
from tests.unit.node.cluster import CHAIN_ID, GENESIS, ORACLE, PlayedChain, PlayedObserver, signer


class PlayedSource:
    """Does `what` at each take and notes when it was asked."""

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = False

    def __init__(self, what: Callable[[], object] = lambda: None) -> None:
        self.what = what
        self.taken: list[int] = []

    def take(self, now: int, epoch: int) -> None:
        """As Source says."""
        self.taken.append(now - GENESIS)
        self.what()


class Bench:
    """A node on sites that do as they are told, what it logged, and its chain."""

    def __init__(self, folder: Path) -> None:
        self.chain = PlayedChain(1, MeterSet((), ()))
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.database = open_database(folder / "node.db")
        self.fetcher, self.pool = Fetcher(), ThreadPoolExecutor(1)
        self.reports = ReportStore(self.database)
        self.sampler = Sampler([], self.log)
        self.posting = Posting(self.chain, self.reports, self.log)

    def start(self, *sources: PlayedSource) -> Node:
        """A node with a site a source, sampled every 10 s."""
        sites = [Site(fleet, "dcgm", 10, "", "", source) for fleet, source in enumerate(sources, 1)]
        self.sampler = Sampler(sites, self.log)
        parts = Parts(
            chain=self.chain,
            posting=self.posting,
            guard=SigningGuard(self.database, Domain(CHAIN_ID, ORACLE), signer(0), GENESIS),
            reports=self.reports,
            telemetry=TelemetryStore(self.database),
            observer=PlayedObserver(lambda facts: {}),
            sampler=self.sampler,
            peer_urls={},
            fetcher=self.fetcher,
            pool=self.pool,
            log=self.log,
        )
        return Node(parts)

    def log(self, event: str, **fields: Any) -> None:
        """Notes a line."""
        self.logged.append((event, fields))

    def close(self) -> None:
        """Ends it."""
        self.sampler.close()
        self.posting.close()
        self.pool.shutdown()
        self.fetcher.close()
        self.database.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def raises(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OverflowError("too large"), ValueError("no number"), KeyError("no such")])
def test_a_site_whose_data_breaks_something_is_unreachable_and_the_node_steps_on(
    bench: Bench, error: Exception
) -> None:
    poisoned, good = PlayedSource(raises(error)), PlayedSource()
    node = bench.start(poisoned, good)
    for now in (10, 20, 30):
        bench.chain.advance(GENESIS + now)
        node.step()
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
    node = bench.start(*hanging, good)
    begun = time.monotonic()
    for now in (10, 20, 30):
        bench.chain.advance(GENESIS + now)
        node.step()
    assert good.taken == [10, 20, 30]
    assert [source.taken for source in hanging] == [[10]] * 20
    assert time.monotonic() - begun < 10
    released.set()
    for _ in range(200):  # what was late ends by itself, and then is sampled again
        if all(take.done() for _, _, take in bench.sampler._takes.values()):
            break
        time.sleep(0.01)
    bench.chain.advance(GENESIS + 40)
    node.step()
    assert hanging[0].taken == [10, 40]
