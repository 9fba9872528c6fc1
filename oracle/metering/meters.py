"""From GPUs to meters: what a node adds to a lease's or a fleet's counters over one report span.

A report span is (periodEnd(baseEpoch), periodEnd(epoch)], unix seconds; on the time line that is the half-open
[span_from, span_to). Counters grow only inside a lease's term [start, min(end, stop)). Each counter is summed over
GPUs in ms first and cut down to whole seconds or Wh once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from oracle.metering.cross_check import Verdict, level_and_flags, tenant_verdict
from oracle.metering.gpu import DEFAULT_BOARD_MW, SLACK, GpuSeries, GpuTotals, Metered
from oracle.metering.increments import LEVEL_MASK, UNLISTED_GPU, Increments
from oracle.metering.sla import SlaTerms, SlaWindow, breached_increment
from oracle.telemetry.sample import PPM

UJ_PER_WH: Final = 3_600_000_000
_NOTHING: Final[Metered] = GpuSeries((), ())

Interval = tuple[int, int]
"""[from, to), unix seconds."""


@dataclass(frozen=True, slots=True)
class LeaseTerm:
    """The stored terms of a lease that metering needs. Times are unix s; `board_watts` is one GPU's board power, 0
    where it is not known."""

    meter_id: int
    units: int
    start: int
    end: int
    stop: int | None
    availability_bps: int
    board_watts: int

    def __post_init__(self) -> None:
        """Raises ValueError for terms no lease can have."""
        if self.units <= 0 or self.end <= self.start or self.board_watts < 0:
            raise ValueError(f"impossible lease terms: {self}")

    @property
    def closes(self) -> int:
        """min(end, stop), never before start."""
        return max(self.start, self.end if self.stop is None else min(self.end, self.stop))

    @property
    def sla(self) -> SlaTerms:
        """The part the SLA depends on."""
        return SlaTerms(self.units, self.start, self.closes, self.availability_bps)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which whole GPUs a lease's units were, and when: [effective_from, effective_to), None for until further notice.

    Resolved already: only valid bodies, superseded ones cut off, of two that name a UUID the one mined first.
    """

    effective_from: int
    effective_to: int | None
    uuids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlaContext:
    """What a lease's breach counter needs besides telemetry: the open window and the base reading's totals."""

    window: SlaWindow
    base_measured: int
    base_delivered: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What tells how far a span's figures can be trusted.

    level: the source's own. tenant: the samples of the agent that the tenant runs. node_power: how the site's boards
    compare with the machines that hold them. unlisted: the telemetry told of a GPU outside the inventory.
    """

    level: int = 1
    tenant: Mapping[str, Metered] | None = None
    node_power: Verdict = Verdict.UNKNOWN
    unlisted: bool = False


OPERATORS_WORD: Final = Trust()
"""The operator's exporter, and nothing beside it."""


