"""The book of sales: every purchase, delivery, refund and claim of PrimarySale recomputed, and held against its event.

What shares earn while they lie in a sale is its seller's. How much all that the contract holds has earned, the book of
revenue says; an index, a share's income times 2^64, divides it among the sales, as in the contract. What a price comes
to depends on the share's decimals, which no event says: `sales_state` holds `purchases` against them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oracle.audit.cash import Cash, Purse
from oracle.audit.events import (
    Bought,
    Delivered,
    Offer,
    PurchaseRefunded,
    Reclaimed,
    SaleIncomeClaimed,
    SaleOpened,
    SaleSucceeded,
    Withdrawn,
)
from oracle.audit.findings import Findings
from oracle.audit.fleets import Fleets, Status
from oracle.audit.history import Entry
from oracle.audit.revenue import Revenue

SCALE_BITS = 64


@dataclass(slots=True)
class Earnings:
    """What all sales of one share token earned: `index` a share, times 2^64, of which `counted` is still to come in.

    It comes in `currency`. `held` is the sum of the sales' own. `nobodys` came while nothing was held for a sale; each
    of `touches` may have left two smallest units that are in no sale's income.
    """

    currency: str
    index: int = 0
    counted: int = 0
    held: int = 0
    nobodys: int = 0
    touches: int = 0

    def count(self, owed: int) -> None:
        """Brings what the token owes now into the index."""
        came = owed - self.counted
        if self.held:
            self.index += (came << SCALE_BITS) // self.held
        else:
            self.nobodys += came
        self.counted = owed
        self.touches += 1


@dataclass(slots=True)
class SaleBook:
    """One sale. `proceeds` is paid in and not out again, `held` are shares here, `announced` is the `sold` of a
    SaleSucceeded whose purchase must follow.

    `bookings` are each buyer's shares and what he paid for them, until delivered or refunded; `purchases` are shares,
    cost and where.
    """

    sale_id: int
    share: str
    seller: str
    currency: str
    offer: Offer
    sold: int = 0
    held: int = 0
    proceeds: int = 0
    income: int = 0
    index: int = 0
    successful: bool = False
    reclaimed: bool = False
    announced: int = 0
    paid_in: int = 0
    refunded: int = 0
    withdrawn: int = 0
    claimed: int = 0
    buyers: set[str] = field(default_factory=set)
    bookings: dict[str, tuple[int, int]] = field(default_factory=dict)
    purchases: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def unsold(self) -> int:
        """What its seller takes back, or has: all of it when it does not succeed."""
        return self.offer.cap - (self.sold if self.successful else 0)

    def earned(self, index: int) -> int:
        """Income not claimed when the token's index is `index`."""
        return self.income + (self.held * (index - self.index) >> SCALE_BITS)


SaleEvent = Bought | SaleSucceeded | Delivered | PurchaseRefunded | Reclaimed | Withdrawn | SaleIncomeClaimed


