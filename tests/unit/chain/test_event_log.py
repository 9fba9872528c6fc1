"""Events are fetched once, in pieces an RPC will serve, and belong to the chain that is there now."""

from typing import Any

import pytest
from web3 import Web3

from oracle.chain.codec import EventCodec
from oracle.chain.errors import Reorganised, RpcRefused, UndecodableLog
from oracle.chain.event_log import EventLog
from oracle.chain.rpc import read_block
from oracle.chain.view import Block
from tests.support.chain import Stack, act, mine, rpc, travel_to
from tests.support.market import propose_fleet
from tests.support.rpc import refusal, scripted
from tests.support.story import Story

NAMES = ("FleetProposed", "InventoryPublished", "ListRateSet")


def _log(stack: Stack, w3: Web3, chunk_blocks: int = 10_000) -> EventLog:
    return EventLog(w3, stack.block, {stack.fleets.address: EventCodec("IFleetRegistry", NAMES)}, chunk_blocks)


def _names(log: EventLog, block: Block) -> list[str]:
    return [event.name for event in log.up_to(block)]


def _rates(log: EventLog, block: Block) -> list[int]:
    return [event.arguments["listRate"] for event in log.up_to(block) if event.name == "ListRateSet"]


def _set_rate(stack: Stack, rate: int) -> Block:
    act(stack.fleets.functions.setListRate(1, rate), stack.w3.eth.accounts[1])
    return read_block(stack.w3, "latest")


def test_events_up_to_a_block_stay_the_same_when_later_ones_come(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    then, log = read_block(stack.w3, "latest"), _log(stack, stack.w3)
    assert _names(log, then) == ["FleetProposed", "InventoryPublished"]
    now = _set_rate(stack, 5)
    assert _names(log, now) == ["FleetProposed", "InventoryPublished", "ListRateSet"]
    assert _names(log, then) == ["FleetProposed", "InventoryPublished"]
    last = log.up_to(now)[-1]
    assert (last.block, last.timestamp, last.contract) == (now.number, now.timestamp, stack.fleets.address)


def test_a_name_that_is_no_utf8_stops_nobody(stack: Stack) -> None:
    """Anyone may propose a fleet, under any bytes: one such event must not blind every node."""
    story = Story(stack)
    story.propose_nonsense()
    propose_fleet(stack, stack.w3.eth.accounts[1])
    events = _log(stack, stack.w3).up_to(read_block(stack.w3, "latest"))
    proposed = [event.arguments["spec"]["model"] for event in events if event.name == "FleetProposed"]
    assert "\ufffd" in proposed[0]
    assert "\ufffd" not in proposed[-1]


def test_what_is_known_is_not_fetched_again(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    w3, provider = scripted(stack.w3)
    log, head = _log(stack, w3), read_block(w3, "latest")
    log.up_to(head)
    provider.asked.clear()
    log.up_to(head)
    assert provider.asked == {"eth_getBlockByNumber": 1}


@pytest.mark.parametrize("chunk", [1, 2, 7])
def test_pieces_make_up_the_whole(stack: Stack, chunk: int) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    mine(stack.w3, 20)
    head = _set_rate(stack, 9)
    assert list(_log(stack, stack.w3, chunk).up_to(head)) == list(_log(stack, stack.w3).up_to(head))


def test_an_rpc_that_serves_few_blocks_is_asked_for_few(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    mine(stack.w3, 30)
    head = _set_rate(stack, 9)

    def at_most_three(params: Any, ask: Any) -> Any:
        span = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
        return ask() if span <= 3 else refusal("query exceeds max block range 3")

    w3, _ = scripted(stack.w3, eth_getLogs=at_most_three)
    assert list(_log(stack, w3).up_to(head)) == list(_log(stack, stack.w3).up_to(head))


def test_an_rpc_that_serves_no_logs_is_given_up_and_asked_again_later(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    w3, provider = scripted(stack.w3, eth_getLogs=lambda _params, _ask: refusal("limit reached"))
    log, head = _log(stack, w3), read_block(w3, "latest")
    with pytest.raises(RpcRefused, match="limit reached"):
        log.up_to(head)
    provider.answers.clear()
    provider.asked.clear()
    assert _names(log, head) == ["FleetProposed", "InventoryPublished"]
    assert provider.asked["eth_getLogs"] == 1


def test_after_a_reorganisation_only_what_it_touched_is_fetched_again(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    kept = _set_rate(stack, 1)
    w3, provider = scripted(stack.w3)
    log = _log(stack, w3)
    snapshot = rpc(stack.w3, "evm_snapshot")
    gone = _set_rate(stack, 2)
    assert _rates(log, gone) == [1, 2]

    rpc(stack.w3, "evm_revert", snapshot)
    travel_to(stack.w3, gone.timestamp + 60)
    head = _set_rate(stack, 3)
    queries: list[int] = []

    def record(params: Any, ask: Any) -> Any:
        queries.append(int(params[0]["fromBlock"], 16))
        return ask()

    provider.answers["eth_getLogs"] = record
    assert _rates(log, head) == [1, 3]
    assert queries == [kept.number + 1]
    with pytest.raises(Reorganised, match="read again from the head"):
        log.up_to(gone)
    assert _rates(log, head) == [1, 3]


def test_a_block_beyond_a_shorter_chain_is_gone(stack: Stack) -> None:
    head = read_block(stack.w3, "latest")
    with pytest.raises(Reorganised):
        _log(stack, stack.w3).up_to(Block(head.number + 5, b"\1" * 32, head.timestamp))


def test_block_times_are_read_where_logs_do_not_carry_them(stack: Stack) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    head = _set_rate(stack, 4)

    def without_times(_params: Any, ask: Any) -> Any:
        response = ask()
        return {**response, "result": [{**log, "blockTimestamp": None} for log in response["result"]]}

    w3, provider = scripted(stack.w3, eth_getLogs=without_times)
    log = _log(stack, w3)
    assert list(log.up_to(head)) == list(_log(stack, stack.w3).up_to(head))
    assert provider.asked["eth_getBlockByNumber"] == 6  # three blocks with logs, and three checks of the head


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"address": "0x" + "77" * 20}, UndecodableLog),
        ({"blockNumber": "0xffffff"}, UndecodableLog),
        ({"topics": []}, UndecodableLog),
        ({"topics": ["0x" + "00" * 32]}, UndecodableLog),
        ({"data": "0x01"}, UndecodableLog),
        ({"blockHash": "0x" + "00" * 32}, Reorganised),
        ({"topics": None}, RpcRefused),
    ],
)
def test_a_log_that_cannot_be_right_is_refused(stack: Stack, change: dict[str, Any], error: type[Exception]) -> None:
    propose_fleet(stack, stack.w3.eth.accounts[1])
    head = _set_rate(stack, 4)

    def tampered(_params: Any, ask: Any) -> Any:
        response = ask()
        *rest, last = response["result"]
        return {**response, "result": [*rest, {**last, **change, "blockTimestamp": None}]}

    w3, _ = scripted(stack.w3, eth_getLogs=tampered)
    with pytest.raises(error):
        _log(stack, w3).up_to(head)
