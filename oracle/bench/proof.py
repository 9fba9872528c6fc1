"""One node that holds a report of 100,000 meters, asked for proofs over HTTP."""

import os
import random
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from oracle.bench.figures import Figure, Result
from oracle.bench.stage import GENESIS, HOUR, StillChain, free_ports, open_leases, start
from oracle.chain.view import StandingReport
from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.signed import Leaves
from oracle.store.database import open_database
from oracle.store.reports import EpochState, ReportStore

FLOOR_MS = 5.0
EPOCH = 2
OK = 200


class NoProof(RuntimeError):
    """The node answered something else."""


def measure(quick: bool) -> Result:
    """What a question takes once the tree is there, and what the first one takes."""
    count, questions = (1_000, 50) if quick else (100_000, 500)
    meters = open_leases(count)
    leaves = tuple(
        (lease.meter_id, Reading(3600, 3600 - place % 9, 1800, 0, 600, 1)) for place, lease in enumerate(meters.leases)
    )
    report = StandingReport(EPOCH, 0, meter_tree(leaves).root, count, GENESIS + (EPOCH + 3) * HOUR, (0, 1, 2))
    with TemporaryDirectory(prefix="wellhead-bench-") as folder, ExitStack() as stack:
        os.environ["XDG_STATE_HOME"] = folder
        _hold(Path(folder) / "node0", report, leaves)
        chain = StillChain(4, meters, EPOCH, report)
        node = start(stack, chain, 0, free_ports(4), Path(folder))
        chain.started = True
        node.node.step()
        address = f"{node.url}/v1/reports/{EPOCH}/readings"
        client = stack.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=60))
        ids = random.Random(1).sample([meter for meter, _ in leaves], questions)  # noqa: S311
        times = [_asked_ms(client, meter) for meter in ids]
    after = times[1:]
    said = f"{count:,} meters, {len(after)} different meters asked for one after the other over HTTP"
    return Result(
        (
            Figure("a proof served, median", statistics.median(after), "ms", FLOOR_MS, said),
            Figure("95 of 100 within", sorted(after)[len(after) * 95 // 100], "ms", None, "of the same"),
            Figure("the first of a report", times[0], "ms", None, "which builds the tree"),
        )
    )


def _hold(home: Path, report: StandingReport, leaves: Leaves) -> None:
    """Makes the database of a node that holds the report's readings."""
    home.mkdir()
    database = open_database(home / "node.db")
    store = ReportStore(database)
    store.add_readings(report.epoch, report.root, leaves)
    store.advance(report.epoch, EpochState.CONFIRMED)
    database.close()


def _asked_ms(client: httpx.Client, meter: int) -> float:
    start_s = time.perf_counter()
    answer = client.get(f"/{meter}")
    took_ms = (time.perf_counter() - start_s) * 1000
    if answer.status_code != OK or not answer.json()["proof"]:
        raise NoProof(f"{answer.status_code}: {answer.text[:200]}")
    return took_ms
