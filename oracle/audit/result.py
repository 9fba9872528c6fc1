"""What an audit found, and the rebuilt figures. Money in smallest units, counters in unit-seconds, energy in Wh."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass

from oracle.audit.books import Books
from oracle.audit.charge import counter
from oracle.audit.findings import Difference
from oracle.audit.fleets import NOBODY
from oracle.audit.history import Entry
from oracle.audit.leases import LeaseBook
from oracle.audit.sales import Sales
from oracle.audit.source import Head


@dataclass(frozen=True, slots=True)
class LeaseFigures:
    """One lease. `charged` is rent owed since it began: `rent_paid` of it from escrow or top-ups, `set_off` against SLA
    credit, `debt` not at all. `credited` of `credit_owed` was paid or set off. `refundable` is what escrow holds."""

    lease_id: int
    fleet_id: int
    holder: str
    units: int
    rate: int
    start: int
    end: int
    stop: int
    closed: bool
    settled_epoch: int
    measured: int
    delivered: int
    utilised: int
    breached: int
    energy_wh: int
    paid_in: int
    charged: int
    rent_paid: int
    set_off: int
    credit_owed: int
    credited: int
    credit_lapsed: int
    refunded: int
    refundable: int
    debt: int


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """One fleet. `rent` and `energy_wh` reached the till; `distributed` of the rent went down the waterfall. Fees are
    all that each payee was ever credited."""

    fleet_id: int
    operator: str
    currency: str
    rent: int
    energy_wh: int
    till: int
    bond: int
    distributions: int
    distributed: int
    protocol_fee: int
    oracle_fee: int
    energy_fee: int
    operator_fee: int
    fees_unclaimed: int
    reserve: int


@dataclass(frozen=True, slots=True)
class TrancheFigures:
    """One share token. distributed == streamed + unstreamed; streamed == claimed + claimable + dust."""

    fleet_id: int
    tranche: int
    share: str
    face: int
    holders: int
    distributed: int
    unstreamed: int
    claimed: int
    claimable: int
    dust: int
    arrears: int


@dataclass(frozen=True, slots=True)
class InvestorFigures:
    """One holder of one share; `income` is all it ever earned, claimed or not."""

    holder: str
    fleet_id: int
    tranche: int
    share: str
    balance: int
    income: int
    claimed: int
    claimable: int


@dataclass(frozen=True, slots=True)
class SaleFigures:
    """One sale of shares. paid_in == proceeds + refunded + withdrawn; `held` shares lie in it still, those `booked` are
    neither delivered nor refunded. `income` is all that its shares earned in it, claimed or not."""

    sale_id: int
    fleet_id: int
    tranche: int
    share: str
    seller: str
    price: int
    cap: int
    minimum: int
    end: int
    successful: bool
    sold: int
    held: int
    booked: int
    paid_in: int
    proceeds: int
    refunded: int
    withdrawn: int
    income: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Gift:
    """Tokens a contract of ours holds and owes to nobody."""

    contract: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Currency:
    """How a settlement currency writes its amounts: for people only."""

    address: str
    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class ReadingsChecked:
    """What the signed observations proved: reports rebuilt, signatures and settled readings held against them.

    `missing` are reported epochs without a file, `baseless` those that build on readings which could not be rebuilt.
    """

    reports: int
    signatures: int
    settlements: int
    missing: tuple[int, ...]
    baseless: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The outcome: `differences` is empty when every figure agrees. `readings` is None when none were given."""

    head: Head
    figures_compared: int
    events: dict[str, int]
    reports: int
    transfers: int
    leases: tuple[LeaseFigures, ...]
    fleets: tuple[FleetFigures, ...]
    tranches: tuple[TrancheFigures, ...]
    investors: tuple[InvestorFigures, ...]
    sales: tuple[SaleFigures, ...]
    gifts: tuple[Gift, ...]
    currencies: tuple[Currency, ...]
    readings: ReadingsChecked | None
    differences: tuple[Difference, ...]

    @property
    def books_balance(self) -> bool:
        """Every figure agrees, to the unit."""
        return not self.differences

    def summary(self) -> dict[str, int]:
        """What was checked, counted."""
        counts = {
            "block": self.head.number,
            "events": sum(self.events.values()),
            "transfers": self.transfers,
            "reports": self.reports,
            "leases": len(self.leases),
            "settlements": self.events.get("Settled", 0),
            "distributions": self.events.get("Distributed", 0),
            "claims": self.events.get("IncomeClaimed", 0),
            "share_holders": len(self.investors),
            "sales": len(self.sales),
            "figures_compared": self.figures_compared,
            "differences": len(self.differences),
        }
        if self.readings is not None:
            counts |= {
                "reports_rebuilt": self.readings.reports,
                "signatures_verified": self.readings.signatures,
                "readings_proved": self.readings.settlements,
                "reports_without_file": len(self.readings.missing),
            }
        return counts

    def as_json(self) -> dict[str, object]:
        """For JSON: counts in the summary as numbers, every other integer as a decimal string, since money and readings
        outgrow doubles; hashes as 0x-hex."""
        return {"books_balance": self.books_balance, "summary": self.summary()} | {
            part.name: _plain(getattr(self, part.name)) for part in fields(self)
        }


