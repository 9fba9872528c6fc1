"""Real nodes over real HTTP on loopback; only the chain is played, by the rules of MeterOracle.submit."""

import random
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_account import Account

from oracle.chain.errors import ChainNotPast, GasKeyEmpty, Reverted
from oracle.chain.view import Block, NodeKeys, OracleConfig, StandingReport
from oracle.domain.keccak import keccak256
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import FleetMeter, LeaseMeter, MeterKind, MeterSet, meter_id
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Report, config_digest
from oracle.domain.schedule import Schedule
from oracle.domain.signature import recover
from oracle.domain.signed import Leaves, Proposal
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer
from oracle.exchange.refusals import Unknown
from oracle.exchange.round import Round
from oracle.keys import KeySigner
from oracle.node.app import RunningNode, start_node
from oracle.node.node import Node
from oracle.node.observe import Facts
from oracle.settings import Settings

HOUR = 3600
GENESIS = 1_700_006_400 // HOUR * HOUR
SCHEDULE = Schedule(GENESIS, HOUR, 2 * HOUR)
ORACLE = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
LEASES = "0x" + "ca" * 20
FLEETS = "0x" + "f1" * 20
CHAIN_ID = 31337


def signer(index: int) -> KeySigner:
    """Node `index`'s hot key."""
    key = keccak256(b"hot" + bytes([index]))
    return KeySigner(str(Account.from_key(key).address), key)


def cold(index: int) -> str:
    """Node `index`'s cold address."""
    return "0x" + keccak256(b"cold" + bytes([index]))[:20].hex()


def lease(number: int, *, units: int = 4, start: int = GENESIS + 2 * HOUR, hours: int = 240, **more: Any) -> LeaseMeter:
    """An open lease on fleet 1."""
    given: dict[str, Any] = {
        "meter_id": meter_id(MeterKind.LEASE, LEASES, number),
        "lease_id": number,
        "fleet_id": 1,
        "units": units,
        "start": start,
        "end": start + hours * HOUR,
        "stop": 0,
        "availability_bps": 9_900,
        "allocations": (),
        "suspensions": (),
    }
    return LeaseMeter(**{**given, **more})


def fleet(number: int = 1, units: int = 8) -> FleetMeter:
    """A listed fleet without an inventory."""
    return FleetMeter(meter_id(MeterKind.FLEET, FLEETS, number), number, units, GENESIS + HOUR, 700, ())


class PlayedChain:
    """A chain in memory: a ChainView that also takes reports as MeterOracle does. Its clock is moved by `advance`."""

    def __init__(self, nodes: int, meters: MeterSet) -> None:
        quorum = (nodes - 1) // 3 * 2 + 1
        digest = config_digest(CHAIN_ID, ORACLE, [cold(i) for i in range(nodes)], quorum, 1, bytes(32))
        keys = tuple(NodeKeys(cold(i), signer(i).address, signer(i).address, 0) for i in range(nodes))
        self._config = OracleConfig(CHAIN_ID, ORACLE, digest, GENESIS, HOUR, 2 * HOUR, 6 * HOUR, quorum, keys)
        self.blocks = [Block(1, keccak256(b"1"), GENESIS)]
        self.open_meters = meters
        self.reports: dict[int, StandingReport] = {}
        self.posted: list[Report] = []
        self.tries = 0
        self.refuse = False

    def advance(self, timestamp: int) -> None:
        """Mines a block at `timestamp`."""
        number = len(self.blocks) + 1
        self.blocks.append(Block(number, keccak256(str(number).encode()), timestamp))

    def head(self) -> Block:
        return self.blocks[-1]

    def last_block_at(self, timestamp: int) -> Block:
        if self.head().timestamp <= timestamp:
            raise ChainNotPast("not past it")
        return next(block for block in reversed(self.blocks) if block.timestamp <= timestamp)

    def config(self) -> OracleConfig:
        return self._config

    def standing(self) -> StandingReport | None:
        return self.reports[max(self.reports)] if self.reports else None

    def report(self, epoch: int) -> StandingReport | None:
        return self.reports.get(epoch)

    def meters(self, block: Block) -> MeterSet:
        return self.open_meters

    def submit(self, report: Report, signatures: bytes) -> str:
        self.tries += 1
        if self.refuse:
            raise GasKeyEmpty("no gas money")
        config, newest, now = self._config, self.standing(), self.head().timestamp
        if newest is not None and report.epoch <= newest.epoch:
            raise Reverted("MeterOracle_EpochNotNewer", {}, "not newer")
        assert report.base_epoch == (newest.epoch if newest else 0)
        assert SCHEDULE.opens(report.epoch) <= now < SCHEDULE.closes(report.epoch)
        digest = replace(report, base_root=newest.root if newest else bytes(32)).digest(Domain(CHAIN_ID, ORACLE))
        assert len(signatures) == 65 * config.quorum
        records = [signatures[at : at + 65] for at in range(0, len(signatures), 65)]
        indexes = [record[0] for record in records]
        assert indexes == sorted(set(indexes))
        for record in records:
            assert recover(digest, record[1:]) == config.nodes[record[0]].signer(report.epoch)
        self.reports[report.epoch] = StandingReport(
            report.epoch, report.base_epoch, report.root, report.leaf_count, now, tuple(indexes)
        )
        self.posted.append(report)
        self.advance(now + 1)
        return "0x" + digest.hex()


