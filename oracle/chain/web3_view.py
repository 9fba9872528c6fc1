"""The ChainView over web3: what a node reads of the chain, each answer tied to a block."""

from bisect import bisect_right
from dataclasses import replace
from threading import RLock

from eth_typing import BlockNumber
from hexbytes import HexBytes
from web3 import Web3

from oracle.chain.codec import EventCodec
from oracle.chain.deployment import Deployment
from oracle.chain.errors import BeforeDeployment, ChainNotPast, Reorganised, Reverted
from oracle.chain.event_log import CHUNK_BLOCKS, EventLog
from oracle.chain.meter_events import FLEET_EVENTS, LEASE_EVENTS, MeterBook
from oracle.chain.rpc import call, contract, read_block, read_header
from oracle.chain.view import Block, NodeKeys, OracleConfig, StandingReport
from oracle.domain.meters import MeterSet
from oracle.domain.schedule import Schedule


class Web3View:
    """A ChainView of one deployment. Safe to share between threads. Contracts are asked as of a block's hash.

    Answers that hold as of the head are kept as long as the head stays: then each costs one request.
    """

    def __init__(self, w3: Web3, deployment: Deployment, chunk_blocks: int = CHUNK_BLOCKS) -> None:
        contracts = deployment.contracts
        self._w3 = w3
        self._first_block = deployment.block
        self._chain_id = deployment.chain_id
        self._oracle = contract(w3, "IMeterOracle", contracts.meter_oracle.address)
        self._node_set = contract(w3, "INodeSet", contracts.node_set.address)
        sources = {
            contracts.capacity_lease.address: EventCodec("ICapacityLease", LEASE_EVENTS),
            contracts.fleet_registry.address: EventCodec("IFleetRegistry", FLEET_EVENTS),
        }
        self._log = EventLog(w3, deployment.block, sources, chunk_blocks)
        self._lock = RLock()
        self._config: tuple[Block, OracleConfig] | None = None
        self._standing: tuple[Block, StandingReport | None] | None = None
        self._meters: tuple[Block, MeterSet] | None = None
        self._found: tuple[int, Block] | None = None
        self._confirmed: tuple[tuple[Block, int], int] | None = None

    def head(self) -> Block:
        """The newest block. One request."""
        return read_block(self._w3, "latest")

    def last_block_at(self, timestamp: int) -> Block:
        """The last block with a timestamp <= `timestamp` (Unix seconds).

        Raises ChainNotPast while the head is not past it, BeforeDeployment before the first contract, or Reorganised.
        """
        with self._lock:
            head = self.head()
            if head.timestamp <= timestamp:
                raise ChainNotPast(
                    f"the chain's head is at {head.timestamp}, not past {timestamp}: wait for later blocks"
                )
            start = self._start_of_search(timestamp)
            if start.timestamp > timestamp:
                raise BeforeDeployment(f"the contracts were deployed at {start.timestamp}, after {timestamp}")
            next_is_past = (
                self._block(start.number + 1).timestamp > timestamp
            )  # as when the last question is asked again
            between = range(start.number + 1, start.number + 1 if next_is_past else head.number)
            number = start.number + bisect_right(between, timestamp, key=lambda block: self._block(block).timestamp)
            block = self._block(number)
            after, parent = read_header(self._w3, BlockNumber(number + 1))
            if parent != block.hash or not block.timestamp <= timestamp < after.timestamp:
                raise Reorganised(f"the chain changed while its last block at {timestamp} was looked for: look again")
            self._found = (timestamp, block)
            return block

    def config(self) -> OracleConfig:
        """The oracle's clock and node set as of the head."""
        with self._lock:
            head = self.head()
            if self._config is None or self._config[0] != head:
                self._config = (head, self._read_config(HexBytes(head.hash)))
            return self._config[1]

    def standing(self) -> StandingReport | None:
        """The newest standing report as of the head, or None before the first."""
        with self._lock:
            head = self.head()
            if self._standing is None or self._standing[0] != head:
                self._standing = (head, self._read_standing(HexBytes(head.hash)))
            return self._standing[1]

    def report(self, epoch: int) -> StandingReport | None:
        """The standing report of `epoch` as of the head.

        None when none stands, or when it is more than 512 epochs old: the contract keeps no older ones.
        """
        try:
            return self._read_report(epoch, HexBytes(self.head().hash))
        except Reverted as error:
            if error.name != "MeterOracle_UnknownReport":
                raise
            return None

    def confirmed_epoch(self, confirmations: int) -> int:
        """The epoch of the report that was the newest one `confirmations` - 1 blocks before the head; 0 for none.

        Reports up to it have that many blocks, their own included.
        """
        with self._lock:
            head = self.head()
            number = head.number - confirmations + 1
            if number < self._first_block:
                return 0
            if self._confirmed is None or self._confirmed[0] != (head, confirmations):
                at = HexBytes(self._block(number).hash)
                self._confirmed = ((head, confirmations), int(call(self._oracle.functions.headEpoch(), at)))
            return self._confirmed[1]

    def meters(self, block: Block) -> MeterSet:
        """Every open meter as of `block`, from events up to and including it.

        Raises Reorganised when `block` is not (any more) on the chain, or another ChainError.
        """
        with self._lock:
            events = self._log.up_to(block)
            if self._meters is None or self._meters[0] != block:
                self._meters = (block, MeterBook(self._schedule()).read(events))
            return self._meters[1]

    def _block(self, number: int) -> Block:
        return read_block(self._w3, BlockNumber(number))

    def _start_of_search(self, timestamp: int) -> Block:
        """Where to search up from: the block found last if it is not too late, else the deployment's first."""
        if self._found is not None and self._found[0] <= timestamp:
            number = self._found[1].number
            try:
                if self._block(number) == self._found[1]:
                    return self._found[1]
            except Reorganised:
                pass
        return self._block(self._first_block)

    def _read_config(self, block: HexBytes) -> OracleConfig:
        fixed = self._config[1] if self._config else self._read_clock(block)
        nodes = call(self._node_set.functions.nodes(), block)
        return replace(
            fixed,
            config_digest=bytes(call(self._node_set.functions.configDigest(), block)),
            quorum=call(self._node_set.functions.quorum(), block),
            nodes=tuple(NodeKeys(node["cold"], node["hot"], node["previousHot"], node["hotFrom"]) for node in nodes),
        )

    def _read_clock(self, block: HexBytes) -> OracleConfig:
        """The immutables of the MeterOracle, with no node set yet."""
        functions = self._oracle.functions
        return OracleConfig(
            chain_id=self._chain_id,
            oracle=self._oracle.address,
            config_digest=bytes(32),
            genesis=call(functions.genesis(), block),
            epoch_length=call(functions.epochLength(), block),
            observation_delay=call(functions.observationDelay(), block),
            dispute_window=call(functions.disputeWindow(), block),
            quorum=0,
            nodes=(),
        )

    def _schedule(self) -> Schedule:
        clock = self._config[1] if self._config else self.config()
        return Schedule(genesis=clock.genesis, length=clock.epoch_length, delay=clock.observation_delay)

    def _read_standing(self, block: HexBytes) -> StandingReport | None:
        epoch: int = call(self._oracle.functions.headEpoch(), block)
        return self._read_report(epoch, block) if epoch else None

    def _read_report(self, epoch: int, block: HexBytes) -> StandingReport:
        report = call(self._oracle.functions.standing(epoch), block)
        signers: int = report["signers"]
        return StandingReport(
            epoch=report["epoch"],
            base_epoch=report["baseEpoch"],
            root=bytes(report["root"]),
            leaf_count=report["leafCount"],
            mined_at=report["minedAt"],
            signers=tuple(index for index in range(signers.bit_length()) if signers >> index & 1),
        )
