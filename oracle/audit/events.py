"""Every event that moves, promises or measures money, as the contracts declare it, fields in Solidity's order.

Amounts are in the smallest unit of the settlement currency, times in Unix seconds, energy in Wh.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from oracle.audit.abi import (
    INDEXED,
    U8,
    U16,
    U32,
    U40,
    U48,
    U64,
    U96,
    U256,
    Address,
    Bool,
    Bytes32,
    EventSet,
    FourU96,
    Text,
)

# ---- fleets ----


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """What a fleet was proposed with: `list_rate` per unit-hour, `notice` in seconds."""

    currency: Address
    list_rate: U96
    units: U32
    board_watts: U16
    availability_bps: U16
    penalty_bps: U16
    credit_cap_bps: U16
    notice: U32
    model: Text
    site: Text


@dataclass(frozen=True, slots=True)
class FleetProposed:
    """A fleet and its title came to be."""

    fleet_id: Annotated[U48, INDEXED]
    operator: Annotated[Address, INDEXED]
    spec: FleetSpec


@dataclass(frozen=True, slots=True)
class FleetListed:
    """Leases may open; rent goes to `revenue` for good."""

    fleet_id: Annotated[U48, INDEXED]
    revenue: Annotated[Address, INDEXED]


@dataclass(frozen=True, slots=True)
class FleetDelisted:
    """No new leases."""

    fleet_id: Annotated[U48, INDEXED]


@dataclass(frozen=True, slots=True)
class ListRateSet:
    """The price of leases opened from now on."""

    fleet_id: Annotated[U48, INDEXED]
    list_rate: U96


@dataclass(frozen=True, slots=True)
class TokenMoved:
    """ERC-721 `Transfer`, of a fleet's title or a lease."""

    SOLIDITY_NAME: ClassVar[str] = "Transfer"
    source: Annotated[Address, INDEXED]
    to: Annotated[Address, INDEXED]
    token_id: Annotated[U256, INDEXED]


# ---- metering ----


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """A node: `hot` signs reports with epoch >= `hot_from`, `previous_hot` older ones."""

    cold: Address
    hot: Address
    previous_hot: Address
    hot_from: U64

    def signer(self, epoch: int) -> str:
        """Whose signature counts for a report of `epoch`."""
        return self.hot if epoch >= self.hot_from else self.previous_hot


@dataclass(frozen=True, slots=True)
class NodeJoined:
    """A node offered itself, to sign with `hot` once it is configured in."""

    cold: Annotated[Address, INDEXED]
    hot: Address


@dataclass(frozen=True, slots=True)
class NodeLeft:
    """A node's key ends with reports of epochs before `hot_from`; 0 when it had none in force."""

    cold: Annotated[Address, INDEXED]
    hot_from: U64


@dataclass(frozen=True, slots=True)
class NodeExpelled:
    """A slashed node lost its keys."""

    cold: Annotated[Address, INDEXED]


@dataclass(frozen=True, slots=True)
class NodeSetConfigured:
    """A node set and the digest its reports are bound to."""

    oracle: Annotated[Address, INDEXED]
    config_number: Annotated[U64, INDEXED]
    config_digest: Bytes32
    quorum: U8
    metrics_hash: Bytes32
    nodes: tuple[NodeKeys, ...]


@dataclass(frozen=True, slots=True)
class HotKeyRotated:
    """Reports with epoch >= `hot_from` are signed by `hot`."""

    cold: Annotated[Address, INDEXED]
    node: Annotated[U256, INDEXED]
    hot: Address
    hot_from: U64


@dataclass(frozen=True, slots=True)
class Reported:
    """A quorum's report; bit i of `signers` is node i."""

    epoch: Annotated[U64, INDEXED]
    base_epoch: Annotated[U64, INDEXED]
    config_digest: Bytes32
    root: Bytes32
    set_hash: Bytes32
    leaf_count: U32
    signers: U32


@dataclass(frozen=True, slots=True)
class Dropped:
    """The report of `epoch` and all built on it fell to evidence; that of `base_epoch` is the newest again."""

    epoch: Annotated[U64, INDEXED]
    base_epoch: U64


