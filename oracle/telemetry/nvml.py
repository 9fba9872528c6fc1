"""The GPUs of this machine, asked through NVML by the binding `nvidia-ml-py`, which is imported when first used.

Utilisation of Hopper and newer comes from GPM: the mean between two readings, so the first tells none. Older GPUs have
only the flagged fallback.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from oracle.telemetry.errors import NvmlUnusable
from oracle.telemetry.sample import PPM, TOP_CLOCK_MHZ, TOP_MEMORY_MIB, TOP_POWER_MW, GpuInfo, Sample, showable
from oracle.telemetry.xid import takes_gpu_out

XID_HOLD_MS: Final = 300_000
"""How long an event that takes a GPU out counts against it: dcgm-exporter's window, too."""
GPM_LEAST_MS: Final = 100
"""NVML wants its two readings at least this far apart."""
MAX_EVENTS: Final = 1000
_MIB: Final = 1 << 20
_SLICES: Final = 7
_FOUR_SLICES: Final = ("A30", "RTX PRO 6000")
_T = TypeVar("_T")


@dataclass(slots=True)
class _Device:
    """A GPU as it is asked. `gpm` holds the last GPM reading by GPU instance (-1: the whole GPU), and when it was."""

    handle: Any
    info: GpuInfo
    has_gpm: bool
    gpm: dict[int, tuple[Any, int]] = field(default_factory=dict)
    sick_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class _Shares:
    """Of the time since the last reading, ppm."""

    engine: int | None = None
    sm: int | None = None
    tensor: int | None = None


