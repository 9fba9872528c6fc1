"""Integration of one GPU's samples over a span of time, in exact integers.

Between two samples in a row the time is measured when they are no further apart than three sample intervals;
otherwise it is a gap: missing, never zero, never bridged. A piece of measured time takes its health from its left
sample, its activity from the mean of both, its energy from the difference of the board's counters or, without them,
from the trapezoid of power. A piece cut by the span's edge gives the floor of its share up to the later edge less the
floor of its share up to the earlier: spans that touch add up to the whole exactly, whatever the order of the cuts.

Units: ms, ppm x ms, and uJ (which is mW x ms) inside; docs/metering.md has the definitions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import islice
from operator import add, attrgetter, lt
from typing import Final, Protocol

from oracle.metering.columns import STRETCH, Columns, Run, plain_run
from oracle.metering.increments import (
    ACTIVITY_FALLBACK,
    COUNTER_RESET,
    EMPTY_MEMORY,
    ENERGY_ESTIMATED,
    ENERGY_UNCOVERED,
    MACHINE_CHANGED,
    WEAK_ACTIVITY,
)
from oracle.metering.suspicion import ACTIVE_PPM, SHARE, is_empty, is_weak, machine_changed
from oracle.telemetry.sample import Sample

REACH: Final = 3
"""Sample intervals over which two samples still make measured time."""
DEFAULT_BOARD_MW: Final = 1_500_000
"""Board power taken for plausibility where the board is not known: no single GPU on sale draws more on average."""
SLACK: Final = 2
"""A counter difference up to this multiple of the board's power is believed: counters tick, limits have transients."""
NOTED: Final = 16
"""Gaps and stretches of bad health kept with their times, for people to look at; all of them are counted."""
_ALL_TIME: Final = 1 << 62
_FEW: Final = 5
"""So many samples are as quickly taken one by one."""


@dataclass(frozen=True, slots=True)
class GpuTotals:
    """What one GPU did in a span. Sums of totals are totals (`+`), of one GPU over time or of several."""

    measured_ms: int = 0
    delivered_ms: int = 0
    """Of measured: the GPU was healthy. Whether it was also allocated, the lease meter knows."""
    utilised_ppm_ms: int = 0
    """Activity x delivered time."""
    energy_uj: int = 0
    estimated_ms: int = 0
    """Of measured: energy integrated from power."""
    uncovered_ms: int = 0
    """Of measured: energy unknown."""
    fallback_ms: int = 0
    """Of delivered: activity from GPU_UTIL."""
    unknown_activity_ms: int = 0
    """Of delivered: no activity at all; counted as not utilised."""
    resets: int = 0
    gaps: int = 0
    gap_ms: int = 0
    """Time between samples too far apart; time before the first and after the last sample is not in it."""
    weak: int = 0
    """GPUs of which at least a tenth of the delivered time was busy without work; suspicion.py has the rules."""
    empty: int = 0
    """GPUs of which at least a tenth of the delivered time was active with empty memory."""
    changes: int = 0
    """Changes of driver or boot."""

    def __add__(self, other: GpuTotals) -> GpuTotals:
        return GpuTotals(*map(add, _figures(self), _figures(other)))

    @property
    def energy_mj(self) -> int:
        """Energy, mJ, floor."""
        return self.energy_uj // 1000

    @property
    def flags(self) -> int:
        """The flag bits of increments.py that these totals call for."""
        return (
            (ENERGY_ESTIMATED if self.estimated_ms else 0)
            | (COUNTER_RESET if self.resets else 0)
            | (ACTIVITY_FALLBACK if self.fallback_ms else 0)
            | (ENERGY_UNCOVERED if self.uncovered_ms else 0)
            | (WEAK_ACTIVITY if self.weak else 0)
            | (EMPTY_MEMORY if self.empty else 0)
            | (MACHINE_CHANGED if self.changes else 0)
        )


_figures = attrgetter(*(field.name for field in fields(GpuTotals)))


