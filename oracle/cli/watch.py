"""`wellhead watch`: the watcher as a process."""

import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from oracle.chain.link import open_link
from oracle.chain.submitter import Submitter
from oracle.cli.common import stop_when_told, told
from oracle.cli.watch_view import View, view
from oracle.exchange.fetch import Fetcher
from oracle.keys import open_signer
from oracle.settings import SettingsError
from oracle.store.database import open_database
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

    with stop_when_told() as stop, ExitStack() as stack:
        with told("watch"):
            options = load_config(config)
            watcher = build(stack, options, dry_run, tell, show, stop)
        if once:
            watcher.look()
            show.end()
            raise typer.Exit(0 if outcomes <= GOOD else 1)
        watcher.run(stop, options.watch.poll_ms / 1000)
        show.end()


def build(stack: ExitStack, options: WatchConfig, dry_run: bool, tell: Tell, show: View, stop: Event) -> Watcher:
    """A watcher of a deployment that was checked against its chain; `stack` takes it down, `stop` ends its waits.
    Raises WellheadErrors that say what to do."""
    if options.gas_key is None and not dry_run:
        raise SettingsError(f"gas_key is missing: say where the key is that pays (see {EXAMPLE}), or give --dry-run")
    fetcher = Fetcher()
    stack.callback(fetcher.close)
    signer = None if dry_run or options.gas_key is None else open_signer(options.gas_key, fetcher)
    link = open_link(stack, options.chain, fetcher)
    sender = None
    if signer is not None:
        outbox = open_database(str(options.watch.outbox))
        stack.callback(outbox.close)
        outbox.claim(chain=str(link.deployment.chain_id), watcher=signer.address)
        sender = Submitter(link.outbox(outbox, signer), link.w3, stop=stop)
    chain = WatchChain(link.w3, link.deployment)
    statements = Statements(options.watch.database, chain.domain.separator())
    nodes = options.watch.nodes
    payer = f"gas key {sender.address}" if sender else "a dry run"
    show.start(f"chain {link.deployment.chain_id}, {payer}, looking at {len(nodes)} node{'s'[: len(nodes) > 1]}")
    return Watcher(chain, Nodes(nodes, fetcher), statements, sender, tell)
