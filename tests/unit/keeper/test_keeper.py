"""The keeper on the real contracts: it settles, stops and distributes what is due, once, whatever others do."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from oracle.chain.deployment import load_deployment
from oracle.chain.submitter import Submitter
from oracle.domain.reading import Reading
from oracle.exchange.fetch import Fetcher
from oracle.keeper import chain as keeper_chain_module
from oracle.keeper import keeper as keeper_module
from oracle.keeper.actions import Action, Outcome
from oracle.keeper.chain import KeeperChain
from oracle.keeper.keeper import Keeper
from oracle.keeper.readings import NodeReadings
from tests.support.chain import HOUR, Stack, act, mine, now, rpc, travel_to
from tests.support.market import (
    PERIOD,
    Fleet,
    finalise,
    fleet_meter,
    fund,
    lease_meter,
    list_fleet,
    open_lease,
    post_report,
)
from tests.support.nodes import ReadingNode, reading_node
from tests.support.sending import GWEI, funded_key, sending, unmined


class Scene:
    """A stack with a fleet, a node that has every report's readings, and a keeper that tells `told`."""

    def __init__(self, stack: Stack, node: ReadingNode, folder: Path, opened: ExitStack) -> None:
        self.opened, self.keepers = opened, 0
        self.stack, self.node, self.folder = stack, node, folder
        self.accounts = stack.w3.eth.accounts
        self.told: list[Action] = []
        self.fleet = list_fleet(stack, self.accounts[1])
        self.start = stack.genesis + 3 * HOUR
        self.keeper = self.make_keeper()

    def make_keeper(
        self, nodes: list[str] | None = None, settle_every: int = 1, max_gas_price: int | None = None
    ) -> Keeper:
        """A keeper with a key and a database of its own."""
        self.keepers += 1
        home = self.folder / str(self.keepers)
        home.mkdir()
        deployment = load_deployment(self.stack.write_deployment(self.folder))
        url = self.stack.w3.provider.endpoint_uri  # type: ignore[attr-defined]
        self.box = self.opened.enter_context(sending(home, url, funded_key(self.stack.w3, str(home)), confirmations=1))
        submitter = Submitter(self.box.outbox, self.box.w3, poll_s=0.01)
        readings = NodeReadings(nodes or [self.node.url], Fetcher(), lambda _: None)
        chain = KeeperChain(self.stack.w3, deployment, submitter)
        return Keeper(chain, readings, self.told.append, settle_every, max_gas_price=max_gas_price)

    def lease(self, units: int = 2, hours: int = 6, fleet: Fleet | None = None, extra: int = 0) -> int:
        """A lease that starts with epoch 3, with `extra` escrow beyond its runway."""
        tenant = self.accounts[2]
        lease_id = open_lease(self.stack, fleet or self.fleet, tenant, units, self.start, self.start + hours * HOUR)
        if extra:
            fund(self.stack, tenant, extra)
            act(self.stack.leases.functions.topUp(lease_id, extra), tenant)
        return lease_id

    def report(self, epoch: int, *leases: int, units: int = 2) -> None:
        """A final report in which every lease was delivered all it could be."""
        seconds = max(0, self.stack.period_end(epoch) - self.start)
        full = Reading(measured=units * seconds, delivered=units * seconds, energy_wh=units * seconds // 10)
        readings = {lease_meter(self.stack, lease): full for lease in leases}
        readings[fleet_meter(self.stack, self.fleet)] = full
        post_report(self.stack, epoch, readings)
        self.node.reports[epoch] = readings
        finalise(self.stack, epoch)

    def settled(self, lease: int) -> int:
        """The epoch a lease was settled at last, by events."""
        logs = self.stack.leases.events.Settled().get_logs(
            from_block=self.stack.block, argument_filters={"leaseId": lease}
        )
        return max((log["args"]["epoch"] for log in logs), default=0)

    def closed(self, lease: int) -> bool:
        """Whether a lease is closed, by events."""
        return bool(
            self.stack.leases.events.Closed().get_logs(from_block=self.stack.block, argument_filters={"leaseId": lease})
        )

    def names(self) -> list[tuple[str, str]]:
        """What was told since the last call: steps and outcomes."""
        told = [(action.name, str(action.outcome)) for action in self.told]
        self.told.clear()
        return told


@pytest.fixture
def scene(stack: Stack, tmp_path: Path) -> Iterator[Scene]:
    with reading_node() as node, ExitStack() as opened:
        yield Scene(stack, node, tmp_path, opened)


def test_before_the_first_final_report_there_is_nothing_to_do(scene: Scene) -> None:
    scene.lease()
    assert scene.keeper.look()
    assert scene.told == []
    assert scene.node.asked == 0


def test_one_lease_is_settled_by_a_proof_and_only_once(scene: Scene) -> None:
    lease = scene.lease()
    scene.report(4, lease)
    assert scene.keeper.look()
    assert scene.settled(lease) == 4
    (action,) = scene.told
    assert (action.name, action.outcome) == ("settle", Outcome.DONE)
    assert action.facts["leases"] == [lease]
    assert f"lease {lease} at epoch 4" in action.text
    mine(scene.stack.w3)
    assert scene.keeper.look()
    assert len(scene.told) == 1


def test_many_leases_of_two_fleets_are_settled_in_one_transaction(scene: Scene) -> None:
    other = list_fleet(scene.stack, scene.accounts[3])
    leases = [scene.lease(), scene.lease(fleet=other), scene.lease()]
    scene.report(5, *leases)
    assert scene.keeper.look()
    assert [scene.settled(lease) for lease in leases] == [5, 5, 5]
    (action,) = scene.told
    assert action.facts["leases"] == leases


def test_batches_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "MAX_BATCH", 2)
    leases = [scene.lease(units=1) for _ in range(5)]
    scene.report(4, *leases, units=1)
    assert scene.keeper.look()
    assert [action.facts["leases"] for action in scene.told] == [leases[:2], leases[2:4], leases[4:]]
    assert {scene.settled(lease) for lease in leases} == {4}