@dataclass(slots=True)
class Sales:
    """Built up event by event. `address` is the contract's; sales by their id, earnings by their share token."""

    findings: Findings
    fleets: Fleets
    revenue: Revenue
    cash: Cash
    address: str
    books: dict[int, SaleBook] = field(default_factory=dict)
    earnings: dict[str, Earnings] = field(default_factory=dict)

    def post(self, entry: Entry) -> None:
        """Enters an event of PrimarySale."""
        match entry.event:
            case SaleOpened() as event:
                self._opened(entry, event)
            case (
                Bought()
                | SaleSucceeded()
                | Delivered()
                | PurchaseRefunded()
                | Reclaimed()
                | Withdrawn()
                | SaleIncomeClaimed() as event
            ):
                where = entry.at(f"sale {event.sale_id}")
                if (sale := self.books.get(event.sale_id)) is None:
                    self.findings.add(type(event).__name__, where, "SaleOpened before", "none")
                else:
                    self._sale_event(entry, event, sale, where)

    def close(self, time: int) -> None:
        """Checks at `time` that announcements came true, that bookings are covered by their own sale, and that what
        sellers are owed of the shares' income is there or still to be claimed: the rest is dust, or nobody's."""
        for sale in self.books.values():
            where = f"sale {sale.sale_id}"
            self.findings.equal("SaleSucceeded without its purchase", where, 0, sale.announced)
            booked = sum(shares for shares, _ in sale.bookings.values())
            paid = sum(paid for _, paid in sale.bookings.values())
            unsold = 0 if sale.reclaimed else sale.unsold
            self.findings.equal("shares held", where, unsold + (booked if sale.successful else 0), sale.held)
            if not sale.successful:
                self.findings.equal("proceeds of a sale without success", where, paid, sale.proceeds)
        for share, earnings in self.earnings.items():
            sales = [sale for sale in self.books.values() if sale.share == share]
            earnings.count(self._claimable(share, time))
            owed = sum(sale.earned(earnings.index) for sale in sales)
            there = self._income_in(share) + earnings.counted - earnings.nobodys
            where = f"income of sales of share {share}"
            self.findings.at_least("I1: dust", where, 0, there - owed)
            self.findings.at_least("I1: dust at most", where, there - owed, 2 * earnings.touches + len(sales))

    def income(self, sale: SaleBook) -> int:
        """What a sale's seller can claim, once the books are closed."""
        return sale.earned(self.earnings[sale.share].index)

    def owed(self) -> Mapping[Purse, int]:
        """What it must hold: of each currency proceeds and income that has come in, of each share what is held."""
        owed: Counter[Purse] = Counter()
        for sale in self.books.values():
            owed[self.address, sale.currency] += sale.proceeds
        for share, earnings in self.earnings.items():
            owed[self.address, share] += earnings.held
            owed[self.address, earnings.currency] += self._income_in(share)
        return owed

    def _income_in(self, share: str) -> int:
        """What the contract has claimed for its shares, and sellers have not."""
        taken = sum(sale.claimed for sale in self.books.values() if sale.share == share)
        book = self.revenue.shares.get(share)
        return (book.holders[self.address].claimed if book and self.address in book.holders else 0) - taken

    def _claimable(self, share: str, time: int) -> int:
        book = self.revenue.shares.get(share)
        return book.claimable(self.address, time) if book and self.address in book.holders else 0

    def _opened(self, entry: Entry, event: SaleOpened) -> None:
        where, offer = entry.at(f"sale {event.sale_id}"), event.offer
        fleet = self.fleets.known(entry, offer.fleet_id)
        if fleet is not None:
            self.findings.equal("status of the fleet at SaleOpened", where, Status.LISTED, fleet.status)
            self.findings.equal("SaleOpened.currency", where, fleet.spec.currency, event.currency)
            waterfall = self.revenue.books.get(fleet.revenue)
            shares = [share.address for share in waterfall.shares] if waterfall else []
            share = shares[offer.tranche] if offer.tranche < len(shares) else "none of that tranche"
            self.findings.equal("SaleOpened.share", where, share, event.share)
        self.findings.equal("SaleOpened.sale_id", where, len(self.books) + 1, event.sale_id)
        self.findings.at_least("SaleOpened.offer.minimum", where, 1, offer.minimum)
        self.findings.at_least("SaleOpened.offer.cap", where, offer.minimum, offer.cap)
        self.findings.at_least("SaleOpened.offer.end", where, entry.time + 1, offer.end)
        sale = SaleBook(event.sale_id, event.share, event.seller, event.currency, offer)
        self.books[event.sale_id] = sale
        earnings = self.earnings.setdefault(sale.share, Earnings(sale.currency))
        self._book_income(entry, sale)
        sale.held = offer.cap
        earnings.held += offer.cap
        self.cash.say(entry, (sale.share, sale.seller, self.address, offer.cap))

    def _sale_event(self, entry: Entry, event: SaleEvent, sale: SaleBook, where: str) -> None:
        match event:
            case SaleSucceeded():
                sale.announced = event.sold
            case Bought():
                self._bought(entry, event, sale, where)
            case Delivered():
                self._successful(event, sale, where, wanted=True)
                shares, _ = sale.bookings.pop(event.buyer, (0, 0))
                self.findings.same(where, replace(event, shares=shares), event)
                self._release(entry, sale, event.to, shares)
            case PurchaseRefunded():
                self._successful(event, sale, where, wanted=False)
                self.findings.at_least("time of PurchaseRefunded", where, sale.offer.end, entry.time)
                _, paid = sale.bookings.pop(event.buyer, (0, 0))
                self.findings.same(where, replace(event, amount=paid), event)
                sale.proceeds -= paid
                sale.refunded += paid
                self._pay(entry, sale, event.to, paid)
            case Reclaimed():
                if sale.sold:
                    self.findings.at_least("time of Reclaimed", where, sale.offer.end, entry.time)
                left = 0 if sale.reclaimed else sale.unsold
                self.findings.same(where, replace(event, shares=left), event)
                sale.reclaimed = True
                self._release(entry, sale, event.to, left)
            case Withdrawn():
                self._successful(event, sale, where, wanted=True)
                amount, sale.proceeds = sale.proceeds, 0
                self.findings.same(where, replace(event, amount=amount), event)
                sale.withdrawn += amount
                self._pay(entry, sale, event.to, amount)
            case SaleIncomeClaimed():
                self._book_income(entry, sale)
                amount, sale.income = sale.income, 0
                self.findings.same(where, replace(event, amount=amount), event)
                sale.claimed += amount
                self.earnings[sale.share].counted = 0
                self._pay(entry, sale, event.to, amount)

    def _bought(self, entry: Entry, event: Bought, sale: SaleBook, where: str) -> None:
        self.findings.at_least("end of the sale at Bought", where, entry.time + 1, sale.offer.end)
        self.findings.equal("taken back before Bought", where, False, sale.reclaimed)
        if (fleet := self.fleets.known(entry, sale.offer.fleet_id)) is not None:
            self.findings.equal("status of the fleet at Bought", where, Status.LISTED, fleet.status)
        sale.sold += event.shares
        self.findings.at_least("SaleOpened.offer.cap, of which was sold", where, sale.sold, sale.offer.cap)
        reached = not sale.successful and sale.sold >= sale.offer.minimum
        self.findings.equal("SaleSucceeded.sold before Bought", where, sale.sold if reached else 0, sale.announced)
        sale.announced = 0
        sale.successful = sale.successful or reached
        self.findings.equal("Bought.delivered", where, sale.successful, event.delivered)
        sale.purchases.append((event.shares, event.cost, where))
        sale.buyers.add(event.buyer)
        sale.paid_in += event.cost
        sale.proceeds += event.cost
        self.cash.say(entry, (sale.currency, event.buyer, self.address, event.cost))
        if sale.successful:
            self._release(entry, sale, event.buyer, event.shares)
        else:
            shares, paid = sale.bookings.get(event.buyer, (0, 0))
            sale.bookings[event.buyer] = (shares + event.shares, paid + event.cost)

    def _successful(self, event: SaleEvent, sale: SaleBook, where: str, wanted: bool) -> None:
        self.findings.equal(f"success before {type(event).__name__}", where, wanted, sale.successful)

    def _release(self, entry: Entry, sale: SaleBook, to: str, shares: int) -> None:
        """Shares leave: what they earned is booked first."""
        self._book_income(entry, sale)
        sale.held -= shares
        self.earnings[sale.share].held -= shares
        self.cash.say(entry, (sale.share, self.address, to, shares), payout=True)

    def _pay(self, entry: Entry, sale: SaleBook, to: str, amount: int) -> None:
        self.cash.say(entry, (sale.currency, self.address, to, amount), payout=True)

    def _book_income(self, entry: Entry, sale: SaleBook) -> None:
        earnings = self.earnings[sale.share]
        earnings.count(self._claimable(sale.share, entry.time))
        sale.income = sale.earned(earnings.index)
        sale.index = earnings.index
