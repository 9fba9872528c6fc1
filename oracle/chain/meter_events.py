"""From events to meters: which leases and fleets are open, and the facts they are metered by. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from oracle.chain.errors import MissingHistory
from oracle.chain.event_log import Event
from oracle.domain.meters import Allocation, FleetMeter, Inventory, LeaseMeter, MeterKind, MeterSet, meter_id
from oracle.domain.schedule import Schedule

LEASE_EVENTS = ("LeaseOpened", "Allocated", "Suspended", "Resumed", "Terminated", "Closed")
FLEET_EVENTS = ("FleetProposed", "FleetListed", "FleetDelisted", "InventoryPublished", "Transfer")


def boundary_at_or_after(schedule: Schedule, timestamp: int) -> int:
    """The first epoch boundary, genesis + k L, that is not before `timestamp`. Unix seconds."""
    return schedule.genesis - (schedule.genesis - timestamp) // schedule.length * schedule.length


def boundary_after(schedule: Schedule, timestamp: int) -> int:
    """The first epoch boundary after `timestamp`. Unix seconds."""
    return boundary_at_or_after(schedule, timestamp + 1)


@dataclass(slots=True)
class _Fleet:
    meter: FleetMeter
    listed: bool = False
    inventories: list[Inventory] = field(default_factory=list)


@dataclass(slots=True)
class _Lease:
    meter: LeaseMeter
    allocations: list[Allocation] = field(default_factory=list)
    suspensions: list[tuple[int, int | None]] = field(default_factory=list)


class MeterBook:
    """Folds events, fed in chain order, into the meters that are open after them."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._leases: dict[int, _Lease] = {}
        self._fleets: dict[int, _Fleet] = {}

    def read(self, events: Iterable[Event]) -> MeterSet:
        """The open meters after `events`: every lease not closed; every fleet listed or still with an open lease
        (whose allocations are proven into its inventories).

        Raises MissingHistory when something happens to what was never begun.
        """
        for event in events:
            if event.name in LEASE_EVENTS:
                self._lease_event(event)
            else:
                self._fleet_event(event)
        leases = (
            replace(lease.meter, allocations=tuple(lease.allocations), suspensions=tuple(lease.suspensions))
            for lease in self._leases.values()
        )
        leased = {lease.meter.fleet_id for lease in self._leases.values()}
        fleets = (
            replace(fleet.meter, inventories=tuple(fleet.inventories))
            for number, fleet in self._fleets.items()
            if fleet.listed or number in leased
        )
        return MeterSet(
            leases=tuple(sorted(leases, key=lambda meter: meter.meter_id)),
            fleets=tuple(sorted(fleets, key=lambda meter: meter.meter_id)),
        )

    def _lease_event(self, event: Event) -> None:
        number: int = event.arguments["leaseId"]
        if event.name == "LeaseOpened":
            self._leases[number] = _Lease(_opened(event))
            return
        lease = _begun(self._leases, event, number)
        if event.name == "Closed":
            del self._leases[number]
        elif event.name == "Allocated":
            lease.allocations.append(self._allocation(event))
        elif event.name == "Suspended":
            lease.suspensions.append((event.timestamp, None))
        elif event.name == "Resumed":
            since, until = lease.suspensions.pop() if lease.suspensions else (0, 0)
            if until is not None:
                raise MissingHistory(f"lease {number} was resumed in block {event.block} and never suspended: {_CHECK}")
            if event.timestamp > since:  # else it held at no block
                lease.suspensions.append((since, event.timestamp))
        elif event.name == "Terminated":
            lease.meter = replace(lease.meter, stop=event.arguments["stop"])

    def _fleet_event(self, event: Event) -> None:
        if event.name == "Transfer":
            self._title_moved(event)
            return
        number: int = event.arguments["fleetId"]
        if event.name == "FleetProposed":
            spec = event.arguments["spec"]
            meter = FleetMeter(
                meter_id=meter_id(MeterKind.FLEET, event.contract, number),
                fleet_id=number,
                units=spec["units"],
                start=0,
                board_watts=spec["boardWatts"],
                inventories=(),
                operator=event.arguments["operator"],
            )
            self._fleets[number] = _Fleet(meter)
            return
        fleet = _begun(self._fleets, event, number)
        if event.name == "InventoryPublished":
            arguments = event.arguments
            fleet.inventories.append(Inventory(arguments["version"], arguments["root"], arguments["count"]))
        elif event.name == "FleetListed":
            fleet.listed = True
            if not fleet.meter.start:  # a fleet listed again goes on with the meter it had
                fleet.meter = replace(fleet.meter, start=boundary_at_or_after(self._schedule, event.timestamp))
        elif event.name == "FleetDelisted":
            fleet.listed = False

    def _title_moved(self, event: Event) -> None:
        """Whoever holds a fleet's title is its operator. It is minted before the fleet is proposed."""
        number: int = event.arguments["tokenId"]
        if int(event.arguments["from"], 16):
            fleet = _begun(self._fleets, event, number)
            fleet.meter = replace(fleet.meter, operator=event.arguments["to"])

    def _allocation(self, event: Event) -> Allocation:
        return Allocation(
            lease_id=event.arguments["leaseId"],
            version=event.arguments["version"],
            body_hash=event.arguments["bodyHash"],
            effective_from=boundary_after(self._schedule, event.timestamp),
            mined=(event.block, event.log_index),
        )


_T = TypeVar("_T")
_CHECK = "check `block` in the deployment file, and that the RPC serves all logs since"


def _begun(begun: dict[int, _T], event: Event, number: int) -> _T:
    if number not in begun:
        raise MissingHistory(f"{event.name} of {number} in block {event.block} comes without its beginning: {_CHECK}")
    return begun[number]


def _opened(event: Event) -> LeaseMeter:
    request = event.arguments["request"]
    return LeaseMeter(
        meter_id=meter_id(MeterKind.LEASE, event.contract, event.arguments["leaseId"]),
        lease_id=event.arguments["leaseId"],
        fleet_id=event.arguments["fleetId"],
        units=request["units"],
        start=request["start"],
        end=request["end"],
        stop=0,
        availability_bps=event.arguments["availabilityBps"],
        allocations=(),
        suspensions=(),
    )
