"""Four `wellhead run` processes on a real chain scrape a site, agree and post; one dies by kill -9 and comes back."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree, meter_tree
from oracle.domain.reading import Reading
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer, PeerRefused
from tests.support.chain import HOUR, Stack, act, node_key, now, rpc, travel_to
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.market import allocate, fleet_meter, lease_meter, list_fleet, open_lease
from tests.unit.node.cluster import free_ports
from tests.unit.node.site_server import SiteServer

pytestmark = pytest.mark.slow

NODES = 4
STEP_S = 900
"""How far the clock goes at once, which is also the time between samples and a leader's turn."""


@dataclass
class Process:
    """One `wellhead run`."""

    folder: Path
    url: str
    running: subprocess.Popen[str] | None = None
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        log = (self.folder / f"log.{self.starts}").open("w")
        self.running = subprocess.Popen(
            [Path(sys.executable).parent / "wellhead", "run", "--config", self.folder / "node.toml"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()

    def wait_listening(self) -> None:
        assert self.running is not None
        assert self.running.stdout is not None
        assert self.running.stdout.readline() == f"listening on {self.url}\n", self.log()

    def end(self, number: int) -> int:
        assert self.running is not None
        self.running.send_signal(number)
        code = self.running.wait(15)
        self.running = None
        return code

    def log(self) -> str:
        return (self.folder / f"log.{self.starts}").read_text()

    def status(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}/status", trust_env=False, timeout=10).json())


@dataclass
class Stage:
    """The chain, the site and the nodes."""

    stack: Stack
    site: SiteServer
    folder: Path
    nodes: list[Process] = field(default_factory=list)

    def write(self, fleet_id: int) -> None:
        """Keys, configurations."""
        deployment = self.stack.write_deployment(self.folder)
        ports = free_ports(NODES)
        for index in range(NODES):
            home = self.folder / f"node{index}"
            home.mkdir()
            gas = Account.from_key(keccak256(b"gas" + bytes([index])))
            rpc(self.stack.w3, "anvil_setBalance", gas.address, hex(10**20))
            for name, account in (("hot", node_key("hot", index)), ("gas", gas)):
                (home / f"{name}.json").write_text(json.dumps(Account.encrypt(account.key, "pass", iterations=2)))
            (home / "password").write_text("pass")
            (home / "password").chmod(0o600)
            peers = "".join(
                f'[[peers]]\nnode = "{node_key("cold", peer).address}"\nurl = "http://127.0.0.1:{port}"\n'
                for peer, port in enumerate(ports)
                if peer != index
            )
            (home / "node.toml").write_text(
                f'[chain]\nrpc_urls = ["{self.stack.w3.provider.endpoint_uri}"]\ndeployment = "{deployment}"\n'  # type: ignore[attr-defined]
                f'confirmations = 1\n[node]\nlisten = "127.0.0.1:{ports[index]}"\ndatabase = "node.db"\n'
                f'clock = "chain"\npoll_ms = 50\nattempt_s = {STEP_S}\n'
                f'[signing_key]\nkeystore = "hot.json"\npassword_file = "password"\n'
                f'[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
                f'{peers}[[sites]]\nfleet = {fleet_id}\nkind = "dcgm"\nurl = "{self.site.url}/metrics"\n'
                f'interval_s = {STEP_S}\nallocations_url = "{self.site.url}/allocations"\n'
                f'inventory_url = "{self.site.url}/inventory"\n'
            )
            self.nodes.append(Process(home, f"http://127.0.0.1:{ports[index]}"))

    def move(self, until: int) -> None:
        """Moves the chain on in steps, each seen by every running node."""
        moment = now(self.stack.w3) // STEP_S * STEP_S + STEP_S
        while moment <= until:
            if moment > now(self.stack.w3):
                travel_to(self.stack.w3, moment)
            self.wait(
                lambda moment=moment: all((node.status()["head"] or {"time": 0})["time"] >= moment for node in self.up)
            )
            moment += STEP_S

    @property
    def up(self) -> list[Process]:
        return [node for node in self.nodes if node.running is not None]

    def wait(self, done: Callable[[], bool], seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, "\n".join(node.log()[-2000:] for node in self.nodes)
            time.sleep(0.02)

    def report(self, epoch: int) -> None:
        """Goes to the epoch's window, leader by leader, until its report stands."""
        opens = self.stack.period_end(epoch) + self.stack.delay
        for attempt in range(NODES):
            self.move(opens + attempt * STEP_S)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                if self.stack.oracle.functions.headEpoch().call() >= epoch:
                    return
                time.sleep(0.05)
        raise AssertionError("\n".join(node.log()[-3000:] for node in self.nodes))

    def readings(self, index: int, epoch: int, fetcher: Fetcher) -> dict[int, Reading]:
        """What a node hands out of a standing report, proven against the chain."""
        found: dict[int, Reading] = {}

        def fetched() -> bool:
            try:
                found.update(Peer(index, self.nodes[index].url, fetcher).readings(epoch))
            except PeerRefused:  # it has not seen it stand yet
                return False
            return True

        self.wait(fetched)
        assert meter_tree(sorted(found.items())).root == self.stack.oracle.functions.standing(epoch).call()[0]
        return found


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Iterator[Stage]:  # noqa: F811
    site = SiteServer()
    made = Stage(stack, site, tmp_path)
    yield made
    for node in made.up:
        node.end(signal.SIGKILL)
    site.close()


def metrics(stage: Stage, uuids: list[str]) -> bytes:
    """A DCGM exporter at the chain's time: every GPU at 700 W, half busy, its energy counter exact."""
    elapsed = now(stage.stack.w3) - stage.stack.genesis
    lines = []
    for index, uuid in enumerate(uuids):
        labels = f'{{gpu="{index}",UUID="{uuid}",modelName="NVIDIA H100 80GB HBM3"}}'
        lines.append(f"DCGM_FI_DEV_POWER_USAGE{labels} 700.0")
        lines.append(f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{labels} 0.5")
        lines.append(f"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{labels} {700_000 * elapsed}")
    return ("\n".join(lines) + "\n").encode()


def test_four_processes_meter_a_lease_to_the_unit_and_survive_kill_9(stage: Stage) -> None:
    market = stage.stack
    operator, tenant = market.w3.eth.accounts[1], market.w3.eth.accounts[2]
    fleet = list_fleet(market, operator, units=4)
    uuids = [f"GPU-{number:08x}-0000-0000-0000-000000000000" for number in range(4)]
    tree = inventory_tree(uuids)
    act(market.fleets.functions.publishInventory(fleet.fleet_id, tree.root, 4), operator)
    start = market.genesis + 3 * HOUR
    lease = open_lease(market, fleet, tenant, 2, start, start + 48 * HOUR)
    gpus = [
        {"uuid": uuid, "proof": ["0x" + node.hex() for node in tree.proof(place)]}
        for place, uuid in enumerate(uuids[:2])
    ]
    body = json.dumps({"fleet": fleet.fleet_id, "lease": lease, "version": 2, "gpus": gpus}).encode()
    allocate(market, fleet, lease, keccak256(body), version=2)
    stage.site.paths["/metrics"] = lambda: metrics(stage, uuids)
    stage.site.paths[f"/allocations/0x{keccak256(body).hex()}"] = body
    stage.site.paths[f"/inventory/0x{tree.root.hex()}"] = json.dumps(uuids).encode()
    stage.write(fleet.fleet_id)
    for node in stage.nodes:
        node.start()
    for node in stage.nodes:
        node.wait_listening()

    # A second node on the same database refuses to start, and says what to do.
    second = Process(stage.nodes[0].folder, stage.nodes[0].url, starts=10)
    second.start()
    assert second.running is not None
    assert second.running.wait(30) == 2
    assert re.search(r"in use by another node \(process \d+\): stop that one first", second.log())

    for epoch in (1, 2, 3):
        stage.report(epoch)
    fetcher = Fetcher()
    readings = stage.readings(0, 3, fetcher)
    assert readings[lease_meter(market, lease)] == Reading(2 * HOUR, 2 * HOUR, HOUR, 0, 1400, 1)
    assert readings[fleet_meter(market, fleet)].delivered == 2 * HOUR

    # One dies; three go on. It comes back, signs nothing of what it may have signed, and takes part again later.
    stage.nodes[3].end(signal.SIGKILL)
    stage.report(4)
    stage.nodes[3].start()
    stage.nodes[3].wait_listening()
    for epoch in (5, 6):
        stage.report(epoch)
    for epoch in (4, 5, 6):
        assert not market.oracle.functions.standing(epoch).call()[5] & 1 << 3
    stage.nodes[0].end(signal.SIGKILL)  # ... so that a quorum needs the one that came back
    for epoch in (7, 8):
        stage.report(epoch)
    assert market.oracle.functions.standing(8).call()[5] == 0b1110
    assert stage.readings(3, 8, fetcher)[lease_meter(market, lease)] == Reading(
        12 * HOUR, 12 * HOUR, 6 * HOUR, 0, 8400, 1
    )
    fetcher.close()

    for node in stage.up:
        assert node.end(signal.SIGTERM) == 0
        assert '"event": "stopped"' in node.log()
        assert "fault in this node" not in node.log()
    secrets = [node_key("hot", index).key.hex() for index in range(NODES)]
    logs = "".join(path.read_text() for path in stage.folder.rglob("log.*"))
    assert not any(secret.removeprefix("0x") in logs for secret in secrets)
