"""The indexer against the chain it reads: a real Anvil, a real indexer process, real HTTP.

One indexer follows one chain through the file, over an RPC that tests may break; the last tests kill it."""

import select
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from web3 import Web3

from tests.support.chain import HOUR, anvil, mine, rpc
from tests.support.indexer import Indexer, expire_lock, indexer, refused
from tests.support.indexer_world import HOSTILE, World, about, make_world, set_rate
from tests.support.postgres import PostgresServer
from tests.support.rpc_server import RpcServer, rpc_server

pytestmark = pytest.mark.xdist_group("indexer")

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("indexer")


@pytest.fixture(scope="module")
def between(files: Path) -> Iterator[tuple[World, RpcServer]]:
    """The chain, and the RPC that the indexer reads it by."""
    with anvil() as chain, rpc_server(chain.url) as proxy:
        yield make_world(chain, proxy.url, files / "config.json"), proxy


@pytest.fixture(scope="module")
def world(between: tuple[World, RpcServer]) -> World:
    return between[0]


@pytest.fixture
def proxy(between: tuple[World, RpcServer]) -> Iterator[RpcServer]:
    """The indexer's RPC, mended afterwards."""
    yield between[1]
    between[1].changes.clear()


@pytest.fixture(scope="module")
def served(world: World, files: Path) -> Iterator[Indexer]:
    with indexer(world.config, files / "database") as running:
        yield running


@pytest.fixture
def followed(world: World, served: Indexer) -> Indexer:
    """The indexer, at the head."""
    served.wait_for(world.w3)
    return served


def test_every_event_of_the_chain_is_served_once_as_web3_decodes_it(world: World, followed: Indexer) -> None:
    expected = world.events()
    kinds = {(event["contract"], event["name"]) for event in expected}
    assert {contract for contract, _ in kinds} == set(world.addresses().values())
    assert len(kinds) > 40
    assert followed.events() == expected


def test_every_filter_finds_exactly_the_events_it_names(world: World, followed: Indexer) -> None:
    expected, fleets = world.events(), world.fleets()
    by: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in expected:
        for key in {("contract", event["contract"]), ("name", event["name"]), *about(event, fleets)}:
            by[key].append(event)
    assert {kind for kind, _ in by} == {"contract", "name", "fleet", "lease", "sale", "account"}
    for (kind, value), events in by.items():
        assert followed.events(**{kind: value}) == events, (kind, value)
    assert followed.events(fleet="999") == followed.events(account="0x" + "12" * 20) == []


def test_a_fleet_s_events_include_the_mint_that_came_before_its_announcement(world: World, followed: Indexer) -> None:
    for fleet, tranches in (("1", 2), ("2", 1), ("4", 4)):
        minted = [
            event["args"]["value"]
            for event in followed.events(fleet=fleet, contract="FleetShare", name="Transfer")
            if event["args"]["from"] == "0x" + "00" * 20 and event["args"]["value"] != "0"
        ]
        assert len(minted) == tranches


def test_filters_narrow_each_other_and_repeat(world: World, followed: Indexer) -> None:
    fleets, tenant = world.fleets(), world.story.people[3]
    wanted = {("lease", "1"), ("account", tenant)}
    assert followed.events(contract="CapacityLease", lease="1", account=tenant.lower()) == [
        event for event in world.events() if event["contract"] == "CapacityLease" and wanted <= about(event, fleets)
    ]
    names = ["Settled", "Distributed", "Bought"]
    assert followed.events(name=names, contract=["CapacityLease", "RevenueWaterfall"]) == [
        event for event in world.events() if event["name"] in names[:2]
    ]


@pytest.mark.parametrize("limit", [1, 7, 5000, 10**9])
def test_pages_give_each_event_once(world: World, followed: Indexer, limit: int) -> None:
    assert followed.events(limit=limit, fleet="1") == followed.events(fleet="1")
    first = followed.ask("/events", limit=limit)
    assert len(first["events"]) == min(limit, len(world.events()))
    assert first["until"] == str(world.head)
    assert first["chainId"] == 31337


def test_hostile_names_come_back_as_they_are(followed: Indexer) -> None:
    (document,) = followed.events(name="DocumentSet")
    assert document["args"]["name"] == HOSTILE
    models = [event["args"]["spec"]["model"] for event in followed.events(name="FleetProposed")]
    assert "\ufffd" * 4 in models
    assert len(followed.events(fleet="4", name="FleetProposed")[0]["args"]["spec"]["site"]) == 10_000


