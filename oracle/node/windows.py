"""Which SLA window each lease is in: found from the sequence of standing reports, alike on every node.

A window is closed by the first report whose period ends at or after the next UTC midnight, or at or after the end of
the lease's term. Nothing is stored for it on-chain, so it is read off the reports' period ends, newest first.
"""

from collections.abc import Callable, Iterable

from oracle.chain.view import StandingReport
from oracle.domain.errors import WellheadError
from oracle.domain.meters import LeaseMeter
from oracle.domain.schedule import Schedule
from oracle.metering.sla import DAY_S


class HistoryMissing(WellheadError):
    """A standing report that a window may depend on can no longer be read."""


def window_openings(
    leases: Iterable[LeaseMeter],
    base: StandingReport | None,
    report_of: Callable[[int], StandingReport | None],
    schedule: Schedule,
) -> dict[int, int]:
    """The epoch of the report that opened each lease's present window, by lease id; 0 where it opened with the lease.

    `base` is the newest standing report, `report_of` reads an earlier one. Raises HistoryMissing.
    """
    openings: dict[int, int] = {}
    waiting = list(leases)
    report = base
    while waiting and report is not None:
        before = _before(report, report_of)
        ends = schedule.period_end(report.epoch)
        # Where the report before ended; before the first, spans begin at the end of epoch 0.
        ended = schedule.period_end(report.base_epoch)
        still = []
        for lease in waiting:
            if ends <= lease.start:
                openings[lease.lease_id] = 0
            elif _closes(lease, ended, ends):
                openings[lease.lease_id] = report.epoch
            else:
                still.append(lease)
        waiting = still
        report = before() if waiting else None
    openings.update((lease.lease_id, 0) for lease in waiting)
    return openings


def _closes(lease: LeaseMeter, ended: int, ends: int) -> bool:
    """Whether the report over (ended, ends] was the first one past a midnight after the start, or past the term."""
    midnight = ends // DAY_S * DAY_S
    return ended < lease.term_end and (midnight > max(ended, lease.start) or lease.term_end <= ends)


def _before(
    report: StandingReport, report_of: Callable[[int], StandingReport | None]
) -> Callable[[], StandingReport | None]:
    def read() -> StandingReport | None:
        if report.base_epoch == 0:
            return None
        found = report_of(report.base_epoch)
        if found is None:
            raise HistoryMissing(
                f"the report of epoch {report.base_epoch} can no longer be read on-chain, and an SLA window may have "
                "opened with it: this node cannot observe until the next midnight has passed"
            )
        return found

    return read
