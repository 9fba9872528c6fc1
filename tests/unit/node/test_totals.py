"""Metering many GPUs' stored samples without having them all in memory."""

import random
from collections.abc import Iterable

import pytest

from oracle.metering.gpu import GpuSeries, GpuTotals
from oracle.node.totals import AT_ONCE, StoredTotals
from oracle.telemetry.sample import Sample

CUTS = ((0, 600_000), (120_500, 480_000), (0, 60_000))
INTERVAL_MS = 10_000


def _samples(gpu: str, rng: random.Random) -> list[Sample]:
    """Ten minutes with gaps, bad health and a counter that begins anew."""
    times = [time for time in range(-30_000, 640_000, INTERVAL_MS) if rng.random() < 0.9]
    return [
        Sample(gpu, time, rng.randrange(10**6), False, 500_000, rng.randrange(10**9), rng.random() < 0.9)
        for time in times
    ]


class Stored:
    """The samples of some GPUs; what was read of them, in which portions."""

    def __init__(self, count: int) -> None:
        rng = random.Random(count)
        self.samples = {f"GPU-{number}": _samples(f"GPU-{number}", rng) for number in range(count)}
        self.reads: list[list[str]] = []

    def read(self, names: list[str]) -> dict[str, list[Sample]]:
        self.reads.append(names)
        return {name: self.samples[name] for name in names if name in self.samples}


def _asked(totals: StoredTotals, names: Iterable[str]) -> dict[tuple[str, int], GpuTotals]:
    return {
        (name, place): totals[name].totals(*cut, INTERVAL_MS, board_mw=700_000)
        for name in names
        for place, cut in enumerate(CUTS)
    }


@pytest.mark.parametrize("count", [1, AT_ONCE, 3 * AT_ONCE + 1])
def test_each_gpu_is_read_once_a_few_at_a_time_and_comes_to_what_its_samples_come_to(count: int) -> None:
    stored = Stored(count)
    totals = StoredTotals(stored.samples, stored.read)
    assert set(_asked(totals, stored.samples).values()) == {GpuTotals()}
    assert stored.reads == []
    totals.load()
    assert sorted(name for names in stored.reads for name in names) == sorted(stored.samples)
    assert max(map(len, stored.reads)) <= AT_ONCE
    reads = len(stored.reads)
    assert _asked(totals, stored.samples) == {
        (name, place): GpuSeries.of(samples).totals(*cut, INTERVAL_MS, board_mw=700_000)
        for name, samples in stored.samples.items()
        for place, cut in enumerate(CUTS)
    }
    assert len(stored.reads) == reads


def test_a_gpu_of_which_nothing_is_asked_is_not_read() -> None:
    stored = Stored(3)
    totals = StoredTotals(stored.samples, stored.read)
    totals["GPU-1"].totals(*CUTS[0], INTERVAL_MS)
    totals.load()
    assert stored.reads == [["GPU-1"]]


def test_what_was_not_foreseen_is_read_for_by_itself() -> None:
    stored = Stored(2)
    totals = StoredTotals(stored.samples, stored.read)
    totals.load()
    expected = GpuSeries.of(stored.samples["GPU-1"]).totals(*CUTS[1], INTERVAL_MS)
    assert totals["GPU-1"].totals(*CUTS[1], INTERVAL_MS) == expected
    assert stored.reads == [["GPU-1"]]


def test_a_gpu_without_samples_did_nothing() -> None:
    totals = StoredTotals(["GPU-silent"], Stored(0).read)
    totals["GPU-silent"].totals(*CUTS[0], INTERVAL_MS)
    totals.load()
    assert totals["GPU-silent"].totals(*CUTS[0], INTERVAL_MS) == GpuTotals()