# ---- leases ----


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """What the tenant asked for: `rate` per unit-hour, `escrow` paid in at once."""

    fleet_id: U48
    units: U32
    start: U40
    end: U40
    rate: U96
    escrow: U96
    holder: Address


@dataclass(frozen=True, slots=True)
class LeaseOpened:
    """A lease, its request, and the terms copied from its fleet."""

    lease_id: Annotated[U256, INDEXED]
    fleet_id: Annotated[U48, INDEXED]
    holder: Annotated[Address, INDEXED]
    payer: Address
    request: LeaseRequest
    availability_bps: U16
    penalty_bps: U16
    credit_cap_bps: U16
    board_watts: U16
    notice: U32


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """`amount` came in: `debt_paid` of it to the till, the rest into escrow."""

    lease_id: Annotated[U256, INDEXED]
    payer: Annotated[Address, INDEXED]
    amount: U96
    debt_paid: U96


@dataclass(frozen=True, slots=True)
class Settled:
    """A lease was brought to `reading`: two totals since it began, three movements, two balances left."""

    lease_id: Annotated[U256, INDEXED]
    epoch: Annotated[U64, INDEXED]
    reading: U256
    owed: U96
    credit_owed: U96
    credit_paid: U96
    set_off: U96
    rent_paid: U96
    held: U96
    debt: U96


@dataclass(frozen=True, slots=True)
class Suspended:
    """Escrow fell below the runway, or rent could not be paid."""

    lease_id: Annotated[U256, INDEXED]
    held: U96
    runway: U256


@dataclass(frozen=True, slots=True)
class Resumed:
    """Escrow covers the runway again."""

    lease_id: Annotated[U256, INDEXED]
    held: U96
    runway: U256


@dataclass(frozen=True, slots=True)
class Terminated:
    """A suspended lease ends at `stop`."""

    lease_id: Annotated[U256, INDEXED]
    stop: U40


