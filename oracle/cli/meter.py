"""`wellhead meter`: what a telemetry log comes to, per GPU and in total."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TimeRemainingColumn

from oracle.cli.meter_view import as_json, show
from oracle.domain.errors import WellheadError
from oracle.metering.log_meter import GpuRun, LogMeter
from oracle.telemetry.exact import scaled
from oracle.telemetry.log import TelemetryLog, open_log

_BATCH: Final = 1 << 16
_BAR_FROM_BYTES: Final = 4 << 20


class BadOption(WellheadError):
    """An option's value cannot be used."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A log gone through: what to show."""

    log: TelemetryLog
    runs: list[GpuRun]
    zone: str


def measure(
    file: Path,
    *,
    interval_ms: int | None,
    zone: tzinfo,
    in_order: bool,
    board_mw: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Measured:
    """Meters a log from end to end. `in_order` sorts it by time first, all of it in memory. `board_mw`: board power,
    mW; 0 where it is not known.

    `progress` is told (bytes read, bytes in all). Raises TelemetryErrors.
    """
    log = open_log(file, zone=zone, require_uuid=False)
    meter = LogMeter(interval_ms, board_mw)
    samples = iter(log)
    if in_order:
        samples = iter(sorted(samples, key=lambda sample: sample.time_ms))
    while batch := list(islice(samples, _BATCH)):
        meter.extend(batch)
        progress(log.lines.bytes_read, log.lines.bytes_total)
    return Measured(log, meter.runs(), str(zone))


def meter(
    file: Annotated[
        Path, typer.Argument(help="An nvidia-smi CSV log or a log of dcgm-exporter scrapes, plain or .gz.")
    ],
    as_json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    interval: Annotated[
        str | None, typer.Option(help="Seconds between samples; found from the log when not given.")
    ] = None,
    tz: Annotated[str, typer.Option(help="Time zone of an nvidia-smi log, like Europe/Berlin.")] = "UTC",
    board_watts: Annotated[
        int, typer.Option(min=0, max=20_000, help="Board power: what draws far less while busy is flagged.")
    ] = 0,
    sort: Annotated[bool, typer.Option("--sort", help="Sort by time first: all of the log in memory.")] = False,
) -> None:
    """Meter a GPU telemetry log: unit-seconds measured and utilised, Wh, Wh per GPU-hour, gaps and flags.

    Exit code 0 when metered, 2 when the log or an option cannot be used.
    """
    errors = Console(stderr=True, soft_wrap=True)
    try:
        interval_ms, zone = _interval_ms(interval), _zone(tz)
        with _Bar(errors, file) as bar:
            measured = measure(
                file, interval_ms=interval_ms, zone=zone, in_order=sort, board_mw=board_watts * 1000, progress=bar
            )
    except WellheadError as error:
        errors.print(f"wellhead meter: {error}", markup=False, highlight=False)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        errors.print("wellhead meter: stopped before the end of the log; nothing was metered.", highlight=False)
        raise typer.Exit(130) from None
    if as_json_:
        sys.stdout.write(json.dumps(as_json(measured.log, measured.runs, measured.zone), indent=2) + "\n")
    else:
        show(Console(), measured.log, measured.runs, measured.zone)


def register(app: typer.Typer) -> None:
    """Adds the command to `wellhead`."""
    app.command()(meter)


def _interval_ms(text: str | None) -> int | None:
    if text is None:
        return None
    value = scaled(text.strip().removesuffix("s"), 3)
    if value is None or not 0 < value <= 86_400_000:
        raise BadOption(
            f"--interval {text}: is not a number of seconds between 0.001 and 86400. Example: --interval 60."
        )
    return value


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadOption(f"--tz {name}: is no known time zone. Use a name like UTC or America/New_York.") from None


class _Bar:
    """A progress bar over the file's bytes, on a terminal and for files worth one."""

    def __init__(self, console: Console, file: Path) -> None:
        self._task = TaskID(0)
        self._bar: Progress | None = None
        if console.is_terminal and file.is_file() and file.stat().st_size >= _BAR_FROM_BYTES:
            columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
            self._bar = Progress(f"metering {file.name}", *columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=file.stat().st_size)

    def __enter__(self) -> Callable[[int, int], None]:
        if self._bar is not None:
            self._bar.start()
        return self._told

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _told(self, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