def lease_increments(
    term: LeaseTerm,
    span: Interval,
    series: Mapping[str, Metered],
    allocations: Iterable[Allocation],
    *,
    interval_ms: int,
    suspended: Iterable[Interval] = (),
    sla: SlaContext | None = None,
    trust: Trust = OPERATORS_WORD,
) -> Increments:
    """A lease meter's increments over `span`.

    series: each allocated GPU's samples, by UUID, reaching three intervals beyond the span; a UUID without any is
    missing. Units without a GPU allocated are measured and not delivered. suspended: suspended epochs, for the SLA.
    sla: None where no breach is counted. Raises ValueError when two allocations overlap in time.
    """
    lived = _overlap(span, (term.start, term.closes))
    if lived is None:
        return Increments(0, 0, 0, 0, 0, trust.level & LEVEL_MASK)
    total, seen_inside = GpuTotals(), GpuTotals()
    gpus = allocated_ms = 0
    cuts = sorted(allocations, key=lambda allocation: allocation.effective_from)
    _refuse_overlaps(cuts)
    for allocation in cuts:
        until = lived[1] if allocation.effective_to is None else allocation.effective_to
        part = _overlap(lived, (allocation.effective_from, until))
        if part is None:
            continue
        # Whole GPUs, never more than the units leased: what an operator gives on top is a gift.
        for uuid in list(dict.fromkeys(allocation.uuids))[: term.units]:
            gpus += 1
            allocated_ms += (part[1] - part[0]) * 1000
            edges = part[0] * 1000, part[1] * 1000, interval_ms
            total += series.get(uuid, _NOTHING).totals(*edges, board_mw=term.board_watts * 1000)
            if trust.tenant is not None:
                seen_inside += trust.tenant.get(uuid, _NOTHING).totals(*edges, board_mw=term.board_watts * 1000)
    capacity_ms = term.units * (lived[1] - lived[0]) * 1000
    measured = (total.measured_ms + capacity_ms - allocated_ms) // 1000
    delivered = total.delivered_ms // 1000
    breached = 0
    if sla is not None:
        breached = breached_increment(
            term.sla,
            sla.window,
            period_end=span[1],
            measured=sla.base_measured + measured,
            delivered=sla.base_delivered + delivered,
            suspended_s=_covered((max(sla.window.opened_at, term.start), min(span[1], term.closes)), suspended),
        )
    board_mw = term.board_watts * 1000 or DEFAULT_BOARD_MW
    agreed = tenant_verdict(total, seen_inside, interval_ms=interval_ms, gpus=gpus, board_mw=board_mw)
    flags = total.flags | level_and_flags(trust.level & LEVEL_MASK, agreed, trust.node_power)
    return _increments(total, measured, delivered, breached, flags, capacity_ms // 1000, board_mw)


def fleet_increments(
    inventory: Sequence[str],
    span: Interval,
    series: Mapping[str, Metered],
    leases: Iterable[tuple[LeaseTerm, Sequence[Allocation]]],
    *,
    interval_ms: int,
    board_watts: int = 0,
    trust: Trust = OPERATORS_WORD,
) -> Increments:
    """A fleet meter's increments over `span`, for display: all boards of the inventory.

    Measured: telemetry exists. Delivered and utilised: healthy, and allocated to a lease then in its term. energyWh:
    all boards, leased or not. `leases`: each open lease of the fleet with its allocations. `board_watts`: 0 where not
    known.
    """
    let: dict[str, list[Interval]] = {}
    for term, allocations in leases:
        for allocation in allocations:
            until = span[1] if allocation.effective_to is None else allocation.effective_to
            part = _overlap(span, (term.start, term.closes), (allocation.effective_from, until))
            if part is not None:
                for uuid in allocation.uuids[: term.units]:
                    let.setdefault(uuid, []).append(part)
    boards = tuple(dict.fromkeys(inventory))
    everything, in_lease = GpuTotals(), GpuTotals()
    for uuid in boards:
        gpu = series.get(uuid, _NOTHING)
        everything += gpu.totals(span[0] * 1000, span[1] * 1000, interval_ms, board_mw=board_watts * 1000)
        for start, end in _merged(let.get(uuid, ())):
            in_lease += gpu.totals(start * 1000, end * 1000, interval_ms, board_mw=board_watts * 1000)
    total = GpuTotals(
        measured_ms=everything.measured_ms,
        delivered_ms=in_lease.delivered_ms,
        utilised_ppm_ms=in_lease.utilised_ppm_ms,
        energy_uj=everything.energy_uj,
        estimated_ms=everything.estimated_ms,
        uncovered_ms=everything.uncovered_ms,
        fallback_ms=in_lease.fallback_ms,
        resets=everything.resets,
        weak=in_lease.weak,
        empty=in_lease.empty,
        changes=everything.changes,
    )
    capacity = len(boards) * max(0, span[1] - span[0])
    flags = total.flags | level_and_flags(trust.level & LEVEL_MASK, Verdict.UNKNOWN, trust.node_power)
    flags |= UNLISTED_GPU if trust.unlisted else 0
    measured, delivered = total.measured_ms // 1000, total.delivered_ms // 1000
    return _increments(total, measured, delivered, 0, flags, capacity, board_watts * 1000 or DEFAULT_BOARD_MW)


def _increments(
    total: GpuTotals, measured: int, delivered: int, breached: int, flags: int, capacity: int, board_mw: int
) -> Increments:
    measured = min(measured, capacity)
    delivered = min(delivered, measured)
    return Increments(
        measured=measured,
        delivered=delivered,
        utilised=min(total.utilised_ppm_ms // (1000 * PPM), delivered),
        breached=breached,
        energy_wh=min(total.energy_uj // UJ_PER_WH, SLACK * board_mw * capacity // 3_600_000),
        flags=flags,
    )


def suspended_epochs(
    suspensions: Iterable[tuple[int, int | None]], *, genesis: int, length: int, until: int
) -> list[Interval]:
    """The epochs suspended whole, as merged intervals, of those that start before `until`.

    suspensions: [from, to) of block time in which the lease stood suspended, `to` None while it still does. An epoch
    is suspended when the lease was at the last block at or before its start. All unix s; `length` is the epoch's.
    """
    found = []
    for start, end in suspensions:
        first = -((genesis - start) // length)
        behind = -((genesis - (until if end is None else min(end, until))) // length)
        if first < behind:
            found.append((genesis + first * length, genesis + behind * length))
    return _merged(found)


def _overlap(*intervals: Interval) -> Interval | None:
    start, end = max(start for start, _ in intervals), min(end for _, end in intervals)
    return (start, end) if start < end else None


def _covered(window: Interval, intervals: Iterable[Interval]) -> int:
    """Seconds of `window` inside any of the intervals, each second once."""
    parts = [part for part in (_overlap(window, interval) for interval in intervals) if part is not None]
    return sum(end - start for start, end in _merged(parts))


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _refuse_overlaps(cuts: Sequence[Allocation]) -> None:
    for earlier, later in pairwise(cuts):
        if earlier.effective_to is None or earlier.effective_to > later.effective_from:
            raise ValueError(f"allocations overlap at {later.effective_from}: resolve them before metering")
