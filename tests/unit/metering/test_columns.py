"""Metering by columns comes to what metering sample by sample comes to, to the unit, whatever is odd and wherever."""

import random
from array import array

import pytest

from oracle.metering.columns import STRETCH, Columns, plain_run
from oracle.metering.gpu import GpuMeter, GpuSeries
from oracle.telemetry.sample import Sample

BOARD_MW = 700_000


def _plain(count: int, step_ms: int = 1000) -> list[Sample]:
    """A GPU at work, with nothing odd about it."""
    return [
        Sample("GPU-1", 7 + step_ms * i, 940_000 + i % 999, False, 600_000 + i, 10**9 + 600 * i, True, 800_000, 400_000)
        for i in range(count)
    ]


def _one_by_one(samples: list[Sample], **span: int) -> GpuMeter:
    meter = GpuMeter(1000, board_mw=BOARD_MW, **span)
    for sample in samples:
        meter.add(sample)
    return meter


def _at_once(samples: list[Sample], **span: int) -> GpuMeter:
    meter = GpuMeter(1000, board_mw=BOARD_MW, **span)
    meter.extend(Columns.of(samples))
    return meter


def _state(meter: GpuMeter) -> dict[str, object]:
    return {name: getattr(meter, name) for name in GpuMeter.__slots__}


def _oddly(rng: random.Random, samples: list[Sample]) -> list[Sample]:
    """Samples with a few faults of every kind."""
    changed = list(samples)
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(changed))
        was = changed[at]
        changed[at] = was._replace(
            **rng.choice(
                [
                    {"healthy": False},
                    {"activity_is_fallback": True},
                    {"engine_active_ppm": None},
                    {"energy_mj": None},
                    {"energy_mj": 5},
                    {"energy_mj": (was.energy_mj or 0) + 10**9},
                    {"power_mw": None, "energy_mj": None},
                    {"time_ms": was.time_ms + rng.choice([-5000, -1000, -1, 1, 333, 2500, 900_000])},
                    {"power_mw": 100, "sm_active_ppm": 0, "tensor_active_ppm": 0},
                    {"sm_active_ppm": None, "sm_clock_mhz": 200},
                    {"sm_active_ppm": None, "power_mw": 100},
                    {"memory_used_mib": 1},
                    {"driver": "550"},
                    {"boot_s": 1_700_000_000},
                ]
            )
        )
    if rng.random() < 0.3:  # a counter that begins anew, or forgets a little, and goes on from there
        at, less = rng.randrange(len(changed)), rng.choice([10**9, 50_000])
        changed[at:] = [each._replace(energy_mj=max(0, (each.energy_mj or 0) - less)) for each in changed[at:]]
    if rng.random() < 0.3:
        at = rng.randrange(len(changed))
        del changed[at : at + rng.randrange(1, 6)]
    if rng.random() < 0.3:
        changed.insert(rng.randrange(len(changed) + 1), rng.choice(samples))
    return changed or samples[:1]


@pytest.mark.parametrize("seed", range(300))
def test_any_samples_come_to_the_same_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    samples = _oddly(
        rng, _plain(rng.choice([1, 2, 5, 6, 7, 40, STRETCH, STRETCH + 3, 2 * STRETCH + 1]), rng.choice([1000, 999]))
    )
    if rng.random() < 0.5:
        samples = [sample._replace(time_ms=sample.time_ms + rng.randrange(-9, 9)) for sample in samples]
    if rng.random() < 0.3:
        samples = [sample._replace(sm_active_ppm=None, tensor_active_ppm=None) for sample in samples]
    span = {}
    if rng.random() < 0.7:
        times = [sample.time_ms for sample in samples]
        start = rng.randrange(min(times) - 2000, max(times) + 2000)
        span = {"start_ms": start, "end_ms": start + rng.randrange(1, 600_000)}
    assert _state(_at_once(samples, **span)) == _state(_one_by_one(samples, **span))


def test_a_plain_day_is_taken_in_leaps_and_an_odd_sample_costs_one_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    add = GpuMeter.add
    monkeypatch.setattr(GpuMeter, "add", lambda self, sample: (taken.append(sample), add(self, sample))[1])
    samples = _plain(10 * STRETCH)
    _at_once(samples)
    assert len(taken) == 10 * 3
    taken.clear()
    samples[4 * STRETCH + 100] = samples[4 * STRETCH + 100]._replace(healthy=False)
    _at_once(samples)
    assert len(taken) == 9 * 3 + STRETCH


def test_columns_of_machine_numbers_and_columns_left_out_are_the_same_samples() -> None:
    samples = [sample._replace(sm_active_ppm=None, tensor_active_ppm=None) for sample in _plain(3 * STRETCH)]
    columns = Columns(
        "GPU-1",
        array("q", [sample.time_ms for sample in samples]),
        array("i", [sample.engine_active_ppm or 0 for sample in samples]),
        power_mw=array("i", [sample.power_mw or 0 for sample in samples]),
        energy_mj=array("q", [sample.energy_mj or 0 for sample in samples]),
    )
    assert list(columns.samples()) == samples
    meter = GpuMeter(1000, board_mw=BOARD_MW)
    meter.extend(columns)
    assert _state(meter) == _state(_one_by_one(samples))


def test_a_series_meters_spans_that_touch_without_loss() -> None:
    series = GpuSeries.of(_plain(2000))
    whole = series.totals(500, 1_999_000, 1000, board_mw=BOARD_MW)
    parts = [
        series.totals(at, min(at + 77_777, 1_999_000), 1000, board_mw=BOARD_MW) for at in range(500, 1_999_000, 77_777)
    ]
    assert sum(part.energy_uj for part in parts) == whole.energy_uj
    assert sum(part.utilised_ppm_ms for part in parts) == whole.utilised_ppm_ms
    assert sum(part.measured_ms for part in parts) == whole.measured_ms


def test_what_is_suspect_is_never_leapt_over() -> None:
    columns = Columns.of(_plain(50))
    assert plain_run(columns, 3000, BOARD_MW, 2 * BOARD_MW) is not None
    weak = [s._replace(sm_active_ppm=100, tensor_active_ppm=0, power_mw=100_000) for s in _plain(50)]
    assert plain_run(Columns.of(weak), 3000, BOARD_MW, 2 * BOARD_MW) is None
    assert _at_once(weak).totals().weak == 1
    empty = [s._replace(memory_used_mib=10) for s in _plain(50)]
    assert plain_run(Columns.of(empty), 3000, BOARD_MW, 2 * BOARD_MW) is None
    assert _at_once(empty).totals().empty == 1
