"""The book of fleets: what each was proposed with, who operates it, and its money in CapacityLease."""

from dataclasses import dataclass, field
from enum import IntEnum

from oracle.audit.events import FleetDelisted, FleetListed, FleetProposed, FleetSpec, ListRateSet, TokenMoved
from oracle.audit.findings import Findings
from oracle.audit.history import Entry

NOBODY = "0x0000000000000000000000000000000000000000"


class Status(IntEnum):
    """As FleetRegistry numbers them."""

    PROPOSED = 1
    LISTED = 2
    DELISTED = 3


@dataclass(slots=True)
class FleetBook:
    """One fleet. `till`, `till_wh` and `bond` are in CapacityLease; `rent` and `energy_wh` all that reached the till;
    `pulled` left it since the last settlement, and still counts as at risk.

    `bound`: CapacityLease knows the fleet, from its first lease or bond on.
    """

    fleet_id: int
    spec: FleetSpec
    list_rate: int
    status: Status = Status.PROPOSED
    revenue: str = NOBODY
    bound: bool = False
    till: int = 0
    till_wh: int = 0
    pulled: int = 0
    bond: int = 0
    rent: int = 0
    energy_wh: int = 0
    open_leases: int = 0
    units_committed: int = 0

    @property
    def wound_up(self) -> bool:
        """Delisted, and its last lease closed."""
        return self.status is Status.DELISTED and self.open_leases == 0

    def earn(self, rent: int, energy_wh: int = 0) -> None:
        """Rent, and the Wh metered for it, reach the till."""
        self.till += rent
        self.till_wh += energy_wh
        self.rent += rent
        self.energy_wh += energy_wh


@dataclass(slots=True)
class Fleets:
    """Built up event by event. `waterfalls` says which fleet each was made for; `operators` hold the fleets' titles."""

    findings: Findings
    waterfalls: dict[str, int]
    books: dict[int, FleetBook] = field(default_factory=dict)
    operators: dict[int, str] = field(default_factory=dict)

    def post(self, entry: Entry) -> None:
        """Enters an event of FleetRegistry."""
        match entry.event:
            case FleetProposed() as event:
                self._proposed(entry, event)
            case FleetListed() as event:
                self._listed(entry, event)
            case FleetDelisted() as event:
                if (fleet := self.known(entry, event.fleet_id)) is not None:
                    where = entry.at(f"fleet {event.fleet_id}")
                    self.findings.equal("status at FleetDelisted", where, Status.LISTED, fleet.status)
                    fleet.status = Status.DELISTED
            case ListRateSet() as event:
                if (fleet := self.known(entry, event.fleet_id)) is not None:
                    fleet.list_rate = event.list_rate
            case TokenMoved() as event:
                where = entry.at(f"title of fleet {event.token_id}")
                holder = self.operators.get(event.token_id, NOBODY)
                self.findings.equal("Transfer.source", where, holder, event.source)
                self.operators[event.token_id] = event.to

    def close(self) -> None:
        """Checks that every title is of a fleet that was proposed."""
        self.findings.equal("titles without FleetProposed", "FleetRegistry", 0, len(self.operators.keys() - self.books))

    def known(self, entry: Entry, fleet_id: int) -> FleetBook | None:
        """A fleet's book; None, and a difference, when no event proposed it."""
        fleet = self.books.get(fleet_id)
        if fleet is None:
            self.findings.add(type(entry.event).__name__, entry.at(f"fleet {fleet_id}"), "FleetProposed before", "none")
        return fleet

    def _proposed(self, entry: Entry, event: FleetProposed) -> None:
        operator = self.operators.get(event.fleet_id, NOBODY)
        expected = FleetProposed(len(self.books) + 1, operator, event.spec)
        self.findings.same(entry.at(f"fleet {event.fleet_id}"), expected, event)
        self.books[event.fleet_id] = FleetBook(event.fleet_id, event.spec, event.spec.list_rate)

    def _listed(self, entry: Entry, event: FleetListed) -> None:
        fleet = self.known(entry, event.fleet_id)
        if fleet is None:
            return
        where = entry.at(f"fleet {event.fleet_id}")
        if fleet.status is Status.LISTED:
            self.findings.add("status at FleetListed", where, "not listed", "listed")
        if fleet.revenue != NOBODY:
            self.findings.equal("FleetListed.revenue", where, fleet.revenue, event.revenue)
        elif self.waterfalls.get(event.revenue) != event.fleet_id:
            self.findings.add("FleetListed.revenue", where, "a waterfall made for this fleet", event.revenue)
        fleet.revenue = event.revenue if fleet.revenue == NOBODY else fleet.revenue
        fleet.status = Status.LISTED
