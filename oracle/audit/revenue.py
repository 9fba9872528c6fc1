"""The book of revenue: every distribution, fee, share movement and claim recomputed, and held against its event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oracle.audit.cash import Cash, Purse
from oracle.audit.errors import EncodingError
from oracle.audit.events import Distributed, FeePaid, IncomeClaimed, Paid, RevenueCreated, Terms, TillPulled, Tranche
from oracle.audit.findings import Findings
from oracle.audit.fleets import NOBODY, FleetBook, Fleets
from oracle.audit.history import Entry
from oracle.audit.waterfall import Distribution, Holder, Stream, distribute

PROTOCOL, ORACLE, OPERATOR = range(3)
"""Payees, as RevenueWaterfall numbers them."""


@dataclass(slots=True)
class ShareBook:
    """A tranche's share token. `touches` counts every time an account's income was rounded down."""

    address: str
    waterfall: str
    tranche: int
    face: int
    stream: Stream
    holders: dict[str, Holder] = field(default_factory=dict)
    touches: int = 0
    claimed: int = 0

    def holder(self, account: str) -> Holder:
        """An account, opened when it is new."""
        return self.holders.setdefault(account, Holder())

    def touch(self, account: str, time: int) -> Holder:
        """Credits an account's income up to `time` (Unix seconds)."""
        holder = self.holder(account)
        holder.touch(self.stream.streamed(time), self.face)
        self.touches += 1
        return holder

    def claimable(self, account: str, time: int) -> int:
        """What an account can claim at `time`."""
        return self.holders[account].earned(self.stream.streamed(time), self.face)


