"""Recording, with a real child process for nvidia-smi and a real server for the exporter."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from oracle.cli import meter, record
from oracle.telemetry.endpoint import DcgmEndpoint
from oracle.telemetry.errors import NvidiaSmiFailed, NvidiaSmiMissing, TargetUnusable
from oracle.telemetry.log import open_log
from oracle.telemetry.recorder import Exporter, NvidiaSmi
from oracle.telemetry.recorder import record as run_recording

GPU = "GPU-aaaaaaaa-1111-2222-3333-444444444444"

# What the real program prints for the recorder's query, and how it ends when the GPU is lost.
SMI = r"""#!/bin/sh
case "$*" in *--query-gpu=timestamp,uuid,*) ;; *) echo "Field \"$1\" is not a valid field to query."; exit 2;; esac
if [ -e "$0.hang" ]; then sleep 30; fi
if [ -e "$0.lost" ]; then
  echo "Unable to determine the device handle for GPU0000:18:00.0: GPU is lost.  Reboot the system to recover this GPU"
  exit 15
fi
if [ -e "$0.broken" ]; then
  echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
  exit 9
fi
case "$*" in *noheader*) ;; *)
  echo "timestamp, uuid, index, pci.bus_id, name, temperature.gpu, power.draw [W]";;
esac
echo "$(date +%Y/%m/%d\ %H:%M:%S.%3N), GPU-aaaaaaaa-1111-2222-3333-444444444444, 0, 00000000:18:00.0, H100, 31, 70.12 W"
"""


@pytest.fixture
def smi(tmp_path: Path) -> Path:
    path = tmp_path / "nvidia-smi"
    path.write_text(SMI)
    path.chmod(0o755)
    return path


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    record.register(app)
    meter.register(app)
    return app


def take(source: object, target: Path, readings: int, between: Callable[[int], None] = lambda n: None) -> object:
    """Records until `readings` moments have passed, failed ones too."""
    stop = threading.Event()
    moments = 0

    def told(progress: object) -> None:
        nonlocal moments
        moments += 1
        between(moments)
        if moments == readings:
            stop.set()

    return run_recording(source, target, interval_ms=30, duration_ms=None, stop=stop, told=told)


def test_what_nvidia_smi_says_is_appended_as_it_said_it(smi, tmp_path):
    target = tmp_path / "run.csv"
    done = take(NvidiaSmi(str(smi)), target, 3)
    lines = target.read_text().splitlines()
    assert lines[0].startswith("timestamp, uuid, index")
    assert [line.split(", ")[1] for line in lines[1:]] == [GPU] * 3
    assert (done.taken, done.failed) == (3, 0)
    samples = list(open_log(target))
    assert [s.power_mw for s in samples] == [70_120] * 3


def test_times_are_recorded_in_utc_wherever_the_machine_is(smi, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    take(NvidiaSmi(str(smi)), tmp_path / "run.csv", 1)
    (sample,) = open_log(tmp_path / "run.csv")
    assert abs(sample.time_ms / 1000 - time.time()) < 60


def test_a_second_run_appends_and_reads_as_one_log(smi, tmp_path):
    for _ in range(2):
        take(NvidiaSmi(str(smi)), tmp_path / "run.csv", 2)
    assert len(list(open_log(tmp_path / "run.csv"))) == 4


def test_a_recording_that_died_in_a_line_goes_on_in_the_next(smi, tmp_path):
    target = tmp_path / "run.csv"
    take(NvidiaSmi(str(smi)), target, 2)
    target.write_bytes(target.read_bytes()[:-7])
    take(NvidiaSmi(str(smi)), target, 1)
    log = open_log(target)
    assert len(list(log)) == 2
    assert log.ignored.malformed == 1


def test_a_gpu_lost_on_the_way_is_in_the_recording_with_its_time(smi, tmp_path):
    lost = Path(f"{smi}.lost")
    take(NvidiaSmi(str(smi)), tmp_path / "run.csv", 4, between=lambda n: lost.touch() if n == 2 else None)
    samples = list(open_log(tmp_path / "run.csv"))
    assert [s.healthy for s in samples] == [True, True, False, False]
    assert [s.time_ms for s in samples] == sorted({s.time_ms for s in samples})


def test_a_run_that_hangs_is_a_reading_missed_and_not_the_end(smi, tmp_path):
    hang = Path(f"{smi}.hang")

    def between(n: int) -> None:
        if n == 1:
            hang.touch()
        elif n == 2:
            hang.unlink()

    done = take(NvidiaSmi(str(smi), timeout_s=0.3), tmp_path / "run.csv", 3, between=between)
    assert (done.taken, done.failed) == (2, 1)
    assert "no answer within 0.3 s" in done.last_failure


def test_no_nvidia_smi_says_what_to_do(tmp_path):
    with pytest.raises(NvidiaSmiMissing, match="--dcgm"):
        take(NvidiaSmi(str(tmp_path / "nowhere")), tmp_path / "run.csv", 1)
    assert not (tmp_path / "run.csv").exists()


@pytest.mark.parametrize("trouble", ["broken", "lost"])
def test_an_nvidia_smi_without_a_table_is_named_and_quoted(smi, tmp_path, trouble):
    Path(f"{smi}.{trouble}").touch()
    with pytest.raises(NvidiaSmiFailed, match=r"It said: (NVIDIA-SMI has failed|Unable to determine)"):
        take(NvidiaSmi(str(smi)), tmp_path / "run.csv", 1)


@pytest.mark.parametrize(
    ("name", "says"),
    [("run.csv.gz", "plain"), ("no/such/folder/run.csv", "cannot be written"), ("scrapes.prom", "dcgm")],
)
def test_a_file_that_cannot_be_appended_to_is_named(smi, tmp_path, name, says):
    (tmp_path / "scrapes.prom").write_text("# HELP DCGM_X x\n")
    with pytest.raises(TargetUnusable, match=says):
        take(NvidiaSmi(str(smi)), tmp_path / name, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named(smi):
    with pytest.raises(TargetUnusable, match="Make room"):
        take(NvidiaSmi(str(smi)), Path("/dev/full"), 1)


class Answers(BaseHTTPRequestHandler):
    failing = False

    def do_GET(self) -> None:
        self.send_response(503 if Answers.failing else 200)
        self.end_headers()
        text = f'# HELP DCGM_FI_DEV_POWER_USAGE Power.\nDCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{GPU}"}} 70.500000\n'
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def exporter() -> Iterator[str]:
    Answers.failing = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()


def test_scrapes_get_the_time_they_lack_and_nothing_else(exporter, tmp_path):
    with httpx.Client() as client:
        take(Exporter(DcgmEndpoint(exporter, 2, client)), tmp_path / "run.prom", 2)
    lines = (tmp_path / "run.prom").read_text().splitlines()
    assert lines[0] == lines[2] == "# HELP DCGM_FI_DEV_POWER_USAGE Power."
    assert lines[1].startswith(f'DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{GPU}"}} 70.500000 1')
    samples = list(open_log(tmp_path / "run.prom"))
    assert len({s.time_ms for s in samples}) == 2


def test_a_scrape_that_fails_is_missing_and_counted(exporter, tmp_path):
    def between(n: int) -> None:
        Answers.failing = n == 1

    with httpx.Client() as client:
        done = take(Exporter(DcgmEndpoint(exporter, 2, client)), tmp_path / "run.prom", 3, between=between)
    assert (done.taken, done.failed) == (2, 1)
    assert len(list(open_log(tmp_path / "run.prom"))) == 2


def test_the_command_records_and_meter_reads_it(app, smi, tmp_path):
    target = tmp_path / "run.csv"
    ran = CliRunner().invoke(
        app, ["record", str(target), "--nvidia-smi", str(smi), "--interval", "50ms", "--duration", "300ms"]
    )
    assert ran.exit_code == 0, ran.output
    read = CliRunner().invoke(app, ["meter", str(target), "--json"])
    assert json.loads(read.stdout)["gpus"][0]["gpu"] == GPU


def test_the_command_sums_up_in_json(app, smi, tmp_path):
    target = tmp_path / "run.csv"
    options = ["--nvidia-smi", str(smi), "--interval", "50ms", "--duration", "300ms", "--json"]
    ran = CliRunner().invoke(app, ["record", str(target), *options])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told.pop("taken") == len(list(open_log(target)))
    assert told == {
        "file": str(target), "source": "nvidia-smi", "failed": 0, "bytes_written": target.stat().st_size,
        "last_failure": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "options", [["--interval", "0"], ["--interval", "soon"], ["--duration", "-5"], ["--nvidia-smi", "/nowhere/smi"]]
)
def test_the_command_refuses_in_one_sentence_and_code_2(app, tmp_path, options):
    ran = CliRunner().invoke(app, ["record", str(tmp_path / "run.csv"), *options])
    assert ran.exit_code == 2
    assert "wellhead record: " in ran.stderr
    assert "Traceback" not in ran.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_recording_whole(smi, tmp_path, number):
    target = tmp_path / "run.csv"
    code = "import typer, oracle.cli.record as r; a = typer.Typer(); r.register(a); a()"
    arguments = [str(target), "--nvidia-smi", str(smi), "--interval", "20ms"]
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    deadline = time.monotonic() + 20
    while not (target.exists() and target.read_text().count("\n") > 3) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(number)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 0, said
    assert b"readings" in said
    assert target.read_text().endswith(" W\n")
