"""The demo's books as tables for a terminal, within 110 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.stage.figures import (
    BITCOIN_MICRO_USD,
    MICRO,
    NOTHING,
    Currency,
    Record,
    balance_line,
    gpu_hours,
    investor_yield,
    kwh,
    last_income,
    moved_shares,
    per_kwh,
    percent,
    period_yield,
    plain,
    quotient,
    totals,
    wh_per_gpu_hour,
)

WIDTH: Final = 110
NAME_WIDTH: Final = 24
Cell = str | Text


def print_statement(statement: Record, console: Console) -> None:
    """Prints leases, fleets, investors, gas, and whether the books balance."""
    if not console.is_terminal:
        console.width = max(console.width, WIDTH)
    currency = Currency.of(statement)
    for table, notes in (
        (_leases(statement, currency), ["GPU-hours; missing is neither billed nor, within the allowance, breached."]),
        (_fleets(statement, currency), _energy_notes(currency)),
        (_investors(statement, currency), _yield_notes(statement)),
        (_gas(statement), []),
    ):
        console.print()
        console.print(table)
        for note in notes:
            console.print(Text(note, style="dim"))
    console.print()
    console.print(Text(balance_line(statement), style="green" if statement["books_balance"] else "bold red"))


def _table(title: str, names: Sequence[str], figures: Sequence[str]) -> Table:
    """A table with left-aligned columns `names`, then right-aligned `figures`; for want of room only names give way."""
    table = Table(box=SIMPLE_HEAD, title=Text(title, style="bold"), title_justify="left", show_edge=False)
    for name in names:
        table.add_column(name, max_width=NAME_WIDTH, overflow="ellipsis")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True, vertical="bottom")
    return table


def _name(text: object) -> Text:
    """Somebody's own name for something, as it stands: no markup in it, no terminal escape."""
    return Text(plain(text))


def _amount(value: int, currency: Currency) -> Text:
    """The exact amount, its digits after the cent dimmed."""
    read, tail = currency.parts(value)
    return Text.assemble(read, (tail, "dim"))


def _close(table: Table, cells: Iterable[Cell]) -> None:
    """The last row, of sums, set apart."""
    table.add_section()
    table.add_row(*cells, style="bold")


def _leases(statement: Record, currency: Currency) -> Table:
    records = statement["leases"]
    money = ["charged", "credited", "refunded"]
    if any(lease["debt"] for lease in records):
        money.append("debt")
    hours = ["sold", "delivered", "missing", "breached"]
    titles = [*hours, *(f"{title}\n{currency.symbol}" for title in money)]
    table = _table("Leases", ["lease"], titles)

    def figures(lease: Record) -> list[Cell]:
        return [*(gpu_hours(lease[key]) for key in hours), *(_amount(lease[key], currency) for key in money)]

    for lease in records:
        table.add_row(_name(f"{lease['id']} {lease['tenant']}"), *figures(lease))
    names = [*hours, *money]
    _close(table, ["all", *figures(dict(zip(names, totals(records, *names), strict=True)))])
    return table


def _fleets(statement: Record, currency: Currency) -> Table:
    columns: list[tuple[str, Callable[[Record], Cell]]] = [
        ("GPUs", lambda fleet: f"{fleet['units']:,}"),
        ("utilisation", lambda fleet: percent(fleet["utilised"], fleet["capacity"])),
        ("delivered", lambda fleet: percent(fleet["delivered"], fleet["capacity"])),
        ("kWh", lambda fleet: kwh(fleet["energy_wh"])),
        ("Wh per\nGPU-hour", wh_per_gpu_hour),
        (f"revenue\n{currency.symbol}", lambda fleet: _amount(fleet["revenue"], currency)),
        ("revenue\nper kWh", lambda fleet: per_kwh(fleet["revenue"], fleet["energy_wh"], currency)),
    ]
    table = _table("Fleets", ["fleet"], [title for title, _ in columns])
    for fleet in statement["fleets"]:
        table.add_row(_name(fleet["name"]), *(figure(fleet) for _, figure in columns))
    return table


def _energy_notes(currency: Currency) -> list[str]:
    low, high = (quotient(bound, MICRO, 2) for bound in BITCOIN_MICRO_USD)
    return [
        f"Revenue per kWh is in {currency.symbol}, of the GPU boards' energy alone.",
        f"Bitcoin mining is reported to earn {low} to {high} USD per kWh.",
    ]


def _investors(statement: Record, currency: Currency) -> Table:
    records = statement["investors"]
    columns = [f"{title}\n{currency.symbol}" for title in ("face at start", "face at end", "income")]
    table = _table("Investors", ["investor"], [*columns, f"yield to\n{last_income(statement['fleets']) or NOTHING}"])
    start = end = income = 0
    for investor in records:
        before, after = totals(investor["holdings"], "face_start", "face_end")
        start, end, income = start + before, end + after, income + investor["income"]
        mark = "* " if moved_shares(investor) else ""
        faces = (currency.short(before), currency.short(after))
        earned = _amount(investor["income"], currency)
        table.add_row(_name(investor["name"]), *faces, earned, mark + investor_yield(investor))
    faces = (currency.short(start), currency.short(end))
    _close(table, ["all", *faces, _amount(income, currency), period_yield(2 * income, start + end)])
    return table


def _yield_notes(statement: Record) -> list[str]:
    moved = any(moved_shares(investor) for investor in statement["investors"])
    mean = ["* Shares changed hands: face is the mean of start and end."] if moved else []
    return ["Yield is income over face from the start to the last distribution, not annualised.", *mean]


def _gas(statement: Record) -> Table:
    table = _table("Gas", [], [])
    table.add_column("operation", overflow="ellipsis", max_width=2 * NAME_WIDTH)
    for title in ("times", "least", "median", "most", "ceiling"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in statement["gas"]:
        table.add_row(_name(one["operation"]), *_gas_figures(one))
    return table


def _gas_figures(one: dict[str, Any]) -> list[Cell]:
    ceiling = one["ceiling"]
    over = ceiling is not None and one["max"] > ceiling
    return [
        *(f"{one[key]:,}" for key in ("count", "min", "median")),
        Text(f"{one['max']:,}", style="bold red" if over else ""),
        f"{ceiling:,}" if ceiling is not None else NOTHING,
    ]
