"""How one distribution runs down the waterfall, and how income streams and is shared. Pure; the audit's own arithmetic.

Money is in the smallest unit of the settlement currency, times in Unix seconds. Every division rounds down.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from oracle.audit.events import Terms, Tranche

BPS = 10_000
YEAR_S = 365 * 86_400
WH_PER_KWH = 1000
UINT96_MAX = (1 << 96) - 1


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where one distribution's rent and reserve went. `fees`: protocol, oracle, energy, operator."""

    fees: tuple[int, int, int, int]
    reserve_in: int
    reserve_out: int
    incomes: tuple[int, ...]
    arrears: tuple[int, ...]


def distribute(
    terms: Terms,
    tranches: Sequence[Tranche],
    arrears: Sequence[int],
    reserve: int,
    rent: int,
    energy_wh: int,
    seconds: int,
    wound_up: bool,
) -> Distribution:
    """One distribution of `rent`, `seconds` after the last. `arrears` are what each tranche's coupon is behind.

    `wound_up`: the fleet is delisted and has no open lease. A distribution without rent then releases the reserve.
    """
    left = rent

    def take(wanted: int) -> int:
        nonlocal left
        taken = min(wanted, left)
        left -= taken
        return taken

    protocol = take(rent * terms.protocol_fee_bps // BPS)
    oracle = take(rent * terms.oracle_fee_bps // BPS)
    energy = take(min(energy_wh * terms.tariff_per_kwh // WH_PER_KWH, rent * terms.energy_cap_bps // BPS))
    operator = take(rent * terms.operator_fee_bps // BPS)

    reserve_out, target = 0, terms.reserve_target
    if wound_up and rent == 0:
        left, reserve_out, reserve, target = reserve, reserve, 0, 0

    incomes, behind = [], []
    for tranche, arrear in zip(tranches[:-1], arrears, strict=False):
        due = arrear + tranche.face * tranche.coupon_bps * seconds // (BPS * YEAR_S)
        paid = take(due)
        covered = min(due - paid, reserve)
        reserve -= covered
        reserve_out += covered
        incomes.append(paid + covered)
        behind.append(min(due - paid - covered, UINT96_MAX))

    reserve_in = take(max(0, target - reserve))
    equity = take(left)
    return Distribution(
        fees=(protocol, oracle, energy, operator),
        reserve_in=reserve_in,
        reserve_out=reserve_out,
        incomes=(*incomes, equity),
        arrears=(*behind, 0),
    )


@dataclass(slots=True)
class Stream:
    """A tranche's income. What is distributed in period k, [k length, (k+1) length), streams evenly over period k+1."""

    length: int
    periods: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)

    @property
    def distributed(self) -> int:
        """All income so far."""
        return self.totals[-1] if self.totals else 0

    def add(self, period: int, income: int) -> None:
        """A distribution in `period`, later than any before."""
        self.periods.append(period)
        self.totals.append(self.distributed + income)

    def up_to(self, period: int) -> int:
        """All that was distributed in `period` or before."""
        count = bisect_right(self.periods, period)
        return self.totals[count - 1] if count else 0

    def of(self, period: int) -> int:
        """What was distributed in `period`."""
        return self.up_to(period) - self.up_to(period - 1)

    def streamed(self, time: int) -> int:
        """What has streamed by `time`: everything older than one period, and the last period's in proportion."""
        period, into = divmod(time, self.length)
        return self.up_to(period - 2) + self.of(period - 1) * into // self.length


@dataclass(slots=True)
class Holder:
    """One account of a share. `seen` is the tranche's streamed total when income was last credited here."""

    balance: int = 0
    seen: int = 0
    credited: int = 0
    claimed: int = 0

    def earned(self, streamed: int, face: int) -> int:
        """Income up to `streamed` that is not claimed."""
        return self.credited + self.balance * (streamed - self.seen) // face

    def touch(self, streamed: int, face: int) -> None:
        """Credits past income at the balance it was earned at: what a movement of shares does to both sides."""
        self.credited = self.earned(streamed, face)
        self.seen = streamed
