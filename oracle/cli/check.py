"""`wellhead check`: the pre-flight."""

import time
from contextlib import closing

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from oracle.cli.common import DEFAULT_CONFIG, FOUND_WRONG, AsJson, Config, console, errors, print_json, told
from oracle.exchange.fetch import Fetcher
from oracle.preflight.check import Preflight, worst
from oracle.preflight.finding import Finding, Outcome

_STYLES = {Outcome.PASS: "green", Outcome.WARN: "yellow", Outcome.FAIL: "bold red", Outcome.SKIP: "dim"}


def register(app: typer.Typer) -> None:
    """Adds `wellhead check`."""
    app.command("check")(check)


def check(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Look at everything a node needs before it runs, and say what to do about what is wrong.

    Files and keys, RPCs and contracts, the node's place in the set, peers, sites, clock, money, database. It changes
    nothing, and can be run beside a running node.

    Exit code 0 when nothing failed, 1 when something did.
    """
    rows: list[Finding] = []
    with told("check"), closing(Fetcher()) as fetcher, errors().status("") as status:
        for row in Preflight(config, fetcher, time.time).rows():
            rows.append(row)
            status.update(f"Looked at {row.check}")
    if as_json:
        print_json(
            {
                "outcome": worst(rows),
                "rows": [
                    {"check": row.check, "outcome": row.outcome, "seen": row.seen, "todo": row.todo} for row in rows
                ],
            }
        )
    else:
        show(console(), rows)
    raise typer.Exit(FOUND_WRONG if worst(rows) is Outcome.FAIL else 0)


def show(shown: Console, rows: list[Finding]) -> None:
    """The table, and a line that sums it up."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what was seen, and what to do")
    for row in rows:
        style = _STYLES[row.outcome]
        cell = Table.grid()
        cell.add_row(_text(row.seen, "dim" if row.outcome is Outcome.SKIP else ""))
        if row.todo:
            cell.add_row(_text(f"→ {row.todo}", style))
        table.add_row(row.check, f"[{style}]{row.outcome.upper()}[/]", cell)
    shown.print(table)
    counts = {outcome: sum(row.outcome is outcome for row in rows) for outcome in Outcome}
    told_of = ", ".join(f"{counts[outcome]} {word}" for outcome, word in _WORDS.items() if counts[outcome])
    shown.print(told_of + ("" if counts[Outcome.FAIL] else ": this node can run"))


_WORDS = {Outcome.PASS: "pass", Outcome.WARN: "to look at", Outcome.FAIL: "failed", Outcome.SKIP: "not looked at"}


def _text(text: str, style: str) -> Text:

    return Text(text, style=style)
