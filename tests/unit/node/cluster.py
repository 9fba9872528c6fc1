"""Real nodes over real HTTP on loopback; only the chain is played, by the rules of MeterOracle.submit."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from oracle.domain.signed import Leaves, Offer, Proposal
from oracle.domain.turn import Turn
from oracle.exchange.auth import Asker
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer
from oracle.exchange.refusals import Unknown
from oracle.exchange.round import Round
from oracle.keys import KeySigner
from oracle.node.app import RunningNode, start_node
from oracle.node.node import Node
from oracle.node.observe import Facts
from oracle.settings import Settings
from scripts.stage.ports import free_ports

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
        self.asked: list[int] = []
        """Every epoch whose report a node read."""
        self.posted: list[Report] = []
        self.tries = 0
        self.refuse = False
        self.highest = 0

    def advance(self, timestamp: int) -> None:
        """Mines a block at `timestamp`."""
        number = len(self.blocks) + 1
        self.blocks.append(Block(number, keccak256(str(number).encode()), timestamp))

    def configure(self, order: Sequence[int], hot: Mapping[int, NodeKeys] | None = None) -> None:
        """A new configuration: the nodes in another order, or with other keys."""
        config = self._config
        known = {node.cold: node for node in config.nodes}
        nodes = tuple((hot or {}).get(index) or known[cold(index)] for index in order)
        number = len(self.blocks)
        digest = config_digest(CHAIN_ID, ORACLE, [node.cold for node in nodes], config.quorum, number, bytes(32))
        self._config = replace(config, nodes=nodes, config_digest=digest)
        self.advance(self.head().timestamp + 1)

    def rotate(self, index: int, hot: str, hot_from: int) -> None:
        """A node's cold key sets another hot key, for reports from epoch `hot_from` on: no new configuration."""
        nodes = list(self._config.nodes)
        nodes[index] = replace(nodes[index], hot=hot, hot_from=hot_from, previous_hot=nodes[index].hot)
        self._config = replace(self._config, nodes=tuple(nodes))
        self.advance(self.head().timestamp + 1)

    def drop(self, epoch: int) -> None:
        """Evidence: the report and all built on it are gone, and their epochs are never taken again."""
        self.reorganise(epoch)

    def reorganise(self, epoch: int, *, forgotten: bool = False) -> None:
        """The report and all built on it are gone; `forgotten`: as if never mined."""
        self.reports = {at: report for at, report in self.reports.items() if at < epoch}
        if forgotten:
            self.highest = max(self.reports, default=0)
        self.advance(self.head().timestamp + 1)

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
        self.asked.append(epoch)
        return self.reports.get(epoch)

    def meters(self, block: Block) -> MeterSet:
        return self.open_meters

    def confirmed_epoch(self, confirmations: int) -> int:
        return max(self.reports, default=0)

    def watch(self) -> None:
        pass

    def close(self) -> None:
        pass

    def submit(self, report: Report, signatures: bytes, sent: Callable[[str], None]) -> str:
        self.tries += 1
        if self.refuse:
            raise GasKeyEmpty("no gas money")
        config, newest, now = self._config, self.standing(), self.head().timestamp
        if report.epoch <= self.highest:
            raise Reverted("MeterOracle_EpochNotNewer", {}, "not newer")
        if report.config_digest != config.config_digest:
            raise Reverted("MeterOracle_WrongConfig", {}, "another configuration")
        assert report.base_epoch == (newest.epoch if newest else 0)
        assert SCHEDULE.opens(report.epoch) <= now < SCHEDULE.closes(report.epoch)
        digest = replace(report, base_root=newest.root if newest else bytes(32)).digest(Domain(CHAIN_ID, ORACLE))
        assert len(signatures) == 65 * config.quorum
        records = [signatures[at : at + 65] for at in range(0, len(signatures), 65)]
        indexes = [record[0] for record in records]
        assert indexes == sorted(set(indexes))
        for record in records:
            assert recover(digest, record[1:]) == config.nodes[record[0]].signer(report.epoch)
        sent("0x" + digest.hex())
        self.reports[report.epoch] = StandingReport(
            report.epoch, report.base_epoch, report.root, report.leaf_count, now, tuple(indexes)
        )
        self.posted.append(report)
        self.highest = report.epoch
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
    machine: dict[int, Callable[[], float]] = field(default_factory=dict)
    """Nodes that go by a machine's clock, and its time."""
    keys: dict[int, KeySigner] = field(default_factory=dict)
    """Nodes that were given another hot key."""
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
                    "clock": "machine" if index in self.machine else "chain",
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
            lambda _: self.chain,
            self.keys.get(index) or signer(index),
            lambda event, **fields: self.logs[index].append({"event": event, **fields}),
            observer=self.observers[index],
            timer=self._timer,
            machine=self.machine.get(index, time.time),
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
        deadline = time.monotonic() + 30
        left = steps
        while left > 0 or (self.is_posting() and time.monotonic() < deadline):
            left -= 1
            self.step(rng)
            if done():
                return
            time.sleep(0.01)
        raise AssertionError(
            f"not done after {steps} steps: {self.waiting()}; logs end with {[lines[-2:] for lines in self.logs]}"
        )

    def is_posting(self) -> bool:
        """Whether some node's report is on its way to the chain, which goes by its own thread."""
        return any(node is not None and node.node._posting.epoch is not None for node in self.nodes)

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
        opened = self.node(index)._work.open
        assert opened is not None
        return opened.round

    def asker(self, index: int) -> Asker:
        """Asks as node `index`, by the chain's clock."""
        domain = Domain(CHAIN_ID, ORACLE)
        return Asker(
            cold(index),
            lambda: float(self.chain.head().timestamp),
            lambda request: (self.keys.get(index) or signer(index)).sign(request.encoded(domain)),
        )

    def peer(self, index: int, asks: int | None = None) -> Peer:
        """A client of a node, as node `asks` (by default the next one) has it."""
        asks = (index + 1) % len(self.ports) if asks is None else asks
        return Peer(index, f"http://127.0.0.1:{self.ports[index]}", self.fetcher, cold(index), self.asker(asks))

    def offer(self, nodes: Sequence[int], leader: int, attempt: int = 0, **wrong: Any) -> Offer:
        """What `leader` would offer of the nodes' own observations; `wrong` changes the report first."""
        named = []
        for index in nodes:
            this = self.round(index)
            named.append(self.node(index).desk.own_observation(this.epoch, this.base_epoch))
        this = self.round(nodes[0])
        report = replace(this.build(named)[0], **wrong)
        pairs = tuple((signed.node, signed.observation.root) for signed in named)
        return self.offered(Proposal(report, this.block_hash, pairs), leader, attempt, [leader])

    def offered(self, proposal: Proposal, leader: int, attempt: int, signers: Sequence[int]) -> Offer:
        """A proposal as `leader` offers it in its turn, with the signatures of `signers`."""
        domain = Domain(CHAIN_ID, ORACLE)
        turn = Turn(proposal.report.digest(domain), attempt)
        return Offer(
            proposal,
            attempt,
            signer(leader).sign(turn.encoded(domain)),
            {index: signer(index).sign(proposal.report.encoded(domain)) for index in signers},
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
        # Each waits for the connections to its server to end: all of them at once.
        with ThreadPoolExecutor(len(self.stacks)) as threads:
            list(threads.map(ExitStack.close, self.stacks))
        self.fetcher.close()


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
