"""A world on a local chain, as a cast describes it: contracts, fleets, leases, sites, nodes and keeper, and a clock
that is moved on step by step."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.crypto import keccak

from scripts.chain import ROOT, connect, load_project
from scripts.deploy import DeployConfig, deploy
from scripts.stage.anvil import ACCOUNTS, Anvil
from scripts.stage.cast import Cast, LeaseCast, TransferCast, Wallets
from scripts.stage.keeper import Keeper
from scripts.stage.market import Market, bodies_of
from scripts.stage.nodes import Nodes, SiteAddress
from scripts.stage.ports import Ports
from scripts.stage.processes import Processes, StageError
from scripts.stage.statement import Incident

STEP_S = 600
"""How far the clock moves at once: the interval at which the nodes scrape the exporter."""

HEAD_EPOCH = "0x" + keccak(text="headEpoch()")[:4].hex()

POST_PATIENCE_S = 4.0
"""Real seconds the stage waits for a report before it moves the clock on to the next leader's turn."""

Doing = Callable[[str], AbstractContextManager[None]]
"""Says what goes on for as long as it does."""


@dataclass
class Act:
    """Something that happens once the chain's clock has reached `at`."""

    at: int
    do: Callable[[], object]
    incident: Incident | None = None
    done: bool = field(default=False, init=False)


