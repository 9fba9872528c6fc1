"""`wellhead dry-run`: what a node would sign."""

from contextlib import closing
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from oracle.cli.common import DEFAULT_CONFIG, AsJson, Config, console, errors, one_epoch, print_json, told
from oracle.domain.reading import COUNTERS, LEVEL_MASK
from oracle.exchange.fetch import Fetcher
from oracle.rehearsal.dry_run import DryRun, dry_run
from oracle.settings import load_settings


def register(app: typer.Typer) -> None:
    """Adds `wellhead dry-run`."""
    app.command("dry-run")(run)


def run(
    config: Config = DEFAULT_CONFIG,
    epoch: Annotated[
        int | None,
        typer.Option(callback=one_epoch, metavar="EPOCH", help="The epoch; the last that has ended if not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a node would sign for an epoch, per meter, from the samples it has stored.

    No key is opened, nothing is signed, posted or written. It can be run beside a running node.

    Exit code 0 when observed, 2 when not, with the reason.
    """
    problems: list[str] = []

    def log(event: str, **fields: object) -> None:
        problems.append(f"{event}: " + ", ".join(f"{name} {value}" for name, value in fields.items()))

    with told("dry-run"), closing(Fetcher()) as fetcher, errors().status("Observing"):
        done = dry_run(load_settings(config), epoch, fetcher, log)
    if as_json:
        print_json(
            {
                "epoch": done.epoch,
                "base_epoch": done.base_epoch,
                "block": done.block,
                "root": done.root,
                "sites_reached": done.reached,
                "sites": done.sites,
                "meters": done.rows(),
                "problems": problems,
            }
        )
        return
    show(console(), done)
    for problem in problems:
        errors().print(f"[yellow]![/] {problem}")


def show(shown: Console, done: DryRun) -> None:
    """The observation as a table."""
    since = f"since epoch {done.base_epoch}" if done.base_epoch else "since the oracle began"
    shown.print(f"Epoch {done.epoch}, {since}, as of block {done.block}: {done.reached} of {done.sites} sites reached")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("meter")
    for name in ("units", "measured", "delivered", "utilised", "breached", "Wh", "coverage"):
        table.add_column(name, justify="right")
    table.add_column("level")
    for row in done.rows():
        coverage = "-" if row["coverage"] is None else f"{row['coverage']:.1%}"
        numbers = [f"{row[name]:,}" for name in ("units", *COUNTERS)]
        table.add_row(row["meter"], *numbers, coverage, str(row["flags"] & LEVEL_MASK))
    shown.print(table)
    shown.print("unit-seconds added to each counter; the observation's root is\n0x" + done.root.hex(), soft_wrap=True)
