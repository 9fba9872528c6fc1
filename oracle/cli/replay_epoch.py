"""`wellhead replay-epoch`: a past report rebuilt."""

from contextlib import closing
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oracle.cli.common import DEFAULT_CONFIG, FOUND_WRONG, AsJson, Config, console, errors, one_epoch, print_json, told
from oracle.exchange.fetch import Fetcher
from oracle.rehearsal.replay import Step, replay
from oracle.settings import load_settings

_WORDS = {True: "[green]same[/]", False: "[bold red]DIFFERS[/]", None: "[dim]not compared[/]"}


def register(app: typer.Typer) -> None:
    """Adds `wellhead replay-epoch`."""
    app.command("replay-epoch")(run)


def run(
    epoch: Annotated[int, typer.Argument(callback=one_epoch, metavar="EPOCH", help="An epoch whose report stands.")],
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Rebuild the report of a past epoch and compare it with what stands on-chain; name the first difference.

    The observations it was made of come from the nodes and are checked one by one. Where this node still has its
    samples of the epoch, its own observation is made again from them too. Nothing is signed or written.

    Exit code 0 when all is the same, 1 at a difference, 2 when it cannot be rebuilt.
    """
    with told("replay-epoch"), closing(Fetcher()) as fetcher, errors().status("Rebuilding"):
        steps = list(replay(load_settings(config), epoch, fetcher, lambda *_, **__: None))
    differs = any(step.alike is False for step in steps)
    if as_json:
        print_json(
            {
                "epoch": epoch,
                "same": not differs,
                "steps": [
                    {"what": step.what, "same": step.alike, "rebuilt": step.rebuilt, "stands": step.stands}
                    for step in steps
                ],
            }
        )
    else:
        show(console(), epoch, steps)
    raise typer.Exit(FOUND_WRONG if differs else 0)


def show(shown: Console, epoch: int, steps: list[Step]) -> None:
    """The comparisons as a table, and what they come to."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("", "", "rebuilt"):
        table.add_column(name, overflow="fold")
    for step in steps:
        told_of = escape(step.rebuilt) + (f"\n[bold red]not {escape(step.stands)}[/]" if step.alike is False else "")
        table.add_row(step.what, _WORDS[step.alike], told_of)
    shown.print(table)
    different = next((step for step in steps if step.alike is False), None)
    if different is None:
        shown.print(f"[green]The report of epoch {epoch} is what its observations make.[/]")
    else:
        shown.print(f"[bold red]The first difference is in the {different.what}.[/]")
