"""What dcgm-exporter's metrics mean for one GPU: units, blanks, MIG slices, health.

The exporter leaves out a line whose value DCGM has not got (`blank`), so most lost readings are lines that are not
there; older builds printed the blank's sentinel number instead. Both end as None here, never as zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from oracle.telemetry.errors import TooManyGpus
from oracle.telemetry.exact import scaled
from oracle.telemetry.exposition import Line, read_labels
from oracle.telemetry.sample import (
    PPM,
    TOP_BOOT_S,
    TOP_CLOCK_MHZ,
    TOP_MEMORY_MIB,
    TOP_POWER_MW,
    GpuInfo,
    Sample,
    showable,
)
from oracle.telemetry.xid import takes_gpu_out

MAX_GPUS = 20_000

POWER: Final = "DCGM_FI_DEV_POWER_USAGE"
ENERGY: Final = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
ENGINE_ACTIVE: Final = "DCGM_FI_PROF_GR_ENGINE_ACTIVE"
GPU_UTIL: Final = "DCGM_FI_DEV_GPU_UTIL"
XID_COUNT: Final = "DCGM_EXP_XID_ERRORS_COUNT"
HEALTH: Final = "DCGM_EXP_GPU_HEALTH_STATUS"
RECOVERY: Final = "DCGM_FI_DEV_GPU_RECOVERY_ACTION"
SM_ACTIVE: Final = "DCGM_FI_PROF_SM_ACTIVE"
TENSOR_ACTIVE: Final = "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"
MEMORY_USED: Final = "DCGM_FI_DEV_FB_USED"
SM_CLOCK: Final = "DCGM_FI_DEV_SM_CLOCK"
BOOT: Final = "WELLHEAD_BOOT_TIME_SECONDS"
"""No metric of dcgm-exporter: our own recordings have it where the machine's boot is known."""

_SIGNS_OF_LIFE: Final = frozenset(
    {
        POWER,
        ENERGY,
        ENGINE_ACTIVE,
        GPU_UTIL,
        "DCGM_FI_DEV_GPU_TEMP",
        "DCGM_FI_DEV_MEMORY_TEMP",
        SM_CLOCK,
        "DCGM_FI_DEV_MEM_CLOCK",
        MEMORY_USED,
        "DCGM_FI_DEV_FB_FREE",
    }
)
"""Gauges that DCGM can only fill by asking the GPU. DCGM_FI_DEV_XID_ERRORS is not one: it repeats the last event."""

_HEALTH_FAIL: Final = 20  # DCGM_HEALTH_RESULT_FAIL; 10 is a warning, 0 a pass
# dcgm_fields.h: blank, not found, not supported, not permissioned are four numbers in a row, per type.
_INT32_BLANKS: Final = frozenset(range(0x7FFFFFF0, 0x7FFFFFF4))
_FP64_BLANKS: Final = frozenset(range(140_737_488_355_328, 140_737_488_355_332))
# An int64 blank that went through a float comes out near 2^63 and not exactly on it.
_NEAR_INT64_BLANK: Final = 1 << 62

_UUID = re.compile(r"(?:GPU|MIG)-[0-9A-Za-z][0-9A-Za-z/-]{7,79}$")
_PROFILE = re.compile(r"(\d)g\.")
_FOUR_SLICES = re.compile(r"\bA30\b|RTX PRO 6000")


@dataclass(frozen=True, slots=True)
class Series:
    """What the labels of a line say, parsed once per label text."""

    gpu: str
    slice_id: str
    slice_weight: int
    xid: int
    info: GpuInfo


@dataclass(slots=True)
class _Gpu:
    """One GPU while its scrape is being read."""

    info: GpuInfo
    power_mw: int | None = None
    energy_mj: int | None = None
    active_ppm: int | None = None
    util_ppm: int | None = None
    sm_ppm: int | None = None
    tensor_ppm: int | None = None
    memory_mib: int | None = None
    clock_mhz: int | None = None
    boot_s: int | None = None
    slices: dict[str, tuple[int, int]] = field(default_factory=dict)
    memories: dict[str, int] = field(default_factory=dict)
    alive: bool = False
    out: bool = False


