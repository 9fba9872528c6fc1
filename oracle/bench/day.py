"""A day of 1-second samples of 1,000 GPUs, from columns of machine integers; and from text, for comparison."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from oracle.bench.figures import Figure, Result
from oracle.bench.gpus import BOARD_W, columns_of
from oracle.bench.run import peak_mb
from oracle.bench.stage import GENESIS
from oracle.metering.columns import Columns
from oracle.metering.gpu import GpuMeter
from oracle.metering.log_meter import LogMeter
from oracle.telemetry.log import open_log

FLOOR_S = 60.0
DAY = 86_400
GPUS = 1000
ODD = 50
"""Samples of a GPU's day that are missing, in ten gaps."""
TEXT_ROWS = 100_000
GPU = "GPU-00000000-0000-0000-0000-000000000001"

_days: list[Columns] = []


def _prepare(seconds: int) -> None:
    """In each worker: a few GPUs' days, made up once; every GPU is metered on one of them."""
    _days.extend(
        columns_of(GPU, GENESIS * 1000, seconds, 1000, odd=ODD * seconds // DAY, seed=seed) for seed in range(4)
    )


def _meter(gpu: int) -> tuple[int, float]:
    """Meters one GPU's day: the samples taken, and the CPU seconds."""
    start_s = time.process_time()
    meter = GpuMeter(1000, board_mw=BOARD_W * 1000)
    meter.extend(_days[gpu % len(_days)])
    meter.totals()
    return meter.samples, time.process_time() - start_s


def measure(quick: bool) -> Result:
    """The time of it, and how memory does over the day."""
    gpus = 20 if quick else GPUS
    workers = min(2, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, initializer=_prepare, initargs=(DAY,)) as pool:
        list(pool.map(_meter, range(workers)))  # starts the workers
        start = time.perf_counter()
        done = list(pool.map(_meter, range(gpus), chunksize=4))
        wall_s = time.perf_counter() - start
    taken, cpu_s = sum(samples for samples, _ in done), sum(seconds for _, seconds in done)
    said = f"{taken:,} samples as columns of integers, {ODD} a GPU missing, on {workers} cores; no text parsed"
    text_s = _text(TEXT_ROWS // (10 if quick else 1))
    whole_s = text_s * GPUS * DAY / workers
    floor = FLOOR_S * gpus / GPUS
    return Result(
        (
            Figure("a day of 1,000 GPUs", wall_s, "s", floor, said),
            Figure(
                "with the cores to itself",
                cpu_s / workers,
                "s",
                floor,
                f"its CPU time, {cpu_s:.3g} s, over {workers} cores: however busy this machine is",
            ),
            Figure("memory of it, a process", peak_mb(), "MB", None, "flat: one GPU's day after the other"),
            Figure(
                "the same from nvidia-smi's CSV",
                whole_s,
                "s",
                None,
                f"reckoned from {text_s * 1e6:.1f} us a row, parsed and metered, {workers} cores",
            ),
        )
    )


def _text(rows: int) -> float:
    """Seconds a row of nvidia-smi CSV takes, parsed and metered."""
    header = "timestamp, uuid, utilization.gpu [%], power.draw [W]\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        with path.open("w") as file:
            file.write(header)
            for row in range(rows):
                moment = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(GENESIS + row))
                file.write(f"{moment}.000, {GPU}, {90 + row % 10} %, {550 + row % 90}.00 W\n")
        start = time.perf_counter()
        meter = LogMeter(1000)
        meter.extend(open_log(path))
        meter.runs()
        return (time.perf_counter() - start) / rows
