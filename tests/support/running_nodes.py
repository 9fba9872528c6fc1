"""Four `wellhead run` processes on a test chain, whose clock the test moves: a leased fleet, a site, reports."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree, meter_tree
from oracle.domain.reading import Reading
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer, PeerRefused
from tests.support.chain import HOUR, Stack, act, node_key, now, rpc, travel_to
from tests.support.market import Fleet, allocate, fleet_meter, lease_meter, list_fleet, open_lease
from tests.support.wellhead import NodeProcess
from tests.unit.node.cluster import free_ports
from tests.unit.node.site_server import SiteServer

NODES = 4
GPUS, LEASED = 4, 2
UUIDS = [f"GPU-{number:08x}-0000-0000-0000-000000000000" for number in range(GPUS)]
LEASE_EPOCH = 3
"""The epoch the lease starts with."""
STEP_S = 900
"""How far the clock goes at once, which is also the time between samples and a leader's turn."""


@dataclass
class RunningNodes:
    """The chain, a fleet of four GPUs of which two are leased for 48 hours, its site, and the nodes: with the keys of
    `node_key` from number `first` on."""

    stack: Stack
    folder: Path
    site: SiteServer
    fetcher: Fetcher
    fleet: Fleet
    lease: int
    deployment: Path
    first: int = 0
    nodes: list[NodeProcess] = field(default_factory=list)

    @property
    def up(self) -> list[NodeProcess]:
        """The nodes that run."""
        return [node for node in self.nodes if node.running is not None]

    @property
    def lease_meter(self) -> int:
        """The lease's meter id."""
        return lease_meter(self.stack, self.lease)

    @property
    def fleet_meter(self) -> int:
        """The fleet's meter id."""
        return fleet_meter(self.stack, self.fleet)

    def start(self, *nodes: NodeProcess) -> None:
        """Starts nodes, and waits until they listen."""
        for node in nodes:
            node.start()
        self.wait(lambda: all(node.listens for node in nodes), 120)

    def wait(self, done: Callable[[], bool], seconds: float = 60) -> None:
        """Waits until `done`; fails after `seconds`, or when a node ended by itself."""
        deadline = time.monotonic() + seconds
        while not done():
            assert all(node.alive for node in self.up), self.tails()
            assert time.monotonic() < deadline, self.tails()
            time.sleep(0.02)

    def tails(self) -> str:
        """The last words of every node."""
        return "\n".join(f"--- {node.folder.name}\n{node.texts()[-3000:]}" for node in self.nodes)

    def travel(self, until: int) -> None:
        """Moves the chain on in steps to `until`, each step seen by every running node."""
        moment = now(self.stack.w3) // STEP_S * STEP_S + STEP_S
        while moment <= until:
            travel_to(self.stack.w3, moment)
            self.see(moment)
            moment += STEP_S

    def see(self, moment: int) -> None:
        """Waits until every running node has seen a block at `moment` or later."""
        self.wait(lambda: all(((node.status() or {}).get("head") or {"time": 0})["time"] >= moment for node in self.up))

    def opens(self, epoch: int) -> int:
        """When the contract takes the report of an epoch."""
        return self.stack.period_end(epoch) + self.stack.delay

    def head_epoch(self) -> int:
        """The newest standing report's epoch."""
        return int(self.stack.oracle.functions.headEpoch().call())

    def report(self, epoch: int) -> None:
        """Goes to the epoch's window, leader by leader, until its report stands."""
        for attempt in range(NODES):
            self.travel(self.opens(epoch) + attempt * STEP_S)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                if self.head_epoch() >= epoch:
                    return
                time.sleep(0.05)
        raise AssertionError(self.tails())

    def readings(self, index: int, epoch: int) -> dict[int, Reading]:
        """What a node hands out of a standing report, proven against the chain."""
        found: dict[int, Reading] = {}

        def fetched() -> bool:
            try:
                found.update(Peer(index, self.nodes[index].url, self.fetcher).readings(epoch))
            except PeerRefused:  # it has not seen it stand yet
                return False
            return True

        self.wait(fetched)
        assert meter_tree(sorted(found.items())).root == self.stack.oracle.functions.standing(epoch).call()[0]
        return found


