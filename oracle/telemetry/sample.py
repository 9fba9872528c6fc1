"""One reading of one GPU: the only thing that leaves this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

PPM = 1_000_000
"""Parts per million: an engine active all the time is 1_000_000 ppm active."""
TOP_POWER_MW = 20_000_000
"""No board of today or soon takes 20 kW: a number above it is no reading."""
TOP_MEMORY_MIB = 16 * 1024 * 1024
TOP_CLOCK_MHZ = 100_000
TOP_BOOT_S = 4_102_444_800
"""Likewise: 16 TiB, 100 GHz, the year 2100."""


class Sample(NamedTuple):
    """What a source said about one GPU at one moment; `None` means it said nothing readable, never zero.

    A NamedTuple and not a frozen dataclass: both are immutable and slotted, and a log of ten million rows makes ten
    million of these, at a third of the cost.
    """

    gpu_uuid: str
    """The GPU's UUID (`GPU-...`). `index:0` or `pci:...` only where a log without UUIDs was explicitly allowed."""
    time_ms: int
    """UTC, unix milliseconds."""
    engine_active_ppm: int | None
    """Share of time the compute engine was active, 0..1_000_000."""
    activity_is_fallback: bool
    """The activity came from GPU_UTIL / utilization.gpu, which counts time with any kernel resident at all."""
    power_mw: int | None
    """Board power, mW."""
    energy_mj: int | None
    """The board's energy counter, mJ since the driver loaded. It falls when the GPU is reset."""
    healthy: bool
    """False: lost, or an event was counted whose documented remedy is reset, reboot, drain or replace."""
    sm_active_ppm: int | None = None
    """Share of the SMs that had work, mean over SMs and time, 0..1_000_000."""
    tensor_active_ppm: int | None = None
    """Share of cycles in which the tensor pipe was active, 0..1_000_000."""
    memory_used_mib: int | None = None
    """Memory in use on the board, MiB; what the driver keeps for itself is not in it."""
    sm_clock_mhz: int | None = None
    driver: str | None = None
    """Version of the driver."""
    boot_s: int | None = None
    """When the machine was started, unix seconds."""


def showable(text: str, limit: int) -> str:
    """Text of a source cut to `limit` characters, without what a terminal would obey (escape sequences, line ends)."""
    return "".join(char if char.isprintable() else "?" for char in text[:limit])


@dataclass(frozen=True, slots=True)
class GpuInfo:
    """What a source says of a GPU besides readings, for display only; empty where unknown."""

    gpu_uuid: str
    model: str = ""
    hostname: str = ""
    driver: str = ""
    index: str = ""


@dataclass(frozen=True, slots=True)
class Oddity:
    """The first row of a kind that was left out: enough to find it with an editor."""

    line: int
    reason: str
