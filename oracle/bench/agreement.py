"""31 nodes whose observations of 10,000 meters differ, over HTTP on loopback: from observed to signed by a quorum."""

import multiprocessing
import os
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from oracle.bench.figures import Figure, Result
from oracle.bench.stage import StillChain, free_ports, open_leases, start
from oracle.domain.meters import MeterSet
from oracle.domain.schedule import leader

FLOOR_S = 5.0
EPOCH = 2
PATIENCE_S = 600


def measure(quick: bool) -> Result:
    """The work of a node, and how long it took them all on this machine's cores."""
    return agree(4, 500) if quick else agree(31, 10_000)


def agree(nodes: int, meters: int) -> Result:
    """The same for any number of nodes and meters."""
    cores = len(os.sched_getaffinity(0))
    leads = leader(EPOCH, 0, nodes)
    ports, leases = free_ports(nodes), open_leases(meters)
    # Forked, for thirty-one processes that load everything anew would take longer than what is measured.
    context = multiprocessing.get_context("fork")
    with TemporaryDirectory(prefix="wellhead-bench-") as folder, ExitStack() as stack:
        pipes: list[Connection] = []
        for index in range(nodes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_node, args=(theirs, [*pipes, ours], index, ports, leases, folder))
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(ours.close)
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()
        before_s, start_s = _ask(pipes, "cpu"), time.perf_counter()
        tries = _ask([pipes[leads]], "lead")[0]
        wall_s, after_s = time.perf_counter() - start_s, _ask(pipes, "cpu")
        for pipe in pipes:
            pipe.send("end")
    work_s = [after - before for before, after in zip(before_s, after_s, strict=True)]
    said = f"{nodes} nodes, {meters:,} meters, every observation another, {tries:g} tries of the leader"
    quorum = (nodes - 1) // 3 * 2 + 1
    floor = FLOOR_S * quorum * meters / 210_000  # a node checks a quorum's observations
    return Result(
        (
            Figure(
                "work of one node to agree",
                sum(work_s) / nodes,
                "s",
                floor,
                f"{said}; CPU time of all, over {nodes}, until the leader has a quorum",
            ),
            Figure("of the one that works most", max(work_s), "s", floor, "CPU time of the leader, as a rule"),
            Figure(
                "the clock, a node's share", wall_s * cores / nodes, "s", floor, f"time x {cores} cores, over {nodes}"
            ),
            Figure("the clock", wall_s, "s", None, f"all {nodes} nodes, each a process, share {cores} cores"),
        )
    )


def _ask(pipes: "list[Connection]", question: str) -> list[float]:
    for pipe in pipes:
        pipe.send(question)
    return [float(pipe.recv()) for pipe in pipes]


def _node(
    pipe: Connection, parents: "list[Connection]", index: int, ports: list[int], leases: MeterSet, folder: str
) -> None:
    """Runs one node, lets it observe unless it leads, and does and answers what the parent asks."""
    for each in parents:
        each.close()  # or a node would outlive a parent that was ended
    os.environ["XDG_STATE_HOME"] = folder
    chain = StillChain(len(ports), leases, EPOCH)
    with ExitStack() as stack:
        running = start(stack, chain, index, ports, Path(folder))
        chain.started = True
        if index != leader(EPOCH, 0, len(ports)):
            running.node.step()
        pipe.send("observed")
        while (question := pipe.recv()) != "end":
            tries = 0
            deadline = time.monotonic() + PATIENCE_S
            while question == "lead" and not chain.posted and time.monotonic() < deadline:
                tries += 1
                running.node.step()
                time.sleep(0.05)
            pipe.send(time.process_time() if question == "cpu" else tries)
