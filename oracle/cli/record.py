"""`wellhead record`: GPU telemetry into a file, from this machine's nvidia-smi or NVML, or from a dcgm-exporter."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from oracle.cli.common import AsJson, one_fleet, print_json, stop_when_told
from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.telemetry.batch_folder import BatchFolder, RecordingBatches
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


class BadBatches(WellheadError):
    """The options do not say how to sign batches."""


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
    batches: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also sign all samples of each epoch into this folder.")
    ] = None,
    fleet: Annotated[int | None, typer.Option(callback=one_fleet, help="With --batches: the fleet recorded.")] = None,
    deployment: Annotated[Path | None, typer.Option(help="With --batches: deployments/<chain-id>.json.")] = None,
    keystore: Annotated[
        Path | None, typer.Option(help="With --batches: the key that holds the fleet's title, a V3 keystore.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="With --batches: the keystore's password.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record GPU telemetry until the duration is over or Ctrl-C; --json prints a summary at the end.

    With --batches each epoch's samples are signed by the fleet's operator as the epoch ends: serve the folder over
    HTTP, and nodes that are given its address (kind = "batch") all meter the same bytes.

    Exit code 0 after a recording, 2 when it could not start or the file could not be written.
    """
    console = Console(stderr=True, soft_wrap=True)
    try:
        every = length_ms(interval, "--interval")
        limit = length_ms(duration, "--duration") if duration is not None else None
        patience = length_ms(timeout, "--timeout") / 1000
        kind = _kind(source, dcgm)
        with (
            stop_when_told() as stop,
            httpx.Client() as client,
            ExitStack() as stack,
            console.status("recording") as status,
        ):
            recorded: Source
            if kind is Kind.NVML:
                reader = NvmlReader()
                stack.callback(reader.close)
                recorded = Nvml(reader)
            elif dcgm:
                recorded = Exporter(DcgmEndpoint(dcgm, patience, client))
            else:
                recorded = NvidiaSmi(nvidia_smi, timeout_s=patience)
            signing = _batches(file, batches, fleet, deployment, keystore, password_file)

            def told(progress: Progress) -> None:
                if signing is not None:
                    signing.look(int(time.time()))
                status.update(_said(progress, file, signing))

            done = run_recording(
                recorded,
                file,
                interval_ms=every,
                duration_ms=limit,
                stop=stop,
                told=told,
            )
    except WellheadError as error:
        console.print(f"wellhead record: {error}", markup=False, highlight=False)
        raise typer.Exit(2) from None
    if as_json:
        signed = {} if signing is None else {"batches_signed": signing.signed, "batch_failure": signing.last_failure}
        print_json({"file": file, "source": kind.value, **asdict(done), **signed})
        return
    console.print(_said(done, file, signing), markup=False, highlight=False)
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


def _batches(
    file: Path,
    folder: Path | None,
    fleet: int | None,
    deployment: Path | None,
    keystore: Path | None,
    password_file: Path | None,
) -> RecordingBatches | None:
    """What makes the batches, if there are to be some. Raises BadBatches, KeyFault, BadDeployment or TelemetryError."""
    given = (fleet, deployment, keystore, password_file)
    if folder is None:
        if any(each is not None for each in given):
            raise BadBatches("--fleet, --deployment, --keystore and --password-file need --batches with a folder.")
        return None
    if fleet is None or deployment is None or keystore is None or password_file is None:
        raise BadBatches("--batches needs --fleet, --deployment, --keystore and --password-file.")
    # Only here: who records without batches does not wait for what reads chains and keys.
    from oracle.chain.deployment import load_deployment, schedule_in  # noqa: PLC0415
    from oracle.keys import load_signer  # noqa: PLC0415

    deployed = load_deployment(deployment)
    domain = Domain(deployed.chain_id, deployed.contracts.meter_oracle.address)
    signer = load_signer(keystore, password_file)
    made = BatchFolder(folder, fleet, domain, schedule_in(deployed), signer, int(time.time()))
    return RecordingBatches(file, made)


def register(app: typer.Typer) -> None:
    """Adds the command to `wellhead`."""
    app.command()(record)


def _said(progress: Progress, file: Path, batches: RecordingBatches | None) -> str:
    failed = f", {progress.failed} failed ({progress.last_failure})" if progress.failed else ""
    signed = "" if batches is None else f", {batches.signed} batches signed"
    if batches is not None and batches.last_failure:
        signed += f", the next not yet ({batches.last_failure})"
    return f"{progress.taken:,} readings, {progress.bytes_written:,} bytes in {file}{failed}{signed}"