Increments = Callable[[Facts], Mapping[int, Reading]]


@dataclass
class PlayedObserver:
    """Says what `increments` gives, zero for other meters."""

    increments: Increments
    reached: int = 1

    def sites_reached(self, facts: Facts) -> int:
        return self.reached

    def observe(self, facts: Facts) -> Leaves:
        given = self.increments(facts)
        return tuple((meter, given.get(meter, Reading())) for meter in facts.bounds())


@dataclass
class Cluster:
    """Nodes of one set on one played chain; `None` where a node is not running."""

    chain: PlayedChain
    folder: Path
    observers: list[PlayedObserver]
    logs: list[list[dict[str, Any]]] = field(default_factory=list)
    nodes: list[RunningNode | None] = field(default_factory=list)
    stacks: list[ExitStack] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    ticks: float = 0.0
    fetcher: Fetcher = field(default_factory=Fetcher)

    def start(self, index: int) -> None:
        """Starts or restarts node `index` on its own database."""
        home = self.folder / f"node{index}"
        home.mkdir(exist_ok=True)
        for name in ("deployment", "key", "password", "gas", "gaspassword"):
            (home / name).touch()
        settings = Settings.model_validate(
            {
                "chain": {"rpc_urls": ["http://127.0.0.1:1"], "deployment": home / "deployment"},
                "node": {
                    "listen": f"127.0.0.1:{self.ports[index]}",
                    "database": str(home / "node.db"),
                    "clock": "chain",
                },
                "signing_key": {"keystore": home / "key", "password_file": home / "password"},
                "gas_key": {"keystore": home / "gas", "password_file": home / "gaspassword"},
                "peers": [
                    {"node": cold(peer), "url": f"http://127.0.0.1:{port}"}
                    for peer, port in enumerate(self.ports)
                    if peer != index
                ],
            }
        )
        stack = ExitStack()
        self.stacks[index] = stack
        self.nodes[index] = start_node(
            stack,
            settings,
            self.chain,
            self.chain,
            signer(index),
            lambda event, **fields: self.logs[index].append({"event": event, **fields}),
            observer=self.observers[index],
            timer=self._timer,
        )

    def stop(self, index: int) -> None:
        """Ends node `index`; its database stays."""
        self.stacks[index].close()
        self.nodes[index] = None

    def _timer(self) -> float:
        self.ticks += 10
        return self.ticks

    def step(self, rng: random.Random | None = None) -> None:
        """One step of every running node, in order or shuffled."""
        running = [node for node in self.nodes if node is not None]
        if rng is not None:
            rng.shuffle(running)
        for node in running:
            node.node.step()

    def run_until(self, done: Callable[[], bool], steps: int = 40, rng: random.Random | None = None) -> None:
        """Steps until `done`, and fails when that does not come."""
        for _ in range(steps):
            self.step(rng)
            if done():
                return
            time.sleep(0.01)
        raise AssertionError(
            f"not done after {steps} steps: {self.waiting()}; logs end with {[lines[-2:] for lines in self.logs]}"
        )

    def report(self, epoch: int, attempt: int = 0, rng: random.Random | None = None) -> StandingReport:
        """Moves the chain to the epoch's window, at a leader's attempt, and runs until its report stands everywhere."""
        self.open(epoch, attempt)
        self.run_until(lambda: epoch in self.chain.reports, rng=rng)
        self.run_until(lambda: all(self.has_readings(index, epoch) for index in self.running), rng=rng)
        return self.chain.reports[epoch]

    @property
    def running(self) -> list[int]:
        """The nodes that run."""
        return [index for index, node in enumerate(self.nodes) if node is not None]

    def node(self, index: int) -> Node:
        """A running node."""
        running = self.nodes[index]
        assert running is not None
        return running.node

    def round(self, index: int) -> Round:
        """The round a node has open."""
        opened = self.node(index)._open
        assert opened is not None
        return opened.round

    def peer(self, index: int) -> Peer:
        """A client of a node, as another node has it."""
        return Peer(index, f"http://127.0.0.1:{self.ports[index]}", self.fetcher)

    def proposal(self, nodes: Sequence[int], leader: int, attempt: int = 0, **wrong: Any) -> Proposal:
        """What `leader` would propose of the nodes' own observations; `wrong` changes the report first."""
        named = []
        for index in nodes:
            this = self.round(index)
            named.append(self.node(index).desk.own_observation(this.epoch, this.base_epoch))
        this = self.round(nodes[0])
        report = replace(this.build(named)[0], **wrong)
        pairs = tuple((signed.node, signed.observation.root) for signed in named)
        return Proposal(
            report, this.block_hash, pairs, attempt, leader, signer(leader).sign(report.digest(this.domain))
        )

    def readings(self, index: int, epoch: int) -> dict[int, Reading]:
        """The readings a node hands out of a standing report, proven."""
        root, leaves = self.node(index).records.standing_readings(epoch)
        assert root == self.chain.reports[epoch].root == meter_tree(leaves).root
        return dict(leaves)

    def logged(self, index: int, event: str) -> list[dict[str, Any]]:
        """What a node logged of one kind."""
        return [line for line in self.logs[index] if line["event"] == event]

    def has_readings(self, index: int, epoch: int) -> bool:
        """Whether a node hands out the readings of the standing report of `epoch`."""
        try:
            return bool(self.node(index).records.standing_readings(epoch))
        except Unknown:
            return False

    def open(self, epoch: int, attempt: int = 0) -> None:
        """Moves the chain to the start of an attempt of the epoch's window."""
        for end in range(epoch + 1):
            if self.chain.head().timestamp < SCHEDULE.period_end(end):
                self.chain.advance(SCHEDULE.period_end(end))
        self.chain.advance(SCHEDULE.opens(epoch) + attempt * 300 + 5)

    def waiting(self) -> list[str]:
        """What each running node waits for."""
        return [node.node.status()["waiting_for"] for node in self.nodes if node is not None]

    def close(self) -> None:
        """Ends every node."""
        for stack in self.stacks:
            stack.close()
        self.fetcher.close()


def free_ports(count: int) -> list[int]:
    """As many different ports on loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def make_cluster(folder: Path, nodes: int, meters: MeterSet, increments: Callable[[int], Increments]) -> Cluster:
    """`nodes` running nodes; `increments(index)` is what node `index` observes."""
    ports = free_ports(nodes)
    cluster = Cluster(
        PlayedChain(nodes, meters),
        folder,
        [PlayedObserver(increments(index)) for index in range(nodes)],
        logs=[[] for _ in range(nodes)],
        nodes=[None] * nodes,
        stacks=[ExitStack() for _ in range(nodes)],
        ports=ports,
    )
    for index in range(nodes):
        cluster.start(index)
    return cluster
