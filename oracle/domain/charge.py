"""What a lease owes at a reading (ARCHITECTURE, section 3 point 3): totals since the start, so that one settlement or
many charge the same. Money in the smallest unit of the settlement currency, durations in seconds, energy in Wh; floor
unless said.
"""

from dataclasses import dataclass

from oracle.domain.reading import Reading

HOUR_S = 3600
BPS = 10_000


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """The stored terms a charge depends on.

    `rate` is the price of one unit for one hour; `meter_units` are the units the meter counts, of which the lease holds
    `units`; `stop` is 0 unless the lease was terminated; `board_watts` is the fleet's largest power per unit.
    """

    units: int
    meter_units: int
    rate: int
    start: int
    end: int
    stop: int
    penalty_bps: int
    credit_cap_bps: int
    board_watts: int

    @property
    def term_end(self) -> int:
        """Where counting stops: min(end, stop)."""
        return min(self.end, self.stop) if self.stop else self.end


@dataclass(frozen=True, slots=True)
class Totals:
    """What a lease owes, is owed in credit, and is to be billed for energy, since its start."""

    owed: int
    credit_owed: int
    energy_wh: int


def totals(terms: LeaseTerms, reading: Reading, period_end: int) -> Totals:
    """The totals at `reading`, taken at `period_end`.

    max = units x (min(periodEnd, end, stop) - start); billed = delivered x units / meterUnits, breached and Wh
    likewise; owed = min(billed, max) x rate / 3600;
    creditOwed = min(min(breached, max) x rate x penaltyBps / 36_000_000, owed x creditCapBps / 10_000);
    energy = min(Wh, max x boardWatts / 3600).
    """
    most = terms.units * max(0, min(period_end, terms.term_end) - terms.start)
    billed = min(_share(terms, reading.delivered), most)
    breached = min(_share(terms, reading.breached), most)
    owed = billed * terms.rate // HOUR_S
    credit = breached * terms.rate * terms.penalty_bps // (HOUR_S * BPS)
    return Totals(
        owed=owed,
        credit_owed=min(credit, owed * terms.credit_cap_bps // BPS),
        energy_wh=min(_share(terms, reading.energy_wh), most * terms.board_watts // HOUR_S),
    )


def runway(terms: LeaseTerms, horizon_s: int, settled_to: int) -> int:
    """The escrow a lease must hold: ceil(units x rate x min(horizon, termEnd - settledTo) / 3600).

    `horizon_s` is notice + 2L + D + dispute; `settled_to` the period end of the last settled report, at first the
    start.
    """
    seconds = max(0, min(horizon_s, terms.term_end - max(settled_to, terms.start)))
    return -(-terms.units * terms.rate * seconds // HOUR_S)


def _share(terms: LeaseTerms, counter: int) -> int:
    return counter * terms.units // terms.meter_units
