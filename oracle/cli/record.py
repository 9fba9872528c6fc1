"""`wellhead record`: GPU telemetry into a file, from this machine's nvidia-smi or NVML, or from a dcgm-exporter."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer
from rich.console import Console

from oracle.domain.errors import WellheadError
from oracle.telemetry.endpoint import DcgmEndpoint
from oracle.telemetry.exact import scaled
from oracle.telemetry.nvml import NvmlReader
from oracle.telemetry.recorder import Exporter, NvidiaSmi, Nvml, Progress, Source
from oracle.telemetry.recorder import record as run_recording

_LENGTH = re.compile(r"([\d.]+)\s*(ms|s|m|min|h|d|)$")
_MS = {"ms": 1, "s": 1000, "": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


class BadLength(WellheadError):
    """A length of time cannot be read."""


class BadSource(WellheadError):
    """The options do not say what to record from."""


class Kind(StrEnum):
    """What a recording is made from."""

    NVIDIA_SMI = "nvidia-smi"
    DCGM = "dcgm"
    NVML = "nvml"


def length_ms(text: str, option: str) -> int:
    """`90`, `1.5s`, `5m`, `48h` or `2d` in ms; without a unit, seconds. Raises BadLength."""
    found = _LENGTH.match(text.strip().lower())
    thousandths = scaled(found.group(1), 3) if found else None
    value = thousandths * _MS[found.group(2)] // 1000 if found and thousandths is not None else 0
    if not 1 <= value <= 366 * 86_400_000:
        raise BadLength(f"{option} {text}: is no length of time. Examples: 90, 1.5s, 5m, 48h.")
    return value


def record(
    file: Annotated[Path, typer.Argument(help="File to append to; made when it is not there.")],
    dcgm: Annotated[
        str | None, typer.Option(help="Record from this dcgm-exporter, e.g. http://HOST:9400/metrics.")
    ] = None,
    source: Annotated[
        Kind | None, typer.Option(help="What to record from; without --dcgm it is nvidia-smi.", show_default=False)
    ] = None,
    nvidia_smi: Annotated[
        str, typer.Option(help="The nvidia-smi to run, when not recording from an exporter.")
    ] = "nvidia-smi",
    interval: Annotated[str, typer.Option(help="Time between readings: 1s, 30s, 5m.")] = "1s",
    duration: Annotated[str | None, typer.Option(help="How long: 10m, 48h; until Ctrl-C when not given.")] = None,
    timeout: Annotated[str, typer.Option(help="How long one reading may take.")] = "20s",
) -> None:
    """Record GPU telemetry until the duration is over or Ctrl-C.

    Exit code 0 after a recording, 2 when it could not start or the file could not be written.
    """
    console = Console(stderr=True, soft_wrap=True)
    stop = threading.Event()
    before = [(number, signal.signal(number, _stopper(stop))) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        every = length_ms(interval, "--interval")
        limit = length_ms(duration, "--duration") if duration is not None else None
        patience = length_ms(timeout, "--timeout") / 1000
        kind = _kind(source, dcgm)
        with httpx.Client() as client, ExitStack() as stack, console.status("recording") as status:
            recorded: Source
            if kind is Kind.NVML:
                reader = NvmlReader()
                stack.callback(reader.close)
                recorded = Nvml(reader)
            elif dcgm:
                recorded = Exporter(DcgmEndpoint(dcgm, patience, client))
            else:
                recorded = NvidiaSmi(nvidia_smi, timeout_s=patience)
            done = run_recording(
                recorded,
                file,
                interval_ms=every,
                duration_ms=limit,
                stop=stop,
                told=lambda progress: status.update(_said(progress, file)),
            )
    except WellheadError as error:
        console.print(f"wellhead record: {error}", markup=False, highlight=False)
        raise typer.Exit(2) from None
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    console.print(_said(done, file), markup=False, highlight=False)
    console.print(f"Meter it with: wellhead meter {file}", markup=False, highlight=False)


def _kind(source: Kind | None, dcgm: str | None) -> Kind:
    """What to record from. Raises BadSource."""
    kind = source or (Kind.DCGM if dcgm else Kind.NVIDIA_SMI)
    if (kind is Kind.DCGM) != bool(dcgm):
        raise BadSource(
            "--source dcgm needs --dcgm with the exporter's address."
            if kind is Kind.DCGM
            else f"--source {kind.value} and --dcgm name two sources. Give one of them."
        )
    return kind


def register(app: typer.Typer) -> None:
    """Adds the command to `wellhead`."""
    app.command()(record)


def _said(progress: Progress, file: Path) -> str:
    failed = f", {progress.failed} failed ({progress.last_failure})" if progress.failed else ""
    return f"{progress.taken:,} readings, {progress.bytes_written:,} bytes in {file}{failed}"


def _stopper(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def stopper(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    return stopper
