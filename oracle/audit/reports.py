"""The book of reports: who the nodes were, what a quorum stated, and from when it was final."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.audit.deployment import Deployment
from oracle.audit.errors import DeploymentFileError
from oracle.audit.events import (
    Dropped,
    HotKeyRotated,
    NodeExpelled,
    NodeJoined,
    NodeKeys,
    NodeLeft,
    NodeSetConfigured,
    Reported,
)
from oracle.audit.findings import Findings
from oracle.audit.history import Entry
from oracle.audit.seats import Seats

RING = 512
"""How many reports MeterOracle keeps."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The oracle's fixed clock: Unix seconds and durations in seconds. Epoch e ends at genesis + (e+1) length."""

    genesis: int
    length: int
    delay: int
    dispute: int

    @classmethod
    def of(cls, deployment: Deployment) -> "Clock":
        """As MeterOracle was constructed: (nodeSet, genesis, length, delay, dispute). Raises DeploymentFileError."""
        arguments = deployment.contracts.meter_oracle.constructor_arguments
        try:
            _, genesis, length, delay, dispute = arguments
            clock = cls(int(genesis), int(length), int(delay), int(dispute))
        except (TypeError, ValueError):
            raise DeploymentFileError(
                "MeterOracle's constructorArguments are not (nodeSet, genesis, epochLength, observationDelay, "
                f"disputeWindow) but {arguments}: give the file that the deploy script wrote"
            ) from None
        if clock.length <= 0:
            raise DeploymentFileError(f"an epoch of {clock.length} seconds: the deployment file is damaged")
        return clock

    def period_end(self, epoch: int) -> int:
        """The end of `epoch`."""
        return self.genesis + (epoch + 1) * self.length

    def epoch_at(self, time: int) -> int:
        """The epoch `time` is in."""
        return (time - self.genesis) // self.length

    @property
    def tail(self) -> int:
        """The time from a delivery to the settlement that sees it, at most: 2 L + D + dispute."""
        return 2 * self.length + self.delay + self.dispute


@dataclass(frozen=True, slots=True)
class Report:
    """A report that stands: the event, when it was mined (Unix seconds), and the nodes and quorum of that moment."""

    said: Reported
    mined_at: int
    where: str
    nodes: tuple[NodeKeys, ...]
    quorum: int