class GpuMeter:
    """Streaming form: samples in, totals out, in memory that does not grow.

    Samples must come in order of time. Of two with one time the first wins; one that goes back is left out and
    counted, except that a lone sample far ahead (a clock that jumped and came back) is itself thrown out by the next.
    """

    __slots__ = (
        "_activity",
        "_board_mw",
        "_changes",
        "_counter",
        "_delivered",
        "_empty",
        "_end",
        "_energy",
        "_estimated",
        "_fallback",
        "_gap_ms",
        "_gaps",
        "_known_mw",
        "_last",
        "_machine",
        "_measured",
        "_previous",
        "_reach_ms",
        "_resets",
        "_start",
        "_uncovered",
        "_unknown",
        "_weak",
        "duplicates",
        "first_ms",
        "gap_list",
        "jumps",
        "out_of_order",
        "samples",
        "sick_list",
    )

    def __init__(
        self,
        interval_ms: int,
        *,
        start_ms: int = -_ALL_TIME,
        end_ms: int = _ALL_TIME,
        board_mw: int = 0,
        counter_before: int | None = None,
        machine_before: tuple[str | None, int | None] = (None, None),
    ) -> None:
        """A meter for [start_ms, end_ms). `board_mw`: 0 where it is not known. `counter_before`: the last energy
        counter known before the first sample; `machine_before`: driver and boot time, likewise."""
        if interval_ms <= 0 or board_mw < 0:
            raise ValueError("interval and board power are positive")
        self._reach_ms = REACH * interval_ms
        self._start, self._end = start_ms, end_ms
        self._known_mw, self._board_mw = board_mw, board_mw or DEFAULT_BOARD_MW
        self._machine = machine_before
        self._weak = self._empty = self._changes = 0
        self._last: Sample | None = None
        self._previous: Sample | None = None
        self._counter = counter_before
        self._measured = self._delivered = self._activity = self._energy = 0
        self._estimated = self._uncovered = self._fallback = self._unknown = 0
        self._resets = self._gaps = self._gap_ms = 0
        self.samples = self.duplicates = self.out_of_order = self.jumps = 0
        self.first_ms = 0
        self.gap_list: list[tuple[int, int]] = []
        self.sick_list: list[tuple[int, int]] = []

    def add(self, sample: Sample) -> None:
        """Takes the next sample of this GPU."""
        last = self._last
        if last is None:
            self.first_ms = sample.time_ms
            self._accept(sample)
            return
        length = sample.time_ms - last.time_ms
        if length <= 0:
            self._not_forward(last, sample)
            return
        self._previous = last
        if length > self._reach_ms:
            self._gap(last.time_ms, sample.time_ms, 1)
            self._accept(sample)
            return
        self._last = sample
        self.samples += 1
        start = last.time_ms if last.time_ms > self._start else self._start
        end = sample.time_ms if sample.time_ms < self._end else self._end
        if end > start:
            self._measured += end - start
            if last.healthy:
                self._use(last, sample, start, end)
            else:
                self._note_sick(start, end)
            self._draw(last, sample, start, end)
        if sample.energy_mj is not None:
            self._counter = sample.energy_mj
        if sample.driver is not None or sample.boot_s is not None:
            self._meet(sample)

    def extend(self, columns: Columns) -> None:
        """Takes the next samples of this GPU, stretches without anything odd at once; it comes to the same as `add`."""
        count = len(columns)
        for at in range(0, count, STRETCH):
            stretch = columns if count <= STRETCH else columns.part(at, min(at + STRETCH, count))
            if not self._leap_over(stretch):
                for sample in stretch.samples():
                    self.add(sample)

    def _leap_over(self, stretch: Columns) -> bool:
        """Takes a stretch if it can be taken at once; if not, none of it."""
        if len(stretch) <= _FEW:
            return False
        inner = stretch.part(1, len(stretch) - 1)
        if inner.time_ms[0] < self._start or inner.time_ms[-1] > self._end:
            return False
        run = plain_run(inner, self._reach_ms, self._known_mw, SLACK * self._board_mw)
        if run is None:
            return False
        # The outermost by themselves: an edge of the span may cut them, or they be odd beside what was before.
        self.add(stretch.sample(0))
        second = stretch.sample(1)
        self.add(second)
        if self._last is second:
            self._leap(run, inner)
        else:
            for sample in islice(inner.samples(), 1, None):
                self.add(sample)
        self.add(stretch.sample(-1))
        return True

    def _leap(self, run: Run, inner: Columns) -> None:
        """Takes all samples of a plain run after its first, which is the last one taken."""
        self._measured += run.length_ms
        self._delivered += run.length_ms
        self._activity += run.activity_ppm_ms
        self._energy += run.energy_uj
        self._previous, self._last = inner.sample(-2), inner.sample(-1)
        self._counter = self._last.energy_mj
        self.samples += len(inner) - 1

    def _use(self, last: Sample, sample: Sample, start: int, end: int) -> None:
        """Delivered time and its activity: the mean of both ends, or of the one that told it."""
        time_a, active_a, fallback_a = last[1:4]
        time_b, active_b, fallback_b = sample[1:4]
        self._delivered += end - start
        if active_a is not None and active_a >= ACTIVE_PPM:
            if is_weak(last, self._known_mw):
                self._weak += end - start
            if is_empty(last):
                self._empty += end - start
        if active_a is None:
            active_a = active_b
        elif active_b is None:
            active_b = active_a
        if active_a is None or active_b is None:
            self._unknown += end - start
            return
        both = active_a + active_b
        if end - start == time_b - time_a:
            self._activity += both * (end - start) // 2
        else:
            self._activity += both * (end - time_a) // 2 - both * (start - time_a) // 2
        if fallback_a or fallback_b:
            self._fallback += end - start

    def _draw(self, last: Sample, sample: Sample, start: int, end: int) -> None:
        """Energy: counters, else the trapezoid of power, else none and said so."""
        time_a, _, _, power_a, energy_a = last[1:6]
        time_b, _, _, power_b, energy_b = sample[1:6]
        length = time_b - time_a
        if energy_a is not None and energy_b is not None and self._believable(energy_b - energy_a, length):
            energy = (energy_b - energy_a) * 1000
        elif energy_a is not None and energy_b is not None and energy_b < energy_a:
            # The counter began anew somewhere in between: it shows what came since, as far as a board could draw that.
            energy = min(energy_b * 1000, self._board_mw * length)
            self._resets += 1
        else:
            if energy_a is None and energy_b is not None:
                self._check_reset(time_b, energy_b)
            if power_a is None or power_b is None:
                self._uncovered += end - start
                return
            energy = (power_a + power_b) * length // 2
            self._estimated += end - start
        if end - start == length:
            self._energy += energy
        else:
            self._energy += energy * (end - time_a) // length - energy * (start - time_a) // length

    def totals(self) -> GpuTotals:
        """The totals so far."""
        return GpuTotals(
            measured_ms=self._measured,
            delivered_ms=self._delivered,
            utilised_ppm_ms=self._activity,
            energy_uj=self._energy,
            estimated_ms=self._estimated,
            uncovered_ms=self._uncovered,
            fallback_ms=self._fallback,
            unknown_activity_ms=self._unknown,
            resets=self._resets,
            gaps=self._gaps,
            gap_ms=self._gap_ms,
            weak=_suspect(self._weak, self._delivered),
            empty=_suspect(self._empty, self._delivered),
            changes=self._changes,
        )

    @property
    def last_ms(self) -> int:
        """Time of the latest sample taken, unix ms; 0 before the first."""
        return self._last.time_ms if self._last is not None else 0

    def _accept(self, sample: Sample) -> None:
        """Takes a sample that makes no piece of measured time with the one before it."""
        self._last = sample
        self.samples += 1
        if sample.energy_mj is not None:
            self._check_reset(sample.time_ms, sample.energy_mj)
            self._counter = sample.energy_mj
        if sample.driver is not None or sample.boot_s is not None:
            self._meet(sample)

    def _meet(self, sample: Sample) -> None:
        """Notes driver and boot, and a change of either; also over a gap, for no machine starts anew without one."""
        driver, boot = self._machine
        if machine_changed(self._machine, (sample.driver, sample.boot_s)) and self._start < sample.time_ms <= self._end:
            self._changes += 1
        self._machine = (sample.driver or driver, sample.boot_s if sample.boot_s is not None else boot)

    def _believable(self, difference_mj: int, length_ms: int) -> bool:
        return 0 <= difference_mj * 1000 <= SLACK * self._board_mw * length_ms

    def _check_reset(self, time_ms: int, energy_mj: int) -> None:
        """A counter that comes back lower than it was last known: reset while nobody saw. Nothing of it is counted."""
        if self._counter is not None and energy_mj < self._counter and self._start < time_ms <= self._end:
            self._resets += 1

    def _gap(self, time_a: int, time_b: int, count: int) -> None:
        """Counts (1) or takes back (-1) the gap between two samples, as far as it is inside the span."""
        overlap = min(time_b, self._end) - max(time_a, self._start)
        if overlap > 0:
            self._gaps += count
            self._gap_ms += count * overlap
            if count < 0 and self.gap_list and self.gap_list[-1] == (time_a, time_b):
                self.gap_list.pop()
            elif count > 0 and len(self.gap_list) < NOTED:
                self.gap_list.append((time_a, time_b))

    def _note_sick(self, start: int, end: int) -> None:
        if self.sick_list and self.sick_list[-1][1] == start:
            self.sick_list[-1] = (self.sick_list[-1][0], end)
        elif len(self.sick_list) < NOTED:
            self.sick_list.append((start, end))

    def _not_forward(self, last: Sample, sample: Sample) -> None:
        """A sample at or before the last one's time."""
        if sample.time_ms == last.time_ms:
            self.duplicates += 1
            return
        previous = self._previous
        ahead = last.time_ms - (previous.time_ms if previous is not None else sample.time_ms)
        if ahead <= self._reach_ms or (previous is not None and sample.time_ms <= previous.time_ms):
            self.out_of_order += 1
            return
        # The last sample stood alone beyond a gap and time went back behind it: the last was the jump, not this one.
        self.jumps += 1
        self.samples -= 1
        if previous is None:
            self._last = None
        else:
            self._gap(previous.time_ms, last.time_ms, -1)
            self._last, self._previous = previous, None
        self.add(sample)


