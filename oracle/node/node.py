"""The node's loop, one `step` at a time: sample, observe, agree, post. All time is the chain head's.

A step reads the head; when it has not moved, and nothing is owed to this epoch, that is all it does.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from oracle.chain.view import Block, ChainView, OracleConfig, StandingReport
from oracle.domain.errors import WellheadError
from oracle.domain.schedule import Schedule, leader
from oracle.domain.signature import pack_signatures
from oracle.domain.signed import SignedObservation
from oracle.exchange.desk import Desk
from oracle.exchange.fetch import Fetcher
from oracle.exchange.lead import EpochSkipped, Leader
from oracle.exchange.peers import Peer, Peers
from oracle.node.observe import Observer
from oracle.node.posting import Posting
from oracle.node.rounds import OpenRound, Records, index_of, open_round, schedule_of
from oracle.node.sampling import Sampler
from oracle.store.guard import SigningGuard
from oracle.store.reports import EpochState, ReportStore
from oracle.store.telemetry import TelemetryStore

ATTEMPTS_PER_EPOCH = 12
KEEP_EPOCHS = 512
KEEP_SAMPLES_S = 4 * 86_400
SHOWN_EPOCHS = 8
RETRY_S = (0.2, 5.0)
"""Real seconds between tries at something that others must do their part in: first, and at most."""


class Backoff:
    """When to try again, in real time: soon at first, then more and more rarely."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._wait, self._next = RETRY_S[0], 0.0

    def ready(self) -> bool:
        """Whether it is time to try."""
        return self._timer() >= self._next

    def failed(self) -> None:
        """The try came to nothing."""
        self._next = self._timer() + self._wait
        self._wait = min(2 * self._wait, RETRY_S[1])

    def reset(self) -> None:
        """Something changed: try at once."""
        self._wait, self._next = RETRY_S[0], 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What a node is put together from. `peer_urls` are by cold address; `attempt_s` (None: L/12) is how long a
    leader's turn lasts, in seconds of the chain's clock. `log` takes (event, fields); `timer` is a monotonic clock in
    real seconds.
    """

    chain: ChainView
    posting: Posting
    guard: SigningGuard
    reports: ReportStore
    telemetry: TelemetryStore
    observer: Observer
    sampler: Sampler
    peer_urls: Mapping[str, str]
    fetcher: Fetcher
    pool: ThreadPoolExecutor
    log: Callable[..., None]
    attempt_s: int | None = None
    timer: Callable[[], float] = time.monotonic


class Node:
    """One metering node."""

    def __init__(self, parts: Parts) -> None:
        self._chain = parts.chain
        self._posting = parts.posting
        self._guard = parts.guard
        self._reports = parts.reports
        self._telemetry = parts.telemetry
        self._observer = parts.observer
        self._sampler = parts.sampler
        self._peer_urls = {cold.lower(): url for cold, url in parts.peer_urls.items()}
        self._fetcher = parts.fetcher
        self._pool = parts.pool
        self._log = parts.log
        self._attempt_s = parts.attempt_s
        self.records = Records(parts.chain, parts.reports, parts.log)
        self.desk = Desk(parts.reports, parts.guard)
        self._leader = Leader(parts.reports, parts.guard, parts.log)
        self._head: Block | None = None
        self._config: OracleConfig | None = None
        self._standing: StandingReport | None = None
        self._peers: Peers | None = None
        self._open: OpenRound | None = None
        self._skipped = 0
        self._due: int | None = None  # the reportable epoch at the last head
        self._opening = Backoff(parts.timer)
        self._leading = Backoff(parts.timer)
        self._fetching = Backoff(parts.timer)
        self._lacks_readings = False
        self._waiting = "the chain's head"

    def step(self) -> None:
        """Does what there is to do now. Raises ChainError when the chain cannot be read; everything else is logged."""
        if self._posting.ended():
            # Whether it stands, the next head tells; only if it does not is it posted again.
            self._leading.failed()
        head = self._chain.head()
        if head != self._head:
            self._take_head(head)
        if self._config is None:
            return
        if self._lacks_readings and self._standing is not None and self._fetching.ready():
            self._fetch_readings(self._standing)
        epoch = schedule_of(self._config).reportable(head.timestamp)
        if epoch is None:
            self._waiting = "the first reportable epoch"
        elif self._standing is not None and self._standing.epoch >= epoch:
            self._waiting = f"epoch {epoch + 1}"
        else:
            try:
                self._work(epoch, head.timestamp, self._config)
            except WellheadError as error:
                self._wait_for(f"epoch {epoch}: {error}")

    def ready(self) -> bool:
        """Whether the chain was read and this node knows its place in the set."""
        if self._config is None or self._head is None:
            return False
        try:
            index_of(self._config, self._guard.address, self._epoch_at(self._head.timestamp))
        except WellheadError:
            return False
        return True

    def status(self) -> dict[str, Any]:
        """What an operator, and the demo, want to know of this node. Times are Unix seconds of the chain's clock."""
        head, config = self._head, self._config
        index = None
        if self.ready() and config is not None and head is not None:
            index = index_of(config, self._guard.address, self._epoch_at(head.timestamp))
        return {
            "index": index,
            "address": self._guard.address,
            "head": None if head is None else {"number": head.number, "time": head.timestamp},
            "standing": None if self._standing is None else self._standing.epoch,
            "waiting_for": self._waiting,
            "sites": [
                {
                    "fleet": site.fleet,
                    "kind": site.kind,
                    "last_sampled": site.last_sampled or None,
                    "last_error": site.last_error or None,
                }
                for site in self._sampler.sites
            ],
            "epochs": [
                {
                    "epoch": row.epoch,
                    "state": row.state.value,
                    "transaction": row.tx_hash,
                    "sites_reached": row.sites_reached,
                }
                for row in self._reports.newest(SHOWN_EPOCHS)
            ],
        }

    # What a new head brings

    def _take_head(self, head: Block) -> None:
        config = self._config or self._read_config()
        schedule = schedule_of(config)
        self._sampler.sample(head.timestamp, self._epoch_at(head.timestamp))
        due = schedule.reportable(head.timestamp)
        # While the due epoch's report stands no other can be mined; a reorganisation shows when the next one is due.
        if due is not None and (self._standing is None or self._standing.epoch < due):
            self._take_newest(schedule)
        if due is not None and due != self._due:
            self._expire(due)
            self._due = due
        self._head = head
        self._opening.reset()
        self._leading.reset()

    def _read_config(self) -> OracleConfig:
        config = self._chain.config()
        if self._config != config:
            peers = {
                index: Peer(index, url, self._fetcher)
                for index, node in enumerate(config.nodes)
                if (url := self._peer_urls.get(node.cold.lower()))
                and self._guard.address not in (node.hot, node.previous_hot)
            }
            self._peers = Peers(peers, self._pool)
            self._config = config
        return config

    def _take_newest(self, schedule: Schedule) -> None:
        standing = self._chain.standing()
        if standing is not None:
            self.records.note(standing)
            if standing != self._standing:
                self._take_standing(standing, schedule)

    def _take_standing(self, standing: StandingReport, schedule: Schedule) -> None:
        self._standing = standing
        self._reports.advance(standing.epoch, EpochState.CONFIRMED)
        self._log("report stands", epoch=standing.epoch, root="0x" + standing.root.hex(), signers=standing.signers)
        if self._open is not None and standing.epoch >= self._open.round.epoch:
            self._close()
        self._fetching.reset()
        self._lacks_readings = True
        oldest = max(0, standing.epoch - KEEP_EPOCHS)
        self._reports.prune(oldest)
        self.records.forget(oldest)
        self._telemetry.prune((schedule.period_end(standing.epoch) - KEEP_SAMPLES_S) * 1000, oldest)

    def _fetch_readings(self, standing: StandingReport) -> None:
        """A node that had no part in a report gets its readings from those who had: it is asked for them too."""
        try:
            self.records.readings(standing, self._peers)
        except WellheadError as error:
            self._fetching.failed()
            self._log("readings missing", epoch=standing.epoch, reason=str(error))
        else:
            self._lacks_readings = False

    def _expire(self, current: int) -> None:
        if self._open is not None and self._open.round.epoch < current:
            self._close()
        for row in self._reports.unfinished(current):
            stands = self.records.report(row.epoch) is not None
            self._reports.advance(row.epoch, EpochState.CONFIRMED if stands else EpochState.EXPIRED)
            if not stands:
                self._log("epoch expired", epoch=row.epoch)

    def _close(self) -> None:
        self._open = None
        self.desk.close()
        self._opening.reset()
        self._leading.reset()

    # One epoch

    def _work(self, epoch: int, now: int, config: OracleConfig) -> None:
        schedule = schedule_of(config)
        base_epoch = 0 if self._standing is None else self._standing.epoch
        if self._open is None or (self._open.round.epoch, self._open.round.base_epoch) != (epoch, base_epoch):
            if not self._opening.ready():
                return
            self._begin(epoch, now)
        opened, peers = self._open, self._peers
        if opened is None or peers is None:
            return
        this = opened.round
        attempt = schedule.attempt(epoch, now, self._attempt_s or max(1, schedule.length // ATTEMPTS_PER_EPOCH))
        self.desk.open(this, peers, attempt)
        if leader(epoch, attempt, len(this.signers)) != this.me:
            turn = leader(epoch, attempt, len(this.signers))
            self._waiting = f"epoch {epoch}: node {turn}'s proposal, or its report to stand"
        elif epoch != self._skipped and self._leading.ready():
            self._lead(opened, peers, attempt)

    def _begin(self, epoch: int, now: int) -> None:
        """Opens the round and makes this node's observation. A node that abstains still checks and signs."""
        self._opening.failed()  # until it has worked
        config = self._read_config()
        if self._peers is None:
            return
        opened = open_round(self._chain, self.records, self._peers, config, self._guard.address, epoch, self._standing)
        self._reports.advance(epoch, EpochState.OBSERVING)
        self._observe(opened, now)
        self._open = opened
        self._opening.reset()
        self._leading.reset()

    def _observe(self, opened: OpenRound, now: int) -> None:
        this = opened.round
        if self._reports.own_observation(this.epoch, this.base_epoch, this.base_root, this.me) is not None:
            return
        self._sampler.sample(now, self._epoch_at(now), only_logs=True)
        reached = self._observer.sites_reached(opened.facts)
        before = self._reports.reached_before(this.epoch)
        self._reports.reached(this.epoch, reached)
        if before is not None and 2 * reached < before:
            self._log("abstained", epoch=this.epoch, sites_reached=reached, reached_before=before)
            return
        leaves = self._observer.observe(opened.facts)
        statement = this.statement(leaves)
        signed = SignedObservation(this.me, statement, leaves, self._guard.sign_observation(statement))
        self._reports.add_observation(signed, mine=True)
        self._log("observed", epoch=this.epoch, base=this.base_epoch, root="0x" + statement.root.hex())

    def _lead(self, opened: OpenRound, peers: Peers, attempt: int) -> None:
        this = opened.round
        if self._posting.epoch == this.epoch:
            return
        if not self._guard.may_sign(this.epoch, this.period_end):
            self._wait_for(f"epoch {this.epoch}: another leader, since this epoch ended before this node started")
            return
        self._leading.failed()  # until it has worked
        try:
            report, signatures = self._leader.take_turn(this, peers, attempt)
        except EpochSkipped as error:
            self._skipped = this.epoch
            self._log("epoch skipped", epoch=this.epoch, reason=str(error))
            raise
        self._reports.advance(this.epoch, EpochState.QUORUM)
        self._log("quorum", epoch=this.epoch, attempt=attempt, signers=sorted(signatures))
        standing = self._chain.standing()
        if standing is not None and standing.epoch >= this.epoch:
            return  # somebody posted it; the next head tells
        packed = pack_signatures(signatures, this.quorum)
        self._reports.advance(this.epoch, EpochState.SUBMITTED)
        self._posting.begin(report, packed)
        self._waiting = f"epoch {this.epoch}: its report to be mined"

    def _epoch_at(self, now: int) -> int:
        config = self._config
        return 0 if config is None else max(0, (now - config.genesis) // config.epoch_length)

    def _wait_for(self, what: str) -> None:
        if what != self._waiting:
            self._log("waiting", reason=what)
        self._waiting = what