class World:
    """A chain and all that is on it. What it leaves goes to `folder`.

    With `pages`, origins of web pages, it is there to be looked at: nodes answer these pages, and recordings that are
    over begin again.
    """

    def __init__(
        self, cast: Cast, processes: Processes, doing: Doing, folder: Path, ports: Ports, pages: Sequence[str] = ()
    ) -> None:
        self.cast = cast
        self.folder = folder
        self.processes = processes
        self.doing = doing
        self.ports = ports
        self.pages = list(pages)
        self.wallets = Wallets(ACCOUNTS)
        for name in ("deployer", "owner", "issuer", "guardian", "protocol treasury", "reserve"):
            _ = self.wallets[name]

    # ------------------------------------------------------------------ the stage

    def deploy(self, newcomers: bool = False) -> None:
        """Chain and contracts; and the processes that will read them, which take their time to start. With `newcomers`
        the nodes know the site of newcomers' fleets."""
        cast = self.cast
        with self.doing("Starting Anvil and deploying with brownie"):
            self.anvil = Anvil(self.processes, cast.starts, self.folder / "anvil", self.ports.rpc)
            names = self._start_sites()  # they unpack their recordings meanwhile
            colds = [self.wallets[f"node {index}"].address for index in range(cast.oracle.nodes)]
            self.nodes = Nodes(self.processes, self.folder / "nodes", colds, self.ports.nodes, self.pages)
            project = load_project()
            connect(self.anvil.url)
            self.deployment = deploy(self._deploy_config(), folder=self.folder / "deployments", say=self._log)
            for address in self.nodes.gas_addresses:
                self.anvil.fund(address)
        self.record = json.loads(self.deployment.read_text())
        self.market = Market(project, self.record, cast, self.wallets, self.folder / "sites")
        with self.doing(f"Starting {len(cast.fleets)} sites, {cast.oracle.nodes} nodes and the keeper"):
            self._find_sites(*names)
            self.configure_nodes(newcomers)
            self.keeper = Keeper(self.processes, self.anvil, self.market, self.folder / "keeper")
            self.keeper.configure(self.deployment, self.nodes.urls)
            self.start_oracle()

    def configure_nodes(self, newcomers: bool) -> None:
        """Writes what the nodes read when they start; with `newcomers` they know the site of newcomers' fleets."""
        # One site for all fleets that newcomers may register. Nobody answers there before the doors open.
        cast = self.cast.fleets[0]
        spare = [
            SiteAddress(fleet_id, cast.kind, cast.interval_s, self.newcomers_site)
            for fleet_id in (self.spare_fleets if newcomers else ())
        ]
        for index in range(self.cast.oracle.nodes):
            sites = self.lying_sites if index == self.cast.oracle.liar else self.sites
            self.nodes.configure(index, self.anvil.url, self.deployment, [*sites, *spare])

    def populate(self) -> None:
        """Bonds, fleets, shares and leases; then every node answers."""
        cast = self.cast
        with self.doing(f"Bonding {cast.oracle.nodes} nodes"):
            self.market.bond_nodes(cast.oracle.nodes)
        with self.doing(
            f"Registering {len(cast.fleets)} fleets, opening {len(cast.leases)} leases, "
            f"issuing shares to {len(cast.investors)} investors"
        ):
            for number in range(len(cast.fleets)):
                fleet = self.market.register(number)
                self.market.bond(fleet)
                self.market.issue(fleet)
            for lease_id, lease in enumerate(cast.leases, start=1):
                if self.lease(lease) != lease_id:
                    raise StageError(f"the chain is not fresh: lease {lease_id} got another id")
        with self.doing("Waiting for the nodes"):
            self.nodes.wait_answering()

    def lease(self, lease: LeaseCast) -> int:
        """Opens a lease and allocates its GPUs. Returns its id."""
        lease_id = self.market.open(lease)
        self.market.allocate(lease_id, lease)
        return lease_id

    def transfer(self, transfer: TransferCast) -> None:
        """An investor hands shares to another."""
        self.market.transfer_shares(
            transfer.fleet, transfer.tranche, transfer.giver, transfer.taker, transfer.shares_bps
        )

    def start_oracle(self) -> None:
        """Every node, and the keeper; `nodes.wait_answering` waits for them."""
        for index in range(self.cast.oracle.nodes):
            self.nodes.start(index)
        self.keeper.start()

    def stop_oracle(self) -> None:
        """The nodes, then the keeper."""
        self.nodes.stop()
        self.keeper.stop()

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

    def _start_sites(self) -> tuple[list[str], list[str]]:
        """The names of the processes, a fleet each: those that tell what was recorded, and those for the node that
        lies."""
        fleets = range(len(self.cast.fleets))
        # Only a scraped exporter can tell each node something else; the log is the same file for all.
        lies = [self.cast.oracle.liar is not None and fleet.kind == "dcgm" for fleet in self.cast.fleets]
        names = [self._start_site(number, lie=False) for number in fleets]
        return names, [self._start_site(number, lie=True) if lies[number] else names[number] for number in fleets]

    def _find_sites(self, names: list[str], lying: list[str]) -> None:
        self.sites, self.lying_sites = ([self._site(*each) for each in enumerate(one)] for one in (names, lying))

    @property
    def newcomers_site(self) -> str:
        """Where the site of all fleets answers that newcomers register."""
        return f"http://127.0.0.1:{self.ports.newcomers}"

    @property
    def spare_fleets(self) -> range:
        """The ids of fleets that newcomers register, as far as the nodes have a site for them."""
        first = len(self.cast.fleets) + 1
        return range(first, first + self.cast.encore.spare_sites)

    def _start_site(self, number: int, lie: bool) -> str:
        """The name of a process that was started."""
        cast, fleet_id = self.cast.fleets[number], number + 1
        command = [sys.executable, "-m", "scripts.stage.site", "--rpc", self.anvil.url]
        command += ["--telemetry", str(cast.telemetry), "--bodies", str(bodies_of(self.folder / "sites", fleet_id))]
        if lie:
            command.append("--lie")
        if self.pages:
            command.append("--repeat")
        if cast.plays_from is not None:
            command += ["--shift", str(cast.shift(self.cast.starts)), "--since", str(self.cast.starts)]
        if cast.silent is not None:
            command += ["--silent", *map(str, cast.silent)]
        if cast.renamed:
            command += ["--inventory", str(cast.inventory)]
        name = f"site-{fleet_id}{'-lying' if lie else ''}"
        self.processes.start(name, command, ROOT)
        return name

    def _site(self, number: int, name: str) -> SiteAddress:
        """Where a site listens, as soon as it does."""
        cast = self.cast.fleets[number]
        return SiteAddress(number + 1, cast.kind, cast.interval_s, self.processes.url(name))

    # ------------------------------------------------------------------ the clock

    def play(self, last: int, acts: Sequence[Act] = ()) -> Iterator[int]:
        """Moves the clock to `last` step by step: acts that are due, samples, a report, settlements, a
        distribution. Yields each step's moment once all of it has happened."""
        # The nodes ask a fleet's exporter, or the one that lies about the same fleet: the first such fleet keeps pace.
        scraped = next((site.fleet_id for site in self.sites if site.kind == "dcgm"), None)
        exporters = sorted({site.url for site in self.sites + self.lying_sites if site.fleet_id == scraped})
        moment = (self.anvil.now() // STEP_S + 1) * STEP_S
        while moment <= last:
            self.anvil.move_to(moment)
            for act in acts:
                if act.at <= moment and not act.done:
                    act.do()
                    act.done = True
            self.nodes.wait_sampled(moment, exporters)
            self._wait_for_report(moment)
            self.keeper.wait()
            yield moment
            moment = max(moment + STEP_S, (self.anvil.now() // STEP_S + 1) * STEP_S)

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

    def _log(self, line: str) -> None:
        with (self.folder / "logs" / "deploy.log").open("a") as log:
            log.write(line + "\n")
