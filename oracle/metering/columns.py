"""Many samples of one GPU at once, column by column: how a stretch without anything odd is metered, in a few passes
over plain numbers. GpuMeter takes all other samples one by one, and both ways come to the same, to the unit."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add, attrgetter, mul, rshift, sub
from typing import Any, Final, NamedTuple, cast

from oracle.metering.suspicion import ACTIVE_PPM, BUSY_PPM, EMPTY_MIB, WEAK_CLOCK_MHZ, WEAK_POWER_PERCENT, WEAK_SM_PPM
from oracle.telemetry.sample import Sample

STRETCH: Final = 256
"""Samples judged together: one odd sample among them costs no more than these."""

Known = Sequence[int]
Numbers = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples of one GPU in the order they came: Sample's fields, a column each, all of one length. A column that says
    nothing of any of them is `None`; of `healthy`, that all were."""

    gpu_uuid: str
    time_ms: Known
    engine_active_ppm: Numbers | None = None
    activity_is_fallback: Known | None = None
    power_mw: Numbers | None = None
    energy_mj: Numbers | None = None
    healthy: Known | None = None
    sm_active_ppm: Numbers | None = None
    tensor_active_ppm: Numbers | None = None
    memory_used_mib: Numbers | None = None
    sm_clock_mhz: Numbers | None = None
    driver: Sequence[str | None] | None = None
    boot_s: Numbers | None = None

    def __len__(self) -> int:
        return len(self.time_ms)

    @staticmethod
    def of(samples: Sequence[Sample]) -> Columns:
        """The columns of at least one sample."""
        gpus, *columns = zip(*samples, strict=True)
        return Columns(gpus[0], *columns)

    def part(self, start: int, end: int) -> Columns:
        """The samples from number `start` to before number `end`."""
        cut: list[Any] = [None if column is None else column[start:end] for column in _columns_of(self)]
        return Columns(self.gpu_uuid, *cut)

    def sample(self, number: int) -> Sample:
        """Sample number `number`; -1 is the last."""
        columns = zip(_columns_of(self), _UNSAID, strict=True)
        return Sample._make([self.gpu_uuid, *(no if column is None else column[number] for column, no in columns)])

    def samples(self) -> Iterator[Sample]:
        """One by one."""
        count, columns = len(self), zip(_columns_of(self), _UNSAID, strict=True)
        told = (repeat(no, count) if column is None else column for column, no in columns)
        return map(Sample._make, zip(repeat(self.gpu_uuid, count), *told, strict=True))


_columns_of = attrgetter(*Sample._fields[1:])
_UNSAID: Final = tuple({"activity_is_fallback": False, "healthy": True}.get(name) for name in Sample._fields[1:])


class Run(NamedTuple):
    """What a plain stretch comes to. All of its time is measured and delivered, from the first sample to the last."""

    length_ms: int
    activity_ppm_ms: int
    energy_uj: int


def plain_run(columns: Columns, reach_ms: int, board_mw: int, most_mw: int) -> Run | None:
    """The totals of at least two samples about which there is nothing to say; None of all others.

    Such are in order and no further apart than `reach_ms`, healthy, with activity (no fallback) and a counter that
    rises by no more than `most_mw` allows, not suspect with boards of `board_mw` (0: not known), of one driver and
    boot.
    """
    times, active, energy = map(_whole, (columns.time_ms, columns.engine_active_ppm, columns.energy_mj))
    if times is None or active is None or energy is None:
        return None
    steps = tuple(map(sub, times[1:], times))
    shortest, longest = min(steps), max(steps)
    if shortest <= 0 or longest > reach_ms or _is_mixed(columns) or _could_be_suspect(columns, max(active), board_mw):
        return None
    drawn = tuple(map(sub, energy[1:], energy))
    if min(drawn) < 0 or max(drawn) * 1000 > most_mw * shortest:
        return None
    if shortest == longest and shortest % 2 == 0:
        activity = (2 * sum(active) - active[0] - active[-1]) * (shortest // 2)
    else:
        activity = sum(map(rshift, map(mul, map(add, active, active[1:]), steps), repeat(1)))
    return Run(times[-1] - times[0], activity, (energy[-1] - energy[0]) * 1000)


def _is_mixed(columns: Columns) -> bool:
    """Whether one of the samples is not healthy, has its activity from elsewhere, or is of another driver or boot."""
    if columns.healthy is not None and not all(columns.healthy):
        return True
    if columns.activity_is_fallback is not None and any(columns.activity_is_fallback):
        return True
    machine = [column for column in (columns.driver, columns.boot_s) if column is not None]
    return any(column.count(column[0]) != len(column) for column in machine)


def _could_be_suspect(columns: Columns, top_ppm: int, board_mw: int) -> bool:
    """False where no sample can be weak or empty by suspicion's rules, `top_ppm` being the highest activity."""
    if top_ppm >= ACTIVE_PPM and not _all_above(columns.memory_used_mib, EMPTY_MIB):
        return True
    if top_ppm < BUSY_PPM:
        return False
    sm = columns.sm_active_ppm
    if sm is not None and sm.count(None) < len(sm):
        return not _all_above(sm, WEAK_SM_PPM)
    is_cold = board_mw > 0 and not _all_above(columns.power_mw, WEAK_POWER_PERCENT * board_mw // 100)
    return is_cold or not _all_above(columns.sm_clock_mhz, WEAK_CLOCK_MHZ)


def _whole(column: Numbers | None) -> Known | None:
    if isinstance(column, array):
        return column.tolist()
    return None if column is None or None in column else cast("Known", column)


def _all_above(column: Numbers | None, floor: int) -> bool:
    """Whether every number is above `floor`, or nothing at all is said."""
    if column is None:
        return True
    whole = _whole(column)
    return column.count(None) == len(column) if whole is None else min(whole) > floor
