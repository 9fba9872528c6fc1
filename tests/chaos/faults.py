"""The faults: what each does to a running world, how it is seen, and when it is over."""

import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations_with_replacement

from tests.chaos.world import EPOCH_S, World
from tests.support.chain import rpc
from tests.support.faulty_rpc import (
    Lie,
    Wire,
    behind,
    cut_off,
    forgetful_logs,
    frozen_at,
    hang_up,
    html,
    http,
    other_chain,
    silence,
    truncated,
    wrong_chain,
    wrong_id,
)
from tests.support.wellhead import WELLHEAD

WITHIN_S = 15 * EPOCH_S

Strike = Callable[[World, random.Random, int], Iterator[None]]
"""What is done to one node, by index, or to the chain: begins a fault, yields once it is on, and ends it."""


@dataclass(frozen=True)
class Outcome:
    """One run: after how long anybody said that something is wrong (None: nobody had to), how long after the fault's
    end everything went on, and which epochs were lost."""

    detected_s: float | None
    recovered_s: float
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """`strike` begins it on a world at a random moment and yields once it is on; leaving ends it.

    `seen_as` are the log events that tell of it (empty: it needs none); `by_all` when every node may say it, else the
    target or, for `hostile` ones, another. `may_lose` is how many epochs the rules let it cost at most.
    """

    name: str
    strike: Strike
    seen_as: tuple[str, ...]
    hold_s: tuple[float, float]
    may_lose: int = 0
    hostile: bool = False
    by_all: bool = False
    takes_root: bool = False

    @property
    def in_handful(self) -> bool:
        """Whether CI strikes it, too."""
        return self.name in HANDFUL


def run(world: World, fault: Fault, rng: random.Random, target: int | None = None) -> Outcome:
    """One run of a fault on a world at rest, until the world is at rest again; on any node unless told on which."""
    if target is None:
        target = rng.randrange(len(world.nodes))
    first = world.head_epoch()
    time.sleep(rng.uniform(0, EPOCH_S))
    before = [len(node.log()) for node in world.nodes]
    begun = time.monotonic()
    with contextmanager(fault.strike)(world, rng, target):
        over = begun + rng.uniform(*fault.hold_s)
        detected = None
        while time.monotonic() < over or (fault.seen_as and detected is None and time.monotonic() < over + 2 * EPOCH_S):
            if detected is None and _seen(world, fault, target, before):
                detected = time.monotonic() - begun
            time.sleep(0.1)
    healed, at = time.monotonic(), world.present_epoch()
    after = [len(node.log()) for node in world.nodes]

    def recovered() -> bool:
        target_works = any(
            line["event"] == "observed" and line["epoch"] >= at for line in world.nodes[target].log()[after[target] :]
        )
        return target_works and world.head_epoch() >= at

    world.wait(recovered, WITHIN_S, f"recovery from {fault.name}")
    recovered_s = time.monotonic() - healed
    if fault.seen_as and detected is None and _seen(world, fault, target, before):
        detected = time.monotonic() - begun
    assert not fault.seen_as or detected is not None, f"nobody saw {fault.name}\n{world.tails()}"
    lost = tuple(sorted(set(range(max(1, first), world.head_epoch())) - standing_epochs(world)))
    assert len(lost) <= fault.may_lose, f"{fault.name} cost epochs {lost}\n{world.tails()}"
    return Outcome(detected, recovered_s, lost)


def standing_epochs(world: World) -> set[int]:
    """Every epoch with a standing report."""
    found, epoch = set(), world.head_epoch()
    while epoch:
        found.add(epoch)
        epoch = world.stack.oracle.functions.standing(epoch).call()[2]
    return found


def _seen(world: World, fault: Fault, target: int, before: list[int]) -> bool:
    nodes = range(len(world.nodes))
    watched = nodes if fault.by_all else [i for i in nodes if (i == target) != fault.hostile]
    return any(
        line["event"] in fault.seen_as for index in watched for line in world.nodes[index].log()[before[index] :]
    )


# Processes


def restarted(world: World, target: int) -> None:
    """Starts a node anew and waits until it listens."""
    node = world.nodes[target]
    node.start()
    world.wait(lambda: node.listens or not node.alive, 60, f"node {target} to listen again")
    assert node.listens, node.last_words()


def kill_9(world: World, _: random.Random, target: int) -> Iterator[None]:
    """kill -9, and a start some seconds later."""
    world.nodes[target].end()
    yield
    restarted(world, target)


def stopped(world: World, _: random.Random, target: int) -> Iterator[None]:
    """The process hangs: it neither answers nor runs."""
    process = world.nodes[target].running
    assert process is not None
    process.send_signal(19)
    yield
    process.send_signal(18)


