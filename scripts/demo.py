"""The main job on a local chain: deploy, register two fleets, lease them, meter 48 hours with seven nodes, settle
from the meter, distribute, claim, and prove from raw events that every unit is accounted for.

    make demo            leaves build/demo/statement.json and build/demo/report.html
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.chain import ROOT, connect, load_project
from scripts.deploy import DeployConfig, deploy
from scripts.stage import page, tables
from scripts.stage.anvil import ACCOUNTS, Anvil
from scripts.stage.cast import Cast, Wallets, load_cast, utc
from scripts.stage.market import Market
from scripts.stage.nodes import WELLHEAD, Nodes, SiteAddress, keystore
from scripts.stage.processes import Processes, StageError
from scripts.stage.statement import Incident, Statement

STEP_S = 600
"""How far the clock moves at once: the interval at which the nodes scrape the exporter."""

HEAD_EPOCH = "0x" + keccak(text="headEpoch()")[:4].hex()

POST_PATIENCE_S = 4.0
"""Real seconds the demo waits for a report before it moves the clock on to the next leader's turn."""
KEEPER_PATIENCE_S = 60.0
"""Real seconds the keeper has for what is left to settle, once the clock has come to the end and stands still."""


@dataclass
class Act:
    """Something that happens once the chain's clock has reached `at`."""

    at: int
    do: Callable[[], None]
    incident: Incident | None = None
    done: bool = field(default=False, init=False)


