"""GPUs at work, made up: nothing of a measurement depends on what they did, only on how much there is of it."""

import random
from array import array
from dataclasses import replace

from oracle.metering.columns import Columns
from oracle.telemetry.sample import Sample

BOARD_W = 700
_ENERGY_MJ = 600


def columns_of(gpu: str, first_ms: int, count: int, step_ms: int, *, odd: int, seed: int) -> Columns:
    """`count` samples, `step_ms` apart: engine activity, power and the energy counter, all as machine integers. So many
    of them, `odd`, fall into a gap: telemetry was away for five samples and came back."""
    rng = random.Random(seed)  # noqa: S311
    times, active, power, energy = array("q"), array("i"), array("i"), array("q")
    gone: set[int] = set()
    for _ in range(odd // 5):
        start = rng.randrange(count)
        gone.update(range(start, start + 5))
    for place in range(count):
        if place in gone:
            continue
        times.append(first_ms + place * step_ms)
        active.append(900_000 + rng.randrange(100_000))
        power.append(550_000 + rng.randrange(100_000))
        energy.append(10**9 + place * step_ms * _ENERGY_MJ // 1000)
    return Columns(gpu, times, active, power_mw=power, energy_mj=energy)


class Gpus:
    """GPUs whose samples are of a few patterns, so that making them up takes little time."""

    def __init__(self, first_ms: int, count: int, step_ms: int) -> None:
        self._patterns = [columns_of("", first_ms, count, step_ms, odd=0, seed=seed) for seed in range(64)]

    def samples(self, number: int) -> list[Sample]:
        """The samples of a GPU as the store gives them; `name` is its UUID."""
        return list(replace(self._patterns[number % len(self._patterns)], gpu_uuid=self.name(number)).samples())

    @staticmethod
    def name(number: int) -> str:
        """The UUID of GPU number `number`."""
        return f"GPU-{number}"
