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
from oracle.domain.schedule import leader

FLOOR_S = 5.0
EPOCH = 2
PATIENCE_S = 600


def measure(quick: bool) -> Result:
    """The work of a node, and how long it took them all on this machine's cores."""
    return agree(4, 500) if quick else agree(31, 10_000)


def agree(nodes: int, meters: int) -> Result:
    """The same for any number of nodes and meters."""
    cores = min(2, os.cpu_count() or 1)
    leads = leader(EPOCH, 0, nodes)
    ports = free_ports(nodes)
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory(prefix="wellhead-bench-") as folder, ExitStack() as stack:
        pipes = []
        for core in range(cores):
            mine = [index for index in range(nodes) if index % cores == core]
            ours, theirs = context.Pipe()
            process = context.Process(target=_nodes, args=(theirs, mine, leads, ports, meters, folder))
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(ours.close)
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()
        cpu_s, start_s = sum(_ask(pipes, "cpu")), time.perf_counter()
        tries = sum(_ask(pipes, "lead"))
        wall_s, cpu_s = time.perf_counter() - start_s, sum(_ask(pipes, "cpu")) - cpu_s
        for pipe in pipes:
            pipe.send("end")
    said = f"{nodes} nodes, {meters:,} meters, every observation another, {tries:g} tries of the leader"
    quorum = (nodes - 1) // 3 * 2 + 1
    share = quorum * meters / 210_000  # a node checks a quorum's observations
    return Result(
        (
            Figure(
                "work of one node to agree",
                cpu_s / nodes,
                "s",
                FLOOR_S * share,
                f"{said}; CPU time of all over {nodes}",
            ),
            Figure("and on the clock, all of them here", wall_s, "s", None, f"all {nodes} share {cores} cores"),
        )
    )


def _ask(pipes: "list[Connection]", question: str) -> list[float]:
    for pipe in pipes:
        pipe.send(question)
    return [float(pipe.recv()) for pipe in pipes]


def _nodes(pipe: Connection, mine: list[int], leads: int, ports: list[int], meters: int, folder: str) -> None:
    """Runs some of the nodes, lets each observe, and answers what the parent asks."""
    os.environ["XDG_STATE_HOME"] = folder
    chain = StillChain(len(ports), open_leases(meters), EPOCH)
    with ExitStack() as stack:
        running = {index: start(stack, chain, index, ports, Path(folder)) for index in mine}
        chain.started = True
        for index, node in running.items():
            if index != leads:
                node.node.step()
        pipe.send("observed")
        while (question := pipe.recv()) != "end":
            tries = 0
            deadline = time.monotonic() + PATIENCE_S
            while question == "lead" and leads in running and not chain.posted and time.monotonic() < deadline:
                tries += 1
                running[leads].node.step()
                time.sleep(0.05)
            pipe.send(time.process_time() if question == "cpu" else tries)
