"""`wellhead run`: one metering node, until it is told to stop."""

import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from oracle.chain.deployment import check_deployment, load_deployment
from oracle.chain.rpc import connect
from oracle.chain.submitter import ReportSubmitter, Submitter
from oracle.chain.web3_view import Web3View
from oracle.domain.errors import WellheadError
from oracle.keys import gas_account, node_signer, refuse_same_key
from oracle.node.app import RunningNode, start_node
from oracle.node.log import Log, log_for
from oracle.settings import Settings, load_settings


def register(app: typer.Typer) -> None:
    """Adds `wellhead run`."""
    app.command("run")(run)


def run(config: Annotated[Path, typer.Option(help="The node's TOML file, as examples/node.toml.")]) -> None:
    """Run a metering node: sample the sites, observe every epoch, agree with the peers, post when it is the turn.

    Prints the address it listens on, then logs to stderr: JSON lines unless that is a terminal. Runs until SIGTERM or
    Ctrl-C, then exits with 0. Exit code 2: it could not start, and says why.
    """
    log = log_for(sys.stderr)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        try:
            running = _start(stack, load_settings(config), log)
        except WellheadError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from None
        typer.echo(f"listening on {running.url}")
        sys.stdout.flush()
        log("started", url=running.url, address=running.node.status()["address"])
        running.run(stop)
    log("stopped")


def _start(stack: ExitStack, settings: Settings, log: Log) -> RunningNode:
    signer = node_signer(settings.signing_key)
    gas = gas_account(settings.gas_key)
    refuse_same_key(signer.address, str(gas.address))
    deployment = load_deployment(settings.chain.deployment)
    w3 = connect(settings.chain.rpc_urls[0])
    check_deployment(w3, deployment)
    # A connection of its own for posting: it runs in its own thread.
    sender = connect(settings.chain.rpc_urls[0])
    submitter = ReportSubmitter(
        Submitter(sender, deployment.chain_id, gas), sender, deployment.contracts.meter_oracle.address
    )
    return start_node(stack, settings, Web3View(w3, deployment), submitter, signer, log)
