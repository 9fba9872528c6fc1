"""How the demo's figures are written: from integers, without floats. Rounding is half to even and only where said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

Record = dict[str, Any]
"""A record of build/demo/statement.json."""

HOUR: Final = 3600
DASH: Final = "\N{EN DASH}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
NOTHING: Final = DASH
"""In place of a figure there is none of."""
BITCOIN_MICRO_USD: Final = (170_000, 200_000)
"""What Bitcoin mining is reported to earn per kWh, in millionths of a USD."""
MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Currency:
    """The settlement currency: amounts are integers of its smallest unit."""

    symbol: str
    decimals: int

    @classmethod
    def of(cls, statement: Record) -> Currency:
        """The currency of a statement."""
        return cls(plain(statement["currency"]["symbol"]), statement["currency"]["decimals"])

    def parts(self, amount: int) -> tuple[str, str]:
        """The exact amount, as what people read (to the cent) and the digits after it."""
        whole, rest = divmod(abs(amount), 10**self.decimals)
        digits = f"{rest:0{self.decimals}d}" if self.decimals else ""
        point = "." if digits else ""
        return f"{'-' if amount < 0 else ''}{whole:,}{point}{digits[:2]}", digits[2:]

    def exact(self, amount: int) -> str:
        """The exact amount."""
        return "".join(self.parts(amount))

    def short(self, amount: int, places: int = 2) -> str:
        """The amount rounded to `places`, for headlines."""
        return quotient(amount, 10**self.decimals, min(places, self.decimals))


def plain(text: object) -> str:
    """One line of printable characters: no terminal escape, no bidirectional override, no line break survives."""
    return "".join(char if char.isprintable() else "�" for char in str(text))


def quotient(part: int, whole: int, places: int) -> str:
    """part / whole with thousands separators; nothing over zero is no figure."""
    if not whole:
        return NOTHING
    sign = "-" if part * whole < 0 else ""
    scaled, rest = divmod(abs(part) * 10**places, abs(whole))
    if (2 * rest, scaled % 2) > (abs(whole), 0):
        scaled += 1
    above, below = divmod(scaled, 10**places)
    sign = sign if scaled else ""
    return f"{sign}{above:,}.{below:0{places}d}" if places else f"{sign}{above:,}"


def percent(part: int, whole: int, places: int = 1) -> str:
    """part / whole in percent."""
    return f"{quotient(100 * part, whole, places)} %" if whole else NOTHING


def gpu_hours(unit_seconds: int, places: int = 2) -> str:
    """GPU-hours of unit-seconds."""
    return quotient(unit_seconds, HOUR, places)


def kwh(watt_hours: int, places: int = 2) -> str:
    """Kilowatt-hours."""
    return quotient(watt_hours, 1000, places)


def per_kwh(amount: int, watt_hours: int, currency: Currency) -> str:
    """An amount per kWh, in whole units of the currency."""
    return quotient(amount * 1000, watt_hours * 10**currency.decimals, 2)


def wh_per_gpu_hour(fleet: Record) -> str:
    """Board energy per measured GPU-hour."""
    return quotient(fleet["energy_wh"] * HOUR, fleet["measured"], 0) if fleet["energy_wh"] else NOTHING


def period_yield(income: int, face: int) -> str:
    """income / face, all that was ever earned until the last distribution; never annualised."""
    return percent(income, face, 4)


def face_held(holding: Record) -> int:
    """The face an income is set against, doubled: shares that moved midway count as the mean of start and end."""
    return int(holding["face_start"]) + int(holding["face_end"])


def investor_yield(investor: Record) -> str:
    """Income over the mean of the face held at the start and at the end, for all holdings together."""
    return period_yield(2 * investor["income"], sum(face_held(holding) for holding in investor["holdings"]))


def moved_shares(investor: Record) -> bool:
    """Whether the investor bought or sold within the period."""
    return any(holding["face_start"] != holding["face_end"] for holding in investor["holdings"])


def totals(records: list[Record], *names: str) -> list[int]:
    """The sum of each named figure."""
    return [sum(int(record[name]) for record in records) for name in names]


def duration(seconds: int) -> str:
    """Days, hours and minutes, the largest two that are not zero."""
    days, rest = divmod(seconds, 24 * HOUR)
    hours, rest = divmod(rest, HOUR)
    minutes, odd = divmod(rest, 60)
    named = [(days, "d"), (hours, "h"), (minutes, "min"), (odd, "s")]
    return " ".join([f"{count} {unit}" for count, unit in named if count][:2]) or "0 s"


def span_words(statement: Record) -> str:
    """The length of the statement's period: in whole hours up to a week."""
    seconds = statement["span"]["to"] - statement["span"]["from"]
    whole = seconds % HOUR == 0 and seconds <= 7 * 24 * HOUR
    return f"{seconds // HOUR} hours" if whole else duration(seconds)


def last_income(fleets: list[Record]) -> str | None:
    """When the fleets last distributed. Senior goes on earning after the leases end, from the reserve."""
    times = [one["at"] for fleet in fleets for one in fleet["distributions"]]
    return day_clock(max(times)) if times else None


def moment(time: int) -> datetime:
    """A Unix time as UTC."""
    return datetime.fromtimestamp(time, UTC)


def clock(time: int) -> str:
    """14:00."""
    return f"{moment(time):%H:%M}"


def day(time: int) -> str:
    """5 Oct."""
    at = moment(time)
    return f"{at.day} {at:%b}"


def day_clock(time: int) -> str:
    """5 Oct 14:00."""
    return f"{day(time)} {clock(time)}"


def full_time(time: int) -> str:
    """5 Oct 2026, 14:00 UTC."""
    return f"{day(time)} {moment(time).year}, {clock(time)} UTC"


def stretch(start: int, end: int) -> str:
    """5 Oct 14:00-16:00, with the second day only where it is another."""
    until = clock(end) if day(start) == day(end) else day_clock(end)
    return f"{day_clock(start)}{DASH}{until}"


def balance_line(statement: Record) -> str:
    """Whether the books balance, in one sentence."""
    if statement["books_balance"]:
        return "The books balance: an audit rebuilt every amount from raw events and agrees with the chain to the unit."
    code = statement["audit"]["exit_code"]
    return f"The books do not balance: the audit ended with exit code {code}. Trust no figure here until it is 0."
