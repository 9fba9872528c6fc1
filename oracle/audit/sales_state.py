"""What PrimarySale says of itself, to be held against the book of sales."""

from collections.abc import Iterator

from oracle.audit.abi import call_data, returned_record
from oracle.audit.books import Books
from oracle.audit.errors import EncodingError
from oracle.audit.question import Question
from oracle.audit.sales import SaleBook, Sales
from oracle.audit.source import StateSource
from oracle.audit.views import Amount, BookingState, SaleState

MOST_DECIMALS = 77
"""Ten to a higher power is no word of the chain's."""


def sale_questions(books: Books, state: StateSource) -> Iterator[Question]:
    """Every sale, and what is booked to whoever bought in it; and holds each purchase against what it had to cost.

    A price is of a whole share, and only the share says how many smallest units that has.
    """
    if (sales := books.sales) is None:
        return
    decimals = _decimals(sales, state)
    yield Question("PrimarySale", sales.address, "saleCount()", (), Amount(len(sales.books)))
    for sale in sales.books.values():
        scale = decimals[sale.share]
        for shares, cost, where in sale.purchases:
            books.findings.equal("Bought.cost", where, -(-shares * sale.offer.price // 10**scale), cost)
        yield from _sale(sales, sale, scale)


def _sale(sales: Sales, sale: SaleBook, decimals: int) -> Iterator[Question]:
    where, contract, which = f"sale {sale.sale_id}", sales.address, (sale.sale_id,)
    offer = sale.offer
    expected = SaleState(
        seller=sale.seller,
        price=offer.price,
        currency=sale.currency,
        cap=offer.cap,
        share=sale.share,
        held=sale.held,
        income_index=sale.index,
        income=sale.income,
        sold=sale.sold,
        proceeds=sale.proceeds,
        end=offer.end,
        decimals=decimals,
        successful=sale.successful,
        reclaimed=sale.reclaimed,
        minimum=offer.minimum,
        fleet_id=offer.fleet_id,
    )
    yield Question(where, contract, "saleOf(uint256)", which, expected)
    yield Question(where, contract, "incomeOf(uint256)", which, Amount(sales.income(sale)))
    for buyer in sale.buyers:
        booking = BookingState(*sale.bookings.get(buyer, (0, 0)))
        yield Question(f"{where}, buyer {buyer}", contract, "bookingOf(uint256,address)", (*which, buyer), booking)


def _decimals(sales: Sales, state: StateSource) -> dict[str, int]:
    """Of each share that is sold; nothing for one that does not say, which then differs from what its sale says."""
    shares = list(sales.earnings)
    answers = state.call([(share, call_data("decimals()")) for share in shares])
    return dict(zip(shares, map(_number, answers), strict=True))


def _number(answer: bytes | None) -> int:
    try:
        said = returned_record(Amount, answer or b"", "decimals").value
    except EncodingError:
        return 0
    return min(said, MOST_DECIMALS)
