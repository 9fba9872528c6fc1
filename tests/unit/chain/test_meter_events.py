"""Which meters are open, and with which facts, follows from events alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.errors import MissingHistory
from oracle.chain.event_log import Event
from oracle.chain.meter_events import MeterBook, boundary_after, boundary_at_or_after
from oracle.domain.meters import Allocation, Inventory, MeterKind, MeterSet, meter_id
from oracle.domain.schedule import Schedule

L = 3600
CLOCK = Schedule(genesis=100 * L, length=L, delay=2 * L)
LEASES = "0x" + "11" * 20
FLEETS = "0x" + "22" * 20
OPERATOR, BUYER = "0x" + "33" * 20, "0x" + "44" * 20


class _Story:
    """Events, one a block."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def lease(self, name: str, timestamp: int, lease_id: int = 1, **arguments: Any) -> "_Story":
        return self._add(LEASES, name, timestamp, leaseId=lease_id, **arguments)

    def opened(self, timestamp: int, lease_id: int = 1, fleet_id: int = 1) -> "_Story":
        request = {"fleetId": fleet_id, "units": 4, "start": 110 * L, "end": 130 * L}
        return self.lease("LeaseOpened", timestamp, lease_id, fleetId=fleet_id, request=request, availabilityBps=9900)

    def fleet(self, name: str, timestamp: int, fleet_id: int = 1, **arguments: Any) -> "_Story":
        return self._add(FLEETS, name, timestamp, fleetId=fleet_id, **arguments)

    def proposed(self, timestamp: int, fleet_id: int = 1) -> "_Story":
        spec = {"units": 8, "boardWatts": 700}
        return self.fleet("FleetProposed", timestamp, fleet_id, operator=OPERATOR, spec=spec)

    def handed_on(self, timestamp: int, sender: str, to: str) -> "_Story":
        return self._add(FLEETS, "Transfer", timestamp, **{"from": sender, "to": to, "tokenId": 1})

    def meters(self) -> MeterSet:
        return MeterBook(CLOCK).read(self.events)

    def _add(self, contract: str, name: str, timestamp: int, **arguments: Any) -> "_Story":
        block = len(self.events) + 1
        self.events.append(Event(name, contract, arguments, block, 0, timestamp))
        return self


@given(st.integers(min_value=0, max_value=1 << 40))
def test_boundaries_are_on_the_grid_and_next(timestamp: int) -> None:
    at_or_after, after = boundary_at_or_after(CLOCK, timestamp), boundary_after(CLOCK, timestamp)
    assert (at_or_after - CLOCK.genesis) % L == (after - CLOCK.genesis) % L == 0
    assert 0 <= at_or_after - timestamp < L
    assert 0 < after - timestamp <= L


def test_a_fleet_is_metered_from_the_boundary_at_or_after_its_first_listing() -> None:
    story = _Story().proposed(101 * L)
    assert story.meters().fleets == ()
    story.fleet("FleetListed", 102 * L)
    (fleet,) = story.meters().fleets
    assert (fleet.start, fleet.units, fleet.board_watts) == (102 * L, 8, 700)
    assert fleet.meter_id == meter_id(MeterKind.FLEET, FLEETS, 1)

    late = _Story().proposed(101 * L).fleet("FleetListed", 102 * L + 1)
    assert late.meters().fleets[0].start == 103 * L


def test_a_delisted_fleet_is_not_metered_and_goes_on_as_it_was_when_listed_again() -> None:
    story = _Story().proposed(101 * L).fleet("FleetListed", 102 * L).fleet("FleetDelisted", 105 * L)
    assert story.meters().fleets == ()
    assert story.fleet("FleetListed", 109 * L).meters().fleets[0].start == 102 * L


