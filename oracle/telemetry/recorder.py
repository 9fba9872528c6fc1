"""Recording telemetry to a file that `wellhead meter` and a node's replay read: from nvidia-smi, NVML
or an exporter.

What the source says is appended as it said it. Nothing is added but: the timestamps that a scrape lacks, and, after a
run of nvidia-smi that failed, one comment line with the time, since what nvidia-smi prints then has none. A reading
that could not be had is simply not there: missing, which is what metering makes of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Final, Protocol

from oracle.telemetry.dcgm import parse_scrape
from oracle.telemetry.endpoint import DcgmEndpoint
from oracle.telemetry.errors import NvidiaSmiFailed, NvidiaSmiMissing, RecorderError, TargetUnusable, TelemetryError
from oracle.telemetry.exposition import split_line
from oracle.telemetry.nvml import NvmlReader
from oracle.telemetry.smi_cells import EPOCH
from oracle.telemetry.write import HEAD, exposition

QUERY: Final = (
    "timestamp,uuid,index,pci.bus_id,name,driver_version,"
    "temperature.gpu,clocks.sm,memory.used,utilization.gpu,power.draw"
)
_LONGEST_OUTPUT: Final = 8 << 20


class Source(Protocol):
    """Something that can be asked for text to append."""

    def first(self, now_ms: int) -> str:
        """The first text of a recording. Raises TelemetryError when the source cannot be used at all."""

    def next(self, now_ms: int) -> str:
        """The text of a later moment. Raises TelemetryError when there is none this time."""

    @property
    def what(self) -> str:
        """`nvidia-smi` or `dcgm`: what a file of this source holds."""


@dataclass(slots=True)
class NvidiaSmi:
    """The local nvidia-smi, run once per reading, so that a driver that hangs or a GPU that is lost ends one run only.

    Runs in UTC (TZ), in a session of its own, so that Ctrl-C on our terminal does not cut its output short.
    """

    program: str = "nvidia-smi"
    timeout_s: float = 20.0

    what = "nvidia-smi"

    def first(self, now_ms: int) -> str:
        """A run with the header."""
        if shutil.which(self.program) is None:
            raise NvidiaSmiMissing(
                f"{self.program}: there is no such program. Run this on a machine with an NVIDIA driver, give its path "
                "with --nvidia-smi, or record from an exporter with --dcgm http://HOST:9400/metrics."
            )
        output, status = self._run("csv")
        if status != 0 or "timestamp" not in output.partition("\n")[0]:
            said = " ".join(output.split())[:200] or "nothing"
            raise NvidiaSmiFailed(
                f"{self.program}: ended with status {status} and no table. It said: {said}. "
                "Check that `nvidia-smi` alone shows the GPUs."
            )
        return output

    def next(self, now_ms: int) -> str:
        """A run without one; of a failed run, the time and what was said."""
        output, status = self._run("csv,noheader")
        if status == 0:
            return output
        moment = (EPOCH + timedelta(milliseconds=now_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"# wellhead-record {moment} nvidia-smi ended with status {status}\n{output}"

    def _run(self, form: str) -> tuple[str, int]:
        try:
            ran = subprocess.run(  # noqa: S603 - the program is the operator's own choice, no shell
                [self.program, f"--query-gpu={QUERY}", f"--format={form}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.timeout_s,
                start_new_session=True,
                env={**os.environ, "TZ": "UTC"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NvidiaSmiFailed(
                f"{self.program}: no answer within {self.timeout_s:g} s; the driver may hang."
            ) from None
        except OSError as error:
            raise NvidiaSmiFailed(f"{self.program}: cannot be run ({error.strerror}). Check the path.") from error
        text = ran.stdout[:_LONGEST_OUTPUT].decode("utf-8", errors="replace")
        return (text if text.endswith("\n") or not text else text + "\n"), ran.returncode


@dataclass(slots=True)
class Exporter:
    """A dcgm-exporter, scraped once per reading."""

    endpoint: DcgmEndpoint

    what = "dcgm"

    def first(self, now_ms: int) -> str:
        """A scrape that must be one of GPUs."""
        return self.next(now_ms)

    def next(self, now_ms: int) -> str:
        """A scrape with a timestamp on every line."""
        text = self.endpoint.fetch()
        parse_scrape(text, now_ms, source=self.endpoint.url)
        return timestamped(text, now_ms)


@dataclass(slots=True)
class Nvml:
    """This machine's GPUs through NVML, written as an exporter would have."""

    reader: NvmlReader

    what = "dcgm"

    def first(self, now_ms: int) -> str:
        """The first reading, under the head by which a recording is known."""
        return HEAD + self.next(now_ms)

    def next(self, now_ms: int) -> str:
        """One reading of every GPU."""
        return exposition(self.reader.read(now_ms), self.reader.gpus)


