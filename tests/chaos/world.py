"""Four nodes on a chain that moves by itself: one-second blocks, epochs of seconds, one telemetry store for all."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree
from tests.support.chain import ROOT, Stack, anvil, deploy_stack, node_key, now, rpc
from tests.support.faulty_rpc import FaultyRpc, faulty_rpc
from tests.support.market import Fleet, allocate, lease_meter, list_fleet, open_lease
from tests.support.wellhead import NodeProcess
from tests.unit.node.cluster import free_ports
from tests.unit.node.site_server import SiteServer

EPOCH_S, DELAY_S, DISPUTE_S = 8, 3, 8
TURN_S = 2
NODES = 4
GPUS, LEASED = 4, 2
UUIDS = [f"GPU-{number:08x}-0000-0000-0000-000000000000" for number in range(GPUS)]
DISK_BYTES = 64 << 20
HEADER = "timestamp, uuid, power.draw [W], utilization.gpu [%]\n"


def power_w(gpu: int, second: int) -> int:
    """What a board draws at a Unix second."""
    return 300 + 100 * gpu + 10 * (second % 7)


def busy_percent(gpu: int, second: int) -> int:
    """How busy a GPU is at a Unix second."""
    return (13 * second + 29 * gpu) % 101


class Store:
    """The site's log of GPU samples, one a second, as nvidia-smi would have written it: a function of time alone."""

    def __init__(self, start: int, clock: Callable[[], float]) -> None:
        self._next = start
        self._clock = clock
        self._text = bytearray(HEADER.encode())

    def text(self) -> bytes:
        """All of it up to now."""
        while self._next <= self._clock():
            moment = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(self._next))
            for gpu, uuid in enumerate(UUIDS):
                power, busy = power_w(gpu, self._next), busy_percent(gpu, self._next)
                self._text += f"{moment}.000, {uuid}, {power}.00 W, {busy} %\n".encode()
            self._next += 1
        return bytes(self._text)


