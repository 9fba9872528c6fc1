"""Samples as dcgm-exporter would have written them, so that whatever reads an exporter reads a recording of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from oracle.telemetry import dcgm_metrics as metrics
from oracle.telemetry.sample import GpuInfo, Sample

HEAD: Final = f"# HELP {metrics.POWER} Power draw (in W).\n# TYPE {metrics.POWER} gauge\n"


def exposition(samples: Iterable[Sample], gpus: Mapping[str, GpuInfo]) -> str:
    """One line a reading, each with the sample's time; what is unknown has no line. `gpus` gives the display labels.

    A GPU in bad health is one whose driver asks for recovery: that is what a reader makes bad health of.
    """
    return "".join(line for sample in samples for line in _lines(sample, gpus.get(sample.gpu_uuid)))


def _lines(sample: Sample, info: GpuInfo | None) -> list[str]:
    labels = {
        "gpu": info.index if info else "",
        "UUID": sample.gpu_uuid,
        "modelName": info.model if info else "",
        "Hostname": info.hostname if info else "",
        "DCGM_FI_DRIVER_VERSION": sample.driver or "",
    }
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value)
    activity = metrics.GPU_UTIL if sample.activity_is_fallback else metrics.ENGINE_ACTIVE
    values = {
        metrics.POWER: _decimal(sample.power_mw, 3),
        metrics.ENERGY: _decimal(sample.energy_mj, 0),
        activity: _decimal(sample.engine_active_ppm, 4 if sample.activity_is_fallback else 6),
        metrics.SM_ACTIVE: _decimal(sample.sm_active_ppm, 6),
        metrics.TENSOR_ACTIVE: _decimal(sample.tensor_active_ppm, 6),
        metrics.MEMORY_USED: _decimal(sample.memory_used_mib, 0),
        metrics.SM_CLOCK: _decimal(sample.sm_clock_mhz, 0),
        metrics.BOOT: _decimal(sample.boot_s, 0),
        metrics.RECOVERY: "0" if sample.healthy else "1",
    }
    return [f"{name}{{{told}}} {value} {sample.time_ms}\n" for name, value in values.items() if value]


def _decimal(value: int | None, places: int) -> str:
    if value is None:
        return ""
    return f"{value // 10**places}.{value % 10**places:0{places}d}" if places else str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