def hostile(kind: str) -> Strike:
    """The node is replaced by one that is altered as tests/chaos/hostile.py says; in the end by an honest one."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", kind)
        restarted(world, target)
        yield
        if node.alive:
            node.end()
        node.command = (WELLHEAD,)
        restarted(world, target)

    return strike


def killed_between(when: str, state: str) -> Strike:
    """Dies at one step of an epoch, is started again by its supervisor, and goes on."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        for mark in node.folder.glob("killed.*"):
            mark.unlink()
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", f"kill:{when}:{state}")
        node.start()
        world.wait(lambda: not node.alive, WITHIN_S, f"node {target} to die {when} {state}")
        assert list(node.folder.glob("killed.*")), node.last_words()
        restarted(world, target)
        yield

    return strike


def dying_leader(deaths: int) -> Strike:
    """Whenever it leads it dies, and its supervisor starts it again."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", "dying-leader")
        restarted(world, target)
        for _death in range(deaths):
            world.wait(lambda: not node.alive, WITHIN_S, f"node {target} to die leading")
            restarted(world, target)
        yield
        node.end()
        node.command = (WELLHEAD,)
        restarted(world, target)

    return strike


def together(*strikes: Strike) -> Strike:
    """Each on a node of its own, one beside the other: they lead in turn."""

    def strike(world: World, rng: random.Random, target: int) -> Iterator[None]:
        with ExitStack() as stack:
            for place, one in enumerate(strikes):
                stack.enter_context(contextmanager(one)(world, rng, (target + place) % len(world.nodes)))
            yield

    return strike


# The disk


def database_locked(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Another program holds the database."""
    other = sqlite3.connect(world.disk(target) / "node.db", isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


def disk_full(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Something else has filled the disk that the database is on."""
    filler = world.disk(target) / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    assert os.statvfs(filler).f_bavail == 0
    yield
    filler.unlink()


# One RPC


def broken_wire(*wires: Wire) -> Strike:
    """The node's RPC answers so."""

    def strike(world: World, rng: random.Random, target: int) -> Iterator[None]:
        world.rpcs[target].break_wire(rng.choice(wires))
        yield
        world.rpcs[target].mend()

    return strike


def lying(lie: Callable[[World], Lie]) -> Strike:
    """The node's RPC tells of another chain than there is."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        world.rpcs[target].lie(lie(world))
        yield
        world.rpcs[target].mend()

    return strike


# The chain


def no_gas(world: World, _: random.Random, target: int) -> Iterator[None]:
    """The gas key has nothing, then has something again."""
    address = world.nodes[target].gas
    rpc(world.stack.w3, "anvil_setBalance", address, hex(1))
    yield
    rpc(world.stack.w3, "anvil_setBalance", address, hex(10**20))


def reorg(depth: int) -> Strike:
    """The last blocks are replaced by empty ones, right after a report was mined in them."""

    def strike(world: World, rng: random.Random, _: int) -> Iterator[None]:
        head = world.head_epoch()
        world.wait(lambda: world.head_epoch() > head, 4 * EPOCH_S, "a report to reorganise")
        time.sleep(rng.uniform(0, max(0.0, depth - 1.5)))
        rpc(world.stack.w3, "anvil_reorg", depth, [])
        # Anvil goes on at the time of the block that it went back to; the world's time has not.
        rpc(world.stack.w3, "evm_setTime", int(time.time()))
        yield

    return strike


def base_fee_times_ten(world: World, _: random.Random, __: int) -> Iterator[None]:
    """Mining stops, and begins again at ten times the base fee."""
    w3 = world.stack.w3
    rpc(w3, "evm_setIntervalMining", 0)
    fee = w3.eth.get_block("latest")["baseFeePerGas"]
    yield
    rpc(w3, "anvil_setNextBlockBaseFeePerGas", hex(10 * max(fee, 10**9)))
    rpc(w3, "evm_setIntervalMining", 1)


def foreign_nonce(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Somebody else sends with the node's gas key."""
    w3, address = world.stack.w3, world.nodes[target].gas
    rpc(w3, "anvil_impersonateAccount", address)
    for _sent in range(2):
        w3.eth.send_transaction({"from": address, "to": address, "value": 1})  # type: ignore[typeddict-item]
        time.sleep(0.7)
    rpc(w3, "anvil_stopImpersonatingAccount", address)
    yield


def dropped_transactions(world: World, _: random.Random, __: int) -> Iterator[None]:
    """What waits in the pool is forgotten by the network."""
    w3 = world.stack.w3
    rpc(w3, "evm_setIntervalMining", 0)
    deadline = time.monotonic() + 3 * EPOCH_S
    while time.monotonic() < deadline:
        pending = rpc(w3, "txpool_content")["pending"]
        hashes = [transaction["hash"] for by_nonce in pending.values() for transaction in by_nonce.values()]
        if hashes:
            for dropped in hashes:
                rpc(w3, "anvil_dropTransaction", dropped)
            break
        # Time goes on only with blocks: one at a time, so that a transaction is seen before it is mined.
        rpc(w3, "evm_mine")
        time.sleep(0.9)
    rpc(w3, "evm_setIntervalMining", 1)
    yield


# What a faulty node signs counts for nothing: these have a world of their own, where node 3 is always the faulty one.
BYZANTINE = (
    Fault("liar", hostile("liar"), (), (12, 18), hostile=True),
    Fault("equivocating peer", hostile("equivocator"), (), (5 * EPOCH_S, 6 * EPOCH_S), hostile=True),
)

RPC_FAULTS = (
    ("answers 500", broken_wire(http(500)), True),
    ("answers 429", broken_wire(http(429, retry_after="2")), True),
    ("times out", broken_wire(silence()), True),
    ("answers HTML", broken_wire(html()), True),
    ("answers half of it", broken_wire(truncated(), cut_off()), True),
    ("answers another request", broken_wire(wrong_id()), True),
    ("hangs up", broken_wire(hang_up()), True),
    ("lags behind", lying(lambda _: behind(3)), False),
    ("leaves out logs", lying(lambda _: forgetful_logs()), False),
    ("is frozen", lying(lambda world: frozen_at(world.stack.w3.eth.block_number)), False),
    ("serves a wrong chain", lying(lambda _: wrong_chain(1)), False),
    ("serves other blocks", lying(lambda _: other_chain()), False),
)
"""What an RPC can do, and whether one alone is found out at once by its answer."""

HANDFUL = (
    "kill -9",
    "kill -9 before SIGNED",
    "kill -9 after SUBMITTED",
    "peer sends garbage",
    "database locked",
    "disk full",
    "clock five minutes off",
    "RPC answers 500",
    "RPC lags behind",
    "reorg of 3",
    "liar",
    "equivocating peer",
    "one lies, one is silent",
    "one RPC of three serves other blocks",
)
"""What CI strikes each time; the nightly run strikes all."""

STATES = ("OBSERVING", "SIGNED", "QUORUM", "SUBMITTED", "CONFIRMED")

FAULTS = (
    Fault("kill -9", kill_9, (), (1, 10)),
    Fault("hanging process", stopped, ("peer trouble",), (4, 10), hostile=True),
    *(
        Fault(f"kill -9 {when} {state}", killed_between(when, state), (), (0, 0))
        for state in STATES
        for when in ("before", "after")
    ),
    Fault("slow peer", hostile("answering:late"), (), (12, 18), hostile=True),
    Fault("peer sends garbage", hostile("answering:garbage"), ("peer trouble",), (12, 18), hostile=True),
    Fault("peer sends 100 MB", hostile("answering:huge"), ("peer trouble",), (12, 18), hostile=True),
    Fault("peer sends nothing", hostile("answering:nothing"), ("peer trouble",), (12, 18), hostile=True),
    Fault("leader dies each round", dying_leader(2), (), (0, 0), hostile=True),
    Fault("database locked", database_locked, ("cannot use the database",), (4, 14)),
    Fault("disk full", disk_full, ("cannot use the database",), (4, 14), takes_root=True),
    Fault("clock five minutes off", hostile("skew:300"), ("clock off",), (6, 12)),
    Fault("clock a day off", hostile("skew:-86400"), ("clock off",), (6, 12)),
    *(
        Fault(f"RPC {name}", strike, ("rpc trouble", "cannot read the chain") if seen else (), (3, 8))
        for name, strike, seen in RPC_FAULTS
        if name != "leaves out logs"  # with headers that are right nobody can tell, with one RPC
    ),
    Fault("no gas money", no_gas, ("posting failed", "outbox trouble"), (4 * EPOCH_S, 5 * EPOCH_S)),
    Fault("foreign nonce", foreign_nonce, (), (0, 0)),
    Fault("dropped transaction", dropped_transactions, (), (0, 0), may_lose=1, by_all=True),
    Fault("base fee times ten", base_fee_times_ten, (), (1, 3), may_lose=1, by_all=True),
    *(
        Fault(f"reorg of {depth}", reorg(depth), (), (0, 0), may_lose=2 + depth // EPOCH_S, by_all=True)
        for depth in range(1, 13)
    ),
)

FAULTY = {
    "lies": hostile("liar"),
    "is silent": stopped,
    "is slow": hostile("answering:late"),
    "dies leading": dying_leader(1),
    "equivocates": hostile("equivocator"),
}
"""The kinds of a faulty node."""

TWO_OF_SEVEN = tuple(
    Fault(f"one {one}, one {other}", together(FAULTY[one], FAULTY[other]), (), (12, 18), may_lose=2)
    for one, other in combinations_with_replacement(FAULTY, 2)
)
"""f = 2 of n = 7. Two faulty leaders in a row may leave too little time, or locks that no report can gather: an epoch
that is skipped by rule."""

ONE_BAD_RPC = tuple(Fault(f"one RPC of three {name}", strike, (), (4, 8)) for name, strike, _ in RPC_FAULTS)
"""With two sound RPCs beside it, a bad one costs nothing."""