@dataclass
class World:
    """The chain, the store, the nodes."""

    folder: Path
    stack: Stack
    site: SiteServer
    fleet: Fleet
    lease: int
    start_of_lease: int
    rpcs: list[FaultyRpc]
    nodes: list[NodeProcess] = field(default_factory=list)
    small_disks: bool = False
    """Whether each database has a disk of its own, small enough to be filled."""

    def disk(self, node: int) -> Path:
        """The folder of a node's database."""
        return self.nodes[node].folder / "disk"

    @property
    def meter(self) -> int:
        """The lease's meter id."""
        return lease_meter(self.stack, self.lease)

    def head_epoch(self) -> int:
        """The newest standing report's epoch."""
        return int(self.stack.oracle.functions.headEpoch().call())

    def present_epoch(self) -> int:
        """The epoch the chain's head is in."""
        return (now(self.stack.w3) - self.stack.genesis) // self.stack.epoch_length

    def start(self) -> None:
        """Starts every node that does not run."""
        for node in self.nodes:
            if not node.alive:
                node.start()
        self.wait(lambda: all(node.listens for node in self.nodes), 60, "all nodes to listen")

    def wait(self, done: Callable[[], bool], seconds: float, what: str) -> float:
        """Waits until `done`; how long it took. Fails after `seconds`."""
        begun = time.monotonic()
        while not done():
            if time.monotonic() - begun > seconds:
                raise AssertionError(f"waited {seconds} s for {what}\n{self.tails()}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def tails(self) -> str:
        """The last words of every node."""
        return "\n".join(
            f"--- {node.folder.name}\n" + "\n".join(json.dumps(line) for line in node.log()[-12:])
            for node in self.nodes
        )


def write_config(world: World, index: int, rpc_urls: list[str]) -> None:
    """A node's configuration file."""
    home = world.nodes[index].folder
    peers = "".join(
        f'[[peers]]\nnode = "{node_key("cold", peer).address}"\nurl = "{process.url}"\n'
        for peer, process in enumerate(world.nodes)
        if peer != index
    )
    settings = {
        "listen": f"127.0.0.1:{world.nodes[index].port}",
        "database": "disk/node.db",
        "poll_ms": 200,
        "max_skew_s": 30,
        "attempt_s": TURN_S,
    }
    section = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (home / "node.toml").write_text(
        f'[chain]\nrpc_urls = {json.dumps(rpc_urls)}\ndeployment = "{world.folder / "31337.json"}"\nconfirmations = 2\n'
        f"[node]\n{section}[api]\nrequests_per_minute = 1000000\n"
        f'[signing_key]\nkeystore = "hot.json"\npassword_file = "password"\n'
        f'[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
        f'{peers}[[sites]]\nfleet = {world.fleet.fleet_id}\nkind = "nvidia-smi"\nurl = "{world.site.url}/log.csv"\n'
        f'interval_s = 1\nallocations_url = "{world.site.url}/allocations"\n'
        f'inventory_url = "{world.site.url}/inventory"\n'
    )


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own for a folder. Takes root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def world(folder: Path, sound_rpcs: int = 0, nodes: int = NODES) -> Iterator[World]:
    """A market with one leased fleet on its own chain, and nodes configured, none started. Each has an RPC of its own
    that faults are put in, and `sound_rpcs` (at most two) beside it."""
    with ExitStack() as stack:
        chain = stack.enter_context(anvil(int(time.time())))
        market = deploy_stack(chain.w3, nodes=nodes, epoch_length=EPOCH_S, delay=DELAY_S, dispute=DISPUTE_S)
        operator, tenant = chain.w3.eth.accounts[1], chain.w3.eth.accounts[2]
        fleet = list_fleet(market, operator, units=GPUS)
        tree = inventory_tree(UUIDS)
        rpc(chain.w3, "evm_setAutomine", True)
        start = (now(chain.w3) // EPOCH_S + 8) * EPOCH_S
        lease = open_lease(market, fleet, tenant, LEASED, start, start + 400 * 86_400)
        gpus = [
            {"uuid": uuid, "proof": ["0x" + node.hex() for node in tree.proof(place)]}
            for place, uuid in enumerate(UUIDS[:LEASED])
        ]
        rpcs = [stack.enter_context(faulty_rpc(chain.url)) for _ in range(nodes)]
        site = SiteServer()
        stack.callback(site.close)
        made = World(folder, market, site, fleet, lease, start, rpcs, small_disks=os.geteuid() == 0)
        body = json.dumps({"fleet": fleet.fleet_id, "lease": lease, "version": 2, "gpus": gpus}).encode()
        publish = market.fleets.functions.publishInventory(fleet.fleet_id, tree.root, GPUS)
        publish.transact({"from": operator})
        allocate(market, fleet, lease, keccak256(body), version=2)
        store = Store(now(chain.w3) - 60, time.time)
        site.paths["/log.csv"] = store.text
        site.paths[f"/allocations/0x{keccak256(body).hex()}"] = body
        site.paths[f"/inventory/0x{tree.root.hex()}"] = json.dumps(UUIDS).encode()
        market.write_deployment(folder)
        # Two worlds at once use the same keys: a machine each, as far as nodes that look for their like can see.
        environment = {"XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)}
        for index, port in enumerate(free_ports(nodes)):
            node = NodeProcess(folder / f"node{index}", f"http://127.0.0.1:{port}", environment=environment)
            gas = node_key("gas", index)
            rpc(chain.w3, "anvil_setBalance", gas.address, hex(10**20))
            node.write_keys(node_key("hot", index), gas)
            made.nodes.append(node)
            made.disk(index).mkdir()
            if made.small_disks:
                stack.enter_context(small_disk(made.disk(index)))
        for index in range(nodes):
            sound = [chain.url, chain.url.replace("127.0.0.1", "localhost")][:sound_rpcs]
            write_config(made, index, [rpcs[index].url, *sound])
        rpc(chain.w3, "evm_setAutomine", False)
        rpc(chain.w3, "evm_setIntervalMining", 1)
        try:
            yield made
        finally:
            for node in made.nodes:
                if node.alive:
                    node.end()
