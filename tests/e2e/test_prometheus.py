"""A real Prometheus beside an exporter: what nodes meter through it, and from the exporter itself."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from oracle.domain.reading import ReadingFlag
from oracle.exchange.fetch import Fetcher
from oracle.metering.gpu import GpuSeries
from oracle.metering.increments import Increments
from oracle.metering.meters import Allocation, LeaseTerm, lease_increments
from oracle.node.sources import SiteUnreachable
from oracle.node.sources.exporter import Exporter
from oracle.node.sources.metrics_store import MetricsStore
from oracle.store.database import open_database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.errors import StoreRefused
from oracle.telemetry.prometheus import PrometheusApi
from oracle.telemetry.sample import Sample
from tests.support.chain import ROOT
from tests.support.prometheus import prometheus_server
from tests.support.replay_exporter import ReplayExporter

RECORDING = ROOT / "examples" / "telemetry" / "h100-dcgm.prom.gz"
SPAN_S = 12
EDGE_S = 4


class Metered:
    """One recording scraped for a while by a node itself and by two Prometheus replicas, and what was stored."""

    def __init__(self, folder: Path, exporter: ReplayExporter, url: str) -> None:
        self.exporter, self.url = exporter, url
        self.fetcher = Fetcher(timeout_s=5)
        self.databases = [open_database(folder / f"{name}.db") for name in ("direct", "through", "later")]
        self.direct, self.through, self.later = (TelemetryStore(database) for database in self.databases)
        api = PrometheusApi(url, self.fetcher.client, selector='replica="0"')
        scraped = Exporter(1, f"http://{exporter.target}/metrics", self.fetcher, self.direct)
        asked = MetricsStore(1, api, 1, self.through)
        time.sleep(2)
        self.start = int(time.time()) + EDGE_S
        self.end = self.start + SPAN_S
        while (now := int(time.time())) < self.end + EDGE_S:
            scraped.take(now, 0)
            if now % 3 == 0:  # a node that asks now and then
                asked.take(now, 0)
            time.sleep(max(0.0, now + 1 - time.time()))
        asked.take(int(time.time()), 0, since=self.start)
        time.sleep(1.3)
        # A node that was away all the time.
        MetricsStore(1, api, 1, self.later).take(int(time.time()), 0, since=self.start)

    def samples(self, store: TelemetryStore) -> dict[str, list[Sample]]:
        span = (self.start - 3) * 1000, (self.end + 3) * 1000
        return store.samples(1, self.exporter.uuids, *span)

    def reading(self, store: TelemetryStore) -> Increments:
        uuids = self.exporter.uuids
        series = {uuid: GpuSeries.of(found) for uuid, found in self.samples(store).items()}
        term = LeaseTerm(1, len(uuids), self.start - 3600, self.end + 3600, None, 9_900, 700)
        whole = Allocation(self.start - 3600, None, tuple(uuids))
        return lease_increments(term, (self.start, self.end), series, [whole], interval_ms=1000)

    def energy_uj(self, store: TelemetryStore) -> int:
        span = self.start * 1000, self.end * 1000, 1000
        return sum(GpuSeries.of(found).totals(*span).energy_uj for found in self.samples(store).values())

    def close(self) -> None:
        for database in self.databases:
            database.close()
        self.fetcher.close()


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metered]:
    exporter = ReplayExporter(RECORDING)
    with prometheus_server([exporter.target, exporter.target]) as url:
        made = Metered(tmp_path_factory.mktemp("metered"), exporter, url)
        yield made
        made.close()
    exporter.close()


def test_two_nodes_that_ask_one_store_at_different_times_meter_exactly_the_same(metered: Metered) -> None:
    through, later = metered.samples(metered.through), metered.samples(metered.later)
    assert through == later
    assert metered.reading(metered.through) == metered.reading(metered.later)
    assert all(len(found) >= SPAN_S for found in through.values())
    assert sorted(through) == metered.exporter.uuids


def test_readings_through_the_store_are_those_of_the_exporter_as_far_as_sampling_moments_allow(
    metered: Metered,
) -> None:
    scraped, through = metered.reading(metered.direct), metered.reading(metered.through)
    gpus = len(metered.exporter.uuids)
    assert scraped.measured == through.measured == scraped.delivered == through.delivered == gpus * SPAN_S
    assert scraped.flags == through.flags == 1
    # The recording changes each second: two that look at other moments within it differ by at most one at either end.
    assert abs(scraped.utilised - through.utilised) <= gpus
    energies = metered.energy_uj(metered.direct), metered.energy_uj(metered.through)
    assert abs(energies[0] - energies[1]) <= gpus * 700_000 * 1000
    assert min(energies) > gpus * SPAN_S * 100_000 * 1000


def test_every_value_of_a_scrape_comes_through_to_the_unit(metered: Metered) -> None:
    sample = metered.samples(metered.through)[metered.exporter.uuids[0]][0]
    played = {found.power_mw for found in metered.samples(metered.direct)[metered.exporter.uuids[0]]}
    assert sample.power_mw in played
    assert sample.power_mw is not None
    assert sample.power_mw % 1000  # watts with decimals, not cut to whole ones
    assert sample.driver == "570.86.15"
    assert sample.sm_clock_mhz == 1980
    assert not sample.activity_is_fallback
    assert sample.energy_mj is not None


def test_both_replicas_of_a_pair_count_as_readings_of_their_own_and_measure_no_more(
    metered: Metered, tmp_path: Path
) -> None:
    database = open_database(tmp_path / "both.db")
    store = TelemetryStore(database)
    api = PrometheusApi(metered.url, metered.fetcher.client)
    MetricsStore(1, api, 1, store).take(metered.end + EDGE_S, 0, since=metered.start)
    both, one = metered.samples(store), metered.samples(metered.later)
    for uuid in metered.exporter.uuids:
        assert len(both[uuid]) > 1.5 * len(one[uuid])
    # A scrape is dated when it begins: of two that begin at once the second may be answered first, and a counter falls.
    swapped = [
        (first.time_ms, second.time_ms)
        for found in both.values()
        for first, second in pairwise(found)
        if (second.energy_mj or 0) < (first.energy_mj or 0)
    ]
    assert all(second - first < 500 for first, second in swapped)
    falls = any(first < metered.end * 1000 and second > metered.start * 1000 for first, second in swapped)
    got, alone = metered.reading(store), metered.reading(metered.later)
    assert (got.measured, got.delivered, alone.flags) == (alone.measured, alone.delivered, 1)
    assert got.flags == alone.flags | (ReadingFlag.COUNTER_RESET if falls else 0)
    difference = abs(metered.energy_uj(store) - metered.energy_uj(metered.later))
    assert difference <= len(metered.exporter.uuids) * 700_000 * 1000
    database.close()


def test_an_exporter_that_falls_silent_is_missing_and_not_lost(metered: Metered, tmp_path: Path) -> None:
    metered.exporter.silent = True
    time.sleep(3)
    database = open_database(tmp_path / "silent.db")
    store = TelemetryStore(database)
    api = PrometheusApi(metered.url, metered.fetcher.client)
    now = int(time.time())
    MetricsStore(1, api, 1, store).take(now, 0, since=now - 5)
    found = store.samples(1, metered.exporter.uuids, 0, 1 << 60)
    assert all(sample.healthy for samples in found.values() for sample in samples)
    assert max(sample.time_ms for samples in found.values() for sample in samples) < now * 1000 - 1000
    time.sleep(3)
    with pytest.raises(SiteUnreachable, match="no sample of a GPU"):
        MetricsStore(1, api, 1, TelemetryStore(database)).take(int(time.time()), 0)
    database.close()


def test_what_the_store_refuses_is_told_in_its_own_words(metered: Metered) -> None:
    with pytest.raises(StoreRefused, match=r"400.*parse error"):
        PrometheusApi(metered.url, metered.fetcher.client, selector='replica=="0"').read(0, 1000)
    with httpx.Client() as client, pytest.raises(StoreRefused, match="404"):
        PrometheusApi(f"{metered.url}/no/such/prefix", client).read(0, 1000)
