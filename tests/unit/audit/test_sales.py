"""The book of sales, of a world reckoned by hand: one sale that succeeds, and one that does not."""

from typing import Any

import pytest

from oracle.audit import events
from oracle.audit.books import rebuild
from oracle.audit.history import gather
from oracle.audit.sales import SaleBook, Sales
from tests.unit.audit.world import (
    ANNA,
    BERT,
    EQUITY,
    FLEETS,
    HOUR,
    OPERATOR,
    SALES,
    SENIOR,
    TENANT,
    USD,
    WATERFALL,
    G,
    World,
    deployment,
    paid,
    world,
)

EIGHTH = 31_536_000_000 // 8
"""Of the senior shares, of which Anna offers half, at 1 each."""
OFFER = events.Offer(1, 0, 1_000_000, 4 * EIGHTH, 2 * EIGHTH, G + 22 * HOUR)
FAILING = events.Offer(1, 1, 2_000_000, 1_000_000, 1_000_000, G + 22 * HOUR)

EARNED, PAID = 794_937, 794_935
"""Half of the first quarter of the stream and three eighths of the second, 454,250 and 340,687, go to the contract.
Each of the two bookings leaves a unit to nobody."""


def moved(share: str, source: str, to: str, shares: int) -> tuple[str, events.Paid]:
    return share, events.Paid(source, to, shares)


def sold() -> World:
    """What happened, all of it true. The senior's 3,634,000 stream from hour 18 to 24."""
    made = world().until(events.Distributed)

    def said(after: int, event: Any, *told: tuple[str, Any]) -> None:
        made.tell(after, (SALES, event), *told)

    said(60_000, events.SaleOpened(1, SENIOR, ANNA, USD, OFFER), moved(SENIOR, ANNA, SALES, 4 * EIGHTH))
    said(60_100, events.SaleOpened(2, EQUITY, ANNA, USD, FAILING), moved(EQUITY, ANNA, SALES, 1_000_000))
    said(61_000, events.Bought(1, BERT, EIGHTH, EIGHTH, False), paid(BERT, SALES, EIGHTH))
    said(61_000, events.Bought(2, BERT, 3, 6, False), paid(BERT, SALES, 6))
    made.tell(
        19 * HOUR + 1800,
        (SALES, events.SaleSucceeded(1, 2 * EIGHTH)),
        (SALES, events.Bought(1, TENANT, EIGHTH, EIGHTH, True)),
        paid(TENANT, SALES, EIGHTH),
        moved(SENIOR, SALES, TENANT, EIGHTH),
    )
    said(
        21 * HOUR,
        events.SaleIncomeClaimed(1, ANNA, PAID),
        (SENIOR, events.IncomeClaimed(SALES, SALES, EARNED)),
        paid(WATERFALL, SALES, EARNED),
        paid(SALES, ANNA, PAID),
    )
    said(21 * HOUR, events.Withdrawn(1, OPERATOR, 2 * EIGHTH), paid(SALES, OPERATOR, 2 * EIGHTH))
    said(21 * HOUR, events.Delivered(1, BERT, BERT, EIGHTH), moved(SENIOR, SALES, BERT, EIGHTH))
    said(22 * HOUR, events.Reclaimed(1, ANNA, 2 * EIGHTH), moved(SENIOR, SALES, ANNA, 2 * EIGHTH))
    said(22 * HOUR, events.PurchaseRefunded(2, BERT, TENANT, 6), paid(SALES, TENANT, 6))
    return made


def sales_of(made: World, after: int = 27 * HOUR) -> Sales:
    sales = made.books(after).sales
    assert sales is not None
    return sales


def sale_of(made: World, sale_id: int, after: int = 27 * HOUR) -> SaleBook:
    return sales_of(made, after).books[sale_id]


def test_a_true_world_balances() -> None:
    assert sold().differences() == []
    for kind in (events.Bought, events.SaleIncomeClaimed, events.Withdrawn, events.Delivered, events.Reclaimed):
        assert sold().until(kind).differences(22 * HOUR) == [], kind


