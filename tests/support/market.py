"""Fleets, leases and reports on a test chain, made as their owners would make them."""

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from web3.contract.contract import Contract
from web3.logs import DISCARD
from web3.types import TxReceipt

from oracle import abi
from oracle.domain.merkle import inventory_tree, meter_tree
from oracle.domain.meters import MeterKind, meter_id
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Report
from oracle.domain.signature import pack_signatures, sign
from tests.support.chain import HOUR, Stack, act, travel_to

RATE = 2_350_000
PERIOD = 24 * HOUR


@dataclass(frozen=True)
class Fleet:
    """A listed fleet, its operator, its waterfall and its share tokens."""

    fleet_id: int
    operator: str
    waterfall: Contract
    shares: tuple[str, ...]


def propose_fleet(stack: Stack, operator: str, units: int = 8, notice: int = 24 * HOUR, rate: int = RATE) -> int:
    """Proposes a fleet of `units` GPUs and publishes its inventory; returns its id."""
    spec = (stack.usd.address, rate, units, 700, 9900, 10_000, 5000, notice, "H100", "Test site")
    receipt = act(stack.fleets.functions.propose(spec), operator)
    fleet_id = int(_emitted(stack.fleets.events.FleetProposed(), receipt)["fleetId"])
    root = inventory_tree([f"GPU-{fleet_id}-{number}" for number in range(units)]).root
    act(stack.fleets.functions.publishInventory(fleet_id, root, units), operator)
    return fleet_id


def list_fleet(stack: Stack, operator: str, units: int = 8, notice: int = 24 * HOUR, period: int = PERIOD) -> Fleet:
    """Proposes a fleet, creates its waterfall with a senior and an equity tranche held by the owner, and lists it."""
    fleet_id = propose_fleet(stack, operator, units, notice)
    terms = (
        fleet_id, stack.usd.address, period, 200, 100, 500, 3000, 180_000, 1_000_000_000, stack.owner, stack.owner
    )  # fmt: skip
    tranches = [(1_000_000_000_000, 800), (500_000_000_000, 0)]
    receipt = act(stack.factory.functions.create(terms, tranches, stack.owner), stack.owner)
    created = _emitted(stack.factory.events.RevenueCreated(), receipt)
    act(stack.fleets.functions.list(fleet_id, created["waterfall"]), stack.owner)
    waterfall = stack.w3.eth.contract(address=created["waterfall"], abi=abi.load("IRevenueWaterfall"))
    return Fleet(fleet_id, operator, waterfall, tuple(created["shares"]))


def _emitted(event: Any, receipt: TxReceipt) -> Any:
    """The arguments of the one event of a kind in a receipt."""
    return event.process_receipt(receipt, errors=DISCARD)[0]["args"]


def fund(stack: Stack, account: str, amount: int) -> None:
    """Mints test USD to an account and lets CapacityLease take it."""
    act(stack.usd.functions.mint(account, amount), stack.owner)
    act(stack.usd.functions.approve(stack.leases.address, amount), account)


def deposit_bond(stack: Stack, fleet: Fleet, amount: int) -> None:
    """Pays into the bond that a fleet's SLA credits come from."""
    fund(stack, fleet.operator, amount)
    act(stack.leases.functions.depositBond(fleet.fleet_id, amount), fleet.operator)


def open_lease(
    stack: Stack, fleet: Fleet, tenant: str, units: int, start: int, end: int, escrow: int | None = None
) -> int:
    """Opens a lease at the list rate over [start, end) Unix seconds, by default with its runway; returns its id."""
    request = (fleet.fleet_id, units, start, end, RATE, 0, tenant)
    amount = stack.leases.functions.runwayFor(request).call() if escrow is None else escrow
    fund(stack, tenant, amount)
    receipt = act(stack.leases.functions.open((*request[:5], amount, tenant)), tenant)
    return int(_emitted(stack.leases.events.LeaseOpened(), receipt)["leaseId"])


def allocate(stack: Stack, fleet: Fleet, lease_id: int, body_hash: bytes, version: int = 1) -> TxReceipt:
    """The operator's call that says which GPUs serve a lease; returns the receipt."""
    return act(stack.leases.functions.allocate(lease_id, version, body_hash), fleet.operator)


def lease_meter(stack: Stack, lease_id: int) -> int:
    """The meter id of a lease."""
    return meter_id(MeterKind.LEASE, stack.leases.address, lease_id)


def fleet_meter(stack: Stack, fleet: Fleet) -> int:
    """The meter id of a fleet."""
    return meter_id(MeterKind.FLEET, stack.fleets.address, fleet.fleet_id)


def make_report(stack: Stack, epoch: int, readings: dict[int, Reading]) -> tuple[Report, bytes]:
    """A report of `readings` (by meter id) on top of the standing one, and a quorum's packed signatures."""
    base = stack.oracle.functions.headEpoch().call()
    base_root = stack.oracle.functions.standing(base).call()[0] if base else bytes(32)
    report = Report(
        config_digest=stack.node_set.functions.configDigest().call(),
        epoch=epoch,
        base_epoch=base,
        base_root=base_root,
        root=meter_tree(sorted(readings.items())).root,
        set_hash=keccak(text=f"observations of {epoch}"),
        leaf_count=len(readings),
    )
    digest = report.digest(Domain(stack.w3.eth.chain_id, stack.oracle.address))
    signatures = {index: sign(digest, bytes(key.key)) for index, key in enumerate(stack.hot_keys)}
    return report, pack_signatures(signatures, stack.node_set.functions.quorum().call())


def post_report(stack: Stack, epoch: int, readings: dict[int, Reading]) -> None:
    """Moves time to the opening of `epoch`'s window and posts a report of it."""
    travel_to(stack.w3, stack.period_end(epoch) + stack.delay)
    report, signatures = make_report(stack, epoch, readings)
    fields = (
        report.config_digest, report.epoch, report.base_epoch, report.root, report.set_hash, report.leaf_count
    )  # fmt: skip
    act(stack.oracle.functions.submit(fields, signatures), stack.owner)


def finalise(stack: Stack, epoch: int) -> None:
    """Moves time to where the report of `epoch` is final."""
    mined_at = stack.oracle.functions.standing(epoch).call()[3]
    travel_to(stack.w3, mined_at + stack.dispute)
