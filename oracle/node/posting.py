"""Posting reports without waiting for them: mining takes its time, and neither sampling nor a peer's question may."""

import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from traceback import format_exc
from typing import Protocol

from oracle.chain.errors import Stopped
from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.store.reports import EpochState, ReportStore

WATCH_S = 1.0
"""How often what was posted is looked after, in real seconds."""
END_S = 15.0


class Submitter(Protocol):
    """Posts reports, one at a time, and looks after them until they are beyond reorganisations."""

    def submit(self, report: Report, signatures: bytes, sent: Callable[[str], None]) -> str:
        """Sends one with its packed signatures; the 0x-hex transaction hash once mined. `sent` hears it before, as
        soon as it was broadcast. Raises WellheadError."""
        ...

    def watch(self) -> None:
        """Looks after what was sent."""
        ...

    def close(self) -> None:
        """Ends a `submit` under way."""
        ...


class Posting:
    """Reports on their way to the chain, each by its epoch. One thread does all of it; `log` takes (event, fields)."""

    def __init__(self, submitter: Submitter, reports: ReportStore, log: Callable[..., None]) -> None:
        self._submitter = submitter
        self._reports = reports
        self._log = log
        self._wanted: SimpleQueue[tuple[Report, bytes] | None] = SimpleQueue()  # None wakes the thread up
        self._on_their_way: list[int] = []
        self._ended: SimpleQueue[int] = SimpleQueue()
        self._closed = Event()
        self.failure: tuple[int, WellheadError] | None = None
        """The epoch and the error of the last posting, None if it went well."""
        self._thread = Thread(target=self._run, name="post", daemon=True)
        self._thread.start()

    @property
    def epoch(self) -> int | None:
        """The newest epoch whose report is on its way."""
        return self._on_their_way[-1] if self._on_their_way else None

    def begin(self, report: Report, signatures: bytes) -> None:
        """Sends a report with its packed signatures, in the background."""
        self._on_their_way.append(report.epoch)
        self._wanted.put((report, signatures))

    def ended(self) -> bool:
        """Whether a posting came to its end since this was last asked; how, is in the log and the store."""
        try:
            epoch = self._ended.get_nowait()
        except Empty:
            return False
        self._on_their_way.remove(epoch)
        return True

    def close(self) -> None:
        """Posts nothing more; what is on its way is stored, and goes on with the next start."""
        self._closed.set()
        self._wanted.put(None)
        self._submitter.close()
        self._thread.join(END_S)

    def _run(self) -> None:
        watched_at = 0.0
        while not self._closed.is_set():
            wanted = self._next()
            if wanted is not None:
                self._guarded(partial(self._post, *wanted))
                self._ended.put(wanted[0].epoch)
            if not self._closed.is_set() and time.monotonic() - watched_at >= WATCH_S:
                watched_at = time.monotonic()
                self._guarded(self._submitter.watch)

    def _next(self) -> tuple[Report, bytes] | None:
        """What is to be posted next; None after `WATCH_S` without any, or once closed."""
        try:
            return self._wanted.get(timeout=WATCH_S)
        except Empty:
            return None

    def _post(self, report: Report, signatures: bytes) -> None:
        epoch = report.epoch

        def sent(tx_hash: str) -> None:
            self._reports.advance(epoch, EpochState.SUBMITTED)
            self._reports.posted(epoch, tx_hash)

        try:
            tx_hash = self._submitter.submit(report, signatures, sent)
            self._reports.posted(epoch, tx_hash)
        except Stopped:
            return
        except WellheadError as error:
            # The loop tries again every few seconds: that it still fails alike is not worth a line each time.
            before = self.failure
            self.failure = epoch, error
            if before is None or (before[0], str(before[1])) != (epoch, str(error)):
                self._log("posting failed", epoch=epoch, reason=str(error))
        else:
            self.failure = None
            self._log("posted", epoch=epoch, transaction=tx_hash)

    def _guarded(self, act: Callable[[], None]) -> None:
        """A fault of ours in one posting must not end the thread that does the next."""
        try:
            act()
        except Exception as error:  # noqa: BLE001
            self._log("fault in this node, please report it", error=repr(error), traceback=format_exc())
