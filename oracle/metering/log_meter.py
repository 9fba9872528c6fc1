"""Metering a whole log at once, whoever made it: every GPU in it, over all the time it covers, in flat memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oracle.metering.gpu import GpuMeter, GpuTotals
from oracle.metering.interval import PROBE, likely_interval_ms
from oracle.telemetry.sample import Sample


@dataclass(frozen=True, slots=True)
class GpuRun:
    """One GPU's share of a log. Times are unix ms; the totals run from the first sample to the last."""

    gpu_uuid: str
    interval_ms: int | None
    """None: a single sample, which measures nothing."""
    totals: GpuTotals
    samples: int
    duplicates: int
    out_of_order: int
    jumps: int
    first_ms: int
    last_ms: int
    gaps: tuple[tuple[int, int], ...]
    """The first few gaps, as times."""
    unhealthy: tuple[tuple[int, int], ...]
    """The first few stretches of measured time in bad health."""


class LogMeter:
    """Takes a log's samples in file order; GPUs may be mixed.

    `interval_ms`: the sample interval, or None to find each GPU's from its first samples.
    """

    def __init__(self, interval_ms: int | None = None, board_mw: int = 0) -> None:
        """`board_mw`: board power, 0 where it is not known. Raises ValueError for an interval that is not positive."""
        if interval_ms is not None and interval_ms <= 0:
            raise ValueError("the interval is positive")
        self._interval_ms = interval_ms
        self._board_mw = board_mw
        self._intervals: dict[str, int | None] = {}
        self._meters: dict[str, GpuMeter] = {}
        self._waiting: dict[str, list[Sample]] = {}

    def extend(self, samples: Iterable[Sample]) -> None:
        """Takes more samples."""
        meters = self._meters
        for sample in samples:
            meter = meters.get(sample[0])
            if meter is not None:
                meter.add(sample)
            else:
                self._wait(sample)

    def runs(self) -> list[GpuRun]:
        """What every GPU came to, by UUID. The log is over: nothing may be added after."""
        for gpu in list(self._waiting):
            self._start(gpu)
        return [self._run(gpu, meter) for gpu, meter in sorted(self._meters.items())]

    def _wait(self, sample: Sample) -> None:
        waiting = self._waiting.setdefault(sample.gpu_uuid, [])
        waiting.append(sample)
        if self._interval_ms is not None or len(waiting) > PROBE:
            self._start(sample.gpu_uuid)

    def _start(self, gpu: str) -> None:
        waiting = self._waiting.pop(gpu)
        interval = self._interval_ms or likely_interval_ms(sample.time_ms for sample in waiting)
        self._intervals[gpu] = interval
        meter = self._meters[gpu] = GpuMeter(interval or 1, board_mw=self._board_mw)
        for sample in waiting:
            meter.add(sample)

    def _run(self, gpu: str, meter: GpuMeter) -> GpuRun:
        return GpuRun(
            gpu_uuid=gpu,
            interval_ms=self._intervals[gpu],
            totals=meter.totals(),
            samples=meter.samples,
            duplicates=meter.duplicates,
            out_of_order=meter.out_of_order,
            jumps=meter.jumps,
            first_ms=meter.first_ms,
            last_ms=meter.last_ms,
            gaps=tuple(meter.gap_list),
            unhealthy=tuple(meter.sick_list),
        )