def test_it_follows_a_chain_whose_clock_jumps(world: World, served: Indexer) -> None:
    for rate in (11, 12):
        rpc(world.w3, "evm_increaseTime", 40 * 24 * HOUR)
        set_rate(world, rate)
    mine(world.w3, 64)  # more than Ponder takes for final
    served.wait_for(world.w3)
    assert served.events() == world.events()
    newest = world.w3.eth.get_block("latest")
    assert served.ask("/status") == {
        "chainId": 31337,
        "until": str(newest["number"]),
        "untilHash": Web3.to_hex(newest["hash"]),
        "untilTime": str(newest["timestamp"]),
        "ready": True,
    }


@contextmanager
def stalled_by_a_reorg(proxy: RpcServer) -> Iterator[None]:
    """The RPC tells that blocks were replaced, and by which, and no more until the `with` ends."""
    replaced, ended = Event(), Event()

    def ancestor(_params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        replaced.set()
        return answer

    def block(_params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        if replaced.is_set():
            ended.wait(60)
        return answer

    proxy.changes |= {"eth_getBlockByHash": ancestor, "eth_getBlockByNumber": block}
    try:
        yield
    finally:
        proxy.changes.clear()
        ended.set()


def test_a_reorg_takes_events_back_and_brings_those_of_the_other_blocks(
    world: World, served: Indexer, proxy: RpcServer
) -> None:
    def answer() -> tuple[Any, list[str]]:
        page = served.ask("/events", name="ListRateSet", fleet="2")
        return page, [event["args"]["listRate"] for event in page["events"]]

    for rate in (21, 22, 23):
        set_rate(world, rate)
    mine(world.w3)
    served.wait_for(world.w3)
    assert answer()[1][-3:] == ["21", "22", "23"]
    head, kept = world.head, world.w3.eth.get_block(world.head - 3)

    fleets, operator = world.story.stack.fleets, world.story.people[2]
    other = {"from": operator, "to": fleets.address, "data": fleets.encode_abi("setListRate", [2, 99])}
    with stalled_by_a_reorg(proxy):
        rpc(world.w3, "anvil_reorg", 3, [[other, 1]])
        assert world.head == head
        deadline = time.monotonic() + 60
        while (told := answer())[1][-1] == "23":
            assert time.monotonic() < deadline
        page, rates = told
        assert rates[-1] == "21"
        assert (page["until"], page["untilHash"]) == (str(kept["number"]), Web3.to_hex(kept["hash"]))

    served.wait_for(world.w3)
    assert answer()[1][-2:] == ["21", "99"]
    assert served.events() == world.events()
    set_rate(world, 24)
    served.wait_for(world.w3)
    assert answer()[1][-2:] == ["99", "24"]


@contextmanager
def asked_at_once(indexed: Indexer, times: int) -> Iterator[list[socket.socket]]:
    """As many clients that have all asked one question."""
    at = urlsplit(indexed.url)
    asked = b"GET /events?limit=5000 HTTP/1.1\r\nHost: indexer\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection((at.hostname, at.port), timeout=60)) for _ in range(times)
        ]
        for client in clients:
            client.sendall(asked)
        yield clients


def answered(clients: list[socket.socket], at_least: int) -> list[socket.socket]:
    """Those that have an answer, once they are so many."""
    deadline = time.monotonic() + 60
    while len(found := select.select(clients, [], [], 1)[0]) < at_least:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def code_of(client: socket.socket) -> int:
    """The status of an answer, read to its end."""
    with client.makefile("rb") as answer:
        return int(answer.read().split(maxsplit=2)[1])


def test_postgres_gives_the_same_answers_until_too_much_is_asked_at_a_time(
    world: World, followed: Indexer, postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.create()
    with indexer(world.config, tmp_path / "unused", DATABASE_URL=url, DATABASE_SCHEMA="anything") as other:
        other.wait_for(world.w3)
        assert other.ask("/status") == followed.ask("/status")
        for query in (
            {},
            {"fleet": "1"},
            {"lease": "2", "name": "Settled"},
            {"account": world.story.people[3], "fleet": "1"},
            {"name": ["Transfer", "Settled"]},
        ):
            for limit in (9, 5000):
                assert other.events(**query, limit=limit) == followed.events(**query, limit=limit)
        with ExitStack() as connected:
            with postgres.paused():
                clients = connected.enter_context(asked_at_once(other, 100))
                turned_away = answered(clients, 68)
                assert [code_of(client) for client in turned_away] == [503] * 68
            assert [code_of(client) for client in clients if client not in turned_away] == [200] * 32
        set_rate(world, 41)
        other.wait_for(world.w3)
        assert other.events() == world.events()
    assert not list((tmp_path / "unused").iterdir())
    assert postgres.run("SELECT count(*) FROM anything.event", url.rpartition("/")[2]) == [(len(world.events()),)]


BAD = {
    "nonsense=1": "query.unknownParameter",
    "fleetId=1": "query.unknownParameter",
    "__proto__=1": "query.unknownParameter",
    "fleet=1&fleet=2": "query.repeated",
    "limit=5&limit=5": "query.repeated",
    "contract=TestUSD": "query.unknownContract",
    "contract=toString": "query.unknownContract",
    "contract=": "query.unknownContract",
    "name=settled": "query.unknownName",
    "name='%3B DROP TABLE event%3B--": "query.unknownName",
    "fleet=": "query.badId",
    "fleet=-1": "query.badId",
    "fleet=01": "query.badId",
    "fleet=1e3": "query.badId",
    "fleet=0x10": "query.badId",
    "fleet=1 OR 1=1": "query.badId",
    "lease=1.0": "query.badId",
    "sale=%00": "query.badId",
    "lease=%D9%A1": "query.badId",
    f"lease={2**256}": "query.badId",
    f"sale={'9' * 5000}": "query.badId",
    "account=0x12": "query.badAccount",
    "account=f39Fd6e51aad88F6F4ce6aB8827279cffFb92266": "query.badAccount",
    "account=0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266": "query.badAccount",
    "limit=0": "query.badLimit",
    "limit=-5": "query.badLimit",
    "limit=ten": "query.badLimit",
    "after=": "query.badCursor",
    "after=5": "query.badCursor",
    "after=5:6:7": "query.badCursor",
    "after=a:b": "query.badCursor",
    f"after={2**63}:0": "query.badCursor",
    f"after=0:{2**31}": "query.badCursor",
}


@pytest.mark.parametrize("query", BAD, ids=[query[:30] for query in BAD])
def test_a_bad_query_is_refused_by_name(served: Indexer, query: str) -> None:
    answer = served.get(f"/events?{query}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == BAD[query]
    assert len(error["message"]) < 500
    assert answer.headers["access-control-allow-origin"] == "*"


def test_largest_good_values_are_answered(served: Indexer) -> None:
    assert served.ask("/events", lease=2**256 - 1, after=f"{2**63 - 1}:{2**31 - 1}", limit=2**63)["events"] == []


def test_it_is_read_only_for_any_origin(served: Indexer) -> None:
    for path in ("/events", "/status", "/health", "/ready"):
        answer = httpx.get(served.url + path, headers={"Origin": "https://anywhere.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert answer.headers["x-content-type-options"] == "nosniff"
        for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY"):
            refusal = httpx.request(method, served.url + path, json={})
            assert (refusal.status_code, refusal.json()["error"]["code"]) == (405, "method.notAllowed")
    for path in ("/", "/metrics", "/graphql", "/sql/db", "/events/1", "/%00"):
        refusal = served.get(path)
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (404, "path.unknown")


def test_a_page_is_bounded_in_bytes(world: World, served: Indexer) -> None:
    documents = world.story.stack.fleets.functions
    for place, size in enumerate((400_000, *[100_000] * 5)):  # six bytes of JSON for each
        world.story.do(2, documents.setDocument(4, "\0" * size, str(place), b"\7" * 32))
    served.wait_for(world.w3)
    pages: list[Any] = []
    after: dict[str, str] = {}
    while not pages or pages[-1]["next"] is not None:
        said = served.get("/events", {"name": "DocumentSet", "limit": 5000, **after})
        assert len(said.content) < 3 * MIB
        pages.append(said.json())
        after = {"after": pages[-1]["next"]}
    # What was there; the largest alone, more than a page's bytes as it is; as many as fit; the rest.
    assert [len(page["events"]) for page in pages] == [1, 1, 3, 2]
    found = [event for page in pages for event in page["events"]]
    assert found == [event for event in world.events() if event["name"] == "DocumentSet"]


def test_killed_and_started_again_it_goes_on_without_loss_or_doubles(
    world: World, followed: Indexer, files: Path
) -> None:
    set_rate(world, 31)
    followed.wait_for(world.w3)
    followed.kill()
    expire_lock(files / "database")
    set_rate(world, 32)
    mine(world.w3, 3)
    with indexer(world.config, files / "database") as second:
        second.wait_for(world.w3)
        assert second.events() == world.events()
        assert "Detected crash recovery" in second.log.read_text()
        second.stop()


def with_other_hashes(_params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
    """A block of the same chain begun anew."""
    block = answer["result"]
    return {**answer, "result": {**block, **{name: "0xff" + block[name][4:] for name in ("hash", "parentHash")}}}


def test_a_database_of_another_chain_is_not_gone_on_with(
    world: World, served: Indexer, proxy: RpcServer, files: Path
) -> None:
    assert served.process.poll() is not None, "the test before has not run"
    proxy.changes["eth_getBlockByNumber"] = with_other_hashes
    said = " ".join(refused(world.config, files / "database").split())
    assert "the database holds the events of another chain with this id" in said
