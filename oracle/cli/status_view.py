"""How a node's account of itself looks on a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from oracle.node.log import printable

SHOWN = 60
"""Characters of an error in a table; below it stands whole."""
GOOD = {"CONFIRMED": "green", "EXPIRED": "bold red"}


def view(status: Mapping[str, Any], wrong: Sequence[str], now: float) -> RenderableType:
    """All of it. `now` is Unix seconds."""
    parts: list[RenderableType] = [_place(status)]
    tables = (
        ("epochs", "epochs", ("epoch", "state", "sites_reached", "transaction")),
        ("sites", "sites", ("fleet", "kind", "last_sampled", "last_error")),
        ("peers", "peers", ("index", "node", "last_observation", "last_answer", "last_error")),
        ("RPCs", "rpcs", ("name", "head", "latency_ms", "answers", "trouble")),
    )
    parts += [_table(title, columns, status[key], now) for title, key, columns in tables if status.get(key)]
    parts += [_pairs(key, status[key]) for key in ("outbox", "database") if isinstance(status.get(key), dict)]
    if wrong:
        parts.append("\n".join(f"[bold red]![/] {escape(printable(line))}" for line in wrong))
    else:
        parts.append("[green]it does its work[/]")
    return Group(*parts)


def _place(status: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    head = status.get("head") or {}
    index = status.get("index")
    quorum = {True: "[green]yes[/]", False: "[bold red]no[/]", None: "no report yet"}[status.get("in_quorum")]
    lag = status.get("epoch_lag")
    rows = (
        ("node", "not in the set" if index is None else str(index)),
        ("signs with", str(status["address"])),
        ("in the quorum", quorum),
        ("newest report", f"epoch {status['standing']}" if status.get("standing") else "none"),
        ("epochs behind", "none is due" if lag is None else str(lag)),
        ("chain's head", f"block {head['number']}, {_when(head['time'])}" if head else "not read yet"),
        ("waits for", escape(printable(str(status.get("waiting_for", ""))))),
    )
    for name, value in rows:
        grid.add_row(f"[dim]{name}[/]", value)
    return grid


def _table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], now: float) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column.removeprefix("last_").replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(column, row, now) for column in columns))
    return table


def _cell(column: str, row: Mapping[str, Any], now: float) -> str:
    value = row.get(column)
    if column == "sites_reached" and value is not None:
        return f"{value} of {row.get('sites_configured', value)}"
    if value is None or value == "":
        return "[dim]-[/]"
    if column in ("last_answer", "last_sampled"):
        return _when(int(value)) if abs(now - value) > 86_400 else f"{max(0, round(now - value))} s ago"
    if column == "state":
        style = GOOD.get(str(value), "yellow")
        return f"[{style}]{value}[/]"
    text = printable(str(value))
    if column in ("last_error", "trouble"):
        return f"[bold red]{escape(text[:SHOWN])}{'…' * (len(text) > SHOWN)}[/]"
    return escape(text)


def _pairs(title: str, values: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    known = {name.replace("_", " "): value for name, value in values.items() if value not in (None, "", {})}
    told = ", ".join(f"{name} {value}" for name, value in known.items())
    grid.add_row(f"[bold]{title}[/]", escape(printable(told)))
    return grid


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
