"""The SLA window of one lease: when it closes, and how many unit-seconds of breach its close adds.

A window runs from the report that closed the one before it (the first: from the lease's start) to the first report
whose period ends at or after the next UTC midnight or the lease's end. All figures are whole seconds and unit-seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAY_S: Final = 86_400
ALLOWANCE_S: Final = 8 * 3600
"""Silence per unit, over the lease's life, that costs nobody anything ..."""
ALLOWANCE_PERCENT: Final = 1
"""... or this share of the time elapsed, whichever is more."""
BPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class SlaWindow:
    """An open window: what the reading was at the report that closed the last one. At a lease's start all but
    `opened_at` is zero."""

    opened_at: int
    """periodEnd of that report, or the lease's start; unix s."""
    measured: int
    delivered: int
    """Reading totals then, unit-seconds since the lease's start."""


@dataclass(frozen=True, slots=True)
class SlaTerms:
    """What of a lease the SLA depends on. `closes` = min(end, stop), unix s; `availability_bps` is the target."""

    units: int
    start: int
    closes: int
    availability_bps: int

    def __post_init__(self) -> None:
        """Raises ValueError for terms no lease can have."""
        if self.units <= 0 or self.closes < self.start or not 0 <= self.availability_bps <= BPS:
            raise ValueError(f"impossible SLA terms: {self}")


def next_midnight(time_s: int) -> int:
    """The first UTC midnight after `time_s`; of a midnight, the next one."""
    return (time_s // DAY_S + 1) * DAY_S


def window_closes(terms: SlaTerms, opened_at: int, period_end: int) -> bool:
    """Whether the report for a period ending at `period_end` (unix s) closes the window opened at `opened_at`."""
    return opened_at < terms.closes and period_end >= min(next_midnight(opened_at), terms.closes)


def excess_missing(terms: SlaTerms, at: int, measured: int) -> int:
    """Missing unit-seconds beyond the allowance since the lease's start, at time `at`, given `measured` in total."""
    elapsed = max(0, min(at, terms.closes) - terms.start)
    missing = max(0, terms.units * elapsed - measured)
    allowance = max(ALLOWANCE_S * terms.units, terms.units * elapsed * ALLOWANCE_PERCENT // 100)
    return max(0, missing - allowance)


def breached_increment(
    terms: SlaTerms, window: SlaWindow, *, period_end: int, measured: int, delivered: int, suspended_s: int
) -> int:
    """Unit-seconds of breach that the report ending at `period_end` adds; 0 when it closes no window.

    measured, delivered: reading totals at this report, unit-seconds. suspended_s: seconds of suspended epochs inside
    the window and the term. Time both suspended and missing is taken off `due` once for each, which can only make
    `due` smaller; below zero it does not go.
    """
    if not window_closes(terms, window.opened_at, period_end):
        return 0
    opened = max(window.opened_at, terms.start)
    elapsed = max(0, min(period_end, terms.closes) - opened)
    window_measured = max(0, measured - window.measured)
    window_delivered = max(0, delivered - window.delivered)
    missing = max(0, terms.units * elapsed - window_measured)
    breachable = max(0, excess_missing(terms, period_end, measured) - excess_missing(terms, opened, window.measured))
    neutral = max(0, missing - breachable)
    due = max(0, terms.units * (elapsed - suspended_s) - neutral)
    if window_delivered * BPS >= due * terms.availability_bps:
        return 0
    return due - window_delivered
