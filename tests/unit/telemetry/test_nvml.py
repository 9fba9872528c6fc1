"""NVML: the real binding on a real shared library with NVML's C interface, built here since this machine has no GPU."""

import ctypes
import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from oracle.cli import meter, record
from oracle.node.sources import SiteUnreachable
from oracle.node.sources.nvml import LocalGpus
from oracle.store.database import open_database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.errors import NvmlUnusable
from oracle.telemetry.log import open_log
from oracle.telemetry.nvml import NvmlReader, machine_boot_s
from oracle.telemetry.sample import Sample
from tests.support.chain import ROOT

A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
NOW = 1_791_158_400_000
BOOT = 1_791_000_000
SONAME = "libnvidia-ml.so.1"
app = Typer()
record.register(app)
meter.register(app)


class Machine:
    """The library as tests steer it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.changed: dict[tuple[int, str], float] = {}

    def set(self, gpu: int, **values: float) -> None:
        for name, value in values.items():
            self.library.set(gpu, name.encode(), ctypes.c_double(value))

    def happen(self, gpu: int, xid: int) -> None:
        self.library.happen(gpu, ctypes.c_ulonglong(xid))

    def number(self, name: str) -> ctypes.c_int:
        return ctypes.c_int.in_dll(self.library, name)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A freshly built library for each test, and the binding loaded anew on it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a C compiler is needed: install gcc"
    built = tmp_path / SONAME
    source = ROOT / "tests" / "support" / "nvml.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-w", "-o", built, source], check=True)
    # The binding asks the loader for the library by its name: here it is found by its path instead.
    asked: list[str] = []

    def load(name: str, *rest: object, **more: object) -> ctypes.CDLL:
        asked.append(name)
        return real(str(built), *rest, **more)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    pynvml = importlib.import_module("pynvml")
    real = ctypes.CDLL
    monkeypatch.setattr(pynvml, "CDLL", load)
    yield Machine(real(str(built)))
    assert set(asked) <= {SONAME}
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)


@pytest.fixture
def reader(machine: Machine) -> Iterator[NvmlReader]:
    made = NvmlReader(boot_s=lambda: BOOT)
    yield made
    made.close()
    assert machine.number("gpm_live").value == 0
    assert machine.number("started").value == 0


def test_all_that_nvml_tells_is_read_in_exact_units(reader: NvmlReader) -> None:
    reader.read(NOW - 30_000)
    first, second = reader.read(NOW)
    assert first == Sample(
        A, NOW, 973_000, False, 612_345, 5_000_000_000_123, True, 810_000, 440_000, 65_536, 1980, "570.86.15", BOOT
    )
    assert second == Sample(B, NOW, 550_000, True, 100_500, 42, True, None, None, 0, 1410, "570.86.15", BOOT)
    assert reader.gpus[B].model == "NVIDIA H100 80GB HBM3"
    assert reader.gpus[B].index == "1"


def test_the_first_reading_of_gpm_tells_no_share_and_none_are_kept(reader: NvmlReader, machine: Machine) -> None:
    first = reader.read(NOW)[0]
    assert (first.engine_active_ppm, first.activity_is_fallback) == (930_000, True)  # until GPM has two readings
    for step in range(1, 50):
        assert reader.read(NOW + step * 1000)[0].engine_active_ppm == 973_000
    assert machine.number("gpm_live").value == 1


@pytest.mark.parametrize("code", [15, 16])
def test_a_lost_gpu_is_unhealthy_without_a_reading_and_the_other_goes_on(
    reader: NvmlReader, machine: Machine, code: int
) -> None:
    machine.set(0, error=code)
    first, second = reader.read(NOW)
    assert first == Sample(A, NOW, None, False, None, None, False, driver="570.86.15", boot_s=BOOT)
    assert second.healthy


def test_an_error_that_is_not_loss_is_unknown_and_a_gpu_without_any_reading_unhealthy(
    reader: NvmlReader, machine: Machine
) -> None:
    machine.set(1, error=999)
    second = reader.read(NOW)[1]
    assert (second.power_mw, second.energy_mj, second.healthy) == (None, None, False)


def test_an_event_that_takes_a_gpu_out_does_so_for_five_minutes(reader: NvmlReader, machine: Machine) -> None:
    machine.happen(0, 13)  # an application's fault
    assert reader.read(NOW)[0].healthy
    machine.happen(0, 79)
    assert [sample.healthy for sample in reader.read(NOW + 1000)] == [False, True]
    assert not reader.read(NOW + 300_000)[0].healthy
    assert reader.read(NOW + 301_000)[0].healthy


def test_a_gpu_that_waits_for_recovery_is_unhealthy(reader: NvmlReader, machine: Machine) -> None:
    machine.set(0, recovery=1)
    assert [sample.healthy for sample in reader.read(NOW)] == [False, True]


def test_the_engines_of_mig_slices_count_by_their_size_and_energy_once(reader: NvmlReader, machine: Machine) -> None:
    machine.set(0, mig=1)
    reader.read(NOW)
    sample = reader.read(NOW + 1000)[0]
    assert sample.engine_active_ppm == (900_000 * 3 + 500_000 * 2) // 7
    assert not sample.activity_is_fallback
    assert (sample.power_mw, sample.energy_mj) == (612_345, 5_000_000_000_123)


def test_a_driver_that_goes_away_is_asked_anew(machine: Machine, tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db")
    store = TelemetryStore(database)
    source = LocalGpus(1, store)
    source.take(NOW // 1000, 0)
    machine.set(0, error=1)
    with pytest.raises(SiteUnreachable, match="driver went away"):
        source.take(NOW // 1000 + 30, 0)
    machine.set(0, error=0)
    source.take(NOW // 1000 + 60, 0)
    found = store.samples(1, [A, B], 0, 1 << 60)
    assert [sample.time_ms for sample in found[A]] == [NOW, NOW + 60_000]
    assert machine.number("started").value == 1
    database.close()


def test_no_driver_and_no_binding_are_named_with_what_to_do(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.number("init_error").value = 9
    with pytest.raises(NvmlUnusable, match=r"nvidia-smi"):
        NvmlReader()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(NvmlUnusable, match=r"pip install 'wellhead\[nvml\]'"):
        NvmlReader()


def test_a_recording_through_nvml_is_metered_like_an_exporters(machine: Machine, tmp_path: Path) -> None:
    target = tmp_path / "gpus.prom"
    ran = CliRunner().invoke(app, ["record", str(target), "--source", "nvml", "--interval", "0.2", "--duration", "0.5"])
    assert ran.exit_code == 0, ran.output
    samples = list(open_log(target))
    assert [sample.gpu_uuid for sample in samples] == [A, B] * (len(samples) // 2)
    assert len(samples) >= 4
    assert samples[-2][2:6] == (973_000, False, 612_345, 5_000_000_000_123)
    assert samples[-2].driver == "570.86.15"
    assert samples[-2].boot_s == machine_boot_s()


@pytest.mark.parametrize("options", [["--source", "dcgm"], ["--source", "nvml", "--dcgm", "http://a"]])
def test_options_that_name_no_source_or_two_are_refused(tmp_path: Path, options: list[str]) -> None:
    ran = CliRunner().invoke(app, ["record", str(tmp_path / "x"), *options])
    assert ran.exit_code == 2
    assert not (tmp_path / "x").exists()


def test_the_boot_time_is_the_kernels(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  1 2 3\nbtime 1791000000\nprocesses 7\n")
    assert machine_boot_s(tmp_path / "stat") == BOOT
    assert machine_boot_s(tmp_path / "none") is None
    assert (machine_boot_s() or 0) > 1_000_000_000
