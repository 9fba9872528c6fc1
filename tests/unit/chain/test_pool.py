"""Several RPCs: what a quorum agrees on is believed, what misbehaves is named; one alone costs one request a look."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from oracle.chain.codec import EventCodec
from oracle.chain.deployment import load_deployment
from oracle.chain.endpoint import Endpoint
from oracle.chain.errors import ChainError, ChainUnreachable, RpcFault, RpcRefused, RpcsDisagree, TooFewRpcs, WrongChain
from oracle.chain.event_log import EventLog
from oracle.chain.meter_events import FLEET_EVENTS
from oracle.chain.pool import Pool
from oracle.chain.rpc import named_errors, read_block, read_header, read_newest, web3_of
from oracle.chain.web3_view import Web3View
from oracle.exchange.fetch import Fetcher
from tests.support import faulty_rpc as faults
from tests.support.chain import HOUR, Chain, Stack, mine, now, rpc
from tests.support.faulty_rpc import FaultyRpc, Lie, Wire, faulty_rpc
from tests.support.market import list_fleet, open_lease

KEY = "/v3/secret-provider-key"
CHAIN_ID = 31337
LIMIT = 200_000


class Clock:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """A pool over proxies before one Anvil."""

    def __init__(self, stack: ExitStack, chain: Chain, rpcs: int, quorum: int, timeout_s: float = 10) -> None:
        self.proxies = [stack.enter_context(faulty_rpc(chain.url, f"{KEY}/{n}")) for n in range(rpcs)]
        self.clock = Clock()
        self.told: list[tuple[str, dict[str, Any]]] = []
        fetcher = Fetcher()
        stack.callback(fetcher.close)
        endpoints = [Endpoint(proxy.url, fetcher, self.clock, timeout_s, LIMIT) for proxy in self.proxies]
        self.pool = Pool(
            endpoints,
            quorum,
            CHAIN_ID,
            timer=self.clock,
            log=lambda event, **fields: self.told.append((event, fields)),
        )
        stack.callback(self.pool.close)
        self.w3 = web3_of(self.pool)

    def head(self) -> int:
        return int(self.pool.head()["number"], 16)

    def failures(self, index: int = 0) -> dict[str, int]:
        return dict(self.pool.snapshot().endpoints[index].failures)


@pytest.fixture
def rig(chain: Chain) -> Iterator[Callable[..., Rig]]:
    with ExitStack() as stack:
        yield lambda rpcs=1, quorum=1, timeout_s=10.0: Rig(stack, chain, rpcs, quorum, timeout_s)


WIRES: dict[str, tuple[Wire, str]] = {
    "500": (faults.http(500), "http 500"),
    "429": (faults.http(429), "rate limited"),
    "redirect": (faults.http(302, location="http://127.0.0.1:1/"), "http 302"),
    "silence": (faults.silence(), "timeout"),
    "html": (faults.html(), "not json"),
    "truncated": (faults.truncated(), "not json"),
    "cut off": (faults.cut_off(), "unreachable"),
    "hang up": (faults.hang_up(), "unreachable"),
    "wrong id": (faults.wrong_id(), "wrong id"),
    "oversized": (faults.oversized(2 * LIMIT), "too large"),
}


@pytest.mark.parametrize(("wire", "kind"), WIRES.values(), ids=WIRES)
def test_each_fault_of_the_wire_is_named_counted_and_over_when_mended(
    rig: Callable[..., Rig], chain: Chain, wire: Wire, kind: str
) -> None:
    alone = rig(timeout_s=1.0 if kind == "timeout" else 10.0)
    assert alone.head() == chain.w3.eth.block_number
    alone.proxies[0].break_wire(wire)
    with pytest.raises(RpcFault) as caught:
        alone.head()
    assert caught.value.kind == kind
    assert "secret" not in str(caught.value)
    (health,) = alone.pool.snapshot().endpoints
    assert health.failures == {kind: 1}
    assert health.trouble == str(caught.value)
    alone.proxies[0].mend()
    assert alone.head() == chain.w3.eth.block_number
    assert alone.pool.snapshot().endpoints[0].trouble == ""
    assert [event for event, _ in alone.told] == ["rpc trouble", "rpc well again"]


@pytest.mark.parametrize(("wire", "kind"), WIRES.values(), ids=WIRES)
def test_with_two_others_nothing_is_lost_by_a_faulty_one(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path, wire: Wire, kind: str
) -> None:
    three = rig(3, 2, 2.0 if kind == "timeout" else 10.0)
    three.proxies[1].break_wire(wire)
    view = Web3View(three.w3, load_deployment(stack.write_deployment(tmp_path)))
    head = view.head()
    assert head.hash == bytes(stack.w3.eth.get_block("latest")["hash"])
    assert view.config().quorum == 3
    assert view.standing() is None
    assert view.meters(head).leases == ()
    assert kind in three.failures(1)
    assert three.failures(0) == three.failures(2) == {}


def test_an_rpc_that_asks_for_a_rest_gets_it(rig: Callable[..., Rig]) -> None:
    alone = rig()
    alone.proxies[0].break_wire(faults.http(429, retry_after="30"), times=1)
    with pytest.raises(ChainUnreachable, match="429"):
        alone.head()
    asked = alone.proxies[0].requests
    alone.clock.now += 29
    with pytest.raises(ChainUnreachable, match="asked again in 1 s"):
        alone.head()
    assert alone.proxies[0].requests == asked
    alone.clock.now += 2
    assert alone.head() >= 0


def test_one_that_fails_is_asked_more_and_more_rarely(rig: Callable[..., Rig]) -> None:
    three = rig(3, 2)
    three.proxies[2].break_wire(faults.http(503))
    for _ in range(30):
        three.head()
        three.clock.now += 1
    assert three.proxies[2].requests <= 6
    assert three.proxies[0].requests > 30


def test_an_rpc_of_another_chain_is_banned_until_it_answers_right(rig: Callable[..., Rig], chain: Chain) -> None:
    three = rig(3, 2)
    three.proxies[0].lie(faults.wrong_chain(1))
    assert three.head() == chain.w3.eth.block_number
    asked = three.proxies[0].requests
    assert three.failures(0) == {"wrong chain": 1}
    assert "serves chain 1, the deployment is on chain 31337" in three.pool.snapshot().endpoints[0].trouble
    three.head()
    assert three.proxies[0].requests == asked
    three.proxies[0].mend()
    three.clock.now += 61
    three.head()
    assert three.pool.snapshot().endpoints[0].trouble == ""


def test_one_that_changes_its_chain_later_is_found(rig: Callable[..., Rig]) -> None:
    alone = rig()
    alone.head()
    alone.proxies[0].lie(faults.wrong_chain(5))
    alone.clock.now += 601
    with pytest.raises(WrongChain, match="serves chain 5"):
        alone.head()


def test_the_head_is_the_newest_block_a_quorum_has(rig: Callable[..., Rig], chain: Chain) -> None:
    mine(chain.w3, 6)
    three, newest = rig(3, 2), chain.w3.eth.block_number
    three.proxies[0].lie(faults.behind(5))
    assert three.head() == newest
    three.proxies[1].lie(faults.behind(2))
    assert three.head() == newest - 2
    health = three.pool.snapshot()
    assert [each.head for each in health.endpoints] == [newest - 5, newest - 2, newest]
    assert (health.head, health.agreeing, health.quorum) == (newest - 2, 2, 2)


def test_one_on_a_fork_is_outvoted_and_two_of_three_that_part_stop_everything(
    rig: Callable[..., Rig], chain: Chain
) -> None:
    three = rig(3, 2)
    three.proxies[0].lie(faults.other_chain("aa"))
    assert Web3.to_bytes(hexstr=three.pool.head()["hash"]) == bytes(chain.w3.eth.get_block("latest")["hash"])
    assert any(fields.get("rpc") == "chain" and "another block" in fields["reason"] for _, fields in three.told)
    three.proxies[1].lie(faults.other_chain("bb"))
    with pytest.raises(RpcsDisagree, match="find out which of rpc_urls are right"):
        three.head()


HEADER_LIES = {"timestamp": "0xffffffff", "baseFeePerGas": hex(10**15), "parentHash": "0x" + "ee" * 32}


@pytest.mark.parametrize(("name", "value"), HEADER_LIES.items(), ids=HEADER_LIES)
def test_one_that_lies_about_a_field_of_the_true_head_is_outvoted(
    rig: Callable[..., Rig], chain: Chain, name: str, value: str
) -> None:
    alone, three = rig(), rig(3, 2)
    truth = _seen_of_the_head(alone)
    for index in range(3):
        three.proxies[index].lie(faults.retouched("eth_getBlockByNumber", **{name: value}))
        assert {str(_seen_of_the_head(three)) for _ in range(3)} == {str(truth)}
        assert any(fields.get("rpc") == "chain" and "another block" in fields["reason"] for _, fields in three.told)
        three.proxies[index].mend()
    three.proxies[0].lie(faults.retouched("eth_getBlockByNumber", **{name: value}))
    three.proxies[1].lie(faults.retouched("eth_getBlockByNumber", **{name: "0x1" + "0" * 63}))
    with pytest.raises(RpcsDisagree):
        three.head()


def _seen_of_the_head(rig: Rig) -> tuple[object, object]:
    return read_header(rig.w3, "latest"), read_newest(rig.w3)


def test_too_few_rpcs_are_named_without_their_keys(rig: Callable[..., Rig]) -> None:
    three = rig(3, 2)
    for proxy in three.proxies[:2]:
        proxy.break_wire(faults.http(500))
    with pytest.raises(TooFewRpcs, match=r"fewer than 2 of 3 RPCs answer.*HTTP 500") as caught:
        three.head()
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(three.told)
    assert "secret" not in repr(three.pool.snapshot())
    assert all(fields["rpc"].startswith("127.0.0.1#") for _, fields in three.told)


def test_a_frozen_rpc_is_named_while_others_move_and_a_frozen_chain_too(rig: Callable[..., Rig], chain: Chain) -> None:
    three = rig(3, 2)
    three.proxies[2].lie(faults.frozen_at(chain.w3.eth.block_number))
    three.head()
    three.clock.now += 301
    mine(chain.w3, 1)
    three.head()
    health = three.pool.snapshot()
    assert health.trouble == f"frozen while others move: {health.endpoints[2].name}"
    three.clock.now += 301
    three.head()
    assert "no new block for 301 s" in three.pool.snapshot().trouble
    assert any(fields["rpc"] == "chain" and event == "rpc trouble" for event, fields in three.told)
    mine(chain.w3, 1)
    three.proxies[2].mend()
    three.head()
    assert three.pool.snapshot().trouble == ""


def test_the_heads_age_is_told_by_the_machines_clock(rig: Callable[..., Rig], chain: Chain) -> None:
    alone = rig()
    alone.head()
    age = alone.pool.snapshot().head_age_s
    assert age is not None
    assert abs(age - (time.time() - now(chain.w3))) < 5


def _lease(stack: Stack) -> int:
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    start = stack.genesis + 4 * HOUR
    return open_lease(stack, fleet, stack.w3.eth.accounts[2], 3, start, start + 6 * HOUR)


LAGS: dict[str, Lie] = {"late": faults.behind(4), "frozen": faults.frozen_at(3), "forgetful": faults.forgetful_logs()}


@pytest.mark.parametrize("lie", LAGS.values(), ids=LAGS)
def test_logs_that_a_replica_leaves_out_never_make_a_wrong_meter_set(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path, lie: Lie
) -> None:
    lease, three = _lease(stack), rig(3, 2)
    view = Web3View(three.w3, load_deployment(stack.write_deployment(tmp_path)))
    for index in range(3):
        three.proxies[index].lie(lie)
        assert [each.lease_id for each in view.meters(view.head()).leases] == [lease]
        three.proxies[index].mend()
        view = Web3View(three.w3, load_deployment(stack.write_deployment(tmp_path)))


@pytest.mark.parametrize("name", ["blockTimestamp", "transactionIndex"])
def test_what_logs_say_beside_what_is_compared_is_not_believed_of_one(
    rig: Callable[..., Rig], stack: Stack, name: str
) -> None:
    list_fleet(stack, stack.w3.eth.accounts[1])
    alone, three = rig(), rig(3, 2)
    head = read_block(alone.w3, "latest")
    sources = {stack.fleets.address: EventCodec("IFleetRegistry", FLEET_EVENTS)}
    truth = EventLog(alone.w3, stack.block, sources).up_to(head)
    assert truth[-1].timestamp == read_block(stack.w3, truth[-1].block).timestamp
    for index in range(3):
        three.proxies[index].lie(faults.retouched("eth_getLogs", **{name: "0x5"}))
        assert EventLog(three.w3, stack.block, sources).up_to(head) == truth
        three.proxies[index].mend()
        three.proxies[index].lie(faults.retouched("eth_getLogs", **{name: "none"}))
        assert EventLog(three.w3, stack.block, sources).up_to(head) == truth
        three.proxies[index].mend()


@pytest.mark.parametrize("name", ["genesis", "epochLength", "observationDelay", "disputeWindow"])
def test_one_that_lies_about_the_oracles_clock_is_outvoted(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path, name: str
) -> None:
    deployment, three = load_deployment(stack.write_deployment(tmp_path)), rig(3, 2)
    truth = Web3View(stack.w3, deployment).config()
    selector = Web3.to_hex(Web3.keccak(text=f"{name}()")[:4])

    def lie(method: str, params: list[Any], _ask: faults.Ask) -> faults.Response | None:
        asked = method == "eth_call" and str(params[0]["data"]).startswith(selector)
        return {"result": "0x" + f"{666:064x}"} if asked else None

    for index in range(3):
        three.proxies[index].lie(lie)
        assert Web3View(three.w3, deployment).config() == truth
        three.proxies[index].mend()


def test_two_replicas_that_forget_alike_are_outvoted_when_all_have_to_agree(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path
) -> None:
    _lease(stack)
    three = rig(3, 3)
    view = Web3View(three.w3, load_deployment(stack.write_deployment(tmp_path)))
    head = view.head()
    for proxy in three.proxies[:2]:
        proxy.lie(faults.forgetful_logs())
    with pytest.raises(RpcsDisagree, match="2 different answers"):
        view.meters(head)


def test_a_late_replica_behind_one_address_is_seen_by_what_comes_with_its_logs(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path
) -> None:
    lease, alone = _lease(stack), rig()
    view = Web3View(alone.w3, load_deployment(stack.write_deployment(tmp_path)))
    head = view.head()

    # Headers come from one replica, logs (and what is asked in the same breath) from another that is late.
    def two_replicas(method: str, params: list[Any], ask: faults.Ask) -> faults.Response | None:
        late = faults.behind(4)
        nonlocal with_logs
        with_logs = method == "eth_getLogs" or (with_logs and method == "eth_getBlockByNumber")
        return late(method, params, ask) if with_logs else None

    with_logs = False
    alone.proxies[0].lie(two_replicas)
    with pytest.raises(RpcFault, match="does not have the block") as caught:
        view.meters(head)
    assert caught.value.kind == "behind"
    alone.proxies[0].mend()
    assert [each.lease_id for each in view.meters(head).leases] == [lease]


def test_an_rpc_without_batches_is_asked_one_by_one(rig: Callable[..., Rig], stack: Stack, tmp_path: Path) -> None:
    lease, alone = _lease(stack), rig()
    view = Web3View(alone.w3, load_deployment(stack.write_deployment(tmp_path)))
    head = view.head()
    alone.proxies[0].break_wire(
        faults.http(400, b'{"error":{"code":-32600,"message":"no batches"}}'), "eth_getLogs", times=1
    )
    assert [each.lease_id for each in view.meters(head).leases] == [lease]


def test_one_that_refuses_is_passed_over_while_the_others_agree(rig: Callable[..., Rig], chain: Chain) -> None:
    three = rig(3, 2)
    question = [chain.w3.eth.accounts[0], hex(three.head())]
    for proxy in three.proxies:
        proxy.lie(faults.refusing("header not found", "eth_getBalance"))
        answer = three.pool.request("eth_getBalance", question)
        assert int(answer["result"], 16) == chain.w3.eth.get_balance(chain.w3.eth.accounts[0])
        proxy.mend()


@pytest.mark.parametrize("garbage", [[{}], [1], "text", {"result": 1}, [{"blockNumber": "x", "logIndex": None}]])
def test_logs_of_another_shape_are_outvoted(
    rig: Callable[..., Rig], stack: Stack, tmp_path: Path, garbage: object
) -> None:
    lease, three = _lease(stack), rig(3, 2)
    view = Web3View(three.w3, load_deployment(stack.write_deployment(tmp_path)))
    three.proxies[0].lie(lambda method, _params, _ask: {"result": garbage} if method == "eth_getLogs" else None)
    assert [each.lease_id for each in view.meters(view.head()).leases] == [lease]


def test_an_empty_error_beside_a_result_is_none(rig: Callable[..., Rig], chain: Chain) -> None:
    alone = rig()
    alone.proxies[0].lie(lambda method, params, ask: {**ask(method, *params), "error": None})
    assert alone.head() == chain.w3.eth.block_number


def test_the_rpcs_refusals_reach_the_caller(rig: Callable[..., Rig], chain: Chain) -> None:
    three = rig(3, 2)
    for proxy in three.proxies:
        proxy.lie(faults.refusing("missing trie node", "eth_getCode"))
    head = read_block(three.w3, "latest")
    response = three.pool.request("eth_getCode", ["0x" + "11" * 20, hex(head.number)])
    assert response["error"]["message"] == "missing trie node"
    with pytest.raises(RpcRefused, match="missing trie node"):
        check_code(three.w3)


def check_code(w3: Web3) -> None:
    """Reads code as the service does."""
    with named_errors():
        w3.eth.get_code(Web3.to_checksum_address("0x" + "11" * 20), "latest")


def test_one_rpc_alone_costs_one_request_a_look(rig: Callable[..., Rig], stack: Stack, tmp_path: Path) -> None:
    _lease(stack)
    alone = rig()
    proxy: FaultyRpc = alone.proxies[0]
    view = Web3View(alone.w3, load_deployment(stack.write_deployment(tmp_path)))
    moment = view.head().timestamp
    rpc(stack.w3, "evm_setNextBlockTimestamp", moment + HOUR)
    mine(stack.w3)
    view.config(), view.standing(), view.meters(view.last_block_at(moment))
    for look, most in (
        (view.head, 1),
        (view.config, 1),
        (view.standing, 1),
        (lambda: view.confirmed_epoch(1), 1),
        (lambda: view.last_block_at(moment), 5),
    ):
        look()
        proxy.requests = 0
        look()
        assert proxy.requests <= most
    fresh = Web3View(alone.w3, load_deployment(stack.write_deployment(tmp_path)))
    head = fresh.head()
    fresh.config()
    proxy.requests = 0
    fresh.meters(head)
    assert proxy.requests <= 4  # the head, the mark, logs with their last block in one, the mark again


def test_a_slow_rpc_does_not_hold_up_the_others(rig: Callable[..., Rig]) -> None:
    three = rig(3, 2, 10.0)
    three.head()
    three.proxies[0].break_wire(faults.silence())
    started = time.monotonic()
    for _ in range(3):
        three.head()
    assert time.monotonic() - started < 8


def test_a_transaction_goes_to_all_and_one_that_takes_it_is_enough(rig: Callable[..., Rig], chain: Chain) -> None:
    three = rig(3, 2)
    three.proxies[1].lie(faults.swallowing())
    for proxy in (three.proxies[0], three.proxies[2]):
        proxy.lie(faults.refusing("txpool is full", "eth_sendRawTransaction"))
    assert three.pool.request("eth_sendRawTransaction", ["0x02c0"])["result"].startswith("0x")
    assert [proxy.asked["eth_sendRawTransaction"] for proxy in three.proxies] == [1, 1, 1]
    for proxy in three.proxies:
        proxy.break_wire(faults.http(500))
    with pytest.raises(ChainError):
        three.pool.request("eth_sendRawTransaction", ["0x02c0"])