@dataclass(slots=True)
class Reports:
    """Built up event by event. `head` is the newest standing report's epoch, `highest` the newest ever posted; 0 before
    the first."""

    findings: Findings
    clock: Clock
    chain_id: int
    oracle: str
    config: NodeSetConfigured | None = None
    seats: Seats = field(init=False)
    by_epoch: dict[int, Report] = field(default_factory=dict)
    head: int = 0
    highest: int = 0

    def __post_init__(self) -> None:
        self.seats = Seats(self.findings)

    @property
    def nodes(self) -> tuple[NodeKeys, ...]:
        """The members of the present configuration with their keys, in index order."""
        return self.seats.nodes()

    def post(self, entry: Entry) -> None:
        """Enters an event of NodeSet or MeterOracle."""
        current = max(self.clock.epoch_at(entry.time), 0)
        match entry.event:
            case NodeJoined() as event:
                self.seats.joined(entry, event)
            case NodeLeft() as event:
                self.seats.left(entry, event, current)
            case NodeExpelled() as event:
                self.seats.expelled(event)
            case NodeSetConfigured() as event:
                self._configured(entry, event)
            case HotKeyRotated() as event:
                self.seats.rotated(entry, event, current)
            case Reported() as event:
                self._reported(entry, event)
            case Dropped() as event:
                self._dropped(entry, event)

    def final_at(self, epoch: int) -> int | None:
        """When the report of `epoch` became or becomes final; None when there is none."""
        report = self.by_epoch.get(epoch)
        return report.mined_at + self.clock.dispute if report else None

    def newest(self) -> tuple[int, int]:
        """The newest report's epoch and when it was mined; zeros without one."""
        epoch = next(reversed(self.by_epoch), 0)
        return (epoch, self.by_epoch[epoch].mined_at) if epoch else (0, 0)

    def newest_final(self, time: int) -> tuple[int, int]:
        """The newest report that is final at `time`, and since when; zeros without one.

        MeterOracle keeps a report at epoch mod RING. Of one whose place a later, not yet final one has taken, the
        latest moment counts that it can have become final at.
        """
        taken: set[int] = set()
        for epoch in reversed(self.by_epoch):
            if epoch % RING in taken:
                return epoch, self.clock.period_end(epoch) + self.clock.length + self.clock.delay + self.clock.dispute
            final_at = self.by_epoch[epoch].mined_at + self.clock.dispute
            if final_at <= time:
                return epoch, final_at
            taken.add(epoch % RING)
        return 0, 0

    def _configured(self, entry: Entry, event: NodeSetConfigured) -> None:
        cold = [node.cold for node in event.nodes]
        quorum = 2 * ((len(cold) - 1) // 3) + 1
        number = self.config.config_number + 1 if self.config else 1
        digest = config_digest(self.chain_id, self.oracle, cold, quorum, number, event.metrics_hash)
        nodes = self.seats.configure(entry, cold)
        expected = NodeSetConfigured(self.oracle, number, digest, quorum, event.metrics_hash, nodes)
        self.findings.same(entry.at("NodeSet"), expected, event)
        self.config = expected

    def _reported(self, entry: Entry, event: Reported) -> None:
        where = entry.at(f"epoch {event.epoch}")
        self.findings.at_least("Reported.epoch", where, self.highest + 1, event.epoch)
        self.findings.equal("Reported.base_epoch", where, self.head, event.base_epoch)
        opens = self.clock.period_end(event.epoch) + self.clock.delay
        if not opens <= entry.time < opens + self.clock.length:
            self.findings.add("time of Reported", where, f"{opens} to {opens + self.clock.length - 1}", entry.time)
        self.findings.at_least("Reported.leaf_count", where, 1, event.leaf_count)
        quorum = self.config.quorum if self.config else 0
        digest = self.config.config_digest if self.config else b""
        self.findings.equal("Reported.config_digest", where, digest, event.config_digest)
        self.findings.equal("signers of Reported", where, quorum, event.signers.bit_count())
        self.findings.equal("signers beyond the node set", where, 0, event.signers >> len(self.nodes))
        self.by_epoch[event.epoch] = Report(event, entry.time, where, self.nodes, quorum)
        self.head = self.highest = event.epoch

    def _dropped(self, entry: Entry, event: Dropped) -> None:
        where = entry.at(f"epoch {event.epoch}")
        report = self.by_epoch.get(event.epoch)
        if report is None:
            self.findings.add("Dropped.epoch", where, "the epoch of a standing report", event.epoch)
            return
        self.findings.equal("Dropped.base_epoch", where, report.said.base_epoch, event.base_epoch)
        if entry.time >= report.mined_at + self.clock.dispute:
            self.findings.add("time of Dropped", where, f"before {report.mined_at + self.clock.dispute}", entry.time)
        base = self.head = report.said.base_epoch
        fallen = [epoch for epoch in self.by_epoch if epoch >= event.epoch]
        for epoch in fallen:
            del self.by_epoch[epoch]
        # MeterOracle puts a base whose place was taken back as of the latest moment it can have been mined.
        if base in self.by_epoch and any(epoch % RING == base % RING for epoch in fallen):
            latest = self.clock.period_end(base) + self.clock.length + self.clock.delay
            self.by_epoch[base] = replace(self.by_epoch[base], mined_at=latest)


def config_digest(
    chain_id: int, oracle: str, cold: Sequence[str], quorum: int, number: int, metrics_hash: bytes
) -> bytes:
    """keccak256(abi.encode(chain id, oracle, cold ids, quorum, configuration number, metrics hash))."""
    types = ["uint256", "address", "address[]", "uint8", "uint64", "bytes32"]
    return keccak(encode(types, [chain_id, oracle, cold, quorum, number, metrics_hash]))