def test_a_sale_by_hand() -> None:
    done, failed = sale_of(sold(), 1), sale_of(sold(), 2)
    assert (done.sold, done.held, done.proceeds, done.successful, done.reclaimed) == (2 * EIGHTH, 0, 0, True, True)
    assert (done.paid_in, done.withdrawn, done.claimed) == (2 * EIGHTH, 2 * EIGHTH, PAID)
    assert (failed.sold, failed.held, failed.proceeds, failed.refunded) == (3, 1_000_000, 0, 6)
    booked = sale_of(sold().until(events.Bought, 1), 1, 61_000)
    assert (booked.bookings, booked.proceeds, booked.successful) == ({BERT: (EIGHTH, EIGHTH)}, EIGHTH, False)


def test_income_is_what_the_shares_earn_while_they_lie_there() -> None:
    """Half of all until a quarter has streamed, three eighths up to the half, then a quarter for the last hour."""
    before = sold().until(events.Bought, 1)
    quarter, half = 19 * HOUR + 1800, 21 * HOUR
    assert sales_of(before, quarter).income(sale_of(before, 1, quarter)) == 454_249
    after = sold().until(events.SaleSucceeded)
    at_half = sales_of(after, half)
    assert at_half.income(at_half.books[1]) == PAID
    done = sales_of(sold())
    assert done.income(done.books[1]) == (3_634_000 // 6) // 4 - 1


def test_a_purse_owes_proceeds_shares_and_income_that_came_in() -> None:
    owed = sales_of(sold().until(events.SaleIncomeClaimed), 21 * HOUR).owed()
    assert owed[SALES, SENIOR] == 3 * EIGHTH
    assert owed[SALES, EQUITY] == 1_000_000
    assert owed[SALES, USD] == 2 * EIGHTH + 6 + EARNED - PAID


@pytest.mark.parametrize(
    ("altered", "found"),
    [
        (sold().alter(events.SaleOpened, sale_id=2), "SaleOpened.sale_id: 1 / 2"),
        (sold().alter(events.SaleOpened, share=EQUITY), f"SaleOpened.share: {SENIOR} / {EQUITY}"),
        (sold().alter(events.SaleOpened, currency=EQUITY), f"SaleOpened.currency: {USD} / {EQUITY}"),
        (sold().alter(events.Bought, 2, delivered=False), "Bought.delivered: True / False"),
        (sold().alter(events.Bought, cost=EIGHTH + 1), "an event without its transfer"),
        (sold().alter(events.Bought, shares=EIGHTH - 1), "SaleSucceeded.sold before Bought: 0 /"),
        (sold().alter(events.SaleSucceeded, sold=2 * EIGHTH + 1), f"SaleSucceeded.sold before Bought: {2 * EIGHTH} /"),
        (sold().without(events.SaleSucceeded), f"SaleSucceeded.sold before Bought: {2 * EIGHTH} / 0"),
        (sold().without(events.Bought, 2), f"SaleSucceeded without its purchase: 0 / {2 * EIGHTH}"),
        (sold().alter(events.SaleIncomeClaimed, amount=PAID + 1), f"SaleIncomeClaimed.amount: {PAID} / {PAID + 1}"),
        (sold().alter(events.Withdrawn, amount=1), f"Withdrawn.amount: {2 * EIGHTH} / 1"),
        (sold().alter(events.Delivered, shares=EIGHTH - 1), f"Delivered.shares: {EIGHTH} / {EIGHTH - 1}"),
        (sold().alter(events.Delivered, buyer=TENANT), f"Delivered.shares: 0 / {EIGHTH}"),
        (sold().alter(events.Reclaimed, shares=2 * EIGHTH + 1), f"Reclaimed.shares: {2 * EIGHTH} / {2 * EIGHTH + 1}"),
        (sold().alter(events.PurchaseRefunded, amount=7), "PurchaseRefunded.amount: 6 / 7"),
        (sold().alter(events.PurchaseRefunded, sale_id=1), "success before PurchaseRefunded: False / True"),
        (sold().without(events.SaleOpened, 1), "Bought: SaleOpened before / none"),
        (sold().without(events.Withdrawn), "a transfer without its event"),
        (sold().without(events.Delivered), "a transfer without its event"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_an_untrue_world_does_not(altered: World, found: str) -> None:
    assert any(difference.startswith(found) for difference in altered.differences()), altered.differences()


def test_one_wrong_event_is_one_difference() -> None:
    for altered in (
        sold().alter(events.SaleIncomeClaimed, amount=PAID + 1),
        sold().alter(events.Withdrawn, amount=2 * EIGHTH - 1),
        sold().alter(events.Reclaimed, shares=2 * EIGHTH + 1),
        sold().alter(events.PurchaseRefunded, amount=5),
    ):
        assert len(altered.differences()) == 1, altered.differences()


def test_what_a_sale_may_not_do_is_found() -> None:
    """Sell while the fleet is not listed, after the end, or what the seller took back; pay before it succeeded."""
    begun = sold().until(events.Bought, 1)
    buys = (SALES, events.Bought(1, BERT, 1, 1, False)), paid(BERT, SALES, 1)

    def then(*after: tuple[int, tuple[tuple[str, Any], ...]]) -> list[str]:
        made = World(list(begun.said))
        for time, told in after:
            made.tell(time, *told)
        return made.differences()

    assert then((62_000, buys)) == []
    delisted = (FLEETS, events.FleetDelisted(1))
    assert then((61_500, (delisted,)), (62_000, buys)) == ["status of the fleet at Bought: 2 / 3"]
    assert then((22 * HOUR, buys)) == [f"end of the sale at Bought: at least {G + 22 * HOUR + 1} / {G + 22 * HOUR}"]
    refund = (SALES, events.PurchaseRefunded(1, BERT, BERT, EIGHTH)), paid(SALES, BERT, EIGHTH)
    assert then((62_000, refund)) == [f"time of PurchaseRefunded: at least {G + 22 * HOUR} / {G + 62_000}"]
    early = (SALES, events.Withdrawn(1, ANNA, EIGHTH)), paid(SALES, ANNA, EIGHTH)
    assert "success before Withdrawn: True / False" in then((62_000, early))

    unsold = sold().until(events.SaleOpened, 1)
    unsold.tell(60_500, (SALES, events.Reclaimed(1, ANNA, 4 * EIGHTH)), moved(SENIOR, SALES, ANNA, 4 * EIGHTH))
    assert unsold.differences() == []
    unsold.tell(61_000, *buys)
    assert "taken back before Bought: False / True" in unsold.differences()


def test_shares_and_money_sent_unasked_are_gifts() -> None:
    """Shares that were sent earn for the sellers while some lie there, and for nobody when none does."""
    given = sold()
    given.tell(22 * HOUR, moved(SENIOR, BERT, SALES, EIGHTH), paid(BERT, SALES, 5))
    assert given.differences() == []
    books = given.books()
    assert books.cash.gifts[SALES, SENIOR] == EIGHTH
    assert books.cash.gifts[SALES, USD] == 5
    assert books.sales is not None
    streamed = 3_634_000 * 2 * HOUR // (6 * HOUR)
    assert 0 <= streamed // 8 - books.sales.earnings[SENIOR].nobodys <= 1


def test_a_deployment_without_a_sale_contract_is_audited_as_before() -> None:
    older = deployment()
    older = older.model_copy(update={"contracts": older.contracts.model_copy(update={"primary_sale": None})})
    source = world().logs(27 * HOUR)
    books = rebuild(gather(source, older), older, source.head)
    assert books.findings.differences == []
    assert books.sales is None
