"""Ten million rows through a real process: memory must not grow with the log."""

import json
import os
import subprocess
import sys

import pytest

GPUS = [f"GPU-{n:08x}-1111-2222-3333-444444444444" for n in range(8)]

CHILD = """
import json, re, sys
from itertools import islice
from pathlib import Path
from oracle.metering.log_meter import LogMeter
from oracle.telemetry.log import open_log
log, meter = open_log(Path("/dev/stdin")), LogMeter()
samples = iter(log)
while batch := list(islice(samples, 1 << 16)):
    meter.extend(batch)
runs = meter.runs()
# Not ru_maxrss: that begins with what the parent held when it forked.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
json.dump({"rows": sum(run.samples for run in runs), "measured": [run.totals.measured_ms for run in runs],
           "peak_kib": peak, "malformed": log.ignored.malformed}, sys.stdout)
"""


def metered(minutes: int) -> dict:
    """Meters a log of 8 GPUs at one row a second, made on the fly and given through a pipe."""
    minute = "".join(
        f"@{second:02d}.{100 + gpu:03d}, {uuid}, "
        f"{200 + (second * 37 + gpu * 11) % 450}.{second:02d} W, {second + gpu} %\n"
        for second in range(60)
        for gpu, uuid in enumerate(GPUS)
    )
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    child.stdin.write(b"timestamp, uuid, power.draw [W], utilization.gpu [%]\n")
    for n in range(minutes):
        day, hour, past = n // 1440, n // 60 % 24, n % 60
        stamp = f"2026/{1 + day // 28:02d}/{1 + day % 28:02d} {hour:02d}:{past:02d}:"
        child.stdin.write(minute.replace("@", stamp).encode())
    child.stdin.close()
    answer = json.loads(child.stdout.read())
    assert child.wait() == 0
    return answer


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="asks Linux for the peak")
def test_ten_million_rows_take_no_more_memory_than_a_few():
    small, large = metered(400), metered(20_834)
    assert large["rows"] == 20_834 * 60 * 8 > 10_000_000
    assert large["malformed"] == 0
    assert large["measured"] == [(20_834 * 60 - 1) * 1000] * 8
    assert large["peak_kib"] - small["peak_kib"] < 8 * 1024
    assert large["peak_kib"] < 100 * 1024
