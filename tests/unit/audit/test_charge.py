"""A lease's arithmetic, by hand. Two units at 2.35 an hour, from hour 10 for a day."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.charge import Account, LeaseTerms, counter, runway, settle, term_end

HOUR = 3600
TERMS = LeaseTerms(
    fleet_id=1,
    units=2,
    rate=2_350_000,
    start=10 * HOUR,
    end=34 * HOUR,
    availability_bps=9900,
    penalty_bps=5000,
    credit_cap_bps=3000,
    board_watts=700,
    notice=2 * HOUR,
)


def word(delivered: int, breached: int = 0, wh: int = 0) -> int:
    return delivered + breached << 208 | delivered << 160 | breached << 64 | wh << 16


def test_a_reading_comes_apart() -> None:
    packed = 5 << 208 | 4 << 160 | 3 << 112 | 2 << 64 | 1 << 16 | 0xFFFF
    names = ("measured", "delivered", "utilised", "breached", "energy_wh")
    assert [counter(packed, name) for name in names] == [5, 4, 3, 2, 1]


def test_eight_hours_delivered() -> None:
    account, moved = settle(TERMS, 0, Account(100_000_000), 0, word(16 * HOUR, wh=9000), 18 * HOUR)
    assert account == Account(held=62_400_000, owed=37_600_000, energy_wh=9000)
    assert (moved.rent_paid, moved.energy_wh) == (37_600_000, 9000)


def test_rent_is_rounded_down_in_total_not_in_steps() -> None:
    one, _ = settle(TERMS, 0, Account(10_000), 0, word(1), 11 * HOUR)
    two, second = settle(TERMS, 0, one, 0, word(2), 12 * HOUR)
    assert (one.owed, two.owed, second.rent_paid) == (652, 1305, 653)


def test_credit_comes_first_from_the_bond_then_against_rent() -> None:
    """6 unit-hours breached are worth 7.05; the bond has 5; the cap is 30 % of the 37.60 owed."""
    account, moved = settle(TERMS, 0, Account(40_000_000), 5_000_000, word(16 * HOUR, 6 * HOUR), 24 * HOUR)
    assert (moved.credit_paid, moved.set_off, moved.rent_paid) == (5_000_000, 2_050_000, 35_550_000)
    assert account == Account(held=9_450_000, owed=37_600_000, credit_owed=7_050_000)


def test_credit_is_capped_and_what_cannot_be_set_off_waits() -> None:
    paid = Account(held=0, owed=37_600_000)
    account, moved = settle(TERMS, 0, paid, 0, word(16 * HOUR, 16 * HOUR), 26 * HOUR)
    assert account == Account(held=0, owed=37_600_000, credit_owed=11_280_000, credit_unpaid=11_280_000)
    assert (moved.credit_paid, moved.set_off, moved.rent_paid) == (0, 0, 0)


def test_what_escrow_lacks_is_debt() -> None:
    account, moved = settle(TERMS, 0, Account(30_000_000), 0, word(16 * HOUR), 18 * HOUR)
    assert (account.held, account.debt, moved.rent_paid) == (0, 7_600_000, 30_000_000)


def test_beyond_physics_nothing_is_billed_credited_or_paid_for() -> None:
    """Two units can deliver 16 unit-hours in 8 hours, and draw 700 W each of them."""
    mad = word(2**40, 2**40, 2**40)
    account, moved = settle(TERMS, 0, Account(100_000_000), 0, mad, 18 * HOUR)
    assert (account.owed, moved.energy_wh) == (37_600_000, 11_200)
    assert account.credit_owed == 37_600_000 * 3000 // 10_000


def test_nothing_counts_before_the_start_or_after_the_stop() -> None:
    before, _ = settle(TERMS, 0, Account(10), 0, word(HOUR), 10 * HOUR)
    assert before == Account(10)
    stopped, _ = settle(TERMS, 14 * HOUR, Account(10**9), 0, word(10 * HOUR), 30 * HOUR)
    assert stopped.owed == 8 * 2_350_000


def test_a_total_that_would_fall_stays() -> None:
    account, moved = settle(TERMS, 0, Account(0, 1000, 20, 0, 0, 5), 0, 0, 20 * HOUR)
    assert account == Account(0, 1000, 20, 0, 0, 5)
    assert (moved.rent_paid, moved.energy_wh) == (0, 0)


@pytest.mark.parametrize(
    ("stop", "settled_to", "expected"),
    [
        (0, 10 * HOUR, 2 * 2_350_000 * 12),  # notice and tail: 12 hours
        (0, 9 * HOUR, 2 * 2_350_000 * 12),  # never from before the start
        (0, 30 * HOUR, 2 * 2_350_000 * 4),  # what is left
        (32 * HOUR, 30 * HOUR, 2 * 2_350_000 * 2),
        (0, 34 * HOUR - 1, 1306),  # 1305.55, rounded up
        (0, 40 * HOUR, 0),
    ],
)
def test_runway(stop: int, settled_to: int, expected: int) -> None:
    assert runway(TERMS, stop, settled_to, tail=10 * HOUR) == expected


def test_the_term_ends_at_the_earlier_of_end_and_stop() -> None:
    assert (term_end(TERMS, 0), term_end(TERMS, 20), term_end(TERMS, 40 * HOUR)) == (34 * HOUR, 20, 34 * HOUR)


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**8),
    st.lists(st.tuples(st.integers(0, 4 * HOUR), st.integers(0, 2 * HOUR)), min_size=1, max_size=6),
    st.integers(1, 10**7),
)
@settings(deadline=None)
def test_no_unit_is_made_or_lost(escrow: int, bond: int, steps: list[tuple[int, int]], rate: int) -> None:
    """I4 and I8, whatever is read: money in is money out, and many settlements charge what one does."""
    terms, account = replace(TERMS, rate=rate), Account(escrow)
    delivered = breached = rent = credit = set_off = 0
    left = bond
    for hour, (more, worse) in enumerate(steps):
        delivered, breached = delivered + more, breached + worse
        account, moved = settle(terms, 0, account, left, word(delivered, breached), (12 + 2 * hour) * HOUR)
        left -= moved.credit_paid
        rent, credit, set_off = rent + moved.rent_paid, credit + moved.credit_paid, set_off + moved.set_off
        assert escrow + credit == rent + account.held
        assert account.owed == rent + set_off + account.debt
        assert account.credit_owed == credit + set_off + account.credit_unpaid
        assert left >= 0
    once, _ = settle(terms, 0, Account(escrow), bond, word(delivered, breached), (10 + 2 * len(steps)) * HOUR)
    assert (once.owed, once.credit_owed) == (account.owed, account.credit_owed)
