"""`wellhead run`: one metering node, until it is told to stop."""

import sys
from contextlib import ExitStack

import typer

from oracle.api.metrics import Part
from oracle.api.parts import outbox_metrics, pool_metrics
from oracle.chain.link import open_link
from oracle.chain.submitter import ReportSubmitter, Submitter
from oracle.chain.web3_view import Web3View
from oracle.cli.common import DEFAULT_CONFIG, AsJson, Config, stop_when_told, told
from oracle.exchange.fetch import Fetcher
from oracle.keys import open_signer, refuse_same_key
from oracle.node.app import RunningNode, start_node
from oracle.node.log import JsonLog, Log, log_for
from oracle.node.rounds import schedule_of
from oracle.settings import Settings, load_settings
from oracle.store.database import Database


def register(app: typer.Typer) -> None:
    """Adds `wellhead run`."""
    app.command("run")(run)


def run(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Run a metering node: sample the sites, observe every epoch, agree with the peers, post when it is the turn.

    Prints the address it listens on, then logs to stderr: JSON lines with --json, or when that is no terminal. Runs
    until SIGTERM or Ctrl-C, then exits with 0. Exit code 2: it could not start, and says why.
    """
    log = JsonLog(sys.stderr) if as_json else log_for(sys.stderr)
    with stop_when_told() as stop, ExitStack() as stack:
        with told("run"):
            running = _start(stack, load_settings(config), log)
        typer.echo(f"listening on {running.url}")
        sys.stdout.flush()
        log("started", url=running.url, address=running.node.status()["address"])
        running.run(stop)
    log("stopped")


def _start(stack: ExitStack, settings: Settings, log: Log) -> RunningNode:
    fetcher = Fetcher()
    stack.callback(fetcher.close)
    signer, gas = open_signer(settings.signing_key, fetcher), open_signer(settings.gas_key, fetcher)
    refuse_same_key(signer.address, gas.address)
    link = open_link(stack, settings.chain, fetcher, log)
    view = Web3View(link.w3, link.deployment)

    def submitter(database: Database) -> ReportSubmitter:
        one_by_one = Submitter(link.outbox(database, gas), link.w3, timeout_s=None)
        oracle = link.deployment.contracts.meter_oracle.address
        made = ReportSubmitter(one_by_one, link.w3, oracle, lambda epoch: schedule_of(view.config()).closes(epoch))
        parts["outbox"] = lambda: outbox_metrics(made.snapshot())
        return made

    parts: dict[str, Part] = {"rpc": lambda: pool_metrics(link.pool.snapshot())}
    return start_node(stack, settings, view, submitter, signer, log, parts=parts)
