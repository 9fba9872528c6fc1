"""dcgm-exporter's text exposition as samples: one scrape, or a log of scrapes with timestamps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle.telemetry.dcgm_metrics import MAX_GPUS, Labels, Scrape, Series
from oracle.telemetry.errors import (
    EmptyLog,
    ExporterClockSkew,
    ExpositionMalformed,
    HeaderOnly,
    MostlyMalformed,
    NoGpuMetrics,
    ScrapesWithoutTime,
    TooManyGpus,
)
from oracle.telemetry.exposition import Line, split_line
from oracle.telemetry.ignored import Ignored
from oracle.telemetry.lines import LogLines
from oracle.telemetry.sample import GpuInfo, Sample

MAX_SKEW_MS = 300_000

_TIME = re.compile(r"\d{12,13}$")


def parse_scrape(text: str, now_ms: int, *, source: str = "exporter") -> list[Sample]:
    """The samples of one answer, taken at `now_ms` unless its lines carry their own timestamps.

    Raises ExpositionMalformed at the first line that is not exposition (half an answer may hide an XID), NoGpuMetrics
    when no GPU is listed, ExporterClockSkew when explicit timestamps are over five minutes from `now_ms`.
    """
    labels, scrape, moment = Labels(), Scrape(), None
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.startswith("#"):
            continue
        line = split_line(raw)
        try:
            series = labels.series(line.labels) if line else None
        except ValueError:
            line = None
        if line is None or (line.time and not _TIME.match(line.time)):
            raise _not_exposition(source, number, raw)
        if series is None:
            continue
        if not scrape.add(line, series):
            raise _not_exposition(source, number, raw)
        if line.time:
            moment = max(moment or 0, int(line.time))
    if not scrape.infos:
        raise NoGpuMetrics(
            f"{source}: answered and listed no GPU. "
            "Check that the address is dcgm-exporter's (port 9400, path /metrics) and that it sees GPUs."
        )
    if moment is not None and abs(moment - now_ms) > MAX_SKEW_MS:
        raise ExporterClockSkew(
            f"{source}: its readings carry times {abs(moment - now_ms) // 1000} s away from this machine's clock. "
            "Set both clocks by NTP, and check that nothing serves an old answer."
        )
    return scrape.samples(now_ms if moment is None else moment)


def _not_exposition(source: str, number: int, raw: str) -> ExpositionMalformed:
    return ExpositionMalformed(
        f"{source}, line {number}: is not Prometheus text exposition: {raw.strip()[:60]!r}. "
        "Check that the address is dcgm-exporter's (port 9400, path /metrics)."
    )


class DcgmLog:
    """A log of scrapes, each line with its timestamp, as an iterator of samples that can be gone through once.

    A scrape is a run of lines with one timestamp. Iterating raises the TelemetryErrors of this package.
    """

    format_name = "dcgm-exporter scrapes"
    keyed_by_uuid = True

    def __init__(self, lines: LogLines) -> None:
        self.lines = lines
        self.ignored = Ignored()
        self.gpus: dict[str, GpuInfo] = {}
        self._labels = Labels()
        self._readable = 0
        self._without_time = 0

    def __iter__(self) -> Iterator[Sample]:
        scrape, moment, before, seen_text = Scrape(), "", 0, False
        for block in self.lines.blocks():
            for number, raw in enumerate(block, before + 1):
                if not raw or raw[0] == "#" or raw.isspace():
                    seen_text = seen_text or bool(raw.strip())
                    continue
                seen_text = True
                line = self._line(number, raw)
                series = self._series(number, line) if line is not None else None
                if line is None or series is None:
                    continue
                if line.time != moment:
                    yield from self._samples(scrape, moment)
                    scrape, moment = Scrape(), line.time
                if scrape.add(line, series):
                    self._readable += 1
                else:
                    self.ignored.malformed_row(number, f"has the unreadable value {line.value[:40]!r}")
            before += len(block)
        if self.lines.cut_off.strip("\0 \r\t"):
            # The scrape it belongs to is short of lines, maybe of the one with an XID: it is left out whole.
            self.ignored.cut_off += 1
            scrape, seen_text = Scrape(), True
        yield from self._samples(scrape, moment)
        self._judge_whole(seen_text)

    def _line(self, number: int, raw: str) -> Line | None:
        line = split_line(raw)
        if line is None:
            self.ignored.malformed_row(number, "is not Prometheus text exposition")
        elif not line.time:
            self._without_time += 1
            line = None
        elif not _TIME.match(line.time):
            self.ignored.malformed_row(number, f"has the unreadable time {line.time[:40]!r}")
            line = None
        return line

    def _series(self, number: int, line: Line) -> Series | None:
        try:
            return self._labels.series(line.labels)
        except ValueError as error:
            self.ignored.malformed_row(number, str(error))
            return None

    def _samples(self, scrape: Scrape, moment: str) -> list[Sample]:
        if not moment:
            return []
        for info in scrape.infos:
            if info.gpu_uuid not in self.gpus:
                if len(self.gpus) >= MAX_GPUS:
                    raise TooManyGpus(f"{self.lines.path}: names more than {MAX_GPUS} GPUs. Split the log by machine.")
                self.gpus[info.gpu_uuid] = info
        return scrape.samples(int(moment))

    def _judge_whole(self, seen_text: bool) -> None:
        path, bad = self.lines.path, self.ignored.first_malformed
        if not seen_text:
            raise EmptyLog(f"{path}: is empty. Record with `wellhead record --dcgm URL {path}`.")
        if self._without_time > self._readable:
            raise ScrapesWithoutTime(
                f"{path}: scrapes without timestamps cannot be metered: nobody knows how far apart they are. "
                f"Record with `wellhead record --dcgm URL {path}`, which adds them."
            )
        if self.ignored.malformed > self._readable:
            first = f"line {bad.line} {bad.reason}" if bad else ""
            raise MostlyMalformed(
                f"{path}: {self.ignored.malformed} lines are unreadable and {self._readable} are not; first: {first}."
            )
        if self._readable == 0:
            raise HeaderOnly(f"{path}: has no reading of a GPU. Check that the exporter sees GPUs.")
