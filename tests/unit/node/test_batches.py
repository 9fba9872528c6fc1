"""Signed batches at nodes: real HTTP sites whose files the recorder made, what two nodes hold of them, and what becomes
of an operator who signs twice."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from oracle.chain.errors import ChainNotPast
from oracle.domain.meters import MeterSet
from oracle.domain.report import Domain
from oracle.exchange.fetch import Fetcher
from oracle.keys import KeySigner
from oracle.node.app import start_node
from oracle.node.sites import BatchesTooLate, NoBatchesHere, check_interval, make_site
from oracle.node.sources import SiteUnreachable
from oracle.node.sources.batch import BatchTerms, SignedBatches, operator_of, operators
from oracle.preflight.finding import Outcome
from oracle.preflight.sites import Moment, site_rows
from oracle.settings import BatchSite, Settings
from oracle.store.batches import BatchStore
from oracle.store.database import Database, open_database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.batch import NONE_BEFORE, SampleBatch, read_head, sample_lines, sign_batch
from oracle.telemetry.batch_folder import BatchFolder, RecordingBatches
from oracle.telemetry.log import LogReplay
from oracle.telemetry.sample import Sample
from tests.unit.api.world import World
from tests.unit.node.cluster import CHAIN_ID, ORACLE, SCHEDULE, PlayedChain, cold, fleet, free_ports, signer
from tests.unit.node.site_server import SiteServer
from tests.unit.telemetry.test_batch import OPERATOR, OTHER

EXAMPLES = Path(__file__).parents[3] / "examples" / "telemetry"
BEGAN = 1_791_147_600  # where the example telemetry begins
FIRST = (BEGAN - SCHEDULE.genesis) // SCHEDULE.length
EPOCHS = 4
DOMAIN = Domain(CHAIN_ID, ORACLE)
FLEET = 1
GPU = "GPU-aaaaaaaa-1111-2222-3333-444444444444"


def end(epoch: int) -> int:
    return SCHEDULE.period_end(epoch)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """The batches that the recorder makes of the first hours of the H100s' telemetry, by epoch."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "run").write_bytes(gzip.decompress((EXAMPLES / "h100-dcgm.prom.gz").read_bytes()))
    batches = BatchFolder(folder / "batches", FLEET, DOMAIN, SCHEDULE, OPERATOR, BEGAN)
    RecordingBatches(folder / "run", batches).look(end(FIRST + EPOCHS - 1))
    return {int(file.name): file.read_bytes() for file in (folder / "batches").iterdir()}


@pytest.fixture
def site() -> Iterator[SiteServer]:
    serving = SiteServer()
    yield serving
    serving.close()


def serve(site: SiteServer, batches: dict[int, bytes]) -> None:
    site.paths = {f"/batches/{epoch}": raw for epoch, raw in batches.items()}


