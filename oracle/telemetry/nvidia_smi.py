"""Reader of `nvidia-smi --query-gpu=... --format=csv` log files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo

from oracle.telemetry.ignored import Ignored
from oracle.telemetry.lines import LogLines
from oracle.telemetry.sample import GpuInfo, Sample
from oracle.telemetry.smi_rows import SmiRows


class NvidiaSmiLog:
    """A log file as an iterator of samples in file order. `zone` and `require_uuid` are as SmiRows says.

    Iterating raises the TelemetryErrors of this package.
    """

    format_name = "nvidia-smi CSV"

    def __init__(self, lines: LogLines, *, zone: tzinfo = UTC, require_uuid: bool = True) -> None:
        self.lines = lines
        self._rows = SmiRows(str(lines.path), zone=zone, require_uuid=require_uuid)

    @property
    def ignored(self) -> Ignored:
        """What was left out so far."""
        return self._rows.ignored

    @property
    def gpus(self) -> dict[str, GpuInfo]:
        """The GPUs named so far."""
        return self._rows.gpus

    @property
    def keyed_by_uuid(self) -> bool:
        """False once GPUs had to be told apart by bus id or index."""
        return self._rows.keyed_by_uuid

    def __iter__(self) -> Iterator[Sample]:
        for block in self.lines.blocks():
            yield from self._rows.read(block)
        self._rows.cut_off(self.lines.cut_off)
        self._rows.judge()