class Scrape:
    """Collects the lines of one scrape and gives its samples."""

    def __init__(self) -> None:
        self._gpus: dict[str, _Gpu] = {}

    def add(self, line: Line, series: Series) -> bool:
        """Takes one line of a GPU. False when its value is not a number at all."""
        gpu = self._gpus.get(series.gpu)
        if gpu is None:
            if len(self._gpus) >= MAX_GPUS:
                raise TooManyGpus(f"the scrape lists more than {MAX_GPUS} GPUs. Scrape one machine at a time.")
            gpu = self._gpus[series.gpu] = _Gpu(series.info)
        try:
            value = _reading(line.name, line.value)
        except ValueError:
            return False
        if value is not None:
            gpu.alive = gpu.alive or line.name in _SIGNS_OF_LIFE
            take = _TAKERS.get(line.name)
            if take is not None:
                take(gpu, value, series)
        return True

    def samples(self, time_ms: int) -> list[Sample]:
        """The samples, one per listed GPU, in the order in which the scrape first names them."""
        return [_sample(gpu, time_ms) for gpu in self._gpus.values()]

    @property
    def infos(self) -> list[GpuInfo]:
        """The GPUs listed so far."""
        return [gpu.info for gpu in self._gpus.values()]


def _sample(gpu: _Gpu, time_ms: int) -> Sample:
    active = gpu.active_ppm
    if active is None and gpu.slices:
        total = 4 if _FOUR_SLICES.search(gpu.info.model) else 7
        total = max(total, sum(weight for _, weight in gpu.slices.values()))
        active = min(PPM, sum(ppm * weight for ppm, weight in gpu.slices.values()) // total)
    fallback = active is None and gpu.util_ppm is not None
    # Listed and without one live reading: the exporter answers and the GPU does not, which is how a lost one looks
    # once its XID has left the counted window.
    healthy = gpu.alive and not gpu.out
    return Sample(
        gpu.info.gpu_uuid,
        time_ms,
        gpu.util_ppm if fallback else active,
        fallback,
        gpu.power_mw,
        gpu.energy_mj,
        healthy,
        gpu.sm_ppm,
        gpu.tensor_ppm,
        gpu.memory_mib if gpu.memory_mib is not None or not gpu.memories else sum(gpu.memories.values()),
        gpu.clock_mhz,
        gpu.info.driver or None,
        gpu.boot_s,
    )


def _reading(name: str, text: str) -> int | None:
    """The value in the unit of its metric; None when blank, NaN or infinite. Raises ValueError: not a number."""
    places = _PLACES.get(name, 0)
    value = scaled(text, places)
    if value is None:
        if text.strip("+-").lower() in ("nan", "inf", "infinity"):
            return None
        raise ValueError(text)
    whole = value // 10**places
    if whole < 0 or whole >= _NEAR_INT64_BLANK or whole in _FP64_BLANKS:
        return None
    # An energy counter can truly stand at an int32 blank's number; nothing else gets there.
    if name != ENERGY and whole in _INT32_BLANKS:
        return None
    if name == POWER and value > TOP_POWER_MW:
        return None
    if name in _TOPS and value > _TOPS[name]:
        return None
    return min(value, PPM) if name in _RATIOS else value


def _take_power(gpu: _Gpu, value: int, _: Series) -> None:
    # Every MIG slice repeats the power and energy of the whole board: the maximum per UUID, never the sum.
    gpu.power_mw = max(gpu.power_mw or 0, value)


def _take_energy(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.energy_mj = max(gpu.energy_mj or 0, value)


def _take_active(gpu: _Gpu, value: int, series: Series) -> None:
    if series.slice_id:
        gpu.slices[series.slice_id] = (value, series.slice_weight)
    else:
        gpu.active_ppm = max(gpu.active_ppm or 0, value)


def _take_util(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.util_ppm = max(gpu.util_ppm or 0, value)


def _take_sm(gpu: _Gpu, value: int, series: Series) -> None:
    # A slice's share says nothing of the whole GPU's: where a GPU is cut up, this stays unknown.
    if not series.slice_id:
        gpu.sm_ppm = max(gpu.sm_ppm or 0, value)


def _take_tensor(gpu: _Gpu, value: int, series: Series) -> None:
    if not series.slice_id:
        gpu.tensor_ppm = max(gpu.tensor_ppm or 0, value)


def _take_memory(gpu: _Gpu, value: int, series: Series) -> None:
    # Each slice has memory of its own: unlike the board's power and energy it adds up.
    if series.slice_id:
        gpu.memories[series.slice_id] = max(gpu.memories.get(series.slice_id, 0), value)
    else:
        gpu.memory_mib = max(gpu.memory_mib or 0, value)


def _take_clock(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.clock_mhz = max(gpu.clock_mhz or 0, value)


def _take_boot(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.boot_s = max(gpu.boot_s or 0, value)


def _take_xid(gpu: _Gpu, value: int, series: Series) -> None:
    gpu.out = gpu.out or (value > 0 and takes_gpu_out(series.xid))


def _take_health(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.out = gpu.out or value >= _HEALTH_FAIL


def _take_recovery(gpu: _Gpu, value: int, _: Series) -> None:
    gpu.out = gpu.out or value > 0


_PLACES: Final = {POWER: 3, ENGINE_ACTIVE: 6, GPU_UTIL: 4, SM_ACTIVE: 6, TENSOR_ACTIVE: 6}
"""Watts to mW, ratio to ppm, per cent to ppm; all else is whole."""
_RATIOS: Final = frozenset({ENGINE_ACTIVE, GPU_UTIL, SM_ACTIVE, TENSOR_ACTIVE})
_TOPS: Final = {MEMORY_USED: TOP_MEMORY_MIB, SM_CLOCK: TOP_CLOCK_MHZ, BOOT: TOP_BOOT_S}
_TAKERS: Final[dict[str, Callable[[_Gpu, int, Series], None]]] = {
    POWER: _take_power,
    ENERGY: _take_energy,
    ENGINE_ACTIVE: _take_active,
    GPU_UTIL: _take_util,
    XID_COUNT: _take_xid,
    HEALTH: _take_health,
    RECOVERY: _take_recovery,
    SM_ACTIVE: _take_sm,
    TENSOR_ACTIVE: _take_tensor,
    MEMORY_USED: _take_memory,
    SM_CLOCK: _take_clock,
    BOOT: _take_boot,
}
WANTED: Final = tuple(sorted({*_TAKERS, *_SIGNS_OF_LIFE, "DCGM_FI_DEV_XID_ERRORS"}))
"""What has to be asked for to know all that a scrape would tell. The last event is among them because a lost GPU is
listed by it, and by no reading."""


class Labels:
    """Label texts already parsed: a log repeats the same few thousands for ever."""

    def __init__(self) -> None:
        self._known: dict[str, Series | None] = {}

    def series(self, text: str) -> Series | None:
        """What the labels say of a GPU; None when they name none (CPUs, NvSwitches). Raises ValueError: malformed."""
        if text in self._known:
            return self._known[text]
        labels = read_labels(text)
        if labels is None:
            raise ValueError("labels are not well formed")
        if len(self._known) > 200_000:
            self._known.clear()
        series = self._known[text] = series_of(labels)
        return series


def series_of(labels: dict[str, str]) -> Series | None:
    """What labels say of a GPU; None when they name none."""
    uuid = labels.get("UUID") or labels.get("uuid") or labels.get("gpu_uuid") or ""
    if not _UUID.match(uuid) or "nvlink" in labels:
        return None
    profile = _PROFILE.match(labels.get("GPU_I_PROFILE", ""))
    xid = labels.get("xid", "")
    info = GpuInfo(
        gpu_uuid=uuid,
        model=showable(labels.get("modelName", ""), 80),
        hostname=showable(labels.get("Hostname") or labels.get("hostname") or "", 80),
        driver=showable(labels.get("DCGM_FI_DRIVER_VERSION", ""), 40),
        index=showable(labels.get("gpu", ""), 8),
    )
    return Series(
        gpu=uuid,
        slice_id=labels.get("GPU_I_ID", ""),
        slice_weight=int(profile.group(1)) if profile else 1,
        xid=int(xid) if xid.isascii() and xid.isdigit() and len(xid) < 6 else 0,
        info=info,
    )
