"""Opens rounds: everything about an epoch that is read from the chain, and the base readings proven against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from oracle.chain.view import Block, ChainView, OracleConfig, StandingReport
from oracle.domain.errors import WellheadError
from oracle.domain.merkle import MerkleError, meter_tree
from oracle.domain.meters import LeaseMeter
from oracle.domain.reading import ZERO, Reading
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.domain.signed import Leaves
from oracle.exchange.peers import Peers
from oracle.exchange.refusals import Unknown
from oracle.exchange.round import Round
from oracle.node.observe import Facts
from oracle.node.windows import window_openings
from oracle.store.reports import ReportStore

ZERO_ROOT = bytes(32)


class NotMember(WellheadError):
    """This node's key signs for no member of the node set."""


class NoMeters(WellheadError):
    """No meter is open: there is nothing to report."""


class ReadingsMissing(WellheadError):
    """Nobody hands out readings that prove into a standing report's root."""


class FalseBase(WellheadError):
    """The standing report says of a lease that had not started that it had counted something."""


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round, and the facts an observation in it is made against, as of the head `seen_at`."""

    round: Round
    facts: Facts
    block: Block
    seen_at: Block | None = None

    def at(self, head: Block) -> "OpenRound":
        """The same, still so as of a later head."""
        return replace(self, seen_at=head)


def schedule_of(config: OracleConfig) -> Schedule:
    """The oracle's clock."""
    return Schedule(config.genesis, config.epoch_length, config.observation_delay)


def index_of(config: OracleConfig, address: str, epoch: int) -> int:
    """The index of the node for which `address` signs reports of `epoch`. Raises NotMember."""
    for index, node in enumerate(config.nodes):
        if node.signer(epoch) == address:
            return index
    raise NotMember(
        f"key {address} signs for no node of the set at epoch {epoch}: check the keystore, or wait until a rotated key "
        "takes effect"
    )


def cold_of(config: OracleConfig, address: str) -> str | None:
    """The cold address of the node whose hot key, the present or the one before, is `address`; None for no member's."""
    return next((node.cold for node in config.nodes if address in (node.hot, node.previous_hot)), None)


class Records:
    """Standing reports and their readings: from the chain and this node's store, else from peers with proof."""

    def __init__(self, chain: ChainView, store: ReportStore, log: Callable[..., None]) -> None:
        self._chain = chain
        self._store = store
        self._log = log
        self._known: dict[int, StandingReport] = {}

    def note(self, report: StandingReport) -> None:
        """Remembers a report seen standing."""
        self._known[report.epoch] = report

    def report(self, epoch: int) -> StandingReport | None:
        """The standing report of `epoch`, if there is one."""
        known = self._known.get(epoch) or self._chain.report(epoch)
        if known is not None:
            self.note(known)
        return known

    def readings(self, report: StandingReport, peers: Peers) -> Leaves:
        """All leaves of a standing report, proven by rebuilding its tree. Raises ReadingsMissing."""
        leaves = self._store.readings(report.root)
        if leaves is not None:
            return leaves
        for index, answer in peers.ask(lambda peer: peer.readings(report.epoch)):
            if isinstance(answer, WellheadError):
                continue
            try:
                proven = meter_tree(answer).root == report.root
            except MerkleError:
                proven = False
            if proven:
                self._store.add_readings(report.epoch, report.root, answer)
                return answer
            self._log("readings not proven", epoch=report.epoch, node=index)
        raise ReadingsMissing(
            f"no peer has the readings of the report of epoch {report.epoch}, root 0x{report.root.hex()}; "
            "check that the peers' addresses are right and one of them runs"
        )

    def standing_readings(self, epoch: int) -> tuple[bytes, Leaves]:
        """What this node serves of a standing report: its root and leaves. Raises Unknown, or ChainError."""
        # After a restart it is in the store and no longer known to stand; nobody can make us ask the chain for others.
        report = self._known.get(epoch) or (self.report(epoch) if self._store.has_readings(epoch) else None)
        leaves = self._store.readings(report.root) if report is not None else None
        if report is None or leaves is None:
            raise Unknown(f"the readings of a standing report of epoch {epoch} are not held here")
        return report.root, leaves

    def recheck(self) -> None:
        """Drops what is remembered and stands no more: a report was dropped, or the chain reorganised.

        Asked from the newest down to the first that the chain still has: no report is exchanged under one that was
        built on it. A window is looked back on for a day of reports, which are not all to be asked for again.
        """
        for epoch in sorted(self._known, reverse=True):
            if self._chain.report(epoch) == self._known[epoch]:
                return
            del self._known[epoch]

    def forget(self, before: int) -> None:
        """Drops what is remembered of epochs earlier than `before`."""
        # A list at once: the API's threads remember reports meanwhile.
        self._known = {epoch: report for epoch, report in list(self._known.items()) if epoch >= before}