@dataclass(frozen=True, slots=True)
class Closed:
    """A lease is over."""

    lease_id: Annotated[U256, INDEXED]
    refundable: U96
    credit_lapsed: U96
    debt: U96
    at_sunset: Bool


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a closed lease's escrow had left went to `to`."""

    lease_id: Annotated[U256, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class BondDeposited:
    """Bond that SLA credits are paid from came in."""

    fleet_id: Annotated[U48, INDEXED]
    payer: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class BondWithdrawn:
    """Bond went out, while no lease was open."""

    fleet_id: Annotated[U48, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class TillPulled:
    """The till went to the fleet's waterfall, with the Wh metered for it."""

    fleet_id: Annotated[U48, INDEXED]
    revenue: Annotated[Address, INDEXED]
    rent: U96
    energy_wh: U64


@dataclass(frozen=True, slots=True)
class RiskReleased:
    """What was pulled from a till since the fleet's last settlement no longer counts as at risk."""

    fleet_id: Annotated[U48, INDEXED]
    pulled: U96


# ---- revenue ----


@dataclass(frozen=True, slots=True)
class Terms:
    """A waterfall's fixed terms; `period` in seconds."""

    fleet_id: U48
    currency: Address
    period: U32
    protocol_fee_bps: U16
    oracle_fee_bps: U16
    operator_fee_bps: U16
    energy_cap_bps: U16
    tariff_per_kwh: U96
    reserve_target: U96
    protocol_treasury: Address
    oracle_treasury: Address


@dataclass(frozen=True, slots=True)
class Tranche:
    """A class of claim: `face` is its shares' supply, `coupon_bps` a year's simple coupon on it."""

    face: U96
    coupon_bps: U16


@dataclass(frozen=True, slots=True)
class RevenueCreated:
    """A fleet's waterfall and its share tokens, senior first."""

    fleet_id: Annotated[U48, INDEXED]
    waterfall: Annotated[Address, INDEXED]
    shares: tuple[Address, ...]
    terms: Terms
    tranches: tuple[Tranche, ...]
    holder: Address


@dataclass(frozen=True, slots=True)
class Distributed:
    """One distribution; `fees` are protocol's, oracle's, energy and operator's."""

    period: Annotated[U256, INDEXED]
    rent: U96
    energy_wh: U64
    fees: FourU96
    reserve_in: U96
    reserve_out: U96
    incomes: tuple[U96, ...]
    arrears: tuple[U96, ...]


@dataclass(frozen=True, slots=True)
class FeePaid:
    """A payee (0 protocol, 1 oracle, 2 operator) took its fees."""

    payee: Annotated[U8, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class Paid:
    """ERC-20 `Transfer`, of a share or of the settlement currency."""

    SOLIDITY_NAME: ClassVar[str] = "Transfer"
    source: Annotated[Address, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U256


@dataclass(frozen=True, slots=True)
class IncomeClaimed:
    """A share holder took its income."""

    holder: Annotated[Address, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U256


# ---- sales ----


@dataclass(frozen=True, slots=True)
class Offer:
    """What a seller offers: `price` per whole share, `cap` and `minimum` in the share's smallest units."""

    fleet_id: U48
    tranche: U8
    price: U96
    cap: U96
    minimum: U96
    end: U40


@dataclass(frozen=True, slots=True)
class SaleOpened:
    """Shares were deposited for sale."""

    sale_id: Annotated[U256, INDEXED]
    share: Annotated[Address, INDEXED]
    seller: Annotated[Address, INDEXED]
    currency: Address
    offer: Offer


@dataclass(frozen=True, slots=True)
class Bought:
    """Shares were sold: `delivered` at once, or booked to the buyer."""

    sale_id: Annotated[U256, INDEXED]
    buyer: Annotated[Address, INDEXED]
    shares: U96
    cost: U96
    delivered: Bool


@dataclass(frozen=True, slots=True)
class SaleSucceeded:
    """The minimum is reached by the purchase that follows, which `sold` includes."""

    sale_id: Annotated[U256, INDEXED]
    sold: U96


@dataclass(frozen=True, slots=True)
class Delivered:
    """Booked shares of a successful sale went to `to`."""

    sale_id: Annotated[U256, INDEXED]
    buyer: Annotated[Address, INDEXED]
    to: Annotated[Address, INDEXED]
    shares: U96


@dataclass(frozen=True, slots=True)
class PurchaseRefunded:
    """What was paid in a sale that failed went to `to`."""

    SOLIDITY_NAME: ClassVar[str] = "Refunded"
    sale_id: Annotated[U256, INDEXED]
    buyer: Annotated[Address, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """The seller took back what was not sold."""

    sale_id: Annotated[U256, INDEXED]
    to: Annotated[Address, INDEXED]
    shares: U96


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The seller took the proceeds so far."""

    sale_id: Annotated[U256, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


@dataclass(frozen=True, slots=True)
class SaleIncomeClaimed:
    """The seller took what the sale's shares had earned."""

    sale_id: Annotated[U256, INDEXED]
    to: Annotated[Address, INDEXED]
    amount: U96


# ---- who emits what ----

FLEET_REGISTRY = EventSet(FleetProposed, FleetListed, FleetDelisted, ListRateSet, TokenMoved)
NODE_SET = EventSet(NodeJoined, NodeLeft, NodeExpelled, NodeSetConfigured, HotKeyRotated)
METER_ORACLE = EventSet(Reported, Dropped)
CAPACITY_LEASE = EventSet(
    LeaseOpened,
    ToppedUp,
    Settled,
    Suspended,
    Resumed,
    Terminated,
    Closed,
    Refunded,
    BondDeposited,
    BondWithdrawn,
    TillPulled,
    RiskReleased,
    TokenMoved,
)
REVENUE_FACTORY = EventSet(RevenueCreated)
WATERFALL = EventSet(Distributed, FeePaid)
SHARE = EventSet(Paid, IncomeClaimed)
CURRENCY = EventSet(Paid)
PRIMARY_SALE = EventSet(
    SaleOpened,
    Bought,
    SaleSucceeded,
    Delivered,
    PurchaseRefunded,
    Reclaimed,
    Withdrawn,
    SaleIncomeClaimed,
)
