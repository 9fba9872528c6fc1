"""`wellhead settle`: the keeper as a process."""

import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from oracle.chain.link import open_link
from oracle.chain.submitter import Submitter
from oracle.cli.common import stop_when_told, told
from oracle.cli.settle_view import teller
from oracle.exchange.fetch import Fetcher
from oracle.keeper.actions import Action, Outcome, Tell
from oracle.keeper.chain import KeeperChain
from oracle.keeper.config import KeeperConfig, load_config
from oracle.keeper.keeper import Keeper
from oracle.keeper.readings import NodeReadings
from oracle.keys import open_signer
from oracle.store.database import open_database

UNTOLD = frozenset(f"transaction {event}" for event in ("broadcast", "mined", "confirmed", "failed"))
"""What goes as it should, or is told as the outcome of an action."""


def register(app: typer.Typer) -> None:
    """Adds `wellhead settle`."""
    app.command("settle")(settle)


def settle(
    config: Annotated[Path, typer.Option(help="The keeper's TOML file.")],
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines even on a terminal.")] = False,
) -> None:
    """Settle leases from final reports, terminate those out of escrow and notice, distribute rent once a period.

    Runs until SIGTERM or Ctrl-C, then exits with 0. With --once: 1 when something failed or was refused. 2 when it
    cannot start.
    """
    show = teller(as_json or not sys.stdout.isatty())
    outcomes: set[Outcome] = set()

    def tell(action: Action) -> None:
        outcomes.add(action.outcome)
        show(action)

    with stop_when_told() as stop, ExitStack() as stack:
        with told("settle"):
            options = load_config(config)
            keeper = build(stack, options, tell, show, stop)
        if once:
            keeper.look()
            raise typer.Exit(0 if outcomes <= {Outcome.DONE, Outcome.WAITING} else 1)
        keeper.run(stop, options.keeper.poll_ms / 1000)
    tell(Action("stop", Outcome.DONE, "stopped", {}))


def build(stack: ExitStack, options: KeeperConfig, tell: Tell, aside: Tell, stop: Event) -> Keeper:
    """A keeper of a deployment that was checked against its chain; `stack` takes it down, `stop` ends its waits.
    `aside` hears how the RPCs and transactions do. Raises WellheadErrors that say what to do."""
    fetcher = Fetcher()
    stack.callback(fetcher.close)
    signer = open_signer(options.gas_key, fetcher)

    def log(event: str, **fields: object) -> None:
        if event not in UNTOLD:
            text = ", ".join([event, *(f"{name} {value}" for name, value in fields.items())])
            outcome = Outcome.FAILED if event.endswith("trouble") else Outcome.DONE
            aside(Action("chain", outcome, text, {name: str(value) for name, value in fields.items()}))

    link = open_link(stack, options.chain, fetcher, log)
    deployment, settings = link.deployment, options.keeper
    database = open_database(str(settings.database))
    stack.callback(database.close)
    database.claim(chain=str(deployment.chain_id), keeper=signer.address)
    poll_s = min(1.0, settings.poll_ms / 1000)
    submitter = Submitter(link.outbox(database, signer), link.w3, poll_s=poll_s, stop=stop)

    def complain(text: str) -> None:
        tell(Action("readings", Outcome.REFUSED, text, {}))

    nodes = len(settings.nodes)
    text = f"chain {deployment.chain_id}, gas key {submitter.address}, readings from {nodes} node{'s'[: nodes > 1]}"
    tell(Action("start", Outcome.DONE, text, {"chain": deployment.chain_id, "key": submitter.address, "nodes": nodes}))
    limit = settings.max_gas_price_gwei
    return Keeper(
        KeeperChain(link.w3, deployment, submitter),
        NodeReadings(settings.nodes, fetcher, complain),
        tell,
        settle_every=settings.settle_every_epochs,
        distribute=settings.distribute,
        max_gas_price=None if limit is None else round(limit * 10**9),
    )
