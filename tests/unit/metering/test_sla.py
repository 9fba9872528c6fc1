"""The SLA window: when it closes and what it adds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.metering.sla import SlaTerms, SlaWindow, breached_increment, excess_missing, next_midnight, window_closes

DAY = 86_400
HOUR = 3600
D0 = 20_000 * DAY
"""A UTC midnight."""


def terms(units=4, start=D0, days=30, bps=9_900) -> SlaTerms:
    return SlaTerms(units, start, start + days * DAY, bps)


def breach(t: SlaTerms, delivered: int, *, missing=0, end=D0 + DAY, window=None, suspended=0) -> int:
    """The first window's breach when `delivered` and `missing` unit-seconds happened since the start."""
    elapsed = min(end, t.closes) - t.start
    return breached_increment(
        t,
        window or SlaWindow(t.start, 0, 0),
        period_end=end,
        measured=t.units * elapsed - missing,
        delivered=delivered,
        suspended_s=suspended,
    )


def test_midnight_is_the_next_one_even_at_midnight():
    assert next_midnight(D0) == next_midnight(D0 + 1) == next_midnight(D0 + DAY - 1) == D0 + DAY


def test_a_window_closes_at_the_first_report_at_or_past_midnight_or_the_end():
    t = terms(start=D0 + 5 * HOUR, days=2)
    assert not window_closes(t, t.start, D0 + 23 * HOUR)
    assert window_closes(t, t.start, D0 + DAY)
    assert window_closes(t, t.start, D0 + DAY + 6 * HOUR), "epochs were skipped over midnight"
    assert not window_closes(t, D0 + 2 * DAY, D0 + 2 * DAY + 4 * HOUR)
    assert window_closes(t, D0 + 2 * DAY, t.closes), "the term's end closes it before midnight"
    assert not window_closes(t, t.closes, t.closes + DAY), "after the end there is no window"


def test_full_delivery_is_no_breach():
    assert breach(terms(), 4 * DAY) == 0


def test_three_hours_down_owes_the_three_hours():
    assert breach(terms(), 4 * 21 * HOUR) == 4 * 3 * HOUR


def test_the_target_itself_is_kept_and_a_second_less_is_not():
    t = terms(units=1)
    kept = DAY * 9_900 // 10_000
    assert breach(t, kept) == 0
    assert breach(t, kept - 1) == DAY - kept + 1, "a breach owes all that was due, not the part below the target"


def test_before_the_close_nothing_is_owed():
    assert breach(terms(), 0, end=D0 + 23 * HOUR) == 0


def test_silence_inside_the_allowance_is_neutral():
    assert breach(terms(), 4 * 22 * HOUR, missing=4 * 2 * HOUR) == 0
    assert breach(terms(), 4 * 16 * HOUR, missing=4 * 8 * HOUR) == 0


def test_silence_beyond_the_allowance_is_breach():
    assert breach(terms(), 4 * 14 * HOUR, missing=4 * 10 * HOUR) == 4 * 2 * HOUR


def test_neutral_silence_does_not_hide_an_outage():
    assert breach(terms(), 4 * 19 * HOUR, missing=4 * 2 * HOUR) == 4 * 3 * HOUR


def test_the_allowance_is_for_the_lease_and_not_for_each_window():
    t = terms(units=1)
    first = SlaWindow(D0 + DAY, DAY - 8 * HOUR, DAY - 8 * HOUR)
    got = breached_increment(
        t, first, period_end=D0 + 2 * DAY, measured=2 * DAY - 12 * HOUR, delivered=2 * DAY - 12 * HOUR, suspended_s=0
    )
    assert got == 4 * HOUR


def test_after_a_long_life_the_allowance_is_one_per_cent():
    t = terms(units=1, days=400)
    assert excess_missing(t, D0 + 100 * DAY, 100 * DAY - DAY) == 0
    assert excess_missing(t, D0 + 100 * DAY, 100 * DAY - DAY - 5) == 5
    assert excess_missing(t, D0 + 10 * DAY, 10 * DAY - 9 * HOUR) == HOUR


def test_silence_that_an_older_excess_already_paid_for_is_not_paid_for_twice():
    """On day 101 the allowance grows by 864 s; with 1000 s of old excess, 500 s more of silence adds none."""
    t = terms(units=1, days=400, bps=10_000)
    opened = D0 + 100 * DAY
    measured = 100 * DAY - (DAY + 1000)
    got = breached_increment(
        t,
        SlaWindow(opened, measured, measured),
        period_end=opened + DAY,
        measured=measured + DAY - 500,
        delivered=measured + DAY - 500,
        suspended_s=0,
    )
    assert got == 0


def test_suspended_time_is_not_due():
    assert breach(terms(), 4 * 20 * HOUR, suspended=4 * HOUR) == 0
    assert breach(terms(), 4 * 15 * HOUR, suspended=4 * HOUR) == 4 * 5 * HOUR
    assert breach(terms(), 0, suspended=DAY) == 0


def test_suspended_and_missing_at_once_never_makes_due_negative():
    assert breach(terms(), 0, missing=4 * 8 * HOUR, suspended=20 * HOUR) == 0


def test_a_window_over_skipped_epochs_counts_all_of_its_time():
    assert breach(terms(), 4 * 24 * HOUR, end=D0 + 30 * HOUR) == 4 * 6 * HOUR


def test_time_after_the_stop_is_not_due():
    t = SlaTerms(4, D0, D0 + 10 * HOUR, 9_900)
    assert breach(t, 4 * 10 * HOUR, end=D0 + DAY) == 0


def test_a_target_of_zero_is_never_missed():
    assert breach(terms(bps=0), 0) == 0


@given(
    st.integers(1, 64),
    st.integers(0, 23),
    st.integers(1, 48),
    st.integers(0, 10_000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 48 * HOUR),
)
def test_a_breach_is_never_more_than_what_was_not_delivered(units, hour, length, bps, share, up, suspended):
    t = SlaTerms(units, D0 + hour * HOUR, D0 + hour * HOUR + length * HOUR, bps)
    measured = int(units * length * HOUR * share)
    delivered = int(measured * up)
    got = breached_increment(
        t, SlaWindow(t.start, 0, 0), period_end=t.closes, measured=measured, delivered=delivered, suspended_s=suspended
    )
    assert 0 <= got <= units * length * HOUR - delivered


@pytest.mark.parametrize(("units", "length", "bps"), [(0, 1, 0), (1, -1, 0), (1, 1, 10_001), (1, 1, -1)])
def test_impossible_terms_are_refused(units, length, bps):
    with pytest.raises(ValueError, match="impossible"):
        SlaTerms(units, D0, D0 + length, bps)
