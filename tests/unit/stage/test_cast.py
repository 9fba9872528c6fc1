"""What the demo's own cast leaves for its visitor: income to claim, money, sales to buy of, GPUs to lease."""

from pathlib import Path

import pytest

from scripts.stage.cast import Encore, LeaseCast, load_cast

CAST = load_cast(Path(__file__).resolve().parents[3] / "examples" / "demo.toml")
WEEK = 7 * 24 * 3600


@pytest.fixture
def encore() -> Encore:
    return CAST.encore


def running(encore: Encore, fleet: int) -> list[LeaseCast]:
    """The encore's leases of a fleet that go on for a week and more after the doors open."""
    of_fleet = [lease for lease in encore.leases if lease.fleet == fleet]
    return [lease for lease in of_fleet if (lease.hours or 0) * 3600 > encore.seconds + WEEK]


def test_the_visitor_is_handed_shares_with_a_coupon_in_time_for_some_income(encore: Encore) -> None:
    handed = [one for one in encore.transfers if one.taker == encore.visitor and one.shares_bps > 0]
    paid_first = [one.fleet for one in handed if CAST.fleets[one.fleet - 1].tranches[one.tranche].coupon_bps]
    assert any(running(encore, fleet) for fleet in paid_first)
    # A coupon is distributed once a period, out of the reserve if need be, and streams in the next.
    assert encore.seconds > 2 * CAST.waterfall.period


def test_the_visitor_has_money_left_for_shares_and_for_a_lease(encore: Encore) -> None:
    purse = sum(one.amount for one in encore.purses if one.name == encore.visitor)
    own = [lease for lease in encore.leases if lease.tenant == encore.visitor]
    rent = sum(one.units * CAST.fleets[one.fleet - 1].list_rate * (one.hours or 0) for one in own)
    # Enough to see a sale succeed, and for a month of the dearest GPU.
    minimum = max(sale.price * sale.minimum // 10**6 for sale in encore.sales)
    assert purse - rent >= minimum + max(fleet.list_rate for fleet in CAST.fleets) * 30 * 24


def test_sales_of_others_are_open_for_a_week_and_more(encore: Encore) -> None:
    assert encore.sales
    for sale in encore.sales:
        assert sale.seller != encore.visitor
        assert sale.cap >= sale.minimum > 0
        assert sale.days * 24 * 3600 > encore.seconds + WEEK


def test_each_fleet_has_units_that_nobody_leases(encore: Encore) -> None:
    for number, fleet in enumerate(CAST.fleets, start=1):
        assert sum(lease.units for lease in encore.leases if lease.fleet == number) < fleet.units
