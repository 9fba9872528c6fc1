"""A node's part in the epoch that is due: it opens the round, observes, answers the peers, and leads in its turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oracle.chain.view import Block, OracleConfig, StandingReport
from oracle.domain.schedule import Schedule
from oracle.domain.signature import pack_signatures
from oracle.domain.signed import SignedObservation
from oracle.exchange.desk import Desk
from oracle.exchange.lead import EpochSkipped, Leader
from oracle.exchange.peers import Peers
from oracle.node.backoff import Backoff
from oracle.node.observe import Abstained
from oracle.node.parts import Parts
from oracle.node.rounds import OpenRound, Records, open_round, schedule_of
from oracle.store.errors import StoreUnavailable
from oracle.store.reports import EpochState

ATTEMPTS_PER_EPOCH = 12


class EpochWork:
    """One epoch after the other, one round open at a time. `sample` asks the sites for all since a time, in Unix
    seconds."""

    def __init__(self, parts: Parts, records: Records, desk: Desk, sample: Callable[[int], None]) -> None:
        self._parts = parts
        self._chain = parts.chain
        self._posting = parts.posting
        self._guard = parts.guard
        self._reports = parts.reports
        self._clock = parts.clock
        self._log = parts.log
        self._records = records
        self._desk = desk
        self._sample = sample
        self._leader = Leader(parts.reports, parts.guard, parts.log, parts.clock.check)
        self._opening = Backoff(parts.timer)
        self._leading = Backoff(parts.timer)
        self._skipped = 0
        self.open: OpenRound | None = None
        """The round being worked on."""
        self.attempt: int | None = None
        """Which turn to lead it is, counted from 0."""
        self.is_unstored = False
        """Whether the database failed what was tried last; until the next try of it comes through."""

    def go_on(
        self, epoch: int, head: Block, config: OracleConfig, base: StandingReport | None, peers: Peers
    ) -> str | None:
        """Does what there is to do for `epoch` now, over `base`, the newest standing report. Returns what it waits for
        from now on, None for the same as before. Raises WellheadError; trying again later is right."""
        schedule = schedule_of(config)
        if self.open is not None and not self._is_current(self.open, epoch, head, base):
            self.close()
        if self.open is None:
            if not self._opening.ready():
                return None
            with self._trying():
                self.open = self._begin(epoch, head, config, base, peers)
        this = self.open.round
        self.attempt = attempt = schedule.attempt(epoch, head.timestamp, self._parts.attempt_s)
        self._desk.open(this, peers, attempt)
        turn = this.leader(attempt)
        if turn != this.me:
            return f"epoch {epoch}: node {turn}'s proposal, or its report to stand"
        if self._posting.epoch == epoch or not self._leading.ready():
            return None
        with self._trying():
            return self._lead(self.open, peers, attempt)

    def close(self) -> None:
        """Works no more on the open round."""
        self.open = self.attempt = None
        self._desk.close()
        self.retry()

    def retry(self) -> None:
        """Something changed: what failed is tried again at once."""
        self._opening.reset()
        self._leading.reset()

    def posting_ended(self) -> None:
        """Posts again only after a while: whether the report stands, the next head tells."""
        self._leading.failed()

    @contextmanager
    def _trying(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable:
            self.is_unstored = True
            raise
        self.is_unstored = False

    def _is_current(self, opened: OpenRound, epoch: int, head: Block, base: StandingReport | None) -> bool:
        """Whether an open round is still what the chain says; a change of the node set has closed it already."""
        this = opened.round
        if (this.epoch, this.base_epoch) != (epoch, 0 if base is None else base.epoch):
            return False
        if opened.seen_at == head:
            return True
        if self._chain.last_block_at(this.period_end) != opened.block:
            return False
        self.open = opened.at(head)
        return True

    def _begin(
        self, epoch: int, head: Block, config: OracleConfig, base: StandingReport | None, peers: Peers
    ) -> OpenRound:
        """Opens the round and makes this node's observation. A node that abstains still checks and signs."""
        self._opening.failed()  # until it has worked
        opened = open_round(self._chain, self._records, peers, config, self._guard.address, epoch, base)
        self._reports.advance(epoch, EpochState.OBSERVING)
        self._observe(opened)
        self.retry()
        return opened.at(head)

    def _observe(self, opened: OpenRound) -> None:
        this = opened.round
        if self._reports.own_observation(this.epoch, this.span, this.me) is not None:
            return
        self._clock.check()
        self._sample(opened.facts.span[0])
        reached = self._parts.observer.sites_reached(opened.facts)
        before = self._reports.reached_before(this.epoch)
        self._reports.reached(this.epoch, reached)
        if before is not None and 2 * reached < before:
            self._log("abstained", epoch=this.epoch, sites_reached=reached, reached_before=before)
            return
        try:
            leaves = self._parts.observer.observe(opened.facts)
        except Abstained as error:
            self._log("abstained", epoch=this.epoch, reason=str(error))
            return
        statement = this.statement(leaves)
        signed = SignedObservation.of(this.me, statement, leaves, self._guard.sign_observation(statement))
        self._reports.add_observation(signed, mine=True)
        self._log("observed", epoch=this.epoch, base=this.base_epoch, root="0x" + statement.root.hex())

    def _lead(self, opened: OpenRound, peers: Peers, attempt: int) -> str | None:
        this = opened.round
        self._leading.failed()  # until it has worked
        try:
            report, signatures = self._leader.take_turn(this, peers, attempt)
        except EpochSkipped as error:
            if this.epoch != self._skipped:
                self._skipped = this.epoch
                self._log("epoch skipped", epoch=this.epoch, reason=str(error))
            raise
        self._reports.advance(this.epoch, EpochState.QUORUM)
        self._log("quorum", epoch=this.epoch, attempt=attempt, signers=sorted(signatures))
        standing = self._chain.standing()
        if standing is not None and standing.epoch >= this.epoch:
            return None  # somebody posted it; the next head tells
        packed = pack_signatures(signatures, this.quorum)
        self._posting.begin(report, packed)
        return f"epoch {this.epoch}: its report to be mined"


def default_turn_s(schedule: Schedule) -> int:
    """How long a leader's turn lasts unless it is configured, in seconds of the chain's clock."""
    return max(1, schedule.length // ATTEMPTS_PER_EPOCH)