def test_a_delisted_fleet_stays_while_a_lease_needs_its_inventories() -> None:
    story = _Story().proposed(101 * L).fleet("FleetListed", 102 * L).opened(103 * L).fleet("FleetDelisted", 105 * L)
    assert [fleet.fleet_id for fleet in story.meters().fleets] == [1]
    story.lease("Closed", 131 * L)
    assert story.meters() == MeterSet((), ())


def test_the_operator_is_whoever_holds_the_title_at_the_block() -> None:
    story = _Story().handed_on(101 * L, "0x" + "00" * 20, OPERATOR).proposed(101 * L).fleet("FleetListed", 102 * L)
    assert [fleet.operator for fleet in story.meters().fleets] == [OPERATOR]
    story.handed_on(104 * L, OPERATOR, BUYER)
    assert [fleet.operator for fleet in story.meters().fleets] == [BUYER]


def test_inventories_are_kept_in_order() -> None:
    story = _Story().proposed(101 * L)
    story.fleet("InventoryPublished", 101 * L, version=1, root=b"\1" * 32, count=8)
    story.fleet("FleetListed", 102 * L).fleet("InventoryPublished", 103 * L, version=2, root=b"\2" * 32, count=9)
    assert story.meters().fleets[0].inventories == (Inventory(1, b"\1" * 32, 8), Inventory(2, b"\2" * 32, 9))


def test_an_allocation_takes_effect_at_the_next_boundary() -> None:
    story = _Story().opened(103 * L)
    story.lease("Allocated", 104 * L - 1, version=1, bodyHash=b"\1" * 32)
    story.lease("Allocated", 104 * L, version=2, bodyHash=bytes(32))
    (lease,) = story.meters().leases
    assert lease.allocations == (
        Allocation(1, 1, b"\1" * 32, 104 * L, (2, 0)),
        Allocation(1, 2, bytes(32), 105 * L, (3, 0)),
    )


def test_suspensions_are_intervals_of_block_time() -> None:
    story = _Story().opened(103 * L)
    story.lease("Suspended", 112 * L + 5).lease("Resumed", 114 * L + 7)
    story.lease("Suspended", 115 * L).lease("Resumed", 115 * L)  # in one second: it held at no block
    story.lease("Suspended", 116 * L)
    (lease,) = story.meters().leases
    assert lease.suspensions == ((112 * L + 5, 114 * L + 7), (116 * L, None))


def test_a_terminated_lease_stays_until_it_is_closed() -> None:
    story = _Story().opened(103 * L).lease("Suspended", 112 * L).lease("Terminated", 115 * L, stop=116 * L)
    (lease,) = story.meters().leases
    assert (lease.start, lease.end, lease.stop, lease.term_end) == (110 * L, 130 * L, 116 * L, 116 * L)
    assert story.lease("Closed", 117 * L).meters().leases == ()


def test_meters_ascend_by_id() -> None:
    story = _Story().proposed(101 * L, 2).fleet("FleetListed", 101 * L, 2)
    story.proposed(101 * L, 1).fleet("FleetListed", 101 * L, 1)
    story.opened(103 * L, 9).opened(103 * L, 4)
    meters = story.meters()
    assert [lease.lease_id for lease in meters.leases] == [4, 9]
    assert [fleet.fleet_id for fleet in meters.fleets] == [1, 2]


@pytest.mark.parametrize(
    "story",
    [
        _Story().lease("Closed", 103 * L),
        _Story().lease("Allocated", 103 * L, version=1, bodyHash=bytes(32)),
        _Story().fleet("FleetListed", 103 * L),
        _Story().handed_on(103 * L, OPERATOR, BUYER),
        _Story().opened(103 * L).lease("Resumed", 104 * L),
        _Story().opened(103 * L).lease("Suspended", 104 * L).lease("Resumed", 105 * L).lease("Resumed", 106 * L),
    ],
)
def test_history_without_its_beginning_is_noticed(story: _Story) -> None:
    with pytest.raises(MissingHistory, match="check `block` in the deployment file"):
        story.meters()
