"""What the contracts' views return, as records in ABI order: read only to be compared with the books."""

from dataclasses import dataclass

from oracle.audit.abi import U8, U16, U32, U40, U48, U64, U96, U160, U256, Address, Bool, Bytes32, Text
from oracle.audit.events import FleetSpec, NodeKeys, Tranche


@dataclass(frozen=True, slots=True)
class Amount:
    """One number of any width."""

    value: U256


@dataclass(frozen=True, slots=True)
class Account:
    """One address."""

    address: Address


@dataclass(frozen=True, slots=True)
class Digest:
    """One hash."""

    digest: Bytes32


@dataclass(frozen=True, slots=True)
class Symbol:
    """ERC-20's symbol."""

    symbol: Text


@dataclass(frozen=True, slots=True)
class NodeList:
    """NodeSet.nodes."""

    nodes: tuple[NodeKeys, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """MeterOracle.standing."""

    root: Bytes32
    epoch: U64
    base_epoch: U64
    mined_at: U40
    leaf_count: U32
    signers: U32


@dataclass(frozen=True, slots=True)
class NewestFinal:
    """MeterOracle.newestFinal."""

    epoch: U64
    final_at: U64


@dataclass(frozen=True, slots=True)
class Specification:
    """FleetRegistry.specOf."""

    spec: FleetSpec


@dataclass(frozen=True, slots=True)
class FleetStanding:
    """FleetRegistry.statusOf, less the inventory's version."""

    status: U8
    revenue: Address


@dataclass(frozen=True, slots=True)
class FleetMoney:
    """The part of a fleet's account that settlements change."""

    till: U96
    pulled: U96
    till_wh: U64


@dataclass(frozen=True, slots=True)
class FleetAccount:
    """CapacityLease.fleetAccountOf."""

    money: FleetMoney
    revenue: Address
    open_leases: U32
    units_committed: U32
    currency: Address
    bond: U96


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What a lease was opened at."""

    rate: U96
    units: U32
    start: U40
    end: U40
    fleet_id: U48


@dataclass(frozen=True, slots=True)
class LeaseState:
    """What changes rarely in a lease, and fixed terms."""

    stop: U40
    suspended_at: U40
    credit_unpaid: U96
    penalty_bps: U16
    credit_cap_bps: U16
    notice: U32
    board_watts: U16


@dataclass(frozen=True, slots=True)
class LeaseAccount:
    """A lease's escrow and rent."""

    held: U96
    owed: U96
    settled_epoch: U40
    availability_bps: U16
    closed: Bool


@dataclass(frozen=True, slots=True)
class LeaseTotals:
    """A lease's credit, debt and energy."""

    credit_owed: U96
    debt: U96
    energy_wh: U48


@dataclass(frozen=True, slots=True)
class Lease:
    """CapacityLease.leaseOf."""

    terms: LeaseTerms
    state: LeaseState
    account: LeaseAccount
    totals: LeaseTotals
    reading: U256


@dataclass(frozen=True, slots=True)
class TrancheList:
    """RevenueWaterfall.tranches."""

    tranches: tuple[Tranche, ...]


@dataclass(frozen=True, slots=True)
class StreamState:
    """RevenueWaterfall.streamOf."""

    base: U96
    streaming: U96
    pending: U96
    arrears: U96
    period: U256


@dataclass(frozen=True, slots=True)
class SaleState:
    """PrimarySale.saleOf."""

    seller: Address
    price: U96
    currency: Address
    cap: U96
    share: Address
    held: U96
    income_index: U160
    income: U96
    sold: U96
    proceeds: U96
    end: U40
    decimals: U8
    successful: Bool
    reclaimed: Bool
    minimum: U96
    fleet_id: U48


@dataclass(frozen=True, slots=True)
class BookingState:
    """PrimarySale.bookingOf."""

    shares: U96
    paid: U96


@dataclass(frozen=True, slots=True)
class TrancheOf:
    """FleetShare.waterfall."""

    waterfall: Address
    tranche: U256
