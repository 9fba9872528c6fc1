"""Posting a report without waiting for it: mining takes its time, and neither sampling nor a peer's question may."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.store.reports import ReportStore


class Submitter(Protocol):
    """Posts a report."""

    def submit(self, report: Report, signatures: bytes) -> str:
        """Sends it with its packed signatures; the 0x-hex transaction hash once mined. Raises WellheadError."""
        ...


class Posting:
    """One report at a time on its way to the chain. `log` takes (event, fields)."""

    def __init__(self, submitter: Submitter, reports: ReportStore, log: Callable[..., None]) -> None:
        self._submitter = submitter
        self._reports = reports
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="post")
        self._posted: tuple[int, Future[str]] | None = None

    @property
    def epoch(self) -> int | None:
        """The epoch whose report is on its way."""
        return None if self._posted is None else self._posted[0]

    def begin(self, report: Report, signatures: bytes) -> None:
        """Sends a report with its packed signatures, in the background."""
        self._posted = report.epoch, self._thread.submit(self._submitter.submit, report, signatures)

    def ended(self) -> bool:
        """Whether a posting came to its end since this was last asked; how, is in the log and the store."""
        if self._posted is None or not self._posted[1].done():
            return False
        (epoch, posted), self._posted = self._posted, None
        error = posted.exception()
        if error is None:
            self._reports.posted(epoch, posted.result())
            self._log("posted", epoch=epoch, transaction=posted.result())
        elif isinstance(error, WellheadError):
            self._log("posting failed", epoch=epoch, reason=str(error))
        else:
            raise error
        return True

    def close(self) -> None:
        """Posts nothing more; a transaction on its way stays on its way."""
        self._thread.shutdown(wait=False, cancel_futures=True)
