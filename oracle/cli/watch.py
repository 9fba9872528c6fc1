"""`wellhead watch`: the watcher as a process."""

import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer

from oracle.chain.deployment import check_deployment, load_deployment
from oracle.chain.rpc import connect
from oracle.chain.submitter import Submitter
from oracle.cli.watch_view import View, view
from oracle.domain.errors import WellheadError
from oracle.exchange.fetch import Fetcher
from oracle.keys import load_account
from oracle.settings import SettingsError
from oracle.watch.chain import WatchChain
from oracle.watch.config import EXAMPLE, WatchConfig, load_config
from oracle.watch.findings import GOOD, Finding, Outcome, Tell
from oracle.watch.sources import Nodes
from oracle.watch.statements import Statements
from oracle.watch.watcher import Watcher


def register(app: typer.Typer) -> None:
    """Adds `wellhead watch`."""
    app.command("watch")(watch)


def watch(
    config: Annotated[Path, typer.Option(help="The watcher's TOML file.")],
    once: Annotated[bool, typer.Option("--once", help="Look once, then end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Try evidence on the chain, but send none.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines even on a terminal.")] = False,
) -> None:
    """Look for proof that a report is false or that a node signed two, and send it: 20 % of the bonds are the sender's.

    Runs until SIGTERM or Ctrl-C, then exits with 0. With --once: 0 when every report that can still be disputed was
    seen whole and nothing is wrong, 1 when something was found, or could not be seen. 2 when it cannot start.
    """
    show = view(as_json or not sys.stdout.isatty())
    outcomes: set[Outcome] = set()

    def tell(finding: Finding) -> None:
        outcomes.add(finding.outcome)
        show.tell(finding)

    stop = Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    try:
        options = load_config(config)
        watcher = build(options, dry_run, tell, show)
    except WellheadError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if once:
        watcher.look()
        show.end()
        raise typer.Exit(0 if outcomes <= GOOD else 1)
    watcher.run(stop, options.watch.poll_ms / 1000)
    show.end()


def build(options: WatchConfig, dry_run: bool, tell: Tell, show: View) -> Watcher:
    """A watcher of a deployment that was checked against its chain. Raises WellheadErrors that say what to do."""
    deployment = load_deployment(options.chain.deployment)
    w3 = connect(options.chain.rpc_url)
    keystore, password = options.watch.gas_keystore, options.watch.gas_password_file
    if dry_run:
        sender = None
    elif keystore is None or password is None:
        raise SettingsError(
            f"watch.gas_keystore and gas_password_file are missing: give them (see {EXAMPLE}), or --dry-run"
        )
    else:
        sender = Submitter(w3, deployment.chain_id, load_account(keystore, password))
    check_deployment(w3, deployment)
    chain = WatchChain(w3, deployment)
    statements = Statements(options.watch.database, chain.domain.separator())
    nodes = options.watch.nodes
    payer = f"gas key {sender.address}" if sender else "a dry run"
    show.start(f"chain {deployment.chain_id}, {payer}, looking at {len(nodes)} node{'s'[: len(nodes) > 1]}")
    return Watcher(chain, Nodes(nodes, Fetcher()), statements, sender, tell)
