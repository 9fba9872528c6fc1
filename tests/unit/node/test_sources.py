"""Sources beside exporter and log: metrics stores that were late, partial or too full, machines' power, and who is told
which login."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from oracle.domain.meters import MeterSet
from oracle.exchange.fetch import Fetcher
from oracle.node.app import start_node
from oracle.node.sites import IntervalTooLong, check_interval, make_site
from oracle.node.sources import SiteUnreachable
from oracle.node.sources.metrics_store import MetricsStore
from oracle.node.sources.node_power import NodePower
from oracle.settings import DcgmSite, NodePowerSettings, NvmlSite, PrometheusSite, Settings
from oracle.store.database import Database, open_database
from oracle.store.telemetry import NODE_POWER, TelemetryStore
from oracle.telemetry.errors import AuthFileUnusable
from oracle.telemetry.prometheus import PrometheusApi
from oracle.telemetry.redfish import RedfishPower
from tests.unit.node.cluster import PlayedChain, signer
from tests.unit.node.site_server import SiteServer
from tests.unit.telemetry.test_prometheus import A, Store, answer, series

NOW = 1_791_158_400
POWER, ENERGY = "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
SITE = {"fleet": 1, "allocations_url": "http://s/a", "inventory_url": "http://s/i"}


class Played(Store):
    """A store that answers a query from the samples it holds, as Prometheus would: those of the range asked for."""

    def __init__(self) -> None:
        self.held: dict[str, dict[int, str]] = {POWER: {}, ENERGY: {}}
        self.warnings: list[str] = []
        self.limit = 10_000
        super().__init__()

    @property
    def body(self) -> bytes:
        start, end = self.window()
        found = [
            series(name, *((at, value) for at, value in sorted(held.items()) if start <= at <= end))
            for name, held in self.held.items()
        ]
        if sum(len(each["values"]) for each in found) > self.limit:
            return b'{"status":"error","errorType":"execution","error":"too many samples"}'
        more: dict[str, Any] = {"warnings": self.warnings} if self.warnings else {}
        return answer(*(each for each in found if each["values"]), **more)

    @body.setter
    def body(self, _: bytes) -> None:
        return None

    @property
    def status(self) -> int:
        return 422 if b'"error"' in self.body else 200

    @status.setter
    def status(self, _: int) -> None:
        return None

    def window(self) -> tuple[int, int]:
        asked = parse_qs(urlsplit(self.asked[-1][0]).query)
        end = float(asked["time"][0])
        length = int(asked["query"][0].rpartition("[")[2].removesuffix("ms]"))
        return -(-int(end * 1000 - length) // 1000), int(end)

    def scrape(self, *seconds: int) -> None:
        for at in seconds:
            self.held[POWER][at] = str(100 + at % 100)
            self.held[ENERGY][at] = str(at * 100_000 % 10**12)


@pytest.fixture
def store() -> Iterator[Played]:
    made = Played()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "node.db")
    yield opened
    opened.close()


@pytest.fixture
def source(store: Played, database: Database) -> Iterator[Callable[..., MetricsStore]]:
    with httpx.Client() as client:
        yield lambda **more: MetricsStore(1, PrometheusApi(store.url, client), 30, TelemetryStore(database), **more)


def seconds(database: Database) -> list[int]:
    found = TelemetryStore(database).samples(1, [A], 0, 1 << 60)
    return [sample.time_ms // 1000 - NOW for sample in found.get(A, [])]


def test_a_store_is_read_on_from_where_it_was_left_also_after_a_restart(
    store: Played, database: Database, source: Callable[..., MetricsStore]
) -> None:
    store.scrape(*range(NOW - 300, NOW, 30))
    source().take(NOW, 0)
    assert seconds(database) == [-60, -30]
    store.scrape(*range(NOW, NOW + 500, 30))
    source().take(NOW + 500, 0)
    assert seconds(database) == list(range(-60, 500, 30))
    assert store.window()[0] == NOW - 60  # two intervals over again


def test_what_came_late_counts_at_the_observation_and_takes_the_place_of_half_a_scrape(
    store: Played, database: Database, source: Callable[..., MetricsStore]
) -> None:
    store.scrape(NOW - 30, NOW)
    store.held[POWER][NOW + 30] = "77"  # the other series of this scrape are still on their way
    source().take(NOW + 30, 0)
    kept = TelemetryStore(database).samples(1, [A], 0, 1 << 60)[A]
    assert (kept[-1].power_mw, kept[-1].energy_mj) == (77_000, None)
    store.scrape(*range(NOW - 3000, NOW + 60, 30))
    source().take(NOW + 7200, 1)
    assert seconds(database) == [-30, 0, 30]
    source().take(NOW + 7200, 1, since=NOW - 2000)
    assert seconds(database) == list(range(-2070, 60, 30))  # from three intervals before
    kept = TelemetryStore(database).samples(1, [A], 0, 1 << 60)[A]
    assert all(sample.energy_mj is not None for sample in kept)


def test_two_nodes_that_saw_the_store_differently_before_meter_the_same_after_the_last_look(
    store: Played, database: Database, tmp_path: Path, source: Callable[..., MetricsStore]
) -> None:
    store.held[POWER][NOW] = "1"
    source().take(NOW, 0)
    store.scrape(*range(NOW, NOW + 3600, 30))
    source().take(NOW + 5400, 1, since=NOW)
    other = open_database(tmp_path / "other.db")
    with httpx.Client() as client:
        api = PrometheusApi(store.url, client)
        MetricsStore(1, api, 30, TelemetryStore(other)).take(NOW + 7000, 1, since=NOW)
    whole = (1, [A], NOW * 1000, (NOW + 3600) * 1000)
    assert TelemetryStore(database).samples(*whole) == TelemetryStore(other).samples(*whole)
    other.close()


def test_a_partial_answer_is_kept_named_and_asked_for_again(
    store: Played, database: Database, source: Callable[..., MetricsStore]
) -> None:
    store.scrape(NOW - 30, NOW)
    source().take(NOW, 0)
    store.held[ENERGY].pop(NOW)
    store.held[POWER][NOW] = "9"
    store.scrape(NOW + 30)
    store.warnings = ["store 10.0.0.7: deadline exceeded"]
    with pytest.raises(SiteUnreachable, match=r"in part: store 10\.0\.0\.7"):
        source().take(NOW + 30, 0)
    kept = TelemetryStore(database).samples(1, [A], 0, 1 << 60)[A]
    assert [sample.energy_mj is None for sample in kept] == [False, False, False]  # what is short takes nothing's place
    store.warnings = []
    store.scrape(NOW, NOW + 60)
    source().take(NOW + 60, 0)
    assert store.window()[0] == NOW - 60  # on from the last whole answer
    assert seconds(database) == [-30, 0, 30, 60]


def test_a_store_that_will_not_answer_so_much_is_asked_for_less(
    store: Played, database: Database, source: Callable[..., MetricsStore]
) -> None:
    store.scrape(*range(NOW, NOW + 600, 30))
    store.limit = 12
    source().take(NOW + 599, 0, since=NOW)
    assert seconds(database) == list(range(0, 600, 30))
    store.limit = 1
    with pytest.raises(SiteUnreachable, match="too many samples"):
        source().take(NOW + 599, 0, since=NOW)


def test_a_store_that_takes_too_long_is_let_go_on_at_the_next_time(
    store: Played, database: Database, source: Callable[..., MetricsStore]
) -> None:
    store.scrape(*range(NOW, NOW + 3600, 30))
    now = iter(range(0, 1000, 3))
    with pytest.raises(SiteUnreachable, match="the rest follows"):
        source(elapsed=lambda: float(next(now))).take(NOW + 3600, 0, since=NOW)
    assert 0 < len(seconds(database)) < 120


def test_a_store_without_the_gpus_is_told_from_one_with_them(
    store: Played, source: Callable[..., MetricsStore]
) -> None:
    with pytest.raises(SiteUnreachable, match="check its scrapes, and the selector"):
        source().take(NOW, 0)


def test_the_power_of_each_machine_is_kept_though_one_does_not_answer(database: Database) -> None:
    server, store = SiteServer(), TelemetryStore(database)
    server.paths["/redfish/v1/Chassis/1/Power"] = b'{"PowerControl": [{"PowerConsumedWatts": 5810.5}]}'
    urls = [f"{server.url}/redfish/v1/Chassis/{n}/Power" for n in (1, 2)]
    with httpx.Client() as client:
        source = NodePower(1, [RedfishPower(url, client) for url in urls], store)
        with pytest.raises(SiteUnreachable, match="Chassis/2/Power: answered 404"):
            source.take(NOW, 0)
    found = store.samples(1, urls, 0, 1 << 60, source=NODE_POWER)
    assert [sample.power_mw for sample in found[urls[0]]] == [5_810_500]
    assert urls[1] not in found
    assert store.samples(1, urls, 0, 1 << 60) == {}  # no GPU of the operator's
    server.close()


def login(folder: Path) -> Path:
    file = folder / "login"
    file.write_text("bearer operators-secret")
    file.chmod(0o600)
    return file


def test_the_operators_login_and_tenant_go_to_the_operators_store_and_to_no_tenants(
    tmp_path: Path, database: Database
) -> None:
    operators, tenants, fetcher = Store(), Store(), Fetcher(timeout_s=3)
    settings = PrometheusSite(
        kind="prometheus", url=operators.url, auth_file=login(tmp_path), tenant="team-a",
        tenant_urls={7: tenants.url}, **SITE,
    )  # fmt: skip
    for each in (operators, tenants):
        each.body = answer(series(POWER, (NOW, "100")))
    site = make_site(settings, fetcher, TelemetryStore(database))
    for feed in site.feeds:
        assert feed.sample(NOW, 3), feed.last_error
    assert operators.asked[0][1]["authorization"] == "Bearer operators-secret"
    assert operators.asked[0][1]["x-scope-orgid"] == "team-a"
    assert not {"authorization", "x-scope-orgid"} & tenants.asked[0][1].keys()
    store = TelemetryStore(database)
    assert store.samples(1, [A], 0, 1 << 60)[A] == store.samples(1, [A], 0, 1 << 60, source=7)[A]
    assert (store.answers(1, 3, 3), store.answers(1, 3, 3, source=7)) == (1, 1)
    (tmp_path / "login").write_text("bearer another")  # a token exchanged under a running node
    assert site.feed.sample(NOW + 30, 3)
    assert operators.asked[-1][1]["authorization"] == "Bearer another"
    site.close()
    fetcher.close()
    operators.close()
    tenants.close()


def test_a_login_that_others_can_read_is_refused_at_the_start(tmp_path: Path, database: Database) -> None:
    open_file = login(tmp_path)
    open_file.chmod(0o644)
    machine = NodePowerSettings(url="https://bmc/redfish/v1/Chassis/1", auth_file=open_file)
    fetcher, store = Fetcher(), TelemetryStore(database)
    for settings in (
        PrometheusSite(kind="prometheus", url="http://p", auth_file=open_file, **SITE),
        NvmlSite(kind="nvml", node_power=[machine], **SITE),
    ):
        with pytest.raises(AuthFileUnusable, match="chmod 600"):
            make_site(settings, fetcher, store)
    not_pem = NodePowerSettings(url="https://bmc/redfish/v1/Chassis/1", ca_file=open_file)
    with pytest.raises(AuthFileUnusable, match="no PEM certificate"):
        make_site(NvmlSite(kind="nvml", node_power=[not_pem], **SITE), fetcher, store)
    fetcher.close()


@pytest.mark.parametrize(
    ("interval", "length", "delay", "most"),
    [(1200, 3600, 7200, None), (1201, 3600, 7200, 1200), (600, 3600, 600, None), (601, 3600, 600, 600), (1, 2, 60, 0)],
)
def test_an_interval_that_leaves_an_epoch_or_its_end_unmeasured_is_refused(
    interval: int, length: int, delay: int, most: int | None
) -> None:
    settings = DcgmSite(kind="dcgm", url="http://e", interval_s=interval, **SITE)
    if most is None:
        check_interval(settings, length, delay)
    else:
        with pytest.raises(IntervalTooLong, match=rf"fleet 1 has interval_s = {interval}.* can be {most} at most"):
            check_interval(settings, length, delay)


def test_a_node_refuses_to_start_on_such_an_interval(tmp_path: Path) -> None:
    chain = PlayedChain(1, MeterSet((), ()))  # epochs of an hour, observed two hours later
    for name in ("deployment", "key", "password", "gas", "gaspassword"):
        (tmp_path / name).touch()
    settings = Settings.model_validate(
        {
            "chain": {"rpc_urls": ["http://127.0.0.1:1"], "deployment": tmp_path / "deployment"},
            "node": {"listen": "127.0.0.1:0", "database": str(tmp_path / "node.db"), "clock": "chain"},
            "signing_key": {"keystore": tmp_path / "key", "password_file": tmp_path / "password"},
            "gas_key": {"keystore": tmp_path / "gas", "password_file": tmp_path / "gaspassword"},
            "sites": [{"kind": "dcgm", "url": "http://e", "interval_s": 1201, **SITE}],
        }
    )
    with ExitStack() as stack, pytest.raises(IntervalTooLong, match="can be 1200 at most"):
        start_node(stack, settings, chain, lambda _: chain, signer(0), lambda event, **fields: None)