class NvmlReader:
    """Reads all GPUs of the machine at once; `close` when done. Not for two threads at a time.

    `boot_s` tells when the machine was started, Unix seconds. Raises NvmlUnusable.
    """

    def __init__(self, boot_s: Callable[[], int | None] | None = None) -> None:
        try:
            self._nvml: Any = importlib.import_module("pynvml")
        except ImportError:
            raise NvmlUnusable(
                "nvml: the binding nvidia-ml-py is not installed. Install it with: pip install 'wellhead[nvml]'"
            ) from None
        nvml = self._nvml
        self._boot_s = (boot_s or machine_boot_s)()
        try:
            nvml.nvmlInit()
        except nvml.NVMLError as error:
            raise NvmlUnusable(f"nvml: cannot be started ({error}). Check that `nvidia-smi` shows the GPUs.") from None
        self._events: Any = None
        try:
            self._driver = showable(str(nvml.nvmlSystemGetDriverVersion()), 40)
            self._devices = self._found()
            self._listen()
        except nvml.NVMLError as error:
            self.close()
            raise NvmlUnusable(f"nvml: cannot list the GPUs ({error}). Check `nvidia-smi -L`.") from None
        if not self._devices:
            self.close()
            raise NvmlUnusable("nvml: lists no GPU that answers. Check `nvidia-smi -L`.")

    @property
    def gpus(self) -> dict[str, GpuInfo]:
        """The GPUs by UUID."""
        return {device.info.gpu_uuid: device.info for device in self._devices}

    def read(self, now_ms: int) -> list[Sample]:
        """One sample a GPU, at `now_ms` (UTC). Raises NvmlUnusable when the driver went away: make another reader."""
        self._hear(now_ms)
        return [self._sample(device, now_ms) for device in self._devices]

    def close(self) -> None:
        """Gives everything back."""
        nvml = self._nvml
        with suppress(nvml.NVMLError):
            for device in getattr(self, "_devices", ()):
                for sample, _ in device.gpm.values():
                    nvml.nvmlGpmSampleFree(sample)
                device.gpm.clear()
            if self._events is not None:
                nvml.nvmlEventSetFree(self._events)
                self._events = None
            nvml.nvmlShutdown()

    def _found(self) -> list[_Device]:
        nvml, devices = self._nvml, []
        for index in range(nvml.nvmlDeviceGetCount()):
            try:
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                info = GpuInfo(
                    gpu_uuid=str(nvml.nvmlDeviceGetUUID(handle)),
                    model=showable(str(nvml.nvmlDeviceGetName(handle)), 80),
                    driver=self._driver,
                    index=str(index),
                )
            except nvml.NVMLError:
                continue  # nobody can say which it is: missing
            devices.append(_Device(handle, info, self._has_gpm(handle)))
        return devices

    def _has_gpm(self, handle: Any) -> bool:
        try:
            return bool(self._nvml.nvmlGpmQueryDeviceSupport(handle).isSupportedDevice)
        except self._nvml.NVMLError:
            return False

    def _listen(self) -> None:
        """Registers for XID events, where the GPUs have them."""
        nvml = self._nvml
        with suppress(nvml.NVMLError):
            self._events = nvml.nvmlEventSetCreate()
            for device in self._devices:
                with suppress(nvml.NVMLError):
                    nvml.nvmlDeviceRegisterEvents(device.handle, nvml.nvmlEventTypeXidCriticalError, self._events)

    def _hear(self, now_ms: int) -> None:
        """Takes the XID events that came since the last reading."""
        nvml = self._nvml
        for _ in range(MAX_EVENTS if self._events is not None else 0):
            try:
                event = nvml.nvmlEventSetWait_v2(self._events, 0)
                uuid = str(nvml.nvmlDeviceGetUUID(event.device))
            except nvml.NVMLError:
                return  # timed out: no more of them
            for device in self._devices:
                if device.info.gpu_uuid == uuid and takes_gpu_out(int(event.eventData)):
                    device.sick_until_ms = now_ms + XID_HOLD_MS

    def _sample(self, device: _Device, now_ms: int) -> Sample:
        nvml, handle, uuid = self._nvml, device.handle, device.info.gpu_uuid
        lost = Sample(uuid, now_ms, None, False, None, None, healthy=False, driver=self._driver, boot_s=self._boot_s)
        try:
            power = _held(self._value(lambda: nvml.nvmlDeviceGetPowerUsage(handle)), TOP_POWER_MW)
            energy = _held(self._value(lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle)), 1 << 62)
            clock = _held(self._value(lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM)), TOP_CLOCK_MHZ)
            memory = self._memory(handle)
            shares = self._shares(device, now_ms)
            percent = None
            if shares.engine is None:
                percent = _held(self._value(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu), 100)
            held_back = self._recovery(handle)
        except _Lost:
            return lost
        alive = any(value is not None for value in (power, energy, clock, memory, percent))
        fallback = shares.engine is None and percent is not None
        return lost._replace(
            engine_active_ppm=percent * (PPM // 100) if fallback and percent is not None else shares.engine,
            activity_is_fallback=fallback,
            power_mw=power,
            energy_mj=energy,
            healthy=alive and not held_back and now_ms >= device.sick_until_ms,
            sm_active_ppm=shares.sm,
            tensor_active_ppm=shares.tensor,
            memory_used_mib=memory,
            sm_clock_mhz=clock,
        )

    def _memory(self, handle: Any) -> int | None:
        """MiB in use. The newer call keeps what the driver has reserved out of it; older drivers lack it."""
        nvml = self._nvml
        used = self._value(lambda: nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2).used)
        if used is None:
            used = self._value(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used)
        return None if used is None else _held(int(used) // _MIB, TOP_MEMORY_MIB)

    def _recovery(self, handle: Any) -> bool:
        """Whether the driver asks for a reset, a reboot or a drain."""
        nvml = self._nvml
        found = self._value(lambda: nvml.nvmlDeviceGetFieldValues(handle, [nvml.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION]))
        return found is not None and found[0].nvmlReturn == nvml.NVML_SUCCESS and found[0].value.uiVal > 0

    def _shares(self, device: _Device, now_ms: int) -> _Shares:
        """What GPM tells; of a GPU cut into MIG slices its slices' engines, by their size."""
        nvml = self._nvml
        if not device.has_gpm:
            return _Shares()
        mode = self._value(lambda: nvml.nvmlDeviceGetMigMode(device.handle))
        if mode is None or mode[0] != nvml.NVML_DEVICE_MIG_ENABLE:
            return self._gpm(device, -1, now_ms)
        total = 4 if any(name in device.info.model for name in _FOUR_SLICES) else _SLICES
        sizes = self._instances(device)
        weighed, known = 0, bool(sizes)
        for instance, size in sizes.items():
            engine = self._gpm(device, instance, now_ms).engine
            known = known and engine is not None
            weighed += (engine or 0) * size
        return _Shares(engine=min(PPM, weighed // max(total, sum(sizes.values()))) if known else None)

    def _instances(self, device: _Device) -> dict[int, int]:
        """The GPU instances that exist, and how many compute slices each has."""
        nvml, sizes = self._nvml, {}
        for place in range(self._value(lambda: nvml.nvmlDeviceGetMaxMigDeviceCount(device.handle)) or 0):
            with suppress(nvml.NVMLError):  # not made
                slice_handle = nvml.nvmlDeviceGetMigDeviceHandleByIndex(device.handle, place)
                instance = int(nvml.nvmlDeviceGetGpuInstanceId(slice_handle))
                sizes[instance] = int(nvml.nvmlDeviceGetAttributes(slice_handle).gpuInstanceSliceCount)
        return sizes

    def _gpm(self, device: _Device, instance: int, now_ms: int) -> _Shares:
        """The shares since the last reading of an instance, or of the whole GPU (-1)."""
        nvml = self._nvml
        before = device.gpm.get(instance)
        if before is not None and 0 <= now_ms - before[1] < GPM_LEAST_MS:
            return _Shares()
        taken = self._value(nvml.nvmlGpmSampleAlloc)
        if taken is None:
            return _Shares()
        try:
            if instance < 0:
                nvml.nvmlGpmSampleGet(device.handle, taken)
            else:
                nvml.nvmlGpmMigSampleGet(device.handle, instance, taken)
        except nvml.NVMLError:
            nvml.nvmlGpmSampleFree(taken)
            return _Shares()
        device.gpm[instance] = taken, now_ms
        if before is None:
            return _Shares()
        wanted = (
            nvml.NVML_GPM_METRIC_GRAPHICS_UTIL,
            nvml.NVML_GPM_METRIC_SM_UTIL,
            nvml.NVML_GPM_METRIC_ANY_TENSOR_UTIL,
        )
        asked = nvml.c_nvmlGpmMetricsGet_t()
        asked.version, asked.numMetrics = nvml.NVML_GPM_METRICS_GET_VERSION, len(wanted)
        asked.sample1, asked.sample2 = before[0], taken
        for place, metric in enumerate(wanted):
            asked.metrics[place].metricId = metric
        try:
            got = nvml.nvmlGpmMetricsGet(asked).metrics
        except nvml.NVMLError:
            return _Shares()
        finally:
            nvml.nvmlGpmSampleFree(before[0])
        return _Shares(*(_ppm(got[i].value) if got[i].nvmlReturn == nvml.NVML_SUCCESS else None for i in range(3)))

    def _value(self, ask: Callable[[], _T]) -> _T | None:
        """An answer; None where the GPU does not know it. Raises _Lost, or NvmlUnusable without a driver."""
        nvml = self._nvml
        try:
            return ask()
        except nvml.NVMLError as error:
            if error.value in (nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED):
                raise _Lost from None
            if error.value in (nvml.NVML_ERROR_UNINITIALIZED, nvml.NVML_ERROR_DRIVER_NOT_LOADED):
                raise NvmlUnusable(f"nvml: the driver went away ({error}). It is asked again.") from None
            return None


class _Lost(Exception):
    """The GPU has fallen off, or waits for a reset."""


def _held(value: int | None, top: int) -> int | None:
    return int(value) if value is not None and 0 <= value <= top else None


def _ppm(percent: float) -> int | None:
    return min(PPM, int(percent * (PPM // 100))) if math.isfinite(percent) and percent >= 0 else None


def machine_boot_s(stat: Path = Path("/proc/stat")) -> int | None:
    """When this machine was started, Unix seconds; None where the kernel does not say."""
    try:
        lines = stat.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    told = next((line.split()[1] for line in lines if line.startswith("btime ") and line[6:].strip().isdigit()), None)
    return None if told is None else int(told)
