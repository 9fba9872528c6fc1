"""Each measurement in a process of its own, so that its memory is its own too."""

import importlib
import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection

from oracle.bench.figures import Result

MEASUREMENTS = {
    "meters": "100,000 meters from samples to a signed root",
    "day": "a day of 1-second samples of 1,000 GPUs metered",
    "agreement": "31 nodes agree on 10,000 meters",
    "proof": "a proof for one of 100,000 meters served",
    "posting": "the gas of posting a report, by meters in it",
}
"""Modules of this package, each with `measure(quick) -> Result`, and what they measure."""


def measure(name: str, quick: bool) -> Result:
    """Runs one of MEASUREMENTS; a process that fails comes out as a Result that says so."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, name, quick))
    child.start()
    theirs.close()
    try:
        result: Result = ours.recv()
    except EOFError:
        child.join()
        result = Result(missing=f"the measurement ended with exit code {child.exitcode}: its error stands above")
    child.join()
    return result


def _child(pipe: Connection, name: str, quick: bool) -> None:
    run: Callable[[bool], Result] = importlib.import_module(f"oracle.bench.{name}").measure
    pipe.send(run(quick))


def peak_mb() -> float:
    """The most memory that this process, or one of its ended children, has held at once, in MB of 10^6 bytes."""
    usages = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(usages) * 1024 / 1e6