class Demo:
    """One run, start to end. What it leaves goes to `folder`."""

    def __init__(self, cast: Cast, processes: Processes, console: Console, folder: Path) -> None:
        self.cast = cast
        self.folder = folder
        self.processes = processes
        self.console = console
        self.wallets = Wallets(ACCOUNTS)
        self.incidents: list[Incident] = []
        for name in ("deployer", "owner", "issuer", "guardian", "protocol treasury", "reserve"):
            _ = self.wallets[name]

    # ------------------------------------------------------------------ the stage

    def set_up(self) -> None:
        """Chain, contracts, fleets, leases, sites, nodes, keeper."""
        cast = self.cast
        with self.doing("Starting Anvil and deploying with brownie"):
            self.anvil = Anvil(self.processes, cast.starts, self.folder / "anvil")
            colds = [self.wallets[f"node {index}"].address for index in range(cast.oracle.nodes)]
            self.nodes = Nodes(self.processes, self.folder / "nodes", colds)
            project = load_project()
            connect(self.anvil.url)
            self.deployment = deploy(self._deploy_config(), folder=self.folder / "deployments", say=self._log)
            for address in self.nodes.gas_addresses:
                self.anvil.fund(address)
        record = json.loads(self.deployment.read_text())
        self.market = Market(project, record, cast, self.wallets, self.folder / "sites")
        with self.doing(f"Bonding {cast.oracle.nodes} nodes"):
            self.market.bond_nodes(cast.oracle.nodes)
        with self.doing("Registering two fleets, opening three leases, issuing both tranches to five investors"):
            for number in range(len(cast.fleets)):
                fleet = self.market.register(number)
                self.market.bond(fleet)
                self.market.issue(fleet)
            for lease_id, lease in enumerate(cast.leases, start=1):
                if self.market.open(lease) != lease_id:
                    raise StageError(f"the chain is not fresh: lease {lease_id} got another id")
                self.market.allocate(lease_id, lease)
        with self.doing(f"Starting two sites, {cast.oracle.nodes} nodes and the keeper"):
            self._start_sites()
            for index in range(cast.oracle.nodes):
                sites = self.lying_sites if index == cast.oracle.liar else self.sites
                self.nodes.configure(index, self.anvil.url, self.deployment, sites)
                self.nodes.start(index)
            self._start_keeper()
            self.nodes.wait_answering()

    def _deploy_config(self) -> DeployConfig:
        oracle = self.cast.oracle
        return DeployConfig.model_validate(
            {
                "clock": {
                    "epoch_length": oracle.epoch_length,
                    "observation_delay": oracle.observation_delay,
                    "dispute_window": oracle.dispute_window,
                },
                "roles": {name: self.wallets[name].address for name in ("owner", "issuer", "guardian", "reserve")},
                "nodes": self.nodes.members,
                "stablecoins": [{"issuer": "Test Issuer"}],
            }
        )

    def _start_sites(self) -> None:
        self.sites = [self._start_site(index, lie=False) for index in range(len(self.cast.fleets))]
        # Only a scraped exporter can tell each node something else; the log is the same file for all.
        self.lying_sites = [
            self._start_site(index, lie=True) if site.cast.kind == "dcgm" else site
            for index, site in enumerate(self.sites)
        ]

    def _start_site(self, number: int, lie: bool) -> SiteAddress:
        fleet = self.market.fleets[number]
        command = [sys.executable, "-m", "scripts.stage.site", "--rpc", self.anvil.url]
        command += [
            "--telemetry",
            str(fleet.cast.telemetry),
            "--bodies",
            str(fleet.bodies),
            *(["--lie"] if lie else []),
        ]
        name = f"site-{fleet.fleet_id}{'-lying' if lie else ''}"
        self.processes.start(name, command)
        return SiteAddress(fleet.fleet_id, fleet.cast, self.processes.url(name))

    def _start_keeper(self) -> None:
        gas, password, address = keystore(self.folder / "keeper", "gas")
        self.anvil.fund(address)
        nodes = ", ".join(f'"{url}"' for url in self.nodes.urls)
        (self.folder / "keeper" / "keeper.toml").write_text(
            f'[chain]\nrpc_urls = ["{self.anvil.url}"]\ndeployment = "{self.deployment}"\nconfirmations = 1\n\n'
            f'[gas_key]\nkeystore = "{gas}"\npassword_file = "{password}"\n\n'
            f"[keeper]\nnodes = [{nodes}]\npoll_ms = 500\n"
        )
        self.processes.start("keeper", [WELLHEAD, "settle", "--config", self.folder / "keeper" / "keeper.toml"])

    # ------------------------------------------------------------------ the play

    def script(self) -> list[Act]:
        """What happens when, by the chain's clock."""
        killed = self.cast.oracle.killed
        acts = [] if killed is None else self._kill_and_restart(killed)
        for lease_id, lease in enumerate(self.cast.leases, start=1):
            for top_up in lease.top_ups:
                text = f"{lease.tenant} tops up lease {lease_id}"
                acts.append(
                    Act(
                        top_up.at,
                        lambda lease_id=lease_id, lease=lease, top_up=top_up: self.market.top_up(
                            lease_id, lease.tenant, top_up.amount
                        ),
                        Incident("topup", lease.fleet, top_up.at, None, text),
                    )
                )
        for transfer in self.cast.transfers:
            tranche = self.cast.fleets[transfer.fleet - 1].tranches[transfer.tranche].name
            text = f"{transfer.giver} sells {transfer.shares_bps / 100:g} % of {tranche} to {transfer.taker}"
            acts.append(
                Act(
                    transfer.at,
                    lambda transfer=transfer: self.market.transfer_shares(
                        transfer.fleet, transfer.tranche, transfer.giver, transfer.taker, transfer.shares_bps
                    ),
                    Incident("transfer", transfer.fleet, transfer.at, None, text),
                )
            )
        return sorted(acts, key=lambda act: act.at)

    def _kill_and_restart(self, index: int) -> list[Act]:
        oracle = self.cast.oracle
        text = f"node {index} is killed with kill -9"
        return [
            Act(
                oracle.killed_at,
                lambda: self.nodes.kill(index),
                Incident("kill", None, oracle.killed_at, oracle.restarted_at, text),
            ),
            Act(oracle.restarted_at, lambda: self.nodes.start(index)),
        ]

    def play(self) -> None:
        """Moves the clock until every lease has closed at its final reading."""
        cast, oracle = self.cast, self.cast.oracle
        acts = self.script()
        tail = oracle.observation_delay + oracle.dispute_window + 2 * oracle.epoch_length
        last = cast.term_end + tail
        exporters = sorted({site.url for site in self.sites + self.lying_sites if site.cast.kind == "dcgm"})
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(40),
            TextColumn("{task.fields[clock]}  report of epoch {task.fields[epoch]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(
                f"{(cast.term_end - cast.term_start) // 3600} hours", total=last - cast.starts, clock="", epoch=0
            )
            moment = (self.anvil.now() // STEP_S + 1) * STEP_S
            while moment <= last and not self._all_closed():
                self.anvil.move_to(moment)
                for act in acts:
                    if act.at <= moment and not act.done:
                        act.do()
                        act.done = True
                        if act.incident:
                            self.incidents.append(act.incident)
                self.nodes.wait_sampled(moment, exporters)
                self._wait_for_report(moment)
                progress.update(task, completed=moment - cast.starts, clock=utc(moment), epoch=self.head_epoch())
                moment = max(moment + STEP_S, (self.anvil.now() // STEP_S + 1) * STEP_S)
        # Quick nodes leave the keeper behind, which waits for each of its transactions.
        deadline = time.monotonic() + KEEPER_PATIENCE_S
        while not self._all_closed():
            if time.monotonic() > deadline:
                raise StageError(f"not every lease closed by {utc(last)}:\n{self.processes.tail('keeper')}")
            time.sleep(0.2)

    def head_epoch(self) -> int:
        """The newest report's epoch."""
        return int(self.anvil.rpc("eth_call", {"to": self.market.oracle.address, "data": HEAD_EPOCH}, "latest"), 16)

    def _wait_for_report(self, moment: int) -> None:
        """Gives this attempt's leader real time to gather and post; a leader that is dead costs the patience, once
        an attempt."""
        oracle = self.cast.oracle
        due = (moment - oracle.observation_delay - self.cast.starts) // oracle.epoch_length - 1
        if due < 1:
            return
        deadline = time.monotonic() + POST_PATIENCE_S
        while self.head_epoch() < due and time.monotonic() < deadline:
            self.processes.check()
            time.sleep(0.02)

    def _all_closed(self) -> bool:
        if self.anvil.now() < self.cast.term_end:
            return False
        return all(self.market.leases.leaseOf(lease_id)[2][4] for lease_id in range(1, len(self.cast.leases) + 1))

    def settle_accounts(self) -> None:
        """Distributes what is left, waits out the last stream, and lets everyone take what is theirs."""
        with self.doing("Distributing, waiting out the last stream, claiming"):
            period = self.cast.waterfall.period
            for _ in range(3):
                boundary = (self.anvil.now() // period + 1) * period
                self.anvil.move_to(boundary)
                for fleet in self.market.fleets:
                    self.market.distribute(fleet)
            closable = self.market.fees.closableFrom()
            if self.anvil.now() < closable:
                self.anvil.move_to(closable)
            self.market.pay_everyone()

    # ------------------------------------------------------------------ the books

    def audit(self, readings: Path) -> dict[str, Any]:
        """Runs the replay verifier as anyone would."""
        command = [
            WELLHEAD,
            "audit",
            "--rpc",
            self.anvil.url,
            "--deployment",
            self.deployment,
            "--readings",
            readings,
            "--json",
        ]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        try:
            result: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise StageError(f"wellhead audit printed no JSON:\n{done.stdout}{done.stderr}") from None
        result["exit_code"] = done.returncode
        return result

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Says what goes on while it does, and how long it took."""
        began = time.monotonic()
        with self.console.status(f"  {what}"):
            yield
        self.console.print(f"  [green]✓[/] {what} [dim]{time.monotonic() - began:.0f} s[/]")

    def _log(self, line: str) -> None:
        with (self.folder / "logs" / "deploy.log").open("a") as log:
            log.write(line + "\n")


def run(cast: Cast, console: Console, folder: Path) -> dict[str, Any]:
    """The whole demo. Returns the statement, which is also left in `folder` with the report."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    with Processes(folder / "logs") as processes:
        demo = Demo(cast, processes, console, folder)
        demo.set_up()
        ready = time.monotonic()
        demo.play()
        console.print(
            f"  [green]✓[/] Metered, reported, settled and distributed [dim]{time.monotonic() - ready:.0f} s[/]"
        )
        statement = Statement(demo.anvil.url, demo.deployment, cast, demo.wallets, folder / "readings")
        with demo.doing("Collecting the nodes' signed observations"):
            statement.collect(demo.nodes)
            demo.nodes.stop()
            processes.stop("keeper")
        demo.settle_accounts()
        with demo.doing("Replaying every event: wellhead audit"):
            audit = demo.audit(folder / "readings")
        made = statement.make(audit, demo.incidents, {"setup": ready - began, "run": time.monotonic() - ready})
    shutil.rmtree(folder / "anvil", ignore_errors=True)
    (folder / "statement.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    (folder / "report.html").write_text(page.render(made))
    return made


def main() -> None:
    """The command line."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    # A SIGTERM ends the demo as Ctrl-C does: through the context managers that end its processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(highlight=False)
    folder = ROOT / "build" / "demo"
    try:
        statement = run(load_cast(ROOT / "examples" / "demo.toml"), console, folder)
    except StageError as error:
        console.print("  [red]✗[/] ", end="")
        console.print(str(error), markup=False)
        console.print(f"  logs: {(folder / 'logs').relative_to(ROOT)}")
        sys.exit(1)
    tables.print_statement(statement, console)
    console.print()
    for check in statement["checks"]:
        mark = "[green]✓[/]" if check["holds"] else "[red]✗[/]"
        console.print(f"  {mark} {check['what']} [dim]({check['figures']})[/]")
    console.print()
    for name in ("statement.json", "report.html"):
        console.print(f"  {(folder / name).relative_to(ROOT)}")
    sys.exit(0 if statement["books_balance"] and all(check["holds"] for check in statement["checks"]) else 1)


if __name__ == "__main__":
    main()
