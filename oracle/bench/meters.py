"""100,000 leases of one GPU each, an hour, a sample a minute: from samples in memory to a signed observation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from oracle.bench.figures import Figure, Result
from oracle.bench.gpus import BOARD_W, Gpus
from oracle.bench.run import peak_mb
from oracle.bench.stage import CHAIN_ID, GENESIS, HOUR, LEASES, ORACLE, hot_signer
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import MeterKind, meter_id
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation
from oracle.metering.gpu import GpuSeries
from oracle.metering.meters import Allocation, LeaseTerm, lease_increments

FLOOR_S, FLOOR_MB = 10.0, 1000.0
STEP_S = 60
SITE = 1000
"""GPUs whose samples are in memory at once."""


class _Clock:
    """Adds up the time spent inside `running`: making up samples is not part of the work."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall_s
        self.cpu_s += time.process_time() - cpu_s


def measure(quick: bool) -> Result:
    """The time and the memory it takes."""
    count = 2_000 if quick else 100_000
    span = GENESIS + 2 * HOUR, GENESIS + 3 * HOUR
    reach_s = 3 * STEP_S
    samples_each = (HOUR + 2 * reach_s) // STEP_S + 1
    gpus = Gpus((span[0] - reach_s) * 1000, samples_each, STEP_S * 1000)
    clock, leaves = _Clock(), []
    for site in range(0, count, SITE):
        found = {number: gpus.samples(number) for number in range(site + 1, min(site + SITE, count) + 1)}
        with clock.running():
            for number, samples in found.items():
                term = LeaseTerm(
                    meter_id(MeterKind.LEASE, LEASES, number), 1, GENESIS, span[1] + HOUR, None, 0, BOARD_W
                )
                gpu = Allocation(GENESIS, None, (gpus.name(number),))
                series = {gpus.name(number): GpuSeries.of(samples)}
                got = lease_increments(term, span, series, (gpu,), interval_ms=STEP_S * 1000)
                reading = Reading(got.measured, got.delivered, got.utilised, got.breached, got.energy_wh, got.flags)
                leaves.append((term.meter_id, reading))
    with clock.running():
        statement = Observation(bytes(32), 2, 1, bytes(32), bytes(32), meter_tree(leaves).root)
        hot_signer(0).sign(statement.encoded(Domain(CHAIN_ID, ORACLE)))
    share = count / 100_000
    said = (
        f"{count:,} leases, {count * samples_each:,} samples: metering, readings, tree, signature, on one core; "
        "fetching the samples is not in it"
    )
    return Result(
        (
            Figure("samples to signed root", clock.wall_s, "s", FLOOR_S * share, said),
            Figure(
                "with a core to itself", clock.cpu_s, "s", FLOOR_S * share, "its CPU time, however busy this machine is"
            ),
            Figure("memory of it, at most", peak_mb(), "MB", FLOOR_MB, f"with the samples of {SITE:,} GPUs at a time"),
        )
    )
