"""How `wellhead audit` shows the books to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from oracle.audit.findings import Difference, Leaf
from oracle.audit.result import AuditResult, ReadingsChecked

_HOUR_S: Final = 3600
_SHOWN: Final = 50
"""Differences printed; all of them are in the JSON."""

PLAIN_WIDTH: Final = 140
"""Columns when the output is no terminal."""


def show(console: Console, result: AuditResult) -> None:
    """Prints what was read, the books, and where they differ."""
    head = result.head
    when = datetime.fromtimestamp(head.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    _say(console, f"Books of chain {head.chain_id} at block {head.number}, {when}")
    read = f"{sum(result.events.values())} events, {result.reports} reports and {result.transfers} transfers among them"
    _say(console, f"{read}, read; {result.figures_compared} figures compared.")
    money = _Money(result)
    _leases(console, result, money)
    _fleets(console, result, money)
    _investors(console, result, money)
    _tranches(console, result, money)
    _sales(console, result, money)
    for gift in result.gifts:
        amount = money.of(gift.currency, gift.amount)
        _say(console, f"{gift.contract} holds {amount} it owes to nobody: somebody sent it there.")
    if result.readings is not None:
        _readings(console, result.readings)
    _verdict(console, result.differences)


class _Money:
    """Writes amounts as their currency does."""

    def __init__(self, result: AuditResult) -> None:
        self._currencies = {currency.address: currency for currency in result.currencies}
        self._of_fleet = {fleet.fleet_id: fleet.currency for fleet in result.fleets}

    def of(self, currency: str, amount: int) -> str:
        """An amount with its currency's symbol."""
        known = self._currencies.get(currency)
        return f"{self._written(currency, amount)} {known.symbol if known else currency}"

    def of_fleet(self, fleet_id: int, amount: int) -> str:
        """An amount in a fleet's currency, without its symbol."""
        return self._written(self._of_fleet.get(fleet_id, ""), amount)

    def _written(self, currency: str, amount: int) -> str:
        known = self._currencies.get(currency)
        decimals = known.decimals if known else 0
        whole, rest = divmod(abs(amount), 10**decimals)
        sign = "-" if amount < 0 else ""
        return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")


def _leases(console: Console, result: AuditResult, money: _Money) -> None:
    columns = ("lease", "fleet", "GPU-hours", "paid in", "charged", "paid", "credited", "refunded", "held", "debt", "")
    rows = [
        (
            str(lease.lease_id),
            str(lease.fleet_id),
            f"{lease.delivered / _HOUR_S:,.2f}",
            *(
                money.of_fleet(lease.fleet_id, amount)
                for amount in (
                    lease.paid_in,
                    lease.charged,
                    lease.rent_paid,
                    lease.credited,
                    lease.refunded,
                    lease.refundable,
                    lease.debt,
                )
            ),
            "closed" if lease.closed else "open",
        )
        for lease in result.leases
    ]
    _table(console, "Leases", columns, rows)


def _fleets(console: Console, result: AuditResult, money: _Money) -> None:
    columns = ("fleet", "kWh", "rent", "till", "protocol", "oracle", "energy", "operator", "reserve", "bond")
    rows = [
        (
            str(fleet.fleet_id),
            f"{fleet.energy_wh / 1000:,.3f}",
            *(
                money.of_fleet(fleet.fleet_id, amount)
                for amount in (
                    fleet.rent,
                    fleet.till,
                    fleet.protocol_fee,
                    fleet.oracle_fee,
                    fleet.energy_fee,
                    fleet.operator_fee,
                    fleet.reserve,
                    fleet.bond,
                )
            ),
        )
        for fleet in result.fleets
    ]
    _table(console, "Fleets", columns, rows)


def _investors(console: Console, result: AuditResult, money: _Money) -> None:
    columns = ("holder", "fleet", "tranche", "shares", "income", "claimed", "claimable")
    rows = [
        (
            one.holder,
            str(one.fleet_id),
            str(one.tranche),
            *(money.of_fleet(one.fleet_id, amount) for amount in (one.balance, one.income, one.claimed, one.claimable)),
        )
        for one in result.investors
    ]
    _table(console, "Share holders", columns, rows)


def _tranches(console: Console, result: AuditResult, money: _Money) -> None:
    columns = ("fleet", "tranche", "holders", "distributed", "to stream", "claimed", "claimable", "dust", "arrears")
    rows = [
        (
            str(one.fleet_id),
            str(one.tranche),
            str(one.holders),
            *(
                money.of_fleet(one.fleet_id, amount)
                for amount in (one.distributed, one.unstreamed, one.claimed, one.claimable, one.dust, one.arrears)
            ),
        )
        for one in result.tranches
    ]
    _table(console, "Tranches", columns, rows)


def _sales(console: Console, result: AuditResult, money: _Money) -> None:
    columns = ("sale", "fleet", "tranche", "sold", "of", "held", "paid in", "proceeds", "paid out", "income", "")
    rows = []
    for sale in result.sales:
        paid_out = sale.refunded + sale.withdrawn
        amounts = (sale.sold, sale.cap, sale.held, sale.paid_in, sale.proceeds, paid_out, sale.income)
        figures = (money.of_fleet(sale.fleet_id, amount) for amount in amounts)
        outcome = "successful" if sale.successful else "below minimum"
        rows.append((str(sale.sale_id), str(sale.fleet_id), str(sale.tranche), *figures, outcome))
    _table(console, "Sales", columns, rows)


def _readings(console: Console, readings: ReadingsChecked) -> None:
    _say(
        console,
        f"{readings.reports} reports rebuilt from {readings.signatures} signed observations; "
        f"{readings.settlements} settled readings held against them.",
    )
    if readings.missing:
        _say(console, f"No file for the reported epochs {_listed(readings.missing)}: their readings are not proved.")
    if readings.baseless:
        _say(console, f"The epochs {_listed(readings.baseless)} build on readings without a file: not proved either.")


def _verdict(console: Console, differences: Sequence[Difference]) -> None:
    if not differences:
        console.print(Text("The books balance: every figure agrees, to the unit.", style="bold green"))
        return
    columns = ("what", "where", "the books say", "found")
    rows = [(one.what, one.where, _leaf(one.expected), _leaf(one.actual)) for one in differences[:_SHOWN]]
    _table(console, "Differences", columns, rows, numbers_from=len(columns))
    more = f", {_SHOWN} of them shown" if len(differences) > _SHOWN else ""
    count = f"{len(differences)} difference{'s' if len(differences) > 1 else ''}{more}"
    console.print(Text(f"The books do not balance: {count}.", style="bold red"))


def _table(
    console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 1
) -> None:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, title_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < numbers_from else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if table.row_count:
        console.print(table)


def _say(console: Console, line: str) -> None:
    console.print(Text(line))


def _leaf(value: Leaf) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _listed(epochs: Sequence[int]) -> str:
    shown = ", ".join(str(epoch) for epoch in epochs[:10])
    return shown if len(epochs) <= 10 else f"{shown} and {len(epochs) - 10} more"
