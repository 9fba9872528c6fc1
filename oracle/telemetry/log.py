"""Opening a telemetry log of either format, and replaying one as a node's source."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Protocol

from oracle.telemetry.dcgm import DcgmLog
from oracle.telemetry.errors import UnknownFormat
from oracle.telemetry.ignored import Ignored
from oracle.telemetry.lines import LogLines
from oracle.telemetry.nvidia_smi import NvidiaSmiLog
from oracle.telemetry.sample import GpuInfo, Sample

_EXPOSITION = re.compile(r"# (?:HELP|TYPE) |[A-Za-z_:][A-Za-z0-9_:]*\{.*\}\s+\S+")


class TelemetryLog(Protocol):
    """A log of any format: samples in file order, once; `gpus` and `ignored` fill while it is read."""

    lines: LogLines

    @property
    def ignored(self) -> Ignored:
        """What was left out so far."""

    @property
    def gpus(self) -> dict[str, GpuInfo]:
        """The GPUs named so far."""

    @property
    def format_name(self) -> str:
        """The format, for people."""

    @property
    def keyed_by_uuid(self) -> bool:
        """False once GPUs had to be told apart by bus id or index."""

    def __iter__(self) -> Iterator[Sample]:
        """The samples."""


def open_log(path: Path, *, zone: tzinfo = UTC, require_uuid: bool = True) -> TelemetryLog:
    """Opens a log, plain or gzip, told apart by content and not by name.

    `zone`: time zone of an nvidia-smi log; scrapes carry UTC. Raises UnreadableFile, DamagedCompression, UnknownFormat.
    """
    lines = LogLines(path)
    for text in lines.first_lines:
        if _EXPOSITION.match(text):
            return DcgmLog(lines)
        if text.strip("\0 \r\t") and not text.startswith("#"):
            break
    first = next((text for text in lines.first_lines if text.strip("\0 \r\t")), "")
    # Nothing of it is telemetry if the top of the file has neither commas nor braces: say so before reading it all.
    if first and not any("," in text or "{" in text for text in lines.first_lines[:1000]) and "GPU" not in first:
        lines.close()
        raise UnknownFormat(
            f"{path}: is neither an nvidia-smi CSV log nor dcgm-exporter text (it begins {first.strip()[:40]!r}). "
            "Give a file made by `wellhead record`, `nvidia-smi --query-gpu=... --format=csv` or an exporter."
        )
    return NvidiaSmiLog(lines, zone=zone, require_uuid=require_uuid)


class LogReplay:
    """A recorded log as a source for nodes: all of it in memory, per GPU in order of time.

    Of readings with one time the first in the file wins. Nodes key on UUIDs, so a log without them is refused.
    """

    def __init__(self, path: Path, *, zone: tzinfo = UTC) -> None:
        """Reads the whole log. Raises the TelemetryErrors of this package."""
        log = open_log(path, zone=zone, require_uuid=True)
        gathered: dict[str, list[Sample]] = {}
        for sample in log:
            gathered.setdefault(sample.gpu_uuid, []).append(sample)
        self.gpus: Mapping[str, GpuInfo] = dict(log.gpus)
        self._samples = {gpu: _in_order(samples) for gpu, samples in gathered.items()}
        self._times = {gpu: [sample.time_ms for sample in samples] for gpu, samples in self._samples.items()}

    @property
    def first_ms(self) -> int:
        """Time of the earliest reading, unix ms."""
        return min(times[0] for times in self._times.values())

    @property
    def last_ms(self) -> int:
        """Time of the latest reading, unix ms."""
        return max(times[-1] for times in self._times.values())

    def between(self, start_ms: int, end_ms: int, *, margin_ms: int = 0) -> dict[str, Sequence[Sample]]:
        """Readings with `start_ms - margin_ms <= time <= end_ms + margin_ms`, per UUID.

        Metering a span needs a margin of three sample intervals: a reading on either side of each edge.
        """
        found: dict[str, Sequence[Sample]] = {}
        for gpu, times in self._times.items():
            part = self._samples[gpu][
                bisect_left(times, start_ms - margin_ms) : bisect_right(times, end_ms + margin_ms)
            ]
            if part:
                found[gpu] = part
        return found


def _in_order(samples: list[Sample]) -> list[Sample]:
    by_time: dict[int, Sample] = {}
    for sample in samples:
        by_time.setdefault(sample.time_ms, sample)
    return [by_time[time] for time in sorted(by_time)]
