"""How `wellhead meter` shows a metered log: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import reduce
from operator import add
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from oracle.metering.gpu import GpuTotals
from oracle.metering.increments import (
    ACTIVITY_FALLBACK,
    COUNTER_RESET,
    EMPTY_MEMORY,
    ENERGY_ESTIMATED,
    ENERGY_UNCOVERED,
    MACHINE_CHANGED,
    WEAK_ACTIVITY,
    flag_names,
)
from oracle.metering.log_meter import GpuRun
from oracle.telemetry.log import TelemetryLog
from oracle.telemetry.sample import GpuInfo
from oracle.telemetry.smi_cells import EPOCH

_LETTERS: Final = {
    ENERGY_ESTIMATED: "e",
    COUNTER_RESET: "r",
    ACTIVITY_FALLBACK: "u",
    ENERGY_UNCOVERED: "x",
    WEAK_ACTIVITY: "w",
    EMPTY_MEMORY: "m",
    MACHINE_CHANGED: "c",
}
_PLAIN_WIDTH: Final = 140
_LISTED: Final = 6


def as_json(log: TelemetryLog, runs: Sequence[GpuRun], zone: str) -> dict[str, Any]:
    """All figures as integers, units in the names; ratios in parts per million or thousandths."""
    ignored = log.ignored
    return {
        "file": str(log.lines.path),
        "format": log.format_name,
        "timezone": zone,
        "keyed_by_uuid": log.keyed_by_uuid,
        "gpus": [
            {**_identity(log.gpus.get(run.gpu_uuid), run), **_figures(run.totals), **_counts(run)} for run in runs
        ],
        "total": {"gpus": len(runs), **_figures(_sum(runs))},
        "ignored": {
            "malformed": ignored.malformed,
            "first_malformed": _oddity(ignored.first_malformed),
            "lost_gpu_unnamed": ignored.lost_unnamed,
            "first_lost_gpu_unnamed": _oddity(ignored.first_lost_unnamed),
            "cut_off": ignored.cut_off,
            "duplicates": sum(run.duplicates for run in runs),
            "out_of_order": sum(run.out_of_order for run in runs),
            "clock_jumps": sum(run.jumps for run in runs),
        },
    }


def show(console: Console, log: TelemetryLog, runs: Sequence[GpuRun], zone: str) -> None:
    """Prints the table, what was left out, where gaps are, and what the flags mean."""
    if not console.is_terminal:
        console.width = max(console.width, _PLAIN_WIDTH)
    total = _sum(runs)
    first, last = min(run.first_ms for run in runs), max(run.last_ms for run in runs)
    intervals = sorted(run.interval_ms for run in runs if run.interval_ms)
    steps = " to ".join(dict.fromkeys(_step(ms) for ms in (intervals[:1] + intervals[-1:]))) or "so far once"
    models = sorted({info.model.removeprefix("NVIDIA ") for info in log.gpus.values() if info.model})
    fleet = f"{_gpus(len(runs))}" + (f", {escape(models[0])}" if len(models) == 1 else "")
    _line(console, f"[bold]{escape(log.lines.path.name)}[/]: {log.format_name}, {fleet}")
    _line(console, f"{_when(first)} to {_when(last)} ({_span(last - first)}), a sample every {steps}\n")
    console.print(_table(log, runs, total, with_models=len(models) > 1, room=console.width))
    for text in _remarks(log, runs, total):
        _line(console, text)


def _table(log: TelemetryLog, runs: Sequence[GpuRun], total: GpuTotals, *, with_models: bool, room: int) -> Table:
    """A row per GPU and the total. Columns that would say nothing are left out, and some when `room` is short."""
    sick = total.measured_ms > total.delivered_ms
    right: dict[str, Any] = {"justify": "right", "no_wrap": True}
    columns: list[tuple[str, Callable[[GpuTotals], str]]] = [
        *([("GPU-hours\nmeasured", lambda t: _hours(t.measured_ms))] if room >= 120 else []),
        ("unit-seconds\nmeasured", lambda t: f"{t.measured_ms // 1000:,}"),
        *([("of them\nnot healthy", lambda t: f"{(t.measured_ms - t.delivered_ms) // 1000:,}")] if sick else []),
        ("unit-seconds\nutilised", lambda t: f"{_utilised(t):,}"),
        *([("mean utili-\nsation", _percent)] if room >= 100 else []),
        ("\nWh", _wh),
        ("Wh per\nGPU-hour", _wh_per_hour),
        ("gaps\n(missing)", lambda t: f"{t.gaps}" + (f" / {_span(t.gap_ms)}" if t.gaps else "")),
    ]
    table = Table(box=SIMPLE_HEAD, show_footer=True, pad_edge=False, padding=(0, 1) if room >= 100 else 0)
    table.add_column("\nGPU", f"all {_gpus(len(runs))}", no_wrap=True)
    if with_models:
        table.add_column("\nmodel", no_wrap=True)
    for title, figure in columns:
        table.add_column(title, figure(total), **right)
    table.add_column("\nflags", _letters(total.flags), no_wrap=True)
    names = _short_names([run.gpu_uuid for run in runs])
    for run in sorted(runs, key=lambda run: _rank(log.gpus.get(run.gpu_uuid), run.gpu_uuid)):
        info = log.gpus.get(run.gpu_uuid)
        table.add_row(
            Text(f"{info.index} " if info and info.index else "") + Text(names[run.gpu_uuid]),
            *([Text((info.model if info else "").removeprefix("NVIDIA "))] if with_models else []),
            *(figure(run.totals) for _, figure in columns),
            _letters(run.totals.flags),
        )
    return table


def _remarks(log: TelemetryLog, runs: Sequence[GpuRun], total: GpuTotals) -> list[str]:
    ignored = log.ignored
    dropped = {
        "malformed": ignored.malformed,
        "of a lost GPU without a name": ignored.lost_unnamed,
        "cut off at the end": ignored.cut_off,
        "duplicated": sum(run.duplicates for run in runs),
        "out of order": sum(run.out_of_order for run in runs),
        "clock jumps": sum(run.jumps for run in runs),
    }
    rows = ", ".join(f"{count:,} {what}" for what, count in dropped.items() if count)
    remarks = [f"Rows left out: {rows}." if rows else "Rows left out: none."]
    oddities = [oddity for oddity in (ignored.first_malformed, ignored.first_lost_unnamed) if oddity is not None]
    remarks += [escape(f"  first: line {oddity.line} {oddity.reason}") for oddity in oddities]
    if dropped["out of order"] > sum(run.samples for run in runs) // 10:
        remarks.append("[yellow]Many rows are out of order: meter with --sort.[/]")
    if not log.keyed_by_uuid:
        remarks.append("[yellow]The log names GPUs without UUID: good enough to meter, not to settle a lease from.[/]")
    remarks += _stretches("Gap (missing, never zero)", [(run.gpu_uuid, run.gaps) for run in runs])
    remarks += _stretches("Not healthy (measured)", [(run.gpu_uuid, run.unhealthy) for run in runs])
    if total.unknown_activity_ms:
        remarks.append(f"Activity of {_gpu_time(total.unknown_activity_ms)} unknown: counted as not utilised.")
    return remarks + _legend(total)


def _legend(total: GpuTotals) -> list[str]:
    meanings = {
        ENERGY_ESTIMATED: f"energy of {_gpu_time(total.estimated_ms)} integrated from power: no counter told it",
        COUNTER_RESET: f"energy counters fell, {total.resets} in all: the GPU was reset, and is counted on from there",
        ACTIVITY_FALLBACK: f"utilisation of {_gpu_time(total.fallback_ms)} from GPU utilisation (any kernel "
        "resident), not engine activity",
        ENERGY_UNCOVERED: f"energy of {_gpu_time(total.uncovered_ms)} unknown: Wh is short of it",
        WEAK_ACTIVITY: f"{_gpus(total.weak)} busy without work for a tenth of the time or more: the engine was active, "
        "SMs, power or clocks were not",
        EMPTY_MEMORY: f"{_gpus(total.empty)} active with next to nothing in memory for a tenth of the time or more",
        MACHINE_CHANGED: f"driver or boot changed {total.changes} times in all",
    }
    return [f"[bold]{_LETTERS[bit]}[/]  {meaning}" for bit, meaning in meanings.items() if total.flags & bit]


def _stretches(title: str, per_gpu: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[str]:
    """Stretches that several GPUs share to the minute are one line."""
    shared: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for _, stretches in per_gpu:
        for start, end in stretches:
            shared.setdefault((start // 60_000, end // 60_000), []).append((start, end))
    lines = []
    for _, alike in sorted(shared.items()):
        start, end = min(start for start, _ in alike), max(end for _, end in alike)
        gpus = f", {_gpus(len(alike))}" if len(per_gpu) > 1 else ""
        lines.append(f"{title}: {_when(start)} to {_when(end)}, {_span(end - start)}{gpus}.")
    if len(lines) > _LISTED:
        return [*lines[:_LISTED], f"  and {len(lines) - _LISTED} more such stretches."]
    return lines


def _identity(info: GpuInfo | None, run: GpuRun) -> dict[str, Any]:
    return {
        "gpu": run.gpu_uuid,
        "model": info.model if info else "",
        "hostname": info.hostname if info else "",
        "first_ms": run.first_ms,
        "last_ms": run.last_ms,
        "interval_ms": run.interval_ms,
        "samples": run.samples,
    }


def _counts(run: GpuRun) -> dict[str, Any]:
    return {
        "ignored": {"duplicates": run.duplicates, "out_of_order": run.out_of_order, "clock_jumps": run.jumps},
        "first_gaps_ms": [list(gap) for gap in run.gaps],
    }


def _figures(t: GpuTotals) -> dict[str, Any]:
    return {
        "measured_unit_seconds": t.measured_ms // 1000,
        "healthy_unit_seconds": t.delivered_ms // 1000,
        "utilised_unit_seconds": _utilised(t),
        "mean_utilisation_ppm": _utilisation_ppm(t),
        "energy_mj": t.energy_mj,
        "energy_wh": t.energy_uj // 3_600_000_000,
        "milliwatt_hours_per_gpu_hour": _milliwatts(t),
        "energy_estimated_ms": t.estimated_ms,
        "energy_unknown_ms": t.uncovered_ms,
        "activity_unknown_ms": t.unknown_activity_ms,
        "energy_counter_resets": t.resets,
        "busy_without_work_gpus": t.weak,
        "active_with_empty_memory_gpus": t.empty,
        "driver_or_boot_changes": t.changes,
        "gaps": t.gaps,
        "gap_ms": t.gap_ms,
        "flags": flag_names(t.flags),
    }


def _oddity(oddity: Any) -> dict[str, Any] | None:
    return None if oddity is None else {"line": oddity.line, "reason": oddity.reason}


def _sum(runs: Sequence[GpuRun]) -> GpuTotals:
    return reduce(add, (run.totals for run in runs), GpuTotals())


def _utilised(t: GpuTotals) -> int:
    return t.utilised_ppm_ms // 1_000_000_000


def _utilisation_ppm(t: GpuTotals) -> int | None:
    """Over healthy time whose activity is known."""
    known = t.delivered_ms - t.unknown_activity_ms
    return t.utilised_ppm_ms // known if known else None


def _milliwatts(t: GpuTotals) -> int | None:
    """Mean board power over the time whose energy is known: mW, which is mWh per GPU-hour."""
    known = t.measured_ms - t.uncovered_ms
    return t.energy_uj // known if known else None


def _percent(t: GpuTotals) -> str:
    ppm = _utilisation_ppm(t)
    return "unknown" if ppm is None else f"{ppm // 10_000}.{ppm // 1000 % 10} %"


def _wh(t: GpuTotals) -> str:
    if t.uncovered_ms and t.uncovered_ms == t.measured_ms:
        return "unknown"
    return f"{t.energy_uj // 3_600_000_000:,}.{t.energy_uj // 360_000_000 % 10}"


def _wh_per_hour(t: GpuTotals) -> str:
    mean = _milliwatts(t)
    return "unknown" if mean is None else f"{mean // 1000:,}.{mean // 100 % 10}"


def _letters(flags: int) -> str:
    return " ".join(letter for bit, letter in _LETTERS.items() if flags & bit)


def _rank(info: GpuInfo | None, uuid: str) -> tuple[str, int, str]:
    index = info.index if info else ""
    return (info.hostname if info else "", int(index) if index.isascii() and index.isdigit() else 0, uuid)


def _gpus(count: int) -> str:
    return f"{count} GPU" if count == 1 else f"{count} GPUs"


def _hours(ms: int) -> str:
    return f"{ms // 3_600_000:,}.{ms // 36_000 % 100:02d}"


def _gpu_time(ms: int) -> str:
    return f"{_hours(ms)} GPU-hours" if ms >= 3_600_000 else f"{ms // 1000} GPU-seconds"


def _step(ms: int) -> str:
    """A sample interval: jitter of a few ms is nobody's interval."""
    return f"{(ms + 500) // 1000} s" if ms >= 10_000 else f"{ms / 1000:g} s"


def _when(ms: int) -> str:
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%d %H:%M:%SZ")


def _span(ms: int) -> str:
    """A length of time as people read it: `2 h 01 min`, `45.5 s`."""
    if ms < 60_000:
        return f"{ms // 1000}.{ms // 100 % 10} s" if ms % 1000 else f"{ms // 1000} s"
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {seconds:02d} s"
    return f"{hours} h {minutes:02d} min"


def _short_names(uuids: Sequence[str]) -> dict[str, str]:
    """UUIDs cut to their first block where that still tells them apart."""
    short = {uuid: uuid[:12] if uuid.startswith("GPU-") else uuid[:24] for uuid in uuids}
    return short if len(set(short.values())) == len(short) else {uuid: uuid for uuid in uuids}


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
