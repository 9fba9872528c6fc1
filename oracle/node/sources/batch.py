"""The batches that a site signs, one an epoch: what every node meters byte for byte, and what an operator cannot take
back."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from oracle.chain.view import ChainView
from oracle.domain.errors import WellheadError
from oracle.domain.meters import MeterSet
from oracle.domain.reading import TrustLevel
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher
from oracle.metering.gpu import REACH
from oracle.node.sources import SiteUnreachable
from oracle.store.batches import BatchStore, KeptBatch
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.batch import (
    MAX_BATCH_BYTES,
    MAX_HEAD_BYTES,
    NONE_BEFORE,
    SampleBatch,
    SignedBatch,
    check_link,
    read_head,
    read_samples,
)
from oracle.telemetry.errors import BatchMisplaced

TAKE_S = 5.0
"""For how long batches are asked for in one go; the rest follows at the next."""
PEER_S = 1.0
TOLD_FAULTS = 3
BACK_EPOCHS = 24
"""How far back a node that was away looks by itself; an observation asks for all it needs."""
PUBLISHED_WITHIN = 3
"""A batch is late once a third of an epoch has passed since the end of its own."""
MAX_STATEMENTS_BYTES = 8 * 1024
OK, PARTIAL, NOT_FOUND = 200, 206, 404


@dataclass(frozen=True, slots=True)
class BatchTerms:
    """What batches are checked by. `operator(fleet, epoch)` holds the fleet's title at the end of the epoch; `peers`
    are nodes that are asked what the operator signed for them; `log` takes (event, fields)."""

    domain: Domain
    schedule: Schedule
    operator: Callable[[int, int], str]
    store: BatchStore
    peers: Sequence[str] = ()
    log: Callable[..., None] = lambda _event, **_fields: None


def operator_of(meters: MeterSet, fleet: int) -> str:
    """Who holds a fleet's title. Raises SiteUnreachable for a fleet that is not metered."""
    found = next((each.operator for each in meters.fleets if each.fleet_id == fleet), "")
    if not found:
        raise SiteUnreachable(f"fleet {fleet} was not listed then: there is nobody whose batches would count")
    return found


def operators(chain: ChainView, schedule: Schedule) -> Callable[[int, int], str]:
    """(fleet, epoch) -> who held the title as of the block that the epoch is reported as of. Raises ChainError."""
    return lambda fleet, epoch: operator_of(chain.meters(chain.last_block_at(schedule.period_end(epoch))), fleet)