@contextmanager
def running_nodes(stack: Stack, folder: Path, first: int = 0) -> Iterator[RunningNodes]:
    """The market and four nodes' folders, none started yet. Their keys are those of `deploy_stack`'s set unless
    `first`, the number of the first one's, says otherwise."""
    w3 = stack.w3
    operator, tenant = w3.eth.accounts[1], w3.eth.accounts[2]
    fleet = list_fleet(stack, operator, units=GPUS)
    tree = inventory_tree(UUIDS)
    act(stack.fleets.functions.publishInventory(fleet.fleet_id, tree.root, GPUS), operator)
    start = stack.genesis + LEASE_EPOCH * HOUR
    lease = open_lease(stack, fleet, tenant, LEASED, start, start + 48 * HOUR)
    gpus = [
        {"uuid": uuid, "proof": ["0x" + step.hex() for step in tree.proof(place)]}
        for place, uuid in enumerate(UUIDS[:LEASED])
    ]
    body = json.dumps({"fleet": fleet.fleet_id, "lease": lease, "version": 2, "gpus": gpus}).encode()
    allocate(stack, fleet, lease, keccak256(body), version=2)
    site, fetcher = SiteServer(), Fetcher()
    site.paths["/metrics"] = lambda: _metrics(stack)
    site.paths[f"/allocations/0x{keccak256(body).hex()}"] = body
    site.paths[f"/inventory/0x{tree.root.hex()}"] = json.dumps(UUIDS).encode()
    made = RunningNodes(stack, folder, site, fetcher, fleet, lease, stack.write_deployment(folder), first)
    for index, port in enumerate(free_ports(NODES)):
        node = NodeProcess(folder / f"node{index}", f"http://127.0.0.1:{port}")
        gas = Account.from_key(keccak256(b"gas" + bytes([index])))
        rpc(w3, "anvil_setBalance", gas.address, hex(10**20))
        node.write_keys(node_key("hot", first + index), gas)
        made.nodes.append(node)
    for index in range(NODES):
        _write_config(made, index)
    try:
        yield made
    finally:
        for node in made.up:
            node.end(SIGKILL)
        fetcher.close()
        site.close()


def _write_config(made: RunningNodes, index: int) -> None:
    node, site = made.nodes[index], made.site.url
    peers = "".join(
        f'[[peers]]\nnode = "{node_key("cold", made.first + peer).address}"\nurl = "{process.url}"\n'
        for peer, process in enumerate(made.nodes)
        if peer != index
    )
    (node.folder / "node.toml").write_text(
        f'[chain]\nrpc_urls = ["{made.stack.w3.provider.endpoint_uri}"]\ndeployment = "{made.deployment}"\n'  # type: ignore[attr-defined]
        f'confirmations = 1\n[node]\nlisten = "127.0.0.1:{node.port}"\ndatabase = "node.db"\n'
        f'clock = "chain"\npoll_ms = 50\nattempt_s = {STEP_S}\n'
        "[api]\nrequests_per_minute = 1000000\n"
        f'[signing_key]\nkeystore = "hot.json"\npassword_file = "password"\n'
        f'[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
        f'{peers}[[sites]]\nfleet = {made.fleet.fleet_id}\nkind = "dcgm"\nurl = "{site}/metrics"\n'
        f'interval_s = {STEP_S}\nallocations_url = "{site}/allocations"\ninventory_url = "{site}/inventory"\n'
    )


def _metrics(stack: Stack) -> bytes:
    """A DCGM exporter at the chain's time: every GPU at 700 W, half busy, its energy counter exact."""
    elapsed = now(stack.w3) - stack.genesis
    lines = []
    for index, uuid in enumerate(UUIDS):
        labels = f'{{gpu="{index}",UUID="{uuid}",modelName="NVIDIA H100 80GB HBM3"}}'
        lines.append(f"DCGM_FI_DEV_POWER_USAGE{labels} 700.0")
        lines.append(f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{labels} 0.5")
        lines.append(f"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{labels} {700_000 * elapsed}")
    return ("\n".join(lines) + "\n").encode()