def _suspect(ms: int, delivered_ms: int) -> int:
    return 1 if ms and SHARE * ms >= delivered_ms else 0


class Metered(Protocol):
    """One GPU of which totals can be had, wherever its samples are."""

    def totals(self, start_ms: int, end_ms: int, interval_ms: int, *, board_mw: int = 0) -> GpuTotals:
        """As GpuSeries says."""
        ...


@dataclass(frozen=True, slots=True)
class GpuSeries:
    """List form: one GPU's samples in order of time, for metering any number of spans."""

    times: tuple[int, ...]
    samples: tuple[Sample, ...]

    @staticmethod
    def of(samples: Iterable[Sample]) -> GpuSeries:
        """Sorts by time; of samples with one time the first given wins."""
        given = tuple(samples)
        in_order = tuple(sample.time_ms for sample in given)
        if all(map(lt, in_order, in_order[1:])):
            return GpuSeries(in_order, given)
        by_time: dict[int, Sample] = {}
        for sample in given:
            by_time.setdefault(sample.time_ms, sample)
        times = tuple(sorted(by_time))
        return GpuSeries(times, tuple(by_time[time] for time in times))

    def totals(self, start_ms: int, end_ms: int, interval_ms: int, *, board_mw: int = 0) -> GpuTotals:
        """Totals over [start_ms, end_ms). The series should reach three intervals beyond both ends. `board_mw`: 0 where
        it is not known."""
        if end_ms <= start_ms:
            return GpuTotals()
        first = max(bisect_right(self.times, start_ms) - 1, 0)
        behind = bisect_left(self.times, end_ms) + 1
        before = next((s.energy_mj for s in reversed(self.samples[:first]) if s.energy_mj is not None), None)
        driver = next((s.driver for s in reversed(self.samples[:first]) if s.driver is not None), None)
        boot = next((s.boot_s for s in reversed(self.samples[:first]) if s.boot_s is not None), None)
        meter = GpuMeter(
            interval_ms,
            start_ms=start_ms,
            end_ms=end_ms,
            board_mw=board_mw,
            counter_before=before,
            machine_before=(driver, boot),
        )
        if part := self.samples[first:behind]:
            meter.extend(Columns.of(part))
        return meter.totals()
