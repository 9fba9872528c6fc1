"""What a lease owes at a reading, and how one settlement moves money. Pure; the audit's own arithmetic.

Money is in the smallest unit of the settlement currency, times in Unix seconds, counters in unit-seconds, energy in Wh.
Every division rounds down, except the runway's.
"""

from dataclasses import dataclass

HOUR_S = 3600
BPS = 10_000
COUNTERS = ("measured", "delivered", "utilised", "breached", "energy_wh")
"""Of a reading, 48 bits each, from bit 255 down to bit 16; the flags are below."""


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What a lease was opened at. `rate` is per unit-hour, `notice` in seconds."""

    fleet_id: int
    units: int
    rate: int
    start: int
    end: int
    availability_bps: int
    penalty_bps: int
    credit_cap_bps: int
    board_watts: int
    notice: int


@dataclass(frozen=True, slots=True)
class Account:
    """Where a lease stands: totals owed, credited and metered since it began, and what is held and still due."""

    held: int
    owed: int = 0
    credit_owed: int = 0
    credit_unpaid: int = 0
    debt: int = 0
    energy_wh: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """What one settlement moves: bond to escrow, credit against rent, escrow to till, and Wh to the till."""

    credit_paid: int
    set_off: int
    rent_paid: int
    energy_wh: int


def counter(reading: int, name: str) -> int:
    """One counter of a packed reading."""
    return reading >> (208 - 48 * COUNTERS.index(name)) & (1 << 48) - 1


def term_end(terms: LeaseTerms, stop: int) -> int:
    """Where counting stops: min(end, stop), `stop` 0 unless the lease was terminated."""
    return min(terms.end, stop) if stop else terms.end


def settle(
    terms: LeaseTerms, stop: int, account: Account, bond: int, reading: int, period_end: int
) -> tuple[Account, Movement]:
    """The account after a settlement at `reading`, taken at `period_end`, and what the settlement moved.

    Nothing beyond what the units could deliver and draw in the time that has passed is billed, credited or paid for,
    and a total that would fall stays. Credit comes first, out of the fleet's `bond`; what the bond lacks is set off
    against rent due; rent is paid from escrow; what escrow lacks is debt.
    """
    elapsed = max(0, min(period_end, term_end(terms, stop)) - terms.start)
    possible = terms.units * elapsed
    billed = min(counter(reading, "delivered"), possible)
    breached = min(counter(reading, "breached"), possible)
    drawn = min(counter(reading, "energy_wh"), possible * terms.board_watts // HOUR_S)

    owed = max(billed * terms.rate // HOUR_S, account.owed)
    penalty = breached * terms.rate * terms.penalty_bps // (HOUR_S * BPS)
    credit = max(min(penalty, owed * terms.credit_cap_bps // BPS), account.credit_owed)
    energy = max(drawn, account.energy_wh)

    credit_due = account.credit_unpaid + credit - account.credit_owed
    rent_due = account.debt + owed - account.owed
    credit_paid = min(credit_due, bond)
    set_off = min(credit_due - credit_paid, rent_due)
    rent_paid = min(account.held + credit_paid, rent_due - set_off)

    after = Account(
        held=account.held + credit_paid - rent_paid,
        owed=owed,
        credit_owed=credit,
        credit_unpaid=credit_due - credit_paid - set_off,
        debt=rent_due - set_off - rent_paid,
        energy_wh=energy,
    )
    return after, Movement(credit_paid, set_off, rent_paid, energy - account.energy_wh)


def runway(terms: LeaseTerms, stop: int, settled_to: int, tail: int) -> int:
    """The escrow below which a lease is suspended, rounded up.

    It is the price of the notice and `tail` (2 L + D + dispute, in seconds), or of what is left of the term after
    `settled_to`, the end of the last settled epoch, when that is less.
    """
    left = max(0, term_end(terms, stop) - max(terms.start, settled_to))
    return -(-terms.units * terms.rate * min(terms.notice + tail, left) // HOUR_S)
