"""The telemetry in examples/: what the generator makes, and figures a board can show."""

import importlib.util
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from oracle.metering.gpu import GpuSeries
from oracle.telemetry.log import LogReplay, open_log

FOLDER = Path(__file__).parents[3] / "examples" / "telemetry"
DAY5 = 1_791_158_400_000
HOUR = 3_600_000
OUTAGE = (DAY5 + 33 * HOUR, DAY5 + 36 * HOUR)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("telemetry_generate", FOLDER / "generate.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def h100() -> LogReplay:
    return LogReplay(FOLDER / "h100-dcgm.prom.gz")


@pytest.fixture(scope="module")
def a100() -> LogReplay:
    return LogReplay(FOLDER / "a100-nvidia-smi.csv.gz")


def test_the_files_are_what_the_generator_makes(generator):
    for name, data in generator.files().items():
        assert generator.content(name, (FOLDER / name).read_bytes()) == generator.content(name, data), name
        if name.endswith(".gz"):
            assert (FOLDER / name).read_bytes()[4:8] == b"\0\0\0\0", f"{name} holds the time it was packed at"


def test_both_fleets_cover_the_demo_and_their_inventories(h100, a100):
    for replay, name, boards in ((h100, "h100", 8), (a100, "a100", 4)):
        assert replay.first_ms <= DAY5 - 3 * HOUR + 1000
        assert replay.last_ms >= DAY5 + 55 * HOUR
        inventory = json.loads((FOLDER / f"{name}-inventory.json").read_text())
        assert {gpu["uuid"] for gpu in inventory} == set(replay.gpus)
        assert len({gpu["serial"] for gpu in inventory}) == boards


def test_the_outage_is_three_hours_of_eight_lost_gpus(h100):
    for samples in h100.between(*OUTAGE).values():
        assert [s.healthy for s in samples] == [False] * 36 + [True]
        assert all(s.power_mw is None and s.energy_mj is None for s in samples[:-1])
    for samples in h100.between(h100.first_ms, OUTAGE[0] - 1).values():
        assert all(s.healthy for s in samples)


def test_energy_counters_fall_after_the_outage_and_where_one_board_was_reset(h100):
    for place, samples in enumerate(h100.between(h100.first_ms, h100.last_ms).values()):
        counters = [s.energy_mj for s in samples if s.energy_mj is not None]
        falls = sum(b < a for a, b in itertools.pairwise(counters))
        assert falls == (2 if place == 6 else 1)


def test_the_silence_is_two_hours_without_a_row(a100):
    start, end = DAY5 + 14 * HOUR, DAY5 + 16 * HOUR
    assert a100.between(start, end - 1) == {}
    assert set(a100.between(start - 60_000, start)) == set(a100.between(end, end + 60_000)) == set(a100.gpus)


def test_boards_draw_what_such_boards_draw(h100, a100):
    for replay, idle, board, busy in (
        (h100, 70_000, 700_000, (480_000, 690_000)),
        (a100, 55_000, 400_000, (240_000, 400_000)),
    ):
        for samples in replay.between(replay.first_ms, replay.last_ms).values():
            powers = [s.power_mw for s in samples if s.power_mw is not None]
            assert min(powers) >= idle
            assert max(powers) <= board
            load = [s.power_mw for s in samples if s.power_mw is not None and (s.engine_active_ppm or 0) > 780_000]
            assert load
            assert busy[0] <= sum(load) // len(load) <= busy[1]


def test_the_counter_and_the_power_tell_one_story(h100):
    """Energy by the counter is within 3 % of the trapezoid over the same boards' power."""
    day = (DAY5, DAY5 + 24 * HOUR)
    for samples in h100.between(day[0], day[1], margin_ms=HOUR).values():
        counted = GpuSeries.of(samples).totals(*day, 300_000)
        guessed = GpuSeries.of(s._replace(energy_mj=None) for s in samples).totals(*day, 300_000)
        assert abs(counted.energy_uj - guessed.energy_uj) * 100 <= 3 * counted.energy_uj


@pytest.mark.parametrize(
    ("name", "gpus", "unhealthy"),
    [
        ("nounits.csv", 2, 0),
        ("lost-gpu.csv", 2, 8),
        ("mig.prom", 1, 0),
        ("no-profiling.prom", 1, 0),
        ("blank-sentinels.prom", 1, 0),
    ],
)
def test_every_excerpt_reads(name, gpus, unhealthy):
    log = open_log(FOLDER / "excerpts" / name)
    samples = list(log)
    assert len(log.gpus) == gpus
    assert sum(not s.healthy for s in samples) == unhealthy
    assert log.ignored.malformed == 0