def test_a_finished_lease_is_closed(scene: Scene) -> None:
    lease = scene.lease(hours=2)
    scene.report(5, lease)
    assert scene.keeper.look()
    assert scene.closed(lease)
    scene.report(6)
    assert scene.keeper.look()
    assert scene.names() == [("settle", "done")]


def test_a_lease_that_has_not_begun_or_is_not_in_the_report_waits(scene: Scene) -> None:
    early = scene.lease()
    scene.report(1, early)
    scene.start += 20 * HOUR
    scene.report(4, early)
    late = scene.lease()
    assert scene.keeper.look()
    assert (scene.settled(early), scene.settled(late)) == (4, 0)


def test_what_somebody_else_settled_is_left_alone(scene: Scene) -> None:
    mine_, theirs = scene.lease(), scene.lease()
    scene.report(4, mine_, theirs)
    assert scene.keeper.look()
    scene.names()
    scene.report(5, mine_, theirs)
    second = scene.make_keeper()
    assert second.look()
    assert scene.names() == [("settle", "done")]
    assert scene.keeper.look()
    assert scene.names() == []
    assert scene.settled(mine_) == scene.settled(theirs) == 5


def test_a_keeper_may_settle_every_few_epochs_but_closes_at_once(scene: Scene) -> None:
    lease, short = scene.lease(hours=8), scene.lease(hours=3)
    keeper = scene.make_keeper(settle_every=3)
    scene.report(4, lease, short)
    keeper.look()
    assert (scene.settled(lease), scene.settled(short)) == (4, 4)
    scene.report(5, lease, short)
    keeper.look()
    assert (scene.settled(lease), scene.settled(short)) == (4, 5)
    assert scene.closed(short)
    scene.report(6, lease)
    keeper.look()
    assert scene.settled(lease) == 4
    scene.report(7, lease)
    keeper.look()
    assert scene.settled(lease) == 7


def _base_fee(scene: Scene, gwei: float) -> None:
    """Mines a block at a base fee."""
    rpc(scene.stack.w3, "anvil_setNextBlockBaseFeePerGas", hex(int(gwei * GWEI)))
    mine(scene.stack.w3)


def test_settlements_wait_for_cheaper_gas_and_become_one_batch(scene: Scene) -> None:
    first, second = scene.lease(hours=40), scene.lease(hours=40)
    keeper = scene.make_keeper(max_gas_price=30 * GWEI)
    scene.report(4, first)
    _base_fee(scene, 100)
    assert keeper.look()
    mine(scene.stack.w3)
    assert keeper.look()
    assert scene.names() == [("settle", "waiting")]
    assert scene.settled(first) == 0
    scene.report(5, first, second)
    _base_fee(scene, 2)
    assert keeper.look()
    (action,) = [action for action in scene.told if action.name == "settle"]
    assert (action.outcome, action.facts["leases"]) == (Outcome.DONE, [first, second])
    assert (scene.settled(first), scene.settled(second)) == (5, 5)


