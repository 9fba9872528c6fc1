"""`wellhead settle`: the keeper as a process."""

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
from oracle.cli.settle_view import teller
from oracle.domain.errors import WellheadError
from oracle.exchange.fetch import Fetcher
from oracle.keeper.actions import Action, Outcome, Tell
from oracle.keeper.chain import KeeperChain
from oracle.keeper.config import KeeperConfig, load_config
from oracle.keeper.keeper import Keeper
from oracle.keeper.readings import NodeReadings
from oracle.keys import gas_account


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

    stop = Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    try:
        options = load_config(config)
        keeper = build(options, tell)
    except WellheadError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if once:
        keeper.look()
        raise typer.Exit(0 if outcomes == {Outcome.DONE} else 1)
    keeper.run(stop, options.keeper.poll_ms / 1000)
    tell(Action("stop", Outcome.DONE, "stopped", {}))


def build(options: KeeperConfig, tell: Tell) -> Keeper:
    """A keeper of a deployment that was checked against its chain. Raises WellheadErrors that say what to do."""
    deployment = load_deployment(options.chain.deployment)
    account = gas_account(options.gas_key)
    w3 = connect(options.chain.rpc_urls[0])
    check_deployment(w3, deployment)
    submitter = Submitter(w3, deployment.chain_id, account)

    def complain(text: str) -> None:
        tell(Action("readings", Outcome.REFUSED, text, {}))

    nodes = len(options.keeper.nodes)
    text = f"chain {deployment.chain_id}, gas key {submitter.address}, readings from {nodes} node{'s'[: nodes > 1]}"
    tell(Action("start", Outcome.DONE, text, {"chain": deployment.chain_id, "key": submitter.address, "nodes": nodes}))
    return Keeper(
        KeeperChain(w3, deployment, submitter),
        NodeReadings(options.keeper.nodes, Fetcher(), complain),
        tell,
        settle_every=options.keeper.settle_every_epochs,
        distribute=options.keeper.distribute,
    )
