"""The book of leases: every settlement, top-up, suspension and end recomputed, and held against its event.

The audit always carries its own figures on: a wrong event is one difference, not a trail of them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oracle.audit.cash import Cash
from oracle.audit.charge import COUNTERS, Account, LeaseTerms, counter, runway, settle, term_end
from oracle.audit.events import (
    BondDeposited,
    BondWithdrawn,
    Closed,
    LeaseOpened,
    Refunded,
    Resumed,
    RiskReleased,
    Settled,
    Suspended,
    Terminated,
    TillPulled,
    TokenMoved,
    ToppedUp,
)
from oracle.audit.findings import Findings
from oracle.audit.fleets import NOBODY, FleetBook, Fleets, Status
from oracle.audit.history import Entry
from oracle.audit.reports import Reports

SUNSET_S = 14 * 86_400

Consequence = Closed | Suspended | Resumed
"""What a settlement or a top-up leads to, and must be announced in the lease's next event."""


@dataclass(slots=True)
class Stated:
    """What a lease's events say moved, added up: held against its account at the end (I4)."""

    paid_in: int = 0
    credit_in: int = 0
    set_off: int = 0
    rent_out: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The reading a lease was settled at, for whoever can prove it."""

    lease_id: int
    epoch: int
    reading: int
    where: str


@dataclass(slots=True)
class LeaseBook:
    """One lease. Times are Unix seconds, 0 for never; `next` is the event that must follow."""

    lease_id: int
    opened_at: int
    terms: LeaseTerms
    account: Account
    stated: Stated
    stop: int = 0
    suspended_at: int = 0
    settled_epoch: int = 0
    reading: int = 0
    closed_at: int = 0
    credit_lapsed: int = 0
    next: Consequence | None = None

    @property
    def term_end(self) -> int:
        """Where counting stops."""
        return term_end(self.terms, self.stop)

    @property
    def closed(self) -> bool:
        """It is over."""
        return self.closed_at != 0

    def open_at(self, time: int) -> bool:
        """It was open after every block up to `time`."""
        return self.opened_at <= time and not (self.closed and self.closed_at <= time)

    def close(self, time: int, at_sunset: bool) -> Closed:
        """Ends the lease, and says so: unpaid credit lapses, escrow stays for the holder, debt stays unpaid."""
        self.closed_at = time
        self.credit_lapsed = self.account.credit_unpaid
        self.account = replace(self.account, credit_unpaid=0)
        return Closed(self.lease_id, self.account.held, self.credit_lapsed, self.account.debt, at_sunset)


@dataclass(slots=True)
class Leases:
    """Built up event by event."""

    findings: Findings
    fleets: Fleets
    reports: Reports
    cash: Cash
    books: dict[int, LeaseBook] = field(default_factory=dict)
    holders: dict[int, str] = field(default_factory=dict)
    settlements: list[Settlement] = field(default_factory=list)

    def post(self, entry: Entry) -> None:
        """Enters an event of CapacityLease."""
        match entry.event:
            case LeaseOpened() as event:
                self._opened(entry, event)
            case BondDeposited() | BondWithdrawn() | TillPulled() | RiskReleased() as event:
                if (fleet := self.fleets.known(entry, event.fleet_id)) is not None:
                    self._fleet_money(entry, event, fleet)
            case TokenMoved() as event:
                holder = self.holders.get(event.token_id, NOBODY)
                self.findings.equal("Transfer.source", entry.at(f"lease {event.token_id}"), holder, event.source)
                self.holders[event.token_id] = event.to
            case ToppedUp() | Settled() | Terminated() | Refunded() | Closed() | Suspended() | Resumed() as event:
                lease = self.books.get(event.lease_id)
                if lease is None:
                    where = entry.at(f"lease {event.lease_id}")
                    self.findings.add(type(event).__name__, where, "LeaseOpened before", "none")
                else:
                    self._lease_event(entry, event, lease)

    def close(self) -> None:
        """Checks what can only be checked at the end: no announcement is owed, and I4 holds for every lease."""
        unopened = self.holders.keys() - self.books
        self.findings.equal("leases held without LeaseOpened", "CapacityLease", 0, len(unopened))
        for lease in self.books.values():
            where = f"lease {lease.lease_id}"
            self._announced(lease, where)
            stated, account = lease.stated, lease.account
            money_in = stated.paid_in + stated.credit_in
            money_out = stated.rent_out + stated.refunded + account.held
            self.findings.equal("I4: escrowIn + creditIn = rentOut + refunded + held", where, money_in, money_out)
            paid = stated.rent_out + stated.set_off + account.debt
            self.findings.equal("I4: owed = rentOut + setOff + debt", where, account.owed, paid)

    def owed(self) -> Mapping[str, int]:
        """What CapacityLease owes in each currency: every escrow, till and bond."""
        due = self._held()
        for fleet in self._listed():
            due[fleet.spec.currency] += fleet.till + fleet.bond
        return due

    def at_risk(self) -> Mapping[str, int]:
        """What the nodes' bonds must cover in each currency: every escrow and till, and what was pulled from a till
        since the fleet's last settlement."""
        due = self._held()
        for fleet in self._listed():
            due[fleet.spec.currency] += fleet.till + fleet.pulled
        return due

    def _held(self) -> Counter[str]:
        held = Counter({fleet.spec.currency: 0 for fleet in self._listed()})
        for lease in self.books.values():
            held[self._currency(lease.terms.fleet_id)] += lease.account.held
        return held

    def _listed(self) -> list[FleetBook]:
        """Of one never listed no money can have come in, and its currency may be anything."""
        return [fleet for fleet in self.fleets.books.values() if fleet.revenue != NOBODY]

    def runway(self, lease: LeaseBook) -> int:
        """The escrow a lease needs not to be suspended."""
        clock = self.reports.clock
        settled_to = clock.period_end(lease.settled_epoch) if lease.settled_epoch else lease.terms.start
        return runway(lease.terms, lease.stop, settled_to, clock.tail)

    # ---- opening ----

    def _opened(self, entry: Entry, event: LeaseOpened) -> None:
        request, findings = event.request, self.findings
        where = entry.at(f"lease {event.lease_id}")
        fleet = self.fleets.known(entry, request.fleet_id)
        if fleet is None:
            return
        spec = fleet.spec
        terms = LeaseTerms(
            fleet_id=request.fleet_id,
            units=request.units,
            rate=fleet.list_rate,
            start=request.start,
            end=request.end,
            availability_bps=spec.availability_bps,
            penalty_bps=spec.penalty_bps,
            credit_cap_bps=spec.credit_cap_bps,
            board_watts=spec.board_watts,
            notice=spec.notice,
        )
        expected = LeaseOpened(
            lease_id=len(self.books) + 1,
            fleet_id=request.fleet_id,
            holder=self.holders.get(event.lease_id, NOBODY),
            payer=event.payer,
            request=replace(request, rate=fleet.list_rate, holder=self.holders.get(event.lease_id, NOBODY)),
            availability_bps=spec.availability_bps,
            penalty_bps=spec.penalty_bps,
            credit_cap_bps=spec.credit_cap_bps,
            board_watts=spec.board_watts,
            notice=spec.notice,
        )
        findings.same(where, expected, event)
        lease = LeaseBook(event.lease_id, entry.time, terms, Account(request.escrow), Stated(paid_in=request.escrow))
        self._check_request(entry, lease, fleet, where)
        fleet.bound = True
        fleet.open_leases += 1
        fleet.units_committed += request.units
        self.books[event.lease_id] = lease
        self._receive(entry, fleet, event.payer, request.escrow)

    def _check_request(self, entry: Entry, lease: LeaseBook, fleet: FleetBook, where: str) -> None:
        findings, clock, terms = self.findings, self.reports.clock, lease.terms
        findings.equal("status of the fleet", where, Status.LISTED, fleet.status)
        findings.at_least("units free", where, terms.units, fleet.spec.units - fleet.units_committed)
        findings.equal("start off the epoch grid", where, 0, terms.start % clock.length)
        findings.equal("end off the epoch grid", where, 0, terms.end % clock.length)
        earliest = max(entry.time + 2 * clock.length, clock.genesis + clock.length)
        findings.at_least("LeaseOpened.request.start", where, earliest, terms.start)
        findings.at_least("LeaseOpened.request.end", where, terms.start + 1, terms.end)
        findings.at_least("LeaseOpened.request.escrow", where, self.runway(lease), lease.account.held)

    # ---- the life of a lease ----

    def _lease_event(
        self,
        entry: Entry,
        event: ToppedUp | Settled | Terminated | Refunded | Closed | Suspended | Resumed,
        lease: LeaseBook,
    ) -> None:
        where = entry.at(f"lease {lease.lease_id}")
        if isinstance(event, Closed | Suspended | Resumed):
            self._consequence(entry, event, lease, where)
            return
        self._announced(lease, where)
        self.findings.equal("closed before " + type(event).__name__, where, isinstance(event, Refunded), lease.closed)
        match event:
            case Settled():
                self._settled(entry, event, lease, where)
            case ToppedUp():
                self._topped_up(entry, event, lease, where)
            case Terminated():
                self._terminated(entry, event, lease, where)
            case Refunded():
                self.findings.same(where, replace(event, amount=lease.account.held), event)
                self._pay(entry, lease, event.to, event.amount)
                lease.stated.refunded += event.amount
                lease.account = replace(lease.account, held=0)

    def _settled(self, entry: Entry, event: Settled, lease: LeaseBook, where: str) -> None:
        self._check_final(entry, event, lease, where)
        self._check_reading(event, lease, where)
        fleet = self.fleets.books[lease.terms.fleet_id]
        period_end = self.reports.clock.period_end(event.epoch)
        account, moved = settle(lease.terms, lease.stop, lease.account, fleet.bond, event.reading, period_end)
        expected = Settled(
            lease_id=lease.lease_id,
            epoch=event.epoch,
            reading=event.reading,
            owed=account.owed,
            credit_owed=account.credit_owed,
            credit_paid=moved.credit_paid,
            set_off=moved.set_off,
            rent_paid=moved.rent_paid,
            held=account.held,
            debt=account.debt,
        )
        self.findings.same(where, expected, event)

        self.settlements.append(Settlement(lease.lease_id, event.epoch, event.reading, where))
        lease.account, lease.reading, lease.settled_epoch = account, event.reading, event.epoch
        lease.stated.credit_in += event.credit_paid
        lease.stated.set_off += event.set_off
        lease.stated.rent_out += event.rent_paid
        fleet.bond -= moved.credit_paid
        fleet.pulled = 0
        fleet.earn(moved.rent_paid, moved.energy_wh)
        over = period_end >= lease.term_end
        lease.next = self._end(entry, lease, at_sunset=False) if over else self._review(entry, lease)

    def _check_final(self, entry: Entry, event: Settled, lease: LeaseBook, where: str) -> None:
        self.findings.at_least("Settled.epoch", where, lease.settled_epoch + 1, event.epoch)
        final_at = self.reports.final_at(event.epoch)
        if final_at is None:
            self.findings.add("Settled.epoch", where, "a reported epoch", event.epoch)
        else:
            self.findings.at_least("time of Settled", where, final_at, entry.time)

    def _check_reading(self, event: Settled, lease: LeaseBook, where: str) -> None:
        """Counters never fall (I6), and nothing is delivered that was not measured, or used that was not delivered."""
        for name in COUNTERS:
            least, actual = counter(lease.reading, name), counter(event.reading, name)
            self.findings.at_least(f"I6: {name} of Settled.reading", where, least, actual)
        measured, delivered, utilised = (counter(event.reading, name) for name in COUNTERS[:3])
        self.findings.at_least("measured of Settled.reading", where, delivered, measured)
        self.findings.at_least("delivered of Settled.reading", where, utilised, delivered)

    def _topped_up(self, entry: Entry, event: ToppedUp, lease: LeaseBook, where: str) -> None:
        debt_paid = min(lease.account.debt, event.amount)
        self.findings.same(where, replace(event, debt_paid=debt_paid), event)
        lease.account = replace(
            lease.account,
            held=lease.account.held + event.amount - debt_paid,
            debt=lease.account.debt - debt_paid,
        )
        lease.stated.paid_in += event.amount
        lease.stated.rent_out += event.debt_paid
        fleet = self.fleets.books[lease.terms.fleet_id]
        fleet.earn(debt_paid)
        self._receive(entry, fleet, event.payer, event.amount)
        lease.next = self._review(entry, lease)

    def _terminated(self, entry: Entry, event: Terminated, lease: LeaseBook, where: str) -> None:
        length = self.reports.clock.length
        self.findings.at_least("suspended_at of a terminated lease", where, 1, lease.suspended_at)
        self.findings.at_least("time of Terminated", where, lease.suspended_at + lease.terms.notice, entry.time)
        stop = (entry.time // length + 1) * length
        self.findings.same(where, replace(event, stop=stop), event)
        self.findings.at_least("end before Terminated", where, stop + 1, lease.term_end)
        lease.stop = stop

    # ---- what follows ----

    def _review(self, entry: Entry, lease: LeaseBook) -> Suspended | Resumed | None:
        """A lease below its runway or in debt stands suspended; one that is whole again does not."""
        account, needed = lease.account, self.runway(lease)
        short = account.held < needed or account.debt > 0
        if short == bool(lease.suspended_at):
            return None
        lease.suspended_at = entry.time if short else 0
        return (Suspended if short else Resumed)(lease.lease_id, account.held, needed)

    def _end(self, entry: Entry, lease: LeaseBook, at_sunset: bool) -> Closed:
        fleet = self.fleets.books[lease.terms.fleet_id]
        fleet.open_leases -= 1
        fleet.units_committed -= lease.terms.units
        return lease.close(entry.time, at_sunset)

    def _consequence(self, entry: Entry, event: Consequence, lease: LeaseBook, where: str) -> None:
        if isinstance(event, Closed) and lease.next is None and not lease.closed:
            forgotten = lease.term_end + SUNSET_S
            if entry.time < forgotten:
                epoch, mined_at = self.reports.newest()
                until = min(max(lease.terms.start, mined_at) + SUNSET_S, forgotten)
                self.findings.at_least("time of Closed at sunset", where, until, entry.time)
                if self.reports.clock.period_end(epoch) > lease.terms.start:
                    self.findings.at_least("epoch settled before sunset", where, epoch, lease.settled_epoch)
            lease.next = self._end(entry, lease, at_sunset=True)
        if type(lease.next) is type(event):
            self.findings.same(where, lease.next, event)
            lease.next = None
        else:
            due = type(lease.next).__name__ if lease.next else "nothing"
            self.findings.add("what follows for the lease", where, due, type(event).__name__)

    def _announced(self, lease: LeaseBook, where: str) -> None:
        if lease.next is not None:
            self.findings.add("what follows for the lease", where, type(lease.next).__name__, "nothing")
            lease.next = None

    # ---- money ----

    def _fleet_money(
        self, entry: Entry, event: BondDeposited | BondWithdrawn | TillPulled | RiskReleased, fleet: FleetBook
    ) -> None:
        where, lease_contract, currency = entry.at(f"fleet {fleet.fleet_id}"), entry.contract, fleet.spec.currency
        match event:
            case BondDeposited():
                fleet.bond += event.amount
                fleet.bound = True
                self._receive(entry, fleet, event.payer, event.amount)
            case BondWithdrawn():
                self.findings.equal("open leases at BondWithdrawn", where, 0, fleet.open_leases)
                self.findings.at_least("bond at BondWithdrawn", where, event.amount, fleet.bond)
                fleet.bond -= event.amount
                self.cash.say(entry, (currency, lease_contract, event.to, event.amount), payout=True)
            case TillPulled():
                expected = TillPulled(fleet.fleet_id, fleet.revenue, fleet.till, fleet.till_wh)
                self.findings.same(where, expected, event)
                fleet.pulled += fleet.till
                fleet.till, fleet.till_wh = 0, 0
                self.cash.say(entry, (currency, lease_contract, event.revenue, event.rent))
            case RiskReleased():
                self.findings.same(where, RiskReleased(fleet.fleet_id, fleet.pulled), event)
                fleet.pulled = 0

    def _receive(self, entry: Entry, fleet: FleetBook, payer: str, amount: int) -> None:
        self.cash.say(entry, (fleet.spec.currency, payer, entry.contract, amount))

    def _pay(self, entry: Entry, lease: LeaseBook, to: str, amount: int) -> None:
        currency = self._currency(lease.terms.fleet_id)
        self.cash.say(entry, (currency, entry.contract, to, amount), payout=True)

    def _currency(self, fleet_id: int) -> str:
        return self.fleets.books[fleet_id].spec.currency