class SignedBatches:
    """One site's batches, at `<url>/<epoch>`. What is wrong with a batch keeps all of it out; the first right one of an
    epoch is metered for good. `elapsed` is a monotonic clock in seconds."""

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = True

    def __init__(
        self,
        fleet: int,
        url: str,
        interval_s: int,
        fetcher: Fetcher,
        store: TelemetryStore,
        terms: BatchTerms,
        *,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fleet = fleet
        self._url = url.rstrip("/")
        self._interval_s = interval_s
        self._fetcher = fetcher
        self._telemetry = store
        self._terms = terms
        self._store = terms.store
        self._elapsed = elapsed
        self._lock = Lock()
        self._doubled = self._store.doubled(fleet)
        self._newest = self._store.newest(fleet)
        self._compared: set[tuple[str, int]] = set()
        self._peers = list(terms.peers)

    def status(self) -> dict[str, Any]:
        """The newest epoch whose batch is here, and those for which the operator signed two; asks nothing."""
        with self._lock:
            return {"newest_epoch": self._newest, "signed_twice": list(self._doubled)}

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """Reads the batches of the epochs that are over and not here yet. With `since` also those that were not served
        before, and looks again, at the site and at peers, whether what is here is what others were given."""
        deadline, schedule = self._elapsed() + TAKE_S, self._terms.schedule
        last = (now - schedule.genesis) // schedule.length - 1
        if since is None:
            newest = self._store.newest(self._fleet)
            first = last - 1 if newest is None else max(newest + 1, last - BACK_EPOCHS)
        else:
            first = (since - REACH * self._interval_s - schedule.genesis) // schedule.length
        first = max(0, first)
        held = self._store.metered(self._fleet, first, last)
        faults: dict[int, str] = {}
        for wanted in range(first, last + 1):
            if self._elapsed() > deadline:
                raise SiteUnreachable(f"{shown_url(self._url)} has more than can be read in one go; the rest follows")
            try:
                if wanted in held:
                    if since is not None:
                        self._look_again(held[wanted])
                elif not self._is_gap(wanted):
                    self._read(wanted, epoch, is_late=now >= self._late(wanted))
            except SiteUnreachable as error:
                faults[wanted] = str(error)
        if since is not None:
            self._compare(first, last, deadline)
        told = [fault for wanted, fault in faults.items() if not self._is_gap(wanted)]  # as is known now
        if told:
            raise SiteUnreachable("; ".join(told[:TOLD_FAULTS]))
        self._telemetry.add(self._fleet, epoch, ())

    def _late(self, epoch: int) -> int:
        schedule = self._terms.schedule
        return schedule.period_end(epoch) + schedule.length // PUBLISHED_WITHIN

    def _is_gap(self, epoch: int) -> bool:
        """Whether the operator has signed that there is no batch of `epoch`: the next one is the first, or follows on
        the one before."""
        _, after = self._store.beside(self._fleet, epoch)
        return after is not None and (after.follows or after.signed.statement.previous == NONE_BEFORE)

    def _read(self, epoch: int, now_epoch: int, *, is_late: bool) -> None:
        """Takes the batch of an epoch, if it is there and all of it is right. Raises SiteUnreachable."""
        url = f"{self._url}/{epoch}"
        try:
            answer = self._fetcher.get(url, MAX_BATCH_BYTES)
            if answer.status == OK:
                self._keep(answer.body, epoch, now_epoch)
        except WellheadError as error:
            raise SiteUnreachable(f"{shown_url(url)}: {error}") from None
        if answer.status != OK and (answer.status != NOT_FOUND or is_late):
            raise SiteUnreachable(
                f"{shown_url(url)} answers {answer.status}; the batch of epoch {epoch} should be there"
            )

    def _keep(self, raw: bytes, epoch: int, now_epoch: int) -> None:
        signed, schedule = read_head(raw), self._terms.schedule
        self._check_place(signed, epoch)
        operator = self._terms.operator(self._fleet, epoch)
        signed.check_signed_by(operator, self._terms.domain)
        samples = read_samples(raw, signed.statement, schedule)
        before, after = self._store.beside(self._fleet, epoch)
        follows = check_link(signed.statement, _statement(before), _statement(after))
        span_ms = schedule.period_start(epoch) * 1000, schedule.period_end(epoch) * 1000
        kept = KeptBatch(signed, operator, metered=True, follows=follows and before is not None)
        self._store.take(kept, samples, span_ms, self._telemetry, now_epoch)
        with self._lock:
            self._newest = max(epoch, self._newest or 0)
        if before is not None and before.signed.statement.epoch < epoch - 1:
            why = "the operator signed none of them" if follows else "the site does not serve what was signed of them"
            missing = f"{before.signed.statement.epoch + 1} to {epoch - 1}"
            self._terms.log("batches missing", fleet=self._fleet, epochs=missing, reason=why)

    def _check_place(self, signed: SignedBatch, epoch: int) -> None:
        said = signed.statement
        if (said.fleet, said.epoch) != (self._fleet, epoch):
            raise BatchMisplaced(
                f"the batch is of fleet {said.fleet} and epoch {said.epoch}, not {self._fleet}, {epoch}"
            )

    def _look_again(self, kept: KeptBatch) -> None:
        """Whether the site still serves what is metered. That it serves it no longer is no fault."""
        url = f"{self._url}/{kept.signed.statement.epoch}"
        try:
            answer = self._fetcher.get_part(url, 0, MAX_HEAD_BYTES, self._fetcher.timeout_s)
            if answer.status in (OK, PARTIAL):
                self._weigh(read_head(answer.body), kept, shown_url(self._url))
        except WellheadError as error:
            raise SiteUnreachable(f"{shown_url(url)}: {error}") from None

    def _weigh(self, signed: SignedBatch, kept: KeptBatch, where: str) -> None:
        """Keeps `signed` as evidence if it is another batch of the operator's for the epoch of the one that is metered.
        Raises TelemetryError when it is none of theirs."""
        if signed.statement == kept.signed.statement:
            return
        epoch = kept.signed.statement.epoch
        self._check_place(signed, epoch)
        signed.check_signed_by(kept.operator, self._terms.domain)
        second = KeptBatch(signed, kept.operator, metered=False, follows=False)
        if self._store.add_second(second):
            with self._lock:
                self._doubled = sorted({*self._doubled, epoch})
            hashes = ["0x" + each.statement.struct_hash().hex() for each in (kept.signed, signed)]
            self._terms.log(
                "the operator signed two batches for one epoch",
                fleet=self._fleet,
                epoch=epoch,
                operator=kept.operator,
                metered=hashes[0],
                other=hashes[1],
                seen_at=where,
            )

    def _compare(self, first: int, last: int, deadline: float) -> None:
        """Asks the peers what they were given of the epochs that are here. Their silence is no fault of the site's."""
        held = self._store.metered(self._fleet, first, last)
        self._compared = {(peer, epoch) for peer, epoch in self._compared if epoch >= first}
        for peer in list(self._peers):
            for epoch, kept in held.items():
                if self._elapsed() > deadline:
                    return
                if (peer, epoch) in self._compared:
                    continue
                url = f"{peer.rstrip('/')}/v1/fleets/{self._fleet}/batches/{epoch}"
                try:
                    answer = self._fetcher.get(url, MAX_STATEMENTS_BYTES, PEER_S)
                except WellheadError:
                    self._peers.remove(peer)  # who does not answer is asked last the next time
                    self._peers.append(peer)
                    break
                if answer.status != OK:
                    continue
                self._compared.add((peer, epoch))
                for signed in _statements(answer.body):
                    try:
                        self._weigh(signed, kept, "a peer")
                    except WellheadError as error:
                        self._terms.log("a peer shows a batch that is none", fleet=self._fleet, reason=str(error))


def _statement(kept: KeptBatch | None) -> SampleBatch | None:
    return None if kept is None else kept.signed.statement


def _statements(body: bytes) -> Iterator[SignedBatch]:
    """What a node says was signed, as far as it can be read."""
    try:
        said = json.loads(body)["statements"]
        heads: Iterable[Any] = [each["head"] for each in said]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for head in heads:
        try:
            yield read_head(f"{head}\n".encode())
        except (WellheadError, UnicodeEncodeError):
            continue