def test_a_lease_that_is_over_is_settled_at_any_gas_price_and_the_others_later(scene: Scene) -> None:
    short, long = scene.lease(hours=2), scene.lease(hours=40)
    keeper = scene.make_keeper(max_gas_price=30 * GWEI)
    scene.report(5, short, long)
    _base_fee(scene, 100)
    assert keeper.look()
    assert scene.closed(short)
    assert scene.settled(long) == 0
    _base_fee(scene, 2)
    assert keeper.look()
    assert scene.settled(long) == 5


def test_what_a_report_about_to_leave_the_ring_says_is_settled_at_any_gas_price(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = scene.lease(hours=40)
    keeper = scene.make_keeper(max_gas_price=30 * GWEI)
    scene.report(5, lease)
    _base_fee(scene, 100)
    monkeypatch.setattr(keeper_chain_module, "RING", keeper_module.LAST_EPOCHS)
    assert keeper.look()
    assert scene.settled(lease) == 5


def test_what_was_sent_before_a_restart_is_waited_for_and_not_sent_again(scene: Scene) -> None:
    lease = scene.lease(hours=40)
    scene.report(4, lease)
    with unmined(scene.stack.w3) as mine_one:
        impatient = Submitter(scene.box.outbox, scene.box.w3, timeout_s=0, poll_s=0)
        scene.keeper._chain._submitter = impatient
        assert not scene.keeper.look()
        assert scene.names() == [("settle", "failed")]
        mine_one()
    impatient._timeout_s = 5
    impatient._poll_s = 0.01
    assert scene.keeper.look()
    assert scene.settled(lease) == 4
    assert scene.stack.w3.eth.get_transaction_count(scene.box.outbox.address) == 1  # type: ignore[arg-type]


def test_when_no_node_has_the_readings_it_says_so_once_and_tries_again(scene: Scene) -> None:
    lease = scene.lease()
    scene.report(4, lease)
    kept = scene.node.reports.pop(4)
    assert not scene.keeper.look()
    assert not scene.keeper.look()
    assert scene.names() == [("settle", "failed")]
    scene.node.reports[4] = {**kept, lease_meter(scene.stack, lease): Reading()}  # a lie
    assert not scene.keeper.look()
    assert scene.settled(lease) == 0
    scene.node.reports[4] = kept
    assert scene.keeper.look()
    assert scene.settled(lease) == 4


def test_a_dry_lease_is_terminated_when_its_notice_has_run_out(scene: Scene) -> None:
    lease = scene.lease(hours=60)
    epoch = 3
    while not scene.stack.leases.events.Suspended().get_logs(from_block=scene.stack.block):
        epoch += 6
        scene.report(epoch, lease)
        scene.keeper.look()
    assert scene.names() == [("settle", "done")]
    suspended = now(scene.stack.w3)
    travel_to(scene.stack.w3, suspended + 24 * HOUR - 100)
    scene.keeper.look()
    assert "terminate" not in [name for name, _ in scene.names()]
    travel_to(scene.stack.w3, suspended + 24 * HOUR)
    assert scene.keeper.look()
    assert ("terminate", "done") in scene.names()
    (stopped,) = scene.stack.leases.events.Terminated().get_logs(from_block=scene.stack.block)
    assert stopped["args"]["leaseId"] == lease
    mine(scene.stack.w3)
    assert scene.keeper.look()
    assert scene.names() == []


def test_rent_is_distributed_once_a_period(scene: Scene) -> None:
    lease = scene.lease(hours=40)
    scene.report(4, lease)
    scene.keeper.look()
    scene.names()
    period = now(scene.stack.w3) // PERIOD
    travel_to(scene.stack.w3, (period + 1) * PERIOD)
    assert scene.keeper.look()
    (action,) = scene.told
    assert (action.name, action.outcome) == ("distribute", Outcome.DONE)
    assert (action.facts["fleet"], action.facts["period"]) == (scene.fleet.fleet_id, period + 1)
    (event,) = (
        scene.stack.w3.eth.contract(address=scene.fleet.waterfall.address, abi=scene.fleet.waterfall.abi)
        .events.Distributed()
        .get_logs(from_block=scene.stack.block)
    )
    assert event["args"]["rent"] > 0
    scene.names()
    travel_to(scene.stack.w3, (period + 1) * PERIOD + 10)
    assert scene.keeper.look()
    assert scene.names() == []


def test_nothing_is_distributed_where_there_is_nothing(scene: Scene) -> None:
    scene.lease()
    travel_to(scene.stack.w3, now(scene.stack.w3) + 3 * PERIOD)
    assert scene.keeper.look()
    assert scene.told == []
