"""Which reports stand and which are final, as a node knows it, and how far that may make it ask the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from oracle.api.errors import NotHeld
from oracle.chain.view import Block, OracleConfig, StandingReport
from oracle.domain.meters import MeterSet
from oracle.store.series import SeriesStore

RING = 512
"""How many reports the contract remembers."""


class NodeView(Protocol):
    """What the API reads of the running node."""

    @property
    def head(self) -> Block | None:
        """The chain's head as last seen."""
        ...

    @property
    def standing(self) -> StandingReport | None:
        """The newest standing report."""
        ...

    @property
    def open_meters(self) -> MeterSet | None:
        """The open meters at the last round that was opened."""
        ...

    def report(self, epoch: int) -> StandingReport | None:
        """The standing report of an epoch, from memory or the chain. Raises ChainError."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A standing report of which this node has the readings. Times are Unix seconds."""

    report: StandingReport
    final_at: int
    final: bool


class StandingReports:
    """The standing reports this node can tell about."""

    def __init__(self, node: NodeView, store: SeriesStore, config: OracleConfig) -> None:
        self._node = node
        self._store = store
        self._dispute_s = config.dispute_window
        self._fallen: tuple[int, set[int]] = (0, set())
        self._lock = Lock()

    @property
    def newest(self) -> int:
        """The newest standing report's epoch, 0 before the first."""
        standing = self._node.standing
        return 0 if standing is None else standing.epoch

    def find(self, epoch: int) -> Held | None:
        """The standing report of `epoch`, None when none stands. Raises ChainError.

        Only an epoch that may stand is asked of the chain, and only once while the newest report stays the same:
        nobody can make a node ask it for more.
        """
        newest = self._node.standing
        if newest is None or not max(0, newest.epoch - RING) < epoch <= newest.epoch:
            return None
        with self._lock:
            if self._fallen[0] != newest.epoch:
                self._fallen = newest.epoch, set()
            fallen = self._fallen[1]
        if epoch in fallen:
            return None
        report = newest if epoch == newest.epoch else self._node.report(epoch)
        if report is None:
            fallen.add(epoch)
            return None
        head, final_at = self._node.head, report.mined_at + self._dispute_s
        return Held(report, final_at, head is not None and head.timestamp >= final_at)

    def get(self, epoch: int) -> Held:
        """The standing report of `epoch`. Raises NotHeld, or ChainError."""
        held = self.find(epoch)
        if held is None:
            raise NotHeld(
                f"no report of epoch {epoch} stands, or it is older than the {RING} that are kept; "
                f"the newest is of epoch {self.newest}"
            )
        return held

    def held(self, before: int) -> Iterator[Held]:
        """Standing reports of epochs earlier than `before` with readings held here, newest first. Raises ChainError."""
        while epochs := self._store.epochs(before, 64):
            for epoch in epochs:
                held = self.find(epoch)
                if held is not None:
                    yield held
            before = epochs[-1]
