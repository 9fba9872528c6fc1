"""Real nodes on loopback, over a chain that stands still: one epoch's window is open, and nothing else happens."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eth_account import Account

from oracle.chain.errors import ChainNotPast
from oracle.chain.view import Block, NodeKeys, OracleConfig, StandingReport
from oracle.domain.keccak import keccak256
from oracle.domain.meters import LeaseMeter, MeterKind, MeterSet, meter_id
from oracle.domain.reading import Reading
from oracle.domain.report import Report, config_digest
from oracle.domain.signed import Leaves
from oracle.keys import KeySigner
from oracle.node.app import RunningNode, start_node
from oracle.node.observe import Facts
from oracle.settings import Settings

HOUR = 3600
GENESIS = 1_767_225_600
CHAIN_ID = 31337
ORACLE, LEASES = "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x" + "ca" * 20


def hot_signer(index: int) -> KeySigner:
    """Node `index`'s hot key; it guards nothing."""
    key = keccak256(b"bench hot" + bytes([index]))
    return KeySigner(str(Account.from_key(key).address), key)


def cold(index: int) -> str:
    """Node `index`'s cold address."""
    return "0x" + keccak256(b"bench cold" + bytes([index]))[:20].hex()


def open_leases(count: int) -> MeterSet:
    """As many open leases of one GPU each."""
    ids = range(1, count + 1)
    return MeterSet(
        tuple(
            LeaseMeter(
                meter_id=meter_id(MeterKind.LEASE, LEASES, number),
                lease_id=number,
                fleet_id=1,
                units=1,
                start=GENESIS + HOUR,
                end=GENESIS + 1000 * HOUR,
                stop=0,
                availability_bps=9900,
                allocations=(),
                suspensions=(),
            )
            for number in ids
        ),
        (),
    )


class StillChain:
    """A ChainView at the opening of the window of `epoch`, and the Submitter to it; `posted` is what was submitted."""

    def __init__(self, nodes: int, meters: MeterSet, epoch: int, standing: StandingReport | None = None) -> None:
        quorum = (nodes - 1) // 3 * 2 + 1
        digest = config_digest(CHAIN_ID, ORACLE, [cold(index) for index in range(nodes)], quorum, 1, bytes(32))
        keys = tuple(
            NodeKeys(cold(index), hot_signer(index).address, hot_signer(index).address, 0) for index in range(nodes)
        )
        self._config = OracleConfig(CHAIN_ID, ORACLE, digest, GENESIS, HOUR, 2 * HOUR, 6 * HOUR, quorum, keys)
        ended = GENESIS + (epoch + 1) * HOUR
        self._blocks = (Block(1, keccak256(b"first"), GENESIS), Block(2, keccak256(b"ended"), ended))
        self._head = Block(3, keccak256(b"head"), ended + 2 * HOUR + 5)
        self._standing = standing
        self._meters = meters
        self.posted: list[Report] = []
        self.started = False

    def head(self) -> Block:
        """Before the epoch's end until `started`: nodes sign only what ends after their start."""
        return self._head if self.started else self._blocks[0]

    def last_block_at(self, timestamp: int) -> Block:
        """As ChainView says."""
        if self.head().timestamp <= timestamp:
            raise ChainNotPast("the chain has not got there")
        return next(block for block in reversed(self._blocks) if block.timestamp <= timestamp)

    def config(self) -> OracleConfig:
        """As ChainView says."""
        return self._config

    def standing(self) -> StandingReport | None:
        """As ChainView says."""
        return self._standing

    def report(self, epoch: int) -> StandingReport | None:
        """As ChainView says."""
        return self._standing if self._standing is not None and self._standing.epoch == epoch else None

    def confirmed_epoch(self, confirmations: int) -> int:
        """As ChainView says."""
        return 0 if self._standing is None else self._standing.epoch

    def meters(self, block: Block) -> MeterSet:
        """As ChainView says."""
        return self._meters

    def watch(self) -> None:
        """Nothing was sent that could be lost."""

    def close(self) -> None:
        """Nothing is open."""

    def submit(self, report: Report, signatures: bytes, sent: Callable[[str], None]) -> str:
        """Takes a report without checking it."""
        del signatures
        self.posted.append(report)
        sent("0x" + bytes(32).hex())
        return "0x" + bytes(32).hex()


class Said:
    """Observes what a GPU at work would show; each node a little less, as samples fall differently."""

    def __init__(self, index: int) -> None:
        self._index = index

    def sites_reached(self, facts: Facts) -> int:
        """One."""
        del facts
        return 1

    def observe(self, facts: Facts) -> Leaves:
        """All meters of the round."""
        return tuple(
            (meter, Reading(whole := max(0, bound.span_s - self._index - place % 7), whole, whole // 2, 0, 600, 1))
            for place, (meter, bound) in enumerate(facts.bounds().items())
        )


def free_ports(count: int) -> list[int]:
    """As many ports on loopback on which nobody listens."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start(stack: ExitStack, chain: StillChain, index: int, ports: list[int], folder: Path) -> RunningNode:
    """Starts node `index` on a SQLite file in `folder`."""
    home = folder / f"node{index}"
    home.mkdir(exist_ok=True)
    for name in ("deployment", "hot", "gas", "password"):
        (home / name).touch()
    values: dict[str, Any] = {
        "chain": {"rpc_urls": ["http://127.0.0.1:1"], "deployment": home / "deployment"},
        "node": {"listen": f"127.0.0.1:{ports[index]}", "database": str(home / "node.db"), "clock": "chain"},
        "signing_key": {"keystore": home / "hot", "password_file": home / "password"},
        "gas_key": {"keystore": home / "gas", "password_file": home / "password"},
        "api": {"requests_per_minute": 1_000_000},
        "peers": [
            {"node": cold(peer), "url": f"http://127.0.0.1:{port}"} for peer, port in enumerate(ports) if peer != index
        ],
    }
    settings = Settings.model_validate(values)
    return start_node(
        stack, settings, chain, lambda _: chain, hot_signer(index), lambda *_, **__: None, observer=Said(index)
    )