def open_round(
    chain: ChainView,
    records: Records,
    peers: Peers,
    config: OracleConfig,
    address: str,
    epoch: int,
    base: StandingReport | None,
) -> OpenRound:
    """Reads the round of `epoch` over `base`, the newest standing report.

    Raises ChainError, NotMember, NoMeters, ReadingsMissing, FalseBase or HistoryMissing; trying again later is right.
    """
    schedule = schedule_of(config)
    me = index_of(config, address, epoch)
    block = chain.last_block_at(schedule.period_end(epoch))
    meters = chain.meters(block)
    if not meters.leases and not meters.fleets:
        raise NoMeters(f"no meter is open at block {block.number}: epoch {epoch} needs no report")
    base_leaves: Leaves = () if base is None else records.readings(base, peers)
    if base is not None:
        check_base(meters.leases, dict(base_leaves), schedule.period_end(base.epoch))
    openings = window_openings(meters.leases, base, records.report, schedule)
    windows: dict[int, tuple[int, Reading]] = {}
    for lease in meters.leases:
        opening = openings[lease.lease_id]
        if opening == 0:
            windows[lease.lease_id] = (lease.start, ZERO)
            continue
        report = records.report(opening)
        leaves = base_leaves if base is not None and opening == base.epoch else None
        if leaves is None and report is not None:
            leaves = records.readings(report, peers)
        reading = dict(leaves or ()).get(lease.meter_id, ZERO)
        windows[lease.lease_id] = (schedule.period_end(opening), reading)
    base_epoch, base_root = (0, ZERO_ROOT) if base is None else (base.epoch, base.root)
    facts = Facts(schedule, epoch, base_epoch, dict(base_leaves), meters, windows)
    this = Round(
        domain=Domain(config.chain_id, config.oracle),
        config_digest=config.config_digest,
        quorum=config.quorum,
        signers=tuple(node.signer(epoch) for node in config.nodes),
        me=me,
        epoch=epoch,
        base_epoch=base_epoch,
        base_root=base_root,
        base=base_leaves,
        block_hash=block.hash,
        period_end=schedule.period_end(epoch),
        bounds=facts.bounds(),
    )
    return OpenRound(this, facts, block)


def check_base(leases: Sequence[LeaseMeter], base: Mapping[int, Reading], base_end: int) -> None:
    """Refuses to build on a base (readings by meter id) in which a lease had counted before it started.

    Evidence takes such a lease's base for zero, since its absence cannot be shown: whoever builds on another can be
    slashed for it. Raises FalseBase.
    """
    for lease in leases:
        reading = base.get(lease.meter_id, ZERO)
        if lease.start >= base_end and reading.counters != ZERO.counters:
            raise FalseBase(
                f"the standing report is false: lease {lease.lease_id} starts at {lease.start}, and had counted "
                f"{reading.measured} unit-seconds by {base_end}. Nothing can be built on it: `wellhead watch` can "
                "refute it while it is not final"
            )