def conclude(
    books: Books, entries: Sequence[Entry], readings: ReadingsChecked | None, currencies: Sequence[Currency]
) -> AuditResult:
    """The result of an audit whose books are rebuilt and compared."""
    by_name = Counter(type(entry.event).__name__ for entry in entries)
    gifts = [Gift(contract, currency, amount) for (contract, currency), amount in books.cash.gifts.items() if amount]
    return AuditResult(
        head=books.head,
        figures_compared=books.findings.compared,
        events=dict(sorted(by_name.items())),
        reports=len(books.reports.by_epoch),
        transfers=books.cash.transfers,
        leases=tuple(_lease(books, lease) for lease in books.leases.books.values()),
        fleets=tuple(_fleet(books, fleet_id) for fleet_id in books.fleets.books),
        tranches=_tranches(books),
        investors=_investors(books),
        sales=_sales(books.sales) if books.sales else (),
        gifts=tuple(gifts),
        currencies=tuple(currencies),
        readings=readings,
        differences=tuple(books.findings.differences),
    )


def _lease(books: Books, lease: LeaseBook) -> LeaseFigures:
    terms, account, stated = lease.terms, lease.account, lease.stated
    return LeaseFigures(
        lease_id=lease.lease_id,
        fleet_id=terms.fleet_id,
        holder=books.leases.holders.get(lease.lease_id, NOBODY),
        units=terms.units,
        rate=terms.rate,
        start=terms.start,
        end=terms.end,
        stop=lease.stop,
        closed=lease.closed,
        settled_epoch=lease.settled_epoch,
        measured=counter(lease.reading, "measured"),
        delivered=counter(lease.reading, "delivered"),
        utilised=counter(lease.reading, "utilised"),
        breached=counter(lease.reading, "breached"),
        energy_wh=account.energy_wh,
        paid_in=stated.paid_in,
        charged=account.owed,
        rent_paid=stated.rent_out,
        set_off=stated.set_off,
        credit_owed=account.credit_owed,
        credited=stated.credit_in + stated.set_off,
        credit_lapsed=lease.credit_lapsed,
        refunded=stated.refunded,
        refundable=account.held,
        debt=account.debt,
    )


def _fleet(books: Books, fleet_id: int) -> FleetFigures:
    fleet = books.fleets.books[fleet_id]
    book = books.revenue.books.get(fleet.revenue)
    protocol, oracle, energy, operator = book.fees_total if book else (0, 0, 0, 0)
    return FleetFigures(
        fleet_id=fleet_id,
        operator=books.fleets.operators.get(fleet_id, NOBODY),
        currency=fleet.spec.currency,
        rent=fleet.rent,
        energy_wh=fleet.energy_wh,
        till=fleet.till,
        bond=fleet.bond,
        distributions=book.distributions if book else 0,
        distributed=book.rent if book else 0,
        protocol_fee=protocol,
        oracle_fee=oracle,
        energy_fee=energy,
        operator_fee=operator,
        fees_unclaimed=sum(book.fees) if book else 0,
        reserve=book.reserve if book else 0,
    )


def _tranches(books: Books) -> tuple[TrancheFigures, ...]:
    figures = []
    for book in books.revenue.books.values():
        for share, arrears in zip(book.shares, book.arrears, strict=True):
            time = books.head.timestamp
            streamed = share.stream.streamed(time)
            claimable = sum(share.claimable(account, time) for account in share.holders)
            figures.append(
                TrancheFigures(
                    fleet_id=book.terms.fleet_id,
                    tranche=share.tranche,
                    share=share.address,
                    face=share.face,
                    holders=sum(1 for holder in share.holders.values() if holder.balance),
                    distributed=share.stream.distributed,
                    unstreamed=share.stream.distributed - streamed,
                    claimed=share.claimed,
                    claimable=claimable,
                    dust=streamed - claimable - share.claimed,
                    arrears=arrears,
                )
            )
    return tuple(figures)


def _investors(books: Books) -> tuple[InvestorFigures, ...]:
    figures = []
    for share in books.revenue.shares.values():
        for account, holder in share.holders.items():
            claimable = share.claimable(account, books.head.timestamp)
            figures.append(
                InvestorFigures(
                    holder=account,
                    fleet_id=books.revenue.books[share.waterfall].terms.fleet_id,
                    tranche=share.tranche,
                    share=share.address,
                    balance=holder.balance,
                    income=holder.claimed + claimable,
                    claimed=holder.claimed,
                    claimable=claimable,
                )
            )
    return tuple(figures)


def _sales(sales: Sales) -> tuple[SaleFigures, ...]:
    return tuple(
        SaleFigures(
            sale_id=sale.sale_id,
            fleet_id=sale.offer.fleet_id,
            tranche=sale.offer.tranche,
            share=sale.share,
            seller=sale.seller,
            price=sale.offer.price,
            cap=sale.offer.cap,
            minimum=sale.offer.minimum,
            end=sale.offer.end,
            successful=sale.successful,
            sold=sale.sold,
            held=sale.held,
            booked=sum(shares for shares, _ in sale.bookings.values()),
            paid_in=sale.paid_in,
            proceeds=sale.proceeds,
            refunded=sale.refunded,
            withdrawn=sale.withdrawn,
            income=sales.income(sale) + sale.claimed,
            claimed=sale.claimed,
        )
        for sale in sales.books.values()
    )


def _plain(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    return value