class NodeSide:
    """One node's source and store."""

    def __init__(self, path: Path, url: str, peers: list[str] | None = None, **more: Any) -> None:
        self.database: Database = open_database(path)
        self.store, self.batches = TelemetryStore(self.database), BatchStore(self.database)
        self.fetcher = Fetcher(timeout_s=3)
        self.logs: list[dict[str, Any]] = []
        self.operator = OPERATOR.address
        terms = BatchTerms(
            DOMAIN, SCHEDULE, lambda fleet, epoch: self.operator, self.batches, peers or [],
            lambda event, **fields: self.logs.append({"event": event, **fields}),
        )  # fmt: skip
        self.source = SignedBatches(FLEET, f"{url}/batches", 300, self.fetcher, self.store, terms, **more)

    def take(self, now: int, since: int | None = None) -> None:
        self.source.take(now, (now - SCHEDULE.genesis) // SCHEDULE.length, since)

    def samples(self) -> dict[str, list[Sample]]:
        gpus = self.store.gpus(FLEET, 0, 1 << 60)
        return self.store.samples(FLEET, gpus, 0, 1 << 60)

    def events(self) -> list[str]:
        return [line["event"] for line in self.logs]

    def close(self) -> None:
        self.fetcher.close()
        self.database.close()


@pytest.fixture
def nodes(tmp_path: Path, site: SiteServer) -> Iterator[Callable[..., NodeSide]]:
    made: list[NodeSide] = []

    def make(name: str = "a", **more: Any) -> NodeSide:
        made.append(NodeSide(tmp_path / f"{name}.db", site.url, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def made(epoch: int, previous: bytes = NONE_BEFORE, power: int = 1, signed_by: KeySigner = OPERATOR) -> bytes:
    start_ms = SCHEDULE.period_start(epoch) * 1000
    lines = sample_lines([Sample(GPU, start_ms + at, 0, False, power, None, True) for at in (0, 300_000)])
    return sign_batch(lines, FLEET, epoch, previous, signed_by, DOMAIN)[1]


def said(raw: bytes) -> SampleBatch:
    return read_head(raw).statement


def chained(*epochs: int, power: int = 1) -> dict[int, bytes]:
    found, previous = {}, NONE_BEFORE
    for epoch in epochs:
        found[epoch] = made(epoch, previous, power)
        previous = said(found[epoch]).struct_hash()
    return found


def test_two_nodes_that_looked_at_different_times_hold_the_same_samples_as_the_site_recorded(
    recorded: dict[int, bytes], site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    first, second = nodes("a"), nodes("b")
    for epoch in range(FIRST, FIRST + EPOCHS):  # one as they come
        serve(site, {at: raw for at, raw in recorded.items() if at <= epoch})
        first.take(end(epoch) + 60)
    second.take(end(FIRST + EPOCHS - 1) + 90, since=BEGAN)  # the other only when it observes
    whole = LogReplay(EXAMPLES / "h100-dcgm.prom.gz").between(BEGAN * 1000, end(FIRST + EPOCHS - 1) * 1000 - 1)
    assert first.samples() == second.samples() == {gpu: list(samples) for gpu, samples in whole.items()}
    assert first.source.status() == {"newest_epoch": FIRST + EPOCHS - 1, "signed_twice": []}
    assert second.batches.metered(FLEET, 0, 1 << 60) == first.batches.metered(FLEET, 0, 1 << 60)
    assert first.events() + second.events() == []


def test_what_is_here_is_asked_for_again_only_at_an_observation_and_then_its_head(
    recorded: dict[int, bytes], site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node = nodes()
    serve(site, recorded)
    node.take(end(FIRST + 1))
    asked = len(site.asked)
    node.take(end(FIRST + 1) + 30)
    assert len(site.asked) == asked
    node.take(end(FIRST + 1) + 60, since=SCHEDULE.period_start(FIRST + 1))
    assert site.asked[asked:] == [(f"/batches/{FIRST}", "bytes=0-"), (f"/batches/{FIRST + 1}", "bytes=0-")]


@pytest.mark.parametrize("at", [0, 20, 120, 300, 4000, -2])
def test_a_byte_changed_on_the_way_is_refused_by_name_and_nothing_of_the_batch_is_stored(
    recorded: dict[int, bytes], site: SiteServer, nodes: Callable[..., NodeSide], at: int
) -> None:
    node, raw = nodes(), bytearray(recorded[FIRST])
    raw[at] ^= 1
    serve(site, {FIRST: bytes(raw)})
    with pytest.raises(SiteUnreachable, match=rf"/batches/{FIRST}: the batch "):
        node.take(end(FIRST))
    assert node.samples() == {}
    assert node.batches.statements(FLEET, FIRST) == []
    serve(site, recorded)
    node.take(end(FIRST) + 300)
    assert node.samples()


def test_a_batch_of_another_fleet_epoch_or_key_is_refused(site: SiteServer, nodes: Callable[..., NodeSide]) -> None:
    node = nodes()
    other_fleet = sign_batch(made(9).partition(b"\n")[2], 2, 9, NONE_BEFORE, OPERATOR, DOMAIN)[1]
    for raw, why in (
        (other_fleet, "of fleet 2 and epoch 9"),
        (made(8), "and epoch 8, not"),
        (made(9, signed_by=OTHER), f"not signed by the fleet's operator {OPERATOR.address}"),
        (b"<html>", "does not begin with"),
        (b"x" * (33 * 1024 * 1024), "more than 33554432 bytes"),
    ):
        serve(site, {9: raw})
        with pytest.raises(SiteUnreachable, match=why):
            node.take(end(9))
    assert node.samples() == {}


def test_the_operator_is_who_holds_the_title_at_the_end_of_the_epoch(
    site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    chain = PlayedChain(4, MeterSet((), (replace(fleet(FLEET), operator=OTHER.address),)))
    asked = operators(chain, SCHEDULE)
    with pytest.raises(ChainNotPast):
        asked(FLEET, 9)
    chain.advance(end(9) + 1)
    assert asked(FLEET, 9) == OTHER.address
    with pytest.raises(SiteUnreachable, match="fleet 2 was not listed then"):
        operator_of(chain.open_meters, 2)
    node = nodes()
    batches = chained(9)
    serve(site, {**batches, 10: made(10, said(batches[9]).struct_hash(), signed_by=OTHER)})
    node.take(end(9))
    node.operator = OTHER.address  # sold in epoch 10
    node.take(end(10), since=SCHEDULE.period_start(10))
    assert [kept.operator for kept in node.batches.metered(FLEET, 9, 10).values()] == [OPERATOR.address, OTHER.address]


def test_a_batch_that_is_not_there_is_late_after_a_third_of_an_epoch(
    site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node = nodes()
    serve(site, chained(8))
    node.take(end(9) + 60)
    assert node.source.status()["newest_epoch"] == 8
    with pytest.raises(SiteUnreachable, match="/batches/9 answers 404; the batch of epoch 9 should be there"):
        node.take(end(9) + 1200)


def test_a_gap_that_the_operator_signed_is_named_once_and_not_asked_for_again(
    site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node = nodes()
    serve(site, chained(8, 11))
    node.take(end(8))
    node.take(end(11))
    assert node.logs == [
        {"event": "batches missing", "fleet": 1, "epochs": "9 to 10", "reason": "the operator signed none of them"}
    ]
    asked = len(site.asked)
    node.take(end(11) + 60, since=SCHEDULE.period_start(9))
    assert [path for path, _ in site.asked[asked:]] == ["/batches/8", "/batches/11"]


def test_batches_that_a_site_no_longer_serves_keep_nobody_from_going_on(
    site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node, batches = nodes(), chained(8, 9, 10, 11)
    serve(site, {8: batches[8]})
    node.take(end(8))
    serve(site, {11: batches[11]})
    with pytest.raises(SiteUnreachable, match="epoch 9 should be there"):
        node.take(end(11))
    assert node.logs[0]["reason"] == "the site does not serve what was signed of them"
    serve(site, batches)  # it does so again
    node.take(end(11), since=SCHEDULE.period_start(9))
    assert list(node.batches.metered(FLEET, 0, 99)) == [8, 9, 10, 11]


def test_a_chain_that_begins_anew_is_refused(site: SiteServer, nodes: Callable[..., NodeSide]) -> None:
    node = nodes()
    serve(site, {8: made(8), 9: made(9)})
    with pytest.raises(SiteUnreachable, match="the operator began another chain"):
        node.take(end(9))
    assert list(node.batches.metered(FLEET, 0, 99)) == [8]


def test_a_batch_takes_the_place_of_all_other_samples_of_its_epoch(
    site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node = nodes()
    start_ms = SCHEDULE.period_start(8) * 1000
    before = [Sample(GPU, start_ms + at, 0, False, 9, None, True) for at in (-1, 0, 7, 3_599_999, 3_600_000)]
    node.store.add(FLEET, 8, before)  # read of an exporter, before the site was of this kind
    serve(site, chained(8))
    node.take(end(8))
    kept = [(each.time_ms - start_ms, each.power_mw) for each in node.samples()[GPU]]
    assert kept == [(-1, 9), (0, 1), (300_000, 1), (3_600_000, 9)]


def test_a_second_batch_for_an_epoch_is_evidence_also_after_a_restart_and_changes_no_sample(
    tmp_path: Path, site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    node = nodes()
    serve(site, chained(8))
    node.take(end(8))
    held = node.samples()
    serve(site, chained(8, power=2))
    node.take(end(8) + 60)  # it is not asked for
    assert node.source.status()["signed_twice"] == []
    site.ranges = False  # a server that sends all of it
    with pytest.raises(SiteUnreachable, match="epoch 9 should be there"):
        node.take(end(9) + 3500, since=SCHEDULE.period_start(8))
    assert node.source.status() == {"newest_epoch": 8, "signed_twice": [8]}
    assert node.events() == ["the operator signed two batches for one epoch"]
    assert node.samples() == held
    both = node.batches.statements(FLEET, 8)
    assert [kept.metered for kept in both] == [True, False]
    assert [kept.signed for kept in both] == [read_head(chained(8)[8]), read_head(chained(8, power=2)[8])]
    serve(site, chained(8, power=3))  # two are enough
    with pytest.raises(SiteUnreachable):
        node.take(end(9) + 3600, since=SCHEDULE.period_start(8))
    assert len(node.batches.statements(FLEET, 8)) == 2
    again = SignedBatches(FLEET, site.url, 300, node.fetcher, node.store, node.source._terms)
    assert again.status() == {"newest_epoch": 8, "signed_twice": [8]}


def test_what_only_looks_like_a_second_batch_is_no_evidence(site: SiteServer, nodes: Callable[..., NodeSide]) -> None:
    node = nodes()
    serve(site, chained(8))
    node.take(end(8))
    for raw in (made(8, power=2, signed_by=OTHER), made(7), b"{}\n"):
        serve(site, {8: raw})
        with pytest.raises(SiteUnreachable, match="/batches/8: "):
            node.take(end(8) + 60, since=SCHEDULE.period_start(8))
    serve(site, {})
    assert (node.source.status()["signed_twice"], node.events()) == ([], [])


def test_an_operator_who_gives_two_nodes_two_batches_is_found_out_between_them(
    tmp_path: Path, site: SiteServer, nodes: Callable[..., NodeSide]
) -> None:
    (tmp_path / "peer").mkdir()
    peer = World(tmp_path / "peer")
    try:
        theirs = NodeSide(tmp_path / "other.db", site.url)
        theirs.batches = BatchStore(peer.database)
        theirs.store = TelemetryStore(peer.database)
        theirs.source = SignedBatches(
            FLEET,
            f"{site.url}/batches",
            300,
            theirs.fetcher,
            theirs.store,
            replace(theirs.source._terms, store=theirs.batches),
        )
        serve(site, chained(8, power=2))
        theirs.take(end(8))
        node = nodes(peers=["http://127.0.0.1:1", peer.server.url])  # one does not answer
        serve(site, chained(8))
        node.take(end(8))
        assert node.source.status()["signed_twice"] == []
        node.take(end(8) + 60, since=SCHEDULE.period_start(8))
        assert node.source.status()["signed_twice"] == [8]
        assert node.logs[-1]["seen_at"] == "a peer"
        shown = peer.get(f"/v1/fleets/{FLEET}/batches/8")
        assert (shown["operator"], shown["signed_twice"], len(shown["statements"])) == (OPERATOR.address, False, 1)
        assert peer.get(f"/v1/fleets/{FLEET}/batches/9", 404)["error"] == "NotHeld"
        theirs.close()
    finally:
        peer.close()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"statements": 5}', b'{"statements": [{"head": 5}, {"head": "\\ud800"}]}']
)
def test_what_a_peer_makes_up_harms_nobody(site: SiteServer, nodes: Callable[..., NodeSide], body: bytes) -> None:
    forged = made(8, power=2, signed_by=OTHER).partition(b"\n")[0].decode()
    bodies = {"one": body, "other": json.dumps({"statements": [{"head": forged}]}).encode()}
    node = nodes(peers=[f"{site.url}/{peer}" for peer in bodies])
    serve(site, chained(8))
    site.paths |= {f"/{peer}/v1/fleets/{FLEET}/batches/8": said_by_peer for peer, said_by_peer in bodies.items()}
    node.take(end(8), since=SCHEDULE.period_start(8))
    assert node.source.status()["signed_twice"] == []
    assert node.events() == ["a peer shows a batch that is none"]


def test_one_look_ends_in_time_however_much_there_is(site: SiteServer, nodes: Callable[..., NodeSide]) -> None:
    ticks = iter(range(0, 1000, 2))
    node = nodes(elapsed=lambda: float(next(ticks)))
    serve(site, chained(*range(8, 20)))
    with pytest.raises(SiteUnreachable, match="the rest follows"):
        node.take(end(19), since=SCHEDULE.period_start(8))
    assert 0 < len(node.batches.metered(FLEET, 0, 99)) < 12


def settings(index: int, ports: list[int], site: SiteServer, home: Path) -> Settings:
    home.mkdir(exist_ok=True)
    for name in ("deployment", "key", "password", "gas", "gaspassword"):
        (home / name).touch()
    return Settings.model_validate(
        {
            "chain": {"rpc_urls": ["http://127.0.0.1:1"], "deployment": home / "deployment"},
            "node": {"listen": f"127.0.0.1:{ports[index]}", "database": str(home / "node.db"), "clock": "chain"},
            "signing_key": {"keystore": home / "key", "password_file": home / "password"},
            "gas_key": {"keystore": home / "gas", "password_file": home / "gaspassword"},
            "peers": [{"node": cold(1 - index), "url": f"http://127.0.0.1:{ports[1 - index]}"}],
            "sites": [
                {"kind": "batch", "fleet": FLEET, "url": f"{site.url}/batches", "interval_s": 300,
                 "allocations_url": f"{site.url}/a", "inventory_url": f"{site.url}/i"}
            ],
        }
    )  # fmt: skip


def test_running_nodes_show_an_equivocating_operator_to_everybody(
    recorded: dict[int, bytes], site: SiteServer, tmp_path: Path
) -> None:
    chain = PlayedChain(4, MeterSet((), (replace(fleet(FLEET), operator=OPERATOR.address),)))
    ports = free_ports(2)
    logs: list[str] = []
    with ExitStack() as stack:
        running = [
            start_node(
                stack, settings(index, ports, site, tmp_path / str(index)), chain, lambda _: chain, signer(index),
                lambda event, **fields: logs.append(event),
            )
            for index in (0, 1)
        ]  # fmt: skip
        chain.advance(end(FIRST))
        chain.advance(end(FIRST) + 1)
        serve(site, recorded)
        running[0].node.step()
        other = sample_lines([Sample(GPU, BEGAN * 1000, 0, False, 1, None, True)])
        serve(site, {FIRST: sign_batch(other, FLEET, FIRST, NONE_BEFORE, OPERATOR, DOMAIN)[1]})
        running[1].node.step()
        now = end(FIRST) + 30
        for each in running:
            each.node._parts.sampler.sample(now, FIRST + 1, since=BEGAN)
        for index in (0, 1):
            shown = httpx.get(f"{running[index].url}/status").json()["sites"][0]["batches"]
            assert shown == {"newest_epoch": FIRST, "signed_twice": [FIRST]}
            evidence = httpx.get(f"{running[index].url}/v1/fleets/{FLEET}/batches/{FIRST}").json()
            assert evidence["signed_twice"]
            heads = [read_head(each["head"].encode() + b"\n") for each in evidence["statements"]]
            assert {head.signer(DOMAIN) for head in heads} == {OPERATOR.address}
            assert len({head.statement.struct_hash() for head in heads}) == 2
    assert logs.count("the operator signed two batches for one epoch") == 2


def batch_site(url: str = "http://s") -> BatchSite:
    elsewhere = {"allocations_url": "http://s/a", "inventory_url": "http://s/i"}
    return BatchSite(kind="batch", fleet=FLEET, url=f"{url}/batches", interval_s=30, **elsewhere)


def test_a_clock_that_leaves_no_time_for_the_next_batch_is_refused() -> None:
    check_interval(batch_site(), 3600, 3630)
    with pytest.raises(BatchesTooLate, match="observed before the batch of the next one is there"):
        check_interval(batch_site(), 3600, 3629)


def test_a_site_of_batches_is_made_only_where_they_can_be_checked(tmp_path: Path) -> None:
    database, fetcher = open_database(tmp_path / "node.db"), Fetcher()
    with pytest.raises(NoBatchesHere):
        make_site(batch_site(), fetcher, TelemetryStore(database))
    fetcher.close()
    database.close()


def test_the_pre_flight_checks_them_by_the_title_holder_of_now(recorded: dict[int, bytes], site: SiteServer) -> None:
    serve(site, recorded)
    moment = Moment(end(FIRST) + 60, FIRST + 1, 3600, 7200, DOMAIN, SCHEDULE)
    fetcher = Fetcher()
    for operator, outcome, said_so in (
        (OPERATOR.address, Outcome.PASS, "samples of 8 GPUs"),
        (OTHER.address, Outcome.FAIL, f"not signed by the fleet's operator {OTHER.address}"),
    ):
        meters = MeterSet((), (replace(fleet(FLEET), operator=operator),))
        row = next(iter(site_rows([batch_site(site.url)], meters, fetcher, moment)))
        assert (row.outcome, said_so in row.seen) == (outcome, True), row
    fetcher.close()
