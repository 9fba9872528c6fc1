"""The node's loop, one `step` at a time: follow the chain, and go on with the epoch that is due.

Epochs and turns go by the chain head's time. A step reads the head; when it has not moved, and nothing is owed to this
epoch, that is all it does.
"""

from contextlib import suppress
from threading import Lock
from typing import Any

from oracle.chain.errors import Reverted
from oracle.chain.view import Block, OracleConfig, StandingReport
from oracle.domain.errors import WellheadError
from oracle.domain.meters import MeterSet
from oracle.domain.schedule import Schedule
from oracle.domain.spoken import Spoken
from oracle.exchange.auth import Asker, Member
from oracle.exchange.desk import EARLY_S, Desk
from oracle.exchange.peers import Peer, Peers
from oracle.node.backoff import Backoff
from oracle.node.epoch_work import EpochWork
from oracle.node.parts import Parts
from oracle.node.rounds import Records, cold_of, index_of, schedule_of
from oracle.node.status import Place, snapshot
from oracle.store.errors import StoreUnavailable
from oracle.store.reports import EpochState

KEEP_EPOCHS = 512
KEEP_SAMPLES_S = 4 * 86_400
POSTED_BEFORE = "MeterOracle_EpochNotNewer"


class Node:
    """One metering node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._chain = parts.chain
        self._posting = parts.posting
        self._guard = parts.guard
        self._reports = parts.reports
        self._clock = parts.clock
        self._peer_urls = {cold.lower(): url for cold, url in parts.peer_urls.items()}
        self._log = parts.log
        self.records = Records(parts.chain, parts.reports, parts.log)
        # A simulated chain moves when it is told to, and not while somebody waits.
        early_s = EARLY_S if parts.clock.is_machines else 0
        self.desk = Desk(parts.reports, parts.guard, parts.clock.check, early_s)
        self._work = EpochWork(parts, self.records, self.desk, self.sample)
        self._spoken = Spoken(parts.log)
        self._sampling = Lock()  # a thread of its own samples, and the loop before it observes
        self._head: Block | None = None
        self._standing: StandingReport | None = None
        self._due: int | None = None  # the reportable epoch at the last head
        self._barred: int | None = None  # an epoch that was reported once, and the report dropped
        self._looked_ahead = -1  # the epoch whose bodies are being fetched
        self._open_meters: MeterSet | None = None
        self._fetching = Backoff(parts.timer)
        self._lacks_readings = False
        self._is_unstored = False  # whether the database failed the last try at fetching readings
        self._waiting = "the chain's head"
        self._config = parts.config
        self._peers = self._meet(parts.config)
        self._let_in(parts.config, None)

    def step(self) -> bool:
        """Does what there is to do now. Raises WellheadError when the chain or the database cannot be read;
        everything else is logged. Returns whether the database works, as far as is known: not while something that it
        failed waits for its next try."""
        self._tell_clock()
        if self._posting.ended():
            self._work.posting_ended()
            self._take_refusal()
        head = self._chain.head()
        self._clock.saw(head.timestamp)
        self._tell_clock()
        if head != self._head:
            self._take_head(head)
        if self._lacks_readings and self._standing is not None and self._fetching.ready():
            self._fetch_readings(self._standing)
        epoch = schedule_of(self._config).reportable(head.timestamp)
        if epoch is None:
            self._waiting = "the first reportable epoch"
        elif self._standing is not None and self._standing.epoch >= epoch:
            self._waiting = f"epoch {epoch + 1}"
        elif epoch == self._barred:
            self._wait_for(f"epoch {epoch + 1}: the report of epoch {epoch} was dropped, and there is no second one")
        else:
            try:
                waiting = self._work.go_on(epoch, head, self._config, self._standing, self._peers)
            except StoreUnavailable as error:
                self._waiting = f"epoch {epoch}: {error}"
                raise  # it is not this epoch's trouble alone
            except WellheadError as error:
                self._wait_for(f"epoch {epoch}: {error}")
            else:
                self._waiting = waiting or self._waiting
        return not (self._is_unstored or self._work.is_unstored)

    def sample(self, since: int | None = None) -> None:
        """Asks the sites that are due by the node's clock; with `since` (Unix seconds), for all from then on. May be
        called from another thread than `step`."""
        now = self._clock.now()
        with self._sampling:
            self._parts.sampler.sample(now, self._epoch_at(now), since=since)

    @property
    def head(self) -> Block | None:
        """The chain's head as last seen."""
        return self._head

    @property
    def standing(self) -> StandingReport | None:
        """The newest standing report, as last seen."""
        return self._standing

    @property
    def open_meters(self) -> MeterSet | None:
        """The open meters as last seen, once an epoch."""
        return self._open_meters

    @property
    def index(self) -> int | None:
        """This node's index in the set at the epoch that is due, or else at the present one; None while its key signs
        for no member."""
        config, head = self._config, self._head
        if head is None:
            return None
        for epoch in dict.fromkeys((self._due or 0, self._epoch_at(head.timestamp))):
            try:
                return index_of(config, self._guard.address, epoch)
            except WellheadError:
                continue
        return None

    def report(self, epoch: int) -> StandingReport | None:
        """The standing report of an epoch, if there is one. Raises ChainError."""
        return self.records.report(epoch)

    def ready(self) -> bool:
        """Whether the chain was read and this node knows its place in the set."""
        return self.index is not None

    def place(self) -> Place:
        """Where this node is."""
        opened, attempt = self._work.open, self._work.attempt
        return Place(
            index=self.index,
            address=self._guard.address,
            head=self._head,
            standing=self._standing,
            due=self._due,
            epoch=None if opened is None else opened.round.epoch,
            attempt=attempt,
            leader=None if opened is None or attempt is None else opened.round.leader(attempt),
            waiting_for=self._waiting,
        )

    def status(self) -> dict[str, Any]:
        """What an operator, metrics and the demo want to know of this node; see oracle.node.status."""
        peers = list(self._peers)
        return snapshot(self.place(), self._clock, self.desk.refused, peers, self._parts.sampler.sites, self._reports)

    # What a new head brings

    def _take_head(self, head: Block) -> None:
        schedule = schedule_of(self._config)
        if not self._clock.is_machines:
            self._try_sampling()
        due = schedule.reportable(head.timestamp)
        if due is not None:
            self._take_newest(schedule)
            if self._standing is None or self._standing.epoch < due:
                self._take_config(self._chain.config())
            self._finish(due)
            self._due = due
            self._let_in(self._config, due)
        self._head = head
        self._work.retry()
        self._look_ahead(head)

    def _look_ahead(self, head: Block) -> None:
        """Once an epoch, when all its allocations are on the chain, their bodies begin to be fetched."""
        epoch = self._epoch_at(head.timestamp)
        if epoch != self._looked_ahead:
            with suppress(WellheadError):  # the observation asks for them, too
                self._open_meters = self._chain.meters(head)
                self._parts.sampler.prepare(self._open_meters)
                self._looked_ahead = epoch

    def _try_sampling(self) -> None:
        try:
            self.sample()
        except WellheadError as error:
            self._spoken.say("sampling", "cannot sample", reason=str(error))
        else:
            self._spoken.over("sampling", "samples again")

    def _take_config(self, config: OracleConfig) -> None:
        if config == self._config:
            return
        self._peers = self._meet(config)
        self._config = config
        self._log("node set changed", config="0x" + config.config_digest.hex(), nodes=len(config.nodes))
        # What was said and signed under the old one stays what it was; it is no part of the new round.
        self._work.close()

    def _meet(self, config: OracleConfig) -> Peers:
        """Knows where to ask the nodes of a set."""
        me = cold_of(config, self._guard.address)
        asker = None if me is None else Asker(me, self._clock.now, self._guard.sign_message)
        peers: dict[int, Peer] = {}
        for index, node in enumerate(config.nodes):
            url = self._peer_urls.get(node.cold.lower())
            if node.cold == me:
                continue
            if url is None:
                self._log("a node without an address: give it as a peer", index=index, node=node.cold)
            else:
                peers[index] = Peer(index, url, self._parts.fetcher, node.cold, asker, self._log)
        return Peers(peers, self._parts.pool)

    def _let_in(self, config: OracleConfig, due: int | None) -> None:
        """Says who may ask: the nodes of the set, with their hot keys, and with the key before for as long as it
        signs the epoch that is `due`; retired, it may be in other hands."""
        members = {
            node.cold: Member(index, frozenset({node.hot, node.signer(due or 0)}))
            for index, node in enumerate(config.nodes)
        }
        self._parts.keeper.admit(cold_of(config, self._guard.address) or "", members)

    def _take_newest(self, schedule: Schedule) -> None:
        standing, before = self._chain.standing(), self._standing
        if self._head is None:  # what this node knew to stand may have been dropped while it was away
            self._reports.reopen(0 if standing is None else standing.epoch)
        if standing == before:
            return
        if before is not None and (standing is None or not self._builds_on(standing, before)):
            self._take_back(standing)
        if standing is not None:
            self.records.note(standing)
            self._take_standing(standing, schedule)

    def _builds_on(self, standing: StandingReport, before: StandingReport) -> bool:
        return standing.base_epoch == before.epoch or (
            standing.epoch > before.epoch and self._chain.report(before.epoch) == before
        )

    def _take_back(self, standing: StandingReport | None) -> None:
        """The report that stood does so no more: dropped by evidence, or reorganised away."""
        last = 0 if standing is None else standing.epoch
        self._log("report gone", epoch=None if self._standing is None else self._standing.epoch, standing=last)
        self.records.recheck()
        self._standing = None
        self._lacks_readings = False
        self._work.close()
        self._reports.reopen(last)

    def _take_standing(self, standing: StandingReport, schedule: Schedule) -> None:
        self._standing = standing
        self._log("report stands", epoch=standing.epoch, root="0x" + standing.root.hex(), signers=standing.signers)
        if self._work.open is not None and standing.epoch >= self._work.open.round.epoch:
            self._work.close()
        self._fetching.reset()
        self._lacks_readings = True
        oldest = max(0, standing.epoch - KEEP_EPOCHS)
        self._reports.prune(oldest)
        self.records.forget(oldest)
        self._parts.telemetry.prune((schedule.period_end(standing.epoch) - KEEP_SAMPLES_S) * 1000, oldest)
        self._is_unstored = self._work.is_unstored = False  # what was to be stored is void, and the database wrote

    def _fetch_readings(self, standing: StandingReport) -> None:
        """A node that had no part in a report gets its readings from those who had: it is asked for them too."""
        try:
            self.records.readings(standing, self._peers)
        except StoreUnavailable:
            self._fetching.failed()
            self._is_unstored = True
            raise
        except WellheadError as error:
            self._fetching.failed()
            self._log("readings missing", epoch=standing.epoch, reason=str(error))
        else:
            self._lacks_readings = self._is_unstored = False

    def _take_refusal(self) -> None:
        """The contract takes an epoch once, also if its report was dropped since."""
        failed = self._posting.failure
        if failed is None or not isinstance(failed[1], Reverted) or failed[1].name != POSTED_BEFORE:
            return
        standing = self._chain.standing()
        if standing is None or standing.epoch < failed[0]:
            self._barred = failed[0]

    def _finish(self, due: int) -> None:
        """Ends the epochs whose reports are beyond reorganisations, and those whose time is over without one."""
        if self._work.open is not None and self._work.open.round.epoch < due:
            self._work.close()
        unfinished = self._reports.unfinished(due + 1)
        if not unfinished:
            return
        standing = 0 if self._standing is None else self._standing.epoch
        confirmed = self._chain.confirmed_epoch(self._parts.confirmations)
        for row in unfinished:
            stands = row.epoch <= standing and self.records.report(row.epoch) is not None
            if stands and row.epoch <= confirmed:
                self._reports.advance(row.epoch, EpochState.CONFIRMED)
            elif not stands and row.epoch < due:
                self._reports.advance(row.epoch, EpochState.EXPIRED)
                self._log("epoch expired", epoch=row.epoch)

    def _tell_clock(self) -> None:
        if self._clock.is_off():
            self._spoken.say("clock", "clock off", reason=self._clock.told())
        else:
            self._spoken.over("clock", "clock right again")

    def _epoch_at(self, now: int) -> int:
        return max(0, (now - self._config.genesis) // self._config.epoch_length)

    def _wait_for(self, what: str) -> None:
        if what != self._waiting:
            self._log("waiting", reason=what)
        self._waiting = what