@dataclass(slots=True)
class WaterfallBook:
    """One fleet's waterfall. `fees` per payee are unclaimed, `fees_total` are all: protocol, oracle, energy, operator.

    `last_at` is when it last distributed, at first its creation (Unix seconds); `arrears` are per tranche.
    """

    address: str
    terms: Terms
    tranches: tuple[Tranche, ...]
    shares: list[ShareBook]
    last_at: int
    arrears: tuple[int, ...]
    reserve: int = 0
    rent: int = 0
    energy_wh: int = 0
    distributions: int = 0
    fees: list[int] = field(default_factory=lambda: [0, 0, 0])
    fees_total: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    pulled: tuple[bytes, TillPulled] | None = None

    @property
    def last_period(self) -> int:
        """The period of the last distribution, at first of the creation."""
        return self.last_at // self.terms.period

    @property
    def owed(self) -> int:
        """What it must hold: fees, reserve, and income that is not claimed."""
        income = sum(share.stream.distributed - share.claimed for share in self.shares)
        return sum(self.fees) + self.reserve + income

    def enter(self, time: int, flow: Distribution, rent: int, energy_wh: int) -> None:
        """A distribution at `time`."""
        protocol, oracle, energy, operator = flow.fees
        self.fees[PROTOCOL] += protocol
        self.fees[ORACLE] += oracle
        self.fees[OPERATOR] += energy + operator
        self.fees_total = [total + fee for total, fee in zip(self.fees_total, flow.fees, strict=True)]
        self.reserve += flow.reserve_in - flow.reserve_out
        self.arrears = flow.arrears
        for share, income in zip(self.shares, flow.incomes, strict=True):
            share.stream.add(time // self.terms.period, income)
        self.rent += rent
        self.energy_wh += energy_wh
        self.distributions += 1
        self.last_at = time


@dataclass(slots=True)
class Revenue:
    """Built up event by event. Waterfalls are opened first: their shares are minted before an event names them."""

    findings: Findings
    fleets: Fleets
    cash: Cash
    books: dict[str, WaterfallBook] = field(default_factory=dict)
    shares: dict[str, ShareBook] = field(default_factory=dict)

    def create(self, created: Iterable[tuple[Entry, RevenueCreated]]) -> None:
        """Opens every waterfall. Raises EncodingError for one that no factory can have made."""
        for entry, event in created:
            faces = [tranche.face for tranche in event.tranches]
            if not event.terms.period or not faces or 0 in faces or len(faces) != len(event.shares):
                raise EncodingError(f"{entry.log.place}: RevenueCreated without a period, a face, or a share for each")
            if event.waterfall in self.books:
                self.findings.add("RevenueCreated.waterfall", entry.log.place, "a new one", event.waterfall)
                continue
            shares = [
                ShareBook(address, event.waterfall, place, face, Stream(event.terms.period))
                for place, (address, face) in enumerate(zip(event.shares, faces, strict=True))
            ]
            book = WaterfallBook(event.waterfall, event.terms, event.tranches, shares, entry.time, (0,) * len(faces))
            self.books[event.waterfall] = book
            self.shares |= {share.address: share for share in shares}

    def post(self, entry: Entry) -> None:
        """Enters an event of the factory, a waterfall or a share, or CapacityLease's TillPulled."""
        match entry.event:
            case RevenueCreated() as event:
                self._created(entry, event)
            case TillPulled() as event:
                if event.revenue in self.books:
                    self._spent(self.books[event.revenue])
                    self.books[event.revenue].pulled = (entry.log.transaction, event)
            case Distributed() as event:
                self._distributed(entry, event, self.books[entry.contract])
            case FeePaid() as event:
                self._fee_paid(entry, event, self.books[entry.contract])
            case Paid() as event:
                self._moved(entry, event, self.shares[entry.contract])
            case IncomeClaimed() as event:
                self._claimed(entry, event, self.shares[entry.contract])

    def close(self, time: int) -> None:
        """Checks I2 for every share at `time`: what was distributed is claimed, claimable, still to stream, or dust."""
        for book in self.books.values():
            self._spent(book)
        for share in self.shares.values():
            where = f"share {share.address}"
            claimable = sum(share.claimable(account, time) for account in share.holders)
            dust = share.stream.streamed(time) - claimable - share.claimed
            self.findings.at_least("I2: dust", where, 0, dust)
            self.findings.at_least("I2: dust at most", where, dust, share.touches + len(share.holders))
            supply = sum(holder.balance for holder in share.holders.values())
            self.findings.equal("shares held", where, share.face, supply)

    def owed(self) -> Mapping[Purse, int]:
        """What each waterfall owes in its currency."""
        return {(book.address, book.terms.currency): book.owed for book in self.books.values()}

    def _created(self, entry: Entry, event: RevenueCreated) -> None:
        where = entry.at(f"waterfall {event.waterfall}")
        self.findings.equal("RevenueCreated.terms.fleet_id", where, event.fleet_id, event.terms.fleet_id)
        if (fleet := self.fleets.known(entry, event.fleet_id)) is not None:
            currency = fleet.spec.currency
            self.findings.equal("RevenueCreated.terms.currency", where, currency, event.terms.currency)
        for share in self.books[event.waterfall].shares:
            minted = share.holders.get(event.holder, Holder()).balance
            self.findings.equal(f"shares minted of tranche {share.tranche}", where, share.face, minted)

    # ---- distributions and fees ----

    def _distributed(self, entry: Entry, event: Distributed, book: WaterfallBook) -> None:
        where = entry.at(f"waterfall {book.address}")
        fleet = self.fleets.known(entry, book.terms.fleet_id)
        rent, energy_wh = self._pulled(entry, book, where)
        period = entry.time // book.terms.period
        self.findings.at_least("Distributed.period", where, book.last_period + 1, period)
        flow = distribute(
            book.terms,
            book.tranches,
            book.arrears,
            book.reserve,
            rent,
            energy_wh,
            seconds=entry.time - book.last_at,
            wound_up=_wound_up(fleet),
        )
        expected = Distributed(
            period=period,
            rent=rent,
            energy_wh=energy_wh,
            fees=flow.fees,
            reserve_in=flow.reserve_in,
            reserve_out=flow.reserve_out,
            incomes=flow.incomes,
            arrears=flow.arrears,
        )
        self.findings.same(where, expected, event)
        book.enter(entry.time, flow, rent, energy_wh)

    def _pulled(self, entry: Entry, book: WaterfallBook, where: str) -> tuple[int, int]:
        """The rent and Wh the same transaction pulled from the till."""
        if book.pulled is None or book.pulled[0] != entry.log.transaction:
            self.findings.add("TillPulled before Distributed", where, "in the same transaction", "none")
            return 0, 0
        _, event = book.pulled
        book.pulled = None
        return event.rent, event.energy_wh

    def _spent(self, book: WaterfallBook) -> None:
        """Every till that was pulled has been distributed."""
        if book.pulled is not None:
            _, event = book.pulled
            self.findings.add("TillPulled without Distributed", f"waterfall {book.address}", event.rent, "nothing")

    def _fee_paid(self, entry: Entry, event: FeePaid, book: WaterfallBook) -> None:
        where = entry.at(f"waterfall {book.address}")
        if event.payee > OPERATOR:
            self.findings.add("FeePaid.payee", where, "0, 1 or 2", event.payee)
            return
        due = book.fees[event.payee]
        self.findings.same(where, FeePaid(event.payee, event.to, due), event)
        book.fees[event.payee] = 0
        self.cash.say(entry, (book.terms.currency, book.address, event.to, event.amount), payout=True)

    # ---- shares ----

    def _moved(self, entry: Entry, event: Paid, share: ShareBook) -> None:
        where = entry.at(f"share {share.address}")
        if not event.amount or event.source == event.to:
            return  # touches nobody; anybody can move nothing, even from nobody
        if event.source == NOBODY:
            self.findings.equal("Transfer.amount at minting", where, share.face, event.amount)
            self.findings.equal("accounts before minting", where, 0, len(share.holders))
            share.holder(event.to).balance += event.amount
        else:
            source, to = share.touch(event.source, entry.time), share.touch(event.to, entry.time)
            self.findings.at_least(f"shares of {event.source}", where, event.amount, source.balance)
            source.balance -= event.amount
            to.balance += event.amount

    def _claimed(self, entry: Entry, event: IncomeClaimed, share: ShareBook) -> None:
        holder = share.touch(event.holder, entry.time)
        where = entry.at(f"share {share.address}")
        self.findings.same(where, IncomeClaimed(event.holder, event.to, holder.credited), event)
        holder.claimed += holder.credited
        share.claimed += holder.credited
        holder.credited = 0
        currency = self.books[share.waterfall].terms.currency
        # A claim for oneself is in the claimant's own books: so PrimarySale takes in what the shares it holds earn.
        movement = (currency, share.waterfall, event.to, event.amount)
        self.cash.say(entry, movement, payout=event.to != event.holder)


def _wound_up(fleet: FleetBook | None) -> bool:
    return fleet is not None and fleet.wound_up
