"""What a lease owes: totals, clamped to what its units can have done, floored once."""

import dataclasses
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.charge import LeaseTerms, runway, totals
from oracle.domain.reading import COUNTER_MAX, Reading

HOUR = 3600
TERMS = LeaseTerms(
    units=4,
    meter_units=4,
    rate=2_350_000,
    start=1000 * HOUR,
    end=1048 * HOUR,
    stop=0,
    penalty_bps=10_000,
    credit_cap_bps=3_000,
    board_watts=700,
)
counter = st.integers(0, COUNTER_MAX)
any_reading = st.builds(Reading, counter, counter, counter, counter, counter)


def test_a_fully_delivered_day_costs_units_times_rate_times_hours() -> None:
    due = totals(TERMS, Reading(delivered=4 * 24 * HOUR, energy_wh=60_000), 1024 * HOUR)
    assert (due.owed, due.credit_owed, due.energy_wh) == (4 * 24 * 2_350_000, 0, 60_000)


def test_nothing_is_owed_before_the_start() -> None:
    due = totals(TERMS, Reading(delivered=999, breached=999, energy_wh=999), TERMS.start)
    assert (due.owed, due.credit_owed, due.energy_wh) == (0, 0, 0)


def test_a_breach_is_credited_at_the_penalty_up_to_the_cap() -> None:
    reading = Reading(delivered=4 * 21 * HOUR, breached=4 * 3 * HOUR)
    assert totals(TERMS, reading, 1024 * HOUR).credit_owed == 4 * 3 * 2_350_000
    worse = Reading(delivered=4 * 12 * HOUR, breached=4 * 12 * HOUR)
    assert totals(TERMS, worse, 1024 * HOUR).credit_owed == 4 * 12 * 2_350_000 * 3 // 10


def test_termination_and_the_end_stop_the_clamp() -> None:
    lying = Reading(delivered=COUNTER_MAX, energy_wh=COUNTER_MAX)
    assert totals(TERMS, lying, 2000 * HOUR).owed == 4 * 48 * 2_350_000
    stopped = dataclasses.replace(TERMS, stop=1010 * HOUR)
    assert totals(stopped, lying, 2000 * HOUR).owed == 4 * 10 * 2_350_000
    assert totals(stopped, lying, 2000 * HOUR).energy_wh == 4 * 10 * 700


def test_a_split_child_is_charged_its_share_of_the_meter() -> None:
    child = dataclasses.replace(TERMS, units=1)
    due = totals(child, Reading(delivered=4 * HOUR + 3, energy_wh=403), 1024 * HOUR)
    assert (due.owed, due.energy_wh) == (HOUR * 2_350_000 // HOUR, 100)


@given(any_reading, st.integers(0, 2000 * HOUR), st.integers(1, 2**40))
def test_totals_equal_exact_arithmetic_floored_and_never_exceed_what_units_can_do(
    reading: Reading, period_end: int, rate: int
) -> None:
    terms = dataclasses.replace(TERMS, rate=rate)
    due = totals(terms, reading, period_end)
    most = 4 * max(0, min(period_end, terms.end) - terms.start)
    assert due.owed == int(Fraction(min(reading.delivered, most)) * rate / HOUR)
    assert due.credit_owed <= due.owed * 3_000 // 10_000
    assert due.energy_wh <= most * 700 // HOUR


@given(st.integers(0, 60 * HOUR), st.integers(0, 60 * HOUR), st.integers(1, 2**40))
def test_the_runway_rounds_up_and_ends_with_the_lease(horizon: int, into: int, rate: int) -> None:
    terms = dataclasses.replace(TERMS, rate=rate)
    needed = runway(terms, horizon, terms.start + into)
    exact = Fraction(4 * rate * max(0, min(horizon, 48 * HOUR - into)), HOUR)
    assert exact <= needed < exact + 1