def timestamped(text: str, now_ms: int) -> str:
    """A scrape with `now_ms` on each sample line that has no timestamp of its own; all else as it was."""
    lines = []
    for raw in text.splitlines():
        line = None if not raw.strip() or raw.startswith("#") else split_line(raw)
        lines.append(f"{raw.rstrip()} {now_ms}" if line is not None and not line.time else raw)
    return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Progress:
    """A recording so far."""

    taken: int = 0
    failed: int = 0
    bytes_written: int = 0
    last_failure: str = ""


def record(
    source: Source,
    target: Path,
    *,
    interval_ms: int,
    duration_ms: int | None,
    stop: threading.Event,
    told: Callable[[Progress], None] = lambda progress: None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Progress:
    """Appends a reading every `interval_ms` until `duration_ms` is over or `stop` is set; returns what was done.

    A reading that fails after the first is counted and left out. Raises TelemetryError when the source cannot be used
    from the start, TargetUnusable when the file cannot be written, any time.
    """
    began = now_ms()
    text = source.first(began)
    progress = Progress()
    with _opened(target, source.what) as file:
        while True:
            _write(file, text, target)
            progress.taken += 1 if text else 0
            progress.bytes_written += len(text)
            told(progress)
            # On the grid of the start: a slow source must not push the readings after it.
            due = began + ((now_ms() - began) // interval_ms + 1) * interval_ms
            if duration_ms is not None and due > began + duration_ms:
                return progress
            if stop.wait(max(0, due - now_ms()) / 1000):
                return progress
            try:
                text = source.next(now_ms())
            except TelemetryError as error:
                progress.failed += 1
                progress.last_failure = str(error)
                text = ""


def _write(file: IO[bytes], text: str, target: Path) -> None:
    """Unbuffered: what is told as written is with the system, and a full disk is met here and not at closing."""
    left = memoryview(text.encode())
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise TargetUnusable(
            f"{target}: cannot be written ({error.strerror}). Make room, then start again: it goes on where it stopped."
        ) from error


def _opened(target: Path, what: str) -> IO[bytes]:
    if target.suffix == ".gz":
        raise TargetUnusable(f"{target}: recordings are written plain. Record to {target.stem}, then `gzip` it.")
    try:
        head, cut_off = "", False
        if target.is_file() and target.stat().st_size:
            with target.open("rb") as present:
                head = present.read(4096).decode("utf-8", errors="replace").strip("\0 \r\n")
                present.seek(-1, os.SEEK_END)
                cut_off = present.read() != b"\n"
        kept = "dcgm" if head.startswith("# HELP") else "nvidia-smi"
        if head and kept != what:
            raise TargetUnusable(f"{target}: already holds a {kept} recording. Give another file name.")
        file = target.open("ab", buffering=0)
    except OSError as error:
        raise TargetUnusable(
            f"{target}: cannot be written ({error.strerror}). Check the folder and its rights."
        ) from error
    if cut_off:
        # A recording died in the middle of a line: the next must not run into it, nor what is left pass for a reading.
        _write(file, " [cut off]\n", target)
    return file


__all__ = ["Exporter", "NvidiaSmi", "Nvml", "Progress", "RecorderError", "Source", "record", "timestamped"]
