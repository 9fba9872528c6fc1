"""What the chain says about each open meter at one block: the facts a node meters against.

A meter is one per lease (money) and one per fleet (display only). Its id is `kind8 | contract160 | id88`; the
contract is CapacityLease for a lease and FleetRegistry for a fleet.
"""

from dataclasses import dataclass
from enum import IntEnum


class MeterKind(IntEnum):
    """The top eight bits of a meter id."""

    LEASE = 1
    FLEET = 2


def meter_id(kind: MeterKind, contract: str, number: int) -> int:
    """The id of a meter: `kind8 | contract160 | id88`. Raises ValueError when `number` does not fit 88 bits."""
    if not 0 < number < 1 << 88:
        raise ValueError(f"meter number {number} does not fit 88 bits")
    return kind << 248 | int(contract, 16) << 88 | number


@dataclass(frozen=True, slots=True)
class Allocation:
    """An operator's `allocate` call: `body_hash` names the served list of GPU UUIDs, proven into inventory `version`.

    It takes effect at `effective_from` (Unix seconds, the next epoch boundary) and lasts until the next one of its
    lease
    does. `mined` (block number, log index) settles which of two claims to one UUID came first. A zero hash allocates
    nothing.
    """

    lease_id: int
    version: int
    body_hash: bytes
    effective_from: int
    mined: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LeaseMeter:
    """An open lease. Times are Unix seconds; `stop` is 0 unless the lease was terminated.

    `suspensions` are half-open [from, to) Unix-second intervals of block time in which the lease stood suspended
    on-chain; the last `to` is None while it still is. Which *epochs* are suspended whole is metering's to say.
    """

    meter_id: int
    lease_id: int
    fleet_id: int
    units: int
    start: int
    end: int
    stop: int
    availability_bps: int
    allocations: tuple[Allocation, ...]
    suspensions: tuple[tuple[int, int | None], ...]

    @property
    def term_end(self) -> int:
        """Where counting stops: min(end, stop)."""
        return min(self.end, self.stop) if self.stop else self.end


@dataclass(frozen=True, slots=True)
class Inventory:
    """One published version of a fleet's inventory: the Merkle root over its GPU UUIDs, and how many there are."""

    version: int
    root: bytes
    count: int


@dataclass(frozen=True, slots=True)
class FleetMeter:
    """A listed fleet: counted from `start`, the first epoch boundary after its listing (Unix seconds). `operator` holds
    its title (checksummed)."""

    meter_id: int
    fleet_id: int
    units: int
    start: int
    board_watts: int
    inventories: tuple[Inventory, ...]
    operator: str = ""


@dataclass(frozen=True, slots=True)
class MeterSet:
    """Every open meter at one block, ascending by meter id. An open lease stays in until it is closed on-chain."""

    leases: tuple[LeaseMeter, ...]
    fleets: tuple[FleetMeter, ...]
