"""What a node reads of the real contracts, and what it costs the RPC."""

from pathlib import Path

import pytest
from web3 import Web3

from oracle.chain.deployment import load_deployment
from oracle.chain.errors import BeforeDeployment, ChainNotPast, Reorganised
from oracle.chain.rpc import read_block
from oracle.chain.view import Block, ChainView, StandingReport
from oracle.chain.web3_view import Web3View
from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from tests.support.chain import HOUR, Stack, act, mine, node_key, rpc, travel_to, unlock
from tests.support.market import (
    allocate,
    fleet_meter,
    lease_meter,
    list_fleet,
    open_lease,
    post_report,
)
from tests.support.rpc import scripted


def _view(stack: Stack, folder: Path, w3: Web3 | None = None) -> Web3View:
    return Web3View(w3 or stack.w3, load_deployment(stack.write_deployment(folder)))


def test_it_is_a_chain_view_of_the_oracles_clock_and_nodes(stack: Stack, tmp_path: Path) -> None:
    view: ChainView = _view(stack, tmp_path)
    config = view.config()
    assert (config.chain_id, config.oracle) == (31337, stack.oracle.address)
    assert (config.genesis, config.epoch_length, config.observation_delay, config.dispute_window) == (
        stack.genesis, stack.epoch_length, stack.delay, stack.dispute
    )  # fmt: skip
    assert config.period_end(3) == stack.oracle.functions.periodEnd(3).call()
    assert config.config_digest == stack.node_set.functions.configDigest().call()
    assert config.quorum == 3
    assert [node.hot for node in config.nodes] == [key.address for key in stack.hot_keys]


def test_a_rotated_key_counts_from_its_epoch_on(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    assert view.config().nodes[0].hot == node_key("hot", 0).address
    cold, fresh = node_key("cold", 0), node_key("hot", 100).address
    unlock(stack.w3, cold.address)
    act(stack.node_set.functions.rotate(fresh), cold.address)
    node = view.config().nodes[0]
    assert (node.hot, node.previous_hot) == (fresh, node_key("hot", 0).address)
    assert (node.signer(node.hot_from - 1), node.signer(node.hot_from)) == (node.previous_hot, fresh)


def test_the_newest_standing_report_is_read_with_its_signers(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    assert view.standing() is None
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    readings = {fleet_meter(stack, fleet): Reading(measured=5)}
    post_report(stack, 1, readings)
    mined_at = stack.period_end(1) + stack.delay
    root = meter_tree(list(readings.items())).root
    assert view.standing() == StandingReport(1, 0, root, 1, mined_at, (0, 1, 2))
    post_report(stack, 3, readings)
    standing = view.standing()
    assert standing is not None
    assert (standing.epoch, standing.base_epoch) == (3, 1)
    assert view.report(3) == standing
    assert view.report(1) == StandingReport(1, 0, root, 1, mined_at, (0, 1, 2))
    assert view.report(2) is None
    assert view.report(0) is None


def test_meters_are_those_open_at_the_block(stack: Stack, tmp_path: Path) -> None:
    accounts, view = stack.w3.eth.accounts, _view(stack, tmp_path)
    before = view.head()
    fleet = list_fleet(stack, accounts[1])
    listed_at = view.head().timestamp
    start, end = stack.genesis + 4 * HOUR, stack.genesis + 10 * HOUR
    first = open_lease(stack, fleet, accounts[2], 3, start, end)
    opened = view.head()
    second = open_lease(stack, fleet, accounts[3], 2, start, end)
    allocate(stack, fleet, first, b"\5" * 32)

    assert view.meters(before).leases == view.meters(before).fleets == ()
    (lease,) = view.meters(opened).leases
    assert (lease.lease_id, lease.units, lease.start, lease.end) == (first, 3, start, end)
    assert lease.meter_id == lease_meter(stack, first) == stack.leases.functions.meterIdOf(first).call()
    assert lease.availability_bps == 9900
    head = view.head()
    meters = view.meters(head)
    assert [lease.lease_id for lease in meters.leases] == [first, second]
    (allocation,) = meters.leases[0].allocations
    assert allocation.body_hash == b"\5" * 32
    assert allocation.effective_from == head.timestamp // HOUR * HOUR + HOUR
    (metered,) = meters.fleets
    assert metered.start == -(-listed_at // HOUR) * HOUR
    assert (metered.units, metered.board_watts, len(metered.inventories)) == (8, 700, 1)
    assert metered.operator == accounts[1]
    act(stack.fleets.functions.transferFrom(accounts[1], accounts[4], fleet.fleet_id), accounts[1])
    assert [each.operator for each in view.meters(view.head()).fleets] == [accounts[4]]
    assert view.meters(head).fleets[0].operator == accounts[1]  # as of the block


def test_the_last_block_at_a_moment_is_found(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    start = view.head().timestamp + 1000
    blocks: list[Block] = []
    for step in range(12):
        travel_to(stack.w3, start + 100 * step)
        blocks.append(view.head())
    mine(stack.w3, 3)
    for _ in range(2):  # with and without something to go on from
        for step, block in enumerate(blocks[:-1]):
            assert view.last_block_at(start + 100 * step) == block
            assert view.last_block_at(start + 100 * step + 99) == block
    assert view.last_block_at(start - 1).timestamp < start


def test_of_blocks_at_one_moment_the_last_counts(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    moment = view.head().timestamp + 500
    for _ in range(3):
        rpc(stack.w3, "evm_setNextBlockTimestamp", moment)
        rpc(stack.w3, "evm_mine")
    last = view.head()
    assert last.timestamp == moment
    travel_to(stack.w3, moment + 1)
    assert view.last_block_at(moment) == last


def test_a_moment_the_head_is_not_past_is_not_answered(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    for ahead in (0, 1, 10_000):
        with pytest.raises(ChainNotPast, match="wait for later blocks"):
            view.last_block_at(view.head().timestamp + ahead)


def test_a_moment_before_the_contracts_is_refused(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    travel_to(stack.w3, view.head().timestamp + 100)
    first = read_block(stack.w3, stack.block)
    with pytest.raises(BeforeDeployment):
        view.last_block_at(first.timestamp - 1)


def test_after_a_reorganisation_the_last_block_is_looked_for_anew(stack: Stack, tmp_path: Path) -> None:
    view = _view(stack, tmp_path)
    now = view.head().timestamp
    snapshot = rpc(stack.w3, "evm_snapshot")
    travel_to(stack.w3, now + 1000)
    travel_to(stack.w3, now + 2000)
    gone = view.last_block_at(now + 1500)
    rpc(stack.w3, "evm_revert", snapshot)
    travel_to(stack.w3, now + 1200)
    travel_to(stack.w3, now + 2000)
    found = view.last_block_at(now + 1500)
    assert found.timestamp == now + 1200
    with pytest.raises(Reorganised):
        view.meters(gone)
    view.meters(found)


def test_an_idle_node_costs_the_rpc_one_request_a_look(stack: Stack, tmp_path: Path) -> None:
    w3, provider = scripted(stack.w3)
    view = _view(stack, tmp_path, w3)
    moment = view.head().timestamp
    travel_to(stack.w3, moment + HOUR)
    view.config(), view.standing(), view.meters(view.last_block_at(moment))
    for look, most in (
        (view.head, 1),
        (view.config, 1),
        (view.standing, 1),
        (lambda: view.last_block_at(moment), 5),
    ):
        provider.asked.clear()
        look()
        assert provider.asked.total() <= most
    block = view.last_block_at(moment)
    provider.asked.clear()
    view.meters(block)
    assert provider.asked.total() == 1
